//! What a device said instead of an answer, for a sentence of ours: short, on one line, without what could be a secret.

use std::sync::LazyLock;

use regex::{Captures, Match, Regex};

/// Longest excerpt, characters.
const LONGEST: usize = 200;

/// So much of the answer is looked at, bytes.
const LOOKED_AT: usize = 4096;

struct Rules {
    /// Whatever stands in double quotes, to the end where they are not closed; in single quotes behind `=` or `:`.
    quoted: Regex,
    /// Values of names that sound like secrets, up to the next separator.
    named: Regex,
    /// What may be a token.
    token: Regex,
}

static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| {
    Some(Rules {
        quoted: Regex::new(r#""(?:[^"\\]|\\.)*(?:"|\\?$)|[:=]\s*'[^']*'?"#).ok()?,
        named: Regex::new(
            r#"(?i)([\w.-]*(?:pass|pwd|secret|key|token|community|psk|stok|auth)[\w.-]*["']?\s*[:=>]\s*)[^\s<>&,;}"'…]+"#,
        )
        .ok()?,
        token: Regex::new(r"[A-Za-z0-9+/_-]{16,}=*").ok()?,
    })
});

/// The beginning of an answer, quoted. Names stay; values that could be secrets are `…`.
pub fn excerpt(answer: &[u8]) -> String {
    let Some(rules) = RULES.as_ref() else { return "\"\"".to_owned() };
    let text = String::from_utf8_lossy(answer.get(..LOOKED_AT).unwrap_or(answer)).into_owned();
    let printable: String =
        text.chars().map(|c| if c.is_control() || c == char::REPLACEMENT_CHARACTER { ' ' } else { c }).collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = without_values(&line, &rules.quoted);
    let line = rules.named.replace_all(&line, "$1…");
    let line = rules.token.replace_all(&line, |found: &Captures<'_>| {
        let word = found.get(0).map_or("", |word| word.as_str());
        // Names of settings are long words without digits.
        let is_token = word.len() >= 40 || word.contains(|c: char| c.is_ascii_digit());
        if is_token { "…".to_owned() } else { word.to_owned() }
    });
    let short: String = line.chars().take(LONGEST).collect();
    format!("\"{short}\"")
}

/// Quoted texts are values unless a colon follows: then they are names of JSON members.
fn without_values(line: &str, quoted: &Regex) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    let is_name = |found: &Match<'_>| {
        found.as_str().starts_with('"')
            && line.get(found.end()..).is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    for found in quoted.find_iter(line) {
        out.push_str(line.get(done..found.start()).unwrap_or_default());
        out.push_str(match found.as_str().chars().next() {
            _ if is_name(&found) => found.as_str(),
            Some('"') => "\"…\"",
            Some(':') => ":\"…\"",
            _ => "=\"…\"",
        });
        done = found.end();
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn structure_stays_and_values_go() {
        for (answer, expected) in [
            ("<html>\n <title>Login</title>", r#""<html> <title>Login</title>""#),
            (
                r#"{"device_props":{"snmpReadOnlyCommunity":"public","n":3"#,
                r#""{"device_props":{"snmpReadOnlyCommunity":"…","n":3""#,
            ),
            (r#"{"communities" : ["one", "two"], "a": 1}"#, r#""{"communities" : ["…", "…"], "a": 1}""#),
            (r#"{"password":"cut in the mid"#, r#""{"password":"…"""#),
            (r#"{"password":"cut \"#, r#""{"password":"…"""#),
            (r#"<input name='pw' value="x">"#, r#""<input name="…" value="…">""#),
            ("user=a&password=b%20c&x=1", r#""user=a&password=…&x=1""#),
            ("<password>abc</password>", r#""<password>…</password>""#),
            ("stok=0123456789abcdef0123 x", r#""stok=… x""#),
            ("sha 0123456789abcdef", r#""sha …""#),
            ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnop x", r#""… x""#),
            ("", "\"\""),
        ] {
            assert_eq!(excerpt(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn it_is_short_whatever_comes() {
        let long = excerpt("wort ".repeat(100_000).as_bytes());
        assert_eq!(long.chars().count(), LONGEST + 2);
        assert_eq!(excerpt(&[0xff, 0x00, b'a', 0x1b, b'b']), "\"a b\"");
    }

    proptest! {
        /// Wherever a configuration is cut off.
        #[test]
        fn no_value_of_a_configuration_is_shown(
            secret in "[ -~é]{8,40}",
            name in "[a-z]{1,12}",
            list in any::<bool>(),
            cut in 0_usize..200,
        ) {
            let value = if list { serde_json::json!({ (name.clone()): ["x", secret] }) } else { serde_json::json!({ (name.clone()): secret }) };
            let text = value.to_string();
            let cut = text.floor_char_boundary(cut.min(text.len()));
            let shown = excerpt(text.get(..cut).unwrap().as_bytes());
            let beginning: String = secret.chars().take(6).collect();
            let outside = format!("{{\"{name}\":[\"…\", \"…\"]}}");
            prop_assert!(!shown.contains(&beginning) || outside.contains(beginning.trim()), "{} in {}", secret, shown);
        }
    }
}
