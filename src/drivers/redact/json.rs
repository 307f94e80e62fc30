//! Secrets in JSON configurations.

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use super::{Redacted, generic, keys};

/// Parents under which a member `key` is a secret.
const KEYED: [&str; 6] = ["security", "wpa", "wep", "psk", "radius", "wireless"];

/// None where the text is no JSON object or array. The text is written anew, pretty where it had more than one line and
/// indented as it was, only if something was replaced.
pub(super) fn redact(text: &str, mark: &dyn Fn(&str) -> Option<String>) -> Option<Redacted> {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    let mut value: Value = serde_json::from_str(trimmed).ok()?;
    let mut walk = Walk { mark, count: 0, parents: Vec::new() };
    walk.value(&mut value, false);
    if walk.count == 0 {
        return Some(Redacted { text: text.to_owned(), count: 0 });
    }
    let mut written =
        if trimmed.contains('\n') { pretty(&value, indent(trimmed))? } else { serde_json::to_string(&value).ok()? };
    if text.ends_with('\n') {
        written.push('\n');
    }
    Some(Redacted { text: written, count: walk.count })
}

/// The blanks before the first member.
fn indent(text: &str) -> &str {
    let second = text.split('\n').nth(1).unwrap_or_default();
    second.get(..second.len() - second.trim_start().len()).filter(|blanks| !blanks.is_empty()).unwrap_or("  ")
}

fn pretty(value: &Value, indent: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut writer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(indent.as_bytes()));
    value.serialize(&mut writer).ok()?;
    String::from_utf8(out).ok()
}

struct Walk<'a> {
    mark: &'a dyn Fn(&str) -> Option<String>,
    count: usize,
    parents: Vec<String>,
}

impl Walk<'_> {
    fn value(&mut self, value: &mut Value, secret: bool) {
        match value {
            Value::Object(members) => self.object(members, secret),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, secret)),
            Value::String(text) if secret || keys::is_secret_value(text) => {
                if let Some(marked) =
                    Some(&text).filter(|text| !keys::is_switch(text)).and_then(|text| (self.mark)(text))
                {
                    *text = marked;
                    self.count += 1;
                }
            }
            Value::String(text) => self.addresses(text),
            Value::Number(number) if secret => {
                if let Some(marked) = (self.mark)(&number.to_string()) {
                    *value = Value::String(marked);
                    self.count += 1;
                }
            }
            _ => {}
        }
    }

    /// Passwords in addresses: `tftp://user:PASSWORD@host`.
    fn addresses(&mut self, text: &mut String) {
        for (start, end) in generic::credentials(text).into_iter().rev() {
            if let Some(marked) = text.get(start..end).and_then(|value| (self.mark)(value)) {
                text.replace_range(start..end, &marked);
                self.count += 1;
            }
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, secret: bool) {
        for (name, member) in members {
            let named = keys::is_secret(name)
                || keys::is_key_of_a_radio(name)
                || keys::is_community(name)
                || name.eq_ignore_ascii_case("key")
                    && self.parents.iter().any(|parent| KEYED.iter().any(|word| parent.contains(word)));
            self.parents.push(name.to_ascii_lowercase());
            self.value(member, secret || named);
            self.parents.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use crate::model::Family;

    #[test]
    fn hashes_keys_and_addresses_are_secrets_by_what_they_are() {
        let text = r#"{"a":"$6$salt$hash","b":"-----BEGIN RSA PRIVATE KEY-----\nMIIE","url":"tftp://u:hunter2@192.0.2.1/x","n":"$5"}"#;
        let redactor = Redactor::new([1; 32]);
        let redacted = redactor.redact(Family::Netonix, text);
        assert_eq!(redacted.count, 3);
        for part in ["salt", "MIIE", "hunter2"] {
            assert!(!redacted.text.contains(part), "{}", redacted.text);
        }
        assert!(redacted.text.contains("tftp://u:<redacted:") && redacted.text.contains(r#""n":"$5""#));
        assert_eq!(redactor.redact(Family::Netonix, &redacted.text).text, redacted.text);
    }

    #[test]
    fn members_named_as_secrets_are_redacted_all_the_way_down() {
        let text = "{\n  \"name\": \"t1\",\n  \"snmp\": {\n    \"communities\": [\n      \"abc\",\n      \"\"\n    ],\n    \"password_enabled\": true\n  },\n  \"wpa\": {\n    \"key\": \"k\"\n  },\n  \"key\": \"v\",\n  \"pin_password\": 1234,\n  \"token\": null\n}\n";
        let redactor = Redactor::new([1; 32]);
        let redacted = redactor.redact(Family::Tachyon, text);
        assert_eq!(redacted.count, 3);
        let mut expected = text.to_owned();
        for secret in ["\"abc\"", "\"k\"", "1234"] {
            let mark = redactor.mark(secret.trim_matches('"')).unwrap();
            expected = expected.replacen(secret, &format!("\"{mark}\""), 1);
        }
        assert_eq!(redacted.text, expected);
        assert_eq!(redactor.redact(Family::Tachyon, &redacted.text).text, redacted.text);
    }

    #[test]
    fn the_indentation_stays() {
        let text = "{\n    \"snmpReadOnlyCommunity\": \"abc\",\n    \"wirelessInterfaceKey\": \"def\",\n    \"z\": [\n        1\n    ]\n}\n";
        let redactor = Redactor::new([1; 32]);
        let (community, key) = (redactor.mark("abc").unwrap(), redactor.mark("def").unwrap());
        let redacted = redactor.redact(Family::Epmp, text);
        assert_eq!(redacted.text, text.replace("abc", &community).replace("def", &key));
    }

    #[test]
    fn without_secrets_nothing_is_written_anew() {
        let text = "{ \"a\" :1}";
        assert_eq!(Redactor::new([1; 32]).redact(Family::Netonix, text).text, text);
    }
}
