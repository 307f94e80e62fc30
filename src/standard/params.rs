//! The parameters of a golden configuration: of the site, of the device, of the payload. Pure.

use serde_json::{Map, Value, json};

use super::StandardError;
use super::names::folder_of;
use crate::inventory::Site;
use crate::model::{Device, DeviceType};

/// Members of a payload that say which device and how to reach it, and are no parameters.
const NOT_PARAMETERS: [&str; 14] = [
    "device",
    "site",
    "host",
    "device_type",
    "username",
    "password",
    "run_tests",
    "show_secrets",
    "snmp_version",
    "ssh_port",
    "snmp_port",
    "http_port",
    "https_port",
    "method",
];

/// Switches of the contract's forms (spec/field-devices.md 1.11, 1.18): always true or false in a template, since the
/// text `false` would count as true there.
const SWITCHES: [&str; 3] = ["xpic", "use_standard_vlans", "dual_router"];

/// The kinds of Aviat links (spec/field-devices.md 1.11).
const LINK_TYPES: [&str; 4] = ["2_0", "4_0_H", "4_0_V", "dummy"];

/// Longest text of a parameter, characters.
const LONGEST: usize = 4096;

/// What a golden configuration is rendered for.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    device_type: DeviceType,
    params: Map<String, Value>,
}

impl Subject {
    /// A device of a type, with its entry of the inventory and its site where they are known, and what a payload gives.
    /// Blank texts and nulls of the payload count as not given. Fails with [`StandardError::Parameter`] where one cannot
    /// be part of a configuration (control characters would add lines) or has no sense.
    pub fn of(
        device_type: DeviceType,
        device: Option<&Device>,
        site: Option<&Site>,
        payload: &Map<String, Value>,
    ) -> Result<Self, StandardError> {
        let mut params = Map::new();
        for switch in SWITCHES {
            params.insert(switch.to_owned(), Value::Bool(false));
        }
        for tags in [site.map(|site| &site.tags), device.map(|device| &device.tags)].into_iter().flatten() {
            params.extend(tags.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))));
        }
        if let Some(site) = site {
            params.insert("site_name".to_owned(), json!(site.name));
        }
        if let Some(device) = device {
            params.insert("device_name".to_owned(), json!(device.name));
            params.insert("ip_address".to_owned(), json!(device.address));
        }
        for (name, value) in payload {
            if NOT_PARAMETERS.contains(&name.as_str()) {
                continue;
            }
            if let Some(value) = given(name, value)? {
                params.insert(name.clone(), value);
            }
        }
        settle(&mut params)?;
        params.insert("device_type".to_owned(), json!(device_type));
        params.insert("family".to_owned(), json!(folder_of(device_type.family())));
        params.remove("device");
        params.remove("site");
        if let Some(device) = device {
            params.insert("device".to_owned(), device_map(device));
        }
        if let Some(site) = site {
            params.insert("site".to_owned(), site_map(site));
        }
        Ok(Self { device_type, params })
    }

    /// Its type.
    pub fn device_type(&self) -> DeviceType {
        self.device_type
    }

    /// All of them, by name.
    pub(super) fn params(&self) -> &Map<String, Value> {
        &self.params
    }

    /// Whether a dotted name (`site.tags.asn`) leads to a value.
    pub(super) fn has(&self, dotted: &str) -> bool {
        let mut parts = dotted.split('.');
        let first = parts.next().and_then(|name| self.params.get(name));
        parts.try_fold(first, |value, name| value.map(|value| value.get(name))).flatten().is_some()
    }
}

fn device_map(device: &Device) -> Value {
    json!({
        "name": device.name,
        "address": device.address,
        "type": device.device_type,
        "role": device.role,
        "family": folder_of(device.device_type.family()),
        "site": device.site,
        "tags": device.tags,
    })
}

fn site_map(site: &Site) -> Value {
    json!({
        "name": site.name,
        "zone": site.zone.as_ref().and_then(|zone| zone.iana_name()),
        "description": site.description,
        "tags": site.tags,
    })
}

/// A parameter as it was sent; none where it counts as not given.
fn given(name: &str, value: &Value) -> Result<Option<Value>, StandardError> {
    let wrong = |why: &str| Err(StandardError::Parameter { name: name.to_owned(), why: why.to_owned() });
    match value {
        Value::Null => Ok(None),
        Value::String(text) => {
            let text = text.trim();
            if text.chars().any(char::is_control) {
                return wrong("must be one line without control characters: it becomes part of a configuration");
            }
            if text.chars().nth(LONGEST).is_some() {
                return wrong("is too long for a parameter");
            }
            Ok((!text.is_empty()).then(|| Value::from(text)))
        }
        Value::Array(items) => {
            let items = items.iter().filter_map(|item| given(name, item).transpose());
            Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
        }
        Value::Object(members) => {
            let members = members.iter().filter_map(|(key, member)| {
                given(&format!("{name}.{key}"), member).transpose().map(|member| Ok((key.clone(), member?)))
            });
            Ok(Some(Value::Object(members.collect::<Result<_, _>>()?)))
        }
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.clone())),
    }
}

