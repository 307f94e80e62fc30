//! What a device said instead of an answer, for a sentence of ours: short, on one line, without what could be a secret.

use std::sync::LazyLock;

use regex::Regex;

/// Longest excerpt, characters.
const LONGEST: usize = 200;

/// So much of the answer is looked at, bytes.
const LOOKED_AT: usize = 4096;

/// Quoted values (of JSON members and of attributes), values of names that sound like secrets, long tokens.
static RULES: LazyLock<Option<[(Regex, &str); 3]>> = LazyLock::new(|| {
    Some([
        (Regex::new(r#"([:=]\s*)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?)"#).ok()?, "$1\"…\""),
        (
            Regex::new(
                r#"(?i)([\w.-]*(?:pass|pwd|secret|key|token|community|psk|stok|auth)[\w.-]*["']?\s*[:=>]\s*)[^\s<>&,;}"'…]+"#,
            )
            .ok()?,
            "$1…",
        ),
        (Regex::new(r"[A-Za-z0-9+/_-]{20,}=*").ok()?, "…"),
    ])
});

/// The beginning of an answer, quoted; values that could be secrets are `…`.
pub fn excerpt(answer: &[u8]) -> String {
    let Some(rules) = RULES.as_ref() else { return "\"\"".to_owned() };
    let text = String::from_utf8_lossy(answer.get(..LOOKED_AT).unwrap_or(answer)).into_owned();
    let printable: String =
        text.chars().map(|c| if c.is_control() || c == char::REPLACEMENT_CHARACTER { ' ' } else { c }).collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let masked = rules.iter().fold(line, |line, (rule, with)| rule.replace_all(&line, *with).into_owned());
    let short: String = masked.chars().take(LONGEST).collect();
    format!("\"{short}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_stays_and_values_go() {
        for (answer, expected) in [
            ("<html>\n <title>Login</title>", r#""<html> <title>Login</title>""#),
            (r#"{"device_props":{"snmpCommunity":"public","n":3"#, r#""{"device_props":{"snmpCommunity":"…","n":3""#),
            (r#"{"password":"cut in the mid"#, r#""{"password":"…"""#),
            ("user=a&password=b%20c&x=1", r#""user=a&password=…&x=1""#),
            ("<password>abc</password>", r#""<password>…</password>""#),
            ("stok=0123456789abcdef0123 x", r#""stok=… x""#),
            ("sha 0123456789abcdef01234567", r#""sha …""#),
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
}
