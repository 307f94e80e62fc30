//! Netonix (spec/field-devices.md 2.4) and cnMatrix (2.5).

use super::{List, Wanted, label};
use crate::drivers::power::{Branch, number};

const FAN: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 2, 1, 2];
const TEMPERATURE_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 3, 1, 2];
const TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 3, 1, 3];
const VOLTAGE_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 4, 1, 2];
const VOLTAGE: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 4, 1, 3];
const TOTAL_POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 6, 0];
const DC_CURRENT: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 7, 0];
const DC_EFFICIENCY: &[u32] = &[1, 3, 6, 1, 4, 1, 46242, 8, 0];

/// NETONIX-SWITCH-MIB.
pub(super) const NETONIX: Wanted = Wanted {
    scalars: &[TOTAL_POWER, DC_CURRENT, DC_EFFICIENCY],
    columns: &[FAN, TEMPERATURE_NAME, TEMPERATURE, VOLTAGE_NAME, VOLTAGE],
};

pub(super) fn netonix(all: &Branch<'_>, list: &mut List) {
    for (at, value) in all.column(FAN) {
        list.amount("fan_rpm", Some(format!("fan {at}")), number(value), 1.0);
    }
    for (at, value) in all.column(TEMPERATURE) {
        list.celsius(label(all, TEMPERATURE_NAME, at), number(value), 1.0);
    }
    for (at, value) in all.column(VOLTAGE) {
        list.amount("voltage_v", label(all, VOLTAGE_NAME, at), number(value), 0.01);
    }
    list.amount("power_w", None, all.number(TOTAL_POWER), 0.1);
    list.amount("dc_input_current_a", None, all.number(DC_CURRENT), 0.1);
    list.percent("dc_efficiency_percent", all.number(DC_EFFICIENCY), 1.0);
}

const CN_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 81, 1, 66, 0];
const CN_CPU: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 81, 1, 68, 0];
const CN_MEMORY: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 81, 1, 73, 0];
/// Columns of the table of powered ports, its group 1.
const POE_CURRENT: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 103, 1, 3, 1, 3, 1];
const POE_VOLTAGE: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 103, 1, 3, 1, 4, 1];
const POE_POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 2076, 103, 1, 3, 1, 5, 1];

/// ARICENT-ISS-MIB and ARICENT-POE-MIB.
pub(super) const CNMATRIX: Wanted =
    Wanted { scalars: &[CN_TEMPERATURE, CN_CPU, CN_MEMORY], columns: &[POE_CURRENT, POE_VOLTAGE, POE_POWER] };

pub(super) fn cnmatrix(all: &Branch<'_>, list: &mut List) {
    list.celsius(None, all.number(CN_TEMPERATURE), 1.0);
    list.percent("cpu_percent", all.number(CN_CPU), 1.0);
    list.percent("memory_used_percent", all.number(CN_MEMORY), 1.0);
    for (column, name, scale) in
        [(POE_CURRENT, "poe_current_a", 0.001), (POE_VOLTAGE, "poe_voltage_v", 0.1), (POE_POWER, "poe_power_w", 0.001)]
    {
        for (port, value) in all.column(column) {
            list.amount(name, Some(format!("port {port}")), number(value), scale);
        }
    }
}
