//! Any UPS by RFC 1628 (UPS-MIB), with the quirks that were seen in the field.
//!
//! Knobs: `manufacturer`, `model`, `firmware`, `agent`, `on_battery` (sets the defaults of what follows from it),
//! `battery_status` (1 unknown, 2 normal, 3 low, 4 depleted), `seconds_on_battery` (runs with the lab's clock if
//! absent), `minutes`, `battery_charge` (%), `battery_voltage` (V), `battery_current` (A), `battery_temperature` (°C;
//! −273 is what agents without a probe say), `line_bads`, `lines`, `input_voltage`, `input_frequency`,
//! `input_current`, `input_watts`, `output_source`, `output_voltage`, `output_frequency`, `output_current`,
//! `output_watts`, `load` (%), `bypass` (adds the bypass group), `alarms` (list of numbers of the well-known alarms;
//! from `on_battery` if absent), `test_result`, `test_detail`. Quirks: `decivolt` (input and output in 0.1 V),
//! `strings` (numbers as text), `no_suffix` (scalars without .0), `index_from_zero`.

use async_snmp::{Oid, Value};
use serde_json::json;

use super::{Scene, Write, choice, system, text};
use crate::snmp::answer::status;
use crate::snmp::knobs::{Knobs, whole, wrapped};
use crate::snmp::tree::{Cell, Rows};

const UPS: &[u32] = &[1, 3, 6, 1, 2, 1, 33, 1];
const TENTHS: f64 = 10.0;
/// upsShutdownType, upsShutdownAfterDelay, upsStartupAfterDelay, upsRebootWithDuration, upsAutoRestart.
const CONTROLS: [(u32, &str, i32); 5] = [
    (1, "shutdown_type", 1),
    (2, "shutdown_after", -1),
    (3, "startup_after", -1),
    (4, "reboot_duration", -1),
    (5, "auto_restart", 1),
];

struct Build<'a> {
    rows: Rows,
    knobs: &'a Knobs,
    strings: bool,
    suffix: bool,
}

impl Build<'_> {
    fn scalar(&self, object: &[u32]) -> Vec<u32> {
        let mut tail = object.to_vec();
        if self.suffix {
            tail.push(0);
        }
        tail
    }

    fn number(&self, value: i32, gauge: bool) -> Value {
        match (self.strings, gauge) {
            (true, _) => Value::OctetString(value.to_string().into_bytes().into()),
            (false, true) => Value::Gauge32(value.max(0).cast_unsigned()),
            (false, false) => Value::Integer(value),
        }
    }

    fn int(&mut self, object: &[u32], value: i32) {
        let (tail, value) = (self.scalar(object), self.number(value, false));
        self.rows.put(UPS, &tail, value);
    }

    fn text(&mut self, object: &[u32], knob: &str, default: &str) {
        let tail = self.scalar(object);
        self.rows.text(UPS, &tail, &self.knobs.text(knob, default));
    }

    fn column(&mut self, object: &[u32], index: u32, value: i32) {
        let value = self.number(value, false);
        self.rows.put(UPS, &[object, &[index]].concat(), value);
    }
}

/// The UPS's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut build = Build {
        rows: Rows::default(),
        knobs,
        strings: knobs.flag("strings", false),
        suffix: !knobs.flag("no_suffix", false),
    };
    system(scene, &mut build.rows, "UPS SNMP agent", &knobs_object(knobs));
    build.text(&[1, 1], "manufacturer", "Generic");
    build.text(&[1, 2], "model", "UPS 3000");
    build.text(&[1, 3], "firmware", "1.0.2");
    build.text(&[1, 4], "agent", "2.40");
    build.text(&[1, 5], "sys_name", scene.device);
    build.text(&[1, 6], "attached", "");
    battery(&mut build, scene);
    lines(&mut build);
    alarms(&mut build);
    test_and_control(&mut build);
    nominal(&mut build);
    build.rows
}

fn knobs_object(knobs: &Knobs) -> Vec<u32> {
    let named = knobs.maybe_text("sys_object_id").and_then(|text| Oid::parse(&text).ok());
    named.map_or_else(|| vec![1, 3, 6, 1, 2, 1, 33], |oid| oid.arcs().to_vec())
}

fn battery(build: &mut Build<'_>, scene: &Scene<'_>) {
    let knobs = build.knobs;
    build.int(&[2, 1], knobs.integer("battery_status", 2));
    let tail = build.scalar(&[2, 2]);
    let on_battery = match (knobs.get("seconds_on_battery"), scene.battery_since) {
        // Text cannot run: an agent that writes numbers as text shows the seconds at its last change.
        (None, Some(since)) if !build.strings => Cell::Seconds { since },
        (None, Some(since)) => Cell::Fixed(build.number(whole(scene.now - since), false)),
        _ => Cell::Fixed(build.number(knobs.integer("seconds_on_battery", 0), false)),
    };
    build.rows.cell(UPS, &tail, on_battery);
    build.int(&[2, 3], knobs.integer("minutes", 90));
    build.int(&[2, 4], knobs.integer("battery_charge", 100));
    build.int(&[2, 5], whole(knobs.number("battery_voltage", 54.2) * TENTHS));
    build.int(&[2, 6], whole(knobs.number("battery_current", 0.0) * TENTHS));
    build.int(&[2, 7], knobs.integer("battery_temperature", 25));
}

