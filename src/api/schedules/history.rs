//! `GET /schedules/{schedule}/history`: its runs.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{RunItem, named};
use crate::api::ApiState;
use crate::api::configs::limit;
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, last_of};
use crate::api::openapi::ScheduleErrors;
use crate::api::scope::Scope;

/// Runs of a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryData {
    /// Of which.
    schedule: String,
    /// Newest first.
    runs: Vec<RunItem>,
    /// How many are in this answer.
    count: usize,
}

/// Runs of a schedule, newest first; `before` goes on behind a page.
#[utoipa::path(
    get, path = "/schedules/{schedule}/history", tag = "schedules", operation_id = "schedule_history",
    params(("schedule" = String, Path, description = "Its name."),
        ("limit" = Option<u32>, Query, description = "How many at most (50).", minimum = 1, maximum = 500),
        ("before" = Option<i64>, Query, description = "Only runs with a lower number.", minimum = 1)),
    responses((status = 200, description = "Up to `limit` runs.", body = Envelope<HistoryData>), ScheduleErrors)
)]
pub(in crate::api) async fn history(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleRead).await?;
    let query = call.query.as_deref();
    let limit = limit(query, 50, 500)?;
    let before = match last_of(query, "before")? {
        None => None,
        Some(text) => {
            let number = text.trim().parse::<i64>().ok().filter(|number| *number > 0);
            Some(number.ok_or_else(|| ApiError::invalid("'before' must be the number of a run"))?)
        }
    };
    let schedule = named(&api, &call).await?.spec.name;
    let runs: Vec<RunItem> =
        api.store.schedule_runs(&schedule, before, limit).await?.into_iter().map(RunItem::from).collect();
    let count = runs.len();
    Ok(call.answer(&api, Outcome::Ok, "", HistoryData { schedule, runs, count }))
}
