//! The stage of the acceptance scenarios: simulated radios, a whole daemon that knows them, a clock that is moved by
//! hand, and the questions that are asked of the radios' journals afterwards.
//!
//! Two clocks. The lab's runs a thousand times as fast as the machine's: a load of ten minutes takes 0.6 s; `hold`
//! stops it, `flow` lets it run again. The daemon's begins at two in the afternoon of a winter's day in Chicago, runs
//! twenty times as fast as the machine's, so that a look every four seconds is one every 0.2 s, and is moved by `jump`
//! where hours have to pass. Jump while no step is under way.
#![expect(clippy::disallowed_methods, reason = "tests write their own files and wait by the machine's own means")]

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use towerhand::clock::Clock;
use towerhand::model::RadioRow;
use towerhand::store::AuditEntry;
use towerhand_simulators::core::{Device, Entry, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Api, Setup, TestDaemon};

/// The password that radios come with.
pub const FACTORY: &str = "factory-pass-4711";
/// The password that they get.
pub const OURS: &str = "wisp-pass-0815";
/// The community that they come with.
pub const OLD_COMMUNITY: &str = "old-community-1603";
/// The community that they get.
pub const COMMUNITY: &str = "wisp-community-2342";
/// What must stand nowhere.
const SECRETS: [&str; 4] = [FACTORY, OURS, OLD_COMMUNITY, COMMUNITY];

/// Image of the baseline, 2.11.11.
pub const BASELINE: &str = "wtm4100-2.11.11.18.6069.swpack";
/// Image of the final target, 6.2.4.
pub const FINAL: &str = "wtm4100-6.2.4.12.59373.swpack";

/// When the daemon's clock begins: in the afternoon.
pub const AFTERNOON: &str = "2026-01-15T14:00:00-06:00";
/// When the next window begins.
pub const NIGHT: &str = "2026-01-16T02:00:00-06:00";
/// When the one after that begins.
pub const SECOND_NIGHT: &str = "2026-01-17T02:00:00-06:00";

/// Simulated seconds in a second, unless held.
const RATE: f64 = 1_000.0;

/// The daemon's seconds in a second.
const DAEMON_RATE: f64 = 20.0;

/// What does not come within this does not come.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The key of someone who may submit and read, and nothing beyond.
pub const OPERATOR: &str = "test-operator-key";
/// The label under which that one is known.
pub const OPERATOR_LABEL: &str = "night-shift";

/// The radio of the specification, `R0`: 2.11.11, factory password, nothing that blocks it.
pub fn r0() -> Value {
    json!({
        "family": "2.11", "active": "2.11.11", "inactive": "2.10.9", "software_state": "idle", "uptime_days": 10,
        "mask": "/29", "stp": "down", "password": FACTORY, "factory_password": FACTORY,
        "snmp_community": OLD_COMMUNITY,
    })
}

/// `R0` with other knobs.
pub fn r0_with(knobs: Value) -> Value {
    merged(r0(), knobs)
}

/// A radio at the final target, with our password and community, nothing left to do but the buffer.
pub fn done() -> Value {
    r0_with(json!({
        "family": "6", "active": "6.2.4", "inactive": "2.11.11", "password": OURS, "snmp_community": COMMUNITY,
    }))
}

/// Such a radio with other knobs.
pub fn done_with(knobs: Value) -> Value {
    merged(done(), knobs)
}

fn merged(base: Value, knobs: Value) -> Value {
    let mut base = object(base);
    base.extend(object(knobs));
    Value::Object(base)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// What became of a step, by a radio's result: `ok`, `skipped`, `failed`, `unknown`, `not_requested`.
pub fn step<'a>(result: &'a Value, step: &str) -> &'a str {
    result["steps"][step]["outcome"].as_str().unwrap_or_else(|| panic!("no step {step}: {result:#}"))
}

/// What is said about that: a reason, an error.
pub fn step_text<'a>(result: &'a Value, step: &str) -> &'a str {
    result["steps"][step]["text"].as_str().unwrap_or_else(|| panic!("no text of {step}: {result:#}"))
}

/// An instant as text, `2026-01-15T14:00:00-06:00`.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// A stage that is not built yet.
pub struct Plan {
    radios: Vec<(String, String, Value)>,
    start: Timestamp,
    settings: BTreeMap<String, BTreeMap<String, String>>,
    hops: BTreeMap<String, String>,
    tags: BTreeMap<String, Vec<(String, String)>>,
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

async fn start_daemon(folder: TempDir, settings: &str, inventory: &str, clock: &Clock) -> TestDaemon {
    let setup = Setup {
        inventory: Some(inventory.to_owned()),
        settings: settings.to_owned(),
        variables: Plan::variables(),
        clock: clock.clone(),
    };
    TestDaemon::start_in(folder, setup).await
}

/// Radios and a daemon that knows them.
pub struct Stage {
    pub lab: Lab,
    pub daemon: TestDaemon,
    pub clock: Clock,
    settings: String,
    inventory: String,
    log: Log,
}

/// A line of a radio's command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Simulated seconds.
    pub at: f64,
    /// `operational`, `config`, or `answer` to a question.
    pub mode: String,
    /// What was typed.
    pub command: String,
}

