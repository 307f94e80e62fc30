//! Which device a job names. Pure: a payload, the inventory and the policy in, a device or a refusal out.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use super::fields::shown;
use super::{AddressPolicy, Inventory};
use crate::model::{Device, Failure};

/// The fields by which a payload may name its device. Several may stand beside each other if they mean the same one.
const FIELDS: [&str; 3] = ["ip_address", "host", "device"];

/// The device that a payload names.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its address; IPv4 in IPv6 form is folded to IPv4.
    pub address: IpAddr,
    /// The inventory's entry; none for an address that is only allowed. Without an entry no stored credentials are
    /// to be offered to it.
    pub device: Option<Arc<Device>>,
    /// The inventory's name, or the address.
    pub name: String,
}

impl Inventory {
    /// The device that `payload` names by `ip_address` (an address), `host` or `device` (an address or a name of the
    /// inventory). No host names are looked up, nothing is trimmed. Fails with
    /// [`Validation`](crate::model::FailureClass::Validation) where none is named, one is malformed or unknown, or two
    /// differ; with [`AddressRefused`](crate::model::FailureClass::AddressRefused) where the policy says no.
    pub fn named(&self, payload: &Value, policy: &AddressPolicy) -> Result<Named, Failure> {
        let address = self.address_of(payload)?;
        let device = self.by_address(address);
        if device.is_none() {
            policy.permit(address)?;
        }
        let name = device.as_ref().map_or_else(|| address.to_string(), |device| device.name.clone());
        Ok(Named { address, device, name })
    }

    /// The device that a payload is about, for actions that speak to none: no policy, and none where none is named. Fails
    /// as [`Inventory::named`] does where what is named is malformed or unknown, or two differ.
    pub fn described(&self, payload: &Value) -> Result<Option<Named>, Failure> {
        if FIELDS.iter().all(|field| payload.get(field).is_none_or(Value::is_null)) {
            return Ok(None);
        }
        let address = self.address_of(payload)?;
        let device = self.by_address(address);
        let name = device.as_ref().map_or_else(|| address.to_string(), |device| device.name.clone());
        Ok(Some(Named { address, device, name }))
    }

    /// The lane of a payload: the address of the device it names, or none where it names none or is wrong. No policy:
    /// a job that will be refused may still have a lane.
    pub fn lane_of(&self, payload: &Value) -> Option<String> {
        self.address_of(payload).ok().map(|address| address.to_string())
    }

    /// The lane of a payload that names one radio by `ip`, itself or in its `body`.
    pub fn lane_of_radio(&self, payload: &Value) -> Option<String> {
        let body = payload.get("body").filter(|body| body.is_object()).unwrap_or(payload);
        let given = ["ip", "ip_address"].into_iter().filter_map(|name| body.get(name)?.as_str());
        let address = given.map(str::trim).find(|text| !text.is_empty())?.parse::<IpAddr>().ok()?;
        Some(address.to_canonical().to_string())
    }

