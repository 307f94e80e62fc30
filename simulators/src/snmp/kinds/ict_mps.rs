//! ICT Modular Power System (ICT-POWERSYSTEM-MIB, ICTMPS): up to eight modules; empty slots have rows too.
//!
//! Knobs: `model`, `firmware`, `hardware`, `mac`, `input_voltage` (V), `output_voltage` (V), `output_current` (A),
//! `output_enabled`, `probe_temperature` (°C, 1000: none), `soc` (%), `net_ah` (Ah) and `runtime_minutes` (both objects
//! absent without the knob, as on firmware 1.04), `test_result`, `device_alarms` (bits), `alarms`, `x100`, `modules`
//! (list of `type`: none, power, battery, distribution or converter; `status`: absent, ok or alarm; `voltage`;
//! `currents`, four of A to D; `enabled`, four; `alarms`, bits).

use async_snmp::Value;
use serde_json::json;

use super::{Scene, Write, change, choice, ict_alarms, ict_head, ict_text, scaled, system};
use crate::snmp::answer::status;
use crate::snmp::knobs::Knobs;
use crate::snmp::tree::Rows;

const BRANCH: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 13];
const SLOTS: usize = 8;

fn modules(knobs: &Knobs) -> Vec<Knobs> {
    let mut modules = knobs.list("modules").unwrap_or_else(|| {
        ["power", "power", "battery", "distribution"]
            .iter()
            .map(|kind| {
                let mut module = Knobs::default();
                module.set("type", *kind);
                if *kind == "distribution" {
                    module.set("currents", json!(["1.2", "0.7", "0.4", "0.0"]));
                }
                module
            })
            .collect()
    });
    modules.resize(modules.len().max(SLOTS), Knobs::default());
    modules
}

fn four(module: &Knobs) -> [bool; 4] {
    let mut on = [true; 4];
    if let Some(list) = module.get("enabled").and_then(|value| value.as_array()) {
        for (at, value) in on.iter_mut().zip(list) {
            *at = value.as_bool().unwrap_or(true);
        }
    }
    on
}

/// The system's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    system(scene, &mut rows, "ICT Modular Power System", BRANCH);
    ict_head(scene, &mut rows, BRANCH, "Modular Power Series 48V", "1.04");
    let on = knobs.flag("output_enabled", true);
    let input = knobs.text("input_voltage", "119");
    let output = if on { knobs.text("output_voltage", "54.0") } else { "0.0".to_owned() };
    let current = if on { knobs.text("output_current", "2.3") } else { "0.0".to_owned() };
    rows.text(BRANCH, &[6, 0], &input);
    rows.text(BRANCH, &[7, 0], &output);
    rows.text(BRANCH, &[8, 0], &current);
    rows.int(BRANCH, &[9, 0], if on { 1 } else { 2 });
    let x100 = knobs.flag("x100", false);
    for (slot, module) in (1_u32..).zip(&modules(knobs)) {
        module_rows(&mut rows, slot, module, &output, x100);
    }
    ict_alarms(scene, &mut rows, &[BRANCH, &[11]].concat(), 1, 4);
    rows.int(BRANCH, &[12, 0], knobs.integer("probe_temperature", 1000));
    rows.int(BRANCH, &[13, 0], knobs.integer("soc", 100));
    for (object, knob) in [(14, "net_ah"), (15, "runtime_minutes")] {
        if knobs.get(knob).is_some() {
            rows.int(BRANCH, &[object, 0], knobs.integer(knob, 0));
        }
    }
    rows.int(BRANCH, &[16, 0], knobs.integer("test_result", 1));
    if x100 {
        rows.int(BRANCH, &[17, 0], scaled(&input, 1.0));
        rows.int(BRANCH, &[18, 0], scaled(&output, 100.0));
        rows.int(BRANCH, &[19, 0], scaled(&current, 100.0));
    }
    rows.int(BRANCH, &[20, 0], knobs.integer("device_alarms", 0));
    rows
}

fn module_rows(rows: &mut Rows, slot: u32, module: &Knobs, output: &str, x100: bool) {
    let kind = match module.text("type", "none").as_str() {
        "power" => 2,
        "battery" => 3,
        "distribution" => 4,
        "converter" => 5,
        _ => 1,
    };
    let status = match module.text("status", if kind == 1 { "absent" } else { "ok" }).as_str() {
        "ok" => 2,
        "alarm" => 3,
        _ => 1,
    };
    let voltage = module.text("voltage", if status == 1 { "" } else { output });
    let currents = module.texts("currents");
    let enabled = four(module);
    let mut put = |column: u32, value: Value| rows.put(BRANCH, &[10, 1, column, slot], value);
    put(1, Value::Integer(slot.cast_signed()));
    put(2, Value::Integer(status));
    put(3, Value::Integer(kind));
    put(4, ict_text(&voltage));
    if x100 {
        put(13, Value::Integer(scaled(&voltage, 100.0)));
    }
    for (at, (column, on)) in (5_u32..).zip(enabled).enumerate() {
        let current = currents.get(at).map_or("", String::as_str);
        let current = if on || current.is_empty() { current } else { "0.0" };
        put(column, ict_text(current));
        put(column + 4, Value::Integer(if on && status != 1 { 1 } else { 2 }));
        if x100 {
            put(column + 9, Value::Integer(scaled(current, 100.0)));
        }
    }
    put(18, Value::Integer(module.integer("alarms", 0)));
}

/// `outputEnable` and the modules' four output controls switch.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    match oid.strip_prefix(BRANCH) {
        Some([9, 0]) => {
            let on = choice(value, &[1, 2])? == 1;
            write.knobs.set("output_enabled", json!(on));
            Ok(())
        }
        Some([10, 1, column @ 9..=12, slot]) => {
            let on = choice(value, &[1, 2])? == 1;
            let at = usize::try_from(*slot).ok().and_then(|slot| slot.checked_sub(1)).ok_or(status::NO_CREATION)?;
            let output = usize::try_from(*column - 9).map_err(|_| status::NO_CREATION)?;
            let modules = modules(write.knobs);
            change(write.knobs, "modules", modules, at, |module| {
                let mut enabled = four(module);
                if let Some(flag) = enabled.get_mut(output) {
                    *flag = on;
                }
                module.set("enabled", json!(enabled));
            })
        }
        _ => Err(status::NOT_WRITABLE),
    }
}
