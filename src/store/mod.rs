//! Durable state, the only truth. A trait per noun, one implementation per engine, one conformance suite
//! (`suite.rs`) that every implementation passes.
//!
//! Every change of a job's state is guarded (`where id = ? and status = ? and lease_token = ?`) and must change
//! exactly one row, else it is [`StoreError::LostLease`] or [`StoreError::Conflict`]. A write that returned `Ok`
//! survives a kill -9.
//!
//! Instants are kept to the microsecond.

mod configs;
mod radios;
mod schedules;
pub mod sqlite;
#[cfg(test)]
pub(crate) mod suite;
mod watch;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast;

pub use self::configs::{
    ConfigEvent, ConfigRetention, ConfigStore, ConfigVersion, Delivery, Keeping, NewConfig, NewDelivery, Uncommitted,
};
pub use self::radios::{Changed, RadioChange, RadioStore, RadioWrite};
pub use self::schedules::{
    Child, Fire, Fired, Lead, NewRun, RenderSchedule, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow,
    ScheduleRun, ScheduleSpec, ScheduleStore, Settled,
};
pub use self::watch::{Watch, Watched};
pub use self::windows::{WindowRow, WindowStore};
use crate::model::{Access, Event, HostKeyPin, Job, JobId, JobStatus, NewEvent, RequestId, SealedSecret};

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The lease that a write was made under is no longer held.
    #[error("the lease on job {0} is lost")]
    LostLease(JobId),
    /// A guarded change met another state.
    #[error("{0} changed meanwhile")]
    Conflict(String),
    /// Another process holds the database.
    #[error("the database {path} is in use by another process; stop it, or give this one another state_dir")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file is not a database, or is damaged.
    #[error("the database {path} is damaged ({why}); it was not changed. Restore a copy, or move it away")]
    Damaged {
        /// The file.
        path: String,
        /// What the engine said.
        why: String,
    },
    /// A newer towerhand wrote this database.
    #[error("the database {path} was written by a newer towerhand (schema {found}, this one knows {known})")]
    TooNew {
        /// The file.
        path: String,
        /// Its schema number.
        found: i64,
        /// The highest that this program knows.
        known: i64,
    },
    /// Anything else from the engine.
    #[error("the database failed: {0}")]
    Engine(String),
}

/// Shorthand.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A job to be submitted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id, drawn by the caller.
    pub id: JobId,
    /// The submitting request.
    pub request_id: RequestId,
    /// Action id.
    pub action: String,
    /// Payload, secrets replaced.
    pub payload: Value,
    /// Label of the key.
    pub submitted_by: String,
    /// Scopes of the key at that moment, sorted.
    pub scopes: Vec<String>,
    /// When.
    pub created_at: Timestamp,
    /// Lane key (device address) or none.
    pub lane: Option<String>,
    /// How the device is used.
    pub access: Access,
    /// Secrets of the payload, deleted when the job ends.
    pub secrets: Vec<SealedSecret>,
    /// A line of the audit log, written with the job in one transaction; none for a replay.
    pub audit: Option<AuditEntry>,
    /// The job that waits for this one: it is poked when the last of its children has ended.
    pub parent: Option<JobId>,
}

/// What identifies a mutating request, alias-neutral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Label of the API key.
    pub owner: String,
    /// `POST`, `PUT`, `PATCH`.
    pub method: String,
    /// Canonical path, `/api/v2/omni/...`.
    pub path: String,
    /// The client's key.
    pub key: String,
    /// Keyed hash of the raw body.
    pub body_hash: [u8; 32],
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}

/// A response kept for replay, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// HTTP status.
    pub status: u16,
    /// Body as it went out.
    pub body: Vec<u8>,
}

/// What became of a mutating request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idempotent {
    /// It was carried out; this is the answer (now kept under the key, if one was given).
    Fresh(StoredResponse),
    /// It had been carried out before; this was the answer.
    Replay(StoredResponse),
    /// The key was used with another body.
    Mismatch,
}

