//! Reads the system group.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::parse::location::{Place, place};
use super::{commands, health};
use crate::drivers::identify::{ask, health::Reading};
use crate::drivers::power::{Power, Snapshot, octets as text};
use crate::drivers::{DeviceInfo, Facts, TestResult, apc, aviat, ict, interfaces, nokia, routeros, upsmib};
use crate::model::{Failure, FailureClass, Family, Health};
use crate::transport::snmp::{self, Oid, Value, Varbind};
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
    fn of(answers: &[Varbind]) -> Self {
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
                system.uptime = ticks(&answer.value);
            } else if answer.oid == commands::name() {
                system.name = text(&answer.value);
            } else if answer.oid == commands::location() {
                system.location = text(&answer.value);
            }
        }
        system
    }

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
        Ok(System::of(&self.group(&mut client, &[]).await?))
    }

    /// The system group, and `more`.
    async fn group(&self, client: &mut snmp::Client, more: &[Oid]) -> Result<Vec<Varbind>, Failure> {
        let mut oids =
            vec![commands::descr(), commands::object_id(), commands::uptime(), commands::name(), commands::location()];
        oids.extend_from_slice(more);
        client.get(self.cx, &oids).await
    }

    /// Name, description, uptime.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        Ok(facts(&self.system().await?))
    }

    /// What it measures: as the driver of its family says it where its identity names one that is read by SNMP, else the
    /// values of its vendor's own objects; and its interfaces. A vendor's objects that cannot be read are not known, since
    /// the device answers: that is noted.
    ///
    /// Fails as [`snmp::Client::get`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let mut client = snmp::Client::new(self.target, self.snmp)?;
        let answers = self.group(&mut client, &[commands::host_uptime()]).await?;
        let mut known = Health { uptime: uptime(&answers), ..Health::default() };
        let mut snapshot = Snapshot::default();
        snapshot.extend(answers);
        let identity = match ask::identity(self.cx, &mut client, &mut snapshot).await {
            Ok(identity) => identity,
            Err(failure) => self.unless_silent(failure)?,
        };
        if let Some(identity) = &identity {
            (known.model, known.firmware) = (identity.model.clone(), identity.version.clone());
            match self.by_family(identity.family).await {
                Some(Ok(health)) => return Ok(health),
                Some(Err(failure)) => self.unless_silent(failure)?,
                None => match ask::health(self.cx, &mut client, identity, &mut snapshot).await {
                    Ok(readings) => health::put(&mut known, &readings),
                    Err(failure) => self.unless_silent(failure)?,
                },
            }
        }
        // ICT's agents do not stand GETBULK, and their interfaces feed nothing.
        if identity.is_some_and(|identity| identity.vendor == "ICT") {
            return Ok(known);
        }
        match interfaces::read(self.cx, &mut client).await {
            Ok(found) => interfaces::put(&mut known, &found),
            Err(failure) => self.unless_silent(failure)?,
        }
        Ok(known)
    }

    /// None where no driver speaks SNMP to the family.
    async fn by_family(&self, family: Option<Family>) -> Option<Result<Health, Failure>> {
        let (cx, target, snmp) = (self.cx, self.target, self.snmp);
        let family = match family? {
            Family::RouterOs => return Some(Box::pin(routeros::health::by_agent(cx, target, snmp)).await),
            Family::Nokia7250 => return Some(Box::pin(nokia::health::by_agent(cx, target, snmp)).await),
            Family::Aviat => return Some(Box::pin(aviat::health::by_agent(cx, target, snmp)).await),
            Family::IctPanel => &ict::PANEL,
            Family::IctPlatinum => &ict::PLATINUM,
            Family::IctMps => &ict::MPS,
            Family::ApcUps => &apc::UPS,
            Family::ApcPdu => &apc::PDU,
            Family::UpsMib => &upsmib::UPS_MIB,
            Family::Epmp
            | Family::Tachyon
            | Family::Netonix
            | Family::CnMatrix
            | Family::SmartSys
            | Family::Wave
            | Family::Generic => return None,
        };
        Some(Box::pin(Power::new(cx, target, snmp, family).health()).await)
    }

    /// A device that answers, but not this, is up; one that falls silent, or a stop, ends the reading.
    fn unless_silent<T: Default>(&self, failure: Failure) -> Result<T, Failure> {
        match failure.class {
            FailureClass::Protocol | FailureClass::DeviceRefused | FailureClass::WrongModel => {
                self.cx.witness.noted("snmp", &format!("not known: {failure}"));
                Ok(T::default())
            }
            _ => Err(failure),
        }
    }

    /// The system group, its place, the tests that rest on them, and what the device seems to be.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut client = snmp::Client::new(self.target, self.snmp)?;
        let answers = self.group(&mut client, &[]).await?;
        let system = System::of(&answers);
        let mut info = DeviceInfo { facts: facts(&system), ..DeviceInfo::default() };
        if let Some(place) = system.place() {
            info.members.insert("latitude".to_owned(), Json::from(place.latitude));
            info.members.insert("longitude".to_owned(), Json::from(place.longitude));
        }
        if run_tests {
            info.tests = tests(&system);
        }
        let mut snapshot = Snapshot::default();
        snapshot.extend(answers);
        self.seems(&mut client, snapshot, &mut info).await?;
        Ok(info)
    }

    /// Members `identity` and `health`. A device that answers the standard MIB and nothing of its vendor's is no failure:
    /// the member then says the class of what went wrong.
    async fn seems(
        &self,
        client: &mut snmp::Client,
        mut snapshot: Snapshot,
        info: &mut DeviceInfo,
    ) -> Result<(), Failure> {
        let identity = match ask::identity(self.cx, client, &mut snapshot).await {
            Ok(None) => return Ok(()),
            Ok(Some(identity)) => identity,
            Err(failure) => return keep(info, "identity", failure),
        };
        info.members.insert("identity".to_owned(), Json::Object(identity.members()));
        match ask::health(self.cx, client, &identity, &mut snapshot).await {
            Ok(readings) if readings.is_empty() => {}
            Ok(readings) => {
                let readings = readings.iter().map(Reading::member).collect();
                info.members.insert("health".to_owned(), Json::Array(readings));
            }
            Err(failure) => return keep(info, "health", failure),
        }
        Ok(())
    }
}

