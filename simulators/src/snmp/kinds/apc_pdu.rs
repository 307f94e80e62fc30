//! APC switched rack PDU (PowerNet-MIB), of two generations with opposite codes: rPDU says 1 on and 2 off, rPDU2
//! says 1 off and 2 on.
//!
//! Knobs: `generation` (1 or 2), `model`, `firmware`, `serial`, `outlets` (list of `name`, `on`, `current` in A; eight
//! by default), `load` (A; the sum of the outlets that are on if absent), `load_state` (1 low, 2 normal, 3 near overload,
//! 4 overload for generation 2; 1 normal, 2 low, 3 near, 4 over for generation 1), `power` (W; from the load if
//! absent), `voltage` (V), `reboot_seconds` (how long an outlet stays off, simulated time; 5).

use async_snmp::Value;
use serde_json::json;

use super::{Scene, Write, change, choice, system};
use crate::snmp::answer::status;
use crate::snmp::knobs::{Knobs, whole};
use crate::snmp::tree::Rows;

const APC: &[u32] = &[1, 3, 6, 1, 4, 1, 318];
const RPDU: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 12];
const RPDU2: &[u32] = &[1, 3, 6, 1, 4, 1, 318, 1, 1, 26];

fn outlets(knobs: &Knobs) -> Vec<Knobs> {
    knobs.list("outlets").unwrap_or_else(|| {
        (1..=8)
            .map(|number| {
                let mut outlet = Knobs::default();
                outlet.set("name", format!("Outlet {number}"));
                outlet.set("on", true);
                outlet.set("current", if number <= 3 { 0.6 } else { 0.0 });
                outlet
            })
            .collect()
    })
}

/// Whether an outlet is on at `now`: one that reboots comes back by itself.
fn is_on(outlet: &Knobs, now: f64) -> bool {
    outlet.flag("on", true) && outlet.maybe_number("off_until").is_none_or(|until| now >= until)
}

/// The PDU's rows.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let knobs = scene.knobs;
    let mut rows = Rows::default();
    let first = knobs.integer("generation", 1) == 1;
    let model = knobs.text("model", if first { "AP7900B" } else { "AP8941" });
    let object: &[u32] = if first { &[1, 3, 4, 5] } else { &[1, 3, 4, 6] };
    system(scene, &mut rows, &format!("APC Web/SNMP Management Card (MN:{model})"), &[APC, object].concat());
    let outlets = outlets(knobs);
    for outlet in &outlets {
        if let Some(until) = outlet.maybe_number("off_until").filter(|until| *until > scene.now) {
            rows.changes_at(until);
        }
    }
    let on: Vec<bool> = outlets.iter().map(|outlet| is_on(outlet, scene.now)).collect();
    let sum: f64 =
        outlets.iter().zip(&on).filter(|(_, on)| **on).map(|(outlet, _)| outlet.number("current", 0.0)).sum();
    let load = knobs.number("load", sum);
    let power = knobs.number("power", load * knobs.number("voltage", 120.0));
    let name = knobs.text("sys_name", scene.device);
    let firmware = knobs.text("firmware", if first { "v3.9.2" } else { "v6.5.6" });
    let serial = knobs.text("serial", "5A0000E00001");
    let count = i32::try_from(outlets.len()).unwrap_or(i32::MAX);
    if first {
        rows.text(RPDU, &[1, 1, 0], &name);
        rows.text(RPDU, &[1, 3, 0], &firmware);
        rows.text(RPDU, &[1, 5, 0], &model);
        rows.text(RPDU, &[1, 6, 0], &serial);
        rows.int(RPDU, &[1, 8, 0], count);
        rows.int(RPDU, &[1, 16, 0], whole(power));
        rows.int(RPDU, &[2, 3, 1, 1, 1, 1], 1);
        rows.gauge(RPDU, &[2, 3, 1, 1, 2, 1], whole(load * 10.0));
        rows.int(RPDU, &[2, 3, 1, 1, 3, 1], knobs.integer("load_state", 1));
        for (index, (outlet, on)) in (1_u32..).zip(outlets.iter().zip(&on)) {
            let code = if *on { 1 } else { 2 };
            let label = outlet.text("name", "");
            for table in [3, 5] {
                rows.int(RPDU, &[3, table, 1, 1, 1, index], index.cast_signed());
                rows.text(RPDU, &[3, table, 1, 1, 2, index], &label);
                rows.int(RPDU, &[3, table, 1, 1, 3, index], 1);
                rows.int(RPDU, &[3, table, 1, 1, 4, index], code);
            }
        }
    } else {
        rows.int(RPDU2, &[2, 1, 1, 1], 1);
        rows.text(RPDU2, &[2, 1, 3, 1], &name);
        rows.text(RPDU2, &[2, 1, 6, 1], &firmware);
        rows.text(RPDU2, &[2, 1, 8, 1], &model);
        rows.text(RPDU2, &[2, 1, 9, 1], &serial);
        rows.int(RPDU2, &[4, 3, 1, 1, 1], 1);
        rows.int(RPDU2, &[4, 3, 1, 5, 1], whole(power / 10.0));
        rows.int(RPDU2, &[6, 3, 1, 1, 1], 1);
        rows.int(RPDU2, &[6, 3, 1, 4, 1], knobs.integer("load_state", 2));
        rows.int(RPDU2, &[6, 3, 1, 5, 1], whole(load * 10.0));
        for (index, (outlet, on)) in (1_u32..).zip(outlets.iter().zip(&on)) {
            let label = outlet.text("name", "");
            for table in [3, 4] {
                rows.int(RPDU2, &[9, 2, table, 1, 1, index], index.cast_signed());
                rows.int(RPDU2, &[9, 2, table, 1, 2, index], 1);
                rows.text(RPDU2, &[9, 2, table, 1, 3, index], &label);
                rows.int(RPDU2, &[9, 2, table, 1, 4, index], index.cast_signed());
            }
            rows.int(RPDU2, &[9, 2, 3, 1, 5, index], if *on { 2 } else { 1 });
            // The command object answers in the codes of commands: 1 on, 2 off.
            rows.int(RPDU2, &[9, 2, 4, 1, 5, index], if *on { 1 } else { 2 });
        }
    }
    rows
}

/// The outlets' commands, the same in both generations: 1 on, 2 off, 3 reboot.
pub fn write(write: &mut Write<'_>, oid: &[u32], value: &Value) -> Result<(), i32> {
    let index = match (oid.strip_prefix(RPDU), oid.strip_prefix(RPDU2)) {
        (Some([3, 3, 1, 1, 4, index]), _) | (_, Some([9, 2, 4, 1, 5, index])) => *index,
        _ => return Err(status::NOT_WRITABLE),
    };
    let command = choice(value, &[1, 2, 3])?;
    let at = usize::try_from(index).ok().and_then(|index| index.checked_sub(1)).ok_or(status::NO_CREATION)?;
    let back = write.now + write.knobs.number("reboot_seconds", 5.0);
    let outlets = outlets(write.knobs);
    change(write.knobs, "outlets", outlets, at, |outlet| {
        outlet.set("on", json!(command != 2));
        outlet.set("off_until", if command == 3 { json!(back) } else { serde_json::Value::Null });
    })
}
