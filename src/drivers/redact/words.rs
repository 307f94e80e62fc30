//! A device's words for a sentence: what it said that was not understood, without secrets.

use super::{generic, json, keys};

/// Longest excerpt, characters.
const LONGEST: usize = 200;

/// So much of a text is looked at, bytes: more could not be shown.
const LOOKED_AT: usize = 64 << 10;

/// What stands for a secret: without a key, so that a sentence says nothing about its value.
const MARK: &str = "…";

/// Members of JSON whose texts are for people.
const FOR_PEOPLE: [&str; 6] = ["message", "msg", "detail", "error", "reason", "title"];

/// The beginning of a text, in quotes: on one line, printable, at most 200 characters. Secrets are taken out before it
/// is cut; of JSON, whole or not, every text that is not for people is. `nothing` where there is none.
pub fn words(text: &str) -> String {
    let text = text.get(..floor(text, LOOKED_AT)).unwrap_or_default();
    let shown = if text.trim_start().starts_with(['{', '[']) { members(text) } else { lines(text) };
    let line: Vec<&str> =
        shown.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = line.join(" ");
    if line.is_empty() {
        return "nothing".to_owned();
    }
    let cut = line.chars().count() > LONGEST;
    let shown: String = line.chars().take(LONGEST).collect();
    format!("\"{shown}{}\"", if cut { MARK } else { "" })
}

fn floor(text: &str, most: usize) -> usize {
    if text.len() <= most { text.len() } else { (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0) }
}

/// Any text: secrets by the names in front of them.
fn lines(text: &str) -> String {
    let mut found = generic::find(text);
    found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for secret in found {
        let Some(before) = text.get(done..secret.start) else { continue };
        out.push_str(before);
        out.push_str(MARK);
        done = secret.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// JSON: names, numbers and what is for people.
fn members(text: &str) -> String {
    let hide = |value: &str| (!value.is_empty()).then(|| MARK.to_owned());
    let whole = json::redact(text, &hide).map(|redacted| redacted.text);
    let mut rest = whole.as_deref().unwrap_or(text);
    let (mut out, mut name) = (String::new(), String::new());
    while let Some((before, behind)) = rest.split_once('"') {
        // A number behind the name of a secret, where the text was cut.
        out.push_str(if keys::is_secret(&name) && before.contains(|c: char| c.is_ascii_digit()) {
            ":…,"
        } else {
            before
        });
        let mut escaped = false;
        let end = behind.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let (inside, after) = match end {
            Some(end) => (behind.get(..end).unwrap_or_default(), behind.get(end + 1..).unwrap_or_default()),
            None => ("", ""),
        };
        let is_name = after.trim_start().starts_with(':');
        if is_name {
            name = inside.to_owned();
        }
        let shown = is_name || FOR_PEOPLE.contains(&name.to_ascii_lowercase().as_str());
        out.push('"');
        out.push_str(if shown { inside } else { MARK });
        out.push('"');
        rest = after;
    }
    if !keys::is_secret(&name) {
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn structure_and_messages_stay_and_values_go() {
        for (text, expected) in [
            (" \r\n\u{0}", "nothing"),
            ("a\u{1b}[2J\r\n  b", "\"a [2J b\""),
            ("<html><title>Anmeldung</title>", "\"<html><title>Anmeldung</title>\""),
            ("snmp community hunter2 ro", "\"snmp community … ro\""),
            ("{\"community\": \"hunter2\", \"x\": 1}", "\"{\"community\":\"…\",\"x\":1}\""),
            ("{\"x\": 1, \"ssid\": \"hunter2", "\"{\"x\": 1, \"ssid\": \"…\"\""),
            ("{\"list\": [\"one\", \"tw", "\"{\"list\": [\"…\", \"…\"\""),
            ("{\"pin_password\": 1234", "\"{\"pin_password\"\""),
            (
                "{\"statusCode\":503,\"message\":\"Too many sessions\"}",
                "\"{\"statusCode\":503,\"message\":\"Too many sessions\"}\"",
            ),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(words(&"é".repeat(500_000)).chars().count(), LONGEST + 3);
    }

    proptest! {
        /// Wherever a configuration is cut off.
        #[test]
        fn no_value_of_a_configuration_is_shown(
            secret in "[ -~é]{8,40}",
            name in "[a-z]{1,4}",
            list in any::<bool>(),
            cut in 0_usize..200,
        ) {
            let value = if list { serde_json::json!({ (&name): ["x", secret] }) } else { serde_json::json!({ (&name): secret }) };
            prop_assume!(!FOR_PEOPLE.contains(&name.as_str()));
            let text = value.to_string();
            let shown = words(text.get(..floor(&text, cut)).unwrap());
            let beginning: String = secret.chars().take(6).collect();
            let outside = format!("\"{{\"{name}\":[\"…\",\"…\"]}}\"");
            prop_assert!(!shown.contains(&beginning) || outside.contains(beginning.trim()), "{} in {}", secret, shown);
        }
    }
}
