//! `software activate`.

use super::{YES, words};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::response::{self, Response};
use crate::drivers::aviat::session::Session;
use crate::model::Failure;

/// What the radio says to an activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivateAnswer {
    /// `Activating new software now`. Whether it reboots by itself or waits for a restart its state tells, later.
    Activating,
    /// Nothing is loaded that could be activated. Nothing was begun.
    NoSoftwareReady,
    /// Its words, whatever they contain. Nothing was begun, as far as it says.
    Refused(String),
}

impl Session<'_> {
    /// Activates the image that was loaded, and confirms it where asked. Sends no restart, whatever comes.
    ///
    /// Fails with `OutcomeUnknown` where the answer was cut off: the radio may be on its way down.
    pub async fn software_activate(&mut self) -> Result<ActivateAnswer, Failure> {
        Ok(match self.act(Action::Activate, YES).await? {
            Response::Told(told) if response::activating(&told) => ActivateAnswer::Activating,
            Response::Told(told) if response::nothing_ready(&told) => ActivateAnswer::NoSoftwareReady,
            Response::Told(said) | Response::NotHere(said) | Response::Other(said) => {
                ActivateAnswer::Refused(words(&said))
            }
        })
    }
}
