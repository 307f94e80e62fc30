//! Secrets in configurations of SR OS, both forms: besides what any family's lines hold, every value that is followed by
//! how it was hashed (`"..." hash2`), or that says so itself (`"... hash2"`, `"$2y$10$..."`).

use super::{Found, generic};

/// How a hash is named behind its value.
const NAMED: [&str; 2] = ["hash", "hash2"];

/// How a hashed password begins.
const HASHES: [&str; 8] = ["$2y$", "$2b$", "$2a$", "$1$", "$5$", "$6$", "$argon2", "$pbkdf2"];

/// All secrets of a config.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = generic::find(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = words(line.trim_end());
        for (index, word) in words.iter().enumerate() {
            let named = words.get(index + 1).is_some_and(|next| !next.quoted && NAMED.contains(&next.text.as_str()));
            let value = word.text.as_str();
            let own = word.quoted && (value.ends_with(" hash2") || value.ends_with(" hash"));
            // Bare words stand in front of `hash` for other reasons, too.
            let bare = words.get(index + 1).is_some_and(|next| next.text == "hash2") && index > 0;
            let secret = named && (word.quoted || bare) || own || HASHES.iter().any(|hash| value.starts_with(hash));
            if secret && !value.is_empty() {
                found.push(Found { start: at + word.start, end: at + word.end, value: value.to_owned() });
            }
        }
        at += line.len();
    }
    found
}

/// A word, or what stands between quotes: where, and its text with escapes undone.
struct Word {
    start: usize,
    end: usize,
    text: String,
    quoted: bool,
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = line.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        if c.is_whitespace() || matches!(c, '[' | ']' | '{' | '}') {
            continue;
        }
        if c == '"' {
            let (mut text, mut escaped, mut end) = (String::new(), false, line.len());
            for (here, c) in letters.by_ref() {
                match c {
                    _ if escaped => {
                        text.push(c);
                        escaped = false;
                    }
                    '\\' => escaped = true,
                    '"' => {
                        end = here;
                        break;
                    }
                    _ => text.push(c),
                }
            }
            words.push(Word { start: at + 1, end, text, quoted: true });
            continue;
        }
        let mut text = String::from(c);
        let mut end = at + c.len_utf8();
        while let Some((here, next)) = letters.next_if(|(_, next)| !next.is_whitespace() && *next != '"') {
            text.push(next);
            end = here + next.len_utf8();
        }
        words.push(Word { start: at, end, text, quoted: false });
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Redactor;
    use crate::model::Family;

    fn redact(text: &str) -> String {
        let mut shown = String::new();
        let redacted = Redactor::new([1; 32]).redact(Family::Nokia7250, text).text;
        let mut rest = redacted.as_str();
        while let Some((before, after)) = rest.split_once("<redacted:") {
            shown.push_str(before);
            shown.push_str("***");
            rest = after.split_once('>').unwrap().1;
        }
        shown + rest
    }

    #[test]
    fn lines_of_both_forms() {
        for (line, expected) in [
            ("                password \"$2y$10$TQrZlpBDra86\"", "                password \"***\""),
            (
                "                community \"kRx7Q\" hash2 rwa version both",
                "                community \"***\" hash2 rwa version both",
            ),
            ("                notify-community \"trapQ7\"", "                notify-community \"***\""),
            ("            authentication-key \"k7Q/x\" hash2", "            authentication-key \"***\" hash2"),
            ("            authentication-key \"k7Q/x hash2\"", "            authentication-key \"***\""),
            (
                "            server 1 address 192.0.2.9 secret \"s7Q\" hash2",
                "            server 1 address 192.0.2.9 secret \"***\" hash2",
            ),
            ("            secret \"s7Q hash2\"", "            secret \"***\""),
            (
                "                entry 0 key \"k7Q\" hash2 algorithm aes-128-cmac-96",
                "                entry 0 key \"***\" hash2 algorithm aes-128-cmac-96",
            ),
            (
                "            message-digest-key 1 md5 \"m7Q\" hash2",
                "            message-digest-key 1 md5 \"***\" hash2",
            ),
            ("            pre-shared-key \"p\\\"7Q\" hash2", "            pre-shared-key \"***\" hash2"),
            (
                "                    authentication hash2 md5 AAAA privacy aes-128-cfb-key BBBB",
                "                    authentication hash2 md5 *** privacy aes-128-cfb-key ***",
            ),
            (
                "    primary-config \"ftp://u:hunter2@192.0.2.1/x.cfg\"",
                "    primary-config \"ftp://u:***@192.0.2.1/x.cfg\"",
            ),
            (
                "/configure system security user-params local-user user \"x\" password \"$2y$10$Q\"",
                "/configure system security user-params local-user user \"x\" password \"***\"",
            ),
            ("        description \"core hash2 test\"", "        description \"core hash2 test\""),
            (
                "            community \"cust\" members \"65000:1\"",
                "            community \"cust\" members \"65000:1\"",
            ),
            ("        match \"password\"", "        match \"password\""),
            ("                key-value \"AAAAB3Nza\"", "                key-value \"AAAAB3Nza\""),
            ("        hash-algorithm sha256", "        hash-algorithm sha256"),
            ("    lag 1 port-type hash", "    lag 1 port-type hash"),
        ] {
            assert_eq!(redact(&format!("{line}\n")), format!("{expected}\n"));
        }
    }

    proptest! {
        #[test]
        fn no_hashed_value_survives(secret in "Q[a-zA-Z0-9$!%&*+/.]{6,20}Q", name in "[a-z]{3,8}(-[a-z]{2,6})?") {
            for text in [format!("    {name} \"{secret}\" hash2\n"), format!("    {name} \"{secret} hash2\"\n"), format!("    {name} {secret} hash2\n")] {
                let redacted = Redactor::new([3; 32]).redact(Family::Nokia7250, &text);
                prop_assert!(!redacted.text.contains(&secret), "{}", redacted.text);
                prop_assert_eq!(redacted.count, 1);
            }
        }

        #[test]
        fn redacting_twice_is_redacting_once(text in r#"([ -~ñ\n\t]|password |community |secret |key |"| hash2|\$2y\$){0,60}"#) {
            let redactor = Redactor::new([3; 32]);
            let once = redactor.redact(Family::Nokia7250, &text);
            prop_assert_eq!(redactor.redact(Family::Nokia7250, &once.text).text, once.text);
        }
    }
}
