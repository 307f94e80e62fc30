//! Jobs: submission and reading. The trait's other operations have a file each.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};
use tokio::sync::broadcast;

use super::conn::Conn;
use super::rows::{
    broken, head_columns, instant, job, job_columns, job_listed, json, micros, scopes_text, text, unique,
};
use super::writer::Tx;
use super::{SqliteStore, audit, cancel, claim, events, idempotency, lanes, poke, secrets, step, sweep};
use crate::model::{Event, Job, JobId, JobStatus, NewEvent, is_internal};
use crate::store::{
    Cancelled, Claimed, IdempotencyKey, Idempotent, JobState, JobStore, LIST_BYTES, Lease, NewJob, QueueDepth, Render,
    Result, Signal, StepEnd, StoreError, Watch,
};

/// Stores a job; its `seq` is the rowid.
const INSERT: &str = "insert into job (id, request_id, action, submitted_by, scopes, status, created_at, lane, access, \
     lane_id, ready_at, has_secrets, payload, hidden, parent) \
     values (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?9, 0, ?10, ?11, ?12, ?13)";

pub(super) const BY_ID: &str = concat!("select ", job_columns!(), " from job where id = ?1");

/// `?1` job. The columns of a [`JobState`].
pub(super) const STATE: &str = "select status, cancel_requested, error, hidden, seq from job where id = ?1";

/// What a list needs of a payload, behind the head's columns: whether the result may hold secrets in clear.
macro_rules! clear_column {
    () => {
        ", case when result is not null then payload -> '$.show_secrets' end"
    };
}

/// The newest of any status.
pub(super) const NEWEST: &str =
    concat!("select ", head_columns!(), clear_column!(), " from job where hidden = 0 order by seq desc limit ?1");

/// The newest of one status.
pub(super) const NEWEST_OF: &str = concat!(
    "select ",
    head_columns!(),
    clear_column!(),
    " from job where hidden = 0 and status = ?2 order by seq desc limit ?1"
);

/// Counts by status, each with the instant at which the oldest queued job was made.
pub(super) const DEPTH: &str = "select status, count(*), \
     (select created_at from job where hidden = 0 and status = 'queued' order by seq limit 1) \
     from job where hidden = 0 group by status";

/// `?1` parent.
const CHILDREN: &str = concat!("select ", job_columns!(), " from job where parent = ?1 order by seq");

/// Stores a job with its secrets; its `seq`. Says `Ready`.
pub(super) fn insert(tx: &mut Tx, new: &NewJob) -> Result<i64> {
    let now = new.created_at;
    let lane_id = lanes::join(tx, new.lane.as_deref(), now, new.access)?;
    let insert = tx.conn.insert(
        INSERT,
        params![
            new.id.to_string(),
            new.request_id.to_string(),
            new.action,
            new.submitted_by,
            scopes_text(&new.scopes),
            micros(now),
            new.lane,
            new.access.as_str(),
            lane_id,
            !new.secrets.is_empty(),
            json(&new.payload),
            is_internal(&new.action),
            new.parent.map(|parent| parent.to_string())
        ],
    );
    let seq = insert.map_err(|error| unique(error, &format!("job {}", new.id)))?;
    for secret in &new.secrets {
        secrets::insert(tx, secret, seq)?;
    }
    tx.signal(Signal::Ready);
    Ok(seq)
}

fn submit(tx: &mut Tx, new: NewJob, key: Option<IdempotencyKey>, render: Render) -> Result<Idempotent> {
    let now = new.created_at;
    let seq = insert(tx, &new)?;
    if let Some(entry) = new.audit {
        audit::insert(tx, entry)?;
    }
    let stored = Job {
        id: new.id,
        request_id: new.request_id,
        seq,
        action: new.action,
        payload: new.payload,
        submitted_by: new.submitted_by,
        status: JobStatus::Queued,
        created_at: instant(micros(now))?,
        started_at: None,
        finished_at: None,
        cancel_requested: false,
        result: None,
        error: None,
        error_class: None,
        lane: new.lane,
        access: new.access,
        attempt: 0,
        step: None,
    };
    idempotency::settle(tx, key.as_ref(), render(&stored), now)
}

fn depth(conn: &Conn, now: Timestamp) -> Result<QueueDepth> {
    let mut depth = QueueDepth::default();
    let read = |row: &Row<'_>| {
        let status = JobStatus::parse(text(row, 0)?).ok_or_else(|| broken("a job's status"))?;
        Ok((status, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?))
    };
    for (status, count, oldest) in conn.all(DEPTH, [], read)? {
        let count = u64::try_from(count).unwrap_or(0);
        match status {
            JobStatus::Queued => depth.queued = count,
            JobStatus::Running => depth.running = count,
            JobStatus::Success => depth.success = count,
            JobStatus::Error => depth.error = count,
            JobStatus::Cancelled => depth.cancelled = count,
        }
        if let Some(oldest) = oldest {
            // A clock that was set back makes no job younger than new.
            let age = now.duration_since(instant(oldest)?).as_secs();
            depth.oldest_queued_seconds = u64::try_from(age).unwrap_or(0);
        }
    }
    Ok(depth)
}

