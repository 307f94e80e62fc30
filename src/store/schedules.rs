//! Schedules: one row each with its next due instant, and a row for every run.
//!
//! A run is its row in the history: it is stored with its job in the transaction that moves the schedule on, guarded by
//! the due instant that was decided on. Whatever crashes, before it nothing has happened and after it everything has.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::{AuditEntry, IdempotencyKey, Idempotent, NewJob, Result, StoredResponse};
use crate::model::{Due, JobId, JobStatus, Misfire, RunOutcome, ScheduleSource, When};

/// What a schedule does, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleSpec {
    /// Unique name, see [`crate::model::is_schedule_name`].
    pub name: String,
    /// Who made it.
    pub source: ScheduleSource,
    /// For people.
    pub about: String,
    /// The action of its jobs; none: it only shows what another part of the daemon does.
    pub action: Option<String>,
    /// Their payload, without secrets.
    pub payload: Value,
    /// Their scopes, sorted.
    pub scopes: Vec<String>,
    /// Label of the key that made it.
    pub owner: String,
    /// When it is due.
    pub when: When,
    /// IANA name of the zone of a cron line.
    pub zone: String,
    /// Each run begins later than its instant by less than this.
    pub jitter: Duration,
    /// What happens with instants that were missed.
    pub misfire: Misfire,
    /// At most so many missed instants are made up for, where all are.
    pub catch_up: u32,
    /// Whether a run may begin while the last one goes on.
    pub overlap: bool,
}

/// A schedule as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRow {
    /// What it does.
    pub spec: ScheduleSpec,
    /// Rises with every change but a run.
    pub version: i64,
    /// Not paused.
    pub enabled: bool,
    /// From when on it counts: when it was made, changed or resumed.
    pub anchor: Timestamp,
    /// The instant that `next` comes after: the last due one, or the anchor.
    pub basis: Timestamp,
    /// What the wall clock of its zone showed at `basis`, by the data of that day; none where nothing was due yet.
    pub shown: Option<DateTime>,
    /// When it is due next; none: never again.
    pub next: Option<Due>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, runs aside.
    pub updated_at: Timestamp,
    /// Its last run.
    pub last: Option<ScheduleRun>,
}

/// A row of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleRun {
    /// Rises over the runs of all schedules.
    pub seq: i64,
    /// Of which schedule.
    pub schedule: String,
    /// The instant that it is for.
    pub due_at: Timestamp,
    /// When it was decided.
    pub fired_at: Timestamp,
    /// Somebody asked for it out of turn.
    pub manual: bool,
    /// Its job, where there is one.
    pub job: Option<JobId>,
    /// What became of it.
    pub outcome: RunOutcome,
    /// When its job ended.
    pub ended_at: Option<Timestamp>,
    /// What went wrong.
    pub error: Option<String>,
    /// Member `counts` of the response of its job, where there is one.
    pub counts: Option<Value>,
    /// A sentence, where there is something to say.
    pub detail: String,
}

/// Who turns due instants into jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Which process.
    pub owner: String,
    /// Rises whenever another process takes over; checked with every run.
    pub token: i64,
}

/// A run that is to be stored.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The instant that it is for.
    pub due_at: Timestamp,
    /// Its job; it becomes [`RunOutcome::Skipped`] without one where the last run goes on and must not.
    pub job: Option<Box<NewJob>>,
    /// What it is where it has no job: `Missed` or `Shown`.
    pub outcome: RunOutcome,
    /// A sentence, or nothing.
    pub detail: String,
}

/// Moves a schedule on from a due instant.
#[derive(Debug, Clone)]
pub struct Fire {
    /// Which schedule.
    pub name: String,
    /// Version decided on.
    pub version: i64,
    /// The due instant decided on: the guard.
    pub due: Timestamp,
    /// What has come of it, and of those after it that were missed; oldest first.
    pub runs: Vec<NewRun>,
    /// The last instant that is done with.
    pub basis: Timestamp,
    /// What the wall clock of the zone shows then.
    pub shown: Option<DateTime>,
    /// The next one.
    pub next: Option<Due>,
    /// Whether the runs may begin while an earlier one goes on.
    pub overlap: bool,
    /// The history keeps so many, the newest.
    pub keep: u64,
}

/// What became of a [`Fire`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fired {
    /// Stored: what each run became. One whose instant has been run before is left out.
    Done(Vec<RunOutcome>),
    /// The schedule was changed, paused, or moved on meanwhile; nothing was stored.
    Stale,
    /// Another process leads; nothing was stored.
    Deposed,
}