    fn address_of(&self, payload: &Value) -> Result<IpAddr, Failure> {
        let mut found: Option<(&str, IpAddr)> = None;
        for field in FIELDS {
            let address = match payload.get(field) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) => self.meant(field, text)?,
                Some(_) => return Err(Failure::validation(format!("{field} must be a text"))),
            };
            match found {
                Some((other, before)) if before != address => {
                    return Err(Failure::validation(format!(
                        "{other} ({before}) and {field} ({address}) name different devices; give one of them"
                    )));
                }
                _ => found = Some((field, address)),
            }
        }
        let (_, address) = found.ok_or_else(|| {
            Failure::validation("no device is named: give ip_address, or host or device with a name of the inventory")
        })?;
        Ok(address)
    }

    fn meant(&self, field: &str, text: &str) -> Result<IpAddr, Failure> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.to_canonical());
        }
        let text_shown = shown(text);
        if field == "ip_address" {
            return Err(Failure::validation(format!(
                "ip_address '{text_shown}' is not an IPv4 or IPv6 address (no host names, no prefixes, no blanks)"
            )));
        }
        self.by_name(text).map(|device| device.address).ok_or_else(|| {
            Failure::validation(format!(
                "{field} '{text_shown}' is neither an address nor the name of a device in the inventory"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::inventory::{parse, tree};
    use crate::model::FailureClass;

    fn inventory() -> Inventory {
        let yaml = "devices:\n\
            - {name: core-1, address: 192.0.2.1, type: MTROS}\n\
            - {name: lab-1, address: 127.0.1.1, type: AV4100}\n\
            - {name: six, address: '2001:db8::6', type: GENERIC}\n";
        let file = std::path::Path::new("test.yaml");
        parse::inventory(&[(file.to_owned(), tree::parse(file, yaml).unwrap())]).unwrap()
    }

    fn policy() -> AddressPolicy {
        AddressPolicy::new(vec!["198.51.100.0/24".parse().unwrap(), "0.0.0.0/1".parse().unwrap()])
    }

    fn named(payload: Value) -> Result<Named, Failure> {
        inventory().named(&payload, &policy())
    }

    #[test]
    fn by_address_by_alias_by_name() {
        for payload in [
            json!({"ip_address": "192.0.2.1"}),
            json!({"host": "192.0.2.1"}),
            json!({"host": "core-1"}),
            json!({"device": "core-1"}),
            json!({"device": "core-1", "host": "core-1", "ip_address": "::ffff:192.0.2.1"}),
            json!({"ip_address": "192.0.2.1", "host": null}),
        ] {
            let named = named(payload.clone()).unwrap();
            assert_eq!(named.address, "192.0.2.1".parse::<IpAddr>().unwrap(), "{payload}");
            assert_eq!(named.name, "core-1");
            assert!(named.device.is_some());
        }
    }

    #[test]
    fn an_allowed_address_has_no_entry() {
        let named = named(json!({"ip_address": "198.51.100.7"})).unwrap();
        assert!(named.device.is_none());
        assert_eq!(named.name, "198.51.100.7");
    }

    #[test]
    fn wrong_names_are_validation_errors() {
        for payload in [
            json!({}),
            json!({"ip_address": null}),
            json!({"ip_address": ""}),
            json!({"ip_address": "192.0.2.10/24"}),
            json!({"ip_address": "-c"}),
            json!({"ip_address": " 192.0.2.1"}),
            json!({"ip_address": "192.0.2.1 "}),
            json!({"ip_address": "192.0.2.01"}),
            json!({"ip_address": "core-1"}),
            json!({"ip_address": "router.example.net"}),
            json!({"ip_address": 3221225985_u32}),
            json!({"host": "nobody"}),
            json!({"host": "CORE-1"}),
            json!({"device": ["core-1"]}),
            json!({"device": "nobody", "ip_address": "192.0.2.1"}),
            json!("192.0.2.1"),
        ] {
            assert_eq!(named(payload.clone()).unwrap_err().class, FailureClass::Validation, "{payload}");
        }
    }

    #[test]
    fn two_that_differ_name_both_fields() {
        let failure = named(json!({"ip_address": "192.0.2.1", "host": "192.0.2.2"})).unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation);
        assert!(failure.sentence.contains("ip_address") && failure.sentence.contains("host"), "{failure}");
        let failure = named(json!({"host": "core-1", "device": "lab-1"})).unwrap_err();
        assert!(failure.sentence.contains("host") && failure.sentence.contains("device"), "{failure}");
    }

    #[test]
    fn what_is_only_described_needs_no_policy_and_no_entry() {
        let described = |payload: Value| inventory().described(&payload);
        assert_eq!(described(json!({"host": "203.0.113.9"})).unwrap().unwrap().name, "203.0.113.9");
        assert_eq!(described(json!({"device": "core-1"})).unwrap().unwrap().name, "core-1");
        for payload in [json!({}), json!({"ip_address": null}), json!({"device_type": "MTROS"}), json!(null)] {
            assert!(described(payload.clone()).unwrap().is_none(), "{payload}");
        }
        for payload in [
            json!({"ip_address": "core-1"}),
            json!({"host": "nobody"}),
            json!({"device": 7}),
            json!({"ip_address": ""}),
        ] {
            assert_eq!(described(payload.clone()).unwrap_err().class, FailureClass::Validation, "{payload}");
        }
    }

    #[test]
    fn loopback_only_where_the_inventory_has_it() {
        assert_eq!(named(json!({"ip_address": "127.0.1.1"})).unwrap().name, "lab-1");
        for address in ["127.0.0.1", "127.0.1.2", "::1", "169.254.169.254", "203.0.113.9", "::ffff:127.0.0.1"] {
            assert_eq!(named(json!({"host": address})).unwrap_err().class, FailureClass::AddressRefused, "{address}");
        }
    }

    #[test]
    fn lanes_are_addresses() {
        let inventory = inventory();
        assert_eq!(inventory.lane_of(&json!({"host": "core-1"})).as_deref(), Some("192.0.2.1"));
        assert_eq!(inventory.lane_of(&json!({"ip_address": "::ffff:192.0.2.1"})).as_deref(), Some("192.0.2.1"));
        assert_eq!(inventory.lane_of(&json!({"ip_address": "2001:DB8:0::6"})).as_deref(), Some("2001:db8::6"));
        assert_eq!(inventory.lane_of(&json!({"ip_address": "10.0.0.1"})).as_deref(), Some("10.0.0.1"));
        assert_eq!(inventory.lane_of(&json!({"host": "nobody"})), None);
        assert_eq!(inventory.lane_of(&json!({"ip_address": "192.0.2.1", "host": "192.0.2.2"})), None);
        assert_eq!(inventory.lane_of(&json!(null)), None);
        for payload in [json!({"ip": "192.0.2.9"}), json!({"body": {"ip": " ::ffff:192.0.2.9 "}, "ip": "192.0.2.1"})] {
            assert_eq!(inventory.lane_of_radio(&payload).as_deref(), Some("192.0.2.9"), "{payload}");
        }
        assert_eq!(inventory.lane_of_radio(&json!({"ip": "core-1"})), None);
    }

    proptest! {
        /// Whatever a client writes, nothing special is ever named that was not configured.
        #[test]
        fn nothing_special_gets_through(text in prop_oneof![
            any::<String>(),
            any::<[u8; 4]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
            any::<[u8; 16]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
            (0..=255_u8).prop_map(|last| format!("127.0.1.{last}")),
            (0..=255_u8).prop_map(|last| format!("::ffff:127.0.1.{last}")),
        ], field in prop::sample::select(&FIELDS[..])) {
            if let Ok(named) = named(json!({ field: text })) {
                let special = named.address.is_loopback() || named.address.is_multicast() || named.address.is_unspecified();
                prop_assert!(!special || named.name == "lab-1");
                prop_assert_eq!(named.address, named.address.to_canonical());
            }
        }
    }
}
