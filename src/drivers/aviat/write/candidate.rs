//! The candidate config: opened, edited line by line, committed, and left; or forgotten.

use super::{Came, words};
use crate::drivers::aviat::commands::Action;
use crate::drivers::aviat::parse::commit::{self, Commit};
use crate::drivers::aviat::parse::prompt::Mode;
use crate::drivers::aviat::parse::refusal::{Answer, Refusal};
use crate::drivers::aviat::session::Session;
use crate::model::{Failure, FailureClass};
use crate::transport::ssh::shell::Ask;

/// How many levels are left one by one before the session is given up instead.
const LEVELS: usize = 4;

/// A line of the candidate, and what it may ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit<'a> {
    pub action: Action<'a>,
    pub asks: &'a [Ask<'a>],
}

impl<'a> Edit<'a> {
    /// A line that asks nothing.
    pub(super) fn plain(action: Action<'a>) -> Self {
        Self { action, asks: &[] }
    }
}

/// What became of a candidate. The session is in operational mode again, or given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Committed {
    /// It is the config; false: it was so before.
    Done(bool),
    /// A line or the commit was refused; the candidate is forgotten. The first is whether a line is not known at all.
    Refused { unknown: bool, words: String },
}

impl Session<'_> {
    /// Writes these lines and commits them.
    ///
    /// Fails with `OutcomeUnknown` where the commit was cut off, or answered with something else than yes or no.
    pub(super) async fn configure(&mut self, edits: &[Edit<'_>]) -> Result<Committed, Failure> {
        if let Some(edit) = edits.first() {
            self.must_be_operational(edit.action)?;
        }
        // Before anything is typed: a line that cannot be typed leaves the radio alone.
        for edit in edits {
            edit.action.line().map_err(|failure| failure.at(&self.label))?;
        }
        match self.write_candidate(edits).await {
            Ok(Committed::Done(changed)) => {
                self.leave().await;
                Ok(Committed::Done(changed))
            }
            Ok(refused) => {
                self.forget_candidate().await;
                Ok(refused)
            }
            Err(failure) => {
                self.forget_candidate().await;
                match failure.class {
                    FailureClass::DeviceRefused => Ok(Committed::Refused { unknown: false, words: failure.sentence }),
                    _ => Err(failure),
                }
            }
        }
    }

    async fn write_candidate(&mut self, edits: &[Edit<'_>]) -> Result<Committed, Failure> {
        if let Some(words) = self.open_candidate().await? {
            return Ok(Committed::Refused { unknown: false, words });
        }
        for edit in edits {
            // Nothing takes effect before the commit: a line that is cut off here changed nothing.
            let text = self.text("a line of the candidate config", edit, false).await?;
            let refused = |unknown, words: &str| Ok(Committed::Refused { unknown, words: super::words(words) });
            match Answer::of(&text) {
                Answer::Empty if text.trim().is_empty() => {}
                Answer::Refused(kind, words) => return refused(kind == Refusal::Unknown, &words),
                // An edit that is taken is taken in silence.
                Answer::Empty | Answer::Text(_) => return refused(false, &text),
            }
            if self.mode == Mode::Operational {
                return refused(false, "it left the candidate config by itself");
            }
        }
        let text = self.text("commit", &Edit::plain(Action::Commit), true).await?;
        match commit::parse(&text) {
            Commit::Complete => Ok(Committed::Done(true)),
            Commit::Nothing => Ok(Committed::Done(false)),
            Commit::Refused(said) => Ok(Committed::Refused { unknown: false, words: words(&said) }),
            Commit::Unclear(said) => {
                let sentence = format!(
                    "it answers the commit with \"{}\", which says neither that it is done nor that it is not; read the \
                     config before anything else",
                    words(&said)
                );
                Err(self.failed(FailureClass::OutcomeUnknown, &sentence))
            }
        }
    }

    /// The answer of a line behind which the session goes on.
    async fn text(&mut self, what: &str, edit: &Edit<'_>, effect: bool) -> Result<String, Failure> {
        match self.speak(edit.action, edit.asks, effect).await? {
            Came::Text(text, _) => Ok(text),
            Came::HungUp => Err(self.failed(FailureClass::Protocol, &format!("it ended the session at '{what}'"))),
        }
    }

    /// Opens the candidate; the radio's words where it refuses.
    pub(super) async fn open_candidate(&mut self) -> Result<Option<String>, Failure> {
        let mut said = String::new();
        for action in [Action::Configure, Action::ConfigureTerminal] {
            said = match self.text("config", &Edit::plain(action), false).await {
                Ok(text) => text,
                Err(failure) if failure.class == FailureClass::DeviceRefused => failure.sentence,
                Err(failure) => return Err(failure),
            };
            if self.mode != Mode::Operational {
                return Ok(None);
            }
        }
        Ok(Some(format!("no configuration mode: {}", words(&said))))
    }

    /// Back to operational mode behind a commit. Where that does not come about, the session is given up.
    async fn leave(&mut self) {
        for _ in 0..LEVELS {
            if self.mode == Mode::Operational || !self.is_usable() {
                return;
            }
            // In operational mode this line would end the session: it is typed only where the prompt shows another.
            let before = self.mode.clone();
            let left = self.text("exit", &Edit::plain(Action::Exit), false).await.is_ok();
            if !left || self.mode == before {
                break;
            }
        }
        self.forget_candidate().await;
    }

    /// Forgets the candidate and goes back to operational mode; where that does not come about, or nothing more may be
    /// sent, the session is given up, and the radio forgets the candidate with it.
    pub(super) async fn forget_candidate(&mut self) {
        for action in [Action::Discard, Action::DiscardEnd] {
            if self.mode == Mode::Operational || !self.is_usable() {
                return;
            }
            if self.cx.cancel.is_cancelled() || self.text("abort", &Edit::plain(action), false).await.is_err() {
                break;
            }
        }
        if self.mode != Mode::Operational {
            self.shell.abandon();
        }
    }
}
