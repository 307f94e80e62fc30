//! `POST /schedules/{schedule}/run`: a run out of turn.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{KEEP, SCHEDULES, audit, change, named, refused};
use crate::api::envelope::{Envelope, Outcome, Shown};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::jobs::submit::{draw, lane};
use crate::api::openapi::ScheduleChangeErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency};
use crate::catalog;
use crate::model::{Access, JobId};
use crate::store::{NewJob, ScheduleOp, ScheduleRow};

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunData {
    /// Of which schedule.
    schedule: String,
    /// Id of its job.
    #[schema(value_type = String, format = "uuid")]
    job_id: Shown<JobId>,
    /// The job's action.
    action: String,
}

/// Runs a schedule now, also a paused one; its hours stay as they are. Refused while its last run goes on, unless its runs
/// may overlap. The job is the schedule's, with the schedule's scopes: the key needs `schedule.write` alone.
#[utoipa::path(
    post, path = "/schedules/{schedule}/run", tag = "schedules", operation_id = "run_schedule",
    params(("schedule" = String, Path, description = "Its name."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 202, description = "Its job is queued.", body = Envelope<RunData>), ScheduleChangeErrors)
)]
pub(in crate::api) async fn run(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleWrite).await?;
    let row = named(&api, &call).await?;
    let (name, spec) = (row.spec.name.clone(), row.spec);
    let Some(action) = spec.action else {
        let sentence =
            "This schedule only shows what the maintenance of radios does by itself; see aviat.activate_scheduled";
        return Err(ApiError::Unavailable(sentence.to_owned()));
    };
    let key = idempotency::key(&api, &call, format!("{SCHEDULES}/{name}/run"))?;
    let entry = catalog::find(&action);
    let (id, now, request_id) = (draw(&api.chance)?, api.clock.now(), call.request_id);
    let job = NewJob {
        id,
        request_id,
        action: action.clone(),
        lane: entry.and_then(|entry| lane(&api, entry, &spec.payload)),
        payload: spec.payload,
        submitted_by: format!("schedule:{name}"),
        scopes: spec.scopes,
        created_at: now,
        access: entry.map_or(Access::Read, |entry| entry.access),
        secrets: Vec::new(),
        audit: None,
        parent: None,
    };
    let line = audit(&call, now, "schedule.run", &name, Some(id), format!("{action}, out of turn"));
    let change = change(&name, ScheduleOp::Run { expect: row.version, job: Box::new(job), keep: KEEP }, line);
    let render = move |row: &ScheduleRow| {
        let data = RunData { schedule: row.spec.name.clone(), job_id: Shown(id), action };
        Envelope::new(request_id, Outcome::Accepted, "Run accepted", data, now).stored(StatusCode::ACCEPTED)
    };
    idempotency::respond(refused(api.store.change_schedule(now, change, key, Box::new(render)).await?)?)
}
