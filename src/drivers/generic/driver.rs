//! Reads the system group.

use std::time::Duration;

use serde_json::Value as Json;

use super::commands;
use super::parse::location::{Place, place};
use crate::drivers::power::octets as text;
use crate::drivers::{DeviceInfo, Facts, TestResult};
use crate::model::Failure;
use crate::transport::snmp::{self, Value};
use crate::transport::{Cx, Target};

/// The driver, bound to one device.
pub struct Generic<'a> {
    cx: &'a Cx,
    target: &'a Target,
    snmp: &'a snmp::Config,
}

/// The system group; what the device has not is absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct System {
    /// sysDescr.
    pub descr: Option<String>,
    /// sysObjectID in dotted form.
    pub object_id: Option<String>,
    /// sysUpTime.
    pub uptime: Option<Duration>,
    /// sysName.
    pub name: Option<String>,
    /// sysLocation.
    pub location: Option<String>,
}

impl System {
    /// The position in sysLocation, if it is one.
    pub fn place(&self) -> Option<Place> {
        place(self.location.as_deref()?)
    }
}

impl<'a> Generic<'a> {
    /// Bound to a device.
    pub fn new(cx: &'a Cx, target: &'a Target, snmp: &'a snmp::Config) -> Self {
        Self { cx, target, snmp }
    }

    /// The system group in one request.
    pub async fn system(&self) -> Result<System, Failure> {
        let mut client = snmp::Client::new(self.target, self.snmp)?;
        let oids =
            [commands::descr(), commands::object_id(), commands::uptime(), commands::name(), commands::location()];
        let answers = client.get(self.cx, &oids).await?;
        let mut system = System::default();
        for answer in answers {
            if answer.oid == commands::descr() {
                system.descr = text(&answer.value);
            } else if answer.oid == commands::object_id() {
                system.object_id = match &answer.value {
                    Value::ObjectId(oid) => Some(oid.to_string()),
                    _ => None,
                };
            } else if answer.oid == commands::uptime() {
                system.uptime = match answer.value {
                    Value::TimeTicks(ticks) => Some(Duration::from_millis(u64::from(ticks) * 10)),
                    _ => None,
                };
            } else if answer.oid == commands::name() {
                system.name = text(&answer.value);
            } else if answer.oid == commands::location() {
                system.location = text(&answer.value);
            }
        }
        Ok(system)
    }

    /// Name, description, uptime.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        Ok(facts(&self.system().await?))
    }

    /// The system group, its place, and the tests that rest on them.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let system = self.system().await?;
        let mut info = DeviceInfo { facts: facts(&system), ..DeviceInfo::default() };
        if let Some(place) = system.place() {
            info.members.insert("latitude".to_owned(), Json::from(place.latitude));
            info.members.insert("longitude".to_owned(), Json::from(place.longitude));
        }
        if run_tests {
            info.tests = tests(&system);
        }
        Ok(info)
    }
}

/// What the system group tells of a device.
fn facts(system: &System) -> Facts {
    let mut facts = Facts { name: system.name.clone(), uptime: system.uptime, ..Facts::default() };
    for (key, value) in
        [("description", &system.descr), ("sys_object_id", &system.object_id), ("location", &system.location)]
    {
        if let Some(value) = value {
            facts.more.insert(key.to_owned(), Json::from(value.as_str()));
        }
    }
    facts
}

/// The rows of spec/field-devices.md 1.9 that rest on SNMP; rows that would be invented are left out.
pub(crate) fn tests(system: &System) -> Vec<TestResult> {
    let row = |name: &str, actual: &str, pass: Option<bool>| TestResult {
        name: name.to_owned(),
        expected: None,
        actual: Some(actual.to_owned()),
        pass,
    };
    let mut rows = vec![row("SNMP", "SNMP is accessible", Some(true))];
    if let Some(name) = &system.name {
        rows.push(row("Device Name", name, None));
    }
    let place = system.place();
    if let Some(location) = &system.location {
        rows.push(row("Device Location", location, place.is_some().then_some(true)));
    }
    if let Some(place) = place {
        // What somebody wrote into sysLocation is no reading of a receiver, so it proves nothing (defect C38).
        rows.push(row("GPS Location", &format!("{}, {}", place.latitude, place.longitude), None));
    }
    rows
}
