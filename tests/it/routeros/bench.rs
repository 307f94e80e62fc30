//! One simulated router, and what it takes to drive it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::drivers::routeros::RouterOs;
use towerhand::model::{Failure, Ports, Secret, SshProfile};
use towerhand::transport::{Cx, Pins, Target, Witness, snmp, ssh};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;
use towerhand_simulators::routeros::export_text;

/// Accepts every host key: pinning has tests of its own.
struct AnyKey;

#[async_trait]
impl Pins for AnyKey {
    async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }
}

type Hook = Box<dyn Fn(&str) + Send + Sync>;

/// Remembers what was sent and noted, and lets a test act at the moment before a command leaves.
#[derive(Default)]
pub struct Onlooker {
    pub notes: Mutex<Vec<String>>,
    before: Mutex<Option<Hook>>,
}

impl Witness for Onlooker {
    fn sending(&self, _: &'static str, what: &str) {
        if let Some(hook) = &*self.before.lock().unwrap() {
            hook(what);
        }
    }

    fn noted(&self, _: &'static str, what: &str) {
        self.notes.lock().unwrap().push(what.to_owned());
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
        let lab = Lab::start(LabSpec::of(vec![DeviceSpec::local("TWR-KETTLE-1", "routeros", knobs)])).await.unwrap();
        let device = lab.device("TWR-KETTLE-1").unwrap();
        let onlooker = Arc::new(Onlooker::default());
        let cx = Cx {
            cancel: CancellationToken::new(),
            clock: Clock::system(),
            pins: Arc::new(AnyKey),
            witness: onlooker.clone(),
        };
        let target = Target {
            name: device.name.clone(),
            address: device.address,
            ports: Ports { ssh: device.ports().ssh, ..Ports::default() },
            username: Some("admin".to_owned()),
            password: Some(Secret::new("sim")),
            private_key: None,
            private_key_passphrase: None,
            snmp: None,
            ssh_profile: SshProfile::Modern,
            host_key: None,
            tls_pin: None,
            hop: None,
        };
        let ssh = ssh::Config { idle_seconds: 10, ..ssh::Config::default() };
        Self { device, cx, ssh, snmp: snmp::Config::default(), target, onlooker, _lab: lab }
    }

    pub fn router(&self) -> RouterOs<'_> {
        RouterOs::new(&self.cx, &self.target, &self.ssh, &self.snmp)
    }

    /// What came in on a channel of the journal.
    pub fn received(&self, channel: &str) -> Vec<String> {
        self.device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    pub fn turn(&self, knobs: Value) {
        self.device.merge(object(knobs));
    }

    /// Turns knobs at the moment before a command that begins like this leaves; the n-th such command counts.
    pub fn turn_before(&self, command: &'static str, nth: usize, knobs: Value) {
        let (device, seen) = (self.device.clone(), Mutex::new(0));
        let knobs = object(knobs);
        let hook = move |what: &str| {
            let mut seen = seen.lock().unwrap();
            *seen += usize::from(what.starts_with(command));
            if what.starts_with(command) && *seen == nth {
                device.merge(knobs.clone());
            }
        };
        *self.onlooker.before.lock().unwrap() = Some(Box::new(hook));
    }

    /// Ends packets after each of these characters, after every byte if there are none.
    pub fn split(&self, after: &str) {
        self.device.clear_faults();
        self.device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
    }

    pub fn notes(&self) -> Vec<String> {
        self.onlooker.notes.lock().unwrap().clone()
    }

    /// The export as the simulator holds it, `\n` line ends, without the line of the date: what must be brought home.
    pub fn held(&self, command: &str) -> String {
        let text = export_text(&self.device, command).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    }

    /// Waits until as many connections were closed as were opened.
    pub async fn closed(&self) {
        let mut changes = self.device.changes();
        loop {
            let tcp = self.received("tcp");
            let count = |what: &str| tcp.iter().filter(|event| *event == what).count();
            if count("open") == count("close") {
                return;
            }
            let waited = self.cx.clock.timeout(Duration::from_secs(5), changes.changed()).await;
            waited.expect("a connection is left").unwrap();
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
