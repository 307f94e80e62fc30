//! `/www/config.json`: one JSON object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::platform::VOLATILE;
use super::port::count;
use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass};

/// A whole configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config(Map<String, Value>);

/// Fails with `Protocol` where the text is not the whole of one, and with `WrongModel` where it is that of a switch of
/// another size than `expected` ports. `what` is where it was read.
pub fn config(text: &str, expected: Option<usize>, what: &str) -> Result<Config, Failure> {
    let odd = |why: &str| {
        let sentence = format!("{what} shows {why}: {}; nothing of it is used", words(text));
        Failure::new(FailureClass::Protocol, sentence)
    };
    let members = match serde_json::from_str(text.trim()) {
        Ok(Value::Object(members)) => members,
        _ => return Err(odd("no whole configuration")),
    };
    let has_name = members.get("Switch_Name").is_some_and(Value::is_string);
    let Some(ports) = members.get("Ports").and_then(Value::as_array).filter(|_| has_name) else {
        return Err(odd("no configuration of a Netonix, which has Switch_Name and Ports"));
    };
    let number = |port: &Value| port.get("Number")?.as_u64().and_then(|number| usize::try_from(number).ok());
    count(ports.iter().map(|port| number(port).unwrap_or(0)), expected, what)?;
    Ok(Config(members))
}

impl Config {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The switch's name.
    pub fn name(&self) -> Option<&str> {
        self.text("Switch_Name")
    }

    /// Where it stands, in the operator's words.
    pub fn location(&self) -> Option<&str> {
        self.text("Switch_Location")
    }

    /// Degrees north and east; none where they are not set or no numbers.
    pub fn position(&self) -> Option<(f64, f64)> {
        let number = |name: &str| match self.0.get(name)? {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        };
        let (latitude, longitude): (f64, f64) = (number("GPS_Latitude")?, number("GPS_Longitude")?);
        let real = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        real.then_some((latitude, longitude))
    }

    /// The name of a port.
    pub fn port_name(&self, number: usize) -> Option<String> {
        let ports = self.0.get("Ports")?.as_array()?;
        let name = ports.get(number.checked_sub(1)?)?.get("Name")?.as_str()?.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// Whether the settings switch a port on; none where they do not say.
    pub fn is_port_enabled(&self, number: usize) -> Option<bool> {
        let ports = self.0.get("Ports")?.as_array()?;
        ports.get(number.checked_sub(1)?)?.get("Enable")?.as_bool()
    }

    /// The text: members sorted at every level, without those that are no settings, one trailing line end.
    pub fn normalised(&self) -> String {
        let mut members = self.0.clone();
        members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
        let mut text = serde_json::to_string_pretty(&sorted(Value::Object(members))).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Members of objects by name; lists stay as they are.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> =
                members.into_iter().map(|(name, member)| (name, sorted(member))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        let ports: Vec<Value> =
            (1..=14).map(|number| json!({ "Number": number, "Name": format!("P{number}") })).collect();
        json!({ "Switch_Name": "SWT-1", "Config_Version": 90, "Applied": true, "GPS_Latitude": "32.25",
            "GPS_Longitude": "-97.5", "Ports": ports })
    }

    #[test]
    fn a_whole_file_is_read_and_sorted() {
        let config_of = |value: &Value| config(&value.to_string(), Some(14), "it").unwrap();
        let whole = config_of(&sample());
        assert_eq!((whole.name(), whole.location(), whole.position()), (Some("SWT-1"), None, Some((32.25, -97.5))));
        assert_eq!(
            (whole.port_name(14).as_deref(), whole.port_name(15), whole.port_name(0)),
            (Some("P14"), None, None)
        );
        let text = whole.normalised();
        assert!(text.starts_with("{\n  \"Config_Version\": 90,\n  \"GPS_Latitude\": \"32.25\",\n"), "{text}");
        assert!(text.ends_with("  \"Switch_Name\": \"SWT-1\"\n}\n") && !text.contains("Applied"), "{text}");
        let mut other = sample();
        other["Applied"] = json!(false);
        assert_eq!(config_of(&other).normalised(), text);
        other["GPS_Latitude"] = json!("");
        assert_eq!(config_of(&other).position(), None);
    }

    #[test]
    fn every_cut_is_an_error() {
        let text = sample().to_string();
        for end in 0..text.len() {
            let failure = config(text.get(..end).unwrap(), Some(14), "it").unwrap_err();
            assert_eq!(failure.class, FailureClass::Protocol, "{end}");
        }
        assert_eq!(config(&text, Some(26), "it").unwrap_err().class, FailureClass::WrongModel);
        for other in
            ["{}", "[]", "{\"Switch_Name\":\"x\"}", "cat: no such file", "{\"Ports\":[],\"Switch_Name\":\"x\"}"]
        {
            assert_eq!(config(other, Some(14), "it").unwrap_err().class, FailureClass::Protocol, "{other}");
        }
    }

    #[test]
    fn an_excerpt_of_a_cut_file_has_no_secret() {
        let failure = config("{\"SNMP_Server_Community\": \"hunter2\", \"x\": ", Some(14), "it").unwrap_err();
        assert!(
            failure.sentence.contains("SNMP_Server_Community") && !failure.sentence.contains("hunter2"),
            "{failure}"
        );
    }
}
