//! The command line of one session: its modes, what each line does there, and the questions that it asks.

use std::sync::Arc;

use serde_json::json;

use super::candidate::{Candidate, Refusal};
use super::facts::Facts;
use super::radio::{Radio, knobs};
use super::software::{self, Load, Then};
use super::words::{self, Word};
use super::{config, show};

/// Where the session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// After the login.
    Operational,
    /// In configuration, in these sections.
    Config(Vec<String>),
}

/// A question that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// How it is asked; the answer follows on the same line.
    pub text: String,
    /// The answer is not shown.
    pub secret: bool,
    about: About,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Activate,
    Restart,
    Leave,
    Current,
    New { current: String },
    Confirm { current: String, new: String },
    Value { sections: Vec<String>, key: String, check: super::schema::Check },
}

/// What follows an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The prompt.
    Prompt,
    /// A question; the command has not taken effect yet.
    Ask(Question),
    /// The end of the session.
    Quit,
    /// Nothing, ever.
    Silence,
}

/// What is said to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Lines, each ended with CR LF.
    pub text: String,
    /// What follows.
    pub next: Next,
    /// Never in pages.
    pub whole: bool,
}

impl Reply {
    /// Lines, then the prompt.
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), next: Next::Prompt, whole: false }
    }

    /// One line, then the prompt.
    pub fn line(line: &str) -> Self {
        Self::text(if line.is_empty() { String::new() } else { format!("{line}\r\n") })
    }

    fn silent() -> Self {
        Self::text("")
    }

    fn next(next: Next) -> Self {
        Self { text: String::new(), next, whole: false }
    }

    fn ask(text: &str, secret: bool, about: About) -> Self {
        Self::next(Next::Ask(Question { text: text.to_owned(), secret, about }))
    }
}

/// A session's command line.
pub struct Console {
    radio: Arc<Radio>,
    mode: Mode,
    candidate: Candidate,
    /// The licences were read in this session: the second time they are right.
    licences_read: bool,
    /// Long answers come in pages.
    pub paginate: bool,
}

/// A line that is wrong from a column on.
struct Syntax {
    at: usize,
    text: String,
}

fn syntax(at: usize, text: &str) -> Syntax {
    Syntax { at, text: format!("syntax error: {text}") }
}

impl Console {
    /// A session after its login.
    pub fn new(radio: Arc<Radio>) -> Self {
        let paginate = radio.facts().0.get("pager").is_none_or(|pager| pager.as_bool() != Some(false));
        Self { radio, mode: Mode::Operational, candidate: Candidate::default(), licences_read: false, paginate }
    }

    /// The prompt.
    pub fn prompt(&self) -> String {
        let hostname = self.radio.facts().0.text("hostname", "radio");
        match &self.mode {
            Mode::Operational => format!("{hostname}# "),
            Mode::Config(_) => format!("{hostname}({})# ", self.mode_name()),
        }
    }

    /// The mode as the journal has it: `operational`, `config`, `config-interface-Carrier1/1`.
    pub fn mode_name(&self) -> String {
        match &self.mode {
            Mode::Operational => "operational".to_owned(),
            Mode::Config(sections) => {
                sections.last().map_or_else(|| "config".to_owned(), |last| format!("config-{}", last.replace(' ', "-")))
            }
        }
    }

    /// Obeys a line.
    pub fn command(&mut self, line: &str) -> Reply {
        let words = words::split(line);
        let obeyed = match &self.mode {
            Mode::Operational => self.operational(line, &words),
            Mode::Config(sections) => {
                let sections = sections.clone();
                self.config(line, &words, sections)
            }
        };
        obeyed.unwrap_or_else(|Syntax { at, text }| {
            let dashes = "-".repeat(self.prompt().chars().count().saturating_add(at));
            Reply::text(format!("{dashes}^\r\n{text}\r\n"))
        })
    }

