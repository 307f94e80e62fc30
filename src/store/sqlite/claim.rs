//! Taking work: whole lanes at a time, in a handful of statements however many jobs there are.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{JOB_WIDTH, broken, instant, job, job_columns, job_id, micros, numbers, scopes, text};
use super::writer::Tx;
use super::{events, lanes};
use crate::clock;
use crate::model::{Access, JobId, Level, NewEvent};
use crate::store::{Claimed, Lease, Result, StoreError};

/// What a claim asks for.
pub(super) struct Terms {
    pub(super) owner: String,
    pub(super) now: Timestamp,
    pub(super) lease_for: Duration,
    pub(super) limit: u32,
    pub(super) readers: u32,
}

/// `?1` now. Whether a lane's hour has come.
pub(super) const DUE: &str = "select exists (select 1 from lane where wake_at <= ?1)";

/// `?1` now, `?2` limit. The lanes at the front of the line, each with its first ready job and with how many leases
/// of writers and of readers are held on it.
pub(super) const FRONT: &str = "select l.id, j.seq, j.access, j.status, j.lease_owner is not null, \
     (select count(*) from job h where h.lane_id = l.id and h.ready_at > 0 and h.ready_at > ?1 \
      and h.lease_owner is not null and h.access = 'write'), \
     (select count(*) from job h where h.lane_id = l.id and h.ready_at > 0 and h.ready_at > ?1 \
      and h.lease_owner is not null and h.access = 'read') \
     from lane l left join job j on j.seq = \
     (select f.seq from job f where f.lane_id = l.id and f.ready_at <= ?1 order by f.seq limit 1) \
     where l.turn is not null order by l.turn, l.id limit ?2";

/// `?1` array of jobs, `?2` owner, `?3` now, `?4` expiry. A lease each, under the lane's next fence. An attempt is
/// counted for a queued job and after a lost lease, not for a wake-up.
pub(super) const TAKE: &str = concat!(
    "update job set status = 'running', started_at = coalesce(started_at, ?3), ",
    "attempt = attempt + (status = 'queued' or lease_owner is not null), ",
    "event_count = event_count + (status = 'queued' or lease_owner is not null), ",
    "cancel_seen = cancel_requested, poked = 0, lease_owner = ?2, ready_at = ?4, ",
    "lease_token = (select fence + 1 from lane where lane.id = job.lane_id) ",
    "where seq in (select value from json_each(?1)) and ready_at <= ?3 and status in ('queued', 'running') ",
    "returning ",
    job_columns!(),
    ", scopes, lease_token, event_count"
);

/// `?1` job, `?2` owner, `?3` token, `?4` now, `?5` new expiry.
pub(super) const RENEW: &str = "update job set ready_at = ?5 where id = ?1 and status = 'running' \
     and lease_owner = ?2 and lease_token = ?3 and ready_at > ?4 returning lane_id";

/// `?1` owner, `?2` now. Token 0 is nobody's: what the former owner still sends is refused.
pub(super) const RELEASE: &str = "update job set ready_at = min(ready_at, ?2), lease_token = 0 \
     where status = 'running' and lease_owner is not null and lease_owner <> ?1 returning id, lane_id";

/// `?1` now.
pub(super) const NEXT_WAKE: &str = "select min(wake_at) from lane where wake_at > ?1";

/// A lane at the front of the line.
struct Front {
    lane: i64,
    /// None if nothing on the lane is ready.
    head: Option<Head>,
    writers: i64,
    readers: i64,
}

/// A lane's first ready job.
struct Head {
    seq: i64,
    access: Access,
    /// It is queued, so this is the first attempt.
    fresh: bool,
    /// Its lease has expired.
    lost: bool,
}

impl Front {
    /// The job that may go now. Who waits behind the first ready job waits for it, so that readers who keep coming
    /// do not starve a writer.
    fn claimable(&self, readers: u32) -> Option<&Head> {
        self.head.as_ref().filter(|head| match head.access {
            Access::Write => self.writers == 0 && self.readers == 0,
            Access::Read => self.writers == 0 && self.readers < i64::from(readers),
        })
    }
}

fn front(tx: &Tx, now: Timestamp, limit: u32) -> Result<Vec<Front>> {
    tx.conn.all(FRONT, params![micros(now), limit], |row| {
        let head = match row.get::<_, Option<i64>>(1)? {
            None => None,
            Some(seq) => Some(Head {
                seq,
                access: Access::parse(text(row, 2)?).ok_or_else(|| broken("a job's access"))?,
                fresh: text(row, 3)? == "queued",
                lost: row.get(4)?,
            }),
        };
        Ok(Front { lane: row.get(0)?, head, writers: row.get(5)?, readers: row.get(6)? })
    })
}

