//! The second net: values that are in use as secrets right now, masked wherever they would appear in the log.
//!
//! The first net is [`Secret`], which never prints its value. This one is for what others print: a library's debug
//! line, a device's words in an error.

use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::model::Secret;

/// Shorter values are words of every log, and masking them would only show where they are.
const SHORTEST: usize = 6;

const MASK: &str = "***";

/// The values in use. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Live>>);

/// Each spelling once, and how often it is held: a fleet shares its password, and every line looks for all of them.
type Live = Vec<(Zeroizing<String>, usize)>;

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// Holds a value in the net until it is dropped.
#[must_use = "the value is masked only while this is held"]
pub struct Held(Secrets, Vec<Zeroizing<String>>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

impl Secrets {
    /// Masks `secret` in the log from now on.
    pub fn hold(&self, secret: &Secret) -> Held {
        let spellings = spellings(secret.expose());
        let mut live = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for spelling in &spellings {
            match live.iter_mut().find(|(value, _)| value.as_str() == spelling.as_str()) {
                Some((_, held)) => *held = held.saturating_add(1),
                None => live.push((spelling.clone(), 1)),
            }
        }
        drop(live);
        Held(self.clone(), spellings)
    }

    /// `text` with every live value replaced by `***`; none where there is none in it.
    pub fn masked(&self, text: &str) -> Option<String> {
        let live = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<&str> =
            live.iter().map(|(value, _)| value.as_str()).filter(|value| text.contains(value)).collect();
        if found.is_empty() {
            return None;
        }
        // A value that holds another one goes first, or a part of it would stay.
        found.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Some(found.into_iter().fold(text.to_owned(), |text, value| text.replace(value, MASK)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut live = self.0.0.write().unwrap_or_else(PoisonError::into_inner);
        for spelling in &self.1 {
            if let Some(at) = live.iter().position(|(value, _)| value.as_str() == spelling.as_str())
                && let Some((_, held)) = live.get_mut(at)
            {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    live.swap_remove(at);
                }
            }
        }
    }
}

/// The value as it is, as JSON writes it, as Rust's `Debug` writes it, and as JSON writes that.
fn spellings(value: &str) -> Vec<Zeroizing<String>> {
    if value.len() < SHORTEST {
        return Vec::new();
    }
    let plain = Zeroizing::new(value.to_owned());
    let debug = inner(Zeroizing::new(format!("{value:?}")));
    let json = |text: &str| inner(Zeroizing::new(serde_json::to_string(text).unwrap_or_default()));
    let mut all = vec![json(&plain), json(&debug), debug, plain];
    all.retain(|spelling| !spelling.is_empty());
    all.sort_by(|one, two| one.as_str().cmp(two.as_str()));
    all.dedup_by(|one, two| one.as_str() == two.as_str());
    all
}

fn inner(quoted: Zeroizing<String>) -> Zeroizing<String> {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Zeroizing::new(inner.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_masked_while_it_is_held() {
        let secrets = Secrets::default();
        let held = secrets.hold(&Secret::new("hunter2"));
        let again = secrets.hold(&Secret::new("hunter2"));
        assert_eq!(secrets.masked("login hunter2, hunter2").as_deref(), Some("login ***, ***"));
        assert_eq!(secrets.masked("login hunter"), None);
        drop(held);
        assert!(secrets.masked("hunter2").is_some(), "still held once");
        drop(again);
        assert_eq!(secrets.masked("hunter2"), None);
    }

    #[test]
    fn the_longer_value_goes_first_and_short_ones_are_left() {
        let secrets = Secrets::default();
        let _held = (
            secrets.hold(&Secret::new("hunter")),
            secrets.hold(&Secret::new("hunter2-long")),
            secrets.hold(&Secret::new("admin")),
        );
        assert_eq!(secrets.masked("a hunter2-long b hunter c admin").as_deref(), Some("a *** b *** c admin"));
    }

    #[test]
    fn escaped_spellings_are_known() {
        let secrets = Secrets::default();
        let secret = Secret::new("a\"b\\c\nd'e");
        let _held = secrets.hold(&secret);
        for text in [format!("{:?}", secret.expose()), serde_json::to_string(secret.expose()).unwrap()] {
            assert_eq!(secrets.masked(&text).as_deref(), Some("\"***\""));
        }
    }
}
