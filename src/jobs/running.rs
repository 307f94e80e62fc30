//! The steps in flight, and the way to stop one of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::JobId;

/// Cancels kept for steps that have not been entered yet: far more than can be claimed and not entered at any moment.
const EARLY: usize = 1024;

/// Tokens of the steps in flight; all of them are children of the hard stop.
#[derive(Clone)]
pub(super) struct Running {
    hard: CancellationToken,
    steps: Arc<Mutex<Steps>>,
    count: Arc<watch::Sender<usize>>,
}

#[derive(Default)]
struct Steps {
    by_job: HashMap<JobId, Step>,
    /// Cancels that came between the claim of a job and the entry of its step, the oldest first.
    early: VecDeque<JobId>,
    entered: u64,
}

struct Step {
    number: u64,
    token: CancellationToken,
    asked: bool,
    gone: CancellationToken,
}

/// A step's entry; it is taken out when the value is dropped.
pub(super) struct Entry {
    job: JobId,
    number: u64,
    token: CancellationToken,
    gone: CancellationToken,
    before: Option<CancellationToken>,
    running: Running,
}

impl Running {
    pub(super) fn new(hard: CancellationToken) -> Self {
        Self { hard, steps: Arc::default(), count: Arc::new(watch::Sender::new(0)) }
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step begins. One of the same job that is still in flight, because a jump of the clock made its lease expire,
    /// is stopped; see [`Entry::alone`].
    pub(super) fn enter(&self, job: JobId) -> Entry {
        let (token, gone) = (self.hard.child_token(), CancellationToken::new());
        let mut steps = self.steps();
        steps.entered += 1;
        let number = steps.entered;
        let waiting = steps.early.len();
        steps.early.retain(|early| *early != job);
        let asked = steps.early.len() < waiting;
        if asked {
            token.cancel();
        }
        let step = Step { number, token: token.clone(), asked, gone: gone.clone() };
        let before = steps.by_job.insert(job, step).map(|before| {
            before.token.cancel();
            before.gone
        });
        drop(steps);
        self.count.send_modify(|count| *count += 1);
        Entry { job, number, token, gone, before, running: self.clone() }
    }

    pub(super) fn cancel(&self, job: JobId) {
        let mut steps = self.steps();
        if let Some(step) = steps.by_job.get_mut(&job) {
            step.asked = true;
            step.token.cancel();
            return;
        }
        if steps.early.len() >= EARLY {
            steps.early.pop_front();
        }
        steps.early.push_back(job);
    }

    pub(super) fn jobs(&self) -> Vec<JobId> {
        self.steps().by_job.keys().copied().collect()
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

    /// Returns when no earlier step of the job is in flight: two of them would be two sessions with its device.
    pub(super) async fn alone(&self) {
        if let Some(before) = &self.before {
            before.cancelled().await;
        }
    }

    /// Whether a person asked, as opposed to the service stopping.
    pub(super) fn asked(&self) -> bool {
        let steps = self.running.steps();
        steps.by_job.get(&self.job).is_some_and(|step| step.number == self.number && step.asked)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut steps = self.running.steps();
        if steps.by_job.get(&self.job).is_some_and(|step| step.number == self.number) {
            steps.by_job.remove(&self.job);
        }
        drop(steps);
        self.gone.cancel();
        self.running.count.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn job(number: u128) -> JobId {
        JobId::from_random(number.to_be_bytes())
    }

    #[test]
    fn a_cancel_before_the_entry_is_not_lost() {
        let running = Running::new(CancellationToken::new());
        running.cancel(job(1));
        assert!(!running.enter(job(2)).token().is_cancelled());
        let entry = running.enter(job(1));
        assert!(entry.token().is_cancelled() && entry.asked());
        drop(entry);
        assert!(!running.enter(job(1)).token().is_cancelled(), "it counts once");
    }

    #[test]
    fn cancels_of_jobs_that_are_over_do_not_pile_up() {
        let running = Running::new(CancellationToken::new());
        for number in 0..5_000 {
            running.cancel(job(number));
        }
        assert_eq!(running.steps().early.len(), EARLY);
    }

    #[test]
    fn a_step_that_was_taken_again_here_stops_the_one_before_and_waits_for_it() {
        let running = Running::new(CancellationToken::new());
        let first = running.enter(job(1));
        let second = running.enter(job(1));
        assert!(first.token().is_cancelled() && !first.asked(), "stopped, but nobody asked");
        assert!(second.alone().now_or_never().is_none());
        drop(first);
        assert!(second.alone().now_or_never().is_some());
        running.cancel(job(1));
        assert!(second.token().is_cancelled() && second.asked(), "the end of the first left the second in place");
    }
}
