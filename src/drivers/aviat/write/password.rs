//! The account's own password (6.12): by `change-password`, and where a release has no such command in the config.
//!
//! A password is typed to the question for it and to nothing else: a release that refuses the command, whatever its words,
//! is not typed one. No answer is proof; a new login is.

use super::candidate::{Committed, Edit};
use super::{Came, Outcome, words};
use crate::drivers::aviat::commands::{self, Action};
use crate::drivers::aviat::parse::password::{self, Change};
use crate::drivers::aviat::platform::questions;
use crate::drivers::aviat::session::Session;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::ssh::shell::{Ask, Typed};

impl Session<'_> {
    /// Changes the password of the account that is logged in. `Written` means that the radio says so; the caller proves
    /// it by [`super::super::Aviat::login_works`], with the new one, and with the old one where that fails.
    ///
    /// A refusal of the new password (its rules, a lock) is final: the other way is not tried then.
    ///
    /// Fails with `Validation` where one of them cannot be typed, and with `OutcomeUnknown` where an answer was cut off:
    /// either password may be the one.
    pub async fn change_password(&mut self, old: &Secret, new: &Secret) -> Result<Outcome, Failure> {
        for secret in [old, new] {
            commands::answer(secret).map_err(|failure| failure.at(&self.label))?;
            self.shell.mask(secret);
        }
        self.must_be_operational(Action::ChangePassword)?;
        let asks = [
            Ask { question: &questions::CURRENT, answer: Typed::Secret(old) },
            Ask { question: &questions::NEW, answer: Typed::Secret(new) },
            Ask { question: &questions::AGAIN, answer: Typed::Secret(new) },
        ];
        let (text, answered) = match self.speak(Action::ChangePassword, &asks, true).await {
            Ok(Came::Text(text, answered)) => (text, answered),
            Ok(Came::HungUp) => {
                return Err(
                    self.failed(FailureClass::OutcomeUnknown, "it ended the session while the password changed")
                );
            }
            Err(failure) if failure.class == FailureClass::DeviceRefused => {
                return Ok(Outcome::Refused(words(&failure.sentence)));
            }
            Err(failure) => return Err(failure),
        };
        match password::parse(&text) {
            Change::NoCommand(_) if answered == 0 => self.password_in_config(new).await,
            Change::NoCommand(said) | Change::Refused(said) => Ok(Outcome::Refused(words(&said))),
            Change::Changed => Ok(Outcome::Written { changed: true }),
            // Nothing was typed that could have changed it.
            Change::Unclear(said) if answered == 0 => Ok(Outcome::Refused(words(&said))),
            Change::Unclear(said) => Ok(Outcome::NotAsRead(words(&said))),
        }
    }

    async fn password_in_config(&mut self, new: &Secret) -> Result<Outcome, Failure> {
        if new.expose().starts_with('$') {
            // Here such a text is taken for the hash of another password, which nobody knows.
            return Ok(Outcome::Refused(
                "it takes passwords only in its config, where one that begins with '$' would be read as a hash"
                    .to_owned(),
            ));
        }
        let asks = [Ask { question: &questions::VALUE, answer: Typed::Secret(new) }];
        match self.configure(&[Edit { action: Action::OwnPassword, asks: &asks }]).await? {
            Committed::Done(_) => Ok(Outcome::Written { changed: true }),
            Committed::Refused { words, .. } => Ok(Outcome::Refused(words)),
        }
    }
}
