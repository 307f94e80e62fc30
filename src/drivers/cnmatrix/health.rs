//! What a cnMatrix tells of its health: its pages nothing but the firmware; its SNMP agent the rest, where the inventory has
//! credentials for it (spec/field-devices.md 2.5).

use super::agent::Told;
use crate::drivers::identify::health::Reading;
use crate::model::{Health, Metric};

/// The label of the only sensor.
const SYSTEM: &str = "system";
/// The label of what all processors have together.
const ALL: &str = "all";

/// `version` is that of the pages; none where they were not asked. The memory in use is told as a share, and how much
/// there is nowhere, so that it is left out.
pub(super) fn health(version: Option<String>, told: &Told) -> Health {
    let mut health = Health { firmware: version, ..Health::default() };
    let Told::Own(identity, readings) = told else { return health };
    health.model = identity.model.clone();
    health.firmware = health.firmware.or_else(|| identity.version.clone());
    for reading in readings {
        let of = reading.of.as_deref().map(|of| of.strip_prefix("port ").unwrap_or(of));
        match (reading.name, of) {
            ("temperature_c", of) => health.put(Metric::Temperature, of.unwrap_or(SYSTEM), value(reading, 1.0)),
            ("cpu_percent", _) => health.put(Metric::CpuBusy, ALL, value(reading, 0.01)),
            ("poe_power_w", Some(port)) => {
                health.put(Metric::PoePower, port, value(reading, 1.0));
                health.put_state(Metric::PoeUp, port, reading.value.map(|watts| watts > 0.0));
            }
            _ => {}
        }
    }
    health
}

/// From the raw value, rounded to a millionth: 24500 x 0.001 is 24.5.
fn value(reading: &Reading, factor: f64) -> Option<f64> {
    reading.value.map(|_| (reading.raw * reading.scale * factor * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::identify::Identity;
    use crate::model::FailureClass;

    #[test]
    fn the_agent_tells_what_the_pages_do_not() {
        let reading = |name, of: Option<&str>, raw: f64, scale: f64| Reading {
            name,
            of: of.map(str::to_owned),
            value: Some(raw * scale),
            raw,
            scale,
            reason: None,
        };
        let none = Reading { value: None, reason: Some("no_probe"), ..reading("temperature_c", None, 1000.0, 1.0) };
        let readings = vec![
            reading("temperature_c", None, 43.0, 1.0),
            reading("cpu_percent", None, 7.0, 1.0),
            reading("memory_used_percent", None, 40.0, 1.0),
            reading("poe_voltage_v", Some("port 3"), 540.0, 0.1),
            reading("poe_power_w", Some("port 3"), 24_500.0, 0.001),
            reading("poe_power_w", Some("port 4"), 0.0, 0.001),
        ];
        let identity = Identity {
            model: Some("TX1012-P-DC".to_owned()),
            version: Some("4.4-r3".to_owned()),
            ..Identity::default()
        };
        let read = health(None, &Told::Own(Box::new(identity.clone()), readings));
        assert_eq!((read.model.as_deref(), read.firmware.as_deref()), (Some("TX1012-P-DC"), Some("4.4-r3")));
        let list: Vec<_> =
            read.readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect();
        assert_eq!(
            list,
            [
                (Metric::Temperature, "system", 43.0),
                (Metric::CpuBusy, "all", 0.07),
                (Metric::PoePower, "3", 24.5),
                (Metric::PoeUp, "3", 1.0),
                (Metric::PoePower, "4", 0.0),
                (Metric::PoeUp, "4", 0.0),
            ]
        );
        assert_eq!(health(None, &Told::Own(Box::new(identity), vec![none])).readings, []);
        for told in [Told::NotAsked, Told::Silent(FailureClass::Timeout)] {
            let read = health(Some("4.4-r3".to_owned()), &told);
            assert_eq!((read.firmware.as_deref(), read.model, read.readings), (Some("4.4-r3"), None, Vec::new()));
        }
    }
}
