//! Schedules and their runs.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde_json::Value;

use super::conn::Conn;
use super::rows::{broken, instant, job_id, json, maybe_instant, maybe_text, micros, scopes, scopes_text, text, value};
use super::writer::Tx;
use super::{SqliteStore, audit, idempotency, jobs};
use crate::clock::add;
use crate::model::{Due, JobId, JobStatus, Misfire, RunOutcome, ScheduleSource, When};
use crate::store::{
    Child, Fire, Fired, IdempotencyKey, Lead, NewRun, RenderSchedule, Result, ScheduleChange, ScheduleChanged,
    ScheduleOp, ScheduleRow, ScheduleRun, ScheduleSpec, ScheduleStore, Settled, Signal,
};

/// The columns that [`row`] reads, in its order, of a table that is called `s`.
macro_rules! columns {
    () => {
        "s.name, s.version, s.source, s.about, s.action, s.payload, s.scopes, s.owner, s.cron, s.every, s.at, s.zone, \
         s.jitter, s.misfire, s.catch_up, s.overlap, s.enabled, s.anchor, s.basis, s.next_at, s.fire_at, s.created_at, \
         s.updated_at, s.shown"
    };
}
/// How many they are.
const WIDTH: usize = 24;

/// The columns that [`run`] reads, in its order: of a run `r`, and of its job `j` where its end is not noted yet.
macro_rules! run_columns {
    () => {
        "r.seq, r.schedule, r.due_at, r.fired_at, r.manual, r.job, \
         case when r.open then coalesce(j.status, 'gone') else r.outcome end, coalesce(r.ended_at, j.finished_at), \
         coalesce(r.error, j.error), \
         coalesce(r.counts, case when j.status = 'success' then j.result -> '$.response.counts' end), r.detail"
    };
}

/// With the last run; `?1` name.
pub(super) const ONE: &str = concat!(
    "select ",
    columns!(),
    ", ",
    run_columns!(),
    " from schedule s left join schedule_run r on r.seq = s.last_run left join job j on j.id = r.job and r.open \
     where s.name = ?1"
);

const ALL: &str = concat!(
    "select ",
    columns!(),
    ", ",
    run_columns!(),
    " from schedule s left join schedule_run r on r.seq = s.last_run left join job j on j.id = r.job and r.open \
     order by s.name"
);

/// `?1` now, `?2` limit.
pub(super) const DUE: &str = concat!(
    "select ",
    columns!(),
    " from schedule s where s.enabled = 1 and s.fire_at is not null and s.fire_at <= ?1 order by s.fire_at limit ?2"
);

const NEXT: &str = "select min(fire_at) from schedule where enabled = 1 and fire_at is not null";

/// `?1` schedule, `?2` number that is not reached any more, `?3` limit.
pub(super) const RUNS: &str = concat!(
    "select ",
    run_columns!(),
    " from schedule_run r left join job j on j.id = r.job and r.open where r.schedule = ?1 and r.seq < ?2 \
     order by r.seq desc limit ?3"
);

/// `?1` owner, `?2` now, `?3` expiry, `?4` seize.
const LEAD: &str = "insert into schedule_lead (id, owner, token, expires_at) values (1, ?1, 1, ?3) \
     on conflict (id) do update set token = token + (owner <> ?1), owner = ?1, expires_at = ?3 \
     where owner = ?1 or expires_at <= ?2 or ?4 returning token";

/// `?1` owner, `?2` token, `?3` now.
const LEADS: &str = "select exists (select 1 from schedule_lead where owner = ?1 and token = ?2 and expires_at > ?3)";

/// `?1` name, `?2` version, `?3` due instant, `?4` basis, `?5` next, `?6` begin, `?7` wall clock.
pub(super) const MOVE_ON: &str = "update schedule set basis = ?4, next_at = ?5, fire_at = ?6, shown = ?7 \
     where name = ?1 and version = ?2 and next_at = ?3 and enabled = 1";

/// `?1` schedule. The job of its last run that goes on.
pub(super) const GOES_ON: &str = "select r.job from schedule_run r join job j on j.id = r.job \
     where r.schedule = ?1 and r.open = 1 and j.finished_at is null order by r.seq desc limit 1";

/// `?1` schedule, `?2` due instant.
pub(super) const BEFORE: &str =
    "select exists (select 1 from schedule_run where schedule = ?1 and due_at = ?2 and manual = 0)";

const INSERT_RUN: &str = "insert into schedule_run (schedule, due_at, fired_at, manual, job, open, outcome, detail) \
     values (?1, ?2, ?3, ?4, ?5, ?5 is not null, ?6, ?7)";

