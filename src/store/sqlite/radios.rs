//! Radios under maintenance: compare-and-set of any number of rows in one transaction, with the jobs, events and audit
//! lines that belong to it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde_json::Value;

use super::conn::Conn;
use super::rows::{broken, instant, json, maybe_instant, maybe_value, micros, text, value};
use super::writer::Tx;
use super::{SqliteStore, audit, events, jobs, poke};
use crate::model::{JobId, Level, NewEvent, NewRadioEvent, RadioEvent, RadioRow, RadioStatus};
use crate::store::{Changed, Lease, RadioChange, RadioStore, RadioWrite, Result, Signal, StoreError};

/// Columns of a row, in the order in which [`row`] reads them.
const COLUMNS: &str = "address, version, status, driver, task, slot, hop, due_at, body, seen, updated_at";

/// `?1` address.
const BY_ADDRESS: &str = "select address, version, status, driver, task, slot, hop, due_at, body, seen, updated_at \
     from radio where address = ?1";

/// `?1` address. What decides whether a write is stale, and what it leaves behind.
const VERSION: &str = "select version, task from radio where address = ?1";

/// `?1` to `?10` the columns without `version` and `seen`.
const INSERT: &str = "insert into radio (address, version, status, driver, task, slot, hop, due_at, body, updated_at) \
     values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// As [`INSERT`].
const UPDATE: &str = "update radio set version = version + 1, status = ?2, driver = ?3, task = ?4, slot = ?5, \
     hop = ?6, due_at = ?7, body = ?8, updated_at = ?9 where address = ?1";

/// `?1` status.
const IN: &str = "select count(*) from radio where status = ?1";

/// `?1` status. Rows that nobody drives.
const UNDRIVEN: &str = "select address, version, status, driver, task, slot, hop, due_at, body, seen, updated_at \
     from radio where status = ?1 and (driver is null \
     or not exists (select 1 from job where job.id = radio.driver and job.status in ('queued', 'running')))";

/// The number of rows that hold a slot.
const SLOTS: &str = "select count(*) from radio where slot = 1";

/// `?1` hop, `?2` address. The other end, if it holds a slot.
const PARTNER: &str = "select address from radio where slot = 1 and hop = ?1 and address <> ?2";

/// `?1` job, `?2` owner, `?3` token, `?4` now.
const HELD: &str = "select exists (select 1 from job where id = ?1 and status = 'running' and lease_owner = ?2 \
     and lease_token = ?3 and ready_at > ?4)";

/// `?1` task. Whether a row still names it.
const NAMED: &str = "select exists (select 1 from radio where task = ?1)";

const SAY: &str = "insert into radio_event (at, level, message, task, address, fields) values (?1, ?2, ?3, ?4, ?5, ?6)";

/// `?1` task, counts one more event of a job that runs; its number for the event.
const COUNT: &str = "update job set event_count = event_count + 1 where id = ?1 and status in ('queued', 'running') returning seq, event_count";

/// `?1` address, `?2` what was seen.
const NOTE: &str = "update radio set seen = ?2 where address = ?1";

const EVENTS: &str = "select seq, at, level, message, task, address, fields from radio_event where seq > ?1 \
     order by seq limit ?2";

const EVENTS_OF: &str = "select seq, at, level, message, task, address, fields from radio_event \
     where seq > ?1 and task = ?3 order by seq limit ?2";

const LAST: &str = "select coalesce(max(seq), 0) from radio_event";

fn address(row: &Row<'_>, column: usize) -> Result<IpAddr> {
    text(row, column)?.parse().map_err(|_| broken("a radio's address"))
}

fn maybe_job(row: &Row<'_>, column: usize) -> Result<Option<JobId>> {
    let id: Option<String> = row.get(column)?;
    id.map(|id| JobId::parse(&id).map_err(|_| broken("a job's id"))).transpose()
}

