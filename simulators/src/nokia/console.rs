//! The state of a CLI session, and what a line does to it. No I/O.

use std::sync::Arc;

use super::command::{complete, stranger};
use super::knobs::{Engine, Knobs, Mode};
use super::router::Router;
use super::{config, show};

/// A session's state.
pub struct Console {
    router: Arc<Router>,
    /// The engine that reads the next line.
    pub engine: Engine,
    more_classic: bool,
    more_md: bool,
    completion: bool,
    /// MD-CLI paints a progress indicator.
    pub progress: bool,
    /// `>config>router` of the classic prompt.
    context: String,
    /// `configure router "Base"` of MD-CLI's.
    path: String,
    /// `ex`, `pr`, `gl`, `ro`.
    edit: Option<String>,
}

/// What a line is answered with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// `\n` line ends.
    pub text: String,
    /// What comes back of the line: as it was typed, or completed.
    pub echo: String,
    /// It is a running configuration.
    pub is_config: bool,
    /// It is not shown in pages.
    pub whole: bool,
    /// The session is over.
    pub quits: bool,
}

fn said(text: impl Into<String>) -> Reply {
    Reply { text: text.into(), ..Reply::default() }
}

const TO_CLASSIC: &str = "INFO: CLI #2051: Switching to the classic CLI engine\n";
const READ_ONLY: &str = "INFO: CLI #2050: Classic CLI modification of the configuration is not allowed - 'model-driven' \
                         management interface configuration mode active\n";
const TO_MD: &str = "INFO: CLI #2052: Switching to the MD-CLI engine\n";

impl Console {
    /// After a login.
    pub fn new(router: Arc<Router>) -> Self {
        let knobs = Knobs(&router.device);
        let (engine, context) = (knobs.engine(), router.device.text("context", ""));
        Self {
            engine,
            more_classic: true,
            more_md: true,
            completion: true,
            progress: true,
            context,
            path: String::new(),
            edit: None,
            router,
        }
    }

