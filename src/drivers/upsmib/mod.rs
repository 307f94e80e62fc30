//! Any UPS that speaks RFC 1628.
//!
//! Facts: spec/field-devices.md 3.3. Quirks seen in recordings (Delta, Eaton): whole groups missing or null; -273
//! degrees where there is no sensor; input and output voltages in tenths of a volt; numbers as text; scalars without
//! `.0`; line indexes from 0.

use super::TestResult;
use super::power::{Alarm, Object, PowerFamily, Record, Snapshot, Source, bound, informational, number};
use crate::transport::snmp::{Oid, Value};

macro_rules! at {
    ($($n:literal),*) => { &[1, 3, 6, 1, 2, 1, 33, 1 $(, $n)*] };
}

/// A voltage above this is no voltage of a single-phase or three-phase supply: it came in tenths.
const IMPLAUSIBLE_VOLTS: f64 = 600.0;

/// RFC 1628 UPS.
pub static UPS_MIB: PowerFamily = PowerFamily {
    name: "a UPS by RFC 1628",
    roots: &[at!()],
    proof: at!(),
    bulk: true,
    config: &[
        Object::scalar("upsIdentManufacturer", at!(1, 1)),
        Object::scalar("upsIdentModel", at!(1, 2)),
        Object::scalar("upsIdentUPSSoftwareVersion", at!(1, 3)),
        Object::scalar("upsIdentAgentSoftwareVersion", at!(1, 4)),
        Object::scalar("upsIdentName", at!(1, 5)),
        Object::scalar("upsAutoRestart", at!(8, 5)),
        Object::scalar("upsConfigInputVoltage", at!(9, 1)),
        Object::scalar("upsConfigInputFreq", at!(9, 2)),
        Object::scalar("upsConfigOutputVoltage", at!(9, 3)),
        Object::scalar("upsConfigOutputFreq", at!(9, 4)),
        Object::scalar("upsConfigOutputVA", at!(9, 5)),
        Object::scalar("upsConfigOutputPower", at!(9, 6)),
        Object::scalar("upsConfigLowBattTime", at!(9, 7)),
        Object::scalar("upsConfigAudibleStatus", at!(9, 8)),
        Object::scalar("upsConfigLowVoltageTransferPoint", at!(9, 9)),
        Object::scalar("upsConfigHighVoltageTransferPoint", at!(9, 10)),
    ],
    record,
    tests,
};

fn record(snapshot: &Snapshot) -> Record {
    let mut record = Record {
        model: snapshot.text(at!(1, 2)),
        name: snapshot.text(at!(1, 5)),
        firmware: snapshot.text(at!(1, 3)),
        ..Record::default()
    };
    record.battery_status = snapshot.code(at!(2, 1)).map(battery_status);
    record.measure("runtime_min", snapshot.number(at!(2, 3)), 1.0);
    record.measure("battery_percent", snapshot.number(at!(2, 4)), 1.0);
    record.measure("battery_voltage_v", snapshot.number(at!(2, 5)), 0.1);
    record.measure("battery_current_a", snapshot.number(at!(2, 6)), 0.1);
    record.temperature(snapshot.number(at!(2, 7)), 1.0);
    record.measure("seconds_on_battery", snapshot.number(at!(2, 2)), 1.0);
    voltage(&mut record, "input_voltage_v", first(snapshot, at!(3, 3, 1, 3)), snapshot.number(at!(9, 1)));
    record.measure("input_frequency_hz", first(snapshot, at!(3, 3, 1, 2)), 0.1);
    voltage(&mut record, "output_voltage_v", first(snapshot, at!(4, 4, 1, 2)), snapshot.number(at!(9, 3)));
    record.measure("output_current_a", first(snapshot, at!(4, 4, 1, 3)), 0.1);
    record.measure("output_power_w", first(snapshot, at!(4, 4, 1, 4)), 1.0);
    record.measure("load_percent", first(snapshot, at!(4, 4, 1, 5)), 1.0);
    let output = snapshot.code(at!(4, 1));
    record.source = source(output, record.value("seconds_on_battery"));
    record.state = output.map(output_source);
    record.alarms = alarms(snapshot);
    record
}

/// The first line that has a value: line indexes start at 0 or 1, and lines that are not wired are null.
fn first(snapshot: &Snapshot, column: &[u32]) -> Option<f64> {
    snapshot.column(column).into_iter().find_map(|(_, value)| number(value))
}

