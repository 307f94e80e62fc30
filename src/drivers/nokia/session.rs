//! A session on the device's command line, whichever of the two it is.

use super::commands;
use super::parse::config::{Verdict, judge};
use super::parse::errors::{Refusal, failure, quote, refusal};
use super::parse::notices::without_switches;
use super::parse::prompt::{Engine, Prompt};
use super::parse::system::{Mode, System};
use super::platform::{BACK_OFF, PTY, SHELL};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass};
use crate::transport::ssh::shell::Shell;
use crate::transport::ssh::{Config, Connection, Limits};
use crate::transport::{Cx, Target, human};

/// A shell whose engine is known, pages off.
pub(super) struct Session<'a> {
    cx: &'a Cx,
    ssh: &'a Config,
    label: String,
    connection: Connection,
    shell: Shell,
    prompt: Prompt,
}

/// A reading of the config: its text as it came, and what it is worth.
pub(super) struct Reading {
    pub text: String,
    pub verdict: Verdict,
    pub command: &'static str,
}

impl<'a> Session<'a> {
    /// Logs in and finds out which command line it is. Where no session is free, twice more after a pause.
    ///
    /// Fails as [`Connection::open`] and [`Connection::shell`] do, and with `Protocol` where the prompt is none of
    /// SR OS's.
    pub(super) async fn open(cx: &'a Cx, target: &'a Target, ssh: &'a Config) -> Result<Self, Failure> {
        let mut pauses = BACK_OFF.iter();
        loop {
            let failure = match Self::attempt(cx, target, ssh).await {
                Ok(session) => return Ok(session),
                Err(failure) => failure,
            };
            let pause = match pauses.next() {
                Some(pause) if failure.class == FailureClass::SessionLimit => *pause,
                _ => return Err(failure),
            };
            cx.witness.noted("ssh", &format!("{failure}; trying again in {}", human(pause)));
            cx.witness.retrying("ssh", failure.class);
            let waiting = async {
                cx.clock.sleep(pause).await;
                Ok(())
            };
            cx.bounded(std::time::Duration::MAX, "the pause", waiting).await?;
        }
    }

    async fn attempt(cx: &'a Cx, target: &'a Target, ssh: &'a Config) -> Result<Self, Failure> {
        let label = target.label();
        let mut connection = Connection::open(cx, target, ssh, None).await?;
        let shell = match connection.shell(cx, PTY, &SHELL).await {
            Ok(shell) => shell,
            Err(failure) => {
                connection.close().await;
                return Err(failure);
            }
        };
        let Some(prompt) = Prompt::parse(shell.prompt()) else {
            let sentence = format!("its prompt {} is none of SR OS; is it a 7250 IXR?", quote(shell.prompt()));
            shell.close().await;
            connection.close().await;
            return Err(Failure::new(FailureClass::Protocol, sentence).at(&label));
        };
        let mut session = Self { cx, ssh, label, connection, shell, prompt };
        match session.prepare(commands::setup(session.prompt.engine)).await {
            Ok(()) => Ok(session),
            Err(failure) => {
                session.close().await;
                Err(failure)
            }
        }
    }

    /// Closes shell and connection, and waits for it.
    pub(super) async fn close(self) {
        self.shell.close().await;
        self.connection.close().await;
    }

    /// The newest prompt.
    pub(super) fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    async fn send(&mut self, line: &'static str, limits: &Limits) -> Result<String, Failure> {
        let reply = self.shell.command(self.cx, line, limits).await?;
        if let Some(prompt) = Prompt::parse(&reply.prompt) {
            self.prompt = prompt;
        }
        Ok(without_switches(&reply.text, line))
    }

    /// Lines that a device may refuse: what they would switch is then handled as it comes.
    async fn prepare(&mut self, lines: &'static [&'static str]) -> Result<(), Failure> {
        let limits = self.ssh.limits();
        for line in lines {
            let answer = self.send(line, &limits).await?;
            if let Some((_, words)) = refusal(&answer) {
                self.cx.witness.noted("ssh", &format!("'{line}' has no effect: {}", quote(&words)));
            }
        }
        Ok(())
    }

    /// The answer of a command that shows something; nothing where what it shows is not configured.
    pub(super) async fn ask(&mut self, command: &'static str) -> Result<String, Failure> {
        let answer = self.send(command, &self.ssh.limits()).await?;
        match refusal(&answer) {
            Some((Refusal::Absent, _)) => Ok(String::new()),
            Some((kind, words)) => Err(failure(kind, &words, command).at(&self.label)),
            None => Ok(answer),
        }
    }

    /// What the device says of itself.
    pub(super) async fn system(&mut self) -> Result<System, Failure> {
        Ok(System::parse(&self.ask(commands::SYSTEM).await?))
    }

    /// The running config, once, by the engine that the configuration is managed by.
    pub(super) async fn config(&mut self) -> Result<Reading, Failure> {
        // Whoever may not see it is asked by the engine that the login found.
        let mode = match self.system().await {
            Ok(system) => system.mode,
            Err(failure) if matches!(failure.class, FailureClass::DeviceRefused | FailureClass::ForbiddenReadonly) => {
                self.cx.witness.noted("ssh", &failure.sentence);
                None
            }
            Err(failure) => return Err(failure),
        };
        let wanted = match mode {
            Some(Mode::Classic | Mode::Mixed) => Engine::Classic,
            Some(Mode::ModelDriven) => Engine::Md,
            None => self.prompt.engine,
        };
        let managed = mode.map_or("not shown", Mode::as_str);
        self.cx
            .witness
            .noted("ssh", &format!("configuration mode {managed}, {} at login", self.prompt.engine.as_str()));
        if wanted != self.prompt.engine {
            self.switch(wanted).await?;
        }
        if !self.prompt.is_at_root() {
            self.send(commands::ROOT, &self.ssh.limits()).await?;
        }
        let engine = self.prompt.engine;
        let command = commands::config(engine);
        let limits = self.ssh.limits();
        // Large configs come slowly, but steadily.
        let limits = Limits { total: limits.total.saturating_mul(2), ..limits };
        let watch = Stopwatch::start();
        let text = self.send(command, &limits).await? + "\n";
        self.cx.witness.noted("ssh", &format!("{} bytes of config in {}", text.len(), human(watch.elapsed())));
        let verdict = judge(&text, engine);
        Ok(Reading { text, verdict, command })
    }

    /// Changes the engine; stays where the device does not let it.
    async fn switch(&mut self, to: Engine) -> Result<(), Failure> {
        let line = match to {
            Engine::Classic => commands::TO_CLASSIC,
            Engine::Md => commands::TO_MD,
        };
        let reply = self.shell.enter(self.cx, line, &self.ssh.limits()).await?;
        if let Some(prompt) = Prompt::parse(self.shell.prompt()) {
            self.prompt = prompt;
        }
        if self.prompt.engine == to {
            return self.prepare(commands::setup_again(to)).await;
        }
        let words = refusal(&reply.text).map(|(_, words)| words).unwrap_or_default();
        self.cx.witness.noted("ssh", &format!("'{line}' has no effect: {}", quote(&words)));
        Ok(())
    }
}
