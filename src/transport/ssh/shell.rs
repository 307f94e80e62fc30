//! An interactive shell: types one line, reads until the learned prompt stands alone at the end and the device is
//! quiet, gives what stood between. Anything less is an error. A command that asks is answered with what its caller holds
//! ready for that very question; any other question is interrupted, and is a refusal.

mod dialogue;

use std::sync::Arc;
use std::time::Duration;

use super::channel::{Halt, Piece, Pipe, unanswered};
use super::connection::Connection;
pub use super::platform::{Dialogue, Echo, Pager, Pattern, Patterns, Platform, Prompt, Question};
use super::screen::{self, Screen};
use super::{Limits, Masks, Pty, quote};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::Cx;

pub use dialogue::{Ask, Said, Script, Typed};

/// How long a lone `word: ` at the end must stand before it is taken for a question: a line that is being printed
/// goes on sooner.
const QUESTION_QUIET: Duration = Duration::from_secs(1);

/// How long a foreseen question must stand before a secret is typed to it: longer than the gaps seen between the packets
/// of one line (1 s), of which the question may be the beginning.
const SECRET_QUIET: Duration = Duration::from_millis(1_200);

/// The same for any line that ends like a question, where one that was not foreseen would change the device: longer than
/// those gaps by far.
const UNFORESEEN_QUIET: Duration = Duration::from_secs(3);

/// How long the device may take to give its prompt back after Ctrl-C.
const INTERRUPT: Duration = Duration::from_secs(5);

/// Most bytes between login and prompt: banner, license, notes.
const LOGIN_BYTES: usize = 1 << 20;

/// How often the prompt is asked for until two in a row are the same.
const LEARN_ROUNDS: usize = 3;

/// What a command answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The lines between echo and prompt, joined by `\n`, without log lines, pagers and repeated prompts.
    pub text: String,
    /// The prompt behind it; tells the mode. Several lines are joined by `\n`.
    pub prompt: String,
}

/// A shell whose prompt is known. Dropping it closes its channel. While it is open, use nothing else on its connection:
/// what the device prints into an unread channel stalls the others.
pub struct Shell {
    pipe: Pipe,
    screen: Screen,
    platform: &'static Platform,
    learned: screen::Prompt,
    label: String,
    masks: Masks,
    login: Limits,
    /// Behind a prompt.
    quiet: Duration,
    broken: bool,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").field("to", &self.label).field("prompt", &self.learned.text).finish_non_exhaustive()
    }
}

/// Which prompt ends the reading, and what is in front of it.
struct Wait<'a> {
    /// Only this device's learned prompt, or any of the platform's shapes.
    learned: Option<&'a screen::Prompt>,
    /// The command whose echo must be seen first.
    command: Option<&'a str>,
    /// How it comes back.
    echo: Echo,
    /// Questions that are foreseen; none: every other line that waits is left to the limits.
    asks: Option<&'a [Ask<'a>]>,
    /// The end of the session is an answer.
    may_hang_up: bool,
    /// Login dialogues are answered.
    login: bool,
    limits: &'a Limits,
    what: &'a str,
}

impl<'a> Wait<'a> {
    fn for_prompt(learned: Option<&'a screen::Prompt>, login: bool, limits: &'a Limits, what: &'a str) -> Self {
        Self { learned, command: None, echo: Echo::None, asks: None, may_hang_up: false, login, limits, what }
    }

    /// Whether the question at this place wants a secret.
    fn asks_secret(&self, place: usize) -> bool {
        let ask = self.asks.and_then(|asks| asks.get(place));
        ask.is_some_and(|ask| matches!(ask.answer, Typed::Secret(_)))
    }
}

/// Why a reading ended well.
enum Stop {
    Prompt(screen::Prompt),
    /// The question at this place of those that were foreseen.
    Asked(usize),
    HungUp,
}

impl Shell {
    pub(super) async fn open(
        cx: &Cx,
        connection: &Connection,
        pty: Pty,
        platform: &'static Platform,
    ) -> Result<Self, Failure> {
        let shapes = platform.compiled()?;
        cx.go_on("the shell")?;
        let limit = connection.login_limit();
        let login = Limits { total: limit, idle: limit, max_bytes: LOGIN_BYTES, effect: false };
        let pipe = Pipe::open(cx, connection.wire(), limit).await?;
        pipe.shell(pty).await.map_err(|halt| pipe.failed(halt, "the request for a shell", &login, false))?;
        let mut shell = Self {
            pipe,
            screen: Screen::new(pty.cols, pty.rows, shapes, platform.answers_probes),
            platform,
            learned: screen::Prompt::none(),
            label: connection.label().to_owned(),
            masks: connection.masks().clone(),
            login,
            quiet: connection.prompt_quiet().unwrap_or(platform.quiet),
            broken: false,
        };
        let first = Wait::for_prompt(None, true, &login, "the login to its shell");
        let seen = shell.read(cx, &first).await?;
        shell.learn(cx, seen).await?;
        Ok(shell)
    }

