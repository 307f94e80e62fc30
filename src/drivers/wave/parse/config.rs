//! The configuration as sorted lines `path: value`: `/services.snmpAgent.enabled: true`.

use serde_json::Value;

use super::super::platform::VOLATILE;
use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass};

/// The lines of both halves, each with the path it was read from; one trailing line end. Fails with `Protocol` where a
/// half is no object or empty: that is no configuration.
pub fn text(halves: &[(&str, &Value)]) -> Result<String, Failure> {
    let mut lines = Vec::new();
    for (path, value) in halves {
        if value.as_object().is_none_or(|members| members.is_empty()) {
            let words = words(&value.to_string());
            let sentence = format!("it answers GET {path} with no configuration: {words}; nothing of it is used");
            return Err(Failure::new(FailureClass::Protocol, sentence));
        }
        flatten(path, value, &mut lines);
    }
    lines.sort();
    let mut text = lines.join("\n");
    text.push('\n');
    Ok(text)
}

fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                if !VOLATILE.contains(&name.as_str()) {
                    flatten(&format!("{path}.{}", plain(name)), member, lines);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                flatten(&format!("{path}[{at}]"), item, lines);
            }
        }
        Value::String(text) => lines.push(format!("{path}: {}", shown(text))),
        other => lines.push(format!("{path}: {other}")),
    }
}

/// A member's name on one line.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text as it is, in JSON's quotes where it would be read as something else or as another line.
fn shown(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with('"')
        && !text.contains(char::is_control)
        && serde_json::from_str::<Value>(text).is_err();
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn sorted_lines_with_paths() {
        let config = json!({ "network": { "interfaces": { "data": { "ipv4": { "cidr": "192.0.2.40/24" } } } },
            "radios": [{ "frequency": 5200 }, { "frequency": 5180.5 }], "empty": {}, "none": [], "x": null });
        let services = json!({ "snmpAgent": { "enabled": true, "contact": "", "community": "a b", "name": "true" } });
        assert_eq!(
            text(&[("/system/airos/configuration", &config), ("/services", &services)]).unwrap(),
            "/services.snmpAgent.community: a b\n\
             /services.snmpAgent.contact: \"\"\n\
             /services.snmpAgent.enabled: true\n\
             /services.snmpAgent.name: \"true\"\n\
             /system/airos/configuration.empty: {}\n\
             /system/airos/configuration.network.interfaces.data.ipv4.cidr: 192.0.2.40/24\n\
             /system/airos/configuration.none: []\n\
             /system/airos/configuration.radios[0].frequency: 5200\n\
             /system/airos/configuration.radios[1].frequency: 5180.5\n\
             /system/airos/configuration.x: null\n"
        );
    }

    #[test]
    fn moments_and_hashes_are_no_settings_and_order_is_none() {
        let one = json!({ "a": 1, "b": { "uptime": 7, "configHash": "x", "c": 2 }, "timestamp": 1 });
        let two = json!({ "timestamp": 2, "b": { "c": 2, "uptime": 8, "configHash": "y" }, "a": 1 });
        let text = |value: &Value| text(&[("/s", value)]).unwrap();
        assert_eq!(text(&one), "/s.a: 1\n/s.b.c: 2\n");
        assert_eq!(text(&one), text(&two));
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for value in [json!({}), json!([]), json!(null), json!("x"), json!(1)] {
            assert_eq!(text(&[("/s", &value)]).unwrap_err().class, FailureClass::Protocol, "{value}");
        }
    }

    proptest! {
        /// Different texts make different lines, one each.
        #[test]
        fn a_value_is_one_line_and_unmistakable(one in "\\PC{0,12}|[\\n\\t ]{0,3}|true|12|\"x\"", two in "\\PC{0,12}|true|12") {
            let of = |value: &str| text(&[("/s", &json!({ "v": value }))]).unwrap();
            prop_assert_eq!(of(&one).lines().count(), 1);
            prop_assert_eq!(of(&one) == of(&two), one == two);
            prop_assert_ne!(of("true"), text(&[("/s", &json!({ "v": true }))]).unwrap());
        }
    }
}
