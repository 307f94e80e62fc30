//! Probes and metrics. No key: they say nothing of jobs, devices' secrets or callers.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::json;
use super::error::{ApiError, Detail};
use super::health::store_works;
use crate::model::JobStatus;
use crate::report::Chain;

/// Answer of a probe.
#[derive(Debug, Serialize, ToSchema)]
pub struct Probe {
    /// `alive` or `ready`.
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "probes", operation_id = "healthz", security(()),
    responses((status = 200, description = "Alive.", body = Probe),
        (status = 500, description = "Our own fault.", body = Detail)))]
pub(super) async fn healthz() -> Response {
    json(StatusCode::OK, &Probe { status: "alive" })
}

/// Whether work is accepted: the store takes writes, and the daemon is not shutting down.
#[utoipa::path(get, path = "/readyz", tag = "probes", operation_id = "readyz", security(()),
    responses((status = 200, description = "Ready.", body = Probe),
        (status = 500, description = "Our own fault.", body = Detail),
        (status = 503, description = "Shutting down, or the store takes no writes.", body = Detail)))]
pub(super) async fn readyz(State(api): State<ApiState>) -> Result<Response, ApiError> {
    if api.shutdown.is_cancelled() {
        return Err(ApiError::NotReady("shutting down"));
    }
    if !store_works(&api).await {
        return Err(ApiError::NotReady("the store takes no writes"));
    }
    Ok(json(StatusCode::OK, &Probe { status: "ready" }))
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "probes", operation_id = "metrics", security(()),
    responses((status = 200, description = "Text format 0.0.4.", body = String, content_type = "text/plain"),
        (status = 500, description = "Our own fault.", body = Detail)))]
pub(super) async fn metrics(State(api): State<ApiState>) -> Response {
    count(&api).await;
    let mut response = api.metrics.render().into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}

/// What is counted at the scrape. Where the store does not answer, the last counts stand; `/readyz` says so.
async fn count(api: &ApiState) {
    api.metrics.inventory_devices(api.inventory.current().devices().len());
    let depth = match api.store.depth(api.clock.now()).await {
        Ok(depth) => depth,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "the jobs cannot be counted: {}", Chain(&error));
            return;
        }
    };
    for (status, count) in [
        (JobStatus::Queued, depth.queued),
        (JobStatus::Running, depth.running),
        (JobStatus::Success, depth.success),
        (JobStatus::Error, depth.error),
        (JobStatus::Cancelled, depth.cancelled),
    ] {
        api.metrics.jobs_in(status, count);
    }
    api.metrics.queue_oldest((depth.queued > 0).then(|| Duration::from_secs(depth.oldest_queued_seconds)));
}
