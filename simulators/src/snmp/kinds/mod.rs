//! The kinds of agents: a player of recordings, and power devices that are built from knobs.

mod apc_pdu;
mod apc_ups;
mod ict_mps;
pub mod ict_pdu;
mod ict_platinum;
mod ups_mib;

use std::borrow::Cow;

use async_snmp::{Oid, Value};
use serde_json::json;

use super::answer::status;
use super::knobs::{Knobs, whole};
use super::recording;
use super::tree::Rows;

const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];

/// Controls that recordings of power devices let be written: outlets and outputs (ICT, APC).
const CONTROLS: &[&[u32]] = &[
    &[1, 3, 6, 1, 4, 1, 39145, 10, 8, 1, 5],
    &[1, 3, 6, 1, 4, 1, 39145, 11, 9],
    &[1, 3, 6, 1, 4, 1, 39145, 12, 10],
    &[1, 3, 6, 1, 4, 1, 39145, 13, 9],
    &[1, 3, 6, 1, 4, 1, 39145, 13, 10, 1, 9],
    &[1, 3, 6, 1, 4, 1, 39145, 13, 10, 1, 10],
    &[1, 3, 6, 1, 4, 1, 39145, 13, 10, 1, 11],
    &[1, 3, 6, 1, 4, 1, 39145, 13, 10, 1, 12],
    &[1, 3, 6, 1, 4, 1, 318, 1, 1, 12, 3, 3, 1, 1, 4],
    &[1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 9, 2, 4, 1, 5],
];

/// A kind of agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plays the recording of knob `file`, or of knob `rows`. `writable` names more prefixes that take a SET; what was
    /// written stands in knob `written`.
    Player,
    /// ICT 200DB or 180S distribution panel.
    IctPdu,
    /// ICT Platinum series power supply (ICT800).
    IctPlatinum,
    /// ICT Modular Power System.
    IctMps,
    /// APC UPS with a network management card.
    ApcUps,
    /// APC switched rack PDU.
    ApcPdu,
    /// Any UPS by RFC 1628.
    UpsMib,
    /// Aviat WTM 4000 radio; see module `aviat`.
    Aviat,
    /// Nokia 7250 IXR; see module `nokia`.
    Nokia,
}

/// What a kind builds its rows from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The device's knobs.
    pub knobs: &'a Knobs,
    /// The device's name.
    pub device: &'a str,
    /// Simulated seconds.
    pub now: f64,
    /// Simulated second at which knob `on_battery` was set, while it is.
    pub battery_since: Option<f64>,
}

/// What a SET changes.
#[derive(Debug)]
pub struct Write<'a> {
    /// The device's knobs: the change goes here, and the rows follow.
    pub knobs: &'a mut Knobs,
    /// The object's value so far.
    pub present: &'a Value,
    /// Simulated seconds.
    pub now: f64,
}

impl Kind {
    /// The kind of a simulator's kind name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "snmp" => Self::Player,
            "ict-pdu" => Self::IctPdu,
            "ict-platinum" => Self::IctPlatinum,
            "ict-mps" => Self::IctMps,
            "apc-ups" => Self::ApcUps,
            "apc-pdu" => Self::ApcPdu,
            "ups-mib" => Self::UpsMib,
            "aviat" => Self::Aviat,
            "nokia" => Self::Nokia,
            _ => return None,
        })
    }

    /// The knobs that say who may ask; a radio's are part of its configuration and have names of their own.
    pub fn access(self, knobs: &Knobs) -> Cow<'_, Knobs> {
        if self == Self::Aviat { Cow::Owned(crate::aviat::snmp_access(knobs)) } else { Cow::Borrowed(knobs) }
    }

    /// The device's own rows.
    pub fn rows(self, scene: &Scene<'_>) -> Rows {
        match self {
            Self::Player => player(scene),
            Self::IctPdu => ict_pdu::rows(scene),
            Self::IctPlatinum => ict_platinum::rows(scene),
            Self::IctMps => ict_mps::rows(scene),
            Self::ApcUps => apc_ups::rows(scene),
            Self::ApcPdu => apc_pdu::rows(scene),
            Self::UpsMib => ups_mib::rows(scene),
            Self::Aviat => crate::aviat::snmp_rows(scene),
            Self::Nokia => crate::nokia::snmp_rows(scene),
        }
    }

    /// Writes an object that exists, or answers with the error status that refuses it.
    pub fn write(self, write: &mut Write<'_>, writable: &[Oid], oid: &Oid, value: &Value) -> Result<(), i32> {
        if let Some([object @ (4..=6), 0]) = oid.arcs().strip_prefix(SYSTEM) {
            let name = match object {
                4 => "sys_contact",
                5 => "sys_name",
                _ => "sys_location",
            };
            write.knobs.set(name, text(value)?);
            return Ok(());
        }
        match self {
            Self::Player => play_write(write, writable, oid, value),
            Self::IctPdu => ict_pdu::write(write, oid.arcs(), value),
            Self::IctPlatinum => ict_platinum::write(write, oid.arcs(), value),
            Self::IctMps => ict_mps::write(write, oid.arcs(), value),
            Self::ApcUps => apc_ups::write(write, oid.arcs(), value),
            Self::ApcPdu => apc_pdu::write(write, oid.arcs(), value),
            Self::UpsMib => ups_mib::write(write, oid.arcs(), value),
            Self::Aviat | Self::Nokia => Err(status::NOT_WRITABLE),
        }
    }
}

