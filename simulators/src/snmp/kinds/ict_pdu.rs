//! ICT distribution panel (ICT-PDU-MIB): outputs with name, current, fuse and enable, indexed from 0.
//!
//! Knobs: `model`, `firmware`, `hardware`, `mac`, `system_voltage` (V, negative on a −48 V plant), `system_current`
//! (A; the sum of the outputs if absent), `outputs` (list of `name`, `current` in A, `fuse`: ok or open, `enabled`;
//! an output that is off or whose fuse is open shows 0.0 A), `x100` (adds the integer columns of newer firmware),
//! `buses` (list of `name`, `voltage`, `current`), `alarms`.

use async_snmp::Value;
use serde_json::json;

use super::{Scene, Write, change, choice, ict_alarms, ict_head, ict_text, scaled, system};
use crate::snmp::answer::status;
use crate::snmp::knobs::Knobs;
use crate::snmp::tree::Rows;

const BRANCH: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 10];

/// One output of the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What it feeds, as an engineer named it; may be empty.
    pub name: String,
    /// Amperes as the panel writes them, negative on a −48 V plant.
    pub current: String,
    /// Whether its fuse or breaker is whole.
    pub fuse_ok: bool,
    /// Whether it is switched on.
    pub enabled: bool,
}

/// The panel's outputs: on twelve of a dual bus panel the first six are 1A to 6A, the others 1B to 6B.
pub fn outputs(knobs: &Knobs) -> Vec<Output> {
    entries(knobs).iter().map(output).collect()
}

fn entries(knobs: &Knobs) -> Vec<Knobs> {
    knobs.list("outputs").unwrap_or_else(|| {
        let loads = ["-1.4", "-0.8", "-2.1", "0.0", "0.0", "0.0"];
        let names = ["Radio north", "Radio south", "Switch", "", "", ""];
        let mut entries = Vec::new();
        for bus in ["A", "B"] {
            for (name, load) in names.iter().zip(loads) {
                let mut entry = Knobs::default();
                let name = if name.is_empty() { String::new() } else { format!("{name} {bus}") };
                entry.set("name", name);
                entry.set("current", load);
                entries.push(entry);
            }
        }
        entries
    })
}

fn output(entry: &Knobs) -> Output {
    let fuse_ok = entry.text("fuse", "ok") != "open";
    let enabled = entry.flag("enabled", true);
    let current = if fuse_ok && enabled { entry.text("current", "0.0") } else { "0.0".to_owned() };
    Output { name: entry.text("name", ""), current, fuse_ok, enabled }
}

/// The panel's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    system(scene, &mut rows, "ICT Distribution Panel", BRANCH);
    ict_head(scene, &mut rows, BRANCH, "ICT200DB-12IRC", "4.01");
    let outputs = outputs(knobs);
    let total: f64 = outputs.iter().filter_map(|output| output.current.trim().parse::<f64>().ok()).sum();
    rows.text(BRANCH, &[6, 0], &knobs.text("system_voltage", "-55.2"));
    rows.text(BRANCH, &[7, 0], &knobs.text("system_current", &format!("{total:.1}")));
    let x100 = knobs.flag("x100", false);
    for (index, output) in (0_u32..).zip(&outputs) {
        rows.int(BRANCH, &[8, 1, 1, index], index.cast_signed());
        rows.put(BRANCH, &[8, 1, 2, index], ict_text(&output.name));
        rows.text(BRANCH, &[8, 1, 3, index], &output.current);
        rows.int(BRANCH, &[8, 1, 4, index], if output.fuse_ok { 1 } else { 2 });
        rows.int(BRANCH, &[8, 1, 5, index], if output.enabled { 1 } else { 2 });
        if x100 {
            rows.int(BRANCH, &[8, 1, 6, index], scaled(&output.current, 100.0));
        }
    }
    ict_alarms(scene, &mut rows, &[BRANCH, &[9]].concat(), 0, 0);
    for (index, bus) in (0_u32..).zip(knobs.list("buses").unwrap_or_default()) {
        let voltage = bus.text("voltage", &knobs.text("system_voltage", "-55.2"));
        let current = bus.text("current", "0.0");
        rows.int(BRANCH, &[10, 1, 1, index], index.cast_signed());
        rows.put(BRANCH, &[10, 1, 2, index], ict_text(&bus.text("name", "")));
        rows.text(BRANCH, &[10, 1, 3, index], &voltage);
        rows.text(BRANCH, &[10, 1, 4, index], &current);
        if x100 {
            rows.int(BRANCH, &[10, 1, 5, index], scaled(&voltage, 100.0));
            rows.int(BRANCH, &[10, 1, 6, index], scaled(&current, 100.0));
        }
    }
    rows
}

/// `outputEnable` switches an output.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    match oid.strip_prefix(BRANCH) {
        Some([8, 1, 5, index]) => {
            let on = choice(value, &[1, 2])? == 1;
            let at = usize::try_from(*index).map_err(|_| status::NO_CREATION)?;
            let entries = entries(write.knobs);
            change(write.knobs, "outputs", entries, at, |entry| entry.set("enabled", json!(on)))
        }
        _ => Err(status::NOT_WRITABLE),
    }
}