/// RFC 1628 says volts; some agents send tenths. More than three times the nominal voltage, or than any supply has,
/// is taken for tenths, with a note.
fn voltage(record: &mut Record, name: &'static str, raw: Option<f64>, nominal: Option<f64>) {
    let limit = nominal
        .filter(|nominal| *nominal >= 24.0 && *nominal <= IMPLAUSIBLE_VOLTS)
        .map_or(IMPLAUSIBLE_VOLTS, |nominal| nominal * 3.0);
    match raw {
        Some(volts) if volts > limit => {
            record.measure(name, raw, 0.1);
            record.notes.push(format!("scale_adjusted: {name} came in tenths of a volt"));
        }
        _ => record.measure(name, raw, 1.0),
    }
}

fn battery_status(code: i64) -> String {
    match code {
        1 => "unknown".to_owned(),
        2 => "normal".to_owned(),
        3 => "low".to_owned(),
        4 => "depleted".to_owned(),
        other => format!("other({other})"),
    }
}

fn output_source(code: i64) -> String {
    match code {
        1 => "other".to_owned(),
        2 => "none".to_owned(),
        3 => "normal".to_owned(),
        4 => "bypass".to_owned(),
        5 => "battery".to_owned(),
        6 => "booster".to_owned(),
        7 => "reducer".to_owned(),
        other => format!("other({other})"),
    }
}

/// Time on battery says more than the source where an agent leaves the source out or at "other".
fn source(output: Option<i64>, seconds_on_battery: Option<f64>) -> Source {
    match output {
        Some(2) => Source::Off,
        Some(3 | 7) => Source::Mains,
        Some(4) => Source::Bypass,
        Some(5) => Source::Battery,
        Some(6) => Source::Boost,
        _ if seconds_on_battery.is_some_and(|seconds| seconds > 0.0) => Source::Battery,
        _ => Source::Unknown,
    }
}

/// The well-known alarms, upsAlarmDescr pointing at 33.1.6.3.k.
const ALARMS: [&str; 24] = [
    "battery bad",
    "on battery",
    "low battery",
    "depleted battery",
    "temperature bad",
    "input bad",
    "output bad",
    "output overload",
    "on bypass",
    "bypass bad",
    "output off as requested",
    "UPS off as requested",
    "charger failed",
    "output off",
    "system off",
    "fan failure",
    "fuse failure",
    "general fault",
    "diagnostic test failed",
    "communications lost",
    "awaiting power",
    "shutdown pending",
    "shutdown imminent",
    "test in progress",
];

fn alarms(snapshot: &Snapshot) -> Vec<Alarm> {
    let well_known = Oid::new(at!(6, 3));
    snapshot
        .column(at!(6, 2, 1, 2))
        .into_iter()
        .filter_map(|(_, value)| match value {
            Value::ObjectId(oid) => Some(oid),
            _ => None,
        })
        .map(|oid| {
            let number = oid.suffix_after(&well_known).and_then(|rest| rest.first().copied());
            let name = number.and_then(|k| ALARMS.get(usize::try_from(k).ok()?.checked_sub(1)?));
            Alarm { name: name.map_or_else(|| oid.to_string(), |name| (*name).to_owned()) }
        })
        .collect()
}

fn tests(record: &Record) -> Vec<TestResult> {
    let on_mains = matches!(record.source, Source::Mains | Source::Boost);
    vec![
        TestResult {
            name: "Output source".to_owned(),
            expected: Some("normal".to_owned()),
            actual: record.state.clone(),
            pass: Some(on_mains),
        },
        TestResult {
            name: "Battery status".to_owned(),
            expected: Some("normal".to_owned()),
            actual: record.battery_status.clone(),
            pass: Some(record.battery_status.as_deref() == Some("normal")),
        },
        bound("Input voltage", ">90 VAC", record.value("input_voltage_v"), "VAC", |volts| volts > 90.0),
        bound("Load", "<80%", record.value("load_percent"), "%", |percent| percent < 80.0),
        informational("Battery charge state", record.value("battery_percent").map(|percent| format!("{percent}%"))),
        informational("Run time", record.value("runtime_min").map(|minutes| format!("{minutes} min"))),
    ]
}