/// Hundredths of a second.
fn ticks(value: &Value) -> Option<Duration> {
    match value {
        Value::TimeTicks(ticks) => Some(Duration::from_millis(u64::from(*ticks) * 10)),
        _ => None,
    }
}

/// Since the host started, where the agent tells it: an agent that was started anew is no reboot. Else since the agent did;
/// also where the host's count stands at zero, as agents have it that know the object and nothing of the host.
fn uptime(answers: &[Varbind]) -> Option<Duration> {
    let of = |oid: Oid| answers.iter().find(|answer| answer.oid == oid).and_then(|answer| ticks(&answer.value));
    of(commands::host_uptime()).filter(|uptime| !uptime.is_zero()).or_else(|| of(commands::uptime()))
}

/// What could not be read is unknown, and says why; a stop is a stop.
fn keep(info: &mut DeviceInfo, member: &str, failure: Failure) -> Result<(), Failure> {
    if failure.class == FailureClass::Cancelled {
        return Err(failure);
    }
    info.members.insert(member.to_owned(), json!({ "unknown": failure.class.as_str() }));
    Ok(())
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

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_hosts_uptime_goes_before_the_agents() {
        const AGENT: Value = Value::TimeTicks(500);
        for (host, agent, seconds) in [
            (Value::TimeTicks(864_000_000), AGENT, Some(8_640_000)),
            (Value::NoSuchObject, AGENT, Some(5)),
            (Value::NoSuchInstance, AGENT, Some(5)),
            (Value::Null, AGENT, Some(5)),
            // Knows the object, and nothing of the host.
            (Value::TimeTicks(0), AGENT, Some(5)),
            // Of another type it is no count of hundredths.
            (Value::Integer(864_000_000), AGENT, Some(5)),
            (Value::TimeTicks(u32::MAX), Value::Null, Some(42_949_672)),
            (Value::Null, Value::Null, None),
        ] {
            let answers =
                [Varbind::new(commands::uptime(), agent), Varbind::new(commands::host_uptime(), host.clone())];
            assert_eq!(uptime(&answers).map(|uptime| uptime.as_secs()), seconds, "{host:?}");
        }
    }
}
