//! Jobs as clients see them.

pub(super) mod cancel;
pub(super) mod detail;
pub(super) mod events;
pub(super) mod list;
pub(super) mod stream;
pub(super) mod submit;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::{Shown, Stamp};
use super::error::ApiError;
use super::keys::Identity;
use super::scope::CONFIG_SECRETS;
use super::secrets;
use crate::model::{Job, JobId, JobStatus, RequestId, is_internal};

/// The canonical path of the collection: what idempotency is keyed by, whichever prefix was used.
const JOBS: &str = "/api/v2/omni/jobs";

/// What stands for a response for which a list had no room.
const LEFT_OUT: &str = "*** the results of this list are larger than 64 MiB; read the job itself";

/// The five states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waiting for a worker or its device.
    Queued,
    /// Under way.
    Running,
    /// Done, and read back where a device was involved.
    Success,
    /// Failed; `error` says why.
    Error,
    /// Cancelled before it was done.
    Cancelled,
}

impl From<JobStatus> for Status {
    fn from(status: JobStatus) -> Self {
        match status {
            JobStatus::Queued => Status::Queued,
            JobStatus::Running => Status::Running,
            JobStatus::Success => Status::Success,
            JobStatus::Error => Status::Error,
            JobStatus::Cancelled => Status::Cancelled,
        }
    }
}

/// The job with this id; the engine's own are not there for clients.
async fn visible(api: &ApiState, id: &str) -> Result<Job, ApiError> {
    api.store.job(id).await?.filter(|job| !is_internal(&job.action)).ok_or(ApiError::JobNotFound)
}

/// A job in a list: the contract's eleven members, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobItem {
    /// Id of the job.
    #[schema(value_type = String, format = "uuid")]
    job_id: Shown<JobId>,
    /// Id of the submitting request.
    #[schema(value_type = String, format = "uuid")]
    request_id: Shown<RequestId>,
    /// As submitted.
    action: String,
    /// Label of the key.
    submitted_by: String,
    /// State.
    status: Status,
    /// UTC.
    created_at: Stamp,
    /// UTC; null until a worker took it.
    #[schema(required)]
    started_at: Option<Stamp>,
    /// UTC; null until it ended.
    #[schema(required)]
    finished_at: Option<Stamp>,
    /// Whether someone asked to cancel it.
    cancel_requested: bool,
    /// An object once the job succeeded. Of a job with `show_secrets`, only keys with the scope `config.secrets` see
    /// `response`.
    #[schema(required, value_type = Option<Object>)]
    result: Option<Value>,
    /// A sentence once the job failed.
    #[schema(required)]
    error: Option<String>,
}

impl JobItem {
    /// A job as a key sees it: a result that may hold secrets of a device in clear only with the scope for it.
    pub(super) fn seen_by(identity: &Identity, job: Job) -> Self {
        let hidden = secrets::in_clear(&job.payload) && !identity.allows(CONFIG_SECRETS);
        let result = match job.result {
            Some(result) if hidden => Some(secrets::without_response(result)),
            // A success has a result: the list had no room for it.
            None if job.status == JobStatus::Success => Some(serde_json::json!({ "response": LEFT_OUT })),
            result => result,
        };
        Self {
            job_id: Shown(job.id),
            request_id: Shown(job.request_id),
            action: job.action,
            submitted_by: job.submitted_by,
            status: job.status.into(),
            created_at: Stamp(job.created_at),
            started_at: job.started_at.map(Stamp),
            finished_at: job.finished_at.map(Stamp),
            cancel_requested: job.cancel_requested,
            result,
            error: job.error,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Access;

    #[test]
    fn a_success_whose_result_a_list_had_no_room_for_says_so() {
        let job = |status, result| Job {
            id: JobId::from_random([1; 16]),
            request_id: RequestId::from_random([2; 16]),
            seq: 1,
            action: "health.get".to_owned(),
            payload: Value::Null,
            submitted_by: "desk".to_owned(),
            status,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
            cancel_requested: false,
            result,
            error: None,
            error_class: None,
            lane: None,
            access: Access::Read,
            attempt: 1,
            step: None,
        };
        let identity = Identity { label: "desk".to_owned(), scopes: vec!["job.read".to_owned()] };
        let shown = |status, result| JobItem::seen_by(&identity, job(status, result)).result;
        assert_eq!(shown(JobStatus::Success, None), Some(json!({ "response": LEFT_OUT })));
        assert_eq!(shown(JobStatus::Error, None), None);
        assert_eq!(shown(JobStatus::Running, None), None);
        assert_eq!(shown(JobStatus::Success, Some(json!({"a": 1}))), Some(json!({"a": 1})));
    }
}
