//! Switched and metered rack PDUs: rPDU (318.1.1.12) and rPDU2 (318.1.1.26).

use crate::drivers::TestResult;
use crate::drivers::power::{
    Object, Outlet, OutletState, PowerFamily, Record, Snapshot, code, informational, number, octets,
};

macro_rules! at {
    ($($n:literal),*) => { &[1, 3, 6, 1, 4, 1, 318, 1, 1 $(, $n)*] };
}

/// rPDUOutletStatusOutletName and State (1 on, 2 off).
const RPDU_NAME: &[u32] = at!(12, 3, 5, 1, 1, 2);
const RPDU_STATE: &[u32] = at!(12, 3, 5, 1, 1, 4);
/// rPDU2OutletSwitchedStatusName and State (1 off, 2 on).
const RPDU2_NAME: &[u32] = at!(26, 9, 2, 3, 1, 3);
const RPDU2_STATE: &[u32] = at!(26, 9, 2, 3, 1, 5);

/// APC rack PDU.
pub static PDU: PowerFamily = PowerFamily {
    name: "an APC rack PDU",
    roots: &[at!(12), at!(26)],
    proof: at!(),
    bulk: true,
    config: &[
        Object::scalar("rPDUIdentName", at!(12, 1, 1)),
        Object::scalar("rPDUIdentFirmwareRev", at!(12, 1, 3)),
        Object::scalar("rPDUIdentModelNumber", at!(12, 1, 5)),
        Object::scalar("rPDUIdentSerialNumber", at!(12, 1, 6)),
        Object::column("rPDUOutletName", RPDU_NAME),
        Object::column("rPDUOutletState", RPDU_STATE),
        Object::column("rPDU2IdentName", at!(26, 2, 1, 3)),
        Object::column("rPDU2IdentFirmwareRev", at!(26, 2, 1, 6)),
        Object::column("rPDU2IdentModelNumber", at!(26, 2, 1, 8)),
        Object::column("rPDU2IdentSerialNumber", at!(26, 2, 1, 9)),
        Object::column("rPDU2OutletName", RPDU2_NAME),
        Object::column("rPDU2OutletState", RPDU2_STATE),
    ],
    record,
    tests,
};

fn record(snapshot: &Snapshot) -> Record {
    let first = |column: &[u32]| snapshot.column(column).into_iter().find_map(|(_, value)| octets(value));
    // -1 stands for "not supported".
    let load = |column: &[u32]| {
        snapshot.column(column).into_iter().find_map(|(_, value)| number(value)).filter(|load| *load >= 0.0)
    };
    let mut record = Record {
        model: first(at!(26, 2, 1, 8)).or_else(|| snapshot.text(at!(12, 1, 5))),
        name: first(at!(26, 4, 3, 1, 3)).or_else(|| first(at!(26, 2, 1, 3))).or_else(|| snapshot.text(at!(12, 1, 1))),
        firmware: first(at!(26, 2, 1, 6)).or_else(|| snapshot.text(at!(12, 1, 3))),
        serial: first(at!(26, 2, 1, 9)).or_else(|| snapshot.text(at!(12, 1, 6))),
        ..Record::default()
    };
    record.measure("output_current_a", load(at!(26, 6, 3, 1, 5)).or_else(|| load(at!(12, 2, 3, 1, 1, 2))), 0.1);
    // rPDU2 device power is in hundredths of a kilowatt.
    record.measure("output_power_w", load(at!(26, 4, 3, 1, 5)), 10.0);
    record.outlets = if snapshot.has(RPDU2_STATE) {
        outlets(snapshot, RPDU2_NAME, RPDU2_STATE, 2, 1)
    } else {
        outlets(snapshot, RPDU_NAME, RPDU_STATE, 1, 2)
    };
    record
}

fn outlets(snapshot: &Snapshot, names: &[u32], states: &[u32], on: i64, off: i64) -> Vec<Outlet> {
    snapshot
        .column(states)
        .into_iter()
        .map(|(at, state)| Outlet {
            id: at.to_string(),
            index: at,
            label: snapshot.cell(names, at).and_then(octets),
            state: match code(state) {
                Some(code) if code == on => OutletState::On,
                Some(code) if code == off => OutletState::Off,
                _ => OutletState::Unknown,
            },
            fuse: None,
            current_a: None,
            controllable: true,
        })
        .collect()
}

fn tests(record: &Record) -> Vec<TestResult> {
    let mut rows: Vec<TestResult> = record
        .outlets
        .iter()
        .map(|outlet| {
            let name = match &outlet.label {
                Some(label) => format!("{} ({label})", outlet.id),
                None => outlet.id.clone(),
            };
            let (actual, pass) = match outlet.state {
                OutletState::On => ("On", None),
                OutletState::Off => ("Off", None),
                OutletState::Unknown => ("Unknown", Some(false)),
            };
            TestResult { name, expected: None, actual: Some(actual.to_owned()), pass }
        })
        .collect();
    rows.push(informational("Firmware version", record.firmware.clone()));
    rows
}
