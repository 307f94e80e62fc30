//! What a stage is built from: radios, settings, inventory, images.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use towerhand::clock::Clock;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use super::log::Log;
use super::{
    AFTERNOON, BASELINE, COMMUNITY, DAEMON_RATE, FACTORY, FINAL, OPERATOR, OPERATOR_LABEL, OURS, RATE, Stage, at,
};
use crate::support::{Setup, TestDaemon};

/// A stage that is not built yet.
pub struct Plan {
    radios: Vec<(String, String, Value)>,
    start: Timestamp,
    settings: BTreeMap<String, BTreeMap<String, String>>,
    hops: BTreeMap<String, String>,
    tags: BTreeMap<String, Vec<(String, String)>>,
    windows: String,
    images: Vec<Image>,
    first_address: Ipv4Addr,
    rate: f64,
}

/// An image of the firmware list.
struct Image {
    target: &'static str,
    version: String,
    file: String,
    spoilt: Option<Spoilt>,
}

#[derive(Clone, Copy, PartialEq)]
enum Spoilt {
    Missing,
    Changed,
}

impl Plan {
    /// The daemon's clock begins at another instant.
    pub fn from(mut self, instant: &str) -> Self {
        self.start = at(instant);
        self
    }

    /// The daemon's clock runs as fast as the machine's: where seconds count, and where it is the machine's.
    pub fn real_time(mut self) -> Self {
        self.rate = 1.0;
        self.set("aviat.poll_interval", "\"1s\"").set("aviat.reboot_first_look", "\"200ms\"")
    }

