//! Distribution panel, branch 39145.10.

use std::collections::BTreeSet;

use super::{FIRMWARE, HARDWARE, HEAD, MAC, MODEL, NAME, alarms, head};
use crate::drivers::TestResult;
use crate::drivers::power::{
    Branch, Object, Outlet, OutletState, PowerFamily, Record, code, informational, number, octets, verdict,
};

/// The release that the fleet's 200DB panels have (spec/field-devices.md 2.1).
const FIRMWARE_STANDARD: &str = "4.01";
const SYSTEM_VOLTAGE: &[u32] = &[6];
const SYSTEM_CURRENT: &[u32] = &[7];
const OUTPUT_NUMBER: &[u32] = &[8, 1, 1];
const OUTPUT_NAME: &[u32] = &[8, 1, 2];
const OUTPUT_CURRENT: &[u32] = &[8, 1, 3];
const OUTPUT_FUSE: &[u32] = &[8, 1, 4];
const OUTPUT_ENABLE: &[u32] = &[8, 1, 5];
const OUTPUT_CURRENT_X100: &[u32] = &[8, 1, 6];
const ALARM_NAME: &[u32] = &[9, 1, 2];
const ALARM_STATE: &[u32] = &[9, 1, 3];
const BUS_NAME: &[u32] = &[10, 1, 2];

/// ICT distribution panel.
pub static PANEL: PowerFamily = PowerFamily {
    name: "an ICT distribution panel",
    root: &[1, 3, 6, 1, 4, 1, 39145, 10],
    scalars: &[MODEL, NAME, HARDWARE, FIRMWARE, MAC, SYSTEM_VOLTAGE, SYSTEM_CURRENT],
    walks: &[
        OUTPUT_NUMBER,
        OUTPUT_NAME,
        OUTPUT_CURRENT,
        OUTPUT_FUSE,
        OUTPUT_ENABLE,
        OUTPUT_CURRENT_X100,
        ALARM_NAME,
        ALARM_STATE,
        BUS_NAME,
    ],
    proof: &[&[]],
    bulk: false,
    short_rows: false,
    config: &[
        HEAD,
        &[
            Object::column("outputName", OUTPUT_NAME),
            Object::column("outputEnable", OUTPUT_ENABLE),
            Object::column("alarmName", ALARM_NAME),
            Object::column("busName", BUS_NAME),
        ],
    ],
    record,
    tests,
};

fn record(panel: &Branch<'_>) -> Record {
    let mut record = head(panel);
    record.measure("bus_voltage_v", panel.number(SYSTEM_VOLTAGE), 1.0);
    record.measure("bus_current_a", panel.number(SYSTEM_CURRENT), 1.0);
    record.outlets = outlets(panel, record.model.as_deref());
    record.alarms = alarms(panel, ALARM_NAME, ALARM_STATE);
    if record.value("bus_voltage_v").is_some_and(|volts| volts < 0.0) {
        record.notes.push("voltage negative: -48 V plant".to_owned());
    }
    record
}

fn outlets(panel: &Branch<'_>, model: Option<&str>) -> Vec<Outlet> {
    let rows: BTreeSet<u32> = [OUTPUT_NUMBER, OUTPUT_NAME, OUTPUT_CURRENT, OUTPUT_FUSE, OUTPUT_ENABLE]
        .into_iter()
        .flat_map(|column| panel.column(column))
        .map(|(at, _)| at)
        .collect();
    let count = rows.len();
    let dual = model.is_some_and(|model| model.contains("DB")) && count > 0 && count.is_multiple_of(2);
    rows.into_iter()
        .map(|at| {
            let enable = panel.cell(OUTPUT_ENABLE, at);
            let hundredths = panel.cell(OUTPUT_CURRENT_X100, at).and_then(number).map(|n| n / 100.0);
            Outlet {
                id: position(at, count, dual),
                index: at,
                label: panel.cell(OUTPUT_NAME, at).and_then(octets),
                state: OutletState::of(enable.and_then(code), 1, 2),
                fuse: match panel.cell(OUTPUT_FUSE, at).and_then(code) {
                    Some(1) => Some("ok"),
                    Some(2) => Some("open"),
                    _ => None,
                },
                current_a: hundredths.or_else(|| panel.cell(OUTPUT_CURRENT, at).and_then(number)),
                controllable: enable.is_some(),
            }
        })
        .collect()
}

