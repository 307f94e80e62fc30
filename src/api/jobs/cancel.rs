//! Cancelling by POST, PUT or PATCH: asks; a running job ends before its next command to the device.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{JOBS, Status};
use crate::api::auth::Call;
use crate::api::envelope::{Envelope, Outcome, Shown};
use crate::api::error::ApiError;
use crate::api::extract::{Incoming, json};
use crate::api::openapi::CancelErrors;
use crate::api::scope::Scope;
use crate::api::{ApiState, idempotency};
use crate::model::{Job, JobId, is_internal};
use crate::report::Chain;
use crate::store::{AuditEntry, Cancelled, Idempotent};

/// Answer of a cancellation.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelData {
    /// Id of the job.
    #[schema(value_type = String, format = "uuid")]
    job_id: Shown<JobId>,
    /// State at that instant: `cancelled` if it was queued, `running`, or the state in which it had ended.
    status: Status,
    /// True.
    cancel_requested: bool,
}

/// Body of PATCH.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by hand so that refusals do not repeat it")]
pub(in crate::api) struct PatchRequest {
    /// The one operation there is; `stop` means the same, case does not matter, and `action` may stand for `op`.
    op: Op,
}

/// Operations of PATCH.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the body, which is read by hand so that refusals do not repeat it")]
pub(in crate::api) enum Op {
    /// Cancels.
    Cancel,
    /// Cancels.
    Stop,
}

/// Cancels a job; the body is ignored.
#[utoipa::path(
    post, path = "/jobs/{job_id}/cancel", tag = "jobs", operation_id = "cancel_job_post",
    params(("job_id" = String, Path, description = "Id of the job; compared as text."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 200, description = "Asked.", body = Envelope<CancelData>), CancelErrors)
)]
pub(in crate::api) async fn post(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobCancel).await?;
    cancel(&api, &call, "/cancel").await
}

/// Cancels a job; the body is ignored.
#[utoipa::path(
    put, path = "/jobs/{job_id}/cancel", tag = "jobs", operation_id = "cancel_job_put",
    params(("job_id" = String, Path, description = "Id of the job; compared as text."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    responses((status = 200, description = "Asked.", body = Envelope<CancelData>), CancelErrors)
)]
pub(in crate::api) async fn put(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobCancel).await?;
    cancel(&api, &call, "/cancel").await
}

/// Cancels a job by `{"op": "cancel"}`.
#[utoipa::path(
    patch, path = "/jobs/{job_id}", tag = "jobs", operation_id = "cancel_job_patch",
    params(("job_id" = String, Path, description = "Id of the job; compared as text."),
        ("Idempotency-Key" = String, Header, description = "Unique per request.", min_length = 1, pattern = "[!-~]")),
    request_body = PatchRequest,
    responses((status = 200, description = "Asked.", body = Envelope<CancelData>), CancelErrors)
)]
pub(in crate::api) async fn patch(State(api): State<ApiState>, incoming: Incoming) -> Result<Response, ApiError> {
    let call = incoming.admit(&api, Scope::JobCancel).await?;
    // The op is checked before the idempotency key and before the job is looked up, as clients know it.
    check_op(&json(&call.headers, &call.body, api.config.depth_limit)?)?;
    cancel(&api, &call, "").await
}

fn check_op(body: &Value) -> Result<(), ApiError> {
    let Value::Object(members) = body else { return Err(ApiError::invalid("the body must be a JSON object")) };
    for name in ["op", "action"] {
        match members.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(op)) => match op.trim().to_lowercase().as_str() {
                "" => {}
                "cancel" | "stop" => return Ok(()),
                _ => return Err(ApiError::PatchOp),
            },
            Some(_) => return Err(ApiError::Invalid(format!("'{name}' must be text"))),
        }
    }
    Err(ApiError::PatchOp)
}

async fn cancel(api: &ApiState, call: &Call, suffix: &str) -> Result<Response, ApiError> {
    let id = call.job_id();
    let path = format!("{JOBS}/{}{suffix}", id.as_deref().unwrap_or_default());
    let key = idempotency::key(api, call, path)?;
    let id = id?;
    // A job that is gone may still have its answer kept; the engine's own are not there for clients.
    if api.store.job(id).await?.is_some_and(|job| is_internal(&job.action)) {
        return Err(ApiError::JobNotFound);
    }
    let now = api.clock.now();
    let request_id = call.request_id;
    let render = move |job: &Job| {
        let data =
            CancelData { job_id: Shown(job.id), status: job.status.into(), cancel_requested: job.cancel_requested };
        Envelope::new(request_id, Outcome::Ok, "Cancel request accepted", data, now).stored(StatusCode::OK)
    };
    match api.store.cancel(id, now, key, Box::new(render)).await? {
        Cancelled::NotFound => Err(ApiError::JobNotFound),
        Cancelled::Answered(outcome) => {
            if matches!(outcome, Idempotent::Fresh(_)) {
                audit(api, call, id).await;
            }
            idempotency::respond(outcome)
        }
    }
}

/// The event of the job does not say who asked; the audit log does.
async fn audit(api: &ApiState, call: &Call, id: &str) {
    let line = AuditEntry {
        at: api.clock.now(),
        who: call.identity.label.clone(),
        what: "job.cancel".to_owned(),
        subject: id.to_owned(),
        job: JobId::parse(id).ok(),
        detail: String::new(),
    };
    if let Err(error) = api.store.audit(line).await {
        tracing::error!(job.id = id, error = %Chain(&error), "no audit line for job {id}: {}", Chain(&error));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn c81_to_c83_spellings_of_cancel() {
        for body in [
            json!({"op": "cancel"}),
            json!({"op": " CANCEL "}),
            json!({"op": "Stop"}),
            json!({"action": "stop"}),
            json!({"action": "cancel"}),
            json!({"op": "", "action": "cancel"}),
            json!({"op": null, "action": "cancel"}),
            json!({"op": "cancel", "action": "retry"}),
        ] {
            assert!(check_op(&body).is_ok(), "{body}");
        }
    }

    #[test]
    fn c84_to_c86_everything_else_is_refused() {
        for body in [
            json!({"op": "retry"}),
            json!({}),
            json!({"op": null}),
            json!({"op": "retry", "action": "cancel"}),
            json!({"op": " "}),
        ] {
            assert_eq!(check_op(&body).unwrap_err().to_string(), "Supported PATCH ops: cancel", "{body}");
        }
        for body in [json!({"op": 1}), json!([1]), json!("cancel")] {
            assert_eq!(check_op(&body).unwrap_err().status().as_u16(), 422, "{body}");
        }
    }
}
