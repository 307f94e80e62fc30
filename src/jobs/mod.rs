//! The runner: takes ready jobs from the store, runs one step of each under a lease, gives them back.
//!
//! One writer a device, or a few readers beside each other: the store's lanes see to it. A step that is cut off by a
//! kill -9 is taken again when its lease has expired, or at the next start, and begins by observing; a write that has
//! no stored step cannot begin again and ends `error`.

mod config;
mod events;
mod outcome;
mod running;
mod step;

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

pub use config::Config;

use crate::actions::Actions;
use crate::clock::{Clock, add};
use crate::lifecycle::Tasks;
use crate::report::Chain;
use crate::store::{Signal, Store, StoreError};
use crate::telemetry::Metrics;
use running::Running;

/// At most so many jobs are claimed in one transaction: enough to fill a burst, few enough to keep it short.
const CLAIM_BATCH: usize = 32;

/// How long the runner waits at most before it looks again, s: a hint may be lost, never a job.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(30);

/// Runs jobs until it is told to stop.
pub struct Runner {
    store: Arc<dyn Store>,
    actions: Arc<Actions>,
    clock: Clock,
    metrics: Metrics,
    config: Config,
    owner: String,
    tasks: Tasks,
    stop: CancellationToken,
    running: Running,
    permits: Arc<Semaphore>,
    freed: Notify,
}

/// What a runner is built from.
pub struct Parts {
    /// Where jobs are.
    pub store: Arc<dyn Store>,
    /// What they do.
    pub actions: Arc<Actions>,
    /// Time.
    pub clock: Clock,
    /// Counters.
    pub metrics: Metrics,
    /// Settings.
    pub config: Config,
    /// Name of this process in leases; differs at every start.
    pub owner: String,
    /// Where steps are spawned.
    pub tasks: Tasks,
    /// No new work after this.
    pub soft: CancellationToken,
    /// Steps in flight stop at once.
    pub hard: CancellationToken,
}

impl Runner {
    /// Builds it; nothing runs yet.
    pub fn new(parts: Parts) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(parts.config.workers.get()));
        Arc::new(Self {
            store: parts.store,
            actions: parts.actions,
            clock: parts.clock,
            metrics: parts.metrics,
            config: parts.config,
            owner: parts.owner,
            tasks: parts.tasks,
            stop: parts.soft,
            running: Running::new(parts.hard),
            permits,
            freed: Notify::new(),
        })
    }

    /// Takes over what a process before this one left, then runs jobs until the soft stop. Steps that are still in
    /// flight then are the tracked tasks' business.
    pub async fn run(self: Arc<Self>) -> Result<(), StoreError> {
        let left = self.store.release_foreign(&self.owner, self.clock.now()).await?;
        if !left.is_empty() {
            tracing::info!(
                jobs = left.len(),
                "{} jobs were running when the service stopped; they continue",
                left.len()
            );
        }
        let watcher = Arc::clone(&self);
        let cancels = self.store.signals();
        self.tasks.spawn("cancel-watch", async move { watcher.watch_cancels(cancels).await });

        let mut signals = self.store.signals();
        loop {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            if self.claim().await {
                continue;
            }
            self.wait(&mut signals).await;
        }
    }

    /// Takes what is ready and starts it; true if there may be more at once.
    async fn claim(self: &Arc<Self>) -> bool {
        let free = self.permits.available_permits().min(CLAIM_BATCH);
        let Ok(limit) = u32::try_from(free) else { return false };
        if limit == 0 {
            return false;
        }
        let lease = self.config.lease;
        let claimed =
            self.store.claim(&self.owner, self.clock.now(), lease, limit, self.config.readers_per_device).await;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "claiming jobs failed; trying again in {} s", self.config.retry_store.as_secs());
                self.clock.sleep(self.config.retry_store).await;
                return true;
            }
        };
        let full = claimed.len() >= free;
        for job in claimed {
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
                // Cannot happen: only this loop takes permits. The lease runs out and the job is taken again.
                tracing::error!(job = %job.job.id, "no free worker for a claimed job");
                continue;
            };
            let runner = Arc::clone(self);
            self.tasks.spawn("job-step", async move {
                runner.step(job).await;
                let awaited = runner.permits.available_permits() == 0;
                drop(permit);
                if awaited {
                    runner.freed.notify_one();
                }
            });
        }
        full
    }

    /// Waits for a reason to claim again.
    async fn wait(&self, signals: &mut broadcast::Receiver<Signal>) {
        let now = self.clock.now();
        let next = match self.permits.available_permits() {
            // Nothing can be taken before a step ends, whoever is due.
            0 => add(now, SWEEP),
            _ => match self.store.next_wake(now).await {
                Ok(next) => next.unwrap_or(add(now, SWEEP)).min(add(now, SWEEP)),
                Err(_) => add(now, self.config.retry_store),
            },
        };
        let deadline = self.clock.sleep_until(next);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.freed.notified() => return,
                () = &mut deadline => return,
                signal = signals.recv() => match signal {
                    Ok(Signal::Ready) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Ok(Signal::Cancel(_) | Signal::Radios | Signal::Configs | Signal::Schedules | Signal::Windows) => {}
                    Err(broadcast::error::RecvError::Closed) => { self.stop.cancelled().await; return }
                },
            }
        }
    }

    /// Passes a cancel on to the step that is in flight.
    async fn watch_cancels(&self, mut signals: broadcast::Receiver<Signal>) {
        let over = self.running.over(&self.stop);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return,
                signal = signals.recv() => match signal {
                    Ok(Signal::Cancel(job)) => self.running.cancel(job),
                    Ok(Signal::Ready | Signal::Radios | Signal::Configs | Signal::Schedules | Signal::Windows) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => self.cancel_by_rows().await,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    /// After signals were lost: asks the rows.
    async fn cancel_by_rows(&self) {
        for id in self.running.jobs() {
            if let Ok(Some(job)) = self.store.job(&id.to_string()).await
                && job.cancel_requested
            {
                self.running.cancel(id);
            }
        }
    }
}