/// `?1` schedule, `?2` how many stay.
pub(super) const TRIM: &str = "delete from schedule_run where schedule = ?1 and seq <= \
     (select seq from schedule_run where schedule = ?1 order by seq desc limit 1 offset ?2) and open = 0";

/// `?1` limit.
const SETTLE: &str = "update schedule_run set open = 0, outcome = coalesce(e.status, 'gone'), ended_at = e.finished_at, \
     error = e.error, counts = e.counts from \
     (select r.seq, j.status, j.finished_at, j.error, \
      case when j.status = 'success' then j.result -> '$.response.counts' end as counts \
      from schedule_run r left join job j on j.id = r.job \
      where r.open = 1 and (j.id is null or j.finished_at is not null) limit ?1) e \
     where schedule_run.seq = e.seq returning schedule, outcome";

const INSERT: &str = "insert into schedule (name, version, source, about, action, payload, scopes, owner, cron, every, \
     at, zone, jitter, misfire, catch_up, overlap, enabled, anchor, basis, next_at, fire_at, created_at, updated_at) \
     values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17, ?18, ?19, ?17, ?17)";

const UPDATE: &str = "update schedule set version = version + 1, source = ?2, about = ?3, action = ?4, payload = ?5, \
     scopes = ?6, owner = ?7, cron = ?8, every = ?9, at = ?10, zone = ?11, jitter = ?12, misfire = ?13, catch_up = ?14, \
     overlap = ?15, anchor = ?16, basis = ?17, shown = case when ?16 = ?17 then null else shown end, next_at = ?18, fire_at = ?19, updated_at = ?20 where name = ?1";

/// `?1` parent, `?2` JSON array of paths.
const BROOD: &str = "select j.id, j.action, j.payload ->> '$.device', j.status, j.error_class, j.error, \
     case when j.result is not null then \
       (select json_group_array(json_extract(j.result, p.value)) from json_each(?2) p) end \
     from job j where j.parent = ?1 order by j.seq";

/// As long as the engine stores it.
fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn duration(row: &Row<'_>, column: usize) -> Result<Duration> {
    u64::try_from(row.get::<_, i64>(column)?).map(Duration::from_micros).map_err(|_| broken("a duration"))
}

fn when(row: &Row<'_>, column: usize) -> Result<When> {
    if let Some(line) = maybe_text(row, column)? {
        return Ok(When::Cron(line.to_owned()));
    }
    if row.get::<_, Option<i64>>(column + 1)?.is_some() {
        return duration(row, column + 1).map(When::Every);
    }
    maybe_instant(row, column + 2)?.map(When::At).ok_or_else(|| broken("a schedule's hours"))
}

fn row(row: &Row<'_>) -> Result<ScheduleRow> {
    let spec = ScheduleSpec {
        name: row.get(0)?,
        source: ScheduleSource::parse(text(row, 2)?).ok_or_else(|| broken("a schedule's source"))?,
        about: row.get(3)?,
        action: row.get(4)?,
        payload: value(text(row, 5)?)?,
        scopes: scopes(row, 6)?,
        owner: row.get(7)?,
        when: when(row, 8)?,
        zone: row.get(11)?,
        jitter: duration(row, 12)?,
        misfire: Misfire::parse(text(row, 13)?).ok_or_else(|| broken("a schedule's policy"))?,
        catch_up: row.get(14)?,
        overlap: row.get(15)?,
    };
    let next = match (maybe_instant(row, 19)?, maybe_instant(row, 20)?) {
        (Some(at), Some(fire_at)) => Some(Due { at, fire_at }),
        _ => None,
    };
    Ok(ScheduleRow {
        spec,
        version: row.get(1)?,
        enabled: row.get(16)?,
        anchor: instant(row.get(17)?)?,
        basis: instant(row.get(18)?)?,
        shown: maybe_text(row, 23)?.map(str::parse).transpose().map_err(|_| broken("a local time"))?,
        next,
        created_at: instant(row.get(21)?)?,
        updated_at: instant(row.get(22)?)?,
        last: None,
    })
}

/// A run whose columns begin at `at`.
fn run_at(row: &Row<'_>, at: usize) -> Result<ScheduleRun> {
    let job = maybe_text(row, at + 5)?.map(JobId::parse).transpose();
    Ok(ScheduleRun {
        seq: row.get(at)?,
        schedule: row.get(at + 1)?,
        due_at: instant(row.get(at + 2)?)?,
        fired_at: instant(row.get(at + 3)?)?,
        manual: row.get(at + 4)?,
        job: job.map_err(|_| broken("a job's id"))?,
        outcome: RunOutcome::parse(text(row, at + 6)?).ok_or_else(|| broken("a run's outcome"))?,
        ended_at: maybe_instant(row, at + 7)?,
        error: row.get(at + 8)?,
        counts: maybe_text(row, at + 9)?.map(value).transpose()?,
        detail: row.get(at + 10)?,
    })
}

