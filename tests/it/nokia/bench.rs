//! One simulated 7250 IXR without a daemon, and what it takes to drive it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::drivers::nokia::Nokia;
use towerhand::drivers::nokia::platform::{PTY, SHELL};
use towerhand::model::{Failure, Ports, Secret, SshProfile};
use towerhand::transport::ssh::Connection;
use towerhand::transport::ssh::shell::Shell;
use towerhand::transport::{Cx, Pins, SnmpLogin, Target, Witness, snmp, ssh};
use towerhand_simulators::core::Device;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;
use towerhand_simulators::nokia::config_body;

pub const NAME: &str = "RTR-NK7250-1.TX-PINE";

/// Accepts every host key: pinning has a test of its own.
struct AnyKey;

#[async_trait]
impl Pins for AnyKey {
    async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }
}

type Hook = Box<dyn Fn(&str) + Send + Sync>;

/// Remembers what was noted, and lets a test act at the moment before a line leaves, or when something is noted.
#[derive(Default)]
pub struct Onlooker {
    notes: Mutex<Vec<String>>,
    before: Mutex<Option<Hook>>,
    noted: Mutex<Option<Hook>>,
}

impl Witness for Onlooker {
    fn sending(&self, _: &'static str, what: &str) {
        if let Some(hook) = &*self.before.lock().unwrap() {
            hook(what);
        }
    }

    fn noted(&self, _: &'static str, what: &str) {
        self.notes.lock().unwrap().push(what.to_owned());
        if let Some(hook) = &*self.noted.lock().unwrap() {
            hook(what);
        }
    }
}

pub struct Bench {
    pub device: Arc<Device>,
    pub cx: Cx,
    pub ssh: ssh::Config,
    pub snmp: snmp::Config,
    pub target: Target,
    pub onlooker: Arc<Onlooker>,
    _lab: Lab,
}

impl Bench {
    /// A router with these knobs, listening.
    pub async fn start(knobs: Value) -> Self {
        let lab = Lab::start(LabSpec::of(vec![DeviceSpec::local(NAME, "nokia", knobs)])).await.unwrap();
        let device = lab.device(NAME).unwrap();
        let onlooker = Arc::new(Onlooker::default());
        let cx = Cx {
            cancel: CancellationToken::new(),
            clock: Clock::system(),
            pins: Arc::new(AnyKey),
            witness: onlooker.clone(),
        };
        let ports = device.ports();
        let target = Target {
            name: device.name.clone(),
            address: device.address,
            ports: Ports { ssh: ports.ssh, snmp: ports.snmp, ..Ports::default() },
            username: Some("admin".to_owned()),
            password: Some(Secret::new("sim")),
            private_key: None,
            private_key_passphrase: None,
            snmp: Some(SnmpLogin::V2c { community: Secret::new("public") }),
            ssh_profile: SshProfile::Modern,
            host_key: None,
            tls_pin: None,
            hop: None,
        };
        let ssh = ssh::Config { idle_seconds: 10, ..ssh::Config::default() };
        Self { device, cx, ssh, snmp: snmp::Config::default(), target, onlooker, _lab: lab }
    }

    pub fn router(&self) -> Nokia<'_> {
        Nokia::new(&self.cx, &self.target, &self.ssh, &self.snmp)
    }

    /// A shell as the driver has it, for what the driver never types.
    pub async fn shell(&self) -> (Connection, Shell) {
        let mut connection = Connection::open(&self.cx, &self.target, &self.ssh, None).await.unwrap();
        let shell = connection.shell(&self.cx, PTY, &SHELL).await.unwrap();
        (connection, shell)
    }

    pub async fn say(&self, shell: &mut Shell, line: &str) -> String {
        shell.command(&self.cx, line, &self.ssh.limits()).await.unwrap().text
    }

    /// What came in on a channel of the journal.
    pub fn received(&self, channel: &str) -> Vec<String> {
        self.device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    /// How many lines that begin so were typed.
    pub fn typed(&self, start: &str) -> usize {
        self.received("shell").iter().filter(|line| line.starts_with(start)).count()
    }

    pub fn turn(&self, knobs: Value) {
        self.device.merge(object(knobs));
    }

    /// Acts before the n-th line that begins so leaves.
    pub fn before(&self, line: &'static str, nth: usize, act: impl Fn(&Device) + Send + Sync + 'static) {
        let (device, seen) = (self.device.clone(), Mutex::new(0));
        let hook = move |what: &str| {
            let mut seen = seen.lock().unwrap();
            *seen += usize::from(what.starts_with(line));
            if what.starts_with(line) && *seen == nth {
                act(&device);
            }
        };
        *self.onlooker.before.lock().unwrap() = Some(Box::new(hook));
    }

    /// Acts whenever something is noted.
    pub fn when_noted(&self, act: impl Fn(&str) + Send + Sync + 'static) {
        *self.onlooker.noted.lock().unwrap() = Some(Box::new(act));
    }

    pub fn notes(&self) -> Vec<String> {
        self.onlooker.notes.lock().unwrap().clone()
    }

    /// The body of the config as the simulator holds it.
    pub fn held(&self, md: bool) -> String {
        config_body(&self.device, md)
    }

    /// Waits until as many sessions and connections were closed as were opened.
    pub async fn closed(&self) {
        let mut changes = self.device.changes();
        loop {
            let journal = self.device.journal();
            let count = |input: &str| journal.iter().filter(|entry| entry.input == input).count();
            if count("session open") == count("session close") && count("open") == count("close") {
                return;
            }
            let waited = self.cx.clock.timeout(Duration::from_secs(10), changes.changed()).await;
            waited.expect("a session is left").unwrap();
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
