//! One simulated radio, and what it takes to drive it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::drivers::aviat::Aviat;
use towerhand::model::{DeviceType, Failure, Ports, Secret, SshProfile};
use towerhand::transport::{Cx, Pins, SnmpLogin, Target, Witness, snmp, ssh};
use towerhand_simulators::core::{Device, Fault, When};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

/// Accepts every host key: pinning has tests of its own.
struct AnyKey;

#[async_trait]
impl Pins for AnyKey {
    async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }
}

/// Remembers what was sent, by channel.
#[derive(Default)]
struct Onlooker(Mutex<Vec<(&'static str, String)>>);

impl Witness for Onlooker {
    fn sending(&self, channel: &'static str, what: &str) {
        self.0.lock().unwrap().push((channel, what.to_owned()));
    }

    fn noted(&self, _: &'static str, what: &str) {
        self.0.lock().unwrap().push(("noted", what.to_owned()));
    }
}

pub struct Bench {
    pub device: Arc<Device>,
    pub target: Target,
    device_type: DeviceType,
    pub cx: Cx,
    pub ssh: ssh::Config,
    snmp: snmp::Config,
    onlooker: Arc<Onlooker>,
    _lab: Lab,
}

impl Bench {
    /// A radio with these knobs, listening.
    pub async fn start(device_type: &str, knobs: Value) -> Self {
        let mut spec = DeviceSpec::local("BH-KETTLE-1", "aviat", knobs);
        spec.device_type = Some(device_type.to_owned());
        let lab = Lab::start(LabSpec::of(vec![spec])).await.unwrap();
        let device = lab.device("BH-KETTLE-1").unwrap();
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
            ports: Ports { ssh: ports.ssh, snmp: ports.snmp, http: ports.http, ..Ports::default() },
            username: None,
            password: Some(Secret::new("admin")),
            private_key: None,
            private_key_passphrase: None,
            snmp: Some(SnmpLogin::V2c { community: Secret::new("public") }),
            ssh_profile: SshProfile::Modern,
            host_key: None,
            tls_pin: None,
            hop: None,
        };
        let device_type = DeviceType::parse(device_type).unwrap();
        let ssh = ssh::Config { idle_seconds: 10, ..ssh::Config::default() };
        Self { device, target, device_type, cx, ssh, snmp: snmp::Config::default(), onlooker, _lab: lab }
    }

    pub fn radio(&self) -> Aviat<'_> {
        Aviat::new(&self.cx, &self.target, &self.ssh, &self.snmp, self.device_type)
    }

    /// What came in on a channel of the journal.
    pub fn received(&self, channel: &str) -> Vec<String> {
        self.device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    /// What was typed after the login, with its mode, and answers to questions; what reads and the switches of a login
    /// left out.
    pub fn typed(&self) -> Vec<String> {
        let lines = self.received("shell");
        lines.into_iter().filter(|line| !line.starts_with("operational: s") || line.contains(": software")).collect()
    }

    /// A knob as it is now.
    pub fn knob(&self, name: &str) -> Value {
        self.device.state().get(name).cloned().unwrap_or(Value::Null)
    }

    /// What was noted or sent, of all channels, in one text: for what must not be in it.
    pub fn everything_told(&self) -> String {
        let told = self.onlooker.0.lock().unwrap();
        let journal = self.device.journal();
        let told = told.iter().map(|(_, what)| what.clone());
        told.chain(journal.into_iter().map(|entry| entry.input)).collect::<Vec<_>>().join("\n")
    }

    pub fn fault(&self, fault: Fault) {
        self.device.add_fault(fault);
    }

    /// Not obeyed, and answered so.
    pub fn refuse(&self, command: &str, text: &str) {
        self.fault(Fault::RefuseCommand { command: command.to_owned(), text: text.to_owned() });
    }

    /// The connection ends at this command, which took effect or did not.
    pub fn drop_at(&self, command: &str, when: When) {
        self.fault(Fault::DropWhen { after: Some(command.to_owned()), when });
    }

    /// What was sent by a channel.
    pub fn sent(&self, channel: &str) -> Vec<String> {
        self.onlooker.0.lock().unwrap().iter().filter(|(by, _)| *by == channel).map(|(_, what)| what.clone()).collect()
    }

    pub fn turn(&self, knobs: Value) {
        self.device.merge(object(knobs));
    }

    /// As right after a boot: logins are taken, tables are empty.
    pub fn settle(&self) {
        let now = self.device.clock.seconds();
        self.turn(serde_json::json!({ "down_until": now, "boot_settle_seconds": 100_000, "boot_auth_seconds": 0 }));
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
