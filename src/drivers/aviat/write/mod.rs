//! What changes a radio. One operation a file; each reads first where it can, types its lines in the mode that they need,
//! takes no text but the one that says so for an acceptance, and reads back what it wrote.
//!
//! A command that was cut off is `OutcomeUnknown`: the caller observes before anything else. A write that was refused
//! leaves no candidate behind: it is forgotten, or the session is given up and the radio forgets it.

mod abort;
mod activate;
mod buffer;
mod candidate;
mod load;
mod password;
mod restart;
mod rollback;
mod snmp;
mod spanning_tree;

pub use abort::AbortAnswer;
pub use activate::ActivateAnswer;
pub use load::LoadAnswer;
pub use restart::RestartAnswer;
pub use rollback::RollbackAnswer;

use super::commands::Action;
use super::parse::prompt::Mode;
use super::parse::response::Response;
use super::parse::version::Version;
use super::platform::questions;
use super::session::Session;
use crate::model::{Failure, FailureClass};
use crate::transport::ssh::shell::{Ask, Said, Script, Typed};

/// What came of writing a part of the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is as wanted, and was read from the radio. For a password: the radio says that it was changed, and a login has
    /// to prove it ([`super::Aviat::login_works`]).
    Written {
        /// Something was changed; false: it was so before.
        changed: bool,
    },
    /// It is not for this radio.
    Skipped(Skip),
    /// The radio refuses, in its own words. Nothing was changed.
    Refused(String),
    /// The radio accepted, and shows something else, or (a password) answered in words that are not known.
    NotAsRead(String),
}

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// This release has no such thing.
    Release(Version),
    /// It is the other one of two joined radios that has it (10g1).
    PartnerRadio,
    /// The release should have it, and the radio knows it neither to show nor to set.
    Unsupported,
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Skip::Release(version) => write!(f, "firmware {} has none (6.x has)", version.short()),
            Skip::PartnerRadio => f.write_str("it is the partner radio (10g1 connected); the primary has it"),
            Skip::Unsupported => f.write_str("the radio does not know it"),
        }
    }
}

/// What came back to a line.
#[derive(Debug)]
pub(super) enum Came {
    /// The text behind the last answer, and how many questions were answered.
    Text(String, usize),
    /// The end of the session, which may be.
    HungUp,
}

/// To the question whether it is sure.
const YES: &[Ask<'static>] = &[Ask { question: &questions::SURE, answer: Typed::Word("yes") }];

impl Session<'_> {
    /// Types a line and what its questions want; keeps the mode. `effect`: a cut-off is `OutcomeUnknown`.
    async fn speak(&mut self, action: Action<'_>, asks: &[Ask<'_>], effect: bool) -> Result<Came, Failure> {
        let line = action.line().map_err(|failure| failure.at(&self.label))?;
        if let Action::SnmpCommunity(community) = action {
            self.shell.mask(community);
        }
        let limits = self.ssh.limits();
        let limits = if effect { limits.with_effect() } else { limits };
        let script = Script { line: &line, asks, may_hang_up: matches!(action, Action::Restart) };
        match self.shell.dialogue(self.cx, &script, &limits).await? {
            Said::HungUp => Ok(Came::HungUp),
            Said::Reply { reply, answered } => {
                let line = self.shell.masked(&line);
                match self.stands_at(&reply.prompt, &line) {
                    Ok(()) => Ok(Came::Text(self.shell.masked(&reply.text), answered)),
                    Err(failure) if effect => Err(Failure::new(FailureClass::OutcomeUnknown, failure.sentence)),
                    Err(failure) => Err(failure),
                }
            }
        }
    }

    /// A software action: in operational mode, and where that is a syntax error in configuration mode, once. Its
    /// refusals are [`Response::Other`].
    async fn act(&mut self, action: Action<'_>, asks: &[Ask<'_>]) -> Result<Response, Failure> {
        self.must_be_operational(action)?;
        match self.act_here(action, asks).await? {
            Response::NotHere(_) => {}
            response => return Ok(response),
        }
        if let Some(words) = self.open_candidate().await? {
            return Ok(Response::Other(words));
        }
        let response = self.act_here(action, asks).await;
        // The radio may be on its way down: a session that does not come back from there is given up, and that is all.
        self.forget_candidate().await;
        response
    }

    async fn act_here(&mut self, action: Action<'_>, asks: &[Ask<'_>]) -> Result<Response, Failure> {
        match self.speak(action, asks, true).await {
            Ok(Came::Text(text, _)) => Ok(Response::of(&text)),
            Ok(Came::HungUp) => {
                Err(self.failed(FailureClass::OutcomeUnknown, "it ended the session instead of an answer"))
            }
            // A question that was not foreseen was interrupted.
            Err(failure) if failure.class == FailureClass::DeviceRefused => Ok(Response::Other(failure.sentence)),
            Err(failure) => Err(failure),
        }
    }

    fn must_be_operational(&self, action: Action<'_>) -> Result<(), Failure> {
        if self.mode == Mode::Operational {
            return Ok(());
        }
        let line = self.shell.masked(&action.line()?);
        Err(self.failed(FailureClass::Protocol, &format!("'{line}' is not begun in the middle of another write")))
    }
}

/// What the radio said, fit for a sentence: one line, not long.
fn words(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if line.trim().is_empty() { "(nothing)".to_owned() } else { line.trim().to_owned() }
}
