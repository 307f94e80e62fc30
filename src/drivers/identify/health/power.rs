//! Power equipment that no driver speaks to by type: Eaton by XUPS-MIB, CyberPower by CPS-MIB (spec/field-devices.md
//! 3.5), ICT inverters (3.2).

use super::{List, Wanted};
use crate::drivers::power::{Branch, number};

const EATON_RUNTIME: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 2, 1, 0];
const EATON_BATTERY_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 2, 2, 0];
const EATON_BATTERY_AMPERES: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 2, 3, 0];
const EATON_CHARGE: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 2, 4, 0];
const EATON_INPUT_HERTZ: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 3, 1, 0];
const EATON_INPUT_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 3, 4, 1, 2];
const EATON_LOAD: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 4, 1, 0];
const EATON_OUTPUT_HERTZ: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 4, 2, 0];
const EATON_OUTPUT_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 4, 4, 1, 2];
const EATON_OUTPUT_AMPERES: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 4, 4, 1, 3];
const EATON_OUTPUT_WATTS: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 4, 4, 1, 4];
const EATON_AMBIENT: &[u32] = &[1, 3, 6, 1, 4, 1, 534, 1, 6, 1, 0];

/// XUPS-MIB: volts, amperes and watts are whole, frequencies are tenths, the run time is in seconds.
pub(super) const EATON: Wanted = Wanted {
    scalars: &[
        EATON_RUNTIME,
        EATON_BATTERY_VOLTS,
        EATON_BATTERY_AMPERES,
        EATON_CHARGE,
        EATON_INPUT_HERTZ,
        EATON_LOAD,
        EATON_OUTPUT_HERTZ,
        EATON_AMBIENT,
    ],
    columns: &[EATON_INPUT_VOLTS, EATON_OUTPUT_VOLTS, EATON_OUTPUT_AMPERES, EATON_OUTPUT_WATTS],
};

pub(super) fn eaton(all: &Branch<'_>, list: &mut List) {
    list.amount("runtime_min", None, all.number(EATON_RUNTIME), 1.0 / 60.0);
    list.amount("battery_voltage_v", None, all.number(EATON_BATTERY_VOLTS), 1.0);
    list.add("battery_current_a", None, all.number(EATON_BATTERY_AMPERES), 1.0);
    list.percent("battery_percent", all.number(EATON_CHARGE), 1.0);
    list.amount("input_frequency_hz", None, all.number(EATON_INPUT_HERTZ), 0.1);
    lines(all, list, EATON_INPUT_VOLTS, "input_voltage_v");
    list.percent("load_percent", all.number(EATON_LOAD), 1.0);
    list.amount("output_frequency_hz", None, all.number(EATON_OUTPUT_HERTZ), 0.1);
    lines(all, list, EATON_OUTPUT_VOLTS, "output_voltage_v");
    lines(all, list, EATON_OUTPUT_AMPERES, "output_current_a");
    lines(all, list, EATON_OUTPUT_WATTS, "output_power_w");
    list.celsius(Some("ambient".to_owned()), all.number(EATON_AMBIENT), 1.0);
}

fn lines(all: &Branch<'_>, list: &mut List, column: &[u32], name: &'static str) {
    for (line, value) in all.column(column) {
        list.amount(name, Some(format!("line {line}")), number(value), 1.0);
    }
}

const CPS_CHARGE: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 2, 2, 1, 0];
const CPS_BATTERY_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 2, 2, 2, 0];
const CPS_BATTERY_CELSIUS: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 2, 2, 3, 0];
const CPS_RUNTIME: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 2, 2, 4, 0];
const CPS_REPLACE: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 2, 2, 5, 0];
const CPS_INPUT_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 3, 2, 1, 0];
const CPS_INPUT_HERTZ: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 3, 2, 4, 0];
const CPS_OUTPUT_STATUS: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 4, 1, 1, 0];
const CPS_OUTPUT_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 4, 2, 1, 0];
const CPS_OUTPUT_HERTZ: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 4, 2, 2, 0];
const CPS_LOAD: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 4, 2, 3, 0];
const CPS_OUTPUT_AMPERES: &[u32] = &[1, 3, 6, 1, 4, 1, 3808, 1, 1, 1, 4, 2, 4, 0];

/// CPS-MIB: tenths of volts, hertz and amperes; whole degrees; run time in hundredths of a second.
pub(super) const CYBERPOWER: Wanted = Wanted {
    scalars: &[
        CPS_CHARGE,
        CPS_BATTERY_VOLTS,
        CPS_BATTERY_CELSIUS,
        CPS_RUNTIME,
        CPS_REPLACE,
        CPS_INPUT_VOLTS,
        CPS_INPUT_HERTZ,
        CPS_OUTPUT_STATUS,
        CPS_OUTPUT_VOLTS,
        CPS_OUTPUT_HERTZ,
        CPS_LOAD,
        CPS_OUTPUT_AMPERES,
    ],
    columns: &[],
};

pub(super) fn cyberpower(all: &Branch<'_>, list: &mut List) {
    list.percent("battery_percent", all.number(CPS_CHARGE), 1.0);
    list.amount("battery_voltage_v", None, all.number(CPS_BATTERY_VOLTS), 0.1);
    list.celsius(Some("battery".to_owned()), all.number(CPS_BATTERY_CELSIUS), 1.0);
    list.amount("runtime_min", None, all.number(CPS_RUNTIME), 1.0 / 6000.0);
    list.amount("input_voltage_v", None, all.number(CPS_INPUT_VOLTS), 0.1);
    list.amount("input_frequency_hz", None, all.number(CPS_INPUT_HERTZ), 0.1);
    list.amount("output_voltage_v", None, all.number(CPS_OUTPUT_VOLTS), 0.1);
    list.amount("output_frequency_hz", None, all.number(CPS_OUTPUT_HERTZ), 0.1);
    list.percent("load_percent", all.number(CPS_LOAD), 1.0);
    list.amount("output_current_a", None, all.number(CPS_OUTPUT_AMPERES), 0.1);
    list.amount("output_status_code", None, all.number(CPS_OUTPUT_STATUS), 1.0);
    list.amount("replace_battery_code", None, all.number(CPS_REPLACE), 1.0);
}

const INVERTER_BATTERY: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 12, 6, 0];
const INVERTER_VOLTS: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 12, 7, 0];
const INVERTER_POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 12, 8, 0];
const INVERTER_STATUS: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 12, 9, 0];
const INVERTER_RELAY: &[u32] = &[1, 3, 6, 1, 4, 1, 39145, 12, 11, 0];

/// ICT-INVERTER-MIB: numbers as text.
pub(super) const INVERTER: Wanted = Wanted {
    scalars: &[INVERTER_BATTERY, INVERTER_VOLTS, INVERTER_POWER, INVERTER_STATUS, INVERTER_RELAY],
    columns: &[],
};

pub(super) fn inverter(all: &Branch<'_>, list: &mut List) {
    list.add("battery_voltage_v", None, all.number(INVERTER_BATTERY), 1.0);
    list.amount("output_voltage_v", None, all.number(INVERTER_VOLTS), 1.0);
    list.percent("load_percent", all.number(INVERTER_POWER), 1.0);
    list.amount("status_code", None, all.number(INVERTER_STATUS), 1.0);
    list.amount("transfer_relay_code", None, all.number(INVERTER_RELAY), 1.0);
}
