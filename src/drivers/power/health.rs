//! The health of power equipment, from its normalised record. One function for all families: their scales and sentinels
//! are dealt with in the record.

use std::time::Duration;

use super::record::{Measure, OutletState, Record, Source};
use crate::model::{Health, Metric};

/// Alarms that are shown of one device.
const MOST_ALARMS: usize = 64;

/// The sources that [`Metric::PowerSource`] has a series for.
const SOURCES: [(Source, &str); 5] = [
    (Source::Mains, "mains"),
    (Source::Battery, "battery"),
    (Source::Bypass, "bypass"),
    (Source::Boost, "boost"),
    (Source::Off, "off"),
];

/// Where a measurement of the record goes: its metric, the metric's label, and by what it is multiplied.
const MEASURES: [(&str, Metric, &str, f64); 13] = [
    ("bus_voltage_v", Metric::Voltage, "bus", 1.0),
    ("bus_current_a", Metric::Current, "bus", 1.0),
    ("input_voltage_v", Metric::InputVoltage, "", 1.0),
    ("input_frequency_hz", Metric::InputFrequency, "", 1.0),
    ("output_voltage_v", Metric::OutputVoltage, "", 1.0),
    ("output_current_a", Metric::OutputCurrent, "", 1.0),
    ("output_power_w", Metric::OutputPower, "", 1.0),
    ("load_percent", Metric::Load, "", 0.01),
    ("battery_voltage_v", Metric::BatteryVoltage, "", 1.0),
    ("battery_current_a", Metric::BatteryCurrent, "", 1.0),
    ("battery_percent", Metric::BatteryCharge, "", 0.01),
    ("runtime_min", Metric::BatteryRuntime, "", 60.0),
    // RFC 1628 and PowerNet-MIB: of the battery. An ICT's probe hangs there as well (spec/field-devices.md 3.1).
    ("temperature_c", Metric::BatteryTemperature, "", 1.0),
];

/// What a record says. `uptime` is that of the agent.
///
/// Voltages and currents of a -48 V plant keep their sign. The current of a battery is as the device gives it, for whose
/// sign no document answers; only while the load runs from the battery it is surely one of discharge, and negative.
pub fn health(record: &Record, uptime: Option<Duration>) -> Health {
    let mut health =
        Health { model: record.model.clone(), firmware: record.firmware.clone(), uptime, ..Health::default() };
    for (name, metric, of, factor) in MEASURES {
        let measure = record.measures.iter().find(|measure| measure.name == name);
        let value = measure.and_then(|measure| base(measure, factor));
        let value = match (metric, record.source) {
            (Metric::BatteryCurrent, Source::Battery) => value.map(|amperes| -amperes.abs()),
            _ => value,
        };
        health.put(metric, of, value);
    }
    if record.source != Source::Unknown {
        for (source, name) in SOURCES {
            health.put_state(Metric::PowerSource, name, Some(source == record.source));
        }
    }
    for outlet in &record.outlets {
        let on = match outlet.state {
            OutletState::On => Some(true),
            OutletState::Off => Some(false),
            OutletState::Unknown => None,
        };
        let fuse = match outlet.fuse {
            Some("ok") => Some(true),
            Some("open") => Some(false),
            _ => None,
        };
        health.put_state(Metric::OutletUp, &outlet.id, on);
        health.put(Metric::OutletCurrent, &outlet.id, outlet.current_a);
        health.put_state(Metric::FuseOk, &outlet.id, fuse);
    }
    for rectifier in &record.rectifiers {
        health.put_state(Metric::RectifierUp, &rectifier.id, rectifier.up);
        health.put(Metric::RectifierCurrent, &rectifier.id, rectifier.current_a);
    }
    for alarm in record.alarms.iter().take(MOST_ALARMS) {
        health.put_state(Metric::AlarmActive, &alarm.name, Some(true));
    }
    health.put_state(Metric::AlarmActive, "replace battery", record.replace_battery);
    health
}

/// From the raw value, since the record's is rounded to a millionth of another unit.
fn base(measure: &Measure, factor: f64) -> Option<f64> {
    measure.value?;
    let value = measure.raw? * measure.scale * factor;
    Some((value * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::power::{Alarm, Outlet};

    fn values(health: &Health, metric: Metric) -> Vec<(&str, f64)> {
        let of = health.readings.iter().filter(|reading| reading.metric == metric);
        of.map(|reading| (reading.of.as_str(), reading.value)).collect()
    }

    #[test]
    fn units_are_base_units_and_sentinels_are_absent() {
        let mut record = Record::default();
        record.amount("runtime_min", Some(10_976_200.0), 1.0 / 6000.0);
        record.charge([(Some(985.0), 0.1)]);
        record.amount("load_percent", Some(25.0), 1.0);
        record.amount("output_power_w", Some(-1.0), 10.0);
        record.temperature(Some(1000.0), 1.0);
        record.measure("bus_voltage_v", Some(-55.2), 1.0);
        let health = health(&record, None);
        // 10,976,200 hundredths of a second.
        assert_eq!(values(&health, Metric::BatteryRuntime), [("", 109_762.0)]);
        assert_eq!(values(&health, Metric::BatteryCharge), [("", 0.985)]);
        assert_eq!(values(&health, Metric::Load), [("", 0.25)]);
        assert_eq!(values(&health, Metric::Voltage), [("bus", -55.2)]);
        assert_eq!(health.readings.len(), 4, "{health:?}");
    }

    #[test]
    fn a_source_that_is_not_known_is_none_of_them() {
        assert_eq!(values(&health(&Record::default(), None), Metric::PowerSource), []);
        let record = Record { source: Source::Battery, ..Record::default() };
        let on = values(&health(&record, None), Metric::PowerSource)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Vec<_>>();
        let row = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            on,
            [row("mains", 0.0), row("battery", 1.0), row("bypass", 0.0), row("boost", 0.0), row("off", 0.0)]
        );
    }

    #[test]
    fn a_battery_that_carries_the_load_discharges() {
        let read = |source| {
            let mut record = Record { source, ..Record::default() };
            record.measure("battery_current_a", Some(73.0), 0.1);
            let health = health(&record, None);
            values(&health, Metric::BatteryCurrent).first().map(|(_, amperes)| *amperes)
        };
        assert_eq!(
            (read(Source::Battery), read(Source::Mains), read(Source::Unknown)),
            (Some(-7.3), Some(7.3), Some(7.3))
        );
    }

    #[test]
    fn outlets_fuses_and_alarms() {
        let outlet = |id: &str, state, fuse| Outlet {
            id: id.to_owned(),
            index: 0,
            label: None,
            state,
            fuse,
            current_a: (id == "1A").then_some(-1.9),
            controllable: true,
        };
        let alarm = || Alarm { name: "door".to_owned() };
        let record = Record {
            outlets: vec![
                outlet("1A", OutletState::On, Some("ok")),
                outlet("2A", OutletState::Off, Some("open")),
                outlet("3A", OutletState::Unknown, None),
            ],
            alarms: vec![alarm(), alarm()],
            replace_battery: Some(false),
            ..Record::default()
        };
        let health = health(&record, None);
        assert_eq!(values(&health, Metric::OutletUp), [("1A", 1.0), ("2A", 0.0)]);
        assert_eq!(values(&health, Metric::FuseOk), [("1A", 1.0), ("2A", 0.0)]);
        assert_eq!(values(&health, Metric::OutletCurrent), [("1A", -1.9)]);
        assert_eq!(values(&health, Metric::AlarmActive), [("door", 1.0), ("replace battery", 0.0)]);
    }
}
