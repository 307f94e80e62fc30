//! What the SC501's documents tell of its health (spec/field-devices.md 2.3): the battery's voltage, and whether it feeds the
//! load.

use crate::drivers::Facts;
use crate::drivers::power::{Record, Source};
use crate::model::{Health, Metric};

/// Of a state that no document names the source is not known, and no source is shown.
pub(super) fn health(facts: Facts, record: &Record) -> Health {
    let mut health = Health { model: facts.model, firmware: facts.version, ..Health::default() };
    health.put(Metric::BatteryVoltage, "", record.value("battery_voltage_v"));
    if record.source != Source::Unknown {
        for (source, name) in [
            (Source::Mains, "mains"),
            (Source::Battery, "battery"),
            (Source::Bypass, "bypass"),
            (Source::Boost, "boost"),
            (Source::Off, "off"),
        ] {
            health.put_state(Metric::PowerSource, name, Some(source == record.source));
        }
    }
    health
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_is_not_known_is_none_of_them() {
        let read = |source, volts: Option<f64>| {
            let mut record = Record { source, ..Record::default() };
            record.amount("battery_voltage_v", volts, 1.0);
            let readings = health(Facts::default(), &record).readings;
            readings.into_iter().map(|reading| (reading.metric, reading.of, reading.value)).collect::<Vec<_>>()
        };
        let row = |metric, of: &str, value| (metric, of.to_owned(), value);
        assert_eq!(read(Source::Unknown, None), []);
        assert_eq!(read(Source::Unknown, Some(-1.0)), [], "no voltage");
        assert_eq!(
            read(Source::Battery, Some(48.1)),
            [
                row(Metric::BatteryVoltage, "", 48.1),
                row(Metric::PowerSource, "mains", 0.0),
                row(Metric::PowerSource, "battery", 1.0),
                row(Metric::PowerSource, "bypass", 0.0),
                row(Metric::PowerSource, "boost", 0.0),
                row(Metric::PowerSource, "off", 0.0),
            ]
        );
    }
}
