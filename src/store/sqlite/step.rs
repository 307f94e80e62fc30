//! What a worker writes under its lease: events, and how a step ends.

use jiff::Timestamp;
use sqlx::Row as _;

use super::jobs::maybe_json;
use super::rows::{json, micros};
use super::writer::Tx;
use super::{events, lanes, secrets};
use crate::model::NewEvent;
use crate::store::{Lease, Result, Signal, StepEnd, StoreError};

/// `?1` job, `?2` owner, `?3` token, `?4` how many.
pub(super) const APPEND: &str = "update job set event_count = event_count + ?4 where id = ?1 and status = 'running' \
     and lease_owner = ?2 and lease_token = ?3 returning seq, event_count";

/// `?1` job, `?2` owner, `?3` token, `?4` how many events, `?5` now, `?6` to `?9` the outcome. `lane_id` stays, so
/// that it can be returned; it means nothing once the job has ended.
pub(super) const FINISH: &str = "update job set event_count = event_count + ?4, status = ?6, finished_at = ?5, \
     result = ?7, error = ?8, error_class = ?9, ready_at = null, lease_owner = null, lease_token = null, step = null \
     where id = ?1 and status = 'running' and lease_owner = ?2 and lease_token = ?3 and ready_at > ?5 \
     returning seq, event_count, lane_id, lane is not null, has_secrets";

/// `?1` job, `?2` owner, `?3` token, `?4` how many events, `?5` now, `?6` step, `?7` wake-up. Who asked to cancel
/// after the step began, unseen by it, is not kept waiting.
pub(super) const WAIT: &str = "update job set event_count = event_count + ?4, step = ?6, lease_owner = null, \
     lease_token = null, ready_at = case when cancel_requested and not cancel_seen then min(?5, ?7) else ?7 end \
     where id = ?1 and status = 'running' and lease_owner = ?2 and lease_token = ?3 and ready_at > ?5 \
     returning seq, event_count, lane_id";

fn count(events: &[NewEvent]) -> i64 {
    i64::try_from(events.len()).unwrap_or(i64::MAX)
}

pub(super) async fn append(tx: &mut Tx, lease: Lease, events: Vec<NewEvent>) -> Result<()> {
    let append = sqlx::query(APPEND)
        .bind(lease.job.to_string())
        .bind(lease.owner.as_str())
        .bind(lease.token)
        .bind(count(&events));
    let row = append.fetch_optional(&mut tx.conn).await?.ok_or(StoreError::LostLease(lease.job))?;
    events::append(tx, row.try_get(0)?, events, row.try_get(1)?).await?;
    tx.signal(Signal::Job(lease.job));
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, lease: Lease, now: Timestamp, end: StepEnd, events: Vec<NewEvent>) -> Result<()> {
    let sql = match &end {
        StepEnd::Finish { .. } => FINISH,
        StepEnd::Wait { .. } => WAIT,
    };
    let guarded = sqlx::query(sql)
        .bind(lease.job.to_string())
        .bind(lease.owner.as_str())
        .bind(lease.token)
        .bind(count(&events))
        .bind(micros(now));
    let change = match &end {
        StepEnd::Finish { status, result, error, error_class } => guarded
            .bind(status.as_str())
            .bind(maybe_json(result.as_ref()))
            .bind(error.as_deref())
            .bind(error_class.as_deref()),
        StepEnd::Wait { step, wake_at } => guarded.bind(json(step)).bind(micros(*wake_at)),
    };
    let row = change.fetch_optional(&mut tx.conn).await?.ok_or(StoreError::LostLease(lease.job))?;
    let (seq, lane) = (row.try_get(0)?, row.try_get(2)?);
    events::append(tx, seq, events, row.try_get(1)?).await?;
    match end {
        StepEnd::Finish { .. } => {
            if row.try_get(4)? {
                secrets::delete_of_job(tx, seq).await?;
            }
            lanes::leave(tx, lane, row.try_get(3)?, now).await?;
        }
        StepEnd::Wait { .. } => lanes::refresh(tx, lane, now).await?,
    }
    tx.signal(Signal::Job(lease.job));
    Ok(())
}
