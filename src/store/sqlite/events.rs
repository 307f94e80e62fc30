//! Events of jobs: the newest 500 of each are kept.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{params, params_from_iter};

use super::conn::Conn;
use super::rows::{event, micros};
use super::writer::Tx;
use crate::model::{Event, JobId, NewEvent};
use crate::store::Result;

/// How many events of a job are kept (spec/omni-contract.md 1.13).
const KEPT: i64 = 500;
/// Rows of one insert; few, so that each length stays a prepared statement.
const ROWS: usize = 8;

/// `?1` job's seq. Deletes all but the newest 500.
pub(super) const TRIM: &str = "delete from event where job = ?1 and seq <= \
     (select seq from event where job = ?1 order by seq desc limit 1 offset 500)";

/// `?1` job's id, `?2` sequence number.
pub(super) const AFTER: &str = "select seq, at, level, message from event \
     where job = (select seq from job where id = ?1) and seq > ?2 order by seq";

/// `?1` job's seq, `?2` sequence number.
const OF: &str = "select seq, at, level, message from event where job = ?1 and seq > ?2 order by seq";

/// Adds events, each with its job's `seq`, in their order.
pub(super) fn insert(tx: &mut Tx, events: &[(i64, NewEvent)]) -> Result<()> {
    for rows in events.chunks(ROWS) {
        let places = vec!["(?, ?, ?, ?)"; rows.len()].join(", ");
        let sql = format!("insert into event (job, at, level, message) values {places}");
        let values = rows.iter().flat_map(|(job, event)| {
            [
                ValueRef::Integer(*job),
                ValueRef::Integer(micros(event.at)),
                ValueRef::from(event.level.as_str()),
                ValueRef::from(event.message.as_str()),
            ]
        });
        tx.conn.run(&sql, params_from_iter(values.map(ToSqlOutput::Borrowed)))?;
    }
    Ok(())
}

/// Forgets the oldest events of a job that has had `count`.
pub(super) fn trim(tx: &mut Tx, job: i64, count: i64) -> Result<()> {
    if count > KEPT {
        tx.conn.run(TRIM, [job])?;
    }
    Ok(())
}

/// Adds events of one job, which has had `count` with these.
pub(super) fn append(tx: &mut Tx, job: i64, events: Vec<NewEvent>, count: i64) -> Result<()> {
    let events: Vec<_> = events.into_iter().map(|event| (job, event)).collect();
    insert(tx, &events)?;
    trim(tx, job, count)
}

/// Events of the job of this `seq`.
pub(super) fn of(conn: &Conn, job: i64, after: i64) -> Result<Vec<Event>> {
    conn.all(OF, params![job, after], event)
}

pub(super) fn after(conn: &Conn, job: JobId, after: i64) -> Result<Vec<Event>> {
    conn.all(AFTER, params![job.to_string(), after], event)
}
