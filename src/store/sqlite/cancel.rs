//! Cancelling, in every state.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::rows::{JOB_WIDTH, job, job_columns, micros};
use super::writer::Tx;
use super::{events, idempotency, lanes, secrets};
use crate::model::{JobId, JobStatus, Level, NewEvent};
use crate::store::{Cancelled, IdempotencyKey, Render, Result, Signal, StoreError};

/// `?1` job. What of it decides how it is cancelled.
pub(super) const STATE: &str = "select status, lane_id, lane is not null, has_secrets from job where id = ?1";

/// `?1` job, `?2` now, `?3` status seen. A queued job ends here; one that waits without a lease is woken.
pub(super) const CANCEL: &str = concat!(
    "update job set cancel_requested = 1, event_count = event_count + 1, ",
    "status = case status when 'queued' then 'cancelled' else status end, ",
    "finished_at = case status when 'queued' then ?2 else finished_at end, ",
    "ready_at = case when status = 'queued' then null ",
    "when status = 'running' and lease_owner is null then min(ready_at, ?2) else ready_at end ",
    "where id = ?1 and status = ?3 returning ",
    job_columns!(),
    ", event_count"
);

pub(super) fn cancel(
    tx: &mut Tx,
    id: Option<JobId>,
    now: Timestamp,
    key: Option<IdempotencyKey>,
    render: Render,
) -> Result<Cancelled> {
    let state = |id: JobId| {
        let read = |row: &Row<'_>| Ok((id, row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        tx.conn.first(STATE, [id.to_string()], read)
    };
    let Some((id, status, lane, named, has_secrets)) = id.map(state).transpose()?.flatten() else {
        // The job may have been swept since the key was used.
        let earlier = idempotency::earlier(tx, key.as_ref(), now)?;
        return Ok(earlier.map_or(Cancelled::NotFound, Cancelled::Answered));
    };
    let read = |row: &Row<'_>| Ok((job(row)?, row.get(JOB_WIDTH)?));
    let change = tx.conn.first(CANCEL, params![id.to_string(), micros(now), status], read)?;
    let (stored, events) = change.ok_or_else(|| StoreError::Conflict(format!("job {id}")))?;
    let event = NewEvent { at: now, level: Level::Warning, message: "Cancel requested".to_owned() };
    events::append(tx, stored.seq, vec![event], events)?;
    match JobStatus::parse(&status) {
        Some(JobStatus::Queued) => {
            if has_secrets {
                secrets::delete_of_job(tx, stored.seq)?;
            }
            lanes::leave(tx, lane, named, now)?;
        }
        Some(JobStatus::Running) => {
            lanes::refresh(tx, lane, now)?;
            tx.signal(Signal::Cancel(id));
        }
        _ => {}
    }
    tx.changed(id);
    Ok(Cancelled::Answered(idempotency::settle(tx, key.as_ref(), render(&stored), now)?))
}
