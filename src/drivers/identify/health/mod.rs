//! Health values of a device by SNMP, each with the raw value and the scale it was read with.

mod power;
mod radios;
mod routers;
mod switches;

use serde_json::{Value as Json, json};

use super::Identity;
use crate::drivers::power::{Branch, PowerFamily, Snapshot, number, octets};
use crate::drivers::{apc, ict, upsmib};
use crate::model::Family;
use crate::transport::snmp::Oid;

/// One value. A value that the device says it has not is none, with the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Quantity with its unit: `temperature_c`.
    pub name: &'static str,
    /// Of which sensor, port or carrier, in the device's own words; none where there is only one.
    pub of: Option<String>,
    /// In the unit of the name.
    pub value: Option<f64>,
    /// What the device sent.
    pub raw: f64,
    /// What the raw value was multiplied by.
    pub scale: f64,
    /// Why there is no value: `no_probe`, `not_supported`, `implausible`.
    pub reason: Option<&'static str>,
}

impl Reading {
    /// A member of a result.
    pub fn member(&self) -> Json {
        let mut member = json!({ "name": self.name, "value": self.value, "raw": self.raw, "scale": self.scale });
        if let Some(member) = member.as_object_mut() {
            let more = [("of", self.of.as_deref()), ("reason", self.reason)];
            member.extend(more.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Json::from(value?)))));
        }
        member
    }
}

/// What to read: scalars in one request, columns by walks. By whole identifiers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// With their instance.
    pub scalars: &'static [&'static [u32]],
    /// Subtrees.
    pub columns: &'static [&'static [u32]],
}

impl Wanted {
    /// The scalars as identifiers.
    pub fn scalars(&self) -> Vec<Oid> {
        self.scalars.iter().map(|object| Oid::from(*object)).collect()
    }

    /// The columns as identifiers.
    pub fn columns(&self) -> Vec<Oid> {
        self.columns.iter().map(|object| Oid::from(*object)).collect()
    }
}

/// Where the health of equipment is that has no reading of its own by type. Equipment of the `power` families is read
/// by its own driver; here nothing more is asked of it.
pub fn wanted(identity: &Identity) -> Wanted {
    match source(identity) {
        Source::Own(_, wanted) => wanted,
        Source::Power(_) | Source::Nothing => Wanted::default(),
    }
}

/// The health values in a snapshot of that device, in the order of its tables.
pub fn read(identity: &Identity, snapshot: &Snapshot) -> Vec<Reading> {
    match source(identity) {
        Source::Own(read, _) => {
            let mut list = List::default();
            read(&snapshot.under(&[]), &mut list);
            list.0
        }
        Source::Power(family) => {
            let record = family.read(snapshot);
            let reading = |measure: &crate::drivers::power::Measure| {
                Some(Reading {
                    name: measure.name,
                    of: None,
                    value: measure.value,
                    raw: measure.raw?,
                    scale: measure.scale,
                    reason: measure.reason,
                })
            };
            record.measures.iter().filter_map(reading).collect()
        }
        Source::Nothing => Vec::new(),
    }
}

