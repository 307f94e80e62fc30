//! `software abort`.

use super::{YES, words};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::response::{self, Response};
use crate::drivers::aviat::session::Session;
use crate::model::Failure;

/// What the radio says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbortAnswer {
    /// The load is given up, or the error cleared.
    Aborted,
    /// Its words.
    Refused(String),
}

impl Session<'_> {
    /// Gives up a load, or clears an error so that another load is taken. Proof is the state of the software.
    ///
    /// Fails with `OutcomeUnknown` where the answer was cut off.
    pub async fn software_abort(&mut self) -> Result<AbortAnswer, Failure> {
        Ok(match self.act(Action::AbortLoad, YES).await? {
            Response::Told(told) if response::aborted(&told) => AbortAnswer::Aborted,
            Response::Told(said) | Response::NotHere(said) | Response::Other(said) => {
                AbortAnswer::Refused(words(&said))
            }
        })
    }
}
