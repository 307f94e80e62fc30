//! The command line over SSH, and the shell behind it.

use super::commands;
use super::parse::config::{Config, config};
use super::parse::port::{Port, complete};
use super::parse::{table, version};
use super::platform::{PTY, SHELL, USER};
use crate::drivers::redact::words;
use crate::model::{Failure, FailureClass};
use crate::transport::ssh::shell::{Reply, Shell};
use crate::transport::ssh::{self, Connection};
use crate::transport::{Cx, Target};

/// A logged-in session at the command line. To be closed by whoever opened it.
pub struct Console<'a> {
    cx: &'a Cx,
    ssh: &'a ssh::Config,
    connection: Connection,
    shell: Shell,
    /// The prompt of the command line.
    prompt: String,
    /// What `cmdline` said, once it was typed.
    entered: Option<Reply>,
}

impl<'a> Console<'a> {
    /// Logs in, one attempt, and learns the prompt. Fails as [`Connection::open`] and [`Connection::shell`] do.
    pub async fn open(cx: &'a Cx, target: &Target, ssh: &'a ssh::Config) -> Result<Self, Failure> {
        let mut target = target.clone();
        target.username.get_or_insert_with(|| USER.to_owned());
        let mut connection = Connection::open(cx, &target, ssh, None).await?;
        match connection.shell(cx, PTY, &SHELL).await {
            Ok(shell) => {
                let prompt = shell.prompt().to_owned();
                Ok(Self { cx, ssh, connection, shell, prompt, entered: None })
            }
            Err(failure) => {
                connection.close().await;
                Err(failure)
            }
        }
    }

    /// The table of ports, all of them. Only before anything is read in the shell.
    pub async fn ports(&mut self, expected: Option<usize>) -> Result<Vec<Port>, Failure> {
        let reply = self.shell.command(self.cx, commands::PORTS, &self.ssh.limits()).await?;
        let ports = table::ports(&reply.text);
        if ports.is_empty() {
            let words = words(&reply.text);
            let sentence =
                format!("it answers '{}' with no table of ports: {words}; is it a Netonix?", commands::PORTS);
            return Err(Failure::new(FailureClass::Protocol, sentence));
        }
        complete(&ports, expected, &format!("'{}'", commands::PORTS))?;
        Ok(ports)
    }

    /// The firmware, from the shell: what proves that the shell was entered.
    ///
    /// Fails with `ForbiddenReadonly` where the account is not let into it, and with `Protocol` where the answer is no
    /// version.
    pub async fn version(&mut self) -> Result<String, Failure> {
        if self.entered.is_none() {
            self.entered = Some(self.shell.enter(self.cx, commands::SHELL, &self.ssh.limits()).await?);
        }
        let reply = self.shell.command(self.cx, commands::VERSION, &self.ssh.limits()).await?;
        if let Some(version) = version::version(&reply.text) {
            return Ok(version.to_owned());
        }
        let answer = words(&reply.text);
        if self.shell.prompt() == self.prompt {
            let said = self.entered.as_ref().map(|entered| words(&entered.text)).unwrap_or_default();
            let sentence = format!(
                "the account is not let into the switch's shell: '{}' is answered {said}; use an account that is",
                commands::SHELL
            );
            return Err(Failure::new(FailureClass::ForbiddenReadonly, sentence));
        }
        let sentence = format!("it answers '{}' with no version: {answer}; is it a Netonix?", commands::VERSION);
        Err(Failure::new(FailureClass::Protocol, sentence))
    }

    /// The configuration and its size in bytes, from the shell, which [`Console::version`] has entered.
    pub async fn config(&mut self, expected: Option<usize>) -> Result<(Config, u64), Failure> {
        let reply = self.shell.command(self.cx, commands::CONFIG, &self.ssh.limits()).await?;
        let bytes = u64::try_from(reply.text.len()).unwrap_or(u64::MAX);
        config(&reply.text, expected, &format!("'{}'", commands::CONFIG)).map(|config| (config, bytes))
    }

    /// Ends the session, and waits until the switch has heard it.
    pub async fn close(self) {
        self.shell.close().await;
        self.connection.close().await;
    }
}