/// On a dual-bus panel of 12 outputs, 0 to 5 are 1A to 6A and 6 to 11 are 1B to 6B.
fn position(index: u32, count: usize, dual: bool) -> String {
    let half = u32::try_from(count / 2).unwrap_or(u32::MAX);
    match (dual, index < half) {
        (false, _) => (index + 1).to_string(),
        (true, true) => format!("{}A", index + 1),
        (true, false) => format!("{}B", index - half + 1),
    }
}

fn tests(record: &Record) -> Vec<TestResult> {
    let mut rows: Vec<TestResult> = record.outlets.iter().map(outlet_row).collect();
    rows.push(firmware_row(record));
    rows
}

/// Equal, not contained: `4.0` and `4.010` are others, and a version that is not known is none. Of panels that are no
/// 200DB no standard is known.
pub(super) fn firmware_row(record: &Record) -> TestResult {
    let firmware = record.firmware.clone();
    if record.model.as_deref().is_some_and(|model| !model.contains("200DB")) {
        return informational("Firmware version", firmware);
    }
    let pass = firmware.as_deref() == Some(FIRMWARE_STANDARD);
    verdict("Firmware version", FIRMWARE_STANDARD, firmware, pass)
}

/// An open fuse fails; an output that is switched off is somebody's wish and is only shown.
pub(super) fn outlet_row(outlet: &Outlet) -> TestResult {
    let name = match &outlet.label {
        // Operators repeat the position in the label.
        Some(label) if label.starts_with(&outlet.id) => label.clone(),
        Some(label) => format!("{} ({label})", outlet.id),
        None => outlet.id.clone(),
    };
    let state = match (outlet.fuse, outlet.state) {
        (Some("open"), _) => "Breaker off",
        (_, OutletState::On) => "Enabled",
        (_, OutletState::Off) => "Disabled",
        (_, OutletState::Unknown) => "Unknown",
    };
    let current = outlet.current_a.map(|amperes| format!(" ({amperes:.1}A)")).unwrap_or_default();
    let pass = match (outlet.fuse, outlet.state) {
        (Some("open"), _) | (_, OutletState::Unknown) => Some(false),
        _ => None,
    };
    TestResult { name, expected: None, actual: Some(format!("{state}{current}")), pass }
}

#[cfg(test)]
mod tests_of_rows {
    use super::*;

    #[test]
    fn firmware_is_compared_whole() {
        let row = |model: Option<&str>, firmware: Option<&str>| {
            let record =
                Record { model: model.map(str::to_owned), firmware: firmware.map(str::to_owned), ..Record::default() };
            let row = firmware_row(&record);
            (row.expected, row.pass)
        };
        let standard = Some("4.01".to_owned());
        assert_eq!(row(Some("ICT200DB-12IRC"), Some("4.01")), (standard.clone(), Some(true)));
        for other in [Some("4.0"), Some("4.010"), Some("14.01"), Some("3.10"), Some(""), None] {
            assert_eq!(row(Some("ICT200DB-12IRC"), other), (standard.clone(), Some(false)), "{other:?}");
            assert_eq!(row(None, other), (standard.clone(), Some(false)), "{other:?}");
        }
        assert_eq!(row(Some("ICT180S-12BRC"), Some("3.10")), (None, None));
    }

    #[test]
    fn a_dual_bus_panel_counts_bus_a_first() {
        let names: Vec<String> = (0..12).map(|index| position(index, 12, true)).collect();
        assert_eq!(names, ["1A", "2A", "3A", "4A", "5A", "6A", "1B", "2B", "3B", "4B", "5B", "6B"]);
        assert_eq!(position(0, 12, false), "1");
    }
}