/// Parameters whose values the contract fixes.
fn settle(params: &mut Map<String, Value>) -> Result<(), StandardError> {
    let wrong = |name: &str, why: &str| Err(StandardError::Parameter { name: name.to_owned(), why: why.to_owned() });
    for name in SWITCHES {
        let switch = match params.get(name) {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(Value::Number(number)) if number.as_u64() == Some(1) => true,
            Some(Value::Number(number)) if number.as_u64() == Some(0) => false,
            Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return wrong(name, "must be true or false"),
            },
            Some(_) => return wrong(name, "must be true or false"),
        };
        params.insert(name.to_owned(), Value::Bool(switch));
    }
    if let Some(value) = params.get("link_type")
        && !value.as_str().is_some_and(|text| LINK_TYPES.contains(&text))
    {
        return wrong("link_type", &format!("must be one of: {}", LINK_TYPES.join(", ")));
    }
    // What goes to an access point burns it where it is wrong, so nothing is guessed (defect C8 of the specification).
    if let Some(value) = params.get("ap_voltage") {
        let text = match value {
            Value::String(text) => text.to_ascii_lowercase(),
            other => other.to_string(),
        };
        let settled = match text.as_str() {
            "0v" | "0" | "off" => "Off",
            "24v" | "24" => "24V",
            "48v" | "48" => "48V",
            _ => return wrong("ap_voltage", "must be one of: 48V, 24V, 0V (or Off)"),
        };
        params.insert("ap_voltage".to_owned(), Value::from(settled));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Credentials, Ports, Role, SshProfile};

    fn kind(code: &str) -> DeviceType {
        DeviceType::parse(code).unwrap()
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn device() -> Device {
        Device {
            name: "ap-1".to_owned(),
            address: "192.0.2.10".parse().unwrap(),
            device_type: kind("CNEP3K"),
            role: Role::Ap,
            site: Some("NORTH".to_owned()),
            ports: Ports::default(),
            credentials: Credentials::default(),
            host_key: None,
            tls_pin: None,
            ssh_profile: SshProfile::default(),
            jump: None,
            hop: None,
            health: crate::model::Polling::default(),
            tags: tags(&[("azimuth", "090"), ("asn", "65001")]),
        }
    }

    fn site() -> Site {
        Site {
            name: "NORTH".to_owned(),
            zone: jiff::tz::TimeZone::get("America/Denver").ok(),
            description: None,
            tags: tags(&[("latitude", "40.00000"), ("azimuth", "000"), ("frequency", "5600")]),
        }
    }

    fn subject(payload: Value) -> Result<Subject, StandardError> {
        let Value::Object(payload) = payload else { panic!() };
        Subject::of(kind("CNEP3K"), Some(&device()), Some(&site()), &payload)
    }

    #[test]
    fn the_payload_goes_before_the_device_and_that_before_its_site() {
        let subject =
            subject(json!({"frequency": "5700", "site_name": " ", "device": "ap-1", "password": "x"})).unwrap();
        let get = |name: &str| subject.params()[name].clone();
        assert_eq!(
            (get("azimuth"), get("frequency"), get("latitude")),
            (json!("090"), json!("5700"), json!("40.00000"))
        );
        assert_eq!((get("site_name"), get("device_name")), (json!("NORTH"), json!("ap-1")), "blank is not given");
        assert_eq!((get("ip_address"), get("family")), (json!("192.0.2.10"), json!("epmp")));
        assert_eq!(get("site")["zone"], json!("America/Denver"));
        assert_eq!(get("device")["tags"]["asn"], json!("65001"));
        assert!(!subject.params().contains_key("password") && !subject.params().contains_key("host"));
        assert!(subject.has("site.tags.frequency") && subject.has("asn") && subject.has("site.zone"));
        assert!(!subject.has("site.tags.nope") && !subject.has("nope") && !subject.has("asn.x"));
    }

    #[test]
    fn nothing_can_add_a_line() {
        for text in ["A\n/user add name=x", "A\rB", "A\u{0}", "A\u{1b}[2J"] {
            let error = subject(json!({ "site_name": text })).unwrap_err();
            assert!(error.to_string().starts_with("'site_name' must be one line"), "{error}");
        }
        let error = subject(json!({"uplinks": [{"name": "a\nb"}]})).unwrap_err();
        assert!(error.to_string().starts_with("'uplinks.name' "), "{error}");
        assert!(subject(json!({"site_name": "x".repeat(5000)})).is_err());
    }

    #[test]
    fn switches_are_true_or_false() {
        let switch = |value: Value| subject(json!({ "xpic": value })).map(|subject| subject.params()["xpic"].clone());
        assert_eq!(subject(json!({})).unwrap().params()["xpic"], json!(false));
        for yes in [json!(true), json!("TRUE"), json!(1), json!("1")] {
            assert_eq!(switch(yes).unwrap(), json!(true));
        }
        for no in [json!(false), json!("false"), json!(0), json!(null), json!("")] {
            assert_eq!(switch(no).unwrap(), json!(false));
        }
        assert!(switch(json!("yes please")).is_err() && switch(json!([])).is_err());
    }

    /// F45: what is no voltage of an access point is never one.
    #[test]
    fn the_voltage_of_access_points_is_never_guessed() {
        let voltage = |value: Value| subject(json!({ "ap_voltage": value })).map(|s| s.params()["ap_voltage"].clone());
        for off in [json!("0V"), json!("Off"), json!("off"), json!(0)] {
            assert_eq!(voltage(off).unwrap(), json!("Off"));
        }
        assert_eq!((voltage(json!("24V")).unwrap(), voltage(json!("48v")).unwrap()), (json!("24V"), json!("48V")));
        for wrong in [json!("60V"), json!("48 V"), json!(true), json!(-48)] {
            let error = voltage(wrong).unwrap_err();
            assert_eq!(error.to_string(), "'ap_voltage' must be one of: 48V, 24V, 0V (or Off)");
        }
    }

    #[test]
    fn links_are_of_four_kinds() {
        assert!(subject(json!({"link_type": "4_0_V"})).is_ok());
        for wrong in [json!("4_0"), json!("4_0_v"), json!(2)] {
            assert!(
                subject(json!({ "link_type": wrong })).unwrap_err().to_string().contains("2_0, 4_0_H, 4_0_V, dummy")
            );
        }
    }
}
