//! What a worker writes under its lease: events, and how a step ends.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{json, micros};
use super::writer::Tx;
use super::{events, lanes, poke, secrets};
use crate::model::NewEvent;
use crate::store::{Lease, Result, StepEnd, StoreError};

/// `?1` job, `?2` owner, `?3` token, `?4` how many.
pub(super) const APPEND: &str = "update job set event_count = event_count + ?4 where id = ?1 and status = 'running' \
     and lease_owner = ?2 and lease_token = ?3 returning seq, event_count";

/// `?1` job, `?2` owner, `?3` token, `?4` how many events, `?5` now, `?6` to `?9` the outcome. `lane_id` stays, so
/// that it can be returned; it means nothing once the job has ended.
pub(super) const FINISH: &str = "update job set event_count = event_count + ?4, status = ?6, finished_at = ?5, \
     result = ?7, error = ?8, error_class = ?9, ready_at = null, lease_owner = null, lease_token = null, step = null \
     where id = ?1 and status = 'running' and lease_owner = ?2 and lease_token = ?3 and ready_at > ?5 \
     returning seq, event_count, lane_id, lane is not null, has_secrets, parent is not null";

/// `?1` job, `?2` owner, `?3` token, `?4` how many events, `?5` now, `?6` step, `?7` wake-up. Who asked to cancel
/// after the step began, unseen by it, is not kept waiting.
pub(super) const WAIT: &str = "update job set event_count = event_count + ?4, step = ?6, lease_owner = null, \
     lease_token = null, ready_at = case when poked or (cancel_requested and not cancel_seen) then min(?5, ?7) else ?7 end, \
     poked = 0 \
     where id = ?1 and status = 'running' and lease_owner = ?2 and lease_token = ?3 and ready_at > ?5 \
     returning seq, event_count, lane_id";

fn count(events: &[NewEvent]) -> i64 {
    i64::try_from(events.len()).unwrap_or(i64::MAX)
}

pub(super) fn append(tx: &mut Tx, lease: &Lease, events: Vec<NewEvent>) -> Result<()> {
    let guard = params![lease.job.to_string(), lease.owner, lease.token, count(&events)];
    let row = tx.conn.first(APPEND, guard, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (seq, had) = row.ok_or(StoreError::LostLease(lease.job))?;
    events::append(tx, seq, events, had)?;
    tx.changed(lease.job);
    Ok(())
}

/// What of a job that left its lease decides what else is to be done.
struct Left {
    seq: i64,
    events: i64,
    lane: i64,
    named: bool,
    has_secrets: bool,
    child: bool,
}

pub(super) fn end(tx: &mut Tx, lease: &Lease, now: Timestamp, end: &StepEnd, events: Vec<NewEvent>) -> Result<()> {
    let (job, token, many, at) = (lease.job.to_string(), lease.token, count(&events), micros(now));
    let left = match end {
        StepEnd::Finish { status, result, error, error_class } => tx.conn.first(
            FINISH,
            params![
                job,
                lease.owner,
                token,
                many,
                at,
                status.as_str(),
                result.as_ref().map(json),
                error.as_deref(),
                error_class.as_deref()
            ],
            |row| {
                let (named, has_secrets, child) = (row.get(3)?, row.get(4)?, row.get(5)?);
                Ok(Left { seq: row.get(0)?, events: row.get(1)?, lane: row.get(2)?, named, has_secrets, child })
            },
        )?,
        StepEnd::Wait { step, wake_at } => {
            tx.conn.first(WAIT, params![job, lease.owner, token, many, at, json(step), micros(*wake_at)], |row| {
                let (named, has_secrets, child) = (true, false, false);
                Ok(Left { seq: row.get(0)?, events: row.get(1)?, lane: row.get(2)?, named, has_secrets, child })
            })?
        }
    };
    let left = left.ok_or(StoreError::LostLease(lease.job))?;
    events::append(tx, left.seq, events, left.events)?;
    match end {
        StepEnd::Finish { .. } => {
            if left.has_secrets {
                secrets::delete_of_job(tx, left.seq)?;
            }
            lanes::leave(tx, left.lane, left.named, now)?;
            if left.child {
                poke::ended(tx, lease.job, now)?;
            }
        }
        StepEnd::Wait { .. } => lanes::refresh(tx, left.lane, now)?,
    }
    tx.changed(lease.job);
    Ok(())
}
