//! The running config: `device_props` of an export, sorted, indented by four, without what changes by itself.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use crate::drivers::web::strange;
use crate::model::{Failure, FailureClass};

/// Ends of names, in small letters, whose values are the clock's or count: no setting of anybody's.
const VOLATILE: [&str; 3] = ["uptime", "localtime", "currenttime"];

/// The text, or why the export is none.
pub(crate) fn normalise(export: &Value) -> Result<String, Failure> {
    let props = export.get("device_props").and_then(Value::as_object).filter(|props| !props.is_empty());
    let Some(props) = props else { return Err(strange(export, "config_export", "any setting")) };
    let kept: Map<String, Value> = props
        .iter()
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !VOLATILE.iter().any(|end| name.ends_with(end))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut out = Vec::new();
    let mut writer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"    "));
    let written = sorted(&Value::Object(kept)).serialize(&mut writer).ok().and_then(|()| String::from_utf8(out).ok());
    let mut text =
        written.ok_or_else(|| Failure::new(FailureClass::Internal, "an export that was read cannot be written"))?;
    text.push('\n');
    Ok(text)
}

/// Members in the order of their names, all the way down; the order of lists is the radio's.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            names.into_iter().filter_map(|name| Some((name.clone(), sorted(members.get(name)?)))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sorted_indented_and_without_what_changes_by_itself() {
        let export = json!({
            "template_props": {"config_id": "4711"},
            "device_props": {"snmpSystemName": "AP", "cambiumSysUpTime": "99", "centerFrequency": 5600,
                "aclTable": [{"z": 1, "a": "x"}], "empty": []}
        });
        let expected = "{\n    \"aclTable\": [\n        {\n            \"a\": \"x\",\n            \"z\": 1\n        }\n    ],\n    \
            \"centerFrequency\": 5600,\n    \"empty\": [],\n    \"snmpSystemName\": \"AP\"\n}\n";
        assert_eq!(normalise(&export).unwrap(), expected);
    }

    #[test]
    fn an_export_without_settings_is_no_config() {
        for export in [json!({"device_props": {}}), json!({"device_props": []}), json!({}), json!([1])] {
            assert_eq!(normalise(&export).unwrap_err().class, FailureClass::Protocol, "{export}");
        }
    }
}