type Read = fn(&Branch<'_>, &mut List);

enum Source {
    Own(Read, Wanted),
    Power(&'static PowerFamily),
    Nothing,
}

fn source(identity: &Identity) -> Source {
    match identity.family {
        Some(Family::RouterOs) => Source::Own(routers::mikrotik, routers::MIKROTIK),
        Some(Family::Nokia7250) => Source::Own(routers::nokia, routers::NOKIA),
        Some(Family::Aviat) => Source::Own(radios::aviat, radios::AVIAT),
        Some(Family::Epmp) => Source::Own(radios::epmp, radios::EPMP),
        Some(Family::Tachyon) => Source::Own(radios::tachyon, radios::TACHYON),
        Some(Family::Netonix) => Source::Own(switches::netonix, switches::NETONIX),
        Some(Family::CnMatrix) => Source::Own(switches::cnmatrix, switches::CNMATRIX),
        Some(Family::IctPanel) => Source::Power(&ict::PANEL),
        Some(Family::IctPlatinum) => Source::Power(&ict::PLATINUM),
        Some(Family::IctMps) => Source::Power(&ict::MPS),
        Some(Family::ApcUps) => Source::Power(&apc::UPS),
        Some(Family::ApcPdu) => Source::Power(&apc::PDU),
        Some(Family::UpsMib) => Source::Power(&upsmib::UPS_MIB),
        Some(Family::SmartSys | Family::Wave | Family::Generic) => Source::Nothing,
        None => match (identity.vendor.as_str(), identity.product.as_str()) {
            ("Eaton", _) => Source::Own(power::eaton, power::EATON),
            ("CyberPower", _) => Source::Own(power::cyberpower, power::CYBERPOWER),
            ("ICT", "sine wave inverter") => Source::Own(power::inverter, power::INVERTER),
            _ => Source::Nothing,
        },
    }
}

/// Readings as they are found.
#[derive(Default)]
struct List(Vec<Reading>);

impl List {
    /// A value that may be anything; nothing if the device did not send it.
    fn add(&mut self, name: &'static str, of: Option<String>, raw: Option<f64>, scale: f64) {
        let Some(raw) = raw else { return };
        let value = Some(rounded(raw * scale));
        self.0.push(Reading { name, of, value, raw, scale, reason: None });
    }

    /// A value that cannot be negative: agents say -1 where they have no such value.
    fn amount(&mut self, name: &'static str, of: Option<String>, raw: Option<f64>, scale: f64) {
        let Some(raw) = raw else { return };
        if (0.0..f64::from(u32::MAX)).contains(&raw) {
            self.add(name, of, Some(raw), scale);
        } else {
            self.0.push(Reading { name, of, value: None, raw, scale, reason: Some("not_supported") });
        }
    }

    /// A part of a hundred; more is none.
    fn percent(&mut self, name: &'static str, raw: Option<f64>, scale: f64) {
        let before = self.0.len();
        self.amount(name, None, raw, scale);
        if let Some(reading) = self.0.get_mut(before)
            && reading.value.is_some_and(|percent| percent > 100.0)
        {
            (reading.value, reading.reason) = (None, Some("implausible"));
        }
    }

    /// Degrees Celsius; agents have sentinels far outside where there is no probe.
    fn celsius(&mut self, of: Option<String>, raw: Option<f64>, scale: f64) {
        let Some(raw) = raw else { return };
        if (-60.0..=150.0).contains(&(raw * scale)) {
            self.add("temperature_c", of, Some(raw), scale);
        } else {
            self.0.push(Reading { name: "temperature_c", of, value: None, raw, scale, reason: Some("no_probe") });
        }
    }
}

/// Six decimal places: 1195 x 0.1 is 119.5, not 119.50000000000001.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// A cell as text.
fn label(all: &Branch<'_>, column: &[u32], at: u32) -> Option<String> {
    all.cell(column, at).and_then(octets)
}

/// A cell as a number.
fn cell(all: &Branch<'_>, column: &[u32], at: u32) -> Option<f64> {
    all.cell(column, at).and_then(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentinels_are_no_values() {
        let mut list = List::default();
        list.celsius(None, Some(1000.0), 1.0);
        list.celsius(None, Some(-128.0), 1.0);
        list.amount("power_w", None, Some(-1.0), 0.1);
        list.percent("cpu_percent", Some(1250.0), 0.1);
        list.percent("cpu_percent", None, 0.1);
        list.percent("cpu_percent", Some(259.0), 0.1);
        let read: Vec<(Option<f64>, Option<&str>)> =
            list.0.iter().map(|reading| (reading.value, reading.reason)).collect();
        assert_eq!(
            read,
            [
                (None, Some("no_probe")),
                (None, Some("no_probe")),
                (None, Some("not_supported")),
                (None, Some("implausible")),
                (Some(25.9), None)
            ]
        );
        let shown = list.0.first().unwrap().member();
        assert_eq!(
            shown,
            json!({ "name": "temperature_c", "value": null, "raw": 1000.0, "scale": 1.0, "reason": "no_probe" })
        );
    }
}
