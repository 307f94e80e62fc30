//! What the panel's page tells of its health (spec/field-devices.md 2.1).

use crate::drivers::power::{OutletState, Record};
use crate::model::{Health, Metric};

/// Outputs by what is printed beside them: on or off, current with its sign. Of a fuse the page says only that it is open.
pub(super) fn health(record: &Record) -> Health {
    let mut health = Health { model: record.model.clone(), firmware: record.firmware.clone(), ..Health::default() };
    for outlet in &record.outlets {
        let on = match outlet.state {
            OutletState::On => Some(true),
            OutletState::Off => Some(false),
            OutletState::Unknown => None,
        };
        health.put_state(Metric::OutletUp, &outlet.id, on);
        health.put(Metric::OutletCurrent, &outlet.id, outlet.current_a);
        health.put_state(Metric::FuseOk, &outlet.id, (outlet.fuse == Some("open")).then_some(false));
    }
    health
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::power::Outlet;

    #[test]
    fn a_state_that_is_not_known_is_absent() {
        let outlet = |id: &str, state, fuse, current_a| Outlet {
            id: id.to_owned(),
            index: 0,
            label: None,
            state,
            fuse,
            current_a,
            controllable: false,
        };
        let record = Record {
            outlets: vec![
                outlet("1A", OutletState::On, None, Some(-1.1)),
                outlet("2A", OutletState::Off, None, Some(0.0)),
                outlet("3A", OutletState::Unknown, Some("open"), None),
            ],
            ..Record::default()
        };
        let readings = health(&record).readings;
        let list: Vec<_> =
            readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect();
        assert_eq!(
            list,
            [
                (Metric::OutletUp, "1A", 1.0),
                (Metric::OutletCurrent, "1A", -1.1),
                (Metric::OutletUp, "2A", 0.0),
                (Metric::OutletCurrent, "2A", 0.0),
                (Metric::FuseOk, "3A", 0.0),
            ]
        );
    }
}
