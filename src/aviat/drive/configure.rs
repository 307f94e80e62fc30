//! The steps of the configuration: password, SNMP, buffer. Each reads first, writes what differs, and reads back.

use super::link::Link;
use crate::aviat::decide;
use crate::aviat::state::{Login, Outcome, Radio, SopItem, Step};
use crate::aviat::window::Work;
use crate::drivers::aviat::write;
use crate::model::{Failure, FailureClass};

/// A step that was cut off is begun again once, by reading.
const TRIES: usize = 2;

impl Link<'_, '_> {
    /// Carries out a step; with it the items of the SOP. The outcome is `Waiting` where nothing was done, because a person
    /// asked to stop. Fails only where the service stops, and then begins again.
    pub(super) async fn configure(
        &mut self,
        radio: &mut Radio,
        step: Step,
    ) -> Result<(Outcome, Vec<SopItem>), Failure> {
        let mut last = None;
        for _ in 0..TRIES {
            match self.once(radio, step).await {
                Ok((outcome, items)) => {
                    self.told_login(radio);
                    return Ok((self.masked(outcome), items));
                }
                Err(failure) if failure.class == FailureClass::Cancelled => return Err(failure),
                Err(failure) => {
                    self.close().await;
                    let again = may_begin_again(failure.class);
                    last = Some(failure);
                    if !again {
                        break;
                    }
                }
            }
        }
        self.told_login(radio);
        let outcome = match last {
            Some(failure) if failure.class == FailureClass::OutcomeUnknown => Outcome::Unknown(failure.to_string()),
            Some(failure) => Outcome::Failed(failure.to_string()),
            None => Outcome::Failed("it was not carried out".to_owned()),
        };
        Ok((self.masked(outcome), Vec::new()))
    }

    fn masked(&self, outcome: Outcome) -> Outcome {
        let mask = self.deps.mask;
        match outcome {
            Outcome::Failed(text) => Outcome::Failed(mask(text)),
            Outcome::Unknown(text) => Outcome::Unknown(mask(text)),
            Outcome::Skipped(text) => Outcome::Skipped(mask(text)),
            Outcome::NotReached(text) => Outcome::NotReached(mask(text)),
            outcome @ (Outcome::NotRequested | Outcome::Waiting | Outcome::Ok) => outcome,
        }
    }

    async fn once(&mut self, radio: &mut Radio, step: Step) -> Result<(Outcome, Vec<SopItem>), Failure> {
        let deps = self.deps;
        self.session(radio.login, false).await?;
        // The login may have taken long, and a person may have asked to stop meanwhile: the step is still owed then.
        if self.stop_asked().await? {
            return Ok((Outcome::Waiting, Vec::new()));
        }
        // And a window may have closed.
        if step != Step::Sop && !deps.window.may(Work::Configuration, decide::forced(radio), deps.clock.now()) {
            return Ok((Outcome::Waiting, Vec::new()));
        }
        let outcome = match step {
            Step::Password => self.password(radio).await?,
            Step::Snmp => match &deps.community {
                None => Outcome::Failed("no community is set; set aviat.snmp_community".to_owned()),
                Some(community) => {
                    let (_, session) = self.session(radio.login, false).await?;
                    outcome(session.set_snmp(&deps.config.snmp_mode, community).await?)
                }
            },
            Step::Buffer => {
                let (_, session) = self.session(radio.login, false).await?;
                outcome(session.set_buffer(deps.config.queue_limit_kbytes).await?)
            }
            Step::Sop => return self.sop(radio).await,
            Step::Firmware | Step::Activate => Outcome::Failed("is no step of the configuration".to_owned()),
        };
        Ok((outcome, Vec::new()))
    }

    /// Whether the radio is to be left alone: a person asked for it, or it is another driver's by now.
    async fn stop_asked(&self) -> Result<bool, Failure> {
        let entry = super::mine(self.deps, self.deps.target.address).await?;
        Ok(entry.is_none_or(|entry| entry.radio.abort.is_some()))
    }

    /// Done only where a new login with the new password was taken.
    async fn password(&mut self, radio: &Radio) -> Result<Outcome, Failure> {
        let deps = self.deps;
        let Some(new) = &deps.ours else {
            return Ok(Outcome::Failed("no password is set; set aviat.password".to_owned()));
        };
        let (login, session) = self.session(radio.login, false).await?;
        if login != Login::Factory {
            return Ok(Outcome::Skipped("it has the password already".to_owned()));
        }
        let Some(old) = &deps.factory else { return Ok(Outcome::Failed("the factory password is not set".to_owned())) };
        let said = session.change_password(old, new).await;
        self.close().await;
        let words = match said {
            Ok(write::Outcome::Refused(words)) => return Ok(Outcome::Failed(format!("refused: {words}"))),
            Ok(write::Outcome::Skipped(why)) => return Ok(Outcome::Skipped(why.to_string())),
            Ok(write::Outcome::Written { .. }) => "the radio says that it was changed".to_owned(),
            Ok(write::Outcome::NotAsRead(words)) => words,
            Err(failure) if failure.class == FailureClass::OutcomeUnknown => failure.sentence,
            Err(failure) => return Err(failure),
        };
        let Some(aviat) = self.aviat(Login::Ours) else {
            return Ok(Outcome::Unknown("the new password cannot be tried".to_owned()));
        };
        match aviat.login_works(new).await {
            Ok(true) => {
                self.changed_password(Login::Ours).await;
                Ok(Outcome::Ok)
            }
            Ok(false) if aviat.login_works(old).await.unwrap_or(false) => {
                self.changed_password(Login::Factory).await;
                Ok(Outcome::Failed(format!("the radio still has the factory password ({words})")))
            }
            Ok(false) => {
                self.changed_password(Login::Unknown).await;
                Ok(Outcome::Unknown(format!("neither password is taken after the change ({words})")))
            }
            Err(failure) if failure.class == FailureClass::Cancelled => Err(failure),
            Err(failure) => {
                self.changed_password(Login::Unknown).await;
                Ok(Outcome::Unknown(format!("the new password could not be proven: {failure}")))
            }
        }
    }
}

/// Where reading the radio again can tell what happened.
fn may_begin_again(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Unreachable | FailureClass::Timeout | FailureClass::Protocol | FailureClass::OutcomeUnknown
    )
}

fn outcome(written: write::Outcome) -> Outcome {
    match written {
        write::Outcome::Written { .. } => Outcome::Ok,
        write::Outcome::Skipped(why) => Outcome::Skipped(why.to_string()),
        write::Outcome::Refused(words) => Outcome::Failed(format!("refused: {words}")),
        write::Outcome::NotAsRead(words) => Outcome::Failed(format!("not as it was set: {words}")),
    }
}
