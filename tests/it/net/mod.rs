//! SNMP, HTTP and ICMP over loopback, against software that we did not write and against peers that misbehave.

mod http;
mod snmp_agent;
mod snmp_foreign;
mod snmp_simulated;
mod snmpd;
mod tls;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::model::{Failure, FailureClass, Ports, Secret, SshProfile};
use towerhand::transport::{Cx, NoWitness, Pins, SnmpLogin, Target};

/// A question to the pins: endpoint, algorithm, fingerprint shown, fingerprint declared.
pub type Asked = (String, String, String, Option<String>);

/// What the pins were asked, and what they answer.
#[derive(Default)]
pub struct TestPins {
    pub asked: Mutex<Vec<Asked>>,
    pub refuse: bool,
}

#[async_trait]
impl Pins for TestPins {
    async fn check(&self, endpoint: &str, algorithm: &str, shown: &str, declared: Option<&str>) -> Result<(), Failure> {
        self.asked.lock().unwrap().push((
            endpoint.to_owned(),
            algorithm.to_owned(),
            shown.to_owned(),
            declared.map(str::to_owned),
        ));
        if self.refuse || declared.is_some_and(|declared| declared != shown) {
            return Err(Failure::new(FailureClass::HostKeyChanged, format!("{endpoint} shows {shown}")));
        }
        Ok(())
    }
}

pub fn cx() -> Cx {
    cx_with(Arc::new(TestPins::default()))
}

pub fn cx_with(pins: Arc<dyn Pins>) -> Cx {
    Cx { cancel: CancellationToken::new(), clock: Clock::system(), pins, witness: Arc::new(NoWitness) }
}

pub fn target() -> Target {
    Target {
        name: "test".to_owned(),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: Ports::default(),
        username: None,
        password: None,
        private_key: None,
        private_key_passphrase: None,
        snmp: None,
        ssh_profile: SshProfile::Modern,
        host_key: None,
        tls_pin: None,
        hop: None,
    }
}

pub fn snmp_target(port: u16, login: SnmpLogin) -> Target {
    Target { ports: Ports { snmp: Some(port), ..Ports::default() }, snmp: Some(login), ..target() }
}

pub fn v2c(community: &str) -> SnmpLogin {
    SnmpLogin::V2c { community: Secret::new(community) }
}

pub fn v1(community: &str) -> SnmpLogin {
    SnmpLogin::V1 { community: Secret::new(community) }
}