pub(super) fn claim(tx: &mut Tx, terms: &Terms) -> Result<Vec<Claimed>> {
    if tx.conn.value(DUE, [micros(terms.now)])? {
        lanes::promote(tx, terms.now)?;
    }
    let mut claimed = Vec::new();
    let mut left = terms.limit;
    // Each round serves a lane at least once or takes it out of the line, so this ends.
    while left > 0 {
        let front = front(tx, terms.now, left)?;
        let (mut heads, mut served, mut blocked) = (Vec::new(), Vec::new(), Vec::new());
        for lane in &front {
            match lane.claimable(terms.readers) {
                Some(head) => {
                    heads.push(head);
                    served.push(lane.lane);
                }
                None => blocked.push(lane.lane),
            }
        }
        // No other lane stood in line; one that gave a reader may have another one, and then stands there again.
        let mut again = front.len() >= usize::try_from(left).unwrap_or(usize::MAX);
        lanes::blocked(tx, &blocked, terms.now)?;
        if !heads.is_empty() {
            if heads.iter().any(|head| head.access == Access::Write) {
                tx.sync();
            }
            let taken = take(tx, &heads, terms)?;
            again |= lanes::served(tx, &served, terms.now)?;
            left = left.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
            claimed.extend(taken);
        }
        if !again {
            break;
        }
    }
    Ok(claimed)
}

/// Leases the jobs, in their order, and says so in their events.
fn take(tx: &mut Tx, heads: &[&Head], terms: &Terms) -> Result<Vec<Claimed>> {
    let expires_at = instant(micros(clock::add(terms.now, terms.lease_for)))?;
    let seqs = numbers(heads.iter().map(|head| head.seq));
    let rows = tx.conn.all(TAKE, params![seqs, terms.owner, micros(terms.now), micros(expires_at)], |row| {
        let job = job(row)?;
        let lease = Lease { job: job.id, owner: terms.owner.clone(), token: row.get(JOB_WIDTH + 1)?, expires_at };
        let count: i64 = row.get(JOB_WIDTH + 2)?;
        Ok((job.seq, (Claimed { scopes: scopes(row, JOB_WIDTH)?, job, lease }, count)))
    })?;
    let mut taken: HashMap<_, _> = rows.into_iter().collect();
    let (mut claimed, mut said, mut long) = (Vec::with_capacity(heads.len()), Vec::new(), Vec::new());
    for head in heads {
        let (taken, count) =
            taken.remove(&head.seq).ok_or_else(|| StoreError::Conflict("a job that was being claimed".to_owned()))?;
        let action = &taken.job.action;
        let message = match (head.fresh, head.lost) {
            (true, _) => Some(format!("Started action '{action}'")),
            (false, true) => Some(format!("Continuing action '{action}' (attempt {})", taken.job.attempt)),
            (false, false) => None,
        };
        if let Some(message) = message {
            said.push((head.seq, NewEvent { at: terms.now, level: Level::Info, message }));
            long.push((head.seq, count));
        }
        tx.changed(taken.job.id);
        claimed.push(taken);
    }
    events::insert(tx, &said)?;
    for (job, count) in long {
        events::trim(tx, job, count)?;
    }
    Ok(claimed)
}

pub(super) fn renew(tx: &mut Tx, lease: Lease, now: Timestamp, lease_for: Duration) -> Result<Lease> {
    let expires_at = instant(micros(clock::add(now, lease_for)))?;
    let guard = params![lease.job.to_string(), lease.owner, lease.token, micros(now), micros(expires_at)];
    let lane = tx.conn.first(RENEW, guard, |row| Ok(row.get(0)?))?.ok_or(StoreError::LostLease(lease.job))?;
    lanes::renewed(tx, lane, now)?;
    Ok(Lease { expires_at, ..lease })
}

pub(super) fn release_foreign(tx: &mut Tx, owner: &str, now: Timestamp) -> Result<Vec<JobId>> {
    let rows = tx.conn.all(RELEASE, params![owner, micros(now)], |row| Ok((job_id(row, 0)?, row.get(1)?)))?;
    let mut released = Vec::with_capacity(rows.len());
    for (id, lane) in rows {
        lanes::refresh(tx, lane, now)?;
        tx.changed(id);
        released.push(id);
    }
    Ok(released)
}