impl Line {
    /// Mode and command as the journal has them.
    pub fn text(&self) -> String {
        format!("{}: {}", self.mode, self.command)
    }
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

    /// The daemon is stopped and started again over the same folder; the radios go on meanwhile.
    pub async fn restart(self) -> Self {
        let Self { lab, daemon, clock, settings, inventory, log } = self;
        let (_, folder) = daemon.stop().await;
        let daemon = start_daemon(folder, &settings, &inventory, &clock).await;
        Self { lab, daemon, clock, settings, inventory, log }
    }

    /// A client that may do everything.
    pub fn api(&self) -> &Api {
        &self.daemon.api
    }

    /// A client that may submit and read.
    pub fn operator(&self) -> Api {
        Api::new(&self.daemon.api.url, OPERATOR)
    }

    // Time.

    /// Stops the radios' clock: loads and boots stand still, commands are answered.
    pub fn hold(&self) {
        self.lab.clock().set_rate(0.0);
    }

    /// Lets it run again.
    pub fn flow(&self) {
        self.lab.clock().set_rate(RATE);
    }

    /// Moves the daemon's clock on.
    pub fn jump(&self, by: Duration) {
        self.clock.jump(SignedDuration::try_from(by).unwrap());
    }

    /// Moves the daemon's clock on to an instant.
    pub fn jump_to(&self, instant: &str) {
        let by = at(instant).duration_since(self.clock.now());
        self.jump(Duration::try_from(by).unwrap_or_else(|_| panic!("{instant} is over")));
    }

    // Radios.

    /// A radio by its name.
    pub fn radio(&self, name: &str) -> Arc<Device> {
        self.lab.device(name).unwrap()
    }

    /// Its address as text.
    pub fn ip(&self, name: &str) -> String {
        self.radio(name).address.to_string()
    }

    fn address(&self, name: &str) -> IpAddr {
        self.radio(name).address
    }

    /// Turns knobs.
    pub fn turn(&self, name: &str, knobs: Value) {
        self.radio(name).merge(object(knobs));
    }

    /// Switches a fault on, as it stands in JSON.
    pub fn fault(&self, name: &str, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        self.radio(name).add_fault(fault);
    }

    /// Switches its faults off.
    pub fn mend(&self, name: &str) {
        self.radio(name).clear_faults();
    }

    /// Waits until the radio's knobs or its journal are as wanted.
    pub async fn radio_until(&self, name: &str, what: &str, wanted: impl Fn(&Device) -> bool) {
        let device = self.radio(name);
        let mut changes = device.changes();
        let looking = async {
            while !wanted(&device) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            panic!("{name}: {what} did not come: {:#?} {:#?}", device.state(), device.journal());
        }
    }

    // Requests.

