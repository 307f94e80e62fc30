//! `POST /jobs`: takes a job and answers at once.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{JOBS, Status};
use crate::api::auth::Call;
use crate::api::envelope::{Envelope, Outcome, Shown};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, json};
use crate::api::openapi::SubmitErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency, secrets};
use crate::catalog::{self, Action, Reach};
use crate::clock::Chance;
use crate::model::{Access, Job, JobId, RequestId, is_internal};
use crate::store::{AuditEntry, NewJob};

/// Longest action id, characters. An unknown action is a job that fails, but not one of a megabyte.
const ACTION_MAX: usize = 200;

/// Body of a submission.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by hand so that refusals do not repeat it")]
pub(in crate::api) struct SubmitRequest {
    /// Id of an action. An unknown one is accepted and ends `error`. Blanks and control characters at its ends are cut
    /// off, inside there are none; it does not begin with `_`.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*([!-\^`-~]|[^\u0000-\u00a0\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000][^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[!-~])[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$",
        example = "health.get"
    )]
    action: String,
    /// The action's own object. If absent or null, the other members of the body are the payload.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
}

/// Answer of a submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct Submitted {
    /// Id of the new job.
    #[schema(value_type = String, format = "uuid")]
    job_id: Shown<JobId>,
    /// Same as the envelope's; the job keeps it.
    #[schema(value_type = String, format = "uuid")]
    request_id: Shown<RequestId>,
    /// As submitted.
    action: String,
    /// State at that instant.
    status: Status,
}

/// Submits a job.
#[utoipa::path(
    post, path = "/jobs", tag = "jobs", operation_id = "submit_job",
    params(("Idempotency-Key" = String, Header, description = "Unique per request; the same key and body give the same answer.",
        min_length = 1, pattern = "[!-~]")),
    request_body = SubmitRequest,
    responses((status = 202, description = "Accepted, or accepted before under this key.", body = Envelope<Submitted>),
        SubmitErrors)
)]
pub(in crate::api) async fn submit(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobSubmit).await?;
    let (action, mut payload) = parse(&api, &call)?;
    let key = idempotency::key(&api, &call, JOBS.to_owned())?;
    let action = named(action)?;

    let entry = catalog::find(&action);
    if let Some(scope) = entry.and_then(|entry| entry.scope)
        && !call.identity.allows(scope)
    {
        return Err(ApiError::Scope(scope));
    }
    let id = draw(&api.chance)?;
    let lane = entry.and_then(|entry| lane(&api, entry, &payload));
    let secrets = secrets::seal(&api.vault, id, &mut payload)?;
    let now = api.clock.now();
    let job = NewJob {
        id,
        request_id: call.request_id,
        action: action.clone(),
        payload,
        submitted_by: call.identity.label.clone(),
        scopes: call.identity.scopes.clone(),
        created_at: now,
        lane: lane.clone(),
        access: entry.map_or(Access::Read, |entry| entry.access),
        secrets,
        parent: None,
        audit: Some(AuditEntry {
            at: now,
            who: call.identity.label.clone(),
            what: "job.submit".to_owned(),
            subject: lane.unwrap_or_else(|| action.clone()),
            job: Some(id),
            detail: action,
        }),
    };
    let render = move |job: &Job| {
        let data = Submitted {
            job_id: Shown(job.id),
            request_id: Shown(job.request_id),
            action: job.action.clone(),
            status: job.status.into(),
        };
        Envelope::new(job.request_id, Outcome::Accepted, "Job accepted", data, now).stored(StatusCode::ACCEPTED)
    };
    let outcome = api.store.submit(job, key, Box::new(render)).await?;
    idempotency::respond(outcome)
}

/// The body's `action`, whatever it is, and its payload. Only objects are payloads.
fn parse(api: &ApiState, call: &Call) -> Result<(Option<Value>, Value), ApiError> {
    let Value::Object(mut members) = json(&call.headers, &call.body, api.config.depth_limit)? else {
        return Err(ApiError::invalid("the body must be a JSON object"));
    };
    let action = members.shift_remove("action");
    Ok((action, payload(members)?))
}