fn run(row: &Row<'_>) -> Result<ScheduleRun> {
    run_at(row, 0)
}

fn whole(found: &Row<'_>) -> Result<ScheduleRow> {
    let mut read = row(found)?;
    if found.get::<_, Option<i64>>(WIDTH)?.is_some() {
        read.last = Some(run_at(found, WIDTH)?);
    }
    Ok(read)
}

fn one(conn: &Conn, name: &str) -> Result<Option<ScheduleRow>> {
    conn.first(ONE, [name], whole)
}

fn goes_on(tx: &Tx, name: &str) -> Result<Option<JobId>> {
    tx.conn.first(GOES_ON, [name], |row| job_id(row, 0))
}

/// Stores a run; the schedule shows it as its last one.
fn insert_run(tx: &mut Tx, name: &str, now: Timestamp, manual: bool, new: NewRun, keep: u64) -> Result<()> {
    let job = new.job.as_ref().map(|job| job.id.to_string());
    if let Some(job) = new.job {
        jobs::insert(tx, &job)?;
        if let Some(entry) = job.audit {
            audit::insert(tx, entry)?;
        }
    }
    let seq = tx.conn.insert(
        INSERT_RUN,
        params![name, micros(new.due_at), micros(now), manual, job, new.outcome.as_str(), new.detail],
    )?;
    tx.conn.run("update schedule set last_run = ?2 where name = ?1", params![name, seq])?;
    let keep = i64::try_from(keep).unwrap_or(i64::MAX).max(1);
    tx.conn.run(TRIM, params![name, keep])?;
    Ok(())
}

fn fire(tx: &mut Tx, lead: &Lead, now: Timestamp, fire: Fire) -> Result<Fired> {
    if !tx.conn.value::<bool>(LEADS, params![lead.owner, lead.token, micros(now)])? {
        tx.undo();
        return Ok(Fired::Deposed);
    }
    let (next, begin) = (fire.next.map(|next| micros(next.at)), fire.next.map(|next| micros(next.fire_at)));
    let shown = fire.shown.map(|shown| shown.to_string());
    let guard = params![fire.name, fire.version, micros(fire.due), micros(fire.basis), next, begin, shown];
    if tx.conn.run(MOVE_ON, guard)? != 1 {
        tx.undo();
        return Ok(Fired::Stale);
    }
    let busy = if fire.overlap { None } else { goes_on(tx, &fire.name)? };
    let mut outcomes = Vec::with_capacity(fire.runs.len());
    for mut new in fire.runs {
        // The clock may have been set back before the schedule was made anew.
        if tx.conn.value::<bool>(BEFORE, params![fire.name, micros(new.due_at)])? {
            continue;
        }
        if let (Some(job), Some(_)) = (busy, &new.job) {
            new.job = None;
            new.outcome = RunOutcome::Skipped;
            new.detail = format!("the run before it still goes on: job {job}");
        }
        let outcome = if new.job.is_some() { RunOutcome::Queued } else { new.outcome };
        new.outcome = outcome;
        outcomes.push(outcome);
        insert_run(tx, &fire.name, now, false, new, fire.keep)?;
    }
    Ok(Fired::Done(outcomes))
}

/// What identifies the hours of a schedule.
fn hours(spec: &ScheduleSpec) -> (&When, &str, Duration) {
    (&spec.when, &spec.zone, spec.jitter)
}

