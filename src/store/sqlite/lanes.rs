//! The line of lanes. A lane's `turn` and `wake_at` summarise its jobs so that a claim finds work without looking at
//! every job; whoever changes a lane's jobs refreshes them here, in the same transaction.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{micros, numbers};
use super::writer::Tx;
use crate::model::Access;
use crate::store::{Result, Signal};

/// Behind everyone who stands in line.
macro_rules! last_turn {
    () => {
        "(select coalesce(max(turn), 0) + 1 from lane where turn is not null)"
    };
}

/// The next instant after `?2` at which time alone changes something on the lane.
macro_rules! next_wake {
    () => {
        "(select min(ready_at) from job where lane_id = lane.id and ready_at > 0 and ready_at > ?2)"
    };
}

/// Whether a lease is held on the lane at `?2`; more conditions follow it.
macro_rules! held {
    ($more:literal) => {
        concat!(
            "exists (select 1 from job where lane_id = lane.id and ready_at > 0 and ready_at > ?2 ",
            "and lease_owner is not null",
            $more,
            ")"
        )
    };
}

/// A turn for the lane if its first ready job may go beside those who hold it at `?2`, else null. How many readers
/// fit is decided at the claim.
macro_rules! turn {
    ($turn:expr) => {
        concat!(
            "case (select access from job where lane_id = lane.id and ready_at <= ?2 order by seq limit 1) ",
            "when 'write' then case when ",
            held!(""),
            " then null else ",
            $turn,
            " end when 'read' then case when ",
            held!(" and access = 'write'"),
            " then null else ",
            $turn,
            " end end"
        )
    };
}

/// `?1` lane, `?2` now. A lane that stands in line keeps its place.
pub(super) const REFRESH: &str = concat!(
    "update lane set wake_at = ",
    next_wake!(),
    ", turn = ",
    turn!(concat!("coalesce(turn, ", last_turn!(), ")")),
    " where id = ?1 returning turn is not null or wake_at is not null"
);

/// `?1` array of lanes in the order they were served, `?2` now. They go to the back of the line, with a new fence;
/// returns of each whether it stands there, or nothing on it can go now.
pub(super) const SERVED: &str = concat!(
    "update lane set fence = fence + 1, wake_at = ",
    next_wake!(),
    ", turn = ",
    turn!(concat!(last_turn!(), " + served.key")),
    " from json_each(?1) served where lane.id = served.value returning turn is not null"
);

/// `?1` array of lanes, `?2` now. They leave the line until something on them changes.
pub(super) const BLOCKED: &str =
    concat!("update lane set turn = null, wake_at = ", next_wake!(), " where id in (select value from json_each(?1))");

/// `?1` now. Lanes whose hour has come join the line, the longest due first.
pub(super) const PROMOTE: &str = concat!(
    "update lane set wake_at = null, turn = coalesce(turn, ",
    last_turn!(),
    " + due.place) from (select id, row_number() over (order by wake_at, id) as place from lane ",
    "where wake_at <= ?1) due where lane.id = due.id"
);

/// `?1` name or null, `?2` now, `?3` access. The lane of a job that is being submitted; it joins the line unless it
/// is held against this access. A null name never conflicts: such a job gets a lane of its own.
pub(super) const JOIN: &str = concat!(
    "insert into lane (name, turn) values (?1, ",
    last_turn!(),
    ") on conflict (name) do update set turn = coalesce(lane.turn, case when ",
    held!(" and (access = 'write' or ?3 = 'write')"),
    " then null else excluded.turn end) returning id"
);

/// `?1` name, `?2` now. Whether a lease is held by a writer.
pub(super) const WRITTEN: &str =
    concat!("select exists (select 1 from lane where name = ?1 and ", held!(" and access = 'write'"), ")");

/// The lane for a job about to be stored.
pub(super) fn join(tx: &mut Tx, name: Option<&str>, now: Timestamp, access: Access) -> Result<i64> {
    tx.conn.value(JOIN, params![name, micros(now), access.as_str()])
}

/// To be called when a job on the lane changed; says `Ready` if something can go there, now or later.
pub(super) fn refresh(tx: &mut Tx, lane: i64, now: Timestamp) -> Result<()> {
    let more = tx.conn.first(REFRESH, [lane, micros(now)], |row| Ok(row.get::<_, bool>(0)?))?;
    if more == Some(true) {
        tx.signal(Signal::Ready);
    }
    Ok(())
}

/// To be called when a lease on the lane was prolonged, which lets nobody by.
pub(super) fn renewed(tx: &mut Tx, lane: i64, now: Timestamp) -> Result<()> {
    tx.conn.first(REFRESH, [lane, micros(now)], |_| Ok(()))?;
    Ok(())
}

/// To be called when a job ended: a lane of its own goes with it.
pub(super) fn leave(tx: &mut Tx, lane: i64, named: bool, now: Timestamp) -> Result<()> {
    if named {
        return refresh(tx, lane, now);
    }
    tx.conn.run("delete from lane where id = ?1 and name is null", [lane])?;
    Ok(())
}

/// Puts lanes that were just served to the back; whether one of them stands in line again.
pub(super) fn served(tx: &mut Tx, lanes: &[i64], now: Timestamp) -> Result<bool> {
    let lanes = numbers(lanes.iter().copied());
    let in_line = tx.conn.all(SERVED, params![lanes, micros(now)], |row| Ok(row.get::<_, bool>(0)?))?;
    Ok(in_line.contains(&true))
}

/// Takes lanes on which nothing can go now out of the line.
pub(super) fn blocked(tx: &mut Tx, lanes: &[i64], now: Timestamp) -> Result<()> {
    if !lanes.is_empty() {
        tx.conn.run(BLOCKED, params![numbers(lanes.iter().copied()), micros(now)])?;
    }
    Ok(())
}

/// Lets lanes whose hour has come join the line.
pub(super) fn promote(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.conn.run(PROMOTE, [micros(now)])?;
    Ok(())
}
