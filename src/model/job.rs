//! A job as the store knows it.

use jiff::Timestamp;
use serde_json::Value;

use super::{JobId, RequestId};

/// The five states of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStatus {
    /// Waiting for a worker, its device, or its hour.
    Queued,
    /// A step is under way, or stored and waiting.
    Running,
    /// Done, and read back where a device was involved.
    Success,
    /// Failed; `error` says what, which device, why.
    Error,
    /// Cancelled before it was done.
    Cancelled,
}

impl JobStatus {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            JobStatus::Queued => "queued",
            JobStatus::Running => "running",
            JobStatus::Success => "success",
            JobStatus::Error => "error",
            JobStatus::Cancelled => "cancelled",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "queued" => JobStatus::Queued,
            "running" => JobStatus::Running,
            "success" => JobStatus::Success,
            "error" => JobStatus::Error,
            "cancelled" => JobStatus::Cancelled,
            _ => return None,
        })
    }

    /// Whether nothing more will happen to the job.
    pub fn is_terminal(self) -> bool {
        matches!(self, JobStatus::Success | JobStatus::Error | JobStatus::Cancelled)
    }
}

/// Whether an action is one of the engine's own, which no client can ask for: `_aviat.radio`, `_aviat.probe`. Its jobs
/// are hidden.
pub fn is_internal(action: &str) -> bool {
    action.starts_with('_')
}

/// How a job uses its device: one writer, or a few readers beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads only; a small number may share the device.
    Read,
    /// Has an effect; alone on the device.
    Write,
}

impl Access {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Read => "read",
            Access::Write => "write",
        }
    }

    /// From the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Access::Read),
            "write" => Some(Access::Write),
            _ => None,
        }
    }
}

/// A job. Secrets of its payload are references (`secret:job/...`), never values.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The id clients use.
    pub id: JobId,
    /// The id of the submitting request.
    pub request_id: RequestId,
    /// Order of submission; lists are sorted by it, not by rendered time.
    pub seq: i64,
    /// Action id, as sent.
    pub action: String,
    /// Payload, as sent but for secrets.
    pub payload: Value,
    /// Label of the submitting key.
    pub submitted_by: String,
    /// State.
    pub status: JobStatus,
    /// UTC.
    pub created_at: Timestamp,
    /// UTC; none until a worker took it.
    pub started_at: Option<Timestamp>,
    /// UTC; none until it ended.
    pub finished_at: Option<Timestamp>,
    /// Whether someone asked to cancel it.
    pub cancel_requested: bool,
    /// The result of a success.
    pub result: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
    /// Class of the failure, see [`super::FailureClass`]; for metrics, not for clients.
    pub error_class: Option<String>,
    /// Key of the device's lane (its address), none for work without a device.
    pub lane: Option<String>,
    /// How the device is used.
    pub access: Access,
    /// How often a worker has taken it.
    pub attempt: u32,
    /// The stored step: what a worker needs to go on, none at the start.
    pub step: Option<Value>,
}
