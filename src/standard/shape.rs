//! The form of a family's running configs, so that the two can be compared line by line. Pure.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use crate::model::Family;

/// Brings what a template gave into the family's form; says why where it cannot be.
pub(super) fn settle(family: Family, text: &str) -> Result<String, String> {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    Ok(match family {
        Family::RouterOs | Family::Generic => ended(lines().collect()),
        // An empty line separates parts there, never two of them.
        Family::Nokia7250 | Family::CnMatrix => {
            let mut kept: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
            kept.dedup_by(|line, before| line.is_empty() && before.is_empty());
            if kept.is_empty() { String::new() } else { ended(kept) }
        }
        // Sorted by code point, nothing behind the last line (`drivers/aviat`).
        Family::Aviat => {
            let mut lines: Vec<&str> = lines().map(str::trim).collect();
            lines.sort_unstable();
            lines.join("\n")
        }
        Family::Wave => {
            let mut lines: Vec<&str> = lines().map(str::trim).collect();
            lines.sort_unstable();
            ended(lines)
        }
        // By path, then value: `a: 1` goes before `a.b: 2`, though `.` goes before `:`.
        Family::Tachyon | Family::SmartSys => {
            let mut lines: Vec<&str> = lines().map(str::trim).collect();
            lines.sort_by_key(|line| line.split_once(": ").unwrap_or((*line, "")));
            ended(lines)
        }
        // `name: value` and `name.index: value`, by name, then index (`drivers/power`).
        Family::IctPanel | Family::IctPlatinum | Family::IctMps | Family::ApcUps | Family::ApcPdu | Family::UpsMib => {
            let mut lines: Vec<&str> = lines().map(str::trim).collect();
            lines.sort_by(|a, b| object(a).cmp(&object(b)));
            ended(lines)
        }
        Family::Netonix => pretty(text, b"  ")?,
        Family::Epmp => pretty(text, b"    ")?,
    })
}

/// JSON, its members in order, so deeply indented.
fn pretty(text: &str, indent: &[u8]) -> Result<String, String> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("gives no JSON in line {} of its output: {error}", error.line()))?;
    let mut out = Vec::new();
    let mut writer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(indent));
    sorted(value).serialize(&mut writer).map_err(|error| error.to_string())?;
    out.push(b'\n');
    String::from_utf8(out).map_err(|error| error.to_string())
}

fn ended(lines: Vec<&str>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

/// Name, index, value.
fn object(line: &str) -> (&str, Option<u32>, &str) {
    let (path, value) = line.split_once(": ").unwrap_or((line, ""));
    match path.rsplit_once('.').and_then(|(name, index)| Some((name, index.parse().ok()?))) {
        Some((name, index)) => (name, Some(index), value),
        None => (path, None, value),
    }
}

/// Members in the order of their names, all the way down.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().map(|(name, member)| (name, sorted(member))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_where_it_means_something() {
        assert_eq!(settle(Family::RouterOs, "/b \r\n\n/a\n").unwrap(), "/b\n/a\n");
        assert_eq!(settle(Family::RouterOs, "").unwrap(), "");
        assert_eq!(
            settle(Family::Nokia7250, "\n# head\n\n\nconfigure\n    a \n").unwrap(),
            "# head\n\nconfigure\n    a\n"
        );
        assert_eq!(settle(Family::CnMatrix, " \n").unwrap(), "");
    }

    #[test]
    fn lines_are_sorted_where_the_running_config_is() {
        assert_eq!(settle(Family::Aviat, "snmp v2c-only\n  no a b\n").unwrap(), "no a b\nsnmp v2c-only");
        assert_eq!(settle(Family::Wave, "/b: 1\n/a: 2\n").unwrap(), "/a: 2\n/b: 1\n");
        assert_eq!(settle(Family::SmartSys, "a.b: 2\nb: 1\na: 1\n").unwrap(), "a: 1\na.b: 2\nb: 1\n");
        // As numbers: 10 comes behind 2.
        let text = "outputName.10: x\noutputName.2: y\ndeviceName: P\n";
        assert_eq!(settle(Family::IctPanel, text).unwrap(), "deviceName: P\noutputName.2: y\noutputName.10: x\n");
    }

    #[test]
    fn json_is_json_with_its_members_in_order() {
        let text = "{\"b\": {\"d\": 1, \"c\": [ {\"f\":1,\"e\":2} ]},\n \"a\": \"<x>\"}";
        let expected = "{\n  \"a\": \"<x>\",\n  \"b\": {\n    \"c\": [\n      {\n        \"e\": 2,\n        \"f\": 1\n      \
                        }\n    ],\n    \"d\": 1\n  }\n}\n";
        assert_eq!(settle(Family::Netonix, text).unwrap(), expected);
        assert_eq!(settle(Family::Epmp, "{\"a\": 1}").unwrap(), "{\n    \"a\": 1\n}\n");
        let error = settle(Family::Netonix, "{\"a\": 1,\n}").unwrap_err();
        assert!(error.starts_with("gives no JSON in line 2 of its output: "), "{error}");
    }
}
