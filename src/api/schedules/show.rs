//! `GET /schedules/{schedule}`.

use axum::extract::State;
use axum::response::Response;

use super::{ScheduleItem, named};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ScheduleErrors;
use crate::api::scope::Scope;

/// One schedule.
#[utoipa::path(
    get, path = "/schedules/{schedule}", tag = "schedules", operation_id = "show_schedule",
    params(("schedule" = String, Path, description = "Its name.")),
    responses((status = 200, description = "As it stands.", body = Envelope<ScheduleItem>), ScheduleErrors)
)]
pub(in crate::api) async fn show(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleRead).await?;
    let row = named(&api, &call).await?;
    Ok(call.answer(&api, Outcome::Ok, "", ScheduleItem::from(row)))
}
