//! The shared driver of power equipment: which roots to walk, and pure functions for the rest.

use super::record::Record;
use super::snapshot::Snapshot;
use super::text::{Object, config_text};
use crate::drivers::{DeviceInfo, Facts, RunningConfig, TestResult};
use crate::model::{Failure, FailureClass};
use crate::transport::snmp::{self, Oid};
use crate::transport::{Cx, Target};

/// SNMPv2-MIB's system group.
const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];
/// sysObjectID.
const SYS_OBJECT_ID: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 2];
/// sysName, sysContact, sysLocation: what an operator sets on every agent.
const SYSTEM_CONFIG: [Object; 3] = [
    Object::scalar("sysContact", &[1, 3, 6, 1, 2, 1, 1, 4]),
    Object::scalar("sysLocation", &[1, 3, 6, 1, 2, 1, 1, 6]),
    Object::scalar("sysName", &[1, 3, 6, 1, 2, 1, 1, 5]),
];

/// What a family adds to the shared driver: data and two pure functions.
pub struct PowerFamily {
    /// For messages: `ICT distribution panel`.
    pub name: &'static str,
    /// What is walked.
    pub roots: &'static [&'static [u32]],
    /// Under which the unit must have something, else it is another model.
    pub proof: &'static [u32],
    /// Whether GETBULK is safe with this equipment.
    pub bulk: bool,
    /// What belongs into the configuration's text.
    pub config: &'static [Object],
    /// From the snapshot to the record.
    pub record: fn(&Snapshot) -> Record,
    /// The family's tests.
    pub tests: fn(&Record) -> Vec<TestResult>,
}

/// A driver of power equipment, bound to one device.
pub struct Power<'a> {
    cx: &'a Cx,
    target: &'a Target,
    snmp: &'a snmp::Config,
    family: &'static PowerFamily,
}

impl<'a> Power<'a> {
    /// Bound to a device.
    pub fn new(cx: &'a Cx, target: &'a Target, snmp: &'a snmp::Config, family: &'static PowerFamily) -> Self {
        Self { cx, target, snmp, family }
    }

    async fn snapshot(&self) -> Result<Snapshot, Failure> {
        let config = snmp::Config { no_bulk: self.snmp.no_bulk || !self.family.bulk, ..self.snmp.clone() };
        let mut client = snmp::Client::new(self.target, &config)?;
        let mut snapshot = Snapshot::default();
        snapshot.extend(client.walk(self.cx, &Oid::new(SYSTEM)).await?);
        for root in self.family.roots {
            snapshot.extend(client.walk(self.cx, &Oid::new(root)).await?);
        }
        if !snapshot.has(self.family.proof) {
            let says = snapshot.scalar(SYS_OBJECT_ID).map(super::snapshot::shown);
            let says = says.unwrap_or_else(|| "nothing".to_owned());
            let sentence = format!(
                "answers SNMP, but has none of the objects of {} (its sysObjectID says {says}); correct its type in the inventory",
                self.family.name
            );
            return Err(Failure::new(FailureClass::WrongModel, sentence));
        }
        Ok(snapshot)
    }

    /// Model, name, firmware, serial, uptime of the agent.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let snapshot = self.snapshot().await?;
        Ok(facts(&snapshot, &(self.family.record)(&snapshot)))
    }

    /// The settings as sorted lines.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let snapshot = self.snapshot().await?;
        let objects: Vec<Object> = SYSTEM_CONFIG.iter().chain(self.family.config).copied().collect();
        let text = config_text(&snapshot, &objects);
        let raw_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(RunningConfig { text, warnings: Vec::new(), raw_bytes, path: "snmp" })
    }

    /// The normalised record, with the family's tests where they are asked for.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let snapshot = self.snapshot().await?;
        let record = (self.family.record)(&snapshot);
        let tests = if run_tests { (self.family.tests)(&record) } else { Vec::new() };
        let facts = facts(&snapshot, &record);
        Ok(DeviceInfo { facts, members: record.members(), running_config: None, tests })
    }
}

/// The facts of a record; the unit's own name wins over the agent's.
fn facts(snapshot: &Snapshot, record: &Record) -> Facts {
    let ticks = snapshot.number(&[1, 3, 6, 1, 2, 1, 1, 3]);
    Facts {
        name: record.name.clone().or_else(|| snapshot.text(&[1, 3, 6, 1, 2, 1, 1, 5])),
        model: record.model.clone(),
        version: record.firmware.clone(),
        serial: record.serial.clone(),
        uptime: ticks.map(|ticks| std::time::Duration::from_millis((ticks * 10.0) as u64)),
        more: serde_json::Map::new(),
    }
}

/// Test rows: a value against a bound, with the texts of spec/field-devices.md 2.2. A value that is not known fails.
pub fn bound(name: &str, expected: &str, value: Option<f64>, unit: &str, pass: impl Fn(f64) -> bool) -> TestResult {
    TestResult {
        name: name.to_owned(),
        expected: Some(expected.to_owned()),
        actual: value.map(|value| if unit == "%" { format!("{value}%") } else { format!("{value} {unit}") }),
        pass: Some(value.is_some_and(pass)),
    }
}

/// A row without a verdict.
pub fn informational(name: &str, actual: Option<String>) -> TestResult {
    TestResult { name: name.to_owned(), expected: None, actual, pass: None }
}
