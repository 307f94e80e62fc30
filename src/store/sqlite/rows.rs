//! Between rows and nouns. Instants are stored as microseconds, so what is below a microsecond is lost.

use jiff::Timestamp;
use rusqlite::{Error, Row, ffi};
use serde_json::Value;

use crate::model::{Access, Event, Job, JobId, JobStatus, Level, RequestId};
use crate::store::{Result, StoreError};

/// The columns that [`job`] reads, in its order, but for the payload.
macro_rules! head_columns {
    () => {
        "id, request_id, seq, action, submitted_by, status, created_at, started_at, finished_at, cancel_requested, \
         result, error, error_class, lane, access, attempt, step"
    };
}
/// The columns that [`job`] reads, in its order.
macro_rules! job_columns {
    () => {
        concat!(crate::store::sqlite::rows::head_columns!(), ", payload")
    };
}
pub(super) use {head_columns, job_columns};

/// Which of them is the result.
const RESULT: usize = 10;

/// How many columns [`job`] reads; further ones stand behind them.
pub(super) const JOB_WIDTH: usize = 18;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            // The statement's text, which the engine's own error has behind it, is of no use to a reader.
            Error::SqliteFailure(_, Some(message)) | Error::SqlInputError { msg: message, .. } => {
                StoreError::Engine(message)
            }
            other => StoreError::Engine(other.to_string()),
        }
    }
}

/// What the engine's primary result code is, if the error came from it.
pub(super) fn result_code(error: &Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code & 0xff)
}

/// [`StoreError::Conflict`] for a broken unique constraint, else the engine's error.
pub(super) fn unique(error: Error, what: &str) -> StoreError {
    match error.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            StoreError::Conflict(what.to_owned())
        }
        _ => error.into(),
    }
}

/// The stored form of an instant.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant from its stored form.
pub(super) fn instant(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| broken("an instant"))
}

/// A stored value that this program never wrote.
pub(super) fn broken(what: &str) -> StoreError {
    StoreError::Engine(format!("{what} in the database is not one that towerhand writes"))
}

/// JSON text of a value.
pub(super) fn json(value: &Value) -> String {
    // One allocation for a config of 40 kB instead of ten, and no formatter in between.
    let mut text = Vec::with_capacity(size(value));
    match serde_json::to_writer(&mut text, value).map(|()| String::from_utf8(text)) {
        Ok(Ok(text)) => text,
        _ => value.to_string(),
    }
}

/// About as many bytes as a value's JSON text has.
fn size(value: &Value) -> usize {
    /// Quotes, a comma, a colon.
    const MARKS: usize = 4;
    match value {
        // A config has a line end, two bytes in JSON, every 60 to 100 bytes.
        Value::String(text) => text.len() + text.len() / 32 + MARKS,
        Value::Array(items) => MARKS + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => {
            MARKS + members.iter().map(|(name, value)| name.len() + MARKS + size(value)).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 2 * MARKS,
    }
}

/// A value from its JSON text.
pub(super) fn value(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|_| broken("a JSON text"))
}

/// Scopes as JSON text.
pub(super) fn scopes_text(scopes: &[String]) -> String {
    Value::from(scopes.to_vec()).to_string()
}

/// Numbers as a JSON array, for `json_each`.
pub(super) fn numbers(numbers: impl IntoIterator<Item = i64>) -> String {
    Value::from(numbers.into_iter().collect::<Vec<_>>()).to_string()
}

/// A column's text, where it stands.
pub(super) fn text<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row str> {
    row.get_ref(column)?.as_str().map_err(|_| broken("a text"))
}

/// A column's text, where it stands, or none for null.
pub(super) fn maybe_text<'row>(row: &'row Row<'_>, column: usize) -> Result<Option<&'row str>> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| broken("a text"))
}

/// A job's id from a column.
pub(super) fn job_id(row: &Row<'_>, column: usize) -> Result<JobId> {
    JobId::parse(text(row, column)?).map_err(|_| broken("a job's id"))
}

/// Scopes from a column of JSON text.
pub(super) fn scopes(row: &Row<'_>, column: usize) -> Result<Vec<String>> {
    serde_json::from_str(text(row, column)?).map_err(|_| broken("a list of scopes"))
}

pub(super) fn maybe_instant(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?.map(instant).transpose()
}

pub(super) fn maybe_value(row: &Row<'_>, column: usize) -> Result<Option<Value>> {
    maybe_text(row, column)?.map(value).transpose()
}

/// A job without its payload, and perhaps without its result, from a row that begins with `head_columns`.
fn job_head(row: &Row<'_>, with_result: bool) -> Result<Job> {
    Ok(Job {
        id: job_id(row, 0)?,
        request_id: RequestId::parse(text(row, 1)?).map_err(|_| broken("a request's id"))?,
        seq: row.get(2)?,
        action: row.get(3)?,
        payload: Value::Null,
        submitted_by: row.get(4)?,
        status: JobStatus::parse(text(row, 5)?).ok_or_else(|| broken("a job's status"))?,
        created_at: instant(row.get(6)?)?,
        started_at: maybe_instant(row, 7)?,
        finished_at: maybe_instant(row, 8)?,
        cancel_requested: row.get(9)?,
        result: if with_result { maybe_value(row, RESULT)? } else { None },
        error: row.get(11)?,
        error_class: row.get(12)?,
        lane: row.get(13)?,
        access: Access::parse(text(row, 14)?).ok_or_else(|| broken("a job's access"))?,
        attempt: row.get(15)?,
        step: maybe_value(row, 16)?,
    })
}

/// A job of a list: of its payload only `show_secrets`, from the column behind `head_columns`; its result only if it
/// fits what is `left`, bytes, which it then takes.
pub(super) fn job_listed(row: &Row<'_>, left: &mut usize) -> Result<Job> {
    let payload = maybe_value(row, 17)?.map_or(Value::Null, |shown| serde_json::json!({ "show_secrets": shown }));
    let size = maybe_text(row, RESULT)?.map_or(0, str::len);
    let fits = size <= *left;
    // Once something was left out, everything older is: a list has a beginning, not holes.
    *left = if fits { left.saturating_sub(size) } else { 0 };
    let result = if fits { maybe_value(row, RESULT)? } else { None };
    Ok(Job { payload, result, ..job_head(row, false)? })
}

/// A job from a row that begins with `job_columns`.
pub(super) fn job(row: &Row<'_>) -> Result<Job> {
    Ok(Job { payload: value(text(row, 17)?)?, ..job_head(row, true)? })
}

/// An event from `seq, at, level, message`.
pub(super) fn event(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        at: instant(row.get(1)?)?,
        level: Level::parse(text(row, 2)?).ok_or_else(|| broken("an event's level"))?,
        message: row.get(3)?,
    })
}
