//! `DELETE /schedules/{schedule}`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{SCHEDULES, ScheduleItem, audit, change, refused};
use crate::api::envelope::{Envelope, Outcome};
use crate::api::error::ApiError;
use crate::api::extract::Incoming;
use crate::api::openapi::ScheduleChangeErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency};
use crate::model::ScheduleSource;
use crate::store::{ScheduleOp, ScheduleRow};

/// Removes a schedule that a client made, with its history. A run that goes on is not stopped.
#[utoipa::path(
    delete, path = "/schedules/{schedule}", tag = "schedules", operation_id = "remove_schedule",
    params(("schedule" = String, Path, description = "Its name."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 200, description = "Gone; as it stood.", body = Envelope<ScheduleItem>), ScheduleChangeErrors)
)]
pub(in crate::api) async fn remove(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::ScheduleWrite).await?;
    let name = call.part("schedule").to_owned();
    let key = idempotency::key(&api, &call, format!("{SCHEDULES}/{name}"))?;
    // One that is gone may still have its answer kept.
    let source = api.store.schedule(&name).await?.map(|row| row.spec.source);
    if source.is_some_and(|source| source != ScheduleSource::Api) {
        let sentence = "The schedule comes from the settings: switch it off there, or pause it".to_owned();
        return Err(ApiError::Unavailable(sentence));
    }
    let (now, request_id) = (api.clock.now(), call.request_id);
    let line = audit(&call, now, "schedule.remove", &name, None, String::new());
    let render = move |row: &ScheduleRow| {
        let data = ScheduleItem::from(row.clone());
        Envelope::new(request_id, Outcome::Ok, "Schedule removed", data, now).stored(StatusCode::OK)
    };
    let change = change(&name, ScheduleOp::Remove, line);
    idempotency::respond(refused(api.store.change_schedule(now, change, key, Box::new(render)).await?)?)
}
