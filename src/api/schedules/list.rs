//! `GET /schedules`.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::ScheduleItem;
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ReadErrors;
use crate::api::scope::Scope;

/// All schedules.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchedulesData {
    /// By name.
    schedules: Vec<ScheduleItem>,
    /// How many there are.
    count: usize,
}

/// All schedules, each with its next instant and its last run.
#[utoipa::path(
    get, path = "/schedules", tag = "schedules", operation_id = "list_schedules",
    responses((status = 200, description = "All of them, by name.", body = Envelope<SchedulesData>), ReadErrors)
)]
pub(in crate::api) async fn list(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleRead).await?;
    let schedules: Vec<ScheduleItem> = api.store.schedules().await?.into_iter().map(ScheduleItem::from).collect();
    let count = schedules.len();
    Ok(call.answer(&api, Outcome::Ok, "", SchedulesData { schedules, count }))
}