fn payload(mut members: Map<String, Value>) -> Result<Value, ApiError> {
    match members.shift_remove("payload") {
        None | Some(Value::Null) => Ok(Value::Object(members)),
        Some(Value::Object(payload)) => Ok(Value::Object(payload)),
        Some(_) => Err(ApiError::invalid("'payload' must be a JSON object")),
    }
}

fn named(action: Option<Value>) -> Result<String, ApiError> {
    let Some(Value::String(action)) = action else { return Err(ApiError::MissingAction) };
    let action = action.trim_matches(|letter: char| letter.is_whitespace() || letter.is_control());
    // What "blank" is differs from one dialect of patterns to the next; one visible ASCII character is the same in all.
    if !action.bytes().any(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::MissingAction);
    }
    // It goes into logs, events and errors as it is: no line of its own making, no terminal sequence.
    if action.chars().any(breaks_lines) {
        return Err(ApiError::invalid("'action' has control characters"));
    }
    if is_internal(action) {
        return Err(ApiError::invalid("'action' must not begin with '_': such actions are the service's own"));
    }
    if action.chars().count() > ACTION_MAX {
        return Err(ApiError::Invalid(format!("'action' is longer than {ACTION_MAX} characters")));
    }
    Ok(action.to_owned())
}

/// Control characters, and those of Unicode that end a line or turn the writing direction.
fn breaks_lines(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The lane of the one device that the job speaks to; none where it speaks to none, several, or none that is known.
pub(in crate::api) fn lane(api: &ApiState, entry: &Action, payload: &Value) -> Option<String> {
    match entry.reach {
        // These two have the payload of the route that stood behind them.
        Reach::Device(_) if entry.id.starts_with("aviat.") => api.inventory.current().lane_of_radio(payload),
        Reach::Device(_) => api.inventory.current().lane_of(payload),
        Reach::Nothing | Reach::Devices | Reach::About(_) => None,
    }
}

pub(in crate::api) fn draw(chance: &Chance) -> Result<JobId, ApiError> {
    let bytes = chance.bytes().map_err(|error| ApiError::internal("drawing a job id", &error))?;
    Ok(JobId::from_random(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folded(body: Value) -> Result<Value, ApiError> {
        let Value::Object(mut members) = body else { panic!("not an object") };
        members.shift_remove("action");
        payload(members)
    }

    #[test]
    fn c44_to_c47_other_members_are_the_payload_only_where_there_is_none() {
        assert_eq!(folded(json!({"action": "a", "payload": null})).unwrap(), json!({}));
        assert_eq!(folded(json!({"action": "a", "config_id": 3})).unwrap(), json!({"config_id": 3}));
        assert_eq!(
            folded(json!({"action": "a", "payload": null, "method": "GET", "path": "/x"})).unwrap(),
            json!({"method": "GET", "path": "/x"})
        );
        assert_eq!(folded(json!({"payload": {"a": 1}, "extra": 2})).unwrap(), json!({"a": 1}));
        for wrong in [json!([1]), json!("x"), json!(3), json!(true)] {
            assert_eq!(folded(json!({"payload": wrong})).unwrap_err().status().as_u16(), 422);
        }
    }

    #[test]
    fn c38_to_c41_only_text_with_something_in_it_is_an_action() {
        for missing in
            [None, Some(json!(null)), Some(json!(7)), Some(json!("")), Some(json!(" \t\u{1f} ")), Some(json!("\u{89}"))]
        {
            assert_eq!(named(missing).unwrap_err().to_string(), "Missing 'action'");
        }
        assert_eq!(named(Some(json!(" health.get "))).unwrap(), "health.get");
        assert_eq!(named(Some(json!(" _aviat.radio"))).unwrap_err().status().as_u16(), 422);
        assert!(named(Some(json!("a_b"))).is_ok());
        assert_eq!(named(Some(json!("aä".repeat(101)))).unwrap_err().status().as_u16(), 422);
        assert!(named(Some(json!("aä".repeat(100)))).is_ok());
    }
}