    /// Types one line and reads its answer. `limits.effect` tells whether it changes the device.
    ///
    /// Fails with `DeviceRefused` (a refusal of the platform, or the device asks for an argument; the shell stays
    /// usable), or with `Timeout`, `Protocol` or `Cancelled`, and for a line with an effect with `OutcomeUnknown`
    /// instead; then the connection is disconnected.
    pub async fn command(&mut self, cx: &Cx, line: &str, limits: &Limits) -> Result<Reply, Failure> {
        let learned = self.learned.clone();
        let session = Arc::clone(self.pipe.session());
        let result = session.during(Box::pin(self.exchange(cx, line, limits, Some(&learned)))).await;
        result.map(|(reply, _)| reply).map_err(|failure| failure.at(&self.label))
    }

    /// As [`Shell::command`] for a line that changes the prompt (a mode, a host name): any prompt of the platform ends
    /// its answer, and is learned.
    pub async fn enter(&mut self, cx: &Cx, line: &str, limits: &Limits) -> Result<Reply, Failure> {
        let session = Arc::clone(self.pipe.session());
        let entered = Box::pin(async {
            let (reply, seen) = self.exchange(cx, line, limits, None).await?;
            self.learn(cx, seen).await.map(|()| reply)
        });
        session.during(entered).await.map_err(|failure| failure.at(&self.label))
    }

    /// Learns the prompt anew by an empty line, after something else changed it.
    pub async fn relearn(&mut self, cx: &Cx) -> Result<(), Failure> {
        let seen = self.learned.clone();
        let session = Arc::clone(self.pipe.session());
        let learned = Box::pin(async {
            self.usable()?;
            self.learn(cx, seen).await
        });
        session.during(learned).await.map_err(|failure| failure.at(&self.label))
    }

    /// The learned prompt.
    pub fn prompt(&self) -> &str {
        &self.learned.text
    }

    /// Masks one more secret wherever this shell quotes something: for lines that carry one.
    pub fn mask(&mut self, secret: &Secret) {
        self.masks.add(secret);
    }

    /// A text with every masked secret taken out of it.
    pub fn masked(&self, text: &str) -> String {
        self.masks.apply(text)
    }

    /// Whether something may still be typed here.
    pub fn is_usable(&self) -> bool {
        !self.broken
    }

    /// Disconnects at once; nothing is typed any more.
    pub fn abandon(&mut self) {
        self.give_up();
    }

    /// Closes the shell's channel. The connection ends when its [`Connection`] is closed or dropped, or with this
    /// shell if that happened before; after a failure that left the shell out of step it already has.
    pub async fn close(self) {
        drop(self);
    }

    fn usable(&self) -> Result<(), Failure> {
        if self.broken {
            return Err(Failure::new(
                FailureClass::Protocol,
                "its shell was given up after an earlier failure; open a new one",
            ));
        }
        Ok(())
    }

    async fn exchange(
        &mut self,
        cx: &Cx,
        line: &str,
        limits: &Limits,
        learned: Option<&screen::Prompt>,
    ) -> Result<(Reply, screen::Prompt), Failure> {
        self.usable()?;
        cx.go_on("the command")?;
        self.drain(cx).await?;
        self.pipe.session().sending(&self.masks.apply(line));
        self.send(cx, format!("{line}{}", self.platform.line_end).into_bytes(), limits).await?;
        let echo = self.platform.echo;
        let what = "the command's answer";
        let wait =
            Wait { learned, command: Some(line), echo, asks: None, may_hang_up: false, login: false, limits, what };
        let seen = self.read(cx, &wait).await?;
        let text = self.screen.answer(&seen);
        if let Some(words) = self.screen.refusal(&text) {
            return Err(Failure::new(
                FailureClass::DeviceRefused,
                format!("it refuses \"{}\": {}", self.masks.apply(line), self.masks.apply(&quote(&words))),
            ));
        }
        Ok((Reply { text, prompt: seen.text.clone() }, seen))
    }

