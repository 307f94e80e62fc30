//! The secrets that a step has opened: masked in every log line while the step runs, and in everything that the step
//! itself says, also after it. A device may echo a password back, and a refusal quotes the device.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Failure, MASK, Secret};
use crate::telemetry::Secrets;
use crate::telemetry::secrets::Held;

/// Longest text that is said, characters: a device's words in it are an excerpt.
const LONGEST: usize = 1000;

/// From so many characters on the beginning of a secret is masked where a quotation was cut inside it.
const PREFIX: usize = 6;

/// Shorter ones would mask parts of ordinary words and hide nothing.
const SHORTEST: usize = 4;

/// What is open.
pub(super) struct Opened {
    net: Secrets,
    open: Mutex<Vec<(Secret, Held)>>,
}

impl Opened {
    /// Nothing yet; `net` is the one under the log.
    pub(super) fn new(net: Secrets) -> Self {
        Self { net, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Vec<(Secret, Held)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a secret that was opened out of what follows.
    pub(super) fn keep(&self, secret: &Secret) {
        let mut open = self.open();
        if secret.expose().len() >= SHORTEST && open.iter().all(|(known, _)| known.expose() != secret.expose()) {
            open.push((secret.clone(), self.net.hold(secret)));
            // A secret that holds another one goes first, or a part of it would stay.
            open.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.expose().len()));
        }
    }

    /// `text` without them, on one line, and not without bound.
    pub(super) fn masked(&self, text: String) -> String {
        let masked = self.open().iter().fold(text, |text, (secret, _)| without(text, secret.expose()));
        if masked.len() <= LONGEST && !masked.contains(char::is_control) {
            return masked;
        }
        let mut line: String = masked.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if masked.chars().nth(LONGEST).is_some() {
            line.push('…');
        }
        line
    }

    /// A failure whose sentence is without them.
    pub(super) fn clean(&self, mut failure: Failure) -> Failure {
        failure.sentence = self.masked(failure.sentence);
        failure
    }
}

fn without(text: String, secret: &str) -> String {
    let mut text = if text.contains(secret) { text.replace(secret, MASK) } else { text };
    if !text.contains('"') {
        return text;
    }
    // Words of a device are cut to a line's length before they are quoted, perhaps inside the secret.
    for (end, _) in secret.char_indices().skip(PREFIX).collect::<Vec<_>>().into_iter().rev() {
        let Some(cut) = secret.get(..end).map(|part| format!("{part}\"")) else { continue };
        if text.contains(&cut) {
            text = text.replace(&cut, &format!("{MASK}\""));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drivers::routeros::parse::errors::{failure, refusal};
    use crate::model::FailureClass;

    #[test]
    fn what_a_device_echoes_is_masked_and_the_log_knows_it_as_long() {
        let net = Secrets::default();
        let opened = Opened::new(net.clone());
        for secret in ["hunter22", "hunter22-long", "sim", ""] {
            opened.keep(&Secret::new(secret));
        }
        let failure = Failure::new(FailureClass::DeviceRefused, "r1: refused: \"bad hunter22-long or hunter22 (sim)\"");
        assert_eq!(opened.clean(failure).sentence, "r1: refused: \"bad *** or *** (sim)\"");
        assert!(net.masked("hunter22").is_some());
        drop(opened);
        assert_eq!(net.masked("hunter22"), None);
    }

    proptest! {
        /// Whatever a device says when it refuses, and wherever in it the password stands.
        #[test]
        fn no_refusal_says_a_secret(
            before in "[ -~\u{0}-\u{9f}]{0,200}",
            after in "[ -~\u{0}-\u{9f}é]{0,4000}",
            secret in "[!#-~]{8,24}",
            prefix in prop::sample::select(vec!["failure: ", "bad command name ", "value of x out of range ", "not enough permissions "]),
        ) {
            let opened = Opened::new(Secrets::default());
            opened.keep(&Secret::new(secret.clone()));
            let words = format!("{prefix}{before}{secret}{after}");
            // A line end right behind the marker leaves no marker.
            let Some((kind, words)) = refusal(&words) else { return Ok(()) };
            let said = opened.clean(failure(kind, words, "/export terse").at("r1 (192.0.2.1)")).sentence;
            let beginning: String = secret.chars().take(PREFIX).collect();
            let outside = format!("{prefix}{before}{after} '/export terse' r1 (192.0.2.1) was refused: the account may not do; give its group the policy that the command needs");
            prop_assert!(!said.contains(&beginning) || outside.contains(&beginning), "{}", said);
            prop_assert!(said.chars().count() <= LONGEST && !said.contains(char::is_control), "{}", said);
        }
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let said = Opened::new(Secrets::default()).masked("x\u{1b}é\n".repeat(1000));
        assert_eq!(said.chars().count(), LONGEST + 1);
        assert!(said.starts_with("x é x é ") && said.ends_with('…'), "{said}");
    }
}