    fn knobs(&self) -> Knobs<'_> {
        Knobs(&self.router.device)
    }

    /// Whether this engine's output is shown in pages.
    pub fn pages(&self) -> bool {
        let on = if self.engine == Engine::Classic { self.more_classic } else { self.more_md };
        on && self.router.device.text("pager", "switchable") != "off"
    }

    /// The prompt, in the pieces in which it comes.
    pub fn prompt(&self) -> Vec<String> {
        let own = self.router.device.text("prompt", "");
        if own.is_empty() {
            return self.prompt_of(self.engine);
        }
        match own.split_once('\n') {
            Some((first, second)) => vec![format!("\r\n{first}\r\n"), second.to_owned()],
            None => vec![own],
        }
    }

    fn prompt_of(&self, engine: Engine) -> Vec<String> {
        let knobs = self.knobs();
        let (cpm, name) = (knobs.cpm(), knobs.name());
        if engine == Engine::Classic {
            let star = if knobs.unsaved() { "*" } else { "" };
            let end = if self.context.ends_with(['$', '#']) { "" } else { "#" };
            return vec![format!("{star}{cpm}:{name}{}{end} ", self.context)];
        }
        let edit = self.edit.as_ref().map(|edit| format!("({edit})")).unwrap_or_default();
        let first = format!("\r\n{edit}[{}{}]\r\n", knobs.root(), self.path);
        vec![first, format!("{cpm}:{}@{name}# ", knobs.user())]
    }

    /// What a typed line does.
    pub fn command(&mut self, typed: &str) -> Reply {
        let line = typed.trim();
        if line.is_empty() {
            return Reply::default();
        }
        let mut reply = self.obey(line);
        let knobs = self.knobs();
        let completes = knobs.0.flag("completion", true)
            && (self.engine == Engine::Classic || self.completion)
            && !line.contains("completion");
        let failed = reply.text.contains("Bad command") || reply.text.contains("#2201");
        reply.echo = match completes && !failed && !line.starts_with("/!") {
            true => format!("{} ", complete(line)),
            false => line.to_owned(),
        };
        reply
    }

    fn obey(&mut self, line: &str) -> Reply {
        let denied = self.knobs().list("denied").unwrap_or_default();
        if denied.iter().any(|part| line.contains(part)) {
            return said("MINOR: CLI Command not allowed for this user.\n");
        }
        match line {
            "/!classic-cli" => return self.switch(Engine::Classic),
            "/!md-cli" => return self.switch(Engine::Md),
            "//" => return self.switch(self.other()),
            _ => {}
        }
        match line.strip_prefix("//") {
            Some(rest) => self.once(rest),
            None => self.run(self.engine, line.strip_prefix('/').unwrap_or(line)),
        }
    }

    fn other(&self) -> Engine {
        if self.engine == Engine::Classic { Engine::Md } else { Engine::Classic }
    }

    /// Why the engine cannot be changed.
    fn barred(&self, to: Engine) -> Option<Reply> {
        let knobs = self.knobs();
        if knobs.0.text("md_switch", "ok") == "refused" {
            return Some(said("MINOR: CLI Command not allowed for this user.\n"));
        }
        (to == Engine::Md && knobs.mode() == Mode::Classic).then(|| {
            said("MINOR: CLI Cannot perform operation - MD-CLI is not available in classic configuration mode.\n")
        })
    }

    fn notice(&self, to: Engine) -> String {
        match to {
            Engine::Md => TO_MD.to_owned(),
            Engine::Classic if self.knobs().mode() == Mode::ModelDriven => format!("{TO_CLASSIC}{READ_ONLY}"),
            Engine::Classic => TO_CLASSIC.to_owned(),
        }
    }

    fn switch(&mut self, to: Engine) -> Reply {
        if to == self.engine {
            return Reply::default();
        }
        if let Some(barred) = self.barred(to) {
            return barred;
        }
        self.engine = to;
        said(self.notice(to))
    }

    /// One line in the other engine, with its notices and its prompt.
    fn once(&mut self, rest: &str) -> Reply {
        let to = self.other();
        if let Some(barred) = self.barred(to) {
            return barred;
        }
        let prompt = self.prompt_of(to).concat().replace("\r\n", "\n");
        let answer = self.run(to, rest);
        let text = format!("{}{prompt}/{rest}\n{}{}", self.notice(to), answer.text, self.notice(self.engine));
        Reply { text, ..answer }
    }

    fn run(&mut self, engine: Engine, line: &str) -> Reply {
        let line = complete(line);
        let words: Vec<&str> = line.split(' ').collect();
        let (up, now) = (self.router.uptime(), self.router.now());
        let knobs = Knobs(&self.router.device);
        match words.as_slice() {
            ["show", "version"] => said(show::version(knobs)),
            ["show", "system", "information"] => said(show::system(knobs, engine, up, now)),
            ["show", "chassis"] => said(show::chassis(knobs, up, now, false)),
            ["show", "chassis", "detail"] => said(show::chassis(knobs, up, now, true)),
            ["show", "bof"] => said(show::bof(knobs)),
            ["show", "router", "interface"] => said(show::interfaces()),
            ["show", "router", protocol @ ("bgp" | "ospf"), ..] => {
                let there = knobs.list("protocols").unwrap_or_default().iter().any(|name| name == protocol);
                match there {
                    true => said(format!("{} Router ID:198.51.100.60  AS:64500\n", protocol.to_uppercase())),
                    false => said(format!("MINOR: CLI {} is not configured.\u{7}\n", protocol.to_uppercase())),
                }
            }
            ["show", "port", _] => self.pointed(engine, &line, 10, "Error: Invalid parameter. "),
            ["logout"] => Reply { quits: true, ..Reply::default() },
            ["exit", "all"] => {
                if engine == Engine::Classic {
                    self.context.clear()
                } else {
                    self.path.clear()
                }
                Reply::default()
            }
            ["exit"] => {
                let kept = self.context.trim_end_matches(['$', '#']);
                self.context = kept.rsplit_once('>').map(|(kept, _)| kept.to_owned()).unwrap_or_default();
                self.path = self.path.rsplit_once(' ').map(|(kept, _)| kept.to_owned()).unwrap_or_default();
                Reply::default()
            }
            words if engine == Engine::Classic => self.classic(words, &line),
            words => self.md(words, &line),
        }
    }

    /// The caret under column `at` of the line, and an error.
    fn pointed(&self, engine: Engine, line: &str, at: usize, error: &str) -> Reply {
        let prompt = self.prompt_of(engine).last().map_or(0, |prompt| prompt.chars().count());
        let at = prompt + at.min(line.chars().count());
        said(format!("{:at$}^\n{error}\n", ""))
    }

    fn classic(&mut self, words: &[&str], line: &str) -> Reply {
        let stuck = self.router.device.text("pager", "") == "stuck";
        match words {
            ["environment", "no", "more"] if !stuck => {
                self.more_classic = false;
                Reply::default()
            }
            ["environment", "more"] if !stuck => {
                self.more_classic = true;
                Reply::default()
            }
            ["admin", "display-config"] => self.config(Engine::Classic, false, false),
            ["configure", path @ ..] if self.knobs().mode() != Mode::ModelDriven => {
                self.context =
                    std::iter::once("config").chain(path.iter().copied()).map(|word| format!(">{word}")).collect();
                Reply::default()
            }
            words => {
                let known = if words.first() == Some(&"show") { vec!["show"] } else { Vec::new() };
                let at = stranger(line, &known).map_or(0, |(at, word)| at + word.len() / 2);
                self.pointed(Engine::Classic, line, at, "Error: Bad command.")
            }
        }
    }

    fn md(&mut self, words: &[&str], line: &str) -> Reply {
        let stuck = self.router.device.text("pager", "") == "stuck";
        match words {
            ["environment", "more", switch @ ("true" | "false")] if !stuck => {
                self.more_md = *switch == "true";
                Reply::default()
            }
            ["environment", "command-completion", "space", switch @ ("true" | "false")] => {
                self.completion = *switch == "true";
                Reply::default()
            }
            ["environment", "console", "width", _] => Reply::default(),
            ["environment", "progress-indicator", "admin-state", switch @ ("enable" | "disable")] => {
                self.progress = *switch == "enable";
                Reply::default()
            }
            ["admin", "show", "configuration", rest @ ..] => {
                let (flat, whole) = match rest {
                    [] => (false, false),
                    ["|", "no-more"] => (false, true),
                    ["full-context"] => (true, false),
                    ["full-context", "|", "no-more"] => (true, true),
                    [other, ..] => return self.unknown(line, other),
                };
                self.config(Engine::Md, flat, whole)
            }
            ["edit-config", kind] => {
                let (short, code) = match *kind {
                    "private" => ("pr", "2070: Entering private"),
                    "exclusive" => ("ex", "2060: Entering exclusive"),
                    "global" => ("gl", "2054: Entering global"),
                    "read-only" => ("ro", "2066: Entering read-only"),
                    other => return self.unknown(line, other),
                };
                self.edit = Some(short.to_owned());
                said(format!("INFO: CLI #{code} configuration mode\n"))
            }
            ["quit-config"] => {
                self.edit = None;
                said("INFO: CLI #2074: Exiting private configuration mode\n")
            }
            ["configure", ..] if self.edit.is_none() => {
                said("MINOR: CLI #2069: Operation not allowed - currently in operational mode\n")
            }
            ["configure", ..] => {
                self.path = line.to_owned();
                Reply::default()
            }
            words => {
                let known: &[&str] = match words {
                    ["show", "system", ..] => &["show", "system"],
                    ["show", ..] => &["show"],
                    ["environment", ..] => &["environment"],
                    ["admin", ..] => &["admin"],
                    _ => &[],
                };
                let word = stranger(line, known).map_or_else(|| line.to_owned(), |(_, word)| word.to_owned());
                self.unknown(line, &word)
            }
        }
    }

    fn unknown(&self, line: &str, word: &str) -> Reply {
        let prompt = self.prompt_of(Engine::Md).last().map_or(0, |prompt| prompt.chars().count());
        let at = prompt + line.find(word).unwrap_or(0);
        let carets = "^".repeat(word.chars().count().max(1));
        said(format!("{:at$}{carets}\nMINOR: MGMT_CORE #2201: Unknown element - '{word}'\n", ""))
    }

    fn config(&self, engine: Engine, flat: bool, whole: bool) -> Reply {
        let text = config::whole(self.knobs(), engine == Engine::Md, self.router.now(), "192.0.2.10");
        let text = if flat { config::flat(&text) } else { text };
        Reply { text, is_config: true, whole, ..Reply::default() }
    }
}
