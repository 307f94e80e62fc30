//! `software rollback`.

use super::{YES, words};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::response::{self, Response};
use crate::drivers::aviat::session::Session;
use crate::model::Failure;

/// What the radio says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollbackAnswer {
    /// It goes back to the other image, and reboots for it.
    RollingBack,
    /// Its words.
    Refused(String),
}

impl Session<'_> {
    /// Goes back to the other image. Legal when idle, and only while nothing was loaded since the last activation.
    ///
    /// Fails with `OutcomeUnknown` where the answer was cut off: the radio may be on its way down.
    pub async fn software_rollback(&mut self) -> Result<RollbackAnswer, Failure> {
        Ok(match self.act(Action::Rollback, YES).await? {
            Response::Told(told) if response::rolling_back(&told) => RollbackAnswer::RollingBack,
            Response::Told(said) | Response::NotHere(said) | Response::Other(said) => {
                RollbackAnswer::Refused(words(&said))
            }
        })
    }
}
