//! APC UPS with a network management card (PowerNet-MIB).
//!
//! Knobs: `model`, `firmware`, `serial`, `on_battery` (sets the defaults of the output's status, of the input voltage
//! and of the time on battery), `battery_status` (1 unknown, 2 normal, 3 low, 4 in fault, 5 none), `capacity` (%),
//! `temperature` (°C), `runtime_ticks` (0.01 s), `replace`, `battery_nominal_voltage`, `battery_voltage`,
//! `battery_current`, `time_on_battery_ticks` (runs with the lab's clock if absent), `input_voltage`,
//! `input_frequency`, `transfer_cause`, `output_status` (any number), `output_voltage`, `output_frequency`, `load`
//! (%), `output_current`, `output_watts`, `high_precision` (the objects in tenths; on), `self_test` (1 ok, 2 failed,
//! 3 invalid, 4 in progress), `self_test_date`, `state_flags` (64 characters).

use async_snmp::Value;
use serde_json::json;

use super::{Scene, Write, choice, system};
use crate::snmp::answer::status;
use crate::snmp::knobs::{whole, wrapped};
use crate::snmp::tree::{Cell, Rows};

const APC: &[u32] = &[1, 3, 6, 1, 4, 1, 318];
const UPS: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 1];

/// The UPS's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    let model = knobs.text("model", "Smart-UPS X 750");
    let firmware = knobs.text("firmware", "UPS 04.1 (ID1007)");
    system(scene, &mut rows, &format!("APC Web/SNMP Management Card (MN:{model})"), &[APC, &[1, 3, 2, 11]].concat());
    let on_battery = knobs.flag("on_battery", false);
    let battery_status = knobs.integer("battery_status", 2);
    let output_status = knobs.integer("output_status", if on_battery { 3 } else { 2 });
    let replace = knobs.flag("replace", false);
    rows.text(UPS, &[1, 1, 1, 0], &model);
    rows.text(UPS, &[1, 1, 2, 0], &knobs.text("sys_name", scene.device));
    rows.text(UPS, &[1, 2, 1, 0], &firmware);
    rows.text(UPS, &[1, 2, 3, 0], &knobs.text("serial", "AS0000000001"));
    rows.int(UPS, &[2, 1, 1, 0], battery_status);
    let on_battery_time = match (knobs.maybe_number("time_on_battery_ticks"), scene.battery_since) {
        (Some(ticks), _) => Cell::Fixed(Value::TimeTicks(wrapped(ticks))),
        (None, Some(since)) => Cell::Ticks { base: 0.0, since },
        (None, None) => Cell::Fixed(Value::TimeTicks(0)),
    };
    rows.cell(UPS, &[2, 1, 2, 0], on_battery_time);
    let number = |knob: &str, default: f64| knobs.number(knob, default);
    let capacity = number("capacity", 100.0);
    let temperature = number("temperature", 24.0);
    let battery = number("battery_voltage", 27.3);
    rows.gauge(UPS, &[2, 2, 1, 0], whole(capacity));
    rows.gauge(UPS, &[2, 2, 2, 0], whole(temperature));
    rows.put(UPS, &[2, 2, 3, 0], Value::TimeTicks(wrapped(number("runtime_ticks", 420_000.0))));
    rows.int(UPS, &[2, 2, 4, 0], if replace { 2 } else { 1 });
    rows.int(UPS, &[2, 2, 7, 0], knobs.integer("battery_nominal_voltage", 24));
    rows.int(UPS, &[2, 2, 8, 0], whole(battery));
    rows.int(UPS, &[2, 2, 9, 0], knobs.integer("battery_current", 0));
    let input = number("input_voltage", if on_battery { 0.0 } else { 120.4 });
    let input_hertz = number("input_frequency", if on_battery { 0.0 } else { 60.0 });
    rows.gauge(UPS, &[3, 2, 1, 0], whole(input));
    rows.gauge(UPS, &[3, 2, 4, 0], whole(input_hertz));
    // 9 is a self test, 3 a black-out: the cause of the last transfer to battery.
    rows.int(UPS, &[3, 2, 5, 0], knobs.integer("transfer_cause", if on_battery { 3 } else { 9 }));
    rows.int(UPS, &[4, 1, 1, 0], output_status);
    let off = output_status == 7;
    let output = number("output_voltage", if off { 0.0 } else { 120.2 });
    let hertz = number("output_frequency", if off { 0.0 } else { 60.0 });
    let load = number("load", if off { 0.0 } else { 21.3 });
    let amperes = number("output_current", if off { 0.0 } else { 1.1 });
    let watts = number("output_watts", if off { 0.0 } else { 128.0 });
    rows.gauge(UPS, &[4, 2, 1, 0], whole(output));
    rows.gauge(UPS, &[4, 2, 2, 0], whole(hertz));
    rows.gauge(UPS, &[4, 2, 3, 0], whole(load));
    rows.gauge(UPS, &[4, 2, 4, 0], whole(amperes));
    rows.gauge(UPS, &[4, 2, 8, 0], whole(watts));
    if knobs.flag("high_precision", true) {
        let tenths: [(&[u32], f64); 9] = [
            (&[2, 3, 1, 0], capacity),
            (&[2, 3, 2, 0], temperature),
            (&[2, 3, 4, 0], battery),
            (&[3, 3, 1, 0], input),
            (&[3, 3, 4, 0], input_hertz),
            (&[4, 3, 1, 0], output),
            (&[4, 3, 2, 0], hertz),
            (&[4, 3, 3, 0], load),
            (&[4, 3, 4, 0], amperes),
        ];
        for (object, value) in tenths {
            // The battery's voltage is the one INTEGER among gauges.
            if object == [2, 3, 4, 0] {
                rows.int(UPS, object, whole(value * 10.0));
            } else {
                rows.gauge(UPS, object, whole(value * 10.0));
            }
        }
    }
    for control in [1, 2, 3, 7] {
        rows.int(UPS, &[6, 2, control, 0], 1);
    }
    rows.int(UPS, &[7, 2, 2, 0], 1);
    rows.int(UPS, &[7, 2, 3, 0], knobs.integer("self_test", 1));
    rows.text(UPS, &[7, 2, 4, 0], &knobs.text("self_test_date", "01/15/2026"));
    let flags = state_flags(on_battery, battery_status, output_status, replace);
    rows.text(UPS, &[11, 1, 1, 0], &knobs.text("state_flags", &flags));
    rows
}

