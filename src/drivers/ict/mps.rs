//! Modular power system (ICTMPS), branch 39145.13.

use super::platinum::{battery_charge, input_voltage, output_current, source};
use super::{FIRMWARE, HARDWARE, HEAD, MAC, MODEL, NAME, alarms, head, precise};
use crate::drivers::TestResult;
use crate::drivers::power::{Alarm, Branch, Object, Outlet, OutletState, PowerFamily, Record, Rectifier, code, number};

const OUTPUT_ENABLE: &[u32] = &[9];
const MODULE_STATUS: &[u32] = &[10, 1, 2];
const MODULE_TYPE: &[u32] = &[10, 1, 3];
const ALARM_NAME: &[u32] = &[11, 1, 2];
const ALARM_STATE: &[u32] = &[11, 1, 3];

/// The columns of one of the four outputs that a module may have.
struct Output {
    letter: char,
    /// Text, A.
    current: &'static [u32],
    control: &'static [u32],
    /// A x 100, newer firmware.
    hundredths: &'static [u32],
}

const A: Output = Output { letter: 'A', current: &[10, 1, 5], control: &[10, 1, 9], hundredths: &[10, 1, 14] };
const B: Output = Output { letter: 'B', current: &[10, 1, 6], control: &[10, 1, 10], hundredths: &[10, 1, 15] };
const C: Output = Output { letter: 'C', current: &[10, 1, 7], control: &[10, 1, 11], hundredths: &[10, 1, 16] };
const D: Output = Output { letter: 'D', current: &[10, 1, 8], control: &[10, 1, 12], hundredths: &[10, 1, 17] };

/// ICT modular power system.
pub static MPS: PowerFamily = PowerFamily {
    name: "an ICT modular power system",
    root: &[1, 3, 6, 1, 4, 1, 39145, 13],
    scalars: &[
        MODEL,
        NAME,
        HARDWARE,
        FIRMWARE,
        MAC,
        &[6],
        &[7],
        &[8],
        OUTPUT_ENABLE,
        &[12],
        &[13],
        &[14],
        &[15],
        &[17],
        &[18],
        &[19],
    ],
    walks: &[
        MODULE_STATUS,
        MODULE_TYPE,
        A.current,
        B.current,
        C.current,
        D.current,
        A.control,
        B.control,
        C.control,
        D.control,
        A.hundredths,
        B.hundredths,
        C.hundredths,
        D.hundredths,
        ALARM_NAME,
        ALARM_STATE,
    ],
    proof: &[&[]],
    bulk: false,
    short_rows: false,
    config: &[
        HEAD,
        &[
            Object::scalar("outputEnable", OUTPUT_ENABLE),
            Object::column("moduleType", MODULE_TYPE),
            Object::column("moduleAControl", A.control),
            Object::column("moduleBControl", B.control),
            Object::column("moduleCControl", C.control),
            Object::column("moduleDControl", D.control),
            Object::column("alarmName", ALARM_NAME),
        ],
    ],
    record,
    tests,
};

fn record(unit: &Branch<'_>) -> Record {
    let number = |object: u32| unit.number(&[object]);
    let mut record = head(unit);
    record.best("input_voltage_v", [(number(6), 1.0), (number(17), 1.0)]);
    precise(&mut record, "output_voltage_v", number(18), number(7));
    precise(&mut record, "output_current_a", number(19), number(8));
    record.temperature(number(12), 1.0);
    record.charge([(number(13), 1.0)]);
    record.amount("battery_net_ah", number(14), 1.0);
    record.amount("runtime_min", number(15), 1.0);
    record.source = source(record.value("input_voltage_v"));
    record.outlets = outlets(unit);
    record.rectifiers = rectifiers(unit);
    record.alarms = alarms(unit, ALARM_NAME, ALARM_STATE);
    for (module, status) in unit.column(MODULE_STATUS) {
        if code(status) == Some(3) {
            record.alarms.push(Alarm { name: format!("module {module}") });
        }
    }
    record
}

/// Power modules (type 2); empty slots have another type. Their currents are not in this branch.
fn rectifiers(unit: &Branch<'_>) -> Vec<Rectifier> {
    let modules = unit.column(MODULE_TYPE).into_iter().filter(|(_, kind)| code(kind) == Some(2));
    modules
        .map(|(module, _)| Rectifier {
            id: module.to_string(),
            up: match unit.cell(MODULE_STATUS, module).and_then(code) {
                Some(2) => Some(true),
                Some(3) => Some(false),
                _ => None,
            },
            current_a: None,
        })
        .collect()
}

/// Outputs of distribution modules (type 4) that are installed; empty slots have rows too and are left out.
fn outlets(unit: &Branch<'_>) -> Vec<Outlet> {
    let installed = |module: u32| {
        let status = unit.cell(MODULE_STATUS, module).and_then(code);
        let kind = unit.cell(MODULE_TYPE, module).and_then(code);
        kind == Some(4) && matches!(status, Some(2 | 3))
    };
    let modules = unit.column(MODULE_TYPE).into_iter().map(|(module, _)| module).filter(|module| installed(*module));
    let mut outlets = Vec::new();
    for module in modules {
        for Output { letter, current, control, hundredths } in [A, B, C, D] {
            let control = unit.cell(control, module).and_then(code);
            let precise = unit.cell(hundredths, module).and_then(number).map(|n| n / 100.0);
            outlets.push(Outlet {
                id: format!("{module}{letter}"),
                index: module,
                label: None,
                state: OutletState::of(control, 1, 2),
                fuse: None,
                current_a: precise.or_else(|| unit.cell(current, module).and_then(number)),
                controllable: control.is_some(),
            });
        }
    }
    outlets
}

/// spec/field-devices.md 2.2, without the battery voltage, which this branch does not have.
fn tests(record: &Record) -> Vec<TestResult> {
    vec![input_voltage(record), output_current(record), battery_charge(record)]
}