fn row(row: &Row<'_>) -> Result<RadioRow> {
    Ok(RadioRow {
        address: address(row, 0)?,
        version: row.get(1)?,
        status: RadioStatus::parse(text(row, 2)?).ok_or_else(|| broken("a radio's status"))?,
        driver: maybe_job(row, 3)?,
        task: maybe_job(row, 4)?,
        slot: row.get(5)?,
        hop: row.get(6)?,
        due_at: maybe_instant(row, 7)?,
        body: value(text(row, 8)?)?,
        seen: maybe_value(row, 9)?,
        updated_at: instant(row.get(10)?)?,
    })
}

fn event(row: &Row<'_>) -> Result<RadioEvent> {
    let address: Option<String> = row.get(5)?;
    let address = address.map(|text| text.parse().map_err(|_| broken("a radio's address"))).transpose()?;
    let said = NewRadioEvent {
        at: instant(row.get(1)?)?,
        level: Level::parse(text(row, 2)?).ok_or_else(|| broken("an event's level"))?,
        message: row.get(3)?,
        task: maybe_job(row, 4)?,
        address,
        fields: value(text(row, 6)?)?,
    };
    Ok(RadioEvent { seq: row.get(0)?, said })
}

fn held(tx: &Tx, lease: &Lease, now: Timestamp) -> Result<()> {
    let held: bool = tx.conn.value(HELD, params![lease.job.to_string(), lease.owner, lease.token, micros(now)])?;
    if held { Ok(()) } else { Err(StoreError::LostLease(lease.job)) }
}

/// Which of the writes are stale; the tasks that rows named before.
fn compare(conn: &Conn, writes: &[RadioWrite]) -> Result<(Vec<IpAddr>, BTreeSet<JobId>)> {
    let (mut stale, mut tasks) = (Vec::new(), BTreeSet::new());
    for write in writes {
        let (address, expect) = match write {
            RadioWrite::Put { expect, row } => (row.address, *expect),
            RadioWrite::Delete { address, expect } => (*address, Some(*expect)),
        };
        let found: Option<(i64, Option<JobId>)> =
            conn.first(VERSION, params![address.to_string()], |row| Ok((row.get(0)?, maybe_job(row, 1)?)))?;
        if found.as_ref().map(|(version, _)| *version) != expect {
            stale.push(address);
        }
        tasks.extend(found.and_then(|(_, task)| task));
    }
    Ok((stale, tasks))
}

fn put(conn: &Conn, row: &RadioRow, fresh: bool, now: Timestamp) -> Result<()> {
    let sql = if fresh { INSERT } else { UPDATE };
    conn.run(
        sql,
        params![
            row.address.to_string(),
            row.status.as_str(),
            row.driver.map(|id| id.to_string()),
            row.task.map(|id| id.to_string()),
            row.slot,
            row.hop,
            row.due_at.map(micros),
            json(&row.body),
            micros(now),
        ],
    )?;
    Ok(())
}

/// Whether the slots hold after the writes.
fn slots(conn: &Conn, writes: &[RadioWrite], most: u32) -> Result<Option<Changed>> {
    if conn.value::<i64>(SLOTS, [])? > i64::from(most) {
        return Ok(Some(Changed::Full));
    }
    for write in writes {
        let RadioWrite::Put { row, .. } = write else { continue };
        let (true, Some(hop)) = (row.slot, &row.hop) else { continue };
        let other = conn.first(PARTNER, params![hop, row.address.to_string()], |row| address(row, 0))?;
        if let Some(other) = other {
            return Ok(Some(Changed::Partner(other)));
        }
    }
    Ok(None)
}