/// 64 characters: 1 abnormal, 2 on battery, 3 low battery, 4 on line, 5 replace battery, 6 serial link established.
fn state_flags(on_battery: bool, battery: i32, output: i32, replace: bool) -> String {
    let low = battery == 3;
    let flags = [on_battery || low || replace, on_battery, low, output == 2, replace, true];
    let mut text: String = flags.iter().map(|flag| if *flag { '1' } else { '0' }).collect();
    text.push_str(&"0".repeat(64 - flags.len()));
    text
}

/// Off, reboot, sleep and bypass change the output's status; the self test passes at once.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    let (knob, result) = match oid.strip_prefix(UPS) {
        Some([6, 2, control @ (1 | 2 | 3 | 7), 0]) => {
            let command = choice(value, &[1, 2, 3])?;
            let state = match (control, command) {
                (7, 2) => 9,
                (7, _) => 2,
                (_, 1) => return Ok(()),
                (1, _) => 7,
                (2, _) => 8,
                _ => 5,
            };
            ("output_status", state)
        }
        Some([7, 2, 2, 0]) => match choice(value, &[1, 2])? {
            2 => ("self_test", 1),
            _ => return Ok(()),
        },
        _ => return Err(status::NOT_WRITABLE),
    };
    write.knobs.set(knob, json!(result));
    Ok(())
}
