//! The control interface: HTTP on loopback, with which a test reads journals and turns knobs, faults and time.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::core::{Device, Fault};
use crate::lab_run::{Lab, describe};
use crate::running::Running;

/// An answer that is not 2xx: a status and `{"error": sentence}`.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

type Answer = Result<Json<Value>, Refusal>;

/// The routes of the control interface over a lab.
pub fn router(lab: Arc<Lab>) -> Router {
    Router::new()
        .route("/devices", get(list))
        .route("/devices/{name}", get(show))
        .route("/devices/{name}/journal", get(journal).delete(forget))
        .route("/devices/{name}/state", get(knobs).post(turn))
        .route("/devices/{name}/faults", get(faults).post(break_it).delete(mend))
        .route("/clock", post(set_clock).get(clock))
        .fallback(nothing)
        .with_state(lab)
}

/// Serves the control interface; returns where it listens. Errors: the address cannot be bound.
pub async fn serve(lab: Arc<Lab>, at: SocketAddr) -> anyhow::Result<(SocketAddr, Running)> {
    let listener = tokio::net::TcpListener::bind(at).await?;
    let address = listener.local_addr()?;
    let running = Running::default();
    let stop = running.stop.clone();
    let app = router(lab);
    running.tasks.spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::warn!(%error, "the control interface ended");
        }
    });
    Ok((address, running))
}

async fn nothing() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "no such path".to_owned())
}

fn device(lab: &Lab, name: &str) -> Result<Arc<Device>, Refusal> {
    lab.find(name).ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("no device {name} in the lab")))
}

/// JSON, whatever the request calls it: `curl -d` says that it is a form.
fn body(body: &Bytes) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}

fn list_of<T: serde::Serialize>(items: T) -> Answer {
    serde_json::to_value(items).map(Json).map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

async fn list(State(lab): State<Arc<Lab>>) -> Json<Value> {
    Json(lab.devices().iter().map(|device| describe(device)).collect())
}

async fn show(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Answer {
    let device = device(&lab, &name)?;
    let mut shown = describe(&device);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("state".to_owned(), Value::Object(device.state()));
    }
    Ok(Json(shown))
}

async fn journal(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Answer {
    list_of(device(&lab, &name)?.journal())
}

async fn forget(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    device(&lab, &name)?.clear_journal();
    Ok(StatusCode::NO_CONTENT)
}

async fn knobs(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Answer {
    Ok(Json(Value::Object(device(&lab, &name)?.state())))
}

async fn turn(State(lab): State<Arc<Lab>>, Path(name): Path<String>, json: Bytes) -> Answer {
    let device = device(&lab, &name)?;
    let Value::Object(knobs) = body(&json)? else {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "the body is an object of knobs".to_owned()));
    };
    if let Some(kind) = crate::kinds::find(&device.kind) {
        kind.check_state(&knobs)
            .map_err(|error| Refusal(StatusCode::UNPROCESSABLE_ENTITY, format!("{name}: {error:#}")))?;
    }
    device.merge(knobs);
    Ok(Json(Value::Object(device.state())))
}

async fn faults(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Answer {
    list_of(device(&lab, &name)?.faults())
}

async fn break_it(
    State(lab): State<Arc<Lab>>,
    Path(name): Path<String>,
    json: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let device = device(&lab, &name)?;
    let fault: Fault = serde_json::from_value(body(&json)?)
        .map_err(|error| Refusal(StatusCode::UNPROCESSABLE_ENTITY, format!("not a fault: {error}")))?;
    device.add_fault(fault);
    Ok((StatusCode::CREATED, list_of(device.faults())?))
}

async fn mend(State(lab): State<Arc<Lab>>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    device(&lab, &name)?.clear_faults();
    Ok(StatusCode::NO_CONTENT)
}

async fn clock(State(lab): State<Arc<Lab>>) -> Json<Value> {
    Json(json!({"rate": lab.clock().rate(), "seconds": lab.clock().seconds()}))
}

async fn set_clock(State(lab): State<Arc<Lab>>, json: Bytes) -> Answer {
    let asked = body(&json)?;
    let asked = asked.as_object().filter(|asked| asked.len() == 1);
    let number = |name: &str| asked.and_then(|asked| asked.get(name)?.as_f64()).filter(|number| *number >= 0.0);
    match (number("rate"), number("advance")) {
        (Some(rate), _) => lab.clock().set_rate(rate),
        (None, Some(seconds)) => lab.clock().advance(seconds),
        (None, None) => {
            return Err(Refusal(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the body is {\"rate\": N}, N times as fast as real time, or {\"advance\": S}, S seconds at once; \
                 0 or more"
                    .to_owned(),
            ));
        }
    }
    Ok(clock(State(lab)).await)
}
