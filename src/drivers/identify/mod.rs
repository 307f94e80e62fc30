//! What a device is, from its SNMP identity alone: sysObjectID, sysDescr and the few objects in which each vendor keeps
//! model, version and serial number; and its health values with their scale.
//!
//! [`identify`] and [`health::read`] are pure: they look at a [`Snapshot`] and at nothing else. [`ask`] reads what they
//! look at. Facts: spec/field-devices.md 2.1 to 2.9 and 3, spec/mikrotik-nokia.md 1.14 and 2.14, spec/aviat-device.md
//! 13; enterprise numbers: IANA's registry.
//!
//! A device type is named only where the model decides it exactly. A family without a type is equipment of a known
//! family in a model that the contract has no type for; a vendor without a family is equipment that no driver speaks to.

pub mod ask;
mod decide;
pub mod health;
mod vendors;

use serde_json::{Map, Value as Json};

use crate::drivers::generic::System;
use crate::drivers::power::{Snapshot, octets};
use crate::model::{DeviceType, Family};
use crate::transport::snmp::{Oid, Value, Varbind};

/// What a device says it is. What it does not say is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Identity {
    /// Maker: `Cambium`.
    pub vendor: String,
    /// What it is, in words: `cnMatrix switch`.
    pub product: String,
    /// The family whose driver speaks to it.
    pub family: Option<Family>,
    /// The contract's type, where the model decides it exactly.
    pub device_type: Option<DeviceType>,
    /// Vendor's name of the model.
    pub model: Option<String>,
    /// Version of the firmware or software of the unit itself.
    pub version: Option<String>,
    /// Serial number of the unit itself.
    pub serial: Option<String>,
    /// Name and version of a management card, where the card speaks for a unit.
    pub card: Option<String>,
}

impl Identity {
    /// For a sentence: `a Cambium cnMatrix switch, model TX1012-P-DC (type CN1012)`.
    pub fn in_words(&self) -> String {
        let article = if self.vendor.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
        let mut words = format!("{article} {} {}", self.vendor, self.product);
        if let Some(model) = &self.model {
            words.push_str(&format!(", model {model}"));
        }
        if let Some(device_type) = self.device_type {
            words.push_str(&format!(" (type {device_type})"));
        }
        words
    }

    /// The members of a result; what is not known is absent.
    pub fn members(&self) -> Map<String, Json> {
        let device_type = self.device_type.map(|device_type| device_type.code().to_owned());
        let known = [
            ("vendor", Some(self.vendor.clone())),
            ("product", Some(self.product.clone())),
            ("device_type", device_type),
            ("model", self.model.clone()),
            ("version", self.version.clone()),
            ("serial", self.serial.clone()),
            ("management_card", self.card.clone()),
        ];
        known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Json::from(value?)))).collect()
    }
}

/// SNMPv2-MIB's sysDescr.0.
pub const SYS_DESCR: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 1, 0];
/// SNMPv2-MIB's sysObjectID.0.
pub const SYS_OBJECT_ID: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 2, 0];
/// Under which vendors have their numbers.
const ENTERPRISES: &[u32] = &[1, 3, 6, 1, 4, 1];

/// Whose device a snapshot is of, and what it is; none where the identity names nobody that is known.
pub fn identify(snapshot: &Snapshot) -> Option<Identity> {
    decide::decide(&Seen::of(snapshot))
}

/// The same from the system group alone.
pub fn by_system(system: &System) -> Option<Identity> {
    let mut snapshot = Snapshot::default();
    let object_id = system.object_id.as_deref().and_then(|id| Oid::parse(id).ok()).map(Value::ObjectId);
    let descr = system.descr.as_ref().map(|descr| Value::OctetString(descr.as_bytes().to_vec()));
    let both = [(SYS_OBJECT_ID, object_id), (SYS_DESCR, descr)];
    snapshot.extend(
        both.into_iter().filter_map(|(oid, value)| Some(Varbind { oid: Oid::new(oid), value: value? })).collect(),
    );
    identify(&snapshot)
}

/// The identity objects of the vendor that a sysObjectID names, and the proof of an RFC 1628 UPS, which any vendor's
/// may be. At most 16 objects: small agents answer no more at once.
pub fn wanted(object_id: Option<&Oid>) -> Vec<Oid> {
    let vendor = object_id.and_then(|id| id.suffix_after(&Oid::new(ENTERPRISES))).and_then(<[u32]>::first).copied();
    vendors::identity_objects(vendor).iter().map(|object| Oid::from(*object)).collect()
}

/// A snapshot with the two standard objects taken out.
struct Seen<'a> {
    snapshot: &'a Snapshot,
    /// What follows `1.3.6.1.4.1` in sysObjectID.
    enterprise: Vec<u32>,
    descr: String,
}

impl<'a> Seen<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let all = snapshot.under(&[]);
        let enterprise = match all.scalar(SYS_OBJECT_ID) {
            Some(Value::ObjectId(id)) => id.suffix_after(&Oid::new(ENTERPRISES)).unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        Self { snapshot, enterprise, descr: all.text(SYS_DESCR).unwrap_or_default() }
    }

    /// An object by its whole identifier, instance included, as text that is not empty.
    fn text(&self, object: &[u32]) -> Option<String> {
        self.snapshot.under(&[]).scalar(object).and_then(octets)
    }

    fn code(&self, object: &[u32]) -> Option<i64> {
        self.snapshot.under(&[]).code(object)
    }

    fn has(&self, object: &[u32]) -> bool {
        self.snapshot.under(&[]).has(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_in_words_and_members() {
        let identity = Identity {
            vendor: "ICT".to_owned(),
            product: "distribution panel".to_owned(),
            device_type: DeviceType::parse("ICT200DB12").ok(),
            model: Some("ICT200DB-12IRC".to_owned()),
            ..Identity::default()
        };
        assert_eq!(identity.in_words(), "an ICT distribution panel, model ICT200DB-12IRC (type ICT200DB12)");
        let members = Json::Object(identity.members());
        assert_eq!(
            members,
            serde_json::json!({
                "vendor": "ICT", "product": "distribution panel", "device_type": "ICT200DB12", "model": "ICT200DB-12IRC",
            })
        );
    }
}