/// What cancelling met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// No such job.
    NotFound,
    /// Carried out or replayed.
    Answered(Idempotent),
}

/// Builds the response to a request from the job it concerns, inside the transaction.
pub type Render = Box<dyn FnOnce(&Job) -> StoredResponse + Send>;

/// Proof of ownership of a running job. Every write of a worker carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Which process holds it.
    pub owner: String,
    /// Rises with every lease given on the lane; checked on every write.
    pub token: i64,
    /// UTC; a worker stops before.
    pub expires_at: Timestamp,
}

/// A job that a worker has taken.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job, status running, attempt counted up.
    pub job: Job,
    /// Scopes of the submitter.
    pub scopes: Vec<String>,
    /// The proof.
    pub lease: Lease,
}

/// How a step ends. Events are stored in the same transaction.
#[derive(Debug, Clone)]
pub enum StepEnd {
    /// The job is done.
    Finish {
        /// `Success`, `Error` or `Cancelled`.
        status: JobStatus,
        /// The result of a success.
        result: Option<Value>,
        /// The error text of a failure.
        error: Option<String>,
        /// Its class.
        error_class: Option<String>,
    },
    /// The next step begins at `wake_at` from `step`; the lease and the device are given back.
    Wait {
        /// What the next step needs.
        step: Value,
        /// When.
        wake_at: Timestamp,
    },
}

/// What the store tells those who wait; a hint, never a replacement for a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A job may be ready to be claimed.
    Ready,
    /// Someone asked to cancel a running job.
    Cancel(JobId),
    /// Rows or events of radios changed.
    Radios,
    /// A running config became a version.
    Configs,
    /// A schedule was made, changed or removed, or asked to run.
    Schedules,
    /// Windows or black-outs changed.
    Windows,
}

/// Most bytes of results (as JSON) in one list: 500 of the largest would be tens of gigabytes. 64 MiB: 500 results of
/// 100 kB fit.
pub const LIST_BYTES: usize = 64 * 1024 * 1024;

