//! `GET /jobs/{job_id}/events`: what happened to a job.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Status, visible};
use crate::api::ApiState;
use crate::api::envelope::{Envelope, Outcome, Shown, Stamp};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::JobErrors;
use crate::api::scope::Scope;
use crate::model::{Event, JobId, Level};

/// The four levels.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventLevel {
    /// Progress.
    Info,
    /// Something a person should know.
    Warning,
    /// Done.
    Success,
    /// Failed.
    Error,
}

/// One event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventItem {
    /// UTC.
    ts: Stamp,
    /// How grave.
    level: EventLevel,
    /// A sentence.
    message: String,
}

impl From<Event> for EventItem {
    fn from(event: Event) -> Self {
        let level = match event.level {
            Level::Info => EventLevel::Info,
            Level::Warning => EventLevel::Warning,
            Level::Success => EventLevel::Success,
            Level::Error => EventLevel::Error,
        };
        Self { ts: Stamp(event.at), level, message: event.message }
    }
}

/// Events of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsData {
    /// Id of the job.
    #[schema(value_type = String, format = "uuid")]
    job_id: Shown<JobId>,
    /// State of the job.
    status: Status,
    /// Oldest first; the newest 500.
    events: Vec<EventItem>,
}

/// Events of one job.
#[utoipa::path(
    get, path = "/jobs/{job_id}/events", tag = "jobs", operation_id = "get_job_events",
    params(("job_id" = String, Path, description = "Id of the job; compared as text.")),
    responses((status = 200, description = "Its events.", body = Envelope<EventsData>), JobErrors)
)]
pub(in crate::api) async fn events(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobRead).await?;
    let job = visible(&api, call.job_id()?).await?;
    let events = api.store.events(job.id, 0).await?.into_iter().map(EventItem::from).collect();
    let data = EventsData { job_id: Shown(job.id), status: job.status.into(), events };
    Ok(call.answer(&api, Outcome::Ok, "", data))
}
