//! The running config as the contract has it: one `path: value` a line, sorted, values as JSON.

use serde_json::Value;

use crate::drivers::tachyon::platform::VOLATILE;
use crate::drivers::web::strange;
use crate::model::Failure;

/// The text without what changes by itself, or why the answer is no configuration.
pub(crate) fn normalise(config: &Value) -> Result<String, Failure> {
    if config.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(strange(config, "GET config", "any setting"));
    }
    let mut lines = Vec::new();
    flatten(String::new(), config, &mut lines);
    lines.sort();
    let mut text = String::new();
    for (path, value) in lines {
        if !VOLATILE.contains(&path.as_str()) {
            text.push_str(&path);
            text.push_str(": ");
            text.push_str(&value);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Every leaf with its path; what is empty is a leaf too, since it says that there is nothing.
fn flatten(path: String, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                // A name with a line end would make a line of its own.
                let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                let below = if path.is_empty() { name } else { format!("{path}.{name}") };
                flatten(below, member, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                flatten(format!("{path}[{index}]"), item, lines);
            }
        }
        leaf => lines.push((path, leaf.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::FailureClass;

    #[test]
    fn a_line_a_setting_sorted() {
        let config = json!({
            "wireless": {"radios": {"wlan0": {"channel": {"number": 2}, "vaps": [{"ssid": "090-1.X", "hidden": false}], "acl": []}}},
            "system": {"hostname": "AP \"one\"", "time": {"time": "12:00:01", "timezone": "CST6"}, "notes": "True story\nFalse", "x": null},
            "odd\nname": 1.5,
        });
        let expected = "odd name: 1.5\n\
            system.hostname: \"AP \\\"one\\\"\"\n\
            system.notes: \"True story\\nFalse\"\n\
            system.time.timezone: \"CST6\"\n\
            system.x: null\n\
            wireless.radios.wlan0.acl: []\n\
            wireless.radios.wlan0.channel.number: 2\n\
            wireless.radios.wlan0.vaps[0].hidden: false\n\
            wireless.radios.wlan0.vaps[0].ssid: \"090-1.X\"\n";
        assert_eq!(normalise(&config).unwrap(), expected);
        for nothing in [json!({}), json!([]), json!("x"), json!(null)] {
            assert_eq!(normalise(&nothing).unwrap_err().class, FailureClass::Protocol, "{nothing}");
        }
    }
}
