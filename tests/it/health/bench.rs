//! One simulated device, and its driver's health reading without a daemon.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::drivers::{Driver, Transports};
use towerhand::model::{DeviceType, Failure, Health, Metric, Ports, Secret, SshProfile};
use towerhand::transport::{Cx, NoWitness, Pins, SnmpLogin, Target, http, snmp, ssh};
use towerhand_simulators::core::Device;
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

/// How the inventory lets the device be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Snmp,
    Login,
}

pub struct Bench {
    pub device: Arc<Device>,
    pub target: Target,
    cx: Cx,
    device_type: DeviceType,
    pub snmp: snmp::Config,
    ssh: ssh::Config,
    http: http::Config,
    _lab: Lab,
}

impl Bench {
    /// A device of a kind with these knobs, listening; the inventory takes it for this type.
    pub async fn start(kind: &str, device_type: &str, knobs: Value, by: By) -> Self {
        let mut spec = DeviceSpec::local("SITE-KETTLE-1", kind, knobs);
        spec.device_type = Some(device_type.to_owned());
        let lab = Lab::start(LabSpec::of(vec![spec])).await.unwrap();
        let device = lab.device("SITE-KETTLE-1").unwrap();
        let ports = device.ports();
        let password = if kind == "aviat" { "admin" } else { "sim" };
        let target = Target {
            name: device.name.clone(),
            address: device.address,
            ports: Ports { ssh: ports.ssh, snmp: ports.snmp, ..Ports::default() },
            username: Some("admin".to_owned()),
            password: Some(Secret::new(password)),
            private_key: None,
            private_key_passphrase: None,
            snmp: (by == By::Snmp).then(|| SnmpLogin::V2c { community: Secret::new("public") }),
            ssh_profile: SshProfile::Modern,
            host_key: None,
            tls_pin: None,
            hop: None,
        };
        let cx = Cx {
            cancel: CancellationToken::new(),
            clock: Clock::system(),
            pins: Arc::new(AnyKey),
            witness: Arc::new(NoWitness),
        };
        Self {
            device,
            target,
            cx,
            device_type: DeviceType::parse(device_type).unwrap(),
            snmp: snmp::Config::default(),
            ssh: ssh::Config { idle_seconds: 10, ..ssh::Config::default() },
            http: http::Config::default(),
            _lab: lab,
        }
    }

    pub async fn health(&self) -> Result<Health, Failure> {
        let transports = Transports { ssh: &self.ssh, snmp: &self.snmp, http: &self.http };
        Driver::by_agent(self.device_type, &self.cx, &self.target, transports)?.health().await
    }

    pub fn turn(&self, knobs: Value) {
        let Value::Object(knobs) = knobs else { panic!("not an object: {knobs}") };
        self.device.merge(knobs);
    }

    /// How many requests or lines came in on a channel of the journal.
    pub fn received(&self, channel: &str) -> usize {
        self.device.journal().into_iter().filter(|entry| entry.channel == channel).count()
    }
}

/// One number of a reading.
pub fn value(health: &Health, metric: Metric, of: &str) -> Option<f64> {
    health.readings.iter().find(|reading| reading.metric == metric && reading.of == of).map(|reading| reading.value)
}

/// The labels that a metric has, in order.
pub fn labels(health: &Health, metric: Metric) -> Vec<&str> {
    health.readings.iter().filter(|reading| reading.metric == metric).map(|reading| reading.of.as_str()).collect()
}

/// The same number: what is computed with tenths differs in the last digit.
pub fn same(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(1.0)
}

/// The agent's clock goes on from the recorded time.
pub fn up_for(uptime: Option<Duration>, seconds: Option<u64>) -> bool {
    match (uptime, seconds) {
        (Some(uptime), Some(seconds)) => (seconds..seconds + 600).contains(&uptime.as_secs()),
        (None, None) => true,
        _ => false,
    }
}