fn lines(build: &mut Build<'_>) {
    let knobs = build.knobs;
    let on_battery = knobs.flag("on_battery", false);
    let volts = if knobs.flag("decivolt", false) { TENTHS } else { 1.0 };
    let lines = u32::try_from(knobs.integer("lines", 1)).unwrap_or(1);
    let first = u32::from(!knobs.flag("index_from_zero", false));
    let count = lines.cast_signed();
    let mains = |value: f64| if on_battery { 0.0 } else { value };

    let bads = Value::Counter32(wrapped(knobs.number("line_bads", 0.0)));
    let tail = build.scalar(&[3, 1]);
    build.rows.put(UPS, &tail, bads);
    build.int(&[3, 2], count);
    build.int(&[4, 1], knobs.integer("output_source", if on_battery { 5 } else { 3 }));
    build.int(&[4, 2], whole(knobs.number("output_frequency", 60.0) * TENTHS));
    build.int(&[4, 3], count);
    let bypass = knobs.flag("bypass", false);
    if bypass {
        build.int(&[5, 1], whole(knobs.number("bypass_frequency", mains(60.0)) * TENTHS));
        build.int(&[5, 2], count);
    }
    for index in first..first + lines {
        build.column(&[3, 3, 1, 2], index, whole(knobs.number("input_frequency", mains(60.0)) * TENTHS));
        build.column(&[3, 3, 1, 3], index, whole(knobs.number("input_voltage", mains(121.0)) * volts));
        build.column(&[3, 3, 1, 4], index, whole(knobs.number("input_current", mains(2.4)) * TENTHS));
        build.column(&[3, 3, 1, 5], index, whole(knobs.number("input_watts", mains(290.0))));
        build.column(&[4, 4, 1, 2], index, whole(knobs.number("output_voltage", 120.0) * volts));
        build.column(&[4, 4, 1, 3], index, whole(knobs.number("output_current", 2.3) * TENTHS));
        build.column(&[4, 4, 1, 4], index, whole(knobs.number("output_watts", 276.0)));
        build.column(&[4, 4, 1, 5], index, whole(knobs.number("load", 18.0)));
        if bypass {
            build.column(&[5, 3, 1, 2], index, whole(knobs.number("bypass_voltage", mains(121.0)) * volts));
            build.column(&[5, 3, 1, 3], index, 0);
            build.column(&[5, 3, 1, 4], index, 0);
        }
    }
}

fn alarms(build: &mut Build<'_>) {
    let numbers: Vec<u32> = match build.knobs.get("alarms").and_then(|value| value.as_array()) {
        Some(list) => {
            list.iter().filter_map(|value| value.as_u64()).filter_map(|number| u32::try_from(number).ok()).collect()
        }
        // 2 is OnBattery, 6 InputBad.
        None if build.knobs.flag("on_battery", false) => vec![2, 6],
        None => Vec::new(),
    };
    let present = build.number(i32::try_from(numbers.len()).unwrap_or(i32::MAX), true);
    let tail = build.scalar(&[6, 1]);
    build.rows.put(UPS, &tail, present);
    for (index, number) in (1_u32..).zip(numbers) {
        build.column(&[6, 2, 1, 1], index, index.cast_signed());
        let alarm = Oid::new(UPS.iter().chain(&[6, 3, number]).copied());
        build.rows.put(UPS, &[6, 2, 1, 2, index], Value::ObjectIdentifier(alarm));
        build.rows.put(UPS, &[6, 2, 1, 3, index], Value::TimeTicks(0));
    }
}

fn test_and_control(build: &mut Build<'_>) {
    let tail = build.scalar(&[7, 1]);
    let none = Oid::new(UPS.iter().chain(&[7, 7, 1]).copied());
    let named = build.knobs.maybe_text("test_id").and_then(|text| Oid::parse(&text).ok());
    build.rows.put(UPS, &tail, Value::ObjectIdentifier(named.unwrap_or(none)));
    build.int(&[7, 2], build.knobs.integer("test_spin_lock", 1));
    build.int(&[7, 3], build.knobs.integer("test_result", 6));
    build.text(&[7, 4], "test_detail", "");
    for (object, knob, default) in CONTROLS {
        build.int(&[8, object], build.knobs.integer(knob, default));
    }
}

fn nominal(build: &mut Build<'_>) {
    // Nominal input V and 0.1 Hz, output V and 0.1 Hz, VA, W, low battery minutes, alarm, transfer points.
    let values = [(1, 120), (2, 600), (3, 120), (4, 600), (5, 3000), (6, 2700), (7, 2), (8, 1), (9, 92), (10, 147)];
    for (object, value) in values {
        build.int(&[9, object], value);
    }
}

/// Names, the test's id and the shutdown group are writable. Starting a test (any other than "no test") passes at
/// once.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    let Some(object) = oid.strip_prefix(UPS) else { return Err(status::NOT_WRITABLE) };
    let object = object.strip_suffix(&[0]).unwrap_or(object);
    match object {
        [1, 5] => write.knobs.set("sys_name", text(value)?),
        [1, 6] => write.knobs.set("attached", text(value)?),
        [7, 1] => {
            let Value::ObjectIdentifier(test) = value else { return Err(status::WRONG_TYPE) };
            write.knobs.set("test_id", test.to_string());
            if !test.arcs().ends_with(&[7, 7, 1]) {
                write.knobs.set("test_result", json!(1));
            }
        }
        [8, control] => {
            let (_, knob, _) = CONTROLS.iter().find(|(at, ..)| at == control).ok_or(status::NOT_WRITABLE)?;
            let number = match (control, value) {
                (1 | 5, _) => choice(value, &[1, 2])?,
                (_, Value::Integer(number)) if *number >= -1 => *number,
                (_, Value::Integer(_)) => return Err(status::WRONG_VALUE),
                _ => return Err(status::WRONG_TYPE),
            };
            write.knobs.set(knob, json!(number));
        }
        _ => return Err(status::NOT_WRITABLE),
    }
    Ok(())
}
