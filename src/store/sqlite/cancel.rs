//! Cancelling, in every state.

use jiff::Timestamp;
use sqlx::Row as _;

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

pub(super) async fn cancel(
    tx: &mut Tx,
    id: Option<JobId>,
    now: Timestamp,
    key: Option<IdempotencyKey>,
    render: Render,
) -> Result<Cancelled> {
    let found = match id {
        None => None,
        Some(id) => {
            let state = sqlx::query(STATE).bind(id.to_string()).fetch_optional(&mut tx.conn).await?;
            state.map(|state| (id, state))
        }
    };
    let Some((id, state)) = found else {
        // The job may have been swept since the key was used.
        let earlier = idempotency::earlier(tx, key.as_ref(), now).await?;
        return Ok(earlier.map_or(Cancelled::NotFound, Cancelled::Answered));
    };
    let status: String = state.try_get(0)?;
    let change = sqlx::query(CANCEL).bind(id.to_string()).bind(micros(now)).bind(status.as_str());
    let row = change.fetch_optional(&mut tx.conn).await?;
    let row = row.ok_or_else(|| StoreError::Conflict(format!("job {id}")))?;
    let stored = job(&row)?;
    let event = NewEvent { at: now, level: Level::Warning, message: "Cancel requested".to_owned() };
    events::append(tx, stored.seq, vec![event], row.try_get(JOB_WIDTH)?).await?;
    match JobStatus::parse(&status) {
        Some(JobStatus::Queued) => {
            if state.try_get(3)? {
                secrets::delete_of_job(tx, stored.seq).await?;
            }
            lanes::leave(tx, state.try_get(1)?, state.try_get(2)?, now).await?;
        }
        Some(JobStatus::Running) => {
            lanes::refresh(tx, state.try_get(1)?, now).await?;
            tx.signal(Signal::Cancel(id));
        }
        _ => {}
    }
    tx.signal(Signal::Job(id));
    Ok(Cancelled::Answered(idempotency::settle(tx, key.as_ref(), render(&stored), now).await?))
}
