//! Recurring work: rows of the store, read and changed. The planner turns them into jobs.

pub(super) mod add;
pub(super) mod history;
pub(super) mod list;
pub(super) mod pause;
pub(super) mod remove;
pub(super) mod run;
pub(super) mod show;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::ApiState;
use super::auth::Call;
use super::envelope::{Shown, Stamp};
use super::error::ApiError;
use crate::calendar::{Timing, Zones, due};
use crate::clock::human;
use crate::model::{Due, JobId, RunOutcome, ScheduleSource, When};
use crate::store::{AuditEntry, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow, ScheduleRun, ScheduleSpec};

/// The canonical path, of which idempotency keys are.
const SCHEDULES: &str = "/api/v2/omni/schedules";
/// The history keeps at least so many; the planner trims to the setting.
const KEEP: u64 = 100_000;

/// A run of a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunItem {
    /// Its number; rises over all schedules.
    run: i64,
    /// The instant that it was for, UTC.
    due_at: Stamp,
    /// When it was decided, UTC.
    fired_at: Stamp,
    /// Whether somebody asked for it out of turn.
    manual: bool,
    /// Its job; null where it has none.
    #[schema(value_type = Option<String>, format = "uuid", required)]
    job_id: Option<Shown<JobId>>,
    /// What became of it: `queued`, `running`, `success`, `error`, `cancelled`, `skipped` (the one before went on), `missed`,
    /// `shown` (another part of the daemon does the work), `gone` (its job was deleted before its end was noted).
    #[schema(value_type = String)]
    outcome: Named<RunOutcome>,
    /// When its job ended, UTC.
    #[schema(required)]
    ended_at: Option<Stamp>,
    /// What went wrong.
    #[schema(required)]
    error: Option<String>,
    /// Counts of a sweep over many devices.
    #[schema(value_type = Option<Object>, required)]
    counts: Option<Value>,
    /// A sentence, or empty.
    detail: String,
}

/// A schedule as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleItem {
    /// Unique name.
    name: String,
    /// Who made it: `api`, `settings`, `builtin`.
    #[schema(value_type = String)]
    source: Named<ScheduleSource>,
    /// For people.
    about: String,
    /// Action of its jobs; null where it only shows what the daemon does by itself.
    #[schema(required)]
    action: Option<String>,
    /// Their payload.
    #[schema(value_type = Object)]
    payload: Value,
    /// Their scopes.
    scopes: Vec<String>,
    /// Label of the key that made it.
    created_by: String,
    /// A cron line; null where it is due by a period or once.
    #[schema(required)]
    cron: Option<String>,
    /// A period.
    #[schema(required)]
    every: Option<String>,
    /// The one instant, UTC.
    #[schema(required)]
    at: Option<Stamp>,
    /// Zone of the cron line.
    zone: String,
    /// Spread of its runs.
    jitter: String,
    /// What happens with missed instants: `skip`, `once`, `all`.
    misfire: &'static str,
    /// At most so many are made up for, where all are.
    catch_up: u32,
    /// Whether a run may begin while the last one goes on.
    overlap: bool,
    /// False while it is paused.
    enabled: bool,
    /// When it is due next, UTC; null where it never is again. While it is paused, when it would have been.
    #[schema(required)]
    next_due_at: Option<Stamp>,
    /// When that run begins, with its spread, UTC.
    #[schema(required)]
    next_run_at: Option<Stamp>,
    /// Its last run.
    #[schema(required)]
    last_run: Option<RunItem>,
    /// When it was made, UTC.
    created_at: Stamp,
    /// When it was last changed, UTC.
    updated_at: Stamp,
}

/// Serializes by its wire form.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(T);

impl Serialize for Named<RunOutcome> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl Serialize for Named<ScheduleSource> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl From<ScheduleRun> for RunItem {
    fn from(run: ScheduleRun) -> Self {
        Self {
            run: run.seq,
            due_at: Stamp(run.due_at),
            fired_at: Stamp(run.fired_at),
            manual: run.manual,
            job_id: run.job.map(Shown),
            outcome: Named(run.outcome),
            ended_at: run.ended_at.map(Stamp),
            error: run.error,
            counts: run.counts,
            detail: run.detail,
        }
    }
}

impl From<ScheduleRow> for ScheduleItem {
    fn from(row: ScheduleRow) -> Self {
        let spec = row.spec;
        let (cron, every, at) = match spec.when {
            When::Cron(line) => (Some(line), None, None),
            When::Every(period) => (None, Some(human::format(period)), None),
            When::At(at) => (None, None, Some(Stamp(at))),
        };
        Self {
            name: spec.name,
            source: Named(spec.source),
            about: spec.about,
            action: spec.action,
            payload: spec.payload,
            scopes: spec.scopes,
            created_by: spec.owner,
            cron,
            every,
            at,
            zone: spec.zone,
            jitter: human::format(spec.jitter),
            misfire: spec.misfire.as_str(),
            catch_up: spec.catch_up,
            overlap: spec.overlap,
            enabled: row.enabled,
            next_due_at: row.next.map(|next| Stamp(next.at)),
            next_run_at: row.next.map(|next| Stamp(next.fire_at)),
            last_run: row.last.map(RunItem::from),
            created_at: Stamp(row.created_at),
            updated_at: Stamp(row.updated_at),
        }
    }
}

/// The schedule that the path names.
async fn named(api: &ApiState, call: &Call) -> Result<ScheduleRow, ApiError> {
    api.store.schedule(call.part("schedule")).await?.ok_or(ApiError::NoSchedule)
}

/// A line of the audit log about a schedule.
fn audit(call: &Call, now: Timestamp, what: &str, name: &str, job: Option<JobId>, detail: String) -> AuditEntry {
    let who = call.identity.label.clone();
    AuditEntry { at: now, who, what: what.to_owned(), subject: name.to_owned(), job, detail }
}

/// A change with its line of the audit log.
fn change(name: &str, op: ScheduleOp, audit: AuditEntry) -> ScheduleChange {
    ScheduleChange { name: name.to_owned(), op, audit: Some(audit) }
}

/// The refusal behind what a change met.
fn refused(changed: ScheduleChanged) -> Result<crate::store::Idempotent, ApiError> {
    match changed {
        ScheduleChanged::Answered(outcome) => Ok(outcome),
        ScheduleChanged::NotFound => Err(ApiError::NoSchedule),
        ScheduleChanged::Exists(_) => {
            Err(ApiError::Unavailable("There is a schedule of that name already; remove it first".to_owned()))
        }
        ScheduleChanged::Stale => {
            Err(ApiError::Unavailable("The schedule was changed at this moment; look at it and ask again".to_owned()))
        }
        ScheduleChanged::Busy(job) => {
            Err(ApiError::Unavailable(format!("The last run of the schedule still goes on: job {job}")))
        }
    }
}

/// When a schedule is due after `after`.
fn next(spec: &ScheduleSpec, anchor: Timestamp, after: Timestamp) -> Result<Option<Due>, ApiError> {
    let timing = Timing::of(&spec.when, &spec.zone, anchor, &Zones::system());
    let timing = timing.map_err(|error| ApiError::invalid(error.to_string()))?;
    Ok(due(&spec.name, &timing, after, spec.jitter))
}

/// Longest spread of a run.
const JITTER_MAX: Duration = Duration::from_secs(86_400);
