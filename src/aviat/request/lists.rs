//! Changes of the lists: the queue, and the schedule.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::{Frame, Refusal, Result, Wanted, flag, instant, member, radios, requested_by, shown, step_list, text};
use crate::aviat::state::Step;

/// `aviat.queue.update`.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// What is to be done.
    pub edit: Edit,
    /// Whom the client names; for display only.
    pub requested_by: Option<String>,
}

/// A change of the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Lists radios that are not listed yet; the others stay as they are.
    Add(Vec<Wanted>),
    /// Takes radios out of the list, each only if it is still as the client saw it, where the client says how it saw it.
    Remove(Vec<Snapshot>),
    /// The list shall hold these and no others: complete, so that every radio that would go is known to the client.
    Replace {
        /// What shall be in it.
        keep: Vec<Wanted>,
        /// Every row that the client saw, with its version: those of `keep` and those that go.
        seen: Vec<Snapshot>,
    },
}

/// A row as a client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Which.
    pub address: IpAddr,
    /// Its `version`; none: whatever it is now.
    pub version: Option<i64>,
}

/// `aviat.scheduled.sync`.
#[derive(Debug, Clone, PartialEq)]
pub enum Sync {
    /// These shall be activated so; no others are touched.
    Set {
        /// Which.
        radios: Vec<Wanted>,
        /// What follows the activation; none: what was asked before.
        remaining: Option<Vec<Step>>,
        /// Not before this instant; none: the next window.
        at: Option<Timestamp>,
    },
    /// Everything that the caller has scheduled is taken out of the schedule; it stays loaded.
    EmptyOwn,
}

pub(super) fn update(frame: &Frame<'_>, body: &Value) -> Result<Update> {
    const MODES: &str = "add, remove, replace";
    if member(body, "entries").is_some() {
        return Err(Refusal::wrong(format!("'entries' is not known; give 'radios' and 'mode' ({MODES})")));
    }
    let Some(mode) = text(body, "mode")? else {
        return Err(Refusal::wrong(format!("'mode' is missing; it must be one of: {MODES}")));
    };
    let rows = rows(body)?;
    let requested_by = requested_by(body)?;
    let edit = match mode.to_ascii_lowercase().as_str() {
        "add" => Edit::Add(wanted(frame, &rows)?),
        "remove" => Edit::Remove(rows),
        "replace" => replace(frame, body, rows)?,
        _ => return Err(Refusal::wrong(format!("'mode': '{}' is none of: {MODES}", shown(mode)))),
    };
    if matches!(&edit, Edit::Add(list) if list.is_empty()) || matches!(&edit, Edit::Remove(list) if list.is_empty()) {
        return Err(Refusal::wrong(format!("'radios' is empty; there is nothing to {}", mode.to_ascii_lowercase())));
    }
    Ok(Update { edit, requested_by })
}

/// `replace` is complete: `radios` must be given, and `versions` names every row that the client has seen.
fn replace(frame: &Frame<'_>, body: &Value, rows: Vec<Snapshot>) -> Result<Edit> {
    let wrong = || {
        Refusal::wrong(
            "'mode' replace needs 'versions': an object with the 'version' of every radio that aviat.queue.get showed, \
             also of those that are to go; or use add and remove",
        )
    };
    let given = member(body, "versions").and_then(Value::as_object).ok_or_else(wrong)?;
    let mut seen = Vec::new();
    for (name, version) in given {
        let address = radios::address("versions", name)?;
        let version = version.as_i64().ok_or_else(wrong)?;
        seen.push(Snapshot { address, version: Some(version) });
    }
    for row in rows.iter().filter(|row| row.version.is_some()) {
        match seen.iter().find(|other| other.address == row.address) {
            Some(other) if other.version != row.version => {
                return Err(Refusal::wrong(format!("'radios' and 'versions' name two versions of {}", row.address)));
            }
            Some(_) => {}
            None => seen.push(*row),
        }
    }
    Ok(Edit::Replace { keep: wanted(frame, &rows)?, seen })
}

fn wanted(frame: &Frame<'_>, rows: &[Snapshot]) -> Result<Vec<Wanted>> {
    rows.iter().map(|row| radios::radio(frame, "radios", row.address)).collect()
}

/// `radios`: addresses, or objects with `ip`, as `aviat.queue.get` gives them, each once. Of an object only the address and
/// the version count: no client sets a status.
fn rows(body: &Value) -> Result<Vec<Snapshot>> {
    const MOST: usize = 10_000;
    let wrong = || Refusal::wrong("'radios' must be a list of IP addresses, or of objects with 'ip' (and 'version')");
    let given = member(body, "radios").and_then(Value::as_array).ok_or_else(wrong)?;
    if given.len() > MOST {
        return Err(Refusal::wrong(format!("'radios' must not have more than {MOST} entries")));
    }
    let mut rows: Vec<Snapshot> = Vec::new();
    for item in given {
        let row = match item {
            Value::String(text) => Snapshot { address: radios::address("radios", text)?, version: None },
            Value::Object(_) => {
                let address = text(item, "ip")?.ok_or_else(wrong)?;
                let version = match member(item, "version") {
                    None => None,
                    Some(version) => Some(version.as_i64().ok_or_else(|| {
                        Refusal::wrong("'radios': 'version' must be the number that aviat.queue.get showed")
                    })?),
                };
                Snapshot { address: radios::address("radios", address)?, version }
            }
            _ => return Err(wrong()),
        };
        match rows.iter_mut().find(|other| other.address == row.address) {
            Some(other) if other.version.is_some() && row.version.is_some() && other.version != row.version => {
                return Err(Refusal::wrong(format!("'radios' names {} twice, with two versions", row.address)));
            }
            Some(other) => other.version = other.version.or(row.version),
            None => rows.push(row),
        }
    }
    Ok(rows)
}

pub(super) fn sync(frame: &Frame<'_>, body: &Value) -> Result<Sync> {
    let own = flag(body, "own")?.unwrap_or(false);
    let radios = radios::optional(frame, body)?;
    if radios.is_empty() {
        // Only a list that is empty on purpose, and said to be one's own, empties anything.
        let empty = body.get("ips").and_then(Value::as_array).is_some_and(Vec::is_empty);
        return if own && empty { Ok(Sync::EmptyOwn) } else { Err(Refusal::contract("No scheduled IPs provided")) };
    }
    let at = instant(frame, body, "activation_at")?;
    let remaining = step_list(body, "remaining_tasks")?;
    let remaining = remaining.map(|mut steps| {
        steps.retain(|step| !matches!(step, Step::Firmware | Step::Activate));
        steps
    });
    Ok(Sync::Set { radios, remaining, at })
}
