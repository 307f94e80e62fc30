//! One step of one job, under its lease.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Runner;
use super::events::Buffer;
use super::outcome::{INTERRUPTED, Stop, settle};
use super::running::Entry;
use crate::actions::{Progress as _, Step, StepError};
use crate::catalog;
use crate::clock::Stopwatch;
use crate::model::{Access, FailureClass, Job, Level, is_internal};
use crate::report::Chain;
use crate::store::{Claimed, Lease, StepEnd, StoreError};

impl Runner {
    /// Runs the step and stores how it ended. Never fails: what cannot be stored is left to the lease.
    #[tracing::instrument(name = "job", level = "error", skip_all, fields(job.id = %claimed.job.id, job.action = %claimed.job.action, request.id = %claimed.job.request_id))]
    pub(super) async fn step(&self, claimed: Claimed) {
        let watch = Stopwatch::start();
        let _held = self.metrics.lease();
        let entry = self.running.enter(claimed.job.id);
        entry.alone().await;
        // It was asked before the claim; what is asked after it is kept for the entry.
        if claimed.job.cancel_requested {
            self.running.cancel(claimed.job.id);
        }
        let events = Buffer::new(self.clock.clone());
        if claimed.job.step.as_ref().is_some_and(Value::is_null) {
            events
                .event(Level::Info, format!("Continuing action '{}' after a stop of the service", claimed.job.action));
        }
        let mut lease = claimed.lease.clone();
        let stored_step = claimed.job.step.clone();
        let action = claimed.job.action.clone();
        let done = match self.interrupted(&claimed.job) {
            Some(error) => Err(error),
            None => self.act(claimed, &entry, &events, &mut lease).await,
        };
        let done = match done {
            Err(error) if error.class == FailureClass::Busy && error.lost_lease => {
                tracing::warn!("another worker has taken the job over; this step's end is not stored");
                return;
            }
            done => done,
        };
        let stop = if entry.asked() { Stop::Asked } else { Stop::Service };
        let (end, level, message) = settle(done, stop, stored_step);
        self.log_end(&action, &end, &message, &watch);
        events.event(level, message);
        self.store_end(&lease, end, &events).await;
    }

    /// A job that cannot begin again: a write without a stored step, or one that never ends. A radio's maintenance begins
    /// by observing, and its requests change rows all at once and once.
    fn interrupted(&self, job: &Job) -> Option<StepError> {
        let again = job.attempt > 1;
        let blind = job.access == Access::Write && job.step.is_none() && !catalog::resumes(&job.action);
        // A radio's driver is given up by nobody: its radio would stay without an owner.
        let often = job.attempt > self.config.max_attempts && !is_internal(&job.action);
        (again && (blind || often)).then(|| StepError::plain(FailureClass::Interrupted, INTERRUPTED))
    }

    /// Runs the action; meanwhile writes its events and keeps its lease.
    async fn act(
        &self,
        claimed: Claimed,
        entry: &Entry,
        events: &Buffer,
        lease: &mut Lease,
    ) -> Result<crate::actions::Done, StepError> {
        let step = Step {
            job: Arc::new(claimed.job),
            scopes: claimed.scopes,
            cancel: entry.token(),
            progress: Arc::new(events.clone()),
            lease: lease.clone(),
        };
        // On the heap: an action's future is large, and is moved through every frame above it otherwise.
        let mut work = Box::pin(self.actions.run(step));
        let mut renewed = Stopwatch::start();
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.clock.sleep(self.config.beat()) => {
                    let news = events.take();
                    if !news.is_empty() {
                        self.keep(self.store.append(lease, news).await)?;
                    }
                    let now = self.clock.now();
                    // By the wall clock it runs out, since that is what it is written in; and that clock may go back.
                    let left = Duration::try_from(lease.expires_at.duration_since(now)).unwrap_or_default();
                    if self.config.renews(left) || renewed.elapsed() >= self.config.lease / 3 {
                        let longer = self.store.renew(lease, now, self.config.lease).await;
                        match longer {
                            Ok(longer) => *lease = longer,
                            Err(error) => self.keep(Err(error))?,
                        }
                        renewed = Stopwatch::start();
                    }
                }
            }
        }
    }

    /// A lost lease ends the step; a database in trouble does not, yet.
    fn keep(&self, written: Result<(), StoreError>) -> Result<(), StepError> {
        match written {
            Ok(()) => Ok(()),
            Err(StoreError::LostLease(_)) => Err(StepError::lost_lease()),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "progress could not be written");
                Ok(())
            }
        }
    }

    /// Stores the end; tries again while the lease lasts.
    async fn store_end(&self, lease: &Lease, end: StepEnd, events: &Buffer) {
        let news = events.take();
        loop {
            match self.store.end_step(lease, self.clock.now(), end.clone(), news.clone()).await {
                Ok(()) => return,
                Err(StoreError::LostLease(_)) => {
                    tracing::warn!("the lease was lost before the step's end was stored; the job is taken again");
                    return;
                }
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "the end of a step could not be stored");
                    if self.clock.now() >= lease.expires_at {
                        return;
                    }
                    self.clock.sleep(self.config.retry_store).await;
                }
            }
        }
    }

    fn log_end(&self, action: &str, end: &StepEnd, message: &str, watch: &Stopwatch) {
        let seconds = watch.elapsed().as_secs_f64();
        self.metrics.step_ended(action, seconds);
        match end {
            StepEnd::Finish { status, error_class, .. } => {
                let outcome = error_class.as_deref().unwrap_or(status.as_str());
                self.metrics.job_ended(action, outcome, seconds);
                tracing::info!(
                    job.status = status.as_str(),
                    job.outcome = outcome,
                    job.seconds = seconds,
                    "{action}: {message}"
                );
            }
            StepEnd::Wait { wake_at, .. } => {
                tracing::info!(job.wake_at = %wake_at, job.seconds = seconds, "{action}: {message}");
            }
        }
    }
}
