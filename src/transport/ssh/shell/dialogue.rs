//! A line that asks: each question that was foreseen gets the answer that its caller holds ready for it, and no other.

use std::sync::Arc;

use super::{Echo, Question, Reply, Shell, Stop, Wait};
use crate::model::{Failure, FailureClass, MASK, Secret};
use crate::transport::Cx;
use crate::transport::ssh::{Limits, screen};

/// What is typed to a question.
#[derive(Debug, Clone, Copy)]
pub enum Typed<'a> {
    /// A word that everybody may see: `yes`.
    Word(&'static str),
    /// A secret: shown as `***`, masked in whatever the device says of it, and typed to its question only.
    Secret(&'a Secret),
}

/// A question that is foreseen, and what is typed to it.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The question.
    pub question: &'static Question,
    /// What is typed, the line's end not included.
    pub answer: Typed<'a>,
}

/// A line, and what it may ask.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// The line.
    pub line: &'a str,
    /// In the order in which they come; any of them may be left out by the device, none comes twice.
    pub asks: &'a [Ask<'a>],
    /// Behind its last answer the device may end the session instead of giving its prompt back: it restarts.
    pub may_hang_up: bool,
}

/// How a dialogue ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// With the prompt. The text is what stood behind the last answer, or behind the line where nothing was asked.
    Reply {
        /// What was said.
        reply: Reply,
        /// How many of the questions were asked, and answered.
        answered: usize,
    },
    /// The device ended the session behind the last answer, as it may. The shell is not usable any more.
    HungUp,
}

impl Shell {
    /// Types one line, and to each question of `script` its answer, when that question stands there alone and the device
    /// is quiet. A prompt of this device in any mode ends it. Anything else that waits is interrupted.
    ///
    /// Fails as [`Shell::command`] does; `DeviceRefused` is a question that was not foreseen.
    pub async fn dialogue(&mut self, cx: &Cx, script: &Script<'_>, limits: &Limits) -> Result<Said, Failure> {
        let learned = self.learned.clone();
        let session = Arc::clone(self.pipe.session());
        let result = session.during(Box::pin(self.converse(cx, script, limits, &learned))).await;
        result.map_err(|failure| failure.at(&self.label))
    }

    async fn converse(
        &mut self,
        cx: &Cx,
        script: &Script<'_>,
        limits: &Limits,
        learned: &screen::Prompt,
    ) -> Result<Said, Failure> {
        self.usable()?;
        for ask in script.asks {
            ask.question.check()?;
            if let Typed::Secret(secret) = ask.answer {
                self.masks.add(secret);
            }
        }
        cx.go_on("the command")?;
        self.drain(cx).await?;
        self.pipe.session().sending(&self.masks.apply(script.line));
        self.send(cx, format!("{}{}", script.line, self.platform.line_end).into_bytes(), limits).await?;
        let (mut left, mut answered, mut echo) = (script.asks, 0_usize, self.platform.echo);
        loop {
            let may_hang_up = script.may_hang_up && answered > 0 && left.is_empty();
            let wait = Wait {
                learned: Some(learned),
                command: Some(script.line),
                echo,
                asks: Some(left),
                may_hang_up,
                login: false,
                limits,
                what: "the command's answer",
            };
            let place = match self.read_until(cx, &wait).await? {
                Stop::Prompt(seen) => {
                    let text = self.masks.apply(&self.screen.answer(&seen));
                    return Ok(Said::Reply { reply: Reply { text, prompt: seen.text }, answered });
                }
                Stop::HungUp => return Ok(Said::HungUp),
                Stop::Asked(place) => place,
            };
            let Some((ask, rest)) = left.get(place..).and_then(<[Ask<'_>]>::split_first) else {
                return Err(Failure::new(FailureClass::Internal, "a question that nobody foresaw was taken for one"));
            };
            if let Err(failure) = cx.go_on(&format!("the answer to {}", ask.question.name)) {
                // It would wait for ever.
                self.give_up();
                return Err(failure);
            }
            let (typed, shown) = match &ask.answer {
                Typed::Word(word) => (*word, *word),
                Typed::Secret(secret) => (secret.expose(), MASK),
            };
            self.pipe.session().sending(&format!("{shown} (to {})", ask.question.name));
            self.screen.answering();
            self.send(cx, format!("{typed}{}", self.platform.line_end).into_bytes(), limits).await?;
            // The question's own line comes back with the answer, hidden or not.
            (left, echo) = (rest, Echo::FirstLine);
            answered = answered.saturating_add(1);
        }
    }
}
