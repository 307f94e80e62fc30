//! Secrets in a Wave's configuration, lines `path: value`: `/services.snmpAgent.community: X`, `/x.users[0].password: X`.
//!
//! A value goes to the end of its line and may hold blanks; it stands in JSON's quotes where it would be read wrongly
//! without.

use super::{Found, generic, keys};

/// Members under which a member `key` is a secret.
const KEYED: [&str; 6] = ["security", "wpa", "wep", "psk", "radius", "wireless"];

/// All secrets of a text.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        for (start, end) in generic::credentials(body) {
            if let Some(value) = body.get(start..end) {
                found.push(Found { start: at + start, end: at + end, value: value.to_owned() });
            }
        }
        if let Some((path, value)) = body.split_once(": ")
            && (is_secret(path) || keys::is_secret_value(value.trim_start_matches('"')))
            && !keys::is_switch(value)
        {
            let (start, end) = (at + path.len() + 2, at + body.len());
            let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
            let quote = usize::from(quoted);
            let whole: Option<String> = if quoted { serde_json::from_str(value).ok() } else { None };
            let value = whole.unwrap_or_else(|| value.to_owned());
            found.push(Found { start: start + quote, end: end - quote, value });
        }
        at += line.len();
    }
    found
}

/// Whether a part of the path is the name of a secret; the name of one above counts too.
fn is_secret(path: &str) -> bool {
    let names: Vec<&str> = path
        .split(['.', '/'])
        .map(|part| part.split('[').next().unwrap_or_default())
        .filter(|part| !part.is_empty())
        .collect();
    let named = names.iter().any(|name| keys::is_secret(name) || keys::is_community(name) || is_key(name));
    let keyed = names.last().is_some_and(|last| last.eq_ignore_ascii_case("key"))
        && names.iter().any(|name| KEYED.iter().any(|word| name.to_ascii_lowercase().contains(word)));
    named || keyed
}

/// `wpaKey`, `encryptionKey2`; not `publicKey`.
fn is_key(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() > 3
        && name.ends_with("Key")
        && !["public", "host", "ssh"].iter().any(|kind| name.to_ascii_lowercase().contains(kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Redactor;
    use crate::model::Family;

    fn redact(text: &str) -> String {
        let mut shown = String::new();
        let redacted = Redactor::new([1; 32]).redact(Family::Wave, text).text;
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
            ("/services.snmpAgent.community: two words", "/services.snmpAgent.community: ***"),
            ("/services.snmpAgent.communities[1]: x", "/services.snmpAgent.communities[1]: ***"),
            ("/c.users[0].password: \"true\"", "/c.users[0].password: \"***\""),
            ("/c.users[0].hash: $6$a$b", "/c.users[0].hash: ***"),
            ("/c.wireless.security.psk: a: b", "/c.wireless.security.psk: ***"),
            ("/c.wireless.security.key: 12", "/c.wireless.security.key: ***"),
            ("/c.radios[0].wpaKey2: x", "/c.radios[0].wpaKey2: ***"),
            ("/c.users[0].publicKey: x", "/c.users[0].publicKey: x"),
            ("/c.radius[0].secret: x", "/c.radius[0].secret: ***"),
            ("/c.backup.url: tftp://u:hunter2@192.0.2.1/x", "/c.backup.url: tftp://u:***@192.0.2.1/x"),
            ("/c.users[0].password: \"\"", "/c.users[0].password: \"\""),
            ("/c.users[0].password: null", "/c.users[0].password: null"),
            ("/services.sshServer.passwordAuthentication: true", "/services.sshServer.passwordAuthentication: true"),
            ("/c.lacp[0].key: 3", "/c.lacp[0].key: 3"),
            ("/c.system.hostname: password", "/c.system.hostname: password"),
        ] {
            assert_eq!(redact(&format!("a: b\n{line}\nc: d\n")), format!("a: b\n{expected}\nc: d\n"));
        }
    }

    proptest! {
        #[test]
        fn no_secret_survives_and_twice_is_once(secret in "[!-;=-~][ -~]{4,20}[!-~]") {
            prop_assume!(!secret.starts_with('"') && !secret.starts_with('<') && !super::keys::is_switch(&secret));
            let redactor = Redactor::new([3; 32]);
            let once = redactor.redact(Family::Wave, &format!("/s.password: {secret}\n/s.name: A\n"));
            prop_assert!(!once.text.contains(&secret), "{}", once.text);
            prop_assert!(once.text.ends_with("\n/s.name: A\n"));
            prop_assert_eq!(&redactor.redact(Family::Wave, &once.text).text, &once.text);
        }
    }
}
