//! What a Tachyon's status tells of its health (spec/field-devices.md 2.7): the subscribers of an access point. Signal levels
//! and temperatures are told by its SNMP agent alone.

use super::platform::Kind;
use super::report::Observed;
use crate::model::{Health, Metric};

/// Pure.
pub(super) fn health(observed: &Observed) -> Health {
    let facts = observed.facts();
    let mut health = Health { model: facts.model, firmware: facts.version, ..Health::default() };
    let peers = observed.status.peers.filter(|_| observed.model.kind == Kind::AccessPoint);
    health.put(Metric::RadioStations, "", peers.and_then(|peers| u32::try_from(peers).ok()).map(f64::from));
    health
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::tachyon::parse::status::Status;
    use crate::drivers::tachyon::platform;
    use crate::model::{DeviceType, Reading};

    #[test]
    fn only_an_access_point_has_subscribers() {
        let read = |code: &str, peers| {
            let model = platform::model(DeviceType::parse(code).unwrap()).unwrap();
            let status = Status { model: model.name.to_owned(), peers, ..Status::default() };
            health(&Observed { status, model })
        };
        let stations = |value| vec![Reading { metric: Metric::RadioStations, of: String::new(), value }];
        assert_eq!(read("TYN301", Some(2)).readings, stations(2.0));
        assert_eq!(read("TYN301", Some(0)).readings, stations(0.0));
        assert_eq!(read("TYN301", None).readings, []);
        assert_eq!(read("TYN302", Some(1)).readings, []);
        assert_eq!(read("TYT100", None).model.as_deref(), Some("TNS-100"));
    }
}
