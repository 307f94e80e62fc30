//! Secrets in configurations of `path: value` lines, one setting a line, the value as JSON (Tachyon).

use serde_json::Value;

use super::{Found, keys};

/// Parts of a path under which a member `key` is a secret.
const KEYED: [&str; 6] = ["security", "wpa", "wep", "psk", "radius", "encryption"];

/// All secrets of a text.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some((path, value)) = line.trim_end().split_once(": ")
            && is_secret(path)
            && let Some((inset, end, value)) = secret(value)
        {
            let start = at + path.len() + 2;
            found.push(Found { start: start + inset, end: start + end, value });
        }
        at += line.len();
    }
    found
}

/// Whether the last part of a path, or one above it, is the name of a secret: `users[0].password`, `snmp.communities[1]`.
fn is_secret(path: &str) -> bool {
    let names: Vec<&str> = path
        .split('.')
        .map(|part| part.split('[').next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect();
    let keyed =
        |names: &[&str]| names.iter().any(|name| KEYED.iter().any(|word| name.to_ascii_lowercase().contains(word)));
    names.iter().any(|name| keys::is_secret(name) || keys::is_community(name) || keys::is_key_of_a_radio(name))
        || matches!(names.split_last(), Some((last, above)) if last.eq_ignore_ascii_case("key") && keyed(above))
}

/// Where a value begins and ends within its token, and what it is; none where there is nothing to hide.
fn secret(token: &str) -> Option<(usize, usize, String)> {
    match serde_json::from_str(token).ok()? {
        Value::String(text) if !text.is_empty() && !keys::is_switch(&text) => {
            // The quotes stay, so that the line stays what it is.
            Some((1, token.len().checked_sub(1)?, text))
        }
        Value::Number(number) => Some((0, token.len(), number.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use crate::model::Family;

    #[test]
    fn values_of_secret_paths_are_marked_and_nothing_else() {
        let text = "services.snmp.community: \"c0mm\"\nservices.snmp.communities[0]: \"c1\"\nservices.snmp.enabled: true\n\
            system.name: \"AP password: x\"\nsystem.users[0].password: \"$1$abc\"\nsystem.users[0].pin_password: 1234\n\
            system.users[1].password: \"\"\nwireless.vaps[0].security.key: \"k \\\"q\\\"\"\nwireless.vaps[0].security.mode: \"wpa2\"\n\
            wireless.vaps[0].ssid: \"090-1.KEY\"\n";
        let redactor = Redactor::new([1; 32]);
        let redacted = redactor.redact(Family::Tachyon, text);
        assert_eq!(redacted.count, 5);
        let mut expected = text.to_owned();
        for (written, value) in
            [("c0mm", "c0mm"), ("c1", "c1"), ("$1$abc", "$1$abc"), ("1234", "1234"), ("k \\\"q\\\"", "k \"q\"")]
        {
            expected = expected.replacen(written, &redactor.mark(value).unwrap(), 1);
        }
        assert_eq!(redacted.text, expected);
        assert_eq!(redactor.redact(Family::Tachyon, &redacted.text).text, redacted.text);
    }
}
