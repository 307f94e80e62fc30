//! What a family's shell looks like: data, written by the family, read by [`super::shell`].
//!
//! All shapes are regular expressions on rendered text (no escapes, no carriage returns). They match whole lines: the
//! anchors are put around them here.

use std::sync::OnceLock;
use std::time::Duration;

use regex::Regex;

use crate::model::{Failure, FailureClass};

/// A family's shell. Make it a `static`.
#[derive(Debug)]
pub struct Platform {
    /// Name in messages: `RouterOS`.
    pub name: &'static str,
    /// The shapes that a prompt may have, the first that matches counts.
    pub prompts: &'static [Prompt],
    /// How a typed command comes back.
    pub echo: Echo,
    /// What ends a typed line: `\r` or `\n`.
    pub line_end: &'static str,
    /// Pagers: on which line they wait, and the key that goes on.
    pub pagers: &'static [Pager],
    /// What the device may ask between login and prompt.
    pub dialogues: &'static [Dialogue],
    /// Whether questions about the terminal (identity, cursor) are answered.
    pub answers_probes: bool,
    /// Lines that the device prints into any session at any time; they are not part of an answer.
    pub log_lines: &'static [&'static str],
    /// Lines by which the device refuses a command. Looked for in the first and last five lines of an answer, so
    /// that a large config's contents are not taken for a refusal.
    pub refusals: &'static [&'static str],
    /// How long the device must be quiet behind a prompt before it is believed: 150 ms is usual. Prompts are painted
    /// twice, and in pieces.
    pub quiet: Duration,
    /// The shapes, compiled once: `Patterns::new()`.
    pub patterns: Patterns,
}

/// The shape of a prompt.
#[derive(Debug)]
pub struct Prompt {
    /// How many lines it has; 2 for SR OS's MD-CLI. Lines are joined by `\n` in the shape.
    pub lines: usize,
    /// Its shape, with its last blank. A group named `id` holds what never changes on the device (host name, user);
    /// a prompt is then accepted if its `id` is the one learned at login. Without such a group only the very prompt
    /// that was learned is accepted.
    pub shape: &'static str,
}

/// How a typed command comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// A line ends with the command, spaces aside. The usual case.
    Line,
    /// The first line that is not blank is the echo, whatever it says (SR OS completes words).
    FirstLine,
    /// Nothing comes back.
    None,
}

/// A pager.
#[derive(Debug)]
pub struct Pager {
    /// The line on which it waits.
    pub shape: &'static str,
    /// What to type, without line end.
    pub key: &'static str,
}

/// A question between login and prompt, answered once.
#[derive(Debug)]
pub struct Dialogue {
    /// The line on which it waits, or up to four lines joined by `\n`.
    pub shape: &'static str,
    /// What to type, with line end if one is needed; `\x03` is Ctrl-C.
    pub answer: &'static str,
    /// What was done, for the job's log.
    pub note: &'static str,
}

/// A question that a command may ask before it gives its prompt back. Make it a `static`; what is answered comes from the
/// caller, with each command.
#[derive(Debug)]
pub struct Question {
    /// In messages and in the job's log: `the current password`.
    pub name: &'static str,
    /// The unfinished line on which it waits, from its first character to its last blank.
    pub shape: &'static str,
    /// The shape, compiled once: `Pattern::new()`.
    pub pattern: Pattern,
}

impl Question {
    /// Whether its shape is well formed; for a test beside each platform.
    pub fn check(&self) -> Result<(), Failure> {
        self.compiled().map(|_| ())
    }

    pub(super) fn compiled(&self) -> Result<&Regex, Failure> {
        let compiled = self
            .pattern
            .0
            .get_or_init(|| Regex::new(&format!(r"\A(?:{})\z", self.shape)).map_err(|error| error.to_string()));
        compiled.as_ref().map_err(|error| {
            Failure::new(
                FailureClass::Internal,
                format!("the shape of question \"{}\" is malformed: {error}", self.name),
            )
        })
    }
}

/// The compiled shape of a question.
#[derive(Debug, Default)]
pub struct Pattern(OnceLock<Result<Regex, String>>);

impl Pattern {
    /// Not compiled yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// The compiled shapes of a platform.
#[derive(Debug, Default)]
pub struct Patterns(OnceLock<Result<Compiled, String>>);

impl Patterns {
    /// Not compiled yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// The compiled form.
#[derive(Debug)]
pub(super) struct Compiled {
    pub prompts: Vec<(usize, Regex)>,
    pub pagers: Vec<(Regex, &'static str)>,
    pub dialogues: Vec<(Regex, &'static Dialogue)>,
    pub log_lines: Vec<Regex>,
    pub refusals: Vec<Regex>,
}

impl Platform {
    /// Whether all shapes are well formed; for a test beside each platform.
    pub fn check(&'static self) -> Result<(), Failure> {
        self.compiled().map(|_| ())
    }

    pub(super) fn compiled(&'static self) -> Result<&'static Compiled, Failure> {
        let compiled = self.patterns.0.get_or_init(|| self.compile().map_err(|error| error.to_string()));
        compiled.as_ref().map_err(|error| {
            Failure::new(FailureClass::Internal, format!("a shape of platform {} is malformed: {error}", self.name))
        })
    }

    fn compile(&'static self) -> Result<Compiled, regex::Error> {
        let whole = |shape: &str| Regex::new(&format!(r"\A(?:{shape})\z"));
        let tail = |shape: &str| Regex::new(&format!(r"(?:\A|\n)(?:{shape})\z"));
        Ok(Compiled {
            prompts: self.prompts.iter().map(|p| Ok((p.lines, whole(p.shape)?))).collect::<Result<_, _>>()?,
            pagers: self.pagers.iter().map(|p| Ok((whole(p.shape)?, p.key))).collect::<Result<_, _>>()?,
            dialogues: self.dialogues.iter().map(|d| Ok((tail(d.shape)?, d))).collect::<Result<_, _>>()?,
            log_lines: self.log_lines.iter().map(|shape| whole(shape)).collect::<Result<_, _>>()?,
            refusals: self.refusals.iter().map(|shape| whole(shape)).collect::<Result<_, _>>()?,
        })
    }
}