    fn operational(&mut self, line: &str, words: &[Word]) -> Result<Reply, Syntax> {
        let Some((first, rest)) = words.split_first() else { return Ok(Reply::silent()) };
        let end = line.trim_end().chars().count();
        match first.text.as_str() {
            "show" => self.show(line),
            "config" | "configure" => match words::texts(rest).as_slice() {
                [] | ["terminal"] => {
                    self.mode = Mode::Config(Vec::new());
                    Ok(Reply::line("Entering configuration mode terminal"))
                }
                _ => Err(syntax(rest.first().map_or(end, |word| word.at), "unknown argument")),
            },
            "software" => self.software(rest, end, false),
            "restart" => Ok(self.restart()),
            "change-password" => Ok(self.change_password()),
            "set" => match rest.split_first() {
                Some((setting, rest)) => self.setting(setting, rest, end),
                None => Err(syntax(end, "incomplete path")),
            },
            "paginate" | "complete-on-space" | "idle-timeout" | "screen-length" | "screen-width" => {
                self.setting(first, rest, end)
            }
            "exit" | "quit" | "logout" => Ok(Reply::next(Next::Quit)),
            _ => Err(syntax(first.at, "unknown command")),
        }
    }

    fn setting(&mut self, setting: &Word, rest: &[Word], end: usize) -> Result<Reply, Syntax> {
        let value = rest.first().ok_or_else(|| syntax(end, "incomplete path"))?;
        match setting.text.as_str() {
            "paginate" | "complete-on-space" if !matches!(value.text.as_str(), "true" | "false") => {
                return Err(syntax(value.at, "unknown argument"));
            }
            "paginate" => {
                let stubborn = self.radio.facts().0.text("pager", "") == "always";
                self.paginate = stubborn || value.text == "true";
            }
            "complete-on-space" | "idle-timeout" | "screen-length" | "screen-width" => {}
            _ => return Err(syntax(setting.at, "unknown element")),
        }
        Ok(Reply::silent())
    }

    fn show(&mut self, line: &str) -> Result<Reply, Syntax> {
        let (command, pipes) = words::pipes(line).map_err(|at| syntax(at, "unknown element"))?;
        let words = words::split(&command);
        let facts = self.radio.facts();
        let first_read = !self.licences_read;
        self.licences_read |= words.get(1).is_some_and(|word| word.text == "licensing");
        let scene =
            show::Scene { facts: &facts, now: self.radio.now(), settling: self.radio.is_settling(), first_read };
        let shown = show::run(&scene, words.get(1..).unwrap_or_default());
        let text = shown.map_err(|unknown| match unknown {
            Some(at) => syntax(at, "unknown element"),
            None => syntax(command.trim_end().chars().count(), "incomplete path"),
        })?;
        let whole = pipes.contains(&words::Pipe::NoMore);
        Ok(Reply { text: words::piped(text, &pipes), next: Next::Prompt, whole })
    }

    /// `software ...` in either mode. On radios of 6.x some of it is known in configuration mode only.
    fn software(&mut self, rest: &[Word], end: usize, in_config: bool) -> Result<Reply, Syntax> {
        let Some((action, arguments)) = rest.split_first() else { return Err(syntax(end, "incomplete path")) };
        let facts = self.radio.facts();
        let mode = facts.0.text("software_mode", if facts.is_six() { "config" } else { "operational" });
        let known = matches!(action.text.as_str(), "load" | "activate" | "rollback" | "abort");
        let elsewhere = match mode.as_str() {
            "config" => action.text != "load",
            "config-all" => true,
            _ => false,
        };
        if known && elsewhere && !in_config {
            let legal = if mode == "config" { "\r\n  load" } else { "" };
            return Err(syntax(action.at, &format!("expecting {legal}")));
        }
        let radio = &self.radio;
        match (action.text.as_str(), arguments) {
            ("load", _) => Ok(Reply::line(&software::load(radio, load_of(arguments, end)?))),
            ("abort", []) => Ok(Reply::line(&software::abort(radio))),
            ("rollback", []) => Ok(Reply::line(&software::rollback(radio))),
            ("activate", []) if facts.0.flag("activate_asks", true) && facts.state() == "loadOk" => {
                Ok(Reply::ask("Are you sure you want to activate the new software? [no,yes] ", false, About::Activate))
            }
            ("activate", []) => Ok(Reply::line(&software::activate(radio))),
            (_, [argument, ..]) if known => Err(syntax(argument.at, "unknown argument")),
            _ => Err(syntax(action.at, "unknown element")),
        }
    }

    fn restart(&self) -> Reply {
        if self.radio.facts().0.text("restart", "ask") == "direct" {
            software::restart(&self.radio);
            return Reply::silent();
        }
        Reply::ask("Are you sure you want to restart the system? [no,yes] ", false, About::Restart)
    }

