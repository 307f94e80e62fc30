//! Secrets in a cnMatrix's config: lines of Aricent's command language, where the name of a community is not what
//! follows the word `community`: `snmp community index X name Y security Z`, `radius-server host A key B`.

use super::{Found, generic};

/// Words behind which a secret stands, by the word that the line begins with.
const BEHIND: [(&str, &[&str]); 3] =
    [("snmp", &["index", "name"]), ("radius-server", &["key"]), ("tacacs-server", &["key"])];

/// All secrets of a config.
pub(super) fn find(text: &str) -> Vec<Found> {
    let own_lines = |at: usize| own(text.get(at..).unwrap_or_default());
    let mut found: Vec<Found> = generic::find(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(words) = own_lines(at) {
            let end = at + line.len();
            // What the common finder sees in such a line is a word of the language.
            found.retain(|secret| secret.start < at || secret.start >= end || is_value(line, at, secret));
            for (from, to) in values(line.trim_end(), words) {
                if let Some(value) = line.get(from..to) {
                    let value = value.to_owned();
                    found.push(Found { start: at + from, end: at + to, value });
                }
            }
        }
        at += line.len();
    }
    found
}

/// The words behind which secrets stand, where a line is one of the table's.
fn own(line: &str) -> Option<&'static [&'static str]> {
    let line = line.lines().next()?.trim_start();
    let community = line.starts_with("snmp community ");
    BEHIND
        .iter()
        .find(|(first, _)| if *first == "snmp" { community } else { line.split(' ').next() == Some(*first) })
        .map(|(_, words)| *words)
}

/// Whether what the common finder found is more than a word of this language.
fn is_value(line: &str, at: usize, secret: &Found) -> bool {
    let word = line.get(secret.start - at..secret.end - at).unwrap_or_default();
    !matches!(word, "index" | "name" | "host" | "key")
}

/// Byte ranges of the values behind these words, without quotes.
fn values(line: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut named = false;
    for word in line.split(' ') {
        let (from, to) = (at, at + word.len());
        at = to + 1;
        if word.is_empty() {
            continue;
        }
        if named {
            let quote = usize::from(word.len() > 2 && word.starts_with('"') && word.ends_with('"'));
            found.push((from + quote, to - quote));
        }
        named = !named && words.contains(&word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use crate::model::Family;

    #[test]
    fn the_lines_of_a_cnmatrix() {
        let redactor = Redactor::new([1; 32]);
        let text = "set switch-name S1\nsnmp community index netman name netman-name security none\n\
                    snmp user noc auth md5 auth-secret priv DES priv-secret\nradius-server host 192.0.2.1 key radius-one primary\n\
                    username admin password user-secret privilege 15\ninterface vlan 3000\n  ip address 192.0.2.30 255.255.255.0\n";
        let redacted = redactor.redact(Family::CnMatrix, text);
        for secret in ["netman", "netman-name", "radius-one", "user-secret", "auth-secret", "priv-secret"] {
            assert!(!redacted.text.contains(secret), "{secret}: {}", redacted.text);
        }
        assert!(redacted.text.contains("snmp community index <redacted:"), "{}", redacted.text);
        assert!(redacted.text.contains("> name <redacted:") && redacted.text.contains("> security none\n"));
        assert!(redacted.text.contains("radius-server host 192.0.2.1 key <redacted:"), "{}", redacted.text);
        assert!(
            redacted.text.contains("> primary\n") && redacted.text.contains("> privilege 15\n"),
            "{}",
            redacted.text
        );
        assert!(redacted.text.contains("  ip address 192.0.2.30 255.255.255.0\n"));
        assert_eq!(
            redactor.redact(Family::CnMatrix, &redacted.text),
            super::super::Redacted { count: 0, text: redacted.text.clone() }
        );
        // A changed secret has another mark.
        let other = redactor.redact(Family::CnMatrix, &text.replace("radius-one", "radius-two"));
        assert_ne!(other.text, redacted.text);
    }
}
