//! The steps in flight, and the way to stop one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::JobId;

/// Tokens of the steps in flight; all of them are children of the hard stop.
#[derive(Clone)]
pub(super) struct Running {
    hard: CancellationToken,
    steps: Arc<Mutex<HashMap<JobId, Step>>>,
    count: Arc<watch::Sender<usize>>,
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
        Self { hard, steps: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    fn steps(&self) -> MutexGuard<'_, HashMap<JobId, Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, job: JobId) -> Entry {
        let token = self.hard.child_token();
        self.steps().insert(job, Step { token: token.clone(), asked: false });
        self.count.send_modify(|count| *count += 1);
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

    /// Returns when no step is left after the soft stop, or at the hard stop.
    pub(super) async fn over(&self, soft: &CancellationToken) {
        let mut count = self.count.subscribe();
        let drained = async {
            soft.cancelled().await;
            // Ends with an error only when the sender is gone, and we hold it.
            let _ = count.wait_for(|count| *count == 0).await;
        };
        tokio::select! {
            () = self.hard.cancelled() => {}
            () = drained => {}
        }
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
        self.running.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}
