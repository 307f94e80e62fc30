//! UPS, root 318.1.1.1.

use crate::drivers::TestResult;
use crate::drivers::power::{Object, PowerFamily, Record, Snapshot, Source, bound, informational};

macro_rules! at {
    ($($n:literal),*) => { &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1 $(, $n)*] };
}

/// TimeTicks are hundredths of a second.
const TICKS_TO_MINUTES: f64 = 1.0 / 6000.0;

/// APC UPS.
pub static UPS: PowerFamily = PowerFamily {
    name: "an APC UPS",
    roots: &[at!()],
    proof: at!(),
    bulk: true,
    config: &[
        Object::scalar("upsBasicIdentModel", at!(1, 1, 1)),
        Object::scalar("upsBasicIdentName", at!(1, 1, 2)),
        Object::scalar("upsAdvIdentFirmwareRevision", at!(1, 2, 1)),
        Object::scalar("upsAdvIdentSerialNumber", at!(1, 2, 3)),
        Object::scalar("upsAdvBatteryNominalVoltage", at!(2, 2, 7)),
        Object::scalar("upsAdvConfigRatedOutputVoltage", at!(5, 2, 1)),
        Object::scalar("upsAdvConfigHighTransferVolt", at!(5, 2, 2)),
        Object::scalar("upsAdvConfigLowTransferVolt", at!(5, 2, 3)),
        Object::scalar("upsAdvConfigAlarm", at!(5, 2, 4)),
        Object::scalar("upsAdvConfigMinReturnCapacity", at!(5, 2, 6)),
        Object::scalar("upsAdvConfigSensitivity", at!(5, 2, 7)),
        Object::scalar("upsAdvConfigLowBatteryRunTime", at!(5, 2, 8)),
        Object::scalar("upsAdvConfigReturnDelay", at!(5, 2, 9)),
        Object::scalar("upsAdvConfigShutoffDelay", at!(5, 2, 10)),
    ],
    record,
    tests,
};

fn record(snapshot: &Snapshot) -> Record {
    let mut record = Record {
        model: snapshot.text(at!(1, 1, 1)),
        name: snapshot.text(at!(1, 1, 2)),
        firmware: snapshot.text(at!(1, 2, 1)),
        serial: snapshot.text(at!(1, 2, 3)),
        ..Record::default()
    };
    record.battery_status = snapshot.code(at!(2, 1, 1)).map(battery_status);
    record.measure("seconds_on_battery", snapshot.number(at!(2, 1, 2)), 0.01);
    tenths(&mut record, "battery_percent", snapshot.number(at!(2, 3, 1)), snapshot.number(at!(2, 2, 1)));
    match snapshot.number(at!(2, 3, 2)) {
        Some(tenths) => record.temperature(Some(tenths), 0.1),
        None => record.temperature(snapshot.number(at!(2, 2, 2)), 1.0),
    }
    record.measure("runtime_min", snapshot.number(at!(2, 2, 3)), TICKS_TO_MINUTES);
    record.replace_battery = match snapshot.code(at!(2, 2, 4)) {
        Some(1) => Some(false),
        Some(2) => Some(true),
        _ => None,
    };
    tenths(&mut record, "battery_voltage_v", snapshot.number(at!(2, 3, 4)), snapshot.number(at!(2, 2, 8)));
    record.measure("battery_current_a", snapshot.number(at!(2, 2, 9)), 1.0);
    tenths(&mut record, "input_voltage_v", snapshot.number(at!(3, 3, 1)), snapshot.number(at!(3, 2, 1)));
    tenths(&mut record, "input_frequency_hz", snapshot.number(at!(3, 3, 4)), snapshot.number(at!(3, 2, 4)));
    tenths(&mut record, "output_voltage_v", snapshot.number(at!(4, 3, 1)), snapshot.number(at!(4, 2, 1)));
    tenths(&mut record, "load_percent", snapshot.number(at!(4, 3, 3)), snapshot.number(at!(4, 2, 3)));
    tenths(&mut record, "output_current_a", snapshot.number(at!(4, 3, 4)), snapshot.number(at!(4, 2, 4)));
    record.measure("output_power_w", snapshot.number(at!(4, 2, 8)), 1.0);
    let status = snapshot.code(at!(4, 1, 1));
    record.source = status.map_or(Source::Unknown, source);
    record.state = status.map(state);
    record
}

/// The object of high precision (tenths) where there is one.
fn tenths(record: &mut Record, name: &'static str, tenths: Option<f64>, whole: Option<f64>) {
    match tenths {
        Some(_) => record.measure(name, tenths, 0.1),
        None => record.measure(name, whole, 1.0),
    }
}

fn battery_status(code: i64) -> String {
    match code {
        1 => "unknown".to_owned(),
        2 => "normal".to_owned(),
        3 => "low".to_owned(),
        4 => "in fault".to_owned(),
        5 => "no battery".to_owned(),
        other => format!("other({other})"),
    }
}

fn state(code: i64) -> String {
    match code {
        1 => "unknown".to_owned(),
        2 => "on line".to_owned(),
        3 => "on battery".to_owned(),
        4 => "on smart boost".to_owned(),
        5 => "timed sleeping".to_owned(),
        6 => "software bypass".to_owned(),
        7 => "off".to_owned(),
        8 => "rebooting".to_owned(),
        9 => "switched bypass".to_owned(),
        10 => "hardware failure bypass".to_owned(),
        11 => "sleeping until power returns".to_owned(),
        12 => "on smart trim".to_owned(),
        13 => "eco".to_owned(),
        14 => "hot standby".to_owned(),
        15 => "on battery test".to_owned(),
        28 => "self test".to_owned(),
        other => format!("other({other})"),
    }
}

fn source(code: i64) -> Source {
    match code {
        2 | 12 | 13 | 14 => Source::Mains,
        3 | 15 => Source::Battery,
        4 => Source::Boost,
        6 | 9 | 10 => Source::Bypass,
        5 | 7 | 8 | 11 => Source::Off,
        _ => Source::Unknown,
    }
}

fn tests(record: &Record) -> Vec<TestResult> {
    let row = |name: &str, expected: &str, actual: Option<String>, pass: bool| TestResult {
        name: name.to_owned(),
        expected: Some(expected.to_owned()),
        actual,
        pass: Some(pass),
    };
    let on_mains = matches!(record.source, Source::Mains | Source::Boost);
    let battery_normal = record.battery_status.as_deref() == Some("normal");
    let replace = record.replace_battery.map(|replace| if replace { "replace" } else { "ok" }.to_owned());
    vec![
        row("Output status", "on line", record.state.clone(), on_mains),
        row("Battery status", "normal", record.battery_status.clone(), battery_normal),
        row("Replace battery", "ok", replace, record.replace_battery == Some(false)),
        bound("Load", "<80%", record.value("load_percent"), "%", |percent| percent < 80.0),
        informational("Battery charge state", record.value("battery_percent").map(|percent| format!("{percent}%"))),
        informational("Run time", record.value("runtime_min").map(|minutes| format!("{minutes:.0} min"))),
    ]
}
