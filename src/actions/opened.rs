//! The secrets that a step has opened: masked in every log line while the step runs, and in everything that the step
//! itself says, also after it. A device may echo a password back, and a refusal quotes the device.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Failure, MASK, Secret};
use crate::telemetry::Secrets;
use crate::telemetry::secrets::Held;

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

    /// `text` without them.
    pub(super) fn masked(&self, text: String) -> String {
        self.open().iter().fold(text, |text, (secret, _)| {
            if text.contains(secret.expose()) { text.replace(secret.expose(), MASK) } else { text }
        })
    }

    /// A failure whose sentence is without them.
    pub(super) fn clean(&self, mut failure: Failure) -> Failure {
        failure.sentence = self.masked(failure.sentence);
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
