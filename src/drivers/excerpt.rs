//! How an answer that a driver has not met is shown in a failure: an excerpt without secrets, and never longer than a
//! person reads.

use super::redact;
use crate::model::{Failure, FailureClass, Family, MASK};

/// Longest excerpt, bytes.
const LONGEST: usize = 200;
/// No more of an answer is looked at, bytes.
const LOOKED_AT: usize = 64 << 10;

/// The failure of an answer that this family does not give: `expected` says which request and what should have come.
/// `hide` are secrets of the session that the answer may repeat.
pub fn unmet(expected: &str, answer: &str, hide: &[&str]) -> Failure {
    let shown = excerpt(answer, hide);
    let sentence = if shown.is_empty() {
        format!("{expected}; the answer is empty")
    } else {
        format!("{expected}; the answer of {} bytes begins \"{shown}\"", answer.len())
    };
    Failure::new(FailureClass::Protocol, sentence)
}

/// The beginning of an answer in one line of at most 200 bytes: of markup the names of the elements and their text, no
/// attributes and no scripts; secrets masked, as any family's configuration would have them.
pub fn excerpt(answer: &str, hide: &[&str]) -> String {
    let text = before(answer, LOOKED_AT);
    let mut text = if text.trim_start().starts_with('<') { bare(text) } else { text.to_owned() };
    for secret in hide.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, MASK);
    }
    let text = redact::masked(Family::Generic, &text);
    let printable: String = text.chars().map(|c| if c.is_control() || c == '"' { ' ' } else { c }).collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    before(&line, LONGEST).trim_end().to_owned()
}

/// At most so many bytes from the beginning, cut between characters.
fn before(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Markup with its text, and of its tags only the names of those that open.
fn bare(markup: &str) -> String {
    let mut out = String::new();
    let mut rest = markup;
    while let Some((text, tag)) = rest.split_once('<') {
        out.push_str(text);
        out.push(' ');
        let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "script" | "style") {
            let end = format!("</{lower}");
            // A script that is cut off has no end, and hides all that follows.
            let after = tag.to_ascii_lowercase().find(&end).and_then(|at| tag.get(at..));
            rest = after.and_then(|after| after.split_once('>')).map_or("", |(_, rest)| rest);
            continue;
        }
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            out.push_str(&format!("<{name}> "));
        }
        // A tag that is cut off hides all that follows.
        rest = tag.split_once('>').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_shows_elements_and_text_without_attributes() {
        let page = "<html><head><script>var key='s3cr3t-in-script';</script></head>\r\n<body class=\"x\">Sitzung beendet\
                    <input type=\"hidden\" name=\"Gambit\" value=\"0123abcd\"></body></html>";
        assert_eq!(excerpt(page, &[]), "<html> <head> <body> Sitzung beendet <input>");
        let cut = "<homepage><siteName val=\"TX\"/><Community1 val=\"publ";
        // What could be an element's text behind the name of a secret is masked, also where it is nothing.
        assert_eq!(excerpt(cut, &[]), "<homepage> <siteName> <Community1>***");
        assert_eq!(excerpt("<script>var a = 1; var password = 'x", &[]), "");
    }

    #[test]
    fn secrets_are_masked_and_the_length_is_bounded() {
        let config = "snmp community battery-staple\nuser admin password correct-horse\n\"token\": \"abc-def\"";
        let shown = excerpt(config, &["admin"]);
        assert!(!shown.contains("staple") && !shown.contains("horse") && !shown.contains("abc-def"), "{shown}");
        assert!(!shown.contains("admin"), "{shown}");
        let json = r#"{"msg":"no","snmp":{"community":"battery-staple"},"password":"correct-horse"}"#;
        let shown = excerpt(json, &[]);
        assert!(shown.contains("msg") && !shown.contains("staple") && !shown.contains("horse"), "{shown}");
        let shown = excerpt(&"é".repeat(300), &[]);
        assert_eq!(shown.len(), 200);
        assert_eq!(excerpt("\u{0}\u{1b}[2J \n", &[]), "[2J");
    }

    #[test]
    fn the_failure_says_what_was_expected() {
        let failure = unmet("GET /x should be XML", "<html>Login</html>", &[]);
        assert_eq!(failure.class, FailureClass::Protocol);
        assert_eq!(failure.sentence, "GET /x should be XML; the answer of 18 bytes begins \"<html> Login\"");
        assert_eq!(unmet("GET /x should be XML", " \n", &[]).sentence, "GET /x should be XML; the answer is empty");
    }

    proptest! {
        #[test]
        fn no_answer_is_shown_long_or_with_a_hidden_secret(
            answer in "[ -~\u{0}-\u{9f}é<>\"=]{0,600}",
            secret in "[a-z0-9]{12,20}",
        ) {
            let shown = excerpt(&format!("{answer}{secret}{answer}"), &[&secret]);
            prop_assert!(shown.len() <= LONGEST && !shown.contains(char::is_control), "{}", shown);
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }
}
