//! UPS, root 318.1.1.1.

use crate::drivers::TestResult;
use crate::drivers::power::{Alarm, Branch, Object, PowerFamily, Record, Source, bound, informational, verdict};

/// TimeTicks are hundredths of a second.
const TICKS_TO_MINUTES: f64 = 1.0 / 6000.0;

/// APC UPS. Everything is a scalar: one request.
pub static UPS: PowerFamily = PowerFamily {
    name: "an APC UPS",
    root: &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1],
    scalars: &[
        &[1, 1, 1],
        &[1, 1, 2],
        &[1, 2, 1],
        &[1, 2, 3],
        &[2, 1, 1],
        &[2, 1, 2],
        &[2, 2, 1],
        &[2, 2, 2],
        &[2, 2, 3],
        &[2, 2, 4],
        &[2, 2, 7],
        &[2, 2, 8],
        &[2, 2, 9],
        &[2, 3, 1],
        &[2, 3, 2],
        &[2, 3, 4],
        &[3, 2, 1],
        &[3, 2, 4],
        &[3, 3, 1],
        &[3, 3, 4],
        &[4, 1, 1],
        &[4, 2, 1],
        &[4, 2, 3],
        &[4, 2, 4],
        &[4, 2, 8],
        &[4, 3, 1],
        &[4, 3, 3],
        &[4, 3, 4],
        &[5, 2, 1],
        &[5, 2, 2],
        &[5, 2, 3],
        &[5, 2, 4],
        &[5, 2, 6],
        &[5, 2, 7],
        &[5, 2, 8],
        &[5, 2, 9],
        &[5, 2, 10],
    ],
    walks: &[],
    proof: &[&[]],
    bulk: true,
    short_rows: false,
    config: &[&[
        Object::scalar("upsBasicIdentModel", &[1, 1, 1]),
        Object::scalar("upsBasicIdentName", &[1, 1, 2]),
        Object::scalar("upsAdvIdentFirmwareRevision", &[1, 2, 1]),
        Object::scalar("upsAdvIdentSerialNumber", &[1, 2, 3]),
        Object::scalar("upsAdvBatteryNominalVoltage", &[2, 2, 7]),
        Object::scalar("upsAdvConfigRatedOutputVoltage", &[5, 2, 1]),
        Object::scalar("upsAdvConfigHighTransferVolt", &[5, 2, 2]),
        Object::scalar("upsAdvConfigLowTransferVolt", &[5, 2, 3]),
        Object::scalar("upsAdvConfigAlarm", &[5, 2, 4]),
        Object::scalar("upsAdvConfigMinReturnCapacity", &[5, 2, 6]),
        Object::scalar("upsAdvConfigSensitivity", &[5, 2, 7]),
        Object::scalar("upsAdvConfigLowBatteryRunTime", &[5, 2, 8]),
        Object::scalar("upsAdvConfigReturnDelay", &[5, 2, 9]),
        Object::scalar("upsAdvConfigShutoffDelay", &[5, 2, 10]),
    ]],
    record,
    tests,
};

fn record(ups: &Branch<'_>) -> Record {
    // Of two forms of a value the one in tenths is the better, where the card has it.
    let both = |tenths: &[u32], whole: &[u32]| [(ups.number(tenths), 0.1), (ups.number(whole), 1.0)];
    let mut record = Record {
        model: ups.text(&[1, 1, 1]),
        name: ups.text(&[1, 1, 2]),
        firmware: ups.text(&[1, 2, 1]),
        serial: ups.text(&[1, 2, 3]),
        ..Record::default()
    };
    record.battery_status = ups.code(&[2, 1, 1]).map(battery_status);
    record.amount("seconds_on_battery", ups.number(&[2, 1, 2]), 0.01);
    record.charge(both(&[2, 3, 1], &[2, 2, 1]));
    match ups.number(&[2, 3, 2]) {
        Some(tenths) => record.temperature(Some(tenths), 0.1),
        None => record.temperature(ups.number(&[2, 2, 2]), 1.0),
    }
    record.amount("runtime_min", ups.number(&[2, 2, 3]), TICKS_TO_MINUTES);
    record.replace_battery = match ups.code(&[2, 2, 4]) {
        Some(1) => Some(false),
        Some(2) => Some(true),
        _ => None,
    };
    record.best("battery_voltage_v", both(&[2, 3, 4], &[2, 2, 8]));
    record.measure("battery_current_a", ups.number(&[2, 2, 9]), 1.0);
    record.best("input_voltage_v", both(&[3, 3, 1], &[3, 2, 1]));
    record.best("input_frequency_hz", both(&[3, 3, 4], &[3, 2, 4]));
    record.best("output_voltage_v", both(&[4, 3, 1], &[4, 2, 1]));
    record.best("load_percent", both(&[4, 3, 3], &[4, 2, 3]));
    record.best("output_current_a", both(&[4, 3, 4], &[4, 2, 4]));
    record.amount("output_power_w", ups.number(&[4, 2, 8]), 1.0);
    let status = ups.code(&[4, 1, 1]);
    record.source = status.map_or(Source::Unknown, source);
    record.state = status.map(state);
    record.alarms = alarms(&record, ups.code(&[2, 1, 1]));
    record
}

/// The card has no table of alarms: these are its states that want somebody to come.
fn alarms(record: &Record, battery_status: Option<i64>) -> Vec<Alarm> {
    let on = [
        (record.source == Source::Battery, "on battery"),
        (battery_status == Some(3), "low battery"),
        (battery_status == Some(4), "battery in fault"),
        (battery_status == Some(5), "no battery"),
        (record.replace_battery == Some(true), "replace battery"),
    ];
    on.into_iter().filter(|(on, _)| *on).map(|(_, name)| Alarm { name: name.to_owned() }).collect()
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
    let on_mains = matches!(record.source, Source::Mains | Source::Boost);
    let battery_normal = record.battery_status.as_deref() == Some("normal");
    let replace = record.replace_battery.map(|replace| if replace { "replace" } else { "ok" }.to_owned());
    vec![
        verdict("Output status", "on line", record.state.clone(), on_mains),
        verdict("Battery status", "normal", record.battery_status.clone(), battery_normal),
        verdict("Replace battery", "ok", replace, record.replace_battery == Some(false)),
        bound("Load", "<80%", record.value("load_percent"), "%", |percent| percent < 80.0),
        informational("Battery charge state", record.value("battery_percent").map(|percent| format!("{percent}%"))),
        informational("Run time", record.value("runtime_min").map(|minutes| format!("{minutes:.0} min"))),
    ]
}