/// What is done to a schedule.
#[derive(Debug, Clone)]
pub enum ScheduleOp {
    /// A new one.
    Add {
        /// What it does.
        spec: Box<ScheduleSpec>,
        /// Not paused.
        enabled: bool,
        /// When it is due first.
        next: Option<Due>,
    },
    /// One of the settings or the daemon's own: made, or brought to what they say. One that was paused stays so; one whose
    /// hours did not change keeps its next instant, so that what was missed is made up for.
    Define {
        /// What it does.
        spec: Box<ScheduleSpec>,
        /// When it is due first, should its hours be new.
        next: Option<Due>,
    },
    /// Gone, with its history.
    Remove,
    /// No more runs.
    Pause,
    /// Runs again; what was due meanwhile was not missed.
    Resume {
        /// Version decided on.
        expect: i64,
        /// When it is due next.
        next: Option<Due>,
    },
    /// The next instant is another one, since the data of the zone changed.
    Revise {
        /// Version decided on.
        expect: i64,
        /// The next instant that was decided on.
        was: Option<Due>,
        /// What it is now.
        next: Option<Due>,
    },
    /// A run out of turn.
    Run {
        /// Version decided on.
        expect: i64,
        /// Its job.
        job: Box<NewJob>,
        /// The history keeps so many.
        keep: u64,
    },
}

/// Builds the answer to a request from the schedule, inside the transaction.
pub type RenderSchedule = Box<dyn FnOnce(&ScheduleRow) -> StoredResponse + Send>;

/// A change of one schedule.
pub struct ScheduleChange {
    /// Which.
    pub name: String,
    /// What.
    pub op: ScheduleOp,
    /// Written to the audit log with it.
    pub audit: Option<AuditEntry>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleChanged {
    /// Carried out, or carried out before under the same key.
    Answered(Idempotent),
    /// There is none of that name.
    NotFound,
    /// There is one of that name already, of this source.
    Exists(ScheduleSource),
    /// It has another version by now.
    Stale,
    /// Its last run goes on: this job.
    Busy(JobId),
}

/// A run whose job has ended, now noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Of which schedule.
    pub schedule: String,
    /// How.
    pub outcome: RunOutcome,
}

/// One of a job's children, without its payload and result, which may be large.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// Its id.
    pub id: JobId,
    /// Its action.
    pub action: String,
    /// Member `device` of its payload.
    pub device: Option<String>,
    /// State.
    pub status: JobStatus,
    /// Class of its failure.
    pub error_class: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What the asked-for paths of its result lead to, in their order; null where they lead nowhere.
    pub picked: Vec<Value>,
}

/// Schedules and their runs.
#[async_trait]
pub trait ScheduleStore: Send + Sync {
    /// All, by name.
    async fn schedules(&self) -> Result<Vec<ScheduleRow>>;

    /// One.
    async fn schedule(&self, name: &str) -> Result<Option<ScheduleRow>>;

    /// Those that are not paused and whose next run begins by `now`, the longest due first; without their last run.
    async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>>;

    /// When the next run of any schedule begins.
    async fn next_schedule(&self) -> Result<Option<Timestamp>>;

    /// Takes or keeps the lead until `now + lease_for`; none: another process has it. `seize`: at start, when with one
    /// daemon a database whoever else had it is gone.
    async fn lead_schedules(
        &self,
        owner: &str,
        now: Timestamp,
        lease_for: Duration,
        seize: bool,
    ) -> Result<Option<Lead>>;

    /// Stores runs with their jobs and moves the schedule on, all of it or nothing.
    async fn fire_schedule(&self, lead: &Lead, now: Timestamp, fire: Fire) -> Result<Fired>;

    /// Changes a schedule, with the answer to the request that asked for it.
    async fn change_schedule(
        &self,
        now: Timestamp,
        change: ScheduleChange,
        key: Option<IdempotencyKey>,
        render: RenderSchedule,
    ) -> Result<ScheduleChanged>;

    /// Notes the ends of runs whose jobs have ended, up to `limit`.
    async fn settle_runs(&self, limit: u32) -> Result<Vec<Settled>>;

    /// Runs of a schedule with a number below `before` (none: from the newest), newest first.
    async fn schedule_runs(&self, name: &str, before: Option<i64>, limit: u32) -> Result<Vec<ScheduleRun>>;

    /// The children of a job, in the order they were made. `picks`: JSON paths of their results, such as
    /// `$.response.firmware`.
    async fn brood(&self, parent: JobId, picks: &[&str]) -> Result<Vec<Child>>;
}
