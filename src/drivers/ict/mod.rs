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

use super::power::{Alarm, Snapshot, code, octets};

/// Alarm tables have number, name and state in columns 1 to 3; state 3 is an alarm that is on.
fn alarms(snapshot: &Snapshot, names: &[u32], states: &[u32]) -> Vec<Alarm> {
    let names = snapshot.column(names);
    snapshot
        .column(states)
        .into_iter()
        .filter(|(_, state)| code(state) == Some(3))
        .map(|(at, _)| {
            let name = names.iter().find(|(index, _)| *index == at).and_then(|(_, name)| octets(name));
            Alarm { name: name.unwrap_or_else(|| format!("alarm {at}")) }
        })
        .collect()
}

/// A value in hundredths where newer firmware has it, else the text object.
fn precise(record: &mut super::power::Record, name: &'static str, hundredths: Option<f64>, text: Option<f64>) {
    match hundredths {
        Some(_) => record.measure(name, hundredths, 0.01),
        None => record.measure(name, text, 1.0),
    }
}
