//! Retention: what is over is deleted, a little at a time, so that workers' writes get in between.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::rows::micros;
use super::{SqliteStore, schedules};
use crate::store::Result;

/// Rows of one transaction.
const AT_ONCE: i64 = 500;

/// `?1` instant, `?2` limit. Events and secrets go with their job.
pub(super) const JOBS_BEFORE: &str =
    "delete from job where seq in (select seq from job where finished_at < ?1 order by finished_at limit ?2)";

/// `?1` limit. The oldest ended jobs.
pub(super) const OLDEST_JOBS: &str = "delete from job where seq in \
     (select seq from job where finished_at is not null order by finished_at, seq limit ?1)";

/// `?1` instant, `?2` limit. Hidden jobs that ended before it.
pub(super) const HIDDEN: &str = "delete from job where seq in \
     (select seq from job where hidden = 1 and finished_at < ?1 order by finished_at limit ?2)";

/// All but the newest 20,000 events of radios, a limit at a time; `?1` is not used.
const RADIO_EVENTS: &str = "delete from radio_event where seq in (select seq from radio_event \
     where seq <= (select max(seq) - 20000 from radio_event) and ?1 is not null order by seq limit ?2)";

/// `?1` instant, `?2` limit. Rows of notifications, which devices write and nobody else's doing: older than the jobs that are
/// kept, and all but the newest 100,000. Every other row of the audit log has a time of its own, see `audit`.
const NOTIFICATIONS: &str = "delete from audit where seq in (select seq from audit where what = 'trap.received' \
     and (at < ?1 or seq <= coalesce((select seq from audit where what = 'trap.received' \
     order by seq desc limit 1 offset 100000), 0)) order by seq limit ?2)";

/// How long a hidden job is kept after its end: its parent has read it long before.
const HIDDEN_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// How many jobs have ended.
pub(super) const ENDED: &str = "select count(*) from job where finished_at is not null";

/// `?1` instant, `?2` limit.
pub(super) const IDEMPOTENCY: &str = "delete from idempotency where rowid in \
     (select rowid from idempotency where expires_at <= ?1 limit ?2)";

/// `?1` instant, `?2` limit.
pub(super) const NONCES: &str = "delete from nonce where (key_id, nonce) in \
     (select key_id, nonce from nonce where expires_at <= ?1 limit ?2)";

/// Runs `sql` until it deletes nothing more; how many rows went.
pub(super) async fn delete_all(store: &SqliteStore, sql: &'static str, before: Timestamp) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let some = store.writer.run(move |tx| Ok(tx.conn.run(sql, params![micros(before), AT_ONCE])?));
        match some.await? {
            0 => return Ok(deleted),
            some => deleted += some as u64,
        }
    }
}

pub(super) async fn sweep(store: &SqliteStore, now: Timestamp, jobs_before: Timestamp, keep_jobs: u64) -> Result<u64> {
    // What became of a schedule's runs is noted before their jobs go.
    while !store.writer.run(|tx| schedules::settle(tx, AT_ONCE)).await?.is_empty() {}
    let mut deleted = delete_all(store, JOBS_BEFORE, jobs_before).await?;
    let keep = i64::try_from(keep_jobs).unwrap_or(i64::MAX);
    loop {
        let some = store.writer.run(move |tx| {
            let ended: i64 = tx.conn.value(ENDED, [])?;
            let above = ended.saturating_sub(keep).min(AT_ONCE);
            Ok(if above <= 0 { 0 } else { tx.conn.run(OLDEST_JOBS, [above])? })
        });
        match some.await? {
            0 => break,
            some => deleted += some as u64,
        }
    }
    let hidden_before = now.checked_sub(HIDDEN_KEPT).unwrap_or(Timestamp::MIN);
    delete_all(store, HIDDEN, hidden_before).await?;
    delete_all(store, RADIO_EVENTS, now).await?;
    delete_all(store, NOTIFICATIONS, jobs_before).await?;
    delete_all(store, IDEMPOTENCY, now).await?;
    delete_all(store, NONCES, now).await?;
    Ok(deleted)
}
