//! ICT Platinum series power supply (ICT-PLATINUM-MIB, ICT800).
//!
//! Knobs: `model`, `firmware`, `hardware`, `mac`, `input_voltage` (VAC), `output_voltage` (VDC), `output_current` (A),
//! `output_enabled`, `battery_voltage` (VDC), `battery_current` (A, its sign is the direction), `battery_temperature`
//! (°C, 1000: no probe), `soc` (%), `net_ah` (Ah), `runtime_minutes`, `test_result` (1 unknown, 2 in progress, 3 pass,
//! 4 fail), `x100` (the integer objects .16 to .20; on).

use async_snmp::Value;
use serde_json::json;

use super::{Scene, Write, choice, ict_head, scaled, system};
use crate::snmp::answer::status;
use crate::snmp::tree::Rows;

const BRANCH: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 11];

/// The supply's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    system(scene, &mut rows, "ICT Platinum Series", BRANCH);
    ict_head(scene, &mut rows, BRANCH, "ICT800-48SBC", "2.14");
    let on = knobs.flag("output_enabled", true);
    let input = knobs.text("input_voltage", "121");
    let output = if on { knobs.text("output_voltage", "54.1") } else { "0.0".to_owned() };
    let current = if on { knobs.text("output_current", "4.2") } else { "0.0".to_owned() };
    let battery = knobs.text("battery_voltage", "53.9");
    let charge = knobs.text("battery_current", "0.3");
    rows.text(BRANCH, &[6, 0], &input);
    rows.text(BRANCH, &[7, 0], &output);
    rows.text(BRANCH, &[8, 0], &current);
    rows.int(BRANCH, &[9, 0], if on { 1 } else { 2 });
    rows.text(BRANCH, &[10, 0], &battery);
    rows.text(BRANCH, &[11, 0], &charge);
    rows.int(BRANCH, &[12, 0], knobs.integer("battery_temperature", 1000));
    rows.int(BRANCH, &[13, 0], knobs.integer("soc", 100));
    rows.int(BRANCH, &[14, 0], knobs.integer("net_ah", 100));
    rows.int(BRANCH, &[15, 0], knobs.integer("runtime_minutes", 480));
    if knobs.flag("x100", true) {
        rows.int(BRANCH, &[16, 0], scaled(&input, 1.0));
        for (object, text) in [(17, &output), (18, &current), (19, &battery), (20, &charge)] {
            rows.int(BRANCH, &[object, 0], scaled(text, 100.0));
        }
    }
    rows.int(BRANCH, &[21, 0], knobs.integer("test_result", 1));
    rows
}

/// `outputEnable` switches the output.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    match oid.strip_prefix(BRANCH) {
        Some([9, 0]) => {
            let on = choice(value, &[1, 2])? == 1;
            write.knobs.set("output_enabled", json!(on));
            Ok(())
        }
        _ => Err(status::NOT_WRITABLE),
    }
}
