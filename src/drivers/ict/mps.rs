//! Modular power system (ICTMPS), branch 39145.13.

use super::platinum::source;
use super::{alarms, precise};
use crate::drivers::TestResult;
use crate::drivers::power::{Alarm, Object, Outlet, OutletState, PowerFamily, Record, Snapshot, bound, code, number};

macro_rules! at {
    ($($n:literal),*) => { &[1, 3, 6, 1, 4, 1, 39145, 13 $(, $n)*] };
}

const MODULE_STATUS: &[u32] = at!(10, 1, 2);
const MODULE_TYPE: &[u32] = at!(10, 1, 3);
/// A column of the agent's tables.
type Column = &'static [u32];

/// Letter of an output, its current as text, its control, its current in hundredths.
const MODULE_OUTPUTS: [(char, Column, Column, Column); 4] = [
    ('A', at!(10, 1, 5), at!(10, 1, 9), at!(10, 1, 14)),
    ('B', at!(10, 1, 6), at!(10, 1, 10), at!(10, 1, 15)),
    ('C', at!(10, 1, 7), at!(10, 1, 11), at!(10, 1, 16)),
    ('D', at!(10, 1, 8), at!(10, 1, 12), at!(10, 1, 17)),
];

/// ICT modular power system.
pub static MPS: PowerFamily = PowerFamily {
    name: "an ICT modular power system",
    roots: &[at!()],
    proof: at!(),
    bulk: false,
    config: &[
        Object::scalar("deviceModel", at!(1)),
        Object::scalar("deviceName", at!(2)),
        Object::scalar("deviceHardware", at!(3)),
        Object::scalar("deviceFirmware", at!(4)),
        Object::scalar("deviceMacAddress", at!(5)),
        Object::scalar("outputEnable", at!(9)),
        Object::column("moduleType", MODULE_TYPE),
        Object::column("moduleAControl", at!(10, 1, 9)),
        Object::column("moduleBControl", at!(10, 1, 10)),
        Object::column("moduleCControl", at!(10, 1, 11)),
        Object::column("moduleDControl", at!(10, 1, 12)),
        Object::column("alarmName", at!(11, 1, 2)),
    ],
    record,
    tests,
};

fn record(snapshot: &Snapshot) -> Record {
    let mut record = Record {
        model: snapshot.text(at!(1)),
        name: snapshot.text(at!(2)),
        firmware: snapshot.text(at!(4)),
        ..Record::default()
    };
    record.measure("input_voltage_v", snapshot.number(at!(6)).or_else(|| snapshot.number(at!(17))), 1.0);
    precise(&mut record, "output_voltage_v", snapshot.number(at!(18)), snapshot.number(at!(7)));
    precise(&mut record, "output_current_a", snapshot.number(at!(19)), snapshot.number(at!(8)));
    record.temperature(snapshot.number(at!(12)), 1.0);
    record.measure("battery_percent", snapshot.number(at!(13)), 1.0);
    record.measure("battery_net_ah", snapshot.number(at!(14)), 1.0);
    record.measure("runtime_min", snapshot.number(at!(15)), 1.0);
    record.source = source(record.value("input_voltage_v"));
    record.outlets = outlets(snapshot);
    record.alarms = alarms(snapshot, at!(11, 1, 2), at!(11, 1, 3));
    for (module, status) in snapshot.column(MODULE_STATUS) {
        if code(status) == Some(3) {
            record.alarms.push(Alarm { name: format!("module {module}") });
        }
    }
    record
}

/// Outputs of distribution modules (type 4) that are installed; empty slots have rows too and are left out.
fn outlets(snapshot: &Snapshot) -> Vec<Outlet> {
    let installed = |module: u32| {
        let status = snapshot.cell(MODULE_STATUS, module).and_then(code);
        let kind = snapshot.cell(MODULE_TYPE, module).and_then(code);
        kind == Some(4) && matches!(status, Some(2 | 3))
    };
    let modules =
        snapshot.column(MODULE_TYPE).into_iter().map(|(module, _)| module).filter(|module| installed(*module));
    let mut outlets = Vec::new();
    for module in modules {
        for (letter, current, control, hundredths) in MODULE_OUTPUTS {
            let state = snapshot.cell(control, module).and_then(code);
            let precise = snapshot.cell(hundredths, module).and_then(number).map(|n| n / 100.0);
            outlets.push(Outlet {
                id: format!("{module}{letter}"),
                index: module,
                label: None,
                state: match state {
                    Some(1) => OutletState::On,
                    Some(2) => OutletState::Off,
                    _ => OutletState::Unknown,
                },
                fuse: None,
                current_a: precise.or_else(|| snapshot.cell(current, module).and_then(number)),
                controllable: state.is_some(),
            });
        }
    }
    outlets
}

/// spec/field-devices.md 2.2, without the battery voltage, which this branch does not have.
fn tests(record: &Record) -> Vec<TestResult> {
    vec![
        bound("Input voltage", ">90 VAC", record.value("input_voltage_v"), "VAC", |volts| volts > 90.0),
        bound("Output current", "<15 A", record.value("output_current_a"), "A", |amperes| amperes < 15.0),
        bound("Battery charge state", "100%", record.value("battery_percent"), "%", |percent| percent >= 100.0),
    ]
}
