//! The health of a device of no type: what the driver of its family reads, where its identity names one, else the values
//! that `identify` finds by the vendor's own objects. Always its interfaces.

use crate::drivers::identify::health::Reading;
use crate::model::{Health, Metric};

/// The label of a value that is that of all processors together.
const ALL: &str = "all";
/// The label of the only sensor, or the only radio, of a device that does not name it.
const SYSTEM: &str = "system";
const RADIO: &str = "radio";

/// Adds what was read of the vendor's objects. Of three phases the voltage is the first's, current and power are the
/// sums. What no metric says (codes, satellites, levels of single stations) is left out. Pure.
pub(super) fn put(health: &mut Health, readings: &[Reading]) {
    for reading in readings {
        let of = reading.of.as_deref();
        let value = |factor: f64| reading.value.map(|_| rounded(reading.raw * reading.scale * factor));
        let (metric, label, value) = match reading.name {
            "temperature_c" if of == Some("battery") => (Metric::BatteryTemperature, "", value(1.0)),
            "temperature_c" => (Metric::Temperature, of.unwrap_or(SYSTEM), value(1.0)),
            "voltage_v" => (Metric::Voltage, of.unwrap_or(SYSTEM), value(1.0)),
            "current_a" => (Metric::Current, of.unwrap_or(SYSTEM), value(1.0)),
            "dc_input_current_a" => (Metric::Current, "dc-input", value(1.0)),
            "power_w" => (Metric::PowerDrawn, of.unwrap_or(SYSTEM), value(1.0)),
            "fan_rpm" => (Metric::FanSpeed, number(of, "fan ").unwrap_or(SYSTEM), value(1.0)),
            "cpu_percent" => (Metric::CpuBusy, ALL, value(0.01)),
            "frequency_mhz" => (Metric::RadioFrequency, of.unwrap_or(RADIO), value(1e6)),
            "downlink_rssi_dbm" => (Metric::RadioRsl, RADIO, value(1.0)),
            "downlink_snr_db" => (Metric::RadioSnr, RADIO, value(1.0)),
            "connected_subscribers" | "peers" => (Metric::RadioStations, "", value(1.0)),
            "poe_power_w" => (Metric::PoePower, number(of, "port ").unwrap_or(SYSTEM), value(1.0)),
            "runtime_min" => (Metric::BatteryRuntime, "", value(60.0)),
            "battery_voltage_v" => (Metric::BatteryVoltage, "", value(1.0)),
            "battery_current_a" => (Metric::BatteryCurrent, "", value(1.0)),
            "battery_percent" => (Metric::BatteryCharge, "", value(0.01)),
            "input_voltage_v" => (Metric::InputVoltage, "", value(1.0)),
            "input_frequency_hz" => (Metric::InputFrequency, "", value(1.0)),
            "output_voltage_v" => (Metric::OutputVoltage, "", value(1.0)),
            "output_current_a" => (Metric::OutputCurrent, "", sum(readings, reading.name)),
            "output_power_w" => (Metric::OutputPower, "", sum(readings, reading.name)),
            "load_percent" => (Metric::Load, "", value(0.01)),
            _ => continue,
        };
        health.put(metric, label, value);
    }
}

/// None where one of them is not known: a part is no sum.
fn sum(readings: &[Reading], name: &str) -> Option<f64> {
    let lines = readings.iter().filter(|reading| reading.name == name);
    lines.map(|reading| reading.value).sum::<Option<f64>>().map(rounded)
}

/// `3` of `port 3`.
fn number<'a>(of: Option<&'a str>, word: &str) -> Option<&'a str> {
    let of = of?;
    Some(of.strip_prefix(word).unwrap_or(of))
}

/// Six decimal places: 259 x 0.1 x 0.01 is 0.259, not 0.25900000000000006.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &'static str, of: Option<&str>, raw: f64, scale: f64) -> Reading {
        Reading { name, of: of.map(str::to_owned), value: Some(raw * scale), raw, scale, reason: None }
    }

    fn list(readings: &[Reading]) -> Vec<(Metric, String, f64)> {
        let mut health = Health::default();
        put(&mut health, readings);
        health.readings.into_iter().map(|reading| (reading.metric, reading.of, reading.value)).collect()
    }

    #[test]
    fn three_phases_are_one_output() {
        let phases = |name, values: [f64; 3]| {
            values
                .into_iter()
                .zip(["line 1", "line 2", "line 3"])
                .map(move |(value, of)| reading(name, Some(of), value, 1.0))
        };
        let readings: Vec<Reading> = phases("input_voltage_v", [228.0, 232.0, 231.0])
            .chain(phases("output_current_a", [1.0, 5.0, 5.0]))
            .chain(phases("output_power_w", [231.0, 944.0, 882.0]))
            .chain([reading("runtime_min", None, 8620.0, 1.0 / 60.0), reading("cpu_percent", None, 259.0, 0.1)])
            .collect();
        let row = |metric, of: &str, value| (metric, of.to_owned(), value);
        assert_eq!(
            list(&readings),
            [
                row(Metric::InputVoltage, "", 228.0),
                row(Metric::OutputCurrent, "", 11.0),
                row(Metric::OutputPower, "", 2057.0),
                row(Metric::BatteryRuntime, "", 8620.0),
                row(Metric::CpuBusy, "all", 0.259),
            ]
        );
    }

    #[test]
    fn labels_are_those_of_the_device_and_sentinels_are_absent() {
        let none =
            Reading { value: None, reason: Some("no_probe"), ..reading("temperature_c", Some("far"), 1000.0, 1.0) };
        let unknown = Reading { value: None, ..reading("output_power_w", Some("line 2"), -1.0, 1.0) };
        let readings = [
            reading("temperature_c", None, 43.0, 1.0),
            reading("temperature_c", Some("battery"), 36.0, 1.0),
            none,
            reading("fan_rpm", Some("fan 1"), 0.0, 1.0),
            reading("poe_power_w", Some("port 3"), 24_500.0, 0.001),
            reading("output_power_w", Some("line 1"), 231.0, 1.0),
            unknown,
            reading("sync_source_code", None, 2.0, 1.0),
        ];
        let row = |metric, of: &str, value| (metric, of.to_owned(), value);
        assert_eq!(
            list(&readings),
            [
                row(Metric::Temperature, "system", 43.0),
                row(Metric::BatteryTemperature, "", 36.0),
                row(Metric::FanSpeed, "1", 0.0),
                row(Metric::PoePower, "3", 24.5),
            ]
        );
    }
}
