//! A device's words for a sentence: what it said that was not understood, without secrets.

use super::{generic, json, replace};

/// Longest excerpt, characters.
const LONGEST: usize = 200;

/// What stands for a secret: without a key, so that a sentence says nothing about its value.
const MARK: &str = "<redacted>";

/// The beginning of a text, in quotes: on one line, printable, at most 200 characters, secrets taken out before it is
/// cut. `nothing` where there is none.
pub fn excerpt(text: &str) -> String {
    let mark = |value: &str| (!value.is_empty() && value != MARK).then(|| MARK.to_owned());
    let redacted = match json::redact(text, &mark) {
        Some(redacted) => redacted.text,
        None => replace(text, generic::find(text), &mark).text,
    };
    let mut line = String::new();
    for word in redacted.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > LONGEST * 4 {
            break;
        }
    }
    if line.is_empty() {
        return "nothing".to_owned();
    }
    let cut = line.chars().count() > LONGEST;
    let shown: String = line.chars().take(LONGEST).collect();
    format!("\"{shown}{}\"", if cut { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_printable_and_without_secrets() {
        assert_eq!(excerpt(" \r\n\u{0}"), "nothing");
        assert_eq!(excerpt("a\u{1b}[2J\r\n  b"), "\"a [2J b\"");
        assert_eq!(excerpt("{\"community\": \"hunter2\", \"x\": 1}"), "\"{\"community\":\"<redacted>\",\"x\":1}\"");
        // Cut in the middle: no longer JSON.
        let cut = excerpt("{\"x\": 1, \"community\": \"hunter2");
        assert!(!cut.contains("hunter2") && cut.contains("community"), "{cut}");
        let long = excerpt(&"é".repeat(5000));
        assert_eq!(long.chars().count(), 203);
    }
}
