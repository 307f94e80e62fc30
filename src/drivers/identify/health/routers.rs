//! MikroTik (spec/mikrotik-nokia.md 1.14) and Nokia (2.14).

use super::{List, Wanted, cell, label};
use crate::drivers::power::{Branch, code, number};

const CPU_LOAD: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 3, 3, 1, 2];
const STORAGE_SIZE: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 2, 3, 1, 5];
const STORAGE_USED: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 2, 3, 1, 6];
/// Index of the main memory in hrStorage, and of the system disk.
const STORAGES: [(u32, &str); 2] = [(65536, "memory_used_percent"), (131_072, "disk_used_percent")];
const GAUGE_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 2];
const GAUGE_VALUE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 3];
const GAUGE_UNIT: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 4];
const HEALTH: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3];

/// RouterOS.
pub(super) const MIKROTIK: Wanted = Wanted {
    scalars: &[
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 8, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 10, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 11, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 12, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 13, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 15, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 16, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 17, 0],
        &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 18, 0],
    ],
    columns: &[CPU_LOAD, STORAGE_SIZE, STORAGE_USED, GAUGE_NAME, GAUGE_VALUE, GAUGE_UNIT],
};

/// The table of gauges where the device has it, else the scalars: never both, the scales differ (degrees are whole in
/// the table, tenths in the scalars).
pub(super) fn mikrotik(all: &Branch<'_>, list: &mut List) {
    let loads: Vec<f64> = all.column(CPU_LOAD).into_iter().filter_map(|(_, value)| number(value)).collect();
    if !loads.is_empty() {
        let cores = u32::try_from(loads.len()).map_or(1.0, f64::from);
        list.percent("cpu_percent", Some(loads.iter().sum::<f64>() / cores), 1.0);
    }
    for (at, name) in STORAGES {
        if let (Some(size), Some(used)) = (cell(all, STORAGE_SIZE, at), cell(all, STORAGE_USED, at))
            && size > 0.0
        {
            list.percent(name, Some(used), 100.0 / size);
        }
    }
    let gauges = all.column(GAUGE_VALUE);
    if gauges.is_empty() {
        return scalars(all, list);
    }
    for (at, value) in gauges {
        let (of, value) = (label(all, GAUGE_NAME, at), number(value));
        match all.cell(GAUGE_UNIT, at).and_then(code) {
            Some(1) => list.celsius(of, value, 1.0),
            Some(2) => list.amount("fan_rpm", of, value, 1.0),
            Some(3) => list.add("voltage_v", of, value, 0.1),
            Some(4) => list.add("current_a", of, value, 0.1),
            Some(5) => list.amount("power_w", of, value, 0.1),
            Some(6) => list.add("fault", of, value, 1.0),
            // A unit that no document names has no scale.
            _ => {}
        }
    }
}

fn scalars(all: &Branch<'_>, list: &mut List) {
    let scalar = |object: u32| {
        let mut oid = HEALTH.to_vec();
        oid.push(object);
        all.number(&oid)
    };
    let of = |name: &str| Some(name.to_owned());
    list.amount("voltage_v", None, scalar(8), 0.1);
    list.celsius(of("board"), scalar(10), 0.1);
    list.celsius(of("cpu"), scalar(11), 0.1);
    list.amount("power_w", None, scalar(12), 0.1);
    list.amount("current_a", None, scalar(13), 0.001);
    list.amount("fan_rpm", of("fan1"), scalar(17), 1.0);
    list.amount("fan_rpm", of("fan2"), scalar(18), 1.0);
}

const NOKIA_CPU: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 1, 0];
const NOKIA_USED_KB: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 9, 0];
const NOKIA_FREE_KB: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 10, 0];
const HW_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 8, 1];
const HW_HAS_SENSOR: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 17, 1];
const HW_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 18, 1];
const HW_THRESHOLD: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 19, 1];
const FAN_STATUS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 24, 1, 1, 2];
const FAN_SPEED: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 24, 1, 1, 5];

/// Seven columns of nine rows: the whole chassis MIB takes a box tens of seconds.
pub(super) const NOKIA: Wanted = Wanted {
    scalars: &[NOKIA_CPU, NOKIA_USED_KB, NOKIA_FREE_KB],
    columns: &[HW_NAME, HW_HAS_SENSOR, HW_TEMPERATURE, HW_THRESHOLD, FAN_STATUS, FAN_SPEED],
};

pub(super) fn nokia(all: &Branch<'_>, list: &mut List) {
    list.percent("cpu_percent", all.number(NOKIA_CPU), 1.0);
    list.amount("memory_used_mb", None, all.number(NOKIA_USED_KB), 0.001);
    list.amount("memory_available_mb", None, all.number(NOKIA_FREE_KB), 0.001);
    for (at, value) in all.column(HW_TEMPERATURE) {
        // -128 where the part has no sensor.
        if all.cell(HW_HAS_SENSOR, at).and_then(code) == Some(1) {
            let of = label(all, HW_NAME, at);
            list.celsius(of.clone(), number(value), 1.0);
            list.amount("temperature_limit_c", of, cell(all, HW_THRESHOLD, at), 1.0);
        }
    }
    // The index is chassis class, chassis, fan.
    for (at, (_, value)) in (1..).zip(all.column(FAN_STATUS)) {
        let failed = match code(value) {
            Some(3) => 0.0,
            Some(4) => 1.0,
            _ => continue,
        };
        list.add("fault", Some(format!("fan {at}")), Some(failed), 1.0);
    }
    for (at, (_, value)) in (1..).zip(all.column(FAN_SPEED)) {
        list.amount("fan_speed_percent", Some(format!("fan {at}")), number(value), 1.0);
    }
}
