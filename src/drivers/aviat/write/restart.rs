//! `restart`: sent by this operation and by no other.

use super::{Came, YES, words};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::refusal::Answer;
use crate::drivers::aviat::session::Session;
use crate::model::{Failure, FailureClass};

/// What the radio says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestartAnswer {
    /// It asked, and was told yes. Proof is the uptime that falls.
    Confirmed {
        /// The session ended then, as it should; false: it gave its prompt back first.
        dropped: bool,
    },
    /// Its words. It was not told yes, or says no.
    Refused(String),
}

impl Session<'_> {
    /// Reboots the radio. Nothing can be typed in this session afterwards.
    ///
    /// Fails with `OutcomeUnknown` where the session ended before it asked, or nothing came behind the yes.
    pub async fn restart(&mut self) -> Result<RestartAnswer, Failure> {
        self.must_be_operational(Action::Restart)?;
        match self.speak(Action::Restart, YES, true).await {
            Ok(Came::HungUp) => Ok(RestartAnswer::Confirmed { dropped: true }),
            Ok(Came::Text(text, answered)) => match (Answer::of(&text), answered) {
                (Answer::Refused(_, said), _) => Ok(RestartAnswer::Refused(words(&said))),
                (Answer::Empty, 0) => {
                    let sentence = "it came back to its prompt without asking whether it is sure; see its uptime";
                    Err(self.failed(FailureClass::OutcomeUnknown, sentence))
                }
                (Answer::Empty, _) => {
                    // It is on its way down.
                    self.shell.abandon();
                    Ok(RestartAnswer::Confirmed { dropped: false })
                }
                (Answer::Text(said), _) => Ok(RestartAnswer::Refused(words(&said))),
            },
            Err(failure) if failure.class == FailureClass::DeviceRefused => {
                Ok(RestartAnswer::Refused(failure.sentence))
            }
            Err(failure) => Err(failure),
        }
    }
}
