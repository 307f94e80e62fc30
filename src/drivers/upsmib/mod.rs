//! Any UPS that speaks RFC 1628.
//!
//! Facts: spec/field-devices.md 3.3. Quirks seen in recordings (Delta, Eaton): whole groups missing or null; -273
//! degrees where there is no sensor; input and output voltages in tenths of a volt; numbers as text; scalars without
//! `.0`; line indexes from 0.

use super::TestResult;
use super::power::{Alarm, Branch, Object, PowerFamily, Record, Source, bound, informational, number, verdict};
use crate::transport::snmp::{Oid, Value};

const UPS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1];
/// upsWellKnownAlarms.
const WELL_KNOWN: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1, 6, 3];

/// A voltage above this is no voltage of a single-phase or three-phase supply: it came in tenths.
const IMPLAUSIBLE_VOLTS: f64 = 600.0;

/// RFC 1628 UPS.
pub static UPS_MIB: PowerFamily = PowerFamily {
    name: "a UPS by RFC 1628",
    root: UPS,
    scalars: &[],
    // The whole of it is a hundred rows, and agents misplace the instances of its scalars.
    walks: &[&[]],
    // An identity alone is no UPS: there are agents of other MIBs that fill in the manufacturer.
    proof: &[&[2], &[3], &[4]],
    bulk: true,
    short_rows: true,
    config: &[&[
        Object::scalar("upsIdentManufacturer", &[1, 1]),
        Object::scalar("upsIdentModel", &[1, 2]),
        Object::scalar("upsIdentUPSSoftwareVersion", &[1, 3]),
        Object::scalar("upsIdentAgentSoftwareVersion", &[1, 4]),
        Object::scalar("upsIdentName", &[1, 5]),
        Object::scalar("upsAutoRestart", &[8, 5]),
        Object::scalar("upsConfigInputVoltage", &[9, 1]),
        Object::scalar("upsConfigInputFreq", &[9, 2]),
        Object::scalar("upsConfigOutputVoltage", &[9, 3]),
        Object::scalar("upsConfigOutputFreq", &[9, 4]),
        Object::scalar("upsConfigOutputVA", &[9, 5]),
        Object::scalar("upsConfigOutputPower", &[9, 6]),
        Object::scalar("upsConfigLowBattTime", &[9, 7]),
        Object::scalar("upsConfigAudibleStatus", &[9, 8]),
        Object::scalar("upsConfigLowVoltageTransferPoint", &[9, 9]),
        Object::scalar("upsConfigHighVoltageTransferPoint", &[9, 10]),
    ]],
    record,
    tests,
};

fn record(ups: &Branch<'_>) -> Record {
    let mut record =
        Record { model: ups.text(&[1, 2]), name: ups.text(&[1, 5]), firmware: ups.text(&[1, 3]), ..Record::default() };
    record.battery_status = ups.code(&[2, 1]).map(battery_status);
    record.amount("runtime_min", ups.number(&[2, 3]), 1.0);
    record.charge([(ups.number(&[2, 4]), 1.0)]);
    record.amount("battery_voltage_v", ups.number(&[2, 5]), 0.1);
    record.measure("battery_current_a", ups.number(&[2, 6]), 0.1);
    record.temperature(ups.number(&[2, 7]), 1.0);
    record.amount("seconds_on_battery", ups.number(&[2, 2]), 1.0);
    voltages(ups, &mut record);
    record.amount("input_frequency_hz", lines(ups, &[3, 3, 1, 2]).first().copied(), 0.1);
    let loads = lines(ups, &[4, 4, 1, 5]);
    record.amount("load_percent", loads.iter().copied().reduce(f64::max), 1.0);
    record.amount("output_current_a", sum(&lines(ups, &[4, 4, 1, 3])), 0.1);
    record.amount("output_power_w", sum(&lines(ups, &[4, 4, 1, 4])), 1.0);
    if loads.len() > 1 {
        record.notes.push(format!("{} lines: current and power are sums, the load is the busiest line's", loads.len()));
    }
    let output = ups.code(&[4, 1]);
    record.source = source(output, record.value("seconds_on_battery"));
    record.state = output.map(output_source);
    record.alarms = alarms(ups);
    record
}

/// The values of the lines that are wired: indexes start at 0 or 1, and other lines are null.
fn lines(ups: &Branch<'_>, column: &[u32]) -> Vec<f64> {
    ups.column(column).into_iter().filter_map(|(_, value)| number(value)).collect()
}

/// None of none; what is not supported (-1) stays that.
fn sum(values: &[f64]) -> Option<f64> {
    if values.iter().any(|value| *value < 0.0) {
        return values.first().copied();
    }
    values.iter().copied().reduce(|one, other| one + other)
}

/// RFC 1628 says volts; some agents send tenths, and then for both sides. More than three times the nominal voltage,
/// or than any supply has, is taken for tenths, with a note.
fn voltages(ups: &Branch<'_>, record: &mut Record) {
    let sides: [(&str, &[u32], &[u32]); 2] =
        [("input_voltage_v", &[3, 3, 1, 3], &[9, 1]), ("output_voltage_v", &[4, 4, 1, 2], &[9, 3])];
    let read = sides.map(|(name, column, nominal)| (name, lines(ups, column), ups.number(nominal)));
    let in_tenths = read.iter().any(|(_, volts, nominal)| {
        let limit = nominal
            .filter(|nominal| (24.0..=IMPLAUSIBLE_VOLTS).contains(nominal))
            .map_or(IMPLAUSIBLE_VOLTS, |nominal| nominal * 3.0);
        volts.iter().any(|volts| *volts > limit)
    });
    for (name, volts, _) in read {
        record.amount(name, volts.first().copied(), if in_tenths { 0.1 } else { 1.0 });
        if in_tenths && !volts.is_empty() {
            record.notes.push(format!("scale_adjusted: {name} came in tenths of a volt"));
        }
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

fn alarms(ups: &Branch<'_>) -> Vec<Alarm> {
    let well_known = Oid::new(WELL_KNOWN);
    ups.column(&[6, 2, 1, 2])
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
    let battery_normal = record.battery_status.as_deref() == Some("normal");
    vec![
        verdict("Output source", "normal", record.state.clone(), on_mains),
        verdict("Battery status", "normal", record.battery_status.clone(), battery_normal),
        bound("Input voltage", ">90 VAC", record.value("input_voltage_v"), "VAC", |volts| volts > 90.0),
        bound("Load", "<80%", record.value("load_percent"), "%", |percent| percent < 80.0),
        informational("Battery charge state", record.value("battery_percent").map(|percent| format!("{percent}%"))),
        informational("Run time", record.value("runtime_min").map(|minutes| format!("{minutes} min"))),
    ]
}