    /// Asks for the prompt by empty lines until two in a row are the same.
    async fn learn(&mut self, cx: &Cx, mut last: screen::Prompt) -> Result<(), Failure> {
        for _ in 0..LEARN_ROUNDS {
            cx.go_on("the question for the prompt")?;
            self.drain(cx).await?;
            let limits = self.login;
            self.send(cx, self.platform.line_end.as_bytes().to_vec(), &limits).await?;
            let wait = Wait::for_prompt(None, true, &limits, "the question for the prompt");
            let seen = self.read(cx, &wait).await?;
            if seen == last {
                self.learned = seen;
                return Ok(());
            }
            last = seen;
        }
        self.give_up();
        Err(Failure::new(
            FailureClass::Protocol,
            format!(
                "its prompt changes with every line (now \"{}\"); is it {}?",
                quote(&last.text),
                self.platform.name
            ),
        ))
    }

    /// Throws away what came since the last prompt, so that a late line is not taken for an answer.
    async fn drain(&mut self, cx: &Cx) -> Result<(), Failure> {
        while let Some(piece) = self.pipe.ready() {
            match piece {
                Ok(Piece::Out(data) | Piece::Err(data)) => {
                    let typed = self.screen.feed(&data);
                    let limits = self.login;
                    self.type_back(cx, typed, &limits).await?;
                }
                Ok(Piece::Eof | Piece::Closed) | Err(_) => {
                    self.give_up();
                    return Err(Failure::new(FailureClass::Protocol, "it closed its shell; open a new one"));
                }
                Ok(Piece::ExitStatus(_) | Piece::Refused | Piece::Other) => {}
            }
        }
        self.screen.clear();
        Ok(())
    }

    async fn send(&mut self, cx: &Cx, bytes: Vec<u8>, limits: &Limits) -> Result<(), Failure> {
        let sent = {
            let send = async {
                self.pipe.send(bytes).await.map_err(|halt| self.pipe.failed(halt, "sending the line", limits, false))
            };
            cx.bounded(limits.idle, "the line that was typed", send).await
        };
        // Part of it may have gone.
        sent.map_err(|failure| {
            self.give_up();
            match failure.class {
                FailureClass::OutcomeUnknown => failure,
                class => unanswered(limits, class, failure.sentence),
            }
        })
    }

    async fn type_back(&mut self, cx: &Cx, typed: Vec<u8>, limits: &Limits) -> Result<(), Failure> {
        if typed.is_empty() || cx.cancel.is_cancelled() {
            return Ok(());
        }
        self.send(cx, typed, limits).await
    }

    /// Reads until the prompt.
    async fn read(&mut self, cx: &Cx, wait: &Wait<'_>) -> Result<screen::Prompt, Failure> {
        match self.read_until(cx, wait).await? {
            Stop::Prompt(seen) => Ok(seen),
            Stop::Asked(_) | Stop::HungUp => {
                self.give_up();
                Err(Failure::new(FailureClass::Internal, "a reading without questions ended at one"))
            }
        }
    }