fn say(tx: &mut Tx, said: &[NewRadioEvent]) -> Result<()> {
    for event in said {
        tx.conn.run(
            SAY,
            params![
                micros(event.at),
                event.level.as_str(),
                event.message,
                event.task.map(|id| id.to_string()),
                event.address.map(|address| address.to_string()),
                json(&event.fields),
            ],
        )?;
        let Some(task) = event.task else { continue };
        let counted: Option<(i64, i64)> =
            tx.conn.first(COUNT, params![task.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some((seq, count)) = counted {
            let copy = NewEvent { at: event.at, level: event.level, message: event.message.clone() };
            events::append(tx, seq, vec![copy], count)?;
            tx.changed(task);
        }
    }
    Ok(())
}

fn change(tx: &mut Tx, now: Timestamp, change: RadioChange) -> Result<Changed> {
    if let Some(lease) = &change.lease {
        held(tx, lease, now)?;
    }
    let (stale, tasks) = compare(&tx.conn, &change.writes)?;
    if !stale.is_empty() {
        tx.undo();
        return Ok(Changed::Stale(stale));
    }
    for write in &change.writes {
        match write {
            RadioWrite::Put { expect, row } => put(&tx.conn, row, expect.is_none(), now)?,
            RadioWrite::Delete { address, .. } => {
                tx.conn.run("delete from radio where address = ?1", params![address.to_string()])?;
            }
        }
    }
    if let Some(most) = change.slots
        && let Some(refused) = slots(&tx.conn, &change.writes, most)?
    {
        tx.undo();
        return Ok(refused);
    }
    for job in &change.jobs {
        jobs::insert(tx, job)?;
    }
    for entry in change.audit {
        audit::insert(tx, entry)?;
    }
    say(tx, &change.events)?;
    for task in tasks {
        if !tx.conn.value::<bool>(NAMED, params![task.to_string()])? {
            poke::poke(tx, task, now)?;
        }
    }
    for job in change.pokes {
        poke::poke(tx, job, now)?;
    }
    tx.signal(Signal::Radios);
    Ok(Changed::Done)
}

#[async_trait]
impl RadioStore for SqliteStore {
    async fn radios(&self) -> Result<Vec<RadioRow>> {
        let sql = format!("select {COLUMNS} from radio order by address");
        self.readers.walk(move |conn| conn.all(&sql, [], row)).await
    }

    async fn radio(&self, address: IpAddr) -> Result<Option<RadioRow>> {
        self.readers.point(|conn| conn.first(BY_ADDRESS, params![address.to_string()], row))
    }

    async fn radios_in(&self, status: RadioStatus) -> Result<u64> {
        let count: i64 = self.readers.point(|conn| conn.value(IN, [status.as_str()]))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn undriven(&self, statuses: &[RadioStatus]) -> Result<Vec<RadioRow>> {
        let statuses = statuses.to_vec();
        self.readers
            .walk(move |conn| {
                let mut found: Vec<RadioRow> = Vec::new();
                for status in statuses {
                    found.extend(conn.all(UNDRIVEN, [status.as_str()], row)?);
                }
                found.sort_by_key(|row| row.address);
                Ok(found)
            })
            .await
    }

    async fn change_radios(&self, now: Timestamp, wanted: RadioChange) -> Result<Changed> {
        self.writer.run(move |tx| change(tx, now, wanted)).await
    }

    async fn note_radio(&self, address: IpAddr, seen: Value) -> Result<bool> {
        self.writer
            .run(move |tx| {
                let noted = tx.conn.run(NOTE, params![address.to_string(), json(&seen)])? == 1;
                if noted {
                    tx.signal(Signal::Radios);
                }
                Ok(noted)
            })
            .await
    }

    async fn radio_events(&self, after: i64, limit: u32, task: Option<JobId>) -> Result<Vec<RadioEvent>> {
        self.readers
            .walk(move |conn| match task {
                None => conn.all(EVENTS, params![after, limit], event),
                Some(task) => conn.all(EVENTS_OF, params![after, limit, task.to_string()], event),
            })
            .await
    }

    async fn last_radio_event(&self) -> Result<i64> {
        self.readers.point(|conn| conn.value(LAST, []))
    }
}
