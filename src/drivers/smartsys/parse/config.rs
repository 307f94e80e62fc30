//! The documents as a configuration: one line a value, `document.path: "value"`.

use std::collections::BTreeMap;

use super::super::platform::VOLATILE;
use super::xml::Element;

/// The lines of these documents, by name, sorted by document and path; elements that change by themselves are not in it.
pub fn config(documents: &[(&str, &Element)]) -> String {
    let mut lines = Vec::new();
    for (name, root) in documents {
        values(name, root, &mut lines);
    }
    lines.sort();
    lines.into_iter().map(|(path, value)| format!("{path}: {}\n", serde_json::Value::from(value))).collect()
}

fn values(path: &str, element: &Element, lines: &mut Vec<(String, String)>) {
    for (attribute, value) in &element.attributes {
        let path = if attribute == "val" { path.to_owned() } else { format!("{path}.{attribute}") };
        lines.push((path, value.clone()));
    }
    if !element.text.is_empty() {
        lines.push((format!("{path}.text"), element.text.clone()));
    }
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for child in &element.children {
        *count.entry(child.name.as_str()).or_default() += 1;
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for child in &element.children {
        if VOLATILE.contains(&child.name.to_ascii_lowercase().as_str()) {
            continue;
        }
        let number = seen.entry(child.name.as_str()).or_default();
        *number += 1;
        let is_one = count.get(child.name.as_str()) == Some(&1);
        let own = if is_one { child.name.clone() } else { format!("{}.{number}", child.name) };
        values(&format!("{path}.{own}"), child, lines);
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::document;
    use super::*;

    #[test]
    fn every_value_has_a_line_and_nothing_that_changes_by_itself() {
        let about = document(
            b"<homepage><siteName val=\"S\"/><Time val=\"10:11\"/><g><x val=\"a &quot;b&quot;\" unit=\"m\"/></g></homepage>",
        );
        let units = document(b"<E><Unit><model val=\"A\"/></Unit><Unit><model val=\"B\"/></Unit></E>");
        let (about, units) = (about.unwrap(), units.unwrap());
        assert_eq!(
            config(&[("equipment", &units), ("about", &about)]),
            "about.g.x: \"a \\\"b\\\"\"\nabout.g.x.unit: \"m\"\nabout.siteName: \"S\"\nequipment.Unit.1.model: \"A\"\n\
             equipment.Unit.2.model: \"B\"\n"
        );
    }

    #[test]
    fn the_community_of_the_traps_is_marked() {
        let snmp = document(b"<C><TrapAddr1 val=\"192.0.2.50\"/><Community1 val=\"two words\"/></C>").unwrap();
        let redactor = crate::drivers::redact::Redactor::new([1; 32]);
        let text = redactor.redact(crate::model::Family::SmartSys, &config(&[("SNMPconfig", &snmp)])).text;
        assert!(!text.contains("words") && text.contains("SNMPconfig.Community1: \"<redacted:"), "{text}");
        assert!(text.contains("SNMPconfig.TrapAddr1: \"192.0.2.50\"\n"), "{text}");
    }
}