/// Jobs, their events and their lanes.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Stores a job and the answer to its submission in one transaction, under a unique constraint. Now is the job's
    /// `created_at`. A [`Idempotent::Replay`] or [`Idempotent::Mismatch`] leaves nothing behind.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is a job, or a secret, of that name already.
    async fn submit(&self, job: NewJob, key: Option<IdempotencyKey>, render: Render) -> Result<Idempotent>;

    /// Asks to cancel. Queued: cancelled at once. Running: flagged, signalled. Finished: only the flag is set, and
    /// only the warning event added. The event is `warning` `Cancel requested`. A job that waits is woken; a step
    /// that began before it was asked does not wait either.
    async fn cancel(&self, job: &str, now: Timestamp, key: Option<IdempotencyKey>, render: Render)
    -> Result<Cancelled>;

    /// A job by the text a client sent; what is no id is no job.
    async fn job(&self, id: &str) -> Result<Option<Job>>;

    /// What a follower of a job has to know: how it stands, and its events with a sequence number above `after`, as of one
    /// moment. Without its payload and result, which may be large.
    async fn follow(&self, id: JobId, after: i64) -> Result<Option<(JobState, Vec<Event>)>>;

    /// The newest jobs first, by order of submission; `None` counts as any status. Not the hidden ones: those whose
    /// action is internal ([`crate::model::is_internal`]); they do not count in [`JobStore::depth`] either, and a sweep
    /// deletes them an hour after their end. Without their payloads: no list
    /// shows them, and they may be large. Where there is a result and the payload has the member `show_secrets`, the
    /// payload here is that member alone, since it decides who may see the result; else `null`. The results of one
    /// list have [`LIST_BYTES`] in all: from the first that no longer fits, jobs come without theirs.
    async fn jobs(&self, limit: u32, status: Option<JobStatus>) -> Result<Vec<Job>>;

    /// Events of a job with a sequence number above `after`, oldest first, at most the newest 500.
    async fn events(&self, job: JobId, after: i64) -> Result<Vec<Event>>;

    /// Takes up to `limit` ready jobs, oldest lane first: queued ones, and running ones whose wake-up is due or
    /// whose lease has expired. Never a second writer on a lane, never a reader beside a writer, never more than
    /// `readers` readers, the same number in every call. Within a lane the first ready job goes first, and who stands
    /// behind it waits; a lane that was served goes to the back. Work without a device is a lane of its own. Stores
    /// `Started action '...'` (info) with the first attempt, `Continuing action '...' (attempt N)` after a lost lease.
    async fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        lease_for: Duration,
        limit: u32,
        readers: u32,
    ) -> Result<Vec<Claimed>>;

    /// Prolongs a lease to `now + lease_for`; [`StoreError::LostLease`] once it has expired.
    async fn renew(&self, lease: &Lease, now: Timestamp, lease_for: Duration) -> Result<Lease>;

    /// Adds events under a lease; the newest 500 of a job are kept.
    async fn append(&self, lease: &Lease, events: Vec<NewEvent>) -> Result<()>;

    /// Ends a step: guarded by the lease, which must not have expired, events in the same transaction, secrets of a
    /// finished job deleted.
    async fn end_step(&self, lease: &Lease, now: Timestamp, end: StepEnd, events: Vec<NewEvent>) -> Result<()>;

    /// At start: leases of processes that are gone. With one daemon a database, every lease of another owner.
    /// Such a lease is as if expired: the job can be claimed at once, and writes under it are refused. Returns the
    /// jobs that were running; not those that waited without a lease.
    async fn release_foreign(&self, owner: &str, now: Timestamp) -> Result<Vec<JobId>>;

    /// Whether a step that writes is under way on a lane: its lease has not expired.
    async fn is_written_to(&self, lane: &str, now: Timestamp) -> Result<bool>;

    /// The earliest instant after `now` at which a claim may find something new by the passing of time alone.
    async fn next_wake(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// Makes a waiting job due at once. One whose step is under way does not wait when that step ends. Nothing happens
    /// to a queued or finished one.
    async fn poke(&self, job: JobId, now: Timestamp) -> Result<()>;

    /// The jobs whose parent this is, in the order they were made, with payload, result and error.
    async fn children(&self, parent: JobId) -> Result<Vec<Job>>;

    /// How many jobs there are in each state, and the age in seconds of the oldest queued one.
    async fn depth(&self, now: Timestamp) -> Result<QueueDepth>;

    /// Deletes what is over: finished jobs that ended before `jobs_before` (with events and secrets), then the
    /// oldest finished ones above `keep_jobs`; expired idempotency keys and nonces. Returns jobs deleted.
    async fn sweep(&self, now: Timestamp, jobs_before: Timestamp, keep_jobs: u64) -> Result<u64>;

    /// To be called before a query whose answer one will wait on.
    fn signals(&self) -> broadcast::Receiver<Signal>;

    /// Events and changes of state of one job; to be called before the query whose answer one will wait on.
    fn watch(&self, job: JobId) -> Watch;
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    /// State.
    pub status: JobStatus,
    /// Whether someone asked to cancel it.
    pub cancel_requested: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// It is of an internal action.
    pub hidden: bool,
}

/// Counts of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueDepth {
    /// Queued.
    pub queued: u64,
    /// Running, waiting ones included.
    pub running: u64,
    /// Success.
    pub success: u64,
    /// Error.
    pub error: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Age of the oldest queued job, seconds; zero if there is none.
    pub oldest_queued_seconds: u64,
}

/// An API key made by `towerhand key create`: only its hash is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Unique label, shown as identity.
    pub label: String,
    /// Keyed hash of the key.
    pub hash: Vec<u8>,
    /// Scopes, sorted.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// API keys and replay nonces of signed requests.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds a key; [`StoreError::Conflict`] if the label exists.
    async fn add_key(&self, key: ApiKeyRow) -> Result<()>;
    /// All keys, revoked ones too, by label.
    async fn keys(&self) -> Result<Vec<ApiKeyRow>>;
    /// Revokes; false if there is no such live key.
    async fn revoke_key(&self, label: &str, now: Timestamp) -> Result<bool>;
    /// A number that changes whenever the keys change, also by another process.
    async fn keys_version(&self) -> Result<i64>;
    /// Remembers a nonce; false if it is known. It is known until a sweep after `expires_at`.
    async fn remember_nonce(&self, key_id: &str, nonce: &str, expires_at: Timestamp) -> Result<bool>;
}