    fn change_password(&self) -> Reply {
        if self.radio.facts().0.text("change_password", "ok") == "no-current" {
            let current = self.radio.facts().0.text("password", "admin");
            return Reply::ask("Enter new password: ", true, About::New { current });
        }
        Reply::ask("Enter current password: ", true, About::Current)
    }

    fn config(&mut self, line: &str, words: &[Word], sections: Vec<String>) -> Result<Reply, Syntax> {
        let Some((first, rest)) = words.split_first() else { return Ok(Reply::silent()) };
        let end = line.trim_end().chars().count();
        match (first.text.as_str(), words::texts(rest).as_slice()) {
            ("exit", []) => match sections.split_last() {
                Some((_, above)) => {
                    self.mode = Mode::Config(above.to_vec());
                    Ok(Reply::silent())
                }
                None => Ok(self.leave()),
            },
            ("end", []) => Ok(self.leave()),
            ("abort", []) | ("end", ["no-confirm"]) => {
                self.candidate.clear();
                self.mode = Mode::Operational;
                Ok(Reply::silent())
            }
            ("top", []) => {
                self.mode = Mode::Config(Vec::new());
                Ok(Reply::silent())
            }
            ("rollback", []) | ("rollback", ["configuration", ..]) => {
                self.candidate.clear();
                Ok(Reply::silent())
            }
            ("commit", []) => Ok(match self.candidate.commit(&self.radio) {
                Some(said) => Reply::line(&said),
                None => Reply::next(Next::Silence),
            }),
            ("do", [_, ..]) => {
                // Blanks in front keep the columns of what is wrong.
                let at = rest.first().map_or(0, |word| word.at);
                let command: String = " ".repeat(at) + &line.chars().skip(at).collect::<String>();
                let inner = words::split(&command);
                self.operational(&command, &inner)
            }
            ("software", _) => self.software(rest, end, true),
            ("show", _) => self.show_config(line, &sections),
            ("no", [_, ..]) => self.edit(line, rest, sections, true),
            _ => self.edit(line, words, sections, false),
        }
    }

    /// `show full-configuration [path]` and `show configuration`.
    fn show_config(&self, line: &str, sections: &[String]) -> Result<Reply, Syntax> {
        let (command, pipes) = words::pipes(line).map_err(|at| syntax(at, "unknown element"))?;
        let words = words::split(&command);
        let facts = self.radio.facts();
        let path = words.get(2..).unwrap_or_default();
        let text = match words.get(1) {
            Some(what) if what.text == "full-configuration" => {
                show::check_path(&facts, path).map_err(|at| syntax(at, "unknown element"))?;
                let above = sections.join(" ");
                let mut wanted: Vec<&str> = above.split(' ').filter(|word| !word.is_empty()).collect();
                if !path.is_empty() {
                    wanted = words::texts(path);
                }
                show::configuration(&config::with(config::running(&facts), self.candidate.edits()), &wanted)
            }
            Some(what) if what.text == "configuration" => self.candidate.shown(),
            Some(what) => return Err(syntax(what.at, "unknown element")),
            None => return Err(syntax(command.trim_end().chars().count(), "incomplete path")),
        };
        Ok(Reply::text(words::piped(text, &pipes)))
    }

    fn edit(&mut self, line: &str, words: &[Word], sections: Vec<String>, no: bool) -> Result<Reply, Syntax> {
        let facts = self.radio.facts();
        let end = line.trim_end().chars().count();
        match self.candidate.edit(&facts, line, words, &sections, no) {
            Ok(Some(entered)) => self.mode = Mode::Config(entered),
            Ok(None) => {}
            Err(Refusal::Unknown(at)) => return Err(syntax(at, "unknown element")),
            Err(Refusal::Argument(at)) => return Err(syntax(at, "unknown argument")),
            Err(Refusal::Incomplete) => return Err(syntax(end, "incomplete path")),
            Err(Refusal::OneOf(list)) => return Ok(Reply::line(&one_of(list))),
            Err(Refusal::Value { sections, key, check }) => {
                use super::schema::Check;
                let leaf = key.rsplit(' ').next().unwrap_or_default();
                let (text, secret) = match check {
                    Check::One(list) => (format!("Value for '{leaf}' [{}]: ", list.join(",")), false),
                    Check::Number => ("(<unsignedInt>): ".to_owned(), false),
                    Check::Any => ("(<string>): ".to_owned(), false),
                    Check::Secret => ("(<string>): ".to_owned(), true),
                };
                return Ok(Reply::ask(&text, secret, About::Value { sections, key, check }));
            }
        }
        Ok(Reply::silent())
    }

