//! Facts, tests, running config.

use std::net::IpAddr;

use serde_json::json;

use super::agent::{self, Told};
use super::commands::Page;
use super::health::health;
use super::parse::{self, Interface};
use super::platform::{FIRMWARE, MANAGEMENT, MODEL};
use super::session::Session;
use crate::drivers::identify::health::Reading;
use crate::drivers::power::{informational, verdict};
use crate::drivers::{DeviceInfo, Facts, RunningConfig, TestResult};
use crate::model::{Failure, Health};
use crate::transport::http::Config;
use crate::transport::{Cx, Target, snmp};

/// The driver, bound to one switch.
pub struct CnMatrix<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a Config,
    snmp: &'a snmp::Config,
}

/// What a visit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Facts,
    Info,
    Config,
}

/// What a visit brought.
#[derive(Debug, Default)]
struct Visit {
    version: String,
    interfaces: Vec<Interface>,
    config: String,
}

impl<'a> CnMatrix<'a> {
    /// Bound to a switch.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a Config, snmp: &'a snmp::Config) -> Self {
        Self { cx, target, http, snmp }
    }

    /// One session: opened, used, closed.
    async fn visit(&self, purpose: Purpose) -> Result<Visit, Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let visit = pages(&mut session, purpose).await;
        session.close().await;
        visit
    }

    /// The firmware's version; model and serial number where the agent may be asked.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let told = agent::ask(self.cx, self.target, self.snmp).await?;
        self.visit(Purpose::Facts).await.map(|visit| facts(&visit, &told))
    }

    /// What its agent measures, where the inventory lets it be asked and it answers with its firmware too; else that it is
    /// up, by one page. Fails as [`CnMatrix::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let told = agent::ask(self.cx, self.target, self.snmp).await?;
        // An agent that tells everything saves a session, of which the switch has few.
        if matches!(&told, Told::Own(identity, _) if identity.version.is_some()) {
            return Ok(health(None, &told));
        }
        let visit = self.visit(Purpose::Facts).await?;
        Ok(health(Some(visit.version), &told))
    }

    /// The configuration as the switch has saved it.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let text = self.visit(Purpose::Config).await?.config;
        let warning = "the switch hands out the configuration that it has saved; what was changed since is not in it";
        Ok(RunningConfig {
            raw_bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
            text,
            warnings: vec![warning.to_owned()],
            path: "http",
        })
    }

    /// Firmware and IP interfaces, with the tests where they are asked for.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let told = agent::ask(self.cx, self.target, self.snmp).await?;
        let visit = self.visit(Purpose::Info).await?;
        let mut info = DeviceInfo { facts: facts(&visit, &told), ..DeviceInfo::default() };
        if run_tests {
            info.tests = tests(&visit, self.target.address);
            info.tests.extend(agent_row(&told));
        }
        info.members.insert("interfaces".to_owned(), json!(visit.interfaces));
        if let Told::Own(_, readings) = &told {
            let readings: Vec<_> = readings.iter().map(Reading::member).collect();
            info.members.insert("health".to_owned(), json!(readings));
        }
        Ok(info)
    }
}

async fn pages(session: &mut Session<'_>, purpose: Purpose) -> Result<Visit, Failure> {
    // Of any other equipment the first page is found out, whatever is to be read.
    let mut visit = Visit { version: session.read(Page::Landing, parse::version).await?, ..Visit::default() };
    match purpose {
        Purpose::Facts => {}
        Purpose::Info => visit.interfaces = session.read(Page::Interfaces, parse::interfaces).await?,
        Purpose::Config => visit.config = session.read(Page::Config, parse::config).await?,
    }
    Ok(visit)
}

fn facts(visit: &Visit, told: &Told) -> Facts {
    let version = Some(visit.version.clone());
    match told {
        Told::Own(identity, _) => {
            Facts { model: identity.model.clone(), serial: identity.serial.clone(), version, ..Facts::default() }
        }
        Told::NotAsked | Told::Silent(_) => Facts { version, ..Facts::default() },
    }
}

/// An agent that should answer and does not fails its row.
fn agent_row(told: &Told) -> Option<TestResult> {
    match told {
        Told::NotAsked => None,
        Told::Silent(class) => {
            let actual = format!("SNMP failed ({})", class.as_str());
            Some(TestResult { pass: Some(false), ..informational("SNMP", Some(actual)) })
        }
        Told::Own(identity, _) => {
            Some(verdict("Model", MODEL, identity.model.clone(), identity.model.as_deref() == Some(MODEL)))
        }
    }
}

/// spec/field-devices.md 2.5, compared exactly.
fn tests(visit: &Visit, address: IpAddr) -> Vec<TestResult> {
    let management = visit.interfaces.iter().find(|interface| IpAddr::V4(interface.address) == address);
    let actual = match management {
        Some(interface) => interface.interface.clone(),
        None => format!("no interface has {address}"),
    };
    let is_own = management.is_some_and(|interface| MANAGEMENT.contains(&interface.interface.as_str()));
    vec![
        verdict("Firmware version", FIRMWARE, Some(visit.version.clone()), visit.version == FIRMWARE),
        verdict("IP VLAN Interface", &MANAGEMENT.join(" or "), Some(actual), is_own),
    ]
}

#[cfg(test)]
mod tests_of_rows {
    use super::*;

    fn visit(version: &str, interface: &str) -> Visit {
        let address = [192, 0, 2, 30].into();
        let row = Interface {
            interface: interface.to_owned(),
            address,
            subnet_mask: [255, 255, 255, 0].into(),
            broadcast: [192, 0, 2, 255].into(),
        };
        Visit { version: version.to_owned(), interfaces: vec![row], config: String::new() }
    }

    #[test]
    fn exact_and_at_the_management_address() {
        let passes = |version: &str, interface: &str, address: [u8; 4]| {
            let rows = tests(&visit(version, interface), IpAddr::from(address));
            (rows[0].pass, rows[1].pass)
        };
        let own = [192, 0, 2, 30];
        assert_eq!(passes("4.4-r3", "vlan3000", own), (Some(true), Some(true)));
        assert_eq!(passes("4.4-r3", "vlan444", own), (Some(true), Some(true)));
        assert_eq!(passes("4.4-r31", "vlan4440", own), (Some(false), Some(false)));
        assert_eq!(passes("4.4", "vlan44", own), (Some(false), Some(false)));
        assert_eq!(passes("4.4-r3", "vlan3000", [192, 0, 2, 31]), (Some(true), Some(false)));
    }
}
