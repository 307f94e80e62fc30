//! Switched and metered rack PDUs: sPDU (MasterSwitch, 318.1.1.4), rPDU (318.1.1.12) and rPDU2 (318.1.1.26). Newer
//! firmware keeps the older trees beside its own, not always whole.

use crate::drivers::TestResult;
use crate::drivers::power::{
    Branch, Object, Outlet, OutletState, PowerFamily, Record, code, informational, number, octets,
};

const SPDU_STATE: &[u32] = &[4, 4, 2, 1, 3];
const SPDU_NAME: &[u32] = &[4, 4, 2, 1, 4];
const RPDU_LOAD: &[u32] = &[12, 2, 3, 1, 1, 2];
const RPDU_LOAD_BANK: &[u32] = &[12, 2, 3, 1, 1, 5];
const RPDU_NAME: &[u32] = &[12, 3, 5, 1, 1, 2];
const RPDU_STATE: &[u32] = &[12, 3, 5, 1, 1, 4];
const RPDU2_IDENT_NAME: &[u32] = &[26, 2, 1, 3];
const RPDU2_FIRMWARE: &[u32] = &[26, 2, 1, 6];
const RPDU2_MODEL: &[u32] = &[26, 2, 1, 8];
const RPDU2_SERIAL: &[u32] = &[26, 2, 1, 9];
const RPDU2_DEVICE_NAME: &[u32] = &[26, 4, 3, 1, 3];
const RPDU2_POWER: &[u32] = &[26, 4, 3, 1, 5];
const RPDU2_PHASE_CURRENT: &[u32] = &[26, 6, 3, 1, 5];
const RPDU2_NAME: &[u32] = &[26, 9, 2, 3, 1, 3];
const RPDU2_STATE: &[u32] = &[26, 9, 2, 3, 1, 5];

/// APC rack PDU.
pub static PDU: PowerFamily = PowerFamily {
    name: "an APC rack PDU",
    root: &[1, 3, 6, 1, 4, 1, 318, 1, 1],
    scalars: &[&[4, 1, 2], &[4, 1, 4], &[4, 1, 5], &[12, 1, 1], &[12, 1, 3], &[12, 1, 5], &[12, 1, 6], &[12, 1, 16]],
    walks: &[
        SPDU_STATE,
        SPDU_NAME,
        RPDU_LOAD,
        RPDU_LOAD_BANK,
        RPDU_NAME,
        RPDU_STATE,
        RPDU2_IDENT_NAME,
        RPDU2_FIRMWARE,
        RPDU2_MODEL,
        RPDU2_SERIAL,
        RPDU2_DEVICE_NAME,
        RPDU2_POWER,
        RPDU2_PHASE_CURRENT,
        RPDU2_NAME,
        RPDU2_STATE,
    ],
    proof: &[&[4], &[12], &[26]],
    bulk: true,
    short_rows: false,
    config: &[&[
        Object::scalar("sPDUIdentFirmwareRev", &[4, 1, 2]),
        Object::scalar("sPDUIdentModelNumber", &[4, 1, 4]),
        Object::scalar("sPDUIdentSerialNumber", &[4, 1, 5]),
        Object::column("sPDUOutletCtl", SPDU_STATE),
        Object::column("sPDUOutletCtlName", SPDU_NAME),
        Object::scalar("rPDUIdentName", &[12, 1, 1]),
        Object::scalar("rPDUIdentFirmwareRev", &[12, 1, 3]),
        Object::scalar("rPDUIdentModelNumber", &[12, 1, 5]),
        Object::scalar("rPDUIdentSerialNumber", &[12, 1, 6]),
        Object::column("rPDUOutletName", RPDU_NAME),
        Object::column("rPDUOutletState", RPDU_STATE),
        Object::column("rPDU2IdentName", RPDU2_IDENT_NAME),
        Object::column("rPDU2IdentFirmwareRev", RPDU2_FIRMWARE),
        Object::column("rPDU2IdentModelNumber", RPDU2_MODEL),
        Object::column("rPDU2IdentSerialNumber", RPDU2_SERIAL),
        Object::column("rPDU2OutletName", RPDU2_NAME),
        Object::column("rPDU2OutletState", RPDU2_STATE),
    ]],
    record,
    tests,
};

fn record(pdu: &Branch<'_>) -> Record {
    let first = |column: &[u32]| pdu.column(column).into_iter().find_map(|(_, value)| octets(value));
    let first_number = |column: &[u32]| pdu.column(column).into_iter().find_map(|(_, value)| number(value));
    let text = |object: &[u32]| pdu.text(object);
    let mut record = Record {
        model: first(RPDU2_MODEL).or_else(|| text(&[12, 1, 5])).or_else(|| text(&[4, 1, 4])),
        name: first(RPDU2_DEVICE_NAME).or_else(|| first(RPDU2_IDENT_NAME)).or_else(|| text(&[12, 1, 1])),
        firmware: first(RPDU2_FIRMWARE).or_else(|| text(&[12, 1, 3])).or_else(|| text(&[4, 1, 2])),
        serial: first(RPDU2_SERIAL).or_else(|| text(&[12, 1, 6])).or_else(|| text(&[4, 1, 5])),
        ..Record::default()
    };
    current(pdu, &mut record);
    // rPDU2 measures in hundredths of a kilowatt; rPDU multiplies its current with the voltage that it was told.
    record.best("output_power_w", [(first_number(RPDU2_POWER), 10.0), (pdu.number(&[12, 1, 16]), 1.0)]);
    record.outlets = if pdu.has(RPDU2_STATE) {
        outlets(pdu, RPDU2_NAME, RPDU2_STATE, 2, 1)
    } else if pdu.has(RPDU_STATE) {
        outlets(pdu, RPDU_NAME, RPDU_STATE, 1, 2)
    } else {
        outlets(pdu, SPDU_NAME, SPDU_STATE, 1, 2)
    };
    record
}

/// The current of the one phase, in tenths of an ampere. Of several phases there is no one current: they are a note.
fn current(pdu: &Branch<'_>, record: &mut Record) {
    let phases2: Vec<f64> =
        pdu.column(RPDU2_PHASE_CURRENT).into_iter().filter_map(|(_, value)| number(value)).collect();
    // Rows of banks measure again what the rows of phases have.
    let is_phase = |row: u32| pdu.cell(RPDU_LOAD_BANK, row).and_then(code).unwrap_or(0) == 0;
    let phases1: Vec<f64> = pdu
        .column(RPDU_LOAD)
        .into_iter()
        .filter(|(row, _)| is_phase(*row))
        .filter_map(|(_, value)| number(value))
        .collect();
    let of = |phases: &[f64]| if let [only] = phases { Some(*only) } else { None };
    record.best("output_current_a", [(of(&phases2), 0.1), (of(&phases1), 0.1)]);
    let several = if phases2.len() > 1 { phases2 } else { phases1 };
    if several.len() > 1 {
        let shown: Vec<String> = several.iter().map(|tenths| format!("{:.1} A", tenths / 10.0)).collect();
        record.notes.push(format!("phase currents: {}", shown.join(", ")));
    }
}

fn outlets(pdu: &Branch<'_>, names: &[u32], states: &[u32], on: i64, off: i64) -> Vec<Outlet> {
    pdu.column(states)
        .into_iter()
        .map(|(at, state)| Outlet {
            id: at.to_string(),
            index: at,
            label: pdu.cell(names, at).and_then(octets),
            state: OutletState::of(code(state), on, off),
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