    /// A setting, `aviat.poll_interval`, with its value as it stands in TOML.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let (table, key) = key.split_once('.').unwrap();
        self.settings.entry(table.to_owned()).or_default().insert(key.to_owned(), value.to_owned());
        self
    }

    /// A setting where the plan has no other.
    pub fn or(self, key: &str, value: &str) -> Self {
        let (table, name) = key.split_once('.').unwrap();
        let there = self.settings.get(table).is_some_and(|table| table.contains_key(name));
        if there { self } else { self.set(key, value) }
    }

    /// The device's `hop` in the inventory.
    pub fn hop(mut self, device: &str, hop: &str) -> Self {
        self.hops.insert(device.to_owned(), hop.to_owned());
        self
    }

    /// A tag of the device in the inventory.
    pub fn tag(mut self, device: &str, key: &str, value: &str) -> Self {
        self.tags.entry(device.to_owned()).or_default().push((key.to_owned(), value.to_owned()));
        self
    }

    /// Entries `[[window]]` and `[[blackout]]` of the settings, as they stand in TOML.
    pub fn windows(mut self, text: &str) -> Self {
        self.windows.push_str(text);
        self
    }

    /// The file of the firmware list is not there.
    pub fn without(self, file: &str) -> Self {
        self.spoil(file, Spoilt::Missing)
    }

    /// The file of the firmware list has another content than it had when its hash was written down.
    pub fn changed(self, file: &str) -> Self {
        self.spoil(file, Spoilt::Changed)
    }

    fn spoil(mut self, file: &str, how: Spoilt) -> Self {
        let image = self.images.iter_mut().find(|image| image.file == file).unwrap();
        image.spoilt = Some(how);
        self
    }

    fn settings_text(&self, folder: &Path) -> String {
        let firmware = folder.join("firmware");
        std::fs::create_dir_all(&firmware).unwrap();
        let mut lines = Vec::new();
        for (number, image) in self.images.iter().enumerate() {
            let content: Vec<u8> = (0..40_000_u32).map(|at| (at % 251) as u8 ^ number as u8).collect();
            let hash = ring::digest::digest(&ring::digest::SHA256, &content);
            let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            let file = firmware.join(&image.file);
            match image.spoilt {
                None => std::fs::write(file, &content).unwrap(),
                Some(Spoilt::Missing) => {}
                Some(Spoilt::Changed) => std::fs::write(file, &content[1..]).unwrap(),
            }
            lines.push(format!(
                "{{ target = \"{}\", version = \"{}\", file = \"{}\", sha256 = \"{hash}\" }}",
                image.target, image.version, image.file
            ));
        }
        let mut settings = self.settings.clone();
        let aviat = settings.entry("aviat".to_owned()).or_default();
        aviat.entry("firmware_dir".to_owned()).or_insert(format!("{:?}", firmware.display().to_string()));
        aviat.entry("firmware".to_owned()).or_insert(format!("[{}]", lines.join(", ")));
        let mut text = String::new();
        for (table, keys) in settings {
            text.push_str(&format!("[{table}]\n"));
            for (key, value) in keys {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
        text.push_str(&self.windows);
        text
    }

    fn inventory(&self, lab: &Lab) -> String {
        let mut text = "sites:\n  - name: LAB\n    zone: America/Chicago\ndevices:\n".to_owned();
        for device in lab.devices() {
            let ports = device.ports();
            let port = |port: Option<u16>| port.unwrap();
            text.push_str(&format!(
                "  - name: {name}\n    address: {address}\n    type: {kind}\n    role: bh\n    site: LAB\n    ports: {{ssh: \
                 {ssh}, snmp: {snmp}, http: {http}}}\n    credentials:\n      username: admin\n      password: \
                 env:RADIO_PASSWORD\n      snmp: {{version: \"2c\", community: env:RADIO_COMMUNITY}}\n",
                name = device.name,
                address = device.address,
                kind = device.device_type,
                ssh = port(ports.ssh),
                snmp = port(ports.snmp),
                http = port(ports.http),
            ));
            if let Some(hop) = self.hops.get(&device.name) {
                text.push_str(&format!("    hop: {hop}\n"));
            }
            if let Some(tags) = self.tags.get(&device.name) {
                let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                text.push_str(&format!("    tags: {{{}}}\n", tags.join(", ")));
            }
        }
        text
    }

    fn variables() -> Vec<(String, String)> {
        let keys = json!({
            crate::support::api::KEY: { "scopes": ["admin"], "label": "tester" },
            OPERATOR: { "scopes": ["actions.read", "job.cancel", "job.read", "job.submit"], "label": OPERATOR_LABEL },
        });
        [
            ("NOC_API_KEYS_JSON", keys.to_string()),
            ("RADIO_PASSWORD", OURS.to_owned()),
            ("RADIO_FACTORY_PASSWORD", FACTORY.to_owned()),
            ("RADIO_COMMUNITY", COMMUNITY.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Starts the radios and the daemon.
    pub async fn start(self) -> Stage {
        let log = Log::begin();
        let clock = Clock::shifted(self.start, self.rate);
        let Set { lab, folder, settings, inventory, .. } = self.set_up().await;
        let daemon = start_daemon(folder, &settings, &inventory, &clock).await;
        Stage { lab, daemon, clock, settings, inventory, log }
    }

    /// Starts the radios and lays out what a daemon needs.
    pub async fn set_up(self) -> Set {
        let specs = self.radios.iter().enumerate().map(|(index, (name, device_type, knobs))| {
            let first = self.first_address.to_bits() + u32::try_from(index).unwrap();
            DeviceSpec {
                address: Ipv4Addr::from_bits(first).into(),
                device_type: Some(device_type.clone()),
                ..DeviceSpec::local(name, "aviat", knobs.clone())
            }
        });
        let lab = Lab::start(LabSpec::of(specs.collect())).await.unwrap();
        lab.clock().set_rate(RATE);
        let folder = tempfile::tempdir().unwrap();
        let settings = self.settings_text(folder.path());
        let inventory = self.inventory(&lab);
        Set { lab, folder, settings, inventory, variables: Self::variables() }
    }
}

/// Radios that listen, and what a daemon needs to know them.
pub struct Set {
    pub lab: Lab,
    /// With the images in it.
    pub folder: TempDir,
    /// TOML.
    pub settings: String,
    /// YAML.
    pub inventory: String,
    /// Keys and secrets.
    pub variables: Vec<(String, String)>,
}

pub async fn start_daemon(folder: TempDir, settings: &str, inventory: &str, clock: &Clock) -> TestDaemon {
    let setup = Setup {
        inventory: Some(inventory.to_owned()),
        settings: settings.to_owned(),
        variables: Plan::variables(),
        clock: clock.clone(),
    };
    TestDaemon::start_in(folder, setup).await
}

impl Stage {
    /// A stage with these radios: name, device type, knobs.
    pub fn of(radios: &[(&str, &str, Value)]) -> Plan {
        let own = |(name, kind, knobs): &(&str, &str, Value)| ((*name).to_owned(), (*kind).to_owned(), knobs.clone());
        let plan = Plan {
            radios: radios.iter().map(own).collect(),
            start: at(AFTERNOON),
            settings: BTreeMap::new(),
            hops: BTreeMap::new(),
            tags: BTreeMap::new(),
            windows: String::new(),
            images: vec![
                Image { target: "baseline", version: "2.11.11".to_owned(), file: BASELINE.to_owned(), spoilt: None },
                Image { target: "final", version: "6.2.4".to_owned(), file: FINAL.to_owned(), spoilt: None },
            ],
            first_address: Ipv4Addr::new(127, 40, 0, 1),
            rate: DAEMON_RATE,
        };
        plan.set("aviat.poll_interval", "\"4s\"")
            .set("aviat.reboot_first_look", "\"4s\"")
            .set("aviat.password", "\"env:RADIO_PASSWORD\"")
            .set("aviat.factory_password", "\"env:RADIO_FACTORY_PASSWORD\"")
            .set("aviat.snmp_community", "\"env:RADIO_COMMUNITY\"")
            // A jump of the clock is no silence of a worker.
            .set("jobs.lease", "\"10d\"")
            .set("jobs.flush", "\"50ms\"")
            // A radio with another community does not answer: that costs a look at it no more than this.
            .set("snmp.timeout_ms", "150")
            .set("snmp.retries", "0")
            .set("ssh.connect_seconds", "5")
            .set("ssh.login_seconds", "10")
            .set("ssh.idle_seconds", "5")
            .set("ssh.retries", "0")
    }

    /// One radio, `R0`, with these knobs; started.
    pub async fn one(knobs: Value) -> Self {
        Self::of(&[("R0", "AV4100", knobs)]).start().await
    }
}
