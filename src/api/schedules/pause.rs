//! `POST /schedules/{schedule}/pause` and `/resume`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{SCHEDULES, ScheduleItem, audit, change, named, next, refused};
use crate::api::auth::Call;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ScheduleChangeErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency};
use crate::store::{ScheduleOp, ScheduleRow};

/// What is said of a schedule that the planner only shows.
const SHOWN: &str = "This schedule only shows what the maintenance of radios does by itself; a radio is held back by taking it \
     off its list, or by the mode 'manual'";

/// No more runs until it is resumed; also after a restart. A run that goes on is not stopped.
#[utoipa::path(
    post, path = "/schedules/{schedule}/pause", tag = "schedules", operation_id = "pause_schedule",
    params(("schedule" = String, Path, description = "Its name."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 200, description = "Paused.", body = Envelope<ScheduleItem>), ScheduleChangeErrors)
)]
pub(in crate::api) async fn pause(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleWrite).await?;
    let row = own(&api, &call).await?;
    carry_out(&api, &call, &row, "pause", "Schedule paused", ScheduleOp::Pause).await
}

/// Runs again, from the next instant on: what was due meanwhile was not missed.
#[utoipa::path(
    post, path = "/schedules/{schedule}/resume", tag = "schedules", operation_id = "resume_schedule",
    params(("schedule" = String, Path, description = "Its name."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 200, description = "Resumed.", body = Envelope<ScheduleItem>), ScheduleChangeErrors)
)]
pub(in crate::api) async fn resume(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleWrite).await?;
    let row = own(&api, &call).await?;
    let op = ScheduleOp::Resume { expect: row.version, next: next(&row.spec, row.anchor, api.clock.now())? };
    carry_out(&api, &call, &row, "resume", "Schedule resumed", op).await
}

async fn own(api: &ApiState, call: &Call) -> Result<ScheduleRow, ApiError> {
    let row = named(api, call).await?;
    if row.spec.action.is_none() { Err(ApiError::Unavailable(SHOWN.to_owned())) } else { Ok(row) }
}

async fn carry_out(
    api: &ApiState,
    call: &Call,
    row: &ScheduleRow,
    what: &str,
    message: &'static str,
    op: ScheduleOp,
) -> Result<Response, ApiError> {
    let name = &row.spec.name;
    let key = idempotency::key(api, call, format!("{SCHEDULES}/{name}/{what}"))?;
    let (now, request_id) = (api.clock.now(), call.request_id);
    let line = audit(call, now, &format!("schedule.{what}"), name, None, String::new());
    let render = move |row: &ScheduleRow| {
        let data = ScheduleItem::from(row.clone());
        Envelope::new(request_id, Outcome::Ok, message, data, now).stored(StatusCode::OK)
    };
    let change = change(name, op, line);
    idempotency::respond(refused(api.store.change_schedule(now, change, key, Box::new(render)).await?)?)
}
