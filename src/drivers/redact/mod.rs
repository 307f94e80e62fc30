//! Takes the secrets out of configurations, and leaves a mark that shows when one has changed.
//!
//! A secret's value becomes `<redacted:XXXXXXXX>`, the first 8 hex digits of a keyed hash of it: equal secrets have
//! equal marks, a changed secret has another one, and nothing can be guessed from a mark without the key. Empty
//! values stay, since "no password" is what an operator must see.

mod aviat;
mod cnmatrix;
mod excerpt;
mod generic;
mod json;
mod keys;
mod nokia;
mod paths;
mod routeros;
mod wave;
mod words;

pub use excerpt::excerpt;

use ring::hmac;
pub use words::words;

use crate::model::{Family, MASK, Secret};

const OPEN: &str = "<redacted:";
const CLOSE: char = '>';
const DIGITS: usize = 8;
/// A bound on passes over text that no device writes; a configuration is done after one.
const PASSES: usize = 8;

/// Marks secrets, under one key for as long as marks shall be comparable.
#[derive(Clone)]
pub struct Redactor {
    key: hmac::Key,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text; everything but the secrets is as it was.
    pub text: String,
    /// How many values were replaced.
    pub count: usize,
}

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// Byte range.
    start: usize,
    end: usize,
    /// The secret itself, quotes and escapes undone.
    value: String,
}

impl Redactor {
    /// 32 random bytes, kept as long as the archive: with another key every mark changes.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key) }
    }

    /// Replaces the secrets of a configuration of this family. What has been redacted already stays as it is.
    pub fn redact(&self, family: Family, text: &str) -> Redacted {
        match family {
            Family::Wave => self.replace(text, wave::find(text)),
            Family::RouterOs => self.replace(text, routeros::find(text)),
            Family::Aviat => self.replace(text, aviat::find(text)),
            Family::Nokia7250 => self.settled(text),
            Family::Tachyon if !text.trim_start().starts_with('{') => self.replace(text, paths::find(text)),
            Family::CnMatrix => self.replace(text, cnmatrix::find(text)),
            _ => match json::redact(text, &|value| self.mark(value)) {
                Some(redacted) => redacted,
                None => self.replace(text, generic::find(text)),
            },
        }
    }

    /// Until nothing more is found: what overlapped may only show when the first of two is replaced.
    fn settled(&self, text: &str) -> Redacted {
        let mut redacted = self.replace(text, nokia::find(text));
        for _ in 0..PASSES {
            let next = self.replace(&redacted.text, nokia::find(&redacted.text));
            if next.count == 0 {
                break;
            }
            redacted = Redacted { text: next.text, count: redacted.count + next.count };
        }
        redacted
    }

    /// The mark that a running config has in the place of this secret; none of an empty one.
    pub fn mark_of(&self, secret: &Secret) -> Option<String> {
        self.mark(secret.expose())
    }

    /// The mark of a value; none where there is nothing to hide.
    fn mark(&self, value: &str) -> Option<String> {
        if value.is_empty() || is_mark(value) {
            return None;
        }
        let tag = hmac::sign(&self.key, value.as_bytes());
        let digits: String = tag.as_ref().iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
        Some(format!("{OPEN}{digits}{CLOSE}"))
    }

    fn replace(&self, text: &str, mut found: Vec<Found>) -> Redacted {
        // The longer of two that begin together wins; what lies inside another is done with it.
        found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
        let mut out = String::with_capacity(text.len());
        let (mut done, mut count) = (0, 0);
        for secret in found {
            if secret.start < done {
                continue;
            }
            let (Some(before), Some(mark)) = (text.get(done..secret.start), self.mark(&secret.value)) else { continue };
            out.push_str(before);
            out.push_str(&mark);
            done = secret.end;
            count += 1;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Redacted { text: out, count }
    }
}

/// A text of this family without its secrets, for a failure's sentence: `***` where they stood, which tells no changes.
pub fn masked(family: Family, text: &str) -> String {
    let mut found = match family {
        Family::RouterOs => routeros::find(text),
        Family::Aviat => aviat::find(text),
        Family::Nokia7250 => nokia::find(text),
        _ => {
            let hide = |value: &str| (!value.is_empty()).then(|| MASK.to_owned());
            if let Some(redacted) = json::redact(text, &hide) {
                return redacted.text;
            }
            generic::find(text)
        }
    };
    found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for secret in found {
        if let Some(before) = text.get(done..secret.start) {
            out.push_str(before);
            out.push_str(MASK);
            done = secret.end;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

fn is_mark(value: &str) -> bool {
    value.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)).is_some_and(|digits| {
        digits.len() == DIGITS && digits.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_stable_keyed_and_tell_changes() {
        let one = Redactor::new([7; 32]);
        let other = Redactor::new([8; 32]);
        let text = |secret: &str| format!("/radius add address=192.0.2.1 secret={secret}\n");
        let first = one.redact(Family::RouterOs, &text("alpha"));
        assert_eq!(first.count, 1);
        assert_eq!(first, one.redact(Family::RouterOs, &text("alpha")));
        assert_eq!(first, one.redact(Family::RouterOs, &text("\"alpha\"")).unquoted());
        assert_ne!(first, one.redact(Family::RouterOs, &text("alphb")));
        assert_ne!(first, other.redact(Family::RouterOs, &text("alpha")));
        // HMAC-SHA-256 of "alpha" under 32 bytes of 7, by openssl.
        assert_eq!(first.text, "/radius add address=192.0.2.1 secret=<redacted:d80dc056>\n");
    }

    impl Redacted {
        fn unquoted(self) -> Self {
            Self { text: self.text.replace('"', ""), count: self.count }
        }
    }

    #[test]
    fn only_a_whole_mark_is_a_mark() {
        assert!(is_mark("<redacted:0123abcd>"));
        for text in ["<redacted:0123abc>", "<redacted:0123abcg>", "x<redacted:0123abcd>", "<redacted:0123ABCD>"] {
            assert!(!is_mark(text), "{text}");
        }
    }

    #[test]
    fn a_redactor_does_not_show_its_key() {
        assert_eq!(format!("{:?}", Redactor::new([7; 32])), "Redactor");
    }
}