fn put(
    tx: &mut Tx,
    spec: &ScheduleSpec,
    stored: Option<&ScheduleRow>,
    enabled: bool,
    next: Option<Due>,
    now: Timestamp,
) -> Result<()> {
    let (cron, every, at) = match &spec.when {
        When::Cron(line) => (Some(line.as_str()), None, None),
        When::Every(period) => (None, Some(span(*period)), None),
        When::At(at) => (None, None, Some(micros(*at))),
    };
    let (payload, scopes) = (json(&spec.payload), scopes_text(&spec.scopes));
    let (jitter, misfire) = (span(spec.jitter), spec.misfire.as_str());
    let (next_at, fire_at) = (next.map(|next| micros(next.at)), next.map(|next| micros(next.fire_at)));
    match stored {
        None => tx.conn.run(
            INSERT,
            params![
                spec.name,
                spec.source.as_str(),
                spec.about,
                spec.action,
                payload,
                scopes,
                spec.owner,
                cron,
                every,
                at,
                spec.zone,
                jitter,
                misfire,
                spec.catch_up,
                spec.overlap,
                enabled,
                micros(now),
                next_at,
                fire_at
            ],
        )?,
        Some(stored) => {
            let same = hours(&stored.spec) == hours(spec);
            let (anchor, basis) = if same { (stored.anchor, stored.basis) } else { (now, now) };
            let (next_at, fire_at) = match stored.next.filter(|_| same) {
                Some(kept) => (Some(micros(kept.at)), Some(micros(kept.fire_at))),
                None if same => (None, None),
                None => (next_at, fire_at),
            };
            tx.conn.run(
                UPDATE,
                params![
                    spec.name,
                    spec.source.as_str(),
                    spec.about,
                    spec.action,
                    payload,
                    scopes,
                    spec.owner,
                    cron,
                    every,
                    at,
                    spec.zone,
                    jitter,
                    misfire,
                    spec.catch_up,
                    spec.overlap,
                    micros(anchor),
                    micros(basis),
                    next_at,
                    fire_at,
                    micros(now)
                ],
            )?
        }
    };
    Ok(())
}

/// Carries a change out; a refusal, or nothing.
fn apply(
    tx: &mut Tx,
    stored: Option<&ScheduleRow>,
    name: &str,
    op: ScheduleOp,
    now: Timestamp,
) -> Result<Option<ScheduleChanged>> {
    let at = micros(now);
    match (op, stored) {
        (ScheduleOp::Add { .. }, Some(stored)) => return Ok(Some(ScheduleChanged::Exists(stored.spec.source))),
        (ScheduleOp::Add { spec, enabled, next }, None) => put(tx, &spec, None, enabled, next, now)?,
        (ScheduleOp::Define { spec, .. }, Some(stored))
            if stored.spec.source == ScheduleSource::Api && spec.source != ScheduleSource::Api =>
        {
            return Ok(Some(ScheduleChanged::Exists(ScheduleSource::Api)));
        }
        (ScheduleOp::Define { spec, .. }, Some(stored)) if stored.spec == *spec => {}
        (ScheduleOp::Define { spec, next }, stored) => put(tx, &spec, stored, true, next, now)?,
        (_, None) => return Ok(Some(ScheduleChanged::NotFound)),
        (ScheduleOp::Remove, Some(_)) => {
            tx.conn.run("delete from schedule where name = ?1", [name])?;
        }
        (ScheduleOp::Pause, Some(_)) => {
            let sql = "update schedule set version = version + 1, enabled = 0, updated_at = ?2 \
                 where name = ?1 and enabled = 1";
            tx.conn.run(sql, params![name, at])?;
        }
        (
            ScheduleOp::Resume { expect, .. } | ScheduleOp::Revise { expect, .. } | ScheduleOp::Run { expect, .. },
            Some(stored),
        ) if stored.version != expect => return Ok(Some(ScheduleChanged::Stale)),
        (ScheduleOp::Resume { .. }, Some(stored)) if stored.enabled => {}
        (ScheduleOp::Resume { next, .. }, Some(stored)) => {
            // A period goes on counting from where it began.
            let anchor = micros(stored.anchor);
            let sql = "update schedule set version = version + 1, enabled = 1, anchor = ?3, basis = ?2, shown = null, \
                 next_at = ?4, fire_at = ?5, updated_at = ?2 where name = ?1";
            let (next_at, fire_at) = (next.map(|next| micros(next.at)), next.map(|next| micros(next.fire_at)));
            tx.conn.run(sql, params![name, at, anchor, next_at, fire_at])?;
        }
        (ScheduleOp::Revise { was, .. }, Some(stored)) if stored.next != was => {
            return Ok(Some(ScheduleChanged::Stale));
        }
        (ScheduleOp::Revise { next, .. }, Some(_)) => {
            let sql = "update schedule set next_at = ?2, fire_at = ?3 where name = ?1";
            let (next_at, fire_at) = (next.map(|next| micros(next.at)), next.map(|next| micros(next.fire_at)));
            tx.conn.run(sql, params![name, next_at, fire_at])?;
        }
        (ScheduleOp::Run { job, keep, .. }, Some(stored)) => {
            if !stored.spec.overlap
                && let Some(busy) = goes_on(tx, name)?
            {
                return Ok(Some(ScheduleChanged::Busy(busy)));
            }
            let run = NewRun { due_at: now, job: Some(job), outcome: RunOutcome::Queued, detail: String::new() };
            insert_run(tx, name, now, true, run, keep)?;
        }
    }
    Ok(None)
}