    /// The question at the end, of those that are foreseen.
    fn foreseen(&self, asks: &[Ask<'_>]) -> Option<usize> {
        asks.iter().position(|ask| ask.question.compiled().is_ok_and(|shape| self.screen.asks(shape)))
    }

    /// Reads until the prompt, a foreseen question, or the end where that is an answer.
    async fn read_until(&mut self, cx: &Cx, wait: &Wait<'_>) -> Result<Stop, Failure> {
        let watch = Stopwatch::start();
        let limits = wait.limits;
        let (mut bytes, mut nudged, mut answered) = (0_usize, false, Vec::new());
        loop {
            let echoed = wait.command.is_none_or(|command| self.screen.echoed(command, wait.echo));
            let seen = self.screen.prompt().filter(|seen| echoed && wait.learned.is_none_or(|own| own.accepts(seen)));
            let open = seen.is_none() && echoed && wait.command.is_some();
            let asked = if open { wait.asks.and_then(|asks| self.foreseen(asks)) } else { None };
            let question = match wait.asks {
                _ if !open || asked.is_some() => None,
                Some(_) => self.screen.waits(),
                None => self.screen.question(),
            };
            let quiet = match (&seen, asked, &question) {
                (None, Some(place), _) if wait.asks_secret(place) => SECRET_QUIET,
                (Some(_), ..) | (None, Some(_), _) => self.quiet,
                (None, None, Some(_)) if wait.asks.is_some() => UNFORESEEN_QUIET,
                (None, None, Some(_)) => QUESTION_QUIET,
                (None, None, None) => limits.idle,
            };
            let left = limits.total.saturating_sub(watch.elapsed());
            let piece = self.pipe.next(cx, quiet.min(left)).await;
            match piece {
                Ok(Piece::Out(data) | Piece::Err(data)) => {
                    bytes = bytes.saturating_add(data.len());
                    let typed = self.screen.feed(&data);
                    self.type_back(cx, typed, limits).await?;
                    if wait.login
                        && let Some(dialogue) = self.screen.dialogue(&mut answered)
                    {
                        cx.witness.noted("ssh", dialogue.note);
                        self.type_back(cx, dialogue.answer.as_bytes().to_vec(), limits).await?;
                    }
                }
                Ok(Piece::Eof | Piece::Closed) | Err(Halt::Lost) if wait.may_hang_up => {
                    self.give_up();
                    return Ok(Stop::HungUp);
                }
                Ok(Piece::Eof | Piece::Closed) => {
                    self.give_up();
                    let sentence = format!("it closed its shell in the middle of {}", wait.what);
                    return Err(unanswered(limits, FailureClass::Protocol, sentence));
                }
                Ok(Piece::Refused) => {
                    self.give_up();
                    return Err(Failure::new(
                        FailureClass::DeviceRefused,
                        "it refuses a terminal or a shell; see the account's rights",
                    ));
                }
                Ok(Piece::ExitStatus(_) | Piece::Other) => {}
                Err(Halt::Paused) if quiet <= left => match (seen, asked, question) {
                    (Some(seen), ..) if !nudged && self.screen.after_log_line(&seen) => {
                        // Is this the end, or only the log line's repainting? An empty line tells: its prompt comes
                        // after the answer, if there still is one.
                        nudged = true;
                        self.send(cx, self.platform.line_end.as_bytes().to_vec(), limits).await?;
                        self.screen.distrust();
                    }
                    (Some(seen), ..) => return Ok(Stop::Prompt(seen)),
                    (None, Some(place), _) => return Ok(Stop::Asked(place)),
                    (None, None, Some(word)) => return Err(self.interrupt(cx, &word, wait).await),
                    (None, None, None) => return Err(self.halted(Halt::Paused, wait, false)),
                },
                Err(halt) => return Err(self.halted(halt, wait, halt == Halt::Paused)),
            }
            if bytes > limits.max_bytes {
                self.give_up();
                let sentence = format!("{} is longer than {} bytes", wait.what, limits.max_bytes);
                return Err(unanswered(limits, FailureClass::Protocol, sentence));
            }
            if watch.elapsed() >= limits.total {
                return Err(self.halted(Halt::Paused, wait, true));
            }
        }
    }

    fn halted(&mut self, halt: Halt, wait: &Wait<'_>, spent: bool) -> Failure {
        let failure = self.pipe.failed(halt, wait.what, wait.limits, spent);
        self.give_up();
        failure
    }

    fn give_up(&mut self) {
        self.broken = true;
        self.pipe.abandon();
    }

    /// The device asks for an argument: it would wait for ever, and take the next command for the answer.
    async fn interrupt(&mut self, cx: &Cx, word: &str, wait: &Wait<'_>) -> Failure {
        let refused = Failure::new(
            FailureClass::DeviceRefused,
            format!(
                "it asks for an argument, \"{}\", of \"{}\"; the command is not complete for this version",
                self.masks.apply(&quote(word)),
                self.masks.apply(wait.command.unwrap_or_default())
            ),
        );
        let limits = Limits { total: INTERRUPT, idle: INTERRUPT, max_bytes: LOGIN_BYTES, effect: false };
        self.screen.clear();
        if let Err(failure) = self.send(cx, vec![0x03], &limits).await {
            return failure;
        }
        let back = Wait::for_prompt(wait.learned, false, &limits, "the way back to the prompt");
        // A shell that does not come back was given up by the reading.
        match Box::pin(self.read(cx, &back)).await {
            Err(failure) if failure.class == FailureClass::Cancelled => failure,
            Err(failure) if wait.limits.effect => unanswered(wait.limits, failure.class, failure.sentence),
            _ => refused,
        }
    }
}
