//! Waking jobs that wait: for their children, for radios, for a person's word.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::micros;
use super::writer::Tx;
use super::{lanes, rows};
use crate::model::JobId;
use crate::store::Result;

/// `?1` job, `?2` now. A job that waits is due; one whose step is under way is marked.
const POKE: &str = "update job set poked = (lease_owner is not null), \
     ready_at = case when lease_owner is null then min(ready_at, ?2) else ready_at end \
     where id = ?1 and status = 'running' returning lane_id";

/// `?1` the job that ended. Its parent, if none of its children is left.
const BEREFT: &str = "select c.parent from job c where c.id = ?1 and c.parent is not null \
     and not exists (select 1 from job o where o.parent = c.parent and o.ready_at is not null)";

/// Makes a waiting job due; see the trait.
pub(super) fn poke(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<()> {
    let lane: Option<i64> = tx.conn.first(POKE, params![job.to_string(), micros(now)], |row| Ok(row.get(0)?))?;
    match lane {
        Some(lane) => lanes::refresh(tx, lane, now),
        None => Ok(()),
    }
}

/// To be called when a job has ended: pokes its parent when it was the last child.
pub(super) fn ended(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<()> {
    let parent = tx.conn.first(BEREFT, params![job.to_string()], |row| rows::job_id(row, 0))?;
    match parent {
        Some(parent) => poke(tx, parent, now),
        None => Ok(()),
    }
}