fn change(
    tx: &mut Tx,
    now: Timestamp,
    change: ScheduleChange,
    key: Option<&IdempotencyKey>,
    render: RenderSchedule,
) -> Result<ScheduleChanged> {
    if let Some(earlier) = idempotency::earlier(tx, key, now)? {
        return Ok(ScheduleChanged::Answered(earlier));
    }
    let ScheduleChange { name, op, audit } = change;
    let removed = matches!(op, ScheduleOp::Remove);
    let stored = one(&tx.conn, &name)?;
    if let Some(refused) = apply(tx, stored.as_ref(), &name, op, now)? {
        tx.undo();
        return Ok(refused);
    }
    if let Some(entry) = audit {
        audit::insert(tx, entry)?;
    }
    let shown = if removed { stored } else { one(&tx.conn, &name)? };
    let shown = shown.ok_or_else(|| broken("a schedule"))?;
    tx.signal(Signal::Schedules);
    idempotency::settle(tx, key, render(&shown), now).map(ScheduleChanged::Answered)
}

/// Notes the ends of runs. Also before jobs are swept away.
pub(super) fn settle(tx: &mut Tx, limit: i64) -> Result<Vec<Settled>> {
    tx.conn.all(SETTLE, [limit], |row| {
        let outcome = RunOutcome::parse(text(row, 1)?).ok_or_else(|| broken("a run's outcome"))?;
        Ok(Settled { schedule: row.get(0)?, outcome })
    })
}

fn child(row: &Row<'_>) -> Result<Child> {
    let picked = match maybe_text(row, 6)?.map(value).transpose()? {
        Some(Value::Array(picked)) => picked,
        _ => Vec::new(),
    };
    Ok(Child {
        id: job_id(row, 0)?,
        action: row.get(1)?,
        device: row.get(2)?,
        status: JobStatus::parse(text(row, 3)?).ok_or_else(|| broken("a job's status"))?,
        error_class: row.get(4)?,
        error: row.get(5)?,
        picked,
    })
}

#[async_trait]
impl ScheduleStore for SqliteStore {
    async fn schedules(&self) -> Result<Vec<ScheduleRow>> {
        self.readers.walk(|conn| conn.all(ALL, [], whole)).await
    }

    async fn schedule(&self, name: &str) -> Result<Option<ScheduleRow>> {
        self.readers.point(|conn| one(conn, name))
    }

    async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>> {
        self.readers.walk(move |conn| conn.all(DUE, params![micros(now), limit], row)).await
    }

    async fn next_schedule(&self) -> Result<Option<Timestamp>> {
        let next: Option<i64> = self.readers.point(|conn| conn.value(NEXT, []))?;
        next.map(instant).transpose()
    }

    async fn lead_schedules(
        &self,
        owner: &str,
        now: Timestamp,
        lease_for: Duration,
        seize: bool,
    ) -> Result<Option<Lead>> {
        let owner = owner.to_owned();
        let until = micros(add(now, lease_for));
        self.writer
            .run_soft(move |tx| {
                let token = tx.conn.first(LEAD, params![owner, micros(now), until, seize], |row| Ok(row.get(0)?))?;
                Ok(token.map(|token| Lead { owner, token }))
            })
            .await
    }

    async fn fire_schedule(&self, lead: &Lead, now: Timestamp, wanted: Fire) -> Result<Fired> {
        let lead = lead.clone();
        self.writer.run(move |tx| fire(tx, &lead, now, wanted)).await
    }

    async fn change_schedule(
        &self,
        now: Timestamp,
        wanted: ScheduleChange,
        key: Option<IdempotencyKey>,
        render: RenderSchedule,
    ) -> Result<ScheduleChanged> {
        self.writer.run(move |tx| change(tx, now, wanted, key.as_ref(), render)).await
    }

    async fn settle_runs(&self, limit: u32) -> Result<Vec<Settled>> {
        self.writer.run_soft(move |tx| settle(tx, i64::from(limit))).await
    }

    async fn schedule_runs(&self, name: &str, before: Option<i64>, limit: u32) -> Result<Vec<ScheduleRun>> {
        let (name, before) = (name.to_owned(), before.unwrap_or(i64::MAX));
        self.readers.walk(move |conn| conn.all(RUNS, params![name, before, limit], run)).await
    }

    async fn brood(&self, parent: JobId, picks: &[&str]) -> Result<Vec<Child>> {
        let picks = Value::from(picks.iter().map(|pick| Value::from(*pick)).collect::<Vec<_>>()).to_string();
        self.readers.walk(move |conn| conn.all(BROOD, params![parent.to_string(), picks], child)).await
    }
}
