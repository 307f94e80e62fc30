//! A lab: which devices there are, with their knobs; read from TOML or built in code.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::core::{Device, Ports, SimClock};
use crate::inventory;
use crate::kinds::{self, Kind};

/// One device as a lab file states it (`[[device]]`).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSpec {
    /// Unique in the lab.
    pub name: String,
    /// The simulator's kind, see [`kinds::KINDS`].
    pub kind: String,
    /// The address on which it listens; loopback.
    pub address: IpAddr,
    /// Ports; one that is absent is the kind's own, 0 lets the system pick.
    #[serde(default)]
    pub ports: Ports,
    /// The contract's device type; the kind's own if absent.
    #[serde(default, rename = "type")]
    pub device_type: Option<String>,
    /// The contract's role; the kind's own if absent.
    #[serde(default)]
    pub role: Option<String>,
    /// Knobs.
    #[serde(default)]
    pub state: Map<String, Value>,
}

impl DeviceSpec {
    /// A device on 127.0.0.1 with every port picked by the system: what a test wants.
    pub fn local(name: &str, kind: &str, state: Value) -> Self {
        let any = Ports { ssh: Some(0), snmp: Some(0), http: Some(0), https: Some(0) };
        let state = if let Value::Object(state) = state { state } else { Map::new() };
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: any,
            device_type: None,
            role: None,
            state,
        }
    }

    /// The kind's row; errors: a kind that does not exist.
    pub fn kind(&self) -> anyhow::Result<&'static Kind> {
        kinds::find(&self.kind).with_context(|| {
            format!("device {}: no kind `{}`; there are: {}", self.name, self.kind, kinds::names().join(", "))
        })
    }

    /// The device, not listening yet; errors: a kind that does not exist.
    pub fn build(&self, clock: SimClock) -> anyhow::Result<Arc<Device>> {
        let kind = self.kind()?;
        let device_type = self.device_type.as_deref().unwrap_or(kind.device_type);
        let role = self.role.as_deref().unwrap_or(kind.role);
        Ok(Device::new(&self.name, &self.kind, device_type, role, self.address, clock, self.state.clone()))
    }
}

/// All devices of a lab.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabSpec {
    /// In the file's order.
    #[serde(default, rename = "device")]
    pub devices: Vec<DeviceSpec>,
}

impl LabSpec {
    /// A lab of these devices.
    pub fn of(devices: Vec<DeviceSpec>) -> Self {
        Self { devices }
    }

    /// Reads a lab file; a relative `state.file` counts from the lab file's folder. Errors: an unreadable file,
    /// bad TOML, an unknown key, and what [`LabSpec::check`] finds.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("lab file {}", path.display()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::parse(&text, folder).with_context(|| format!("lab file {}", path.display()))
    }

    /// Parses a lab file's text; `folder` is where relative paths count from.
    pub fn parse(text: &str, folder: &Path) -> anyhow::Result<Self> {
        let mut lab: Self = toml::from_str(text)?;
        for device in &mut lab.devices {
            if let Some(Value::String(file)) = device.state.get_mut("file") {
                *file = folder.join(&*file).to_string_lossy().into_owned();
            }
        }
        lab.check()?;
        Ok(lab)
    }

    /// The inventory of this lab without starting it, as YAML. Errors: what [`LabSpec::check`] refuses, a port left to
    /// the system (it is not known before the lab runs).
    pub fn inventory_yaml(&self) -> anyhow::Result<String> {
        self.check()?;
        let clock = SimClock::default();
        let mut devices = Vec::new();
        for spec in &self.devices {
            let device = spec.build(clock.clone())?;
            let ports = spec.kind()?.wanted(spec.ports);
            let all = [ports.ssh, ports.snmp, ports.http, ports.https];
            anyhow::ensure!(
                !all.contains(&Some(0)),
                "device {}: port 0 is picked when the lab starts, so no inventory can be printed before",
                spec.name
            );
            device.bound(|bound| *bound = ports);
            devices.push(device);
        }
        Ok(inventory::yaml(&devices))
    }

    /// Refuses what cannot run: a name used twice, an unknown kind, an address that is not loopback, a knob or a
    /// port that the kind does not have.
    pub fn check(&self) -> anyhow::Result<()> {
        let mut names = std::collections::HashSet::new();
        for device in &self.devices {
            let kind = device.kind()?;
            anyhow::ensure!(!device.name.is_empty(), "a device has an empty name");
            anyhow::ensure!(names.insert(&device.name), "two devices are named {}", device.name);
            anyhow::ensure!(
                device.address.is_loopback(),
                "device {}: {} is not a loopback address",
                device.name,
                device.address
            );
            kind.check_state(&device.state).with_context(|| format!("device {}", device.name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<LabSpec> {
        LabSpec::parse(text, Path::new("/labs"))
    }

    #[test]
    fn the_shipped_lab_has_no_two_devices_at_one_address() {
        let lab = parse(include_str!("../labs/site.toml")).unwrap();
        let mut addresses: Vec<_> = lab.devices.iter().map(|device| device.address).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), lab.devices.len());
    }

    #[test]
    fn reads_devices_with_defaults_and_relative_files() {
        let lab = parse(
            r#"
            [[device]]
            name = "r1"
            kind = "routeros"
            address = "127.1.0.1"
            ports = { ssh = 2222 }
            [device.state]
            version = "6.49.17"
            file = "exports/r1.rsc"

            [[device]]
            name = "u1"
            kind = "apc-ups"
            address = "127.1.0.2"
            type = "APCUPS2"
            role = "rpc"
            "#,
        )
        .unwrap();
        assert_eq!(lab.devices.len(), 2);
        assert_eq!(lab.devices[0].ports, Ports { ssh: Some(2222), ..Ports::default() });
        assert_eq!(lab.devices[0].state["file"], "/labs/exports/r1.rsc");
        assert_eq!(lab.devices[0].state["version"], "6.49.17");
        assert_eq!(lab.devices[1].device_type.as_deref(), Some("APCUPS2"));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let head = "[[device]]\nname = \"r1\"\naddress = \"127.1.0.1\"\n";
        let cases = [
            (format!("{head}kind = \"routeros\"\nadress = 1\n"), "adress"),
            (format!("{head}kind = \"routerboard\"\n"), "no kind `routerboard`"),
            (format!("{head}kind = \"routeros\"\nports = {{ telnet = 1 }}\n"), "telnet"),
            (format!("{head}kind = \"routeros\"\nstate = {{ versoin = \"7\" }}\n"), "versoin"),
            (format!("{head}kind = \"routeros\"\n{head}kind = \"routeros\"\n"), "two devices are named r1"),
            (head.replace("127.1.0.1", "192.0.2.1") + "kind = \"routeros\"\n", "not a loopback"),
        ];
        for (text, words) in cases {
            let error = format!("{:#}", parse(&text).unwrap_err());
            assert!(error.contains(words), "{error} lacks {words}");
        }
    }
}
