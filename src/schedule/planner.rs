//! The loop: what is due becomes jobs; ends of runs are noted; new data of zones moves what is still to come.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::decide::{Decision, Planned, decide};
use super::job::job;
use super::metrics::ScheduleMetrics;
use super::settings::Config;
use crate::calendar::{Timing, Zones, due};
use crate::clock::{Chance, Clock, add};
use crate::inventory::InventoryHandle;
use crate::model::{Due, RadioStatus, RunOutcome, ScheduleSource, When};
use crate::report::Chain;
use crate::store::{
    Fire, Fired, Lead, NewRun, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow, ScheduleSpec, Signal, Store,
    StoreError, StoredResponse,
};

/// How long the lead is taken for; renewed with every look.
const LEASE: Duration = Duration::from_secs(120);
/// The longest time without a look: the wall clock may have been set, a hint may be lost.
const LONGEST: Duration = Duration::from_secs(30);
/// After a failure of the store.
const RETRY: Duration = Duration::from_secs(5);
/// Schedules that are read at once.
const PAGE: u32 = 512;
/// Of these so many are stored at once: they share commits.
const AT_ONCE: usize = 64;
/// How often what is still to come is looked for again, with the zones' data of that moment.
const REVISE: Duration = Duration::from_secs(3600);
/// How often the gauges are set at most.
const GAUGES: Duration = Duration::from_secs(10);

/// Handed down from the composition root.
pub struct Parts {
    /// Rows and jobs.
    pub store: Arc<dyn Store>,
    /// Lanes.
    pub inventory: InventoryHandle,
    /// Time.
    pub clock: Clock,
    /// Ids.
    pub chance: Chance,
    /// Zones.
    pub zones: Zones,
    /// Settings.
    pub config: Config,
    /// Schedules of the settings and built-in ones.
    pub specs: Vec<ScheduleSpec>,
    /// Counters.
    pub metrics: ScheduleMetrics,
    /// Name of this process; differs at every start.
    pub owner: String,
    /// Ends it.
    pub stop: CancellationToken,
}

/// Turns due instants into jobs until it is told to stop.
pub struct Planner {
    parts: Parts,
    done: Done,
}

/// When something was last done on the way.
#[derive(Default)]
struct Done {
    seized: bool,
    defined: bool,
    revised: Option<Timestamp>,
    shown: Option<Timestamp>,
}

/// Whether something is to be done again; also where the clock was set back.
fn over(last: Option<Timestamp>, now: Timestamp, every: Duration) -> bool {
    last.is_none_or(|last| now < last || now >= add(last, every))
}

impl Planner {
    /// Builds it; nothing is planned yet.
    pub fn new(parts: Parts) -> Self {
        Self { parts, done: Done::default() }
    }

