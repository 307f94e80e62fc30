//! Commands with an effect: one login's session types them, their typed answers become [`Answer`].

use super::link::Link;
use crate::aviat::decide::{Answer, Command};
use crate::aviat::state::Login;
use crate::drivers::aviat::Session;
use crate::drivers::aviat::write::{AbortAnswer, ActivateAnswer, LoadAnswer, RestartAnswer};
use crate::model::{Failure, FailureClass};

impl Link<'_, '_> {
    /// Sends a command that is stored as intended. Fails only where the service stops: the row says `intended`, and the
    /// next step observes.
    pub(super) async fn send(&mut self, command: &Command) -> Result<Answer, Failure> {
        let sent = match self.session(Login::Unknown, true).await {
            Ok((_, session)) => type_in(session, command).await,
            // Nothing was typed: the radio is as it was.
            Err(failure) => Err(failure),
        };
        let mask = self.deps.mask;
        match sent {
            Ok(Answer::Refused(words)) => Ok(Answer::Refused(mask(words))),
            Ok(Answer::Otherwise { activates, words }) => Ok(Answer::Otherwise { activates, words: mask(words) }),
            Ok(answer) => Ok(answer),
            Err(failure) => {
                self.close().await;
                match failure.class {
                    FailureClass::Cancelled => Err(failure),
                    FailureClass::DeviceRefused | FailureClass::ForbiddenReadonly | FailureClass::Validation => {
                        Ok(Answer::Refused(mask(failure.sentence)))
                    }
                    // Whether it went out is not worth a guess: the radio is observed.
                    _ => Ok(Answer::Unknown(mask(failure.to_string()))),
                }
            }
        }
    }
}

async fn type_in(session: &mut Session<'_>, command: &Command) -> Result<Answer, Failure> {
    Ok(match command {
        Command::Load { image, immediate, abort_first } => {
            if *abort_first && let AbortAnswer::Refused(words) = session.software_abort().await? {
                return Ok(Answer::Refused(format!("the error before it was not cleared: {words}")));
            }
            match session.software_load(&image.uri, *immediate).await? {
                LoadAnswer::Started => Answer::Accepted,
                LoadAnswer::StartedOtherwise { activates, words } => Answer::Otherwise { activates, words },
                LoadAnswer::InProgress => Answer::Busy,
                LoadAnswer::Refused(words) => Answer::Refused(words),
            }
        }
        Command::AbortLoad => match session.software_abort().await? {
            AbortAnswer::Aborted => Answer::Accepted,
            AbortAnswer::Refused(words) => Answer::Refused(words),
        },
        Command::Activate { .. } => match session.software_activate().await? {
            ActivateAnswer::Activating => Answer::Accepted,
            ActivateAnswer::NoSoftwareReady => Answer::NothingReady,
            ActivateAnswer::Refused(words) => Answer::Refused(words),
        },
        Command::Restart => match session.restart().await? {
            RestartAnswer::Confirmed { .. } => Answer::Accepted,
            RestartAnswer::Refused(words) => Answer::Refused(words),
        },
    })
}
