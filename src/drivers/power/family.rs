//! The shared driver of power equipment: which objects to read, and pure functions for the rest.

use std::time::Duration;

use super::health::health;
use super::record::Record;
use super::snapshot::{Branch, Snapshot, shown};
use super::text::{Object, config_text};
use crate::drivers::{DeviceInfo, Facts, RunningConfig, TestResult, identify};
use crate::model::{Failure, FailureClass, Health};
use crate::transport::snmp::{self, Oid};
use crate::transport::{Cx, Target};

/// SNMPv2-MIB's system group.
const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];
const SYS_OBJECT_ID: &[u32] = &[2];
const SYS_UP_TIME: &[u32] = &[3];
const SYS_NAME: &[u32] = &[5];
/// Objects in one request to an agent with which GETBULK is not safe: it has small buffers.
const SMALL_AGENT: usize = 12;
/// What an operator sets on every agent.
const SYSTEM_CONFIG: &[Object] =
    &[Object::scalar("sysContact", &[4]), Object::scalar("sysLocation", &[6]), Object::scalar("sysName", SYS_NAME)];

/// What a family adds to the shared driver: data and two pure functions. Objects are named by what follows `root`.
pub struct PowerFamily {
    /// For messages: `an ICT distribution panel`.
    pub name: &'static str,
    /// Under which all its objects are.
    pub root: &'static [u32],
    /// Scalars, asked for in one request together with the system group.
    pub scalars: &'static [&'static [u32]],
    /// Columns and other subtrees that are walked. Whole branches of vendors take minutes on small agents: only what
    /// is read belongs here.
    pub walks: &'static [&'static [u32]],
    /// The unit must have something under one of them, else it is another model.
    pub proof: &'static [&'static [u32]],
    /// Whether GETBULK is safe with this equipment.
    pub bulk: bool,
    /// Whether its rows take half of what [`snmp::Config::max_repetitions`] reckons with, 40 to 50 bytes: then twice as many
    /// are asked for at once, and still fit one Ethernet frame.
    pub short_rows: bool,
    /// What belongs into the configuration's text.
    pub config: &'static [&'static [Object]],
    /// From what was read to the record.
    pub record: fn(&Branch<'_>) -> Record,
    /// The family's tests.
    pub tests: fn(&Record) -> Vec<TestResult>,
}

impl PowerFamily {
    /// The record of a snapshot.
    pub fn read(&self, snapshot: &Snapshot) -> Record {
        (self.record)(&snapshot.under(self.root))
    }

    /// Whether a snapshot is of this family's equipment.
    pub fn is_proven(&self, snapshot: &Snapshot) -> bool {
        let branch = snapshot.under(self.root);
        self.proof.iter().any(|object| branch.has(object))
    }

    fn oids(&self, objects: &[&[u32]]) -> Vec<Oid> {
        let root = Oid::from(self.root);
        objects.iter().map(|object| root.child(object)).collect()
    }
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
        let family = self.family;
        let rows = self.snmp.max_repetitions;
        let config = snmp::Config {
            no_bulk: self.snmp.no_bulk || !family.bulk,
            max_repetitions: if family.short_rows { rows.saturating_mul(2) } else { rows },
            ..self.snmp.clone()
        };
        let mut client = snmp::Client::new(self.target, &config)?;
        let mut snapshot = Snapshot::default();
        let scalars: Vec<Oid> = [SYS_OBJECT_ID, SYS_UP_TIME]
            .into_iter()
            .chain(SYSTEM_CONFIG.iter().map(|object| object.oid))
            .map(|object| Oid::from(SYSTEM).child(object))
            .chain(family.oids(family.scalars))
            .map(|object| object.child(&[0]))
            .collect();
        let at_once = if family.bulk { scalars.len() } else { SMALL_AGENT };
        for some in scalars.chunks(at_once) {
            snapshot.extend(client.get(self.cx, some).await?);
        }
        snapshot.extend(client.walk_all(self.cx, &family.oids(family.walks)).await?);
        if !family.is_proven(&snapshot) {
            // Agents that misplace the instances of their scalars are found out by a walk.
            snapshot.extend(client.walk_all(self.cx, &family.oids(family.proof)).await?);
        }
        if !family.is_proven(&snapshot) {
            let says = snapshot.under(SYSTEM).scalar(SYS_OBJECT_ID).map_or_else(|| "nothing".to_owned(), shown);
            let seems = identify::ask::in_words(self.cx, &mut client).await;
            let seems = seems.map_or_else(String::new, |words| format!("it seems to be {words}; "));
            let sentence = format!(
                "answers SNMP, but has none of the objects of {} (its sysObjectID says {says}); {seems}correct its type in the inventory",
                family.name
            );
            return Err(Failure::new(FailureClass::WrongModel, sentence));
        }
        Ok(snapshot)
    }

    /// Model, name, firmware, serial, uptime of the agent.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let snapshot = self.snapshot().await?;
        Ok(facts(&snapshot, &self.family.read(&snapshot)))
    }

    /// What it measures: the same requests as for [`Power::facts`], of which a family has as few as its tables take.
    ///
    /// Fails as [`Power::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let snapshot = self.snapshot().await?;
        Ok(health(&self.family.read(&snapshot), uptime(&snapshot)))
    }

    /// The settings as sorted lines.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let snapshot = self.snapshot().await?;
        let own = snapshot.under(self.family.root);
        let own = self.family.config.iter().map(|objects| (own, *objects));
        let parts: Vec<_> = std::iter::once((snapshot.under(SYSTEM), SYSTEM_CONFIG)).chain(own).collect();
        let text = config_text(&parts);
        let raw_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(RunningConfig { text, warnings: Vec::new(), raw_bytes, path: "snmp" })
    }

    /// The normalised record, with the family's tests where they are asked for.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let snapshot = self.snapshot().await?;
        let record = self.family.read(&snapshot);
        let tests = if run_tests { (self.family.tests)(&record) } else { Vec::new() };
        let facts = facts(&snapshot, &record);
        Ok(DeviceInfo { facts, members: record.members(), running_config: None, tests })
    }
}

/// Time since the agent started; sysUpTime is in hundredths of a second.
fn uptime(snapshot: &Snapshot) -> Option<Duration> {
    let ticks = snapshot.under(SYSTEM).number(SYS_UP_TIME)?;
    Some(Duration::from_millis((ticks * 10.0) as u64))
}

/// The facts of a record; the unit's own name wins over the agent's.
fn facts(snapshot: &Snapshot, record: &Record) -> Facts {
    let system = snapshot.under(SYSTEM);
    Facts {
        name: record.name.clone().or_else(|| system.text(SYS_NAME)),
        model: record.model.clone(),
        version: record.firmware.clone(),
        serial: record.serial.clone(),
        uptime: uptime(snapshot),
        more: serde_json::Map::new(),
    }
}