    /// The payload of a run of these radios.
    pub fn payload(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> Value {
        let ips: Vec<String> = names.iter().map(|name| self.ip(name)).collect();
        json!({ "ips": ips, "tasks": tasks, "maintenance_params": maintenance })
    }

    /// Submits `aviat.run`; the job's id.
    pub async fn run(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> String {
        self.api().submit("aviat.run", self.payload(names, tasks, maintenance)).await
    }

    /// Submits `aviat.run` and waits for the job's end; the job.
    pub async fn ran(&self, names: &[&str], tasks: &[&str], maintenance: Value) -> Value {
        let job = self.run(names, tasks, maintenance).await;
        self.ended(&job).await
    }

    /// The job when it has ended.
    pub async fn ended(&self, job: &str) -> Value {
        self.api().ended(job).await
    }

    /// Submits an action, waits, demands a success; its `response`.
    pub async fn call(&self, action: &str, payload: Value) -> Value {
        self.api().response(action, payload).await
    }

    /// Submits an action, waits, demands an error; its text.
    pub async fn refused(&self, action: &str, payload: Value) -> String {
        self.api().error(action, payload).await
    }

    /// The entries of `aviat.queue.get`.
    pub async fn queue(&self) -> Vec<Value> {
        self.call("aviat.queue.get", json!({})).await["radios"].as_array().unwrap().clone()
    }

    /// The radio's entry; fails where there is none.
    pub async fn row(&self, name: &str) -> Value {
        let ip = self.ip(name);
        let queue = self.queue().await;
        queue.iter().find(|entry| entry["ip"] == ip).unwrap_or_else(|| panic!("{name} is not in {queue:#?}")).clone()
    }

    /// Addresses in a list: `aviat.scheduled.get`, `aviat.loading.get`.
    pub async fn listed(&self, list: &str) -> Vec<String> {
        let response = self.call(&format!("aviat.{list}.get"), json!({})).await;
        response[list].as_array().unwrap().iter().map(|ip| ip.as_str().unwrap().to_owned()).collect()
    }

    /// The radio's result in the job's.
    pub fn result(&self, job: &Value, name: &str) -> Value {
        let ip = self.ip(name);
        let results = job["result"]["response"]["results"].as_array();
        let results = results.unwrap_or_else(|| panic!("no results: {job:#}"));
        results.iter().find(|result| result["ip"] == ip).unwrap_or_else(|| panic!("{name} is not in {job:#}")).clone()
    }

    /// The answer of `aviat.status`.
    pub async fn status(&self, job: &str) -> Value {
        self.call("aviat.status", json!({ "task_id": job })).await
    }

    /// The radio's result in `aviat.status` of the job.
    pub async fn outcome(&self, job: &str, name: &str) -> Value {
        let (ip, status) = (self.ip(name), self.status(job).await);
        let results = status["results"].as_array().unwrap_or_else(|| panic!("no results: {status:#}"));
        results
            .iter()
            .find(|result| result["ip"] == ip)
            .unwrap_or_else(|| panic!("{name} is not in {status:#}"))
            .clone()
    }

    /// Waits until the radio's row, as the store has it, is as wanted. The store says when to look.
    pub async fn wait(&self, name: &str, what: &str, wanted: impl Fn(&RadioRow) -> bool) {
        let address = self.address(name);
        let mut signals = self.daemon.store.signals();
        let looking = async {
            loop {
                let row = self.daemon.store.radio(address).await.unwrap();
                if row.as_ref().is_some_and(&wanted) {
                    return;
                }
                // A signal that was overtaken counts as one.
                let _ = signals.recv().await;
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            let row = self.daemon.store.radio(address).await.unwrap();
            panic!("{name}: {what} did not come: {row:#?}\n{:#?}", self.shell(name));
        }
    }

    /// Waits for a status of the radio; its entry.
    pub async fn wait_status(&self, name: &str, status: &str) -> Value {
        self.wait(name, status, |row| row.status.as_str() == status).await;
        self.row(name).await
    }

    /// Messages of the job's events.
    pub async fn messages(&self, job: &str) -> Vec<String> {
        self.api().messages(job).await
    }

    /// The audit log, oldest first.
    pub async fn audit(&self) -> Vec<AuditEntry> {
        let mut log = self.daemon.store.audit_log(10_000).await.unwrap();
        log.sort_by_key(|entry| entry.at);
        log
    }

    // The witness.

    /// The radio's journal.
    pub fn journal(&self, name: &str) -> Vec<Entry> {
        self.radio(name).journal()
    }

    /// What came in on a channel: `auth`, `fetch`, `boot`, `overlap`, `http`, `snmp`.
    pub fn channel(&self, name: &str, channel: &str) -> Vec<String> {
        self.journal(name).into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    /// The lines of the command line, in order.
    pub fn shell(&self, name: &str) -> Vec<Line> {
        let shell = self.journal(name).into_iter().filter(|entry| entry.channel == "shell");
        shell
            .map(|entry| {
                let (mode, command) = match entry.input.strip_prefix("answer to ") {
                    Some(answer) => ("answer", answer),
                    None => entry.input.split_once(": ").unwrap(),
                };
                Line { at: entry.at, mode: mode.to_owned(), command: command.to_owned() }
            })
            .collect()
    }

    /// The lines that begin so.
    pub fn commands(&self, name: &str, prefix: &str) -> Vec<Line> {
        self.shell(name).into_iter().filter(|line| line.mode != "answer" && line.command.starts_with(prefix)).collect()
    }

    /// Loads that were told.
    pub fn loads(&self, name: &str) -> Vec<Line> {
        self.commands(name, "software load")
    }

    /// Activations that were told, confirmed or not. One that the radio does not know outside configuration mode and that
    /// is told again there at once counts as one: a syntax error has no effect.
    pub fn activations(&self, name: &str) -> Vec<Line> {
        let shell = self.shell(name);
        let again = |after: &[Line]| {
            let next = after.iter().find(|line| !line.command.starts_with("config"));
            next.is_some_and(|line| line.mode == "config" && line.command == "software activate")
        };
        let told = shell.iter().enumerate().filter(|(place, line)| {
            line.command == "software activate" && !(line.mode == "operational" && again(&shell[place + 1..]))
        });
        told.map(|(_, line)| line.clone()).collect()
    }

    /// Restarts that were told, confirmed or not.
    pub fn restarts(&self, name: &str) -> Vec<Line> {
        self.commands(name, "restart")
    }

    /// Commits.
    pub fn commits(&self, name: &str) -> Vec<Line> {
        self.commands(name, "commit")
    }

    /// How often it went down: `reboot same`, `reboot swap`, `reboot back`.
    pub fn boots(&self, name: &str) -> Vec<String> {
        self.channel(name, "boot")
    }

    /// Lines that change something: everything but readers, settings of the session and what leaves a mode.
    pub fn changes(&self, name: &str) -> Vec<String> {
        let harmless = ["show ", "set ", "paginate", "complete-on-space", "exit", "end", "config", "abort"];
        let changes = self.shell(name).into_iter().filter(|line| {
            line.mode != "answer" && !harmless.iter().any(|harmless| line.command.starts_with(harmless))
        });
        changes.map(|line| line.text()).collect()
    }

    /// Fails if anything but readers reached the radio.
    pub fn assert_untouched(&self, name: &str) {
        assert_eq!(self.changes(name), Vec::<String>::new(), "{name} was only to be read");
    }

    /// Fails if nobody was to talk to the radio, and somebody did.
    pub fn assert_no_contact(&self, name: &str) {
        let journal = self.journal(name);
        assert!(journal.is_empty(), "{name} was contacted: {journal:#?}");
    }

    // What every scenario asserts.

    /// Fails if a secret stands in what the API says, in what is stored, or in the log.
    pub async fn assert_no_secret(&self) {
        let said = self.said().await;
        free("the API", said.as_bytes());
        files(self.daemon.folder.path(), &mut |path, content| free(&path.display().to_string(), content));
        free("the log", &self.log.since());
    }

    async fn said(&self) -> String {
        let text = async |path: &str| {
            let reply = self.api().request(Method::GET, path).send().await.unwrap();
            reply.text().await.unwrap()
        };
        let mut said = self.call("aviat.queue.get", json!({})).await.to_string();
        said += &self.call("aviat.reboot_required.get", json!({})).await.to_string();
        said += &self.call("aviat.stream.global", json!({ "limit": 1000 })).await.to_string();
        let jobs = text("/jobs?limit=500").await;
        let list: Value = serde_json::from_str(&jobs).unwrap();
        said += &jobs;
        for job in list["data"]["jobs"].as_array().unwrap_or_else(|| panic!("no jobs: {list}")) {
            let id = job["job_id"].as_str().unwrap();
            said += &text(&format!("/jobs/{id}")).await;
            said += &text(&format!("/jobs/{id}/events")).await;
        }
        said += &self.api().http.get(format!("{}/metrics", self.api().url)).send().await.unwrap().text().await.unwrap();
        said
    }

    /// Fails if two sessions changed a radio at once.
    pub fn assert_no_overlap(&self) {
        for device in self.lab.devices() {
            let overlaps = self.channel(&device.name, "overlap");
            assert!(overlaps.is_empty(), "{}: {overlaps:?} {:#?}", device.name, self.shell(&device.name));
        }
    }

    /// The end of a scenario: what each has to assert, and the daemon's orderly stop.
    pub async fn finish(self) {
        self.assert_no_secret().await;
        self.assert_no_overlap();
        let (_, folder) = self.daemon.stop().await;
        files(folder.path(), &mut |path, content| free(&path.display().to_string(), content));
        free("the log", &self.log.since());
        self.lab.stop().await;
    }
}

/// Fails if one of the secrets stands in the text.
pub fn free(place: &str, text: &[u8]) {
    for secret in SECRETS {
        let found = text.windows(secret.len()).position(|part| part == secret.as_bytes());
        if let Some(found) = found {
            let around = text.get(found.saturating_sub(200)..(found + 100).min(text.len())).unwrap();
            panic!("{place} holds '{secret}': {}", String::from_utf8_lossy(around));
        }
    }
}

fn files(folder: &Path, each: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, each);
        } else if let Ok(content) = std::fs::read(&path) {
            // A file may go between the listing and the reading: the database's journal does.
            each(&path, &content);
        }
    }
}

/// What the daemons of this process log, unmasked: the place where a secret would be seen first.
struct Log(usize);

static LINES: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin() -> Self {
        let lines = LINES.get_or_init(|| {
            let sink = Sink(Arc::default());
            let lines = Arc::clone(&sink.0);
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter("towerhand=debug")
                .with_ansi(false)
                .with_writer(move || sink.clone())
                .finish();
            let _ = tracing::subscriber::set_global_default(subscriber);
            lines
        });
        Self(lines.lock().unwrap().len())
    }

    fn since(&self) -> Vec<u8> {
        LINES.get().unwrap().lock().unwrap().get(self.0..).unwrap().to_vec()
    }
}
