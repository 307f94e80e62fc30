//! The steps in flight, and the way to stop one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::model::JobId;

/// Tokens of the steps in flight; all of them are children of the hard stop.
#[derive(Clone)]
pub(super) struct Running {
    hard: CancellationToken,
    steps: Arc<Mutex<HashMap<JobId, Step>>>,
}

struct Step {
    token: CancellationToken,
    asked: bool,
}

/// A step's entry; it is taken out when the value is dropped.
pub(super) struct Entry {
    job: JobId,
    token: CancellationToken,
    running: Running,
}

impl Running {
    pub(super) fn new(hard: CancellationToken) -> Self {
        Self { hard, steps: Arc::default() }
    }

    fn steps(&self) -> MutexGuard<'_, HashMap<JobId, Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, job: JobId) -> Entry {
        let token = self.hard.child_token();
        self.steps().insert(job, Step { token: token.clone(), asked: false });
        Entry { job, token, running: self.clone() }
    }

    pub(super) fn cancel(&self, job: JobId) {
        if let Some(step) = self.steps().get_mut(&job) {
            step.asked = true;
            step.token.cancel();
        }
    }

    pub(super) fn jobs(&self) -> Vec<JobId> {
        self.steps().keys().copied().collect()
    }

    pub(super) async fn stopped(&self) {
        self.hard.cancelled().await;
    }
}

impl Entry {
    pub(super) fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Whether a person asked, as opposed to the service stopping.
    pub(super) fn asked(&self) -> bool {
        self.running.steps().get(&self.job).is_some_and(|step| step.asked)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.steps().remove(&self.job);
    }
}
