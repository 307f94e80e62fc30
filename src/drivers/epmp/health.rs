//! What an ePMP's status tells of its health (spec/field-devices.md 2.6). Signal levels are not among what it tells; radios
//! of which the inventory has SNMP credentials are better asked that way.

use super::report::Observed;
use crate::model::{Health, Metric};

/// The label of the only radio.
const RADIO: &str = "radio";

/// Channel, power, and the subscriber modules of an access point. A radio without a link shows channel 0, which is none.
pub(super) fn health(observed: &Observed) -> Health {
    let facts = observed.facts();
    let mut health = Health { model: facts.model, firmware: facts.version, ..Health::default() };
    let status = &observed.status;
    health.put(Metric::RadioFrequency, RADIO, status.mhz.filter(|mhz| *mhz > 0).map(|mhz| f64::from(mhz) * 1e6));
    health.put(Metric::RadioTransmitPower, RADIO, status.power.map(f64::from));
    let modules = status.modules.filter(|_| observed.model.access_point);
    health.put(Metric::RadioStations, "", modules.and_then(|modules| u32::try_from(modules).ok()).map(f64::from));
    health
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::epmp::parse::status::Status;
    use crate::drivers::epmp::platform;
    use crate::model::DeviceType;

    fn read(code: &str, status: Status) -> Vec<(Metric, String, f64)> {
        let model = platform::model(DeviceType::parse(code).unwrap()).unwrap();
        let readings = health(&Observed { status, model }).readings;
        readings.into_iter().map(|reading| (reading.metric, reading.of, reading.value)).collect()
    }

    #[test]
    fn units_are_base_units_and_what_is_not_known_is_absent() {
        let status = Status { modules: Some(3), mhz: Some(5600), power: Some(-3), ..Status::default() };
        let own = |metric, of: &str, value| (metric, of.to_owned(), value);
        let radio = [own(Metric::RadioFrequency, "radio", 5.6e9), own(Metric::RadioTransmitPower, "radio", -3.0)];
        assert_eq!(read("CNEP3K", status.clone()), [&radio[..], &[own(Metric::RadioStations, "", 3.0)]].concat());
        // A subscriber module has none, whatever its status says.
        assert_eq!(read("F300-25", status), radio);
        assert_eq!(read("CNEP3K", Status { mhz: Some(0), ..Status::default() }), []);
        let alone = Status { modules: Some(0), ..Status::default() };
        assert_eq!(read("CNEP3K", alone), [own(Metric::RadioStations, "", 0.0)]);
    }
}
