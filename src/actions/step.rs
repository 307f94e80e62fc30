//! A step as the runner hands it over, and how it may end.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::model::{Failure, FailureClass, Job, Level};
use crate::store::Lease;

/// Where a step tells what it does, for the job's events.
pub trait Progress: Send + Sync {
    /// A sentence without secrets.
    fn event(&self, level: Level, message: String);
}

/// One step of a job.
pub struct Step {
    /// The job.
    pub job: Arc<Job>,
    /// Scopes of the key that submitted it.
    pub scopes: Vec<String>,
    /// Cancelled when the job is, or when the service stops at once.
    pub cancel: CancellationToken,
    /// For events.
    pub progress: Arc<dyn Progress>,
    /// Proof that the step still owns its job; every change of a radio's row is made under it.
    pub lease: Lease,
}

impl Step {
    /// Whether the submitter has a scope; `admin` has every one.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope || held == "admin")
    }

    /// An error naming the scope that is missing.
    pub fn require_scope(&self, scope: &str) -> Result<(), Failure> {
        if self.has_scope(scope) {
            return Ok(());
        }
        let sentence =
            format!("key '{}' lacks the scope '{scope}' that this needs; no device was touched", self.job.submitted_by);
        Err(Failure::new(FailureClass::Forbidden, sentence))
    }
}

/// How a step ends well.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// The job is done; its result.
    Result(Value),
    /// Another step follows.
    Wait {
        /// What it needs.
        step: Value,
        /// When.
        wake_at: Timestamp,
        /// For the job's events.
        why: String,
    },
}

/// How a step ends badly: the text is the job's `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepError {
    /// To decide and count by.
    pub class: FailureClass,
    /// To read.
    pub text: String,
    /// The step's lease went to another worker: nothing of it may be stored.
    pub lost_lease: bool,
}

impl StepError {
    /// With a text that the contract fixes, without the class in front of it.
    pub fn plain(class: FailureClass, text: &str) -> Self {
        Self { class, text: text.to_owned(), lost_lease: false }
    }

    /// The lease is gone.
    pub fn lost_lease() -> Self {
        let text = "another worker holds the job".to_owned();
        Self { class: FailureClass::Busy, text, lost_lease: true }
    }
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self { class: failure.class, text: failure.to_string(), lost_lease: false }
    }
}