/// Sealed secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Adds or replaces.
    async fn put_secret(&self, secret: SealedSecret) -> Result<()>;
    /// By name.
    async fn secret(&self, name: &str) -> Result<Option<SealedSecret>>;
    /// All, by name; jobs' own (`job/...`) too.
    async fn secrets(&self) -> Result<Vec<SealedSecret>>;
    /// Deletes; false if there was none.
    async fn delete_secret(&self, name: &str) -> Result<bool>;
    /// Replaces all of them at once (a change of the master key); [`StoreError::Conflict`] if the set of names
    /// changed meanwhile.
    async fn replace_secrets(&self, secrets: Vec<SealedSecret>) -> Result<()>;
}

/// Pinned host keys and certificates.
#[async_trait]
pub trait PinStore: Send + Sync {
    /// The pin of an endpoint.
    async fn pin(&self, endpoint: &str) -> Result<Option<HostKeyPin>>;
    /// All pins.
    async fn pins(&self) -> Result<Vec<HostKeyPin>>;
    /// Pins on first use: stores `pin` if there is none, and returns what is stored now.
    async fn pin_first(&self, pin: HostKeyPin) -> Result<HostKeyPin>;
    /// Notes that another key was offered (alarm); the pin stays. Nothing happens if there is no pin.
    async fn note_offered(&self, endpoint: &str, fingerprint: &str) -> Result<()>;
    /// An operator accepts the key that was offered; false if none was. The pin's algorithm stays as it was noted
    /// first: only the fingerprint decides.
    async fn accept_offered(&self, endpoint: &str, by: &str, now: Timestamp) -> Result<bool>;
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Label of the key, or `operator` for the command line.
    pub who: String,
    /// What: `job.submit`, `key.create`, `secret.set`, `device.command` ...
    pub what: String,
    /// Device, key or secret it concerns.
    pub subject: String,
    /// Under which job.
    pub job: Option<JobId>,
    /// More, without secrets.
    pub detail: String,
}

/// Which lines of the audit log; what is none leaves nothing out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Exactly this device, key or secret.
    pub subject: Option<String>,
    /// Exactly this, `job.submit`; or all that begin so where it ends with a dot, `job.`.
    pub what: Option<String>,
}

/// A line of the audit log with its number, which rises with every line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number.
    pub number: i64,
    /// What it says.
    pub entry: AuditEntry,
}

/// The audit log: written before the effect.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds a line, durable when it returns.
    async fn audit(&self, entry: AuditEntry) -> Result<()>;
    /// The newest lines first.
    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>>;
    /// Lines that the filter lets through, the newest first, with numbers below `before` where that is given.
    async fn audit_page(&self, filter: AuditFilter, before: Option<i64>, limit: u32) -> Result<Vec<AuditLine>>;
    /// Deletes lines that were written before an instant; how many.
    async fn sweep_audit(&self, before: Timestamp) -> Result<u64>;
}

/// Who is told how long each operation took: `write` (until it is on disk), `write_soft` (until it is committed), `read`
/// (by key), `list`; the waiting for a turn included.
pub type Observer = Arc<dyn Fn(&'static str, Duration) + Send + Sync>;

/// Everything together.
#[async_trait]
pub trait Store:
    JobStore + KeyStore + SecretStore + PinStore + AuditStore + RadioStore + ConfigStore + ScheduleStore + WindowStore
{
    /// Whether a write would succeed now; the readiness probe's question.
    async fn ping(&self) -> Result<()>;
    /// Ends the writer and closes the files, everything written.
    async fn close(&self);
    /// From now on `observer` is told the times of operations; only the first one ever is.
    fn observe(&self, observer: Observer);
}