fn player(scene: &Scene<'_>) -> Rows {
    let mut rows = Rows::default();
    for (object, knob) in [(1, "sys_descr"), (4, "sys_contact"), (5, "sys_name"), (6, "sys_location")] {
        if let Some(text) = scene.knobs.maybe_text(knob) {
            rows.text(SYSTEM, &[object, 0], &text);
        }
    }
    rows
}

fn play_write(write: &mut Write<'_>, writable: &[Oid], oid: &Oid, value: &Value) -> Result<(), i32> {
    let known = CONTROLS.iter().any(|prefix| oid.arcs().starts_with(prefix));
    if !known && !writable.iter().any(|prefix| oid.starts_with(prefix)) {
        return Err(status::NOT_WRITABLE);
    }
    if value.kind() != write.present.kind() {
        return Err(status::WRONG_TYPE);
    }
    let (kind, text) = recording::written(value).ok_or(status::WRONG_TYPE)?;
    let mut written = write.knobs.get("written").and_then(|value| value.as_object()).cloned().unwrap_or_default();
    written.insert(oid.to_string(), json!(format!("{kind}|{text}")));
    write.knobs.set("written", written);
    Ok(())
}

/// The system group of a device that is built from knobs (sysUpTime is the agent's).
fn system(scene: &Scene<'_>, rows: &mut Rows, description: &str, object: &[u32]) {
    let knobs = scene.knobs;
    rows.text(SYSTEM, &[1, 0], &knobs.text("sys_descr", description));
    rows.put(SYSTEM, &[2, 0], Value::ObjectIdentifier(Oid::from_slice(object)));
    rows.text(SYSTEM, &[4, 0], &knobs.text("sys_contact", ""));
    rows.text(SYSTEM, &[5, 0], &knobs.text("sys_name", scene.device));
    rows.text(SYSTEM, &[6, 0], &knobs.text("sys_location", ""));
    rows.int(SYSTEM, &[7, 0], 72);
}

/// The five objects with which each branch of ICT's MIBs begins.
fn ict_head(scene: &Scene<'_>, rows: &mut Rows, branch: &[u32], model: &str, firmware: &str) {
    let knobs = scene.knobs;
    rows.text(branch, &[1, 0], &knobs.text("model", model));
    rows.put(branch, &[2, 0], ict_text(&knobs.text("sys_name", scene.device)));
    rows.int(branch, &[3, 0], knobs.integer("hardware", 2));
    rows.text(branch, &[4, 0], &knobs.text("firmware", firmware));
    rows.text(branch, &[5, 0], &knobs.text("mac", "020000000001"));
}

/// ICT writes an empty text as one zero byte.
fn ict_text(text: &str) -> Value {
    let bytes = if text.is_empty() { vec![0] } else { text.as_bytes().to_vec() };
    Value::OctetString(bytes.into())
}

/// ICT's alarm table at `table`, from knob `alarms` (`name`; `state`: inactive, ready or alarm), indexed from `first`.
fn ict_alarms(scene: &Scene<'_>, rows: &mut Rows, table: &[u32], first: u32, default: usize) {
    let alarms = scene.knobs.list("alarms").unwrap_or_else(|| vec![Knobs::default(); default]);
    for (index, alarm) in (first..).zip(&alarms) {
        rows.int(table, &[1, 1, index], index.cast_signed());
        rows.put(table, &[1, 2, index], ict_text(&alarm.text("name", "")));
        let state = match alarm.text("state", "inactive").as_str() {
            "ready" => 2,
            "alarm" => 3,
            _ => 1,
        };
        rows.int(table, &[1, 3, index], state);
    }
}

/// A number in text, times `factor`, as an integer; text that is no number counts as zero.
fn scaled(text: &str, factor: f64) -> i32 {
    whole(text.trim().parse::<f64>().unwrap_or(0.0) * factor)
}

/// A value that must be an INTEGER of the given ones.
fn choice(value: &Value, allowed: &[i32]) -> Result<i32, i32> {
    match value {
        Value::Integer(number) if allowed.contains(number) => Ok(*number),
        Value::Integer(_) => Err(status::WRONG_VALUE),
        _ => Err(status::WRONG_TYPE),
    }
}

/// A value that must be text.
fn text(value: &Value) -> Result<String, i32> {
    match value {
        Value::OctetString(bytes) => std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| status::WRONG_VALUE),
        _ => Err(status::WRONG_TYPE),
    }
}

/// Changes one entry of a list of knobs and stores the list, with its defaults filled in.
fn change(
    knobs: &mut Knobs,
    name: &str,
    mut list: Vec<Knobs>,
    at: usize,
    edit: impl FnOnce(&mut Knobs),
) -> Result<(), i32> {
    edit(list.get_mut(at).ok_or(status::NO_CREATION)?);
    let list: Vec<serde_json::Value> = list.into_iter().map(|entry| entry.0.into()).collect();
    knobs.set(name, list);
    Ok(())
}
