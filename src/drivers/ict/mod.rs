//! ICT power equipment by SNMP: distribution panels (200DB, 180S), Platinum (ICT800), modular power systems (MPS).
//!
//! Facts: spec/field-devices.md 2.1, 2.2, 3.2. Quirks seen in recordings (firmware 3.10 of a 200DB-12IRC, 1.04 of an
//! MPS): numbers come as text; currents and voltages of a -48 V plant are negative; an empty name is one zero byte;
//! indexes start at 0 on panels; some firmware appends `.0` to a column's instance; the MPS lacks batteryNetAh and
//! batteryRunTime; 1000 degrees means that no probe is connected; GETBULK is not safe.

mod mps;
mod page;
mod panel;
mod platinum;

pub use mps::MPS;
pub use page::Page;
pub use panel::PANEL;
pub use platinum::PLATINUM;

use super::power::{Alarm, Branch, Object, Record, code, octets};

/// The objects with which each branch begins.
const MODEL: &[u32] = &[1];
const NAME: &[u32] = &[2];
const HARDWARE: &[u32] = &[3];
const FIRMWARE: &[u32] = &[4];
const MAC: &[u32] = &[5];

/// A record with what every branch begins with.
fn head(unit: &Branch<'_>) -> Record {
    Record { model: unit.text(MODEL), name: unit.text(NAME), firmware: unit.text(FIRMWARE), ..Record::default() }
}

/// The same in a configuration.
const HEAD: &[Object] = &[
    Object::scalar("deviceModel", MODEL),
    Object::scalar("deviceName", NAME),
    Object::scalar("deviceHardware", HARDWARE),
    Object::scalar("deviceFirmware", FIRMWARE),
    Object::scalar("deviceMacAddress", MAC),
];

/// Alarm tables have number, name and state in columns 1 to 3; state 3 is an alarm that is on.
fn alarms(unit: &Branch<'_>, names: &[u32], states: &[u32]) -> Vec<Alarm> {
    unit.column(states)
        .into_iter()
        .filter(|(_, state)| code(state) == Some(3))
        .map(|(at, _)| {
            let name = unit.cell(names, at).and_then(octets);
            Alarm { name: name.unwrap_or_else(|| format!("alarm {at}")) }
        })
        .collect()
}

/// A value in hundredths where newer firmware has it, else the text object. Both may be negative.
fn precise(record: &mut Record, name: &'static str, hundredths: Option<f64>, text: Option<f64>) {
    match hundredths {
        Some(_) => record.measure(name, hundredths, 0.01),
        None => record.measure(name, text, 1.0),
    }
}