fn follow(conn: &Conn, id: JobId, after: i64) -> Result<Option<(JobState, Vec<Event>)>> {
    let found = conn.first(STATE, [id.to_string()], |row| {
        let status = JobStatus::parse(text(row, 0)?).ok_or_else(|| broken("a job's status"))?;
        let (cancel_requested, error, hidden) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((JobState { status, cancel_requested, error, hidden }, row.get::<_, i64>(4)?))
    })?;
    let Some((state, seq)) = found else { return Ok(None) };
    Ok(Some((state, events::of(conn, seq, after)?)))
}

/// The newest jobs, with results of up to `left` bytes in all. Row by row, so that only those are ever in memory.
pub(super) async fn list(
    store: &SqliteStore,
    limit: u32,
    status: Option<JobStatus>,
    mut left: usize,
) -> Result<Vec<Job>> {
    let walk = move |conn: &Conn| match status {
        None => conn.all(NEWEST, [limit], |row| job_listed(row, &mut left)),
        Some(status) => conn.all(NEWEST_OF, params![limit, status.as_str()], |row| job_listed(row, &mut left)),
    };
    store.readers.walk(walk).await
}

#[async_trait]
impl JobStore for SqliteStore {
    async fn submit(&self, job: NewJob, key: Option<IdempotencyKey>, render: Render) -> Result<Idempotent> {
        self.writer.run(move |tx| submit(tx, job, key, render)).await
    }

    async fn cancel(
        &self,
        job: &str,
        now: Timestamp,
        key: Option<IdempotencyKey>,
        render: Render,
    ) -> Result<Cancelled> {
        // What is no id is no job; such texts never reach the engine.
        let job = JobId::parse(job).ok();
        self.writer.run(move |tx| cancel::cancel(tx, job, now, key, render)).await
    }

    async fn job(&self, id: &str) -> Result<Option<Job>> {
        let Ok(id) = JobId::parse(id) else { return Ok(None) };
        self.readers.point(|conn| conn.first(BY_ID, [id.to_string()], job))
    }

    async fn follow(&self, id: JobId, after: i64) -> Result<Option<(JobState, Vec<Event>)>> {
        self.readers.point(|conn| conn.moment(|conn| follow(conn, id, after)))
    }

    async fn jobs(&self, limit: u32, status: Option<JobStatus>) -> Result<Vec<Job>> {
        list(self, limit, status, LIST_BYTES).await
    }

    async fn events(&self, job: JobId, after: i64) -> Result<Vec<Event>> {
        self.readers.point(|conn| events::after(conn, job, after))
    }

    async fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        lease_for: Duration,
        limit: u32,
        readers: u32,
    ) -> Result<Vec<Claimed>> {
        let terms = claim::Terms { owner: owner.to_owned(), now, lease_for, limit, readers };
        // A reader whose claim is lost with the power reads again; a writer's claim waits for the disk.
        self.writer.run_soft(move |tx| claim::claim(tx, &terms)).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, lease_for: Duration) -> Result<Lease> {
        let lease = lease.clone();
        self.writer.run_soft(move |tx| claim::renew(tx, lease, now, lease_for)).await
    }

    async fn append(&self, lease: &Lease, events: Vec<NewEvent>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let lease = lease.clone();
        self.writer.run_soft(move |tx| step::append(tx, &lease, events)).await
    }

    async fn end_step(&self, lease: &Lease, now: Timestamp, end: StepEnd, events: Vec<NewEvent>) -> Result<()> {
        if let StepEnd::Finish { status, .. } = &end
            && !status.is_terminal()
        {
            return Err(StoreError::Conflict(format!("job {}: '{}' is not an end; it", lease.job, status.as_str())));
        }
        let lease = lease.clone();
        self.writer.run(move |tx| step::end(tx, &lease, now, &end, events)).await
    }

    async fn release_foreign(&self, owner: &str, now: Timestamp) -> Result<Vec<JobId>> {
        let owner = owner.to_owned();
        self.writer.run(move |tx| claim::release_foreign(tx, &owner, now)).await
    }

    async fn is_written_to(&self, lane: &str, now: Timestamp) -> Result<bool> {
        let lane = lane.to_owned();
        self.readers.point(|conn| conn.value(lanes::WRITTEN, params![lane, micros(now)]))
    }

    async fn next_wake(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let next: Option<i64> = self.readers.point(|conn| conn.value(claim::NEXT_WAKE, [micros(now)]))?;
        next.map(instant).transpose()
    }

    async fn poke(&self, job: JobId, now: Timestamp) -> Result<()> {
        self.writer.run(move |tx| poke::poke(tx, job, now)).await
    }

    async fn children(&self, parent: JobId) -> Result<Vec<Job>> {
        self.readers.walk(move |conn| conn.all(CHILDREN, [parent.to_string()], job)).await
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth> {
        self.readers.walk(move |conn| depth(conn, now)).await
    }

    async fn sweep(&self, now: Timestamp, jobs_before: Timestamp, keep_jobs: u64) -> Result<u64> {
        sweep::sweep(self, now, jobs_before, keep_jobs).await
    }

    fn signals(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    fn watch(&self, job: JobId) -> Watch {
        self.watched.watch(job)
    }
}
