//! `--fleet N --kind K`: many devices alike, each on a loopback address of its own.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value};

use crate::core::Ports;
use crate::lab::{DeviceSpec, LabSpec};

/// The first address of a fleet, 127.1.0.1.
const FIRST: u32 = 0x7f01_0001;

/// The most that fit before 127.255.255.255.
const MOST: u32 = 0x7fff_ffff - FIRST;

/// A lab of `count` devices of one kind: `KIND-00001` at 127.1.0.1 and on, all on the kind's own ports, all with
/// the same knobs. A routeros device's `identity` is its name unless the knobs say another. Errors: none or too many,
/// an unknown kind, a knob that the kind does not have.
pub fn fleet(count: u32, kind: &str, state: &Map<String, Value>) -> anyhow::Result<LabSpec> {
    anyhow::ensure!(count > 0 && count <= MOST, "a fleet has 1 to {MOST} devices, not {count}");
    let devices = (0..count)
        .map(|index| DeviceSpec {
            name: format!("{kind}-{:05}", index.saturating_add(1)),
            kind: kind.to_owned(),
            address: IpAddr::V4(Ipv4Addr::from_bits(FIRST.saturating_add(index))),
            ports: Ports::default(),
            device_type: None,
            role: None,
            state: state.clone(),
        })
        .collect();
    let lab = LabSpec::of(devices);
    lab.check()?;
    Ok(lab)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_has_an_address_of_its_own() {
        let lab = fleet(300, "routeros", &Map::new()).unwrap();
        let address = |index: usize| lab.devices[index].address.to_string();
        assert_eq!(
            (address(0), address(254), address(255)),
            ("127.1.0.1".into(), "127.1.0.255".into(), "127.1.1.0".into())
        );
        assert_eq!(lab.devices[299].name, "routeros-00300");
    }

    #[test]
    fn refuses_none_and_unknown_kinds() {
        assert!(fleet(0, "routeros", &Map::new()).is_err());
        assert!(fleet(1, "nothing", &Map::new()).is_err());
    }
}