    /// One look at everything; when the next one is due. For who moves the clock by hand; [`Planner::run`] looks by itself.
    ///
    /// # Errors
    /// The store failed. What was stored before is, and the next look goes on from there.
    pub async fn look(&mut self) -> Result<Timestamp, StoreError> {
        let mut done = std::mem::take(&mut self.done);
        let looked = self.look_at(&mut done).await;
        self.done = done;
        looked
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut signals = self.parts.store.signals();
        let stop = self.parts.stop.clone();
        loop {
            // A store that hangs or a list of thousands must not hold up the end of the daemon.
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                looked = self.look() => looked,
            };
            let next = next.unwrap_or_else(|error| {
                tracing::error!(error = %Chain(&error), "schedules could not be looked at; trying again in {} s", RETRY.as_secs());
                add(self.parts.clock.now(), RETRY)
            });
            if !self.wait(next, &mut signals).await {
                return;
            }
        }
    }

    /// Waits for an instant, or for a hint; false: it is over.
    async fn wait(&self, until: Timestamp, signals: &mut broadcast::Receiver<Signal>) -> bool {
        let deadline = self.parts.clock.sleep_until(until);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                () = self.parts.stop.cancelled() => return false,
                () = &mut deadline => return true,
                signal = signals.recv() => match signal {
                    Ok(Signal::Schedules) | Err(RecvError::Lagged(_)) => {
                        // A burst is looked at once: what it told of is in the rows.
                        *signals = signals.resubscribe();
                        return true;
                    }
                    Ok(Signal::Ready | Signal::Cancel(_) | Signal::Radios | Signal::Configs | Signal::Windows) => {}
                    Err(RecvError::Closed) => { self.parts.stop.cancelled().await; return false }
                },
            }
        }
    }

    /// One look at everything; when the next one is due.
    async fn look_at(&self, done: &mut Done) -> Result<Timestamp, StoreError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let Some(mut lead) = parts.store.lead_schedules(&parts.owner, now, LEASE, !done.seized).await? else {
            return Ok(add(now, LONGEST));
        };
        done.seized = true;
        if !done.defined {
            self.define(now).await?;
            done.defined = true;
        }
        if over(done.revised, now, REVISE) {
            self.revise().await?;
            done.revised = Some(now);
        }
        let (mut fired, mut led) = (false, now);
        loop {
            let now = parts.clock.now();
            let rows = parts.store.due_schedules(now, PAGE).await?;
            if rows.is_empty() {
                break;
            }
            fired = true;
            if over(Some(led), now, LEASE / 2)
                && let Some(again) = parts.store.lead_schedules(&parts.owner, now, LEASE, false).await?
            {
                (lead, led) = (again, now);
            }
            for chunk in rows.chunks(AT_ONCE) {
                for outcome in join_all(chunk.iter().map(|row| self.fire(&lead, row, now))).await {
                    if outcome? == Fired::Deposed {
                        return Ok(add(now, LONGEST));
                    }
                }
            }
        }
        for settled in parts.store.settle_runs(PAGE).await? {
            parts.metrics.ran(&settled.schedule, settled.outcome);
        }
        let now = parts.clock.now();
        if fired || over(done.shown, now, GAUGES) {
            parts.metrics.show(&parts.store.schedules().await?);
            done.shown = Some(now);
        }
        let latest = add(now, LONGEST);
        Ok(parts.store.next_schedule().await?.map_or(latest, |next| next.min(latest)))
    }

    /// Turns a due row into runs. Before it is stored nothing has happened.
    async fn fire(&self, lead: &Lead, row: &ScheduleRow, now: Timestamp) -> Result<Fired, StoreError> {
        let parts = &self.parts;
        let Some(first) = row.next else { return Ok(Fired::Stale) };
        let spec = &row.spec;
        let timing = Timing::of(&spec.when, &spec.zone, row.anchor, &parts.zones);
        let decision = match &timing {
            Ok(timing) => decide(row, first, timing, now, parts.config.grace),
            Err(error) => {
                tracing::error!(schedule = spec.name, "schedule '{}' ends: {error}", spec.name);
                let detail = format!("the schedule ends here: {error}; put it right and resume it");
                let runs = vec![Planned { due_at: first.at, go: false, detail }];
                Decision { runs, basis: first.at, next: None }
            }
        };
        let mut runs = Vec::with_capacity(decision.runs.len());
        for planned in decision.runs {
            runs.push(self.run_of(spec, planned, now).await?);
        }
        let wanted = Fire {
            name: spec.name.clone(),
            version: row.version,
            due: first.at,
            runs,
            basis: decision.basis,
            shown: timing.ok().and_then(|timing| timing.shown(decision.basis)),
            next: decision.next,
            overlap: spec.overlap,
            keep: parts.config.keep_runs.get(),
        };
        let fired = parts.store.fire_schedule(lead, now, wanted).await?;
        if let Fired::Done(outcomes) = &fired {
            for outcome in outcomes {
                parts.metrics.ran(&spec.name, *outcome);
            }
            let said: Vec<&str> = outcomes.iter().map(|outcome| outcome.as_str()).collect();
            tracing::info!(schedule = spec.name, due = %first.at, "schedule '{}', due {}: {}", spec.name, first.at, said.join(", "));
        }
        Ok(fired)
    }

    async fn run_of(&self, spec: &ScheduleSpec, planned: Planned, now: Timestamp) -> Result<NewRun, StoreError> {
        let parts = &self.parts;
        let Planned { due_at, go, mut detail } = planned;
        if !go {
            return Ok(NewRun { due_at, job: None, outcome: RunOutcome::Missed, detail });
        }
        let made = job(spec, due_at, now, &parts.inventory.current(), &parts.chance);
        let made = made.map_err(|error| StoreError::Engine(error.to_string()))?;
        if made.is_none() {
            let waiting = parts.store.radios_in(RadioStatus::Scheduled).await?;
            detail = format!("{waiting} radios wait for their activation");
        }
        Ok(NewRun { due_at, job: made.map(Box::new), outcome: RunOutcome::Shown, detail })
    }

    /// Makes the schedules of the settings and the built-in ones, and removes those that are no longer there.
    async fn define(&self, now: Timestamp) -> Result<(), StoreError> {
        let parts = &self.parts;
        for spec in &parts.specs {
            let name = spec.name.clone();
            let next = Timing::of(&spec.when, &spec.zone, now, &parts.zones)
                .ok()
                .and_then(|timing| due(&name, &timing, now, spec.jitter));
            let op = ScheduleOp::Define { spec: Box::new(spec.clone()), next };
            if let ScheduleChanged::Exists(_) = self.change(&name, op, now).await? {
                tracing::error!(
                    schedule = name,
                    "schedule '{name}' of the settings is not made: a client made one of that name; remove one of the two"
                );
            }
        }
        for row in parts.store.schedules().await? {
            let ours = row.spec.source != ScheduleSource::Api;
            if ours && parts.specs.iter().all(|spec| spec.name != row.spec.name) {
                self.change(&row.spec.name, ScheduleOp::Remove, now).await?;
            }
        }
        Ok(())
    }

    /// Looks for the next instants again: the data of a zone may have been updated.
    async fn revise(&self) -> Result<(), StoreError> {
        for row in self.parts.store.schedules().await? {
            let Some(was) = row.next.filter(|_| row.enabled && matches!(row.spec.when, When::Cron(_))) else {
                continue;
            };
            let Ok(timing) = Timing::of(&row.spec.when, &row.spec.zone, row.anchor, &self.parts.zones) else {
                continue;
            };
            if timing.next(row.basis) == Some(was.at) {
                continue;
            }
            let at = timing.next_unlike(row.basis, row.shown);
            if at == Some(was.at) {
                continue;
            }
            let spec = &row.spec;
            let next = at.map(|at| {
                let spread = crate::calendar::spread(&spec.name, at, spec.jitter);
                Due { at, fire_at: add(at, spread) }
            });
            tracing::warn!(
                schedule = spec.name,
                "the data of the zone {} changed: schedule '{}' is due another time",
                spec.zone,
                spec.name
            );
            let op = ScheduleOp::Revise { expect: row.version, was: Some(was), next };
            self.change(&spec.name, op, self.parts.clock.now()).await?;
        }
        Ok(())
    }

    async fn change(&self, name: &str, op: ScheduleOp, now: Timestamp) -> Result<ScheduleChanged, StoreError> {
        let change = ScheduleChange { name: name.to_owned(), op, audit: None };
        let render = Box::new(|_: &ScheduleRow| StoredResponse { status: 200, body: Vec::new() });
        self.parts.store.change_schedule(now, change, None, render).await
    }
}
