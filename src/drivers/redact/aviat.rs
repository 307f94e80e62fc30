//! Secrets in the lines of a WTM's config: `snmp community X`, `user admin password $1$...`.
//!
//! A line is a path and a value, the quotes taken off, so a value may hold blanks: everything behind the name of a
//! secret is the secret.

use super::{Found, generic, keys};

/// How a hashed password begins, wherever it stands.
const HASHES: [&str; 5] = ["$0$", "$1$", "$5$", "$6$", "$8$"];

/// All secrets of a config, and those that any family's lines may hold.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = generic::find(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        if let Some((from, to)) = secret(body)
            && let Some(value) = body.get(from..to)
        {
            found.push(Found {
                start: at + from,
                end: at + to,
                value: value.replace("\\\"", "\"").replace("\\\\", "\\"),
            });
        }
        at += line.len();
    }
    found
}

/// Where the secret of a line stands, without quotes around all of it.
fn secret(line: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut from = None;
    for word in line.split(' ') {
        let name = word.split_once('[').map_or(word, |(name, _)| name);
        if HASHES.iter().any(|hash| word.trim_start_matches('"').starts_with(hash)) {
            from = Some(at);
            break;
        }
        at += word.len() + 1;
        if keys::is_secret(name) || keys::is_community(name) {
            from = Some(at);
            break;
        }
    }
    let from = from?;
    let rest = line.get(from..)?;
    let value = rest.trim();
    if value.is_empty() || keys::is_switch(value) {
        return None;
    }
    let from = from + (rest.len() - rest.trim_start().len());
    let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    let quote = usize::from(quoted);
    Some((from + quote, from + value.len() - quote)).filter(|(from, to)| from < to)
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use crate::model::Family;
    use proptest::prelude::*;

    fn redact(text: &str) -> String {
        let mut shown = String::new();
        let redacted = Redactor::new([1; 32]).redact(Family::Aviat, text).text;
        let mut rest = redacted.as_str();
        while let Some((before, after)) = rest.split_once("<redacted:") {
            shown.push_str(before);
            shown.push_str("***");
            rest = after.split_once('>').unwrap().1;
        }
        shown + rest
    }

    #[test]
    fn the_rest_of_the_line_is_the_secret() {
        for (line, expected) in [
            ("snmp community COMMUNITY-PLACEHOLDER", "snmp community ***"),
            ("snmp community[0] one", "snmp community[0] ***"),
            ("user admin password my pass word", "user admin password ***"),
            ("user admin password \"my pass word\"", "user admin password \"***\""),
            ("user admin password $6$salt$hash", "user admin password ***"),
            ("user admin hash $6$salt$hash", "user admin hash ***"),
            ("radius server 192.0.2.1 shared-secret a b", "radius server 192.0.2.1 shared-secret ***"),
            ("ftp uri ftp://u:hunter2@192.0.2.1/x", "ftp uri ftp://u:***@192.0.2.1/x"),
            ("no user admin password", "no user admin password"),
            ("snmp v2c-only", "snmp v2c-only"),
            ("user admin password-policy strict", "user admin password-policy strict"),
            ("modulation min half-qpsk max qam-4096", "modulation min half-qpsk max qam-4096"),
            ("interface Radio1 description key to the tower", "interface Radio1 description key to the tower"),
        ] {
            assert_eq!(redact(line), expected);
            assert_eq!(redact(&format!("a b\n{line}\nc d")), format!("a b\n{expected}\nc d"));
        }
    }

    proptest! {
        #[test]
        fn no_secret_survives_and_twice_is_once(secret in "[!-~][ -~]{3,20}[!-~]", key in prop::sample::select(vec!["user admin password ", "snmp community ", "tacacs secret "])) {
            prop_assume!(!secret.starts_with(['$', '<', '"', '\'']) && !super::keys::is_switch(&secret));
            let redactor = Redactor::new([3; 32]);
            let once = redactor.redact(Family::Aviat, &format!("{key}{secret}\nhostname A"));
            prop_assert!(!once.text.contains(&secret), "{}", once.text);
            prop_assert!(once.text.ends_with("\nhostname A"));
            prop_assert_eq!(&redactor.redact(Family::Aviat, &once.text).text, &once.text);
        }
    }
}