    fn leave(&mut self) -> Reply {
        if self.candidate.is_clean(&self.radio.facts()) {
            self.candidate.clear();
            self.mode = Mode::Operational;
            return Reply::silent();
        }
        Reply::ask("Uncommitted changes found, commit them? [yes/no/CANCEL] ", false, About::Leave)
    }

    /// Obeys the answer to a question.
    pub fn answer(&mut self, question: &Question, answer: &str) -> Reply {
        let yes = answer.eq_ignore_ascii_case("yes");
        let facts = self.radio.facts();
        match &question.about {
            About::Activate if yes => Reply::line(&software::activate(&self.radio)),
            About::Restart if yes => {
                software::restart(&self.radio);
                Reply::silent()
            }
            About::Activate | About::Restart => Reply::line("Aborted: by user"),
            About::Leave => self.left(answer),
            About::Current => Reply::ask("Enter new password: ", true, About::New { current: answer.to_owned() }),
            About::New { current } => {
                let about = About::Confirm { current: current.clone(), new: answer.to_owned() };
                Reply::ask("Confirm new password: ", true, about)
            }
            About::Confirm { current, new } => self.new_password(&facts, current, new, answer),
            About::Value { sections, key, check } => match self.candidate.value(sections, key, *check, answer) {
                Ok(()) => Reply::silent(),
                Err(Refusal::OneOf(list)) => Reply::line(&one_of(list)),
                Err(_) => Reply::line("Error: not a valid value"),
            },
        }
    }

    fn left(&mut self, answer: &str) -> Reply {
        let reply = match answer.to_ascii_lowercase().as_str() {
            "yes" => match self.candidate.commit(&self.radio) {
                Some(said) if said.starts_with("Aborted") => return Reply::line(&said),
                Some(said) => Reply::line(&said),
                None => return Reply::next(Next::Silence),
            },
            "no" => Reply::silent(),
            _ => return Reply::silent(),
        };
        self.candidate.clear();
        self.mode = Mode::Operational;
        reply
    }

    fn new_password(&self, facts: &Facts, current: &str, new: &str, again: &str) -> Reply {
        let refusal = match facts.0.text("change_password", "ok").as_str() {
            "refused" => Some("Error: the new password does not meet the password rules"),
            "locked" => Some("Error: the account is locked"),
            _ if current != facts.0.text("password", "admin") => Some("Error: invalid current password"),
            _ if new != again => Some("Error: the passwords do not match"),
            _ if new.is_empty() => Some("Error: the new password is empty"),
            _ => None,
        };
        if let Some(refusal) = refusal {
            return Reply::line(refusal);
        }
        self.radio.device.merge(knobs(json!({ "password": new })));
        Reply::line("Password changed successfully.")
    }
}

fn one_of(list: &[&str]) -> String {
    format!("The value must be one of: {}", list.join(", "))
}

/// The arguments of `software load`.
fn load_of(arguments: &[Word], end: usize) -> Result<Load, Syntax> {
    let mut words = arguments.iter();
    let keyword = words.next().ok_or_else(|| syntax(end, "incomplete path"))?;
    if keyword.text != "uri" {
        return Err(syntax(keyword.at, "unknown element"));
    }
    let uri = words.next().ok_or_else(|| syntax(end, "incomplete path"))?;
    let mut load = Load { uri: uri.text.clone(), force: false, then: Then::Manual };
    while let Some(word) = words.next() {
        match word.text.as_str() {
            "force" => load.force = true,
            "activation-immediately" => load.then = Then::Immediate,
            "activation-time" => {
                let time = words.next().ok_or_else(|| syntax(end, "incomplete path"))?;
                load.then = Then::At(time_of(&time.text).ok_or_else(|| syntax(time.at, "unknown argument"))?);
            }
            _ => return Err(syntax(word.at, "unknown argument")),
        }
    }
    Ok(load)
}

/// `02:00` as a second of the day.
fn time_of(text: &str) -> Option<f64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| f64::from(hours * 3600 + minutes * 60))
}
