//! One login to the command line, and what can be read there, in operational mode. What changes the radio is in
//! [`super::write`].

use std::net::IpAddr;

use super::commands::Command;
use super::parse::carriers::{self, Carrier};
use super::parse::config::{Config, Cut};
use super::parse::hardware::Hardware;
use super::parse::interfaces::{self, Interface};
use super::parse::licences::Licences;
use super::parse::management::{self, Management};
use super::parse::prompt::{self, Mode};
use super::parse::queue::{self, Partner};
use super::parse::refusal::{self, Answer, Refusal, failure};
use super::parse::snmp::SnmpConfig;
use super::parse::software::Software;
use super::parse::spanning_tree::{self, SpanningTree};
use super::parse::uptime;
use super::parse::version::Version;
use super::platform::{PTY, SHELL, USERNAME};
use crate::model::{Failure, FailureClass};
use crate::transport::ssh::shell::Shell;
use crate::transport::ssh::{Config as SshConfig, Connection};
use crate::transport::{Cx, Target};

/// From which release on the hardware is shown by its new command (14).
const HARDWARE_SINCE: Version = Version { numbers: [6, 0, 0], build: None };

/// A running config as it came, known to be whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawConfig {
    /// The text between echo and prompt.
    pub text: String,
    /// The same, read.
    pub normalised: String,
    /// The name that the radio was given.
    pub hostname: Option<String>,
    /// The word behind `xpic`.
    pub xpic: Option<String>,
}

/// A session. It reads in operational mode, and is back there after every write. To be closed by [`Session::close`], or by
/// dropping it.
///
/// Each reader gives what the radio told, and none for what it did not: an empty table, or a release that does not know
/// the command. Each fails as [`Shell::command`] does, with `ForbiddenReadonly` where the account may not read, with
/// `DeviceRefused` where the command is known and refused, and with `Protocol` where the session is not in operational
/// mode any more.
pub struct Session<'a> {
    pub(super) cx: &'a Cx,
    pub(super) ssh: &'a SshConfig,
    pub(super) label: String,
    address: IpAddr,
    connection: Connection,
    pub(super) shell: Shell,
    /// By the last prompt.
    pub(super) mode: Mode,
    /// Paging and completion are switched off.
    ready: bool,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Session").field(&self.label).finish()
    }
}

impl<'a> Session<'a> {
    /// Logs in once, as `admin` unless another account is given, with the target's password and no other, and switches
    /// paging and completion off. Refused credentials are `AuthRefused`: what follows is the caller's to decide.
    ///
    /// Fails as [`Connection::open`] and [`Connection::shell`] do.
    pub async fn open(cx: &'a Cx, target: &Target, ssh: &'a SshConfig) -> Result<Self, Failure> {
        let mut session = Self::open_as_it_is(cx, target, ssh).await?;
        match session.ready().await {
            Ok(()) => Ok(session),
            Err(failure) => {
                session.close().await;
                Err(failure)
            }
        }
    }

    /// The same with paging and completion as the radio has them: for [`Session::glance`]. Anything else wants
    /// [`Session::ready`] first.
    pub async fn open_as_it_is(cx: &'a Cx, target: &Target, ssh: &'a SshConfig) -> Result<Self, Failure> {
        let mut target = target.clone();
        target.username.get_or_insert_with(|| USERNAME.to_owned());
        let mut connection = Connection::open(cx, &target, ssh, None).await?;
        let shell = match connection.shell(cx, PTY, &SHELL).await {
            Ok(shell) => shell,
            Err(failure) => {
                connection.close().await;
                return Err(failure);
            }
        };
        let (label, address) = (target.label(), target.address);
        Ok(Self { cx, ssh, label, address, connection, shell, mode: Mode::Operational, ready: false })
    }

    /// Ends the session. Nothing is typed for it: in operational mode `exit` would do the same.
    pub async fn close(self) {
        self.shell.close().await;
        self.connection.close().await;
    }

    /// The host name that the prompt shows.
    pub fn hostname(&self) -> Option<&str> {
        prompt::parse(self.shell.prompt()).map(|(host, _)| host)
    }

    /// Switches paging and completion off, once: each by its first spelling, and by the other where that is refused. A
    /// radio that refuses both pages, and the pager is answered.
    ///
    /// Fails as the readers do.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        if self.ready {
            return Ok(());
        }
        for (usual, plain) in
            [(Command::PagingOff, Command::PagingOffPlain), (Command::CompletionOff, Command::CompletionOffPlain)]
        {
            if let Answer::Refused(..) = self.ask(usual).await?
                && let Answer::Refused(_, words) = self.ask(plain).await?
            {
                self.cx
                    .witness
                    .noted("ssh", &format!("'{}' and '{}' are refused: {words}", usual.line(), plain.line()));
            }
        }
        self.ready = true;
        Ok(())
    }

    /// Whether something may still be typed: no answer was cut off, and the radio has not ended the session.
    pub fn is_usable(&self) -> bool {
        self.shell.is_usable()
    }

    /// Sends one line and judges its answer.
    async fn ask(&mut self, command: Command) -> Result<Answer, Failure> {
        self.ask_line(command.line()).await
    }

    async fn ask_line(&mut self, line: &str) -> Result<Answer, Failure> {
        self.text_of(line).await.map(|text| Answer::of(&text))
    }

    /// Sends one line; what came before the prompt.
    async fn text_of(&mut self, line: &str) -> Result<String, Failure> {
        if self.mode != Mode::Operational {
            let sentence = format!("'{line}' is not asked in another mode than the one to read in; open a new session");
            return Err(self.failed(FailureClass::Protocol, &sentence));
        }
        let reply = self.shell.command(self.cx, line, &self.ssh.limits()).await?;
        self.stands_at(&reply.prompt, line)?;
        match self.mode {
            Mode::Operational => Ok(reply.text),
            Mode::Config(_) => {
                let sentence = format!("after '{line}' it stands in another mode than the one to read in");
                Err(self.failed(FailureClass::Protocol, &sentence))
            }
        }
    }

    /// Takes the mode from the prompt behind `line`.
    pub(super) fn stands_at(&mut self, prompt: &str, line: &str) -> Result<(), Failure> {
        match prompt::parse(prompt) {
            Some((_, mode)) => {
                self.mode = mode;
                Ok(())
            }
            None => {
                // In a mode that nobody knows nothing is typed.
                self.shell.abandon();
                Err(self
                    .failed(FailureClass::Protocol, &format!("after '{line}' it stands in a mode that is not known")))
            }
        }
    }

    /// The text of a command that shows something; none where the table is empty, or the release does not know it.
    async fn shown(&mut self, command: Command) -> Result<Option<String>, Failure> {
        match self.ask(command).await? {
            Answer::Text(text) => Ok(Some(text)),
            Answer::Empty | Answer::Refused(Refusal::Unknown | Refusal::Mode | Refusal::Value, _) => Ok(None),
            Answer::Refused(kind, words) => Err(failure(kind, &words, command.line()).at(&self.label)),
        }
    }

    /// What one `show` command of the settings shows; none where it shows nothing or is refused.
    ///
    /// Fails with `Validation` where it is another command: nothing is typed then.
    pub async fn show(&mut self, line: &str) -> Result<Option<String>, Failure> {
        if !line.starts_with("show ") || line.contains(char::is_control) {
            return Err(Failure::validation(format!("'{}' is no show command", line.escape_debug())));
        }
        match self.ask_line(line).await? {
            Answer::Text(text) => Ok(Some(text)),
            Answer::Empty | Answer::Refused(..) => Ok(None),
        }
    }

    /// Versions and state of the software. Where the first command does not tell the version that runs, the second is
    /// asked for it, and for nothing that the first told.
    pub async fn software(&mut self) -> Result<Software, Failure> {
        let mut software = self.software_once(Command::SoftwareStatus).await?;
        if software.active.is_none() {
            let Software { active, inactive, state, uri } = self.software_once(Command::Version).await?;
            software.active = active;
            software.inactive = software.inactive.or(inactive);
            software.state = software.state.or(state);
            software.uri = software.uri.or(uri);
        }
        Ok(software)
    }

    /// Versions and state of the software as one command shows them: the only reader that needs no [`Session::ready`],
    /// since its answer has four lines. What it does not show is none.
    pub async fn glance(&mut self) -> Result<Software, Failure> {
        self.software_once(Command::SoftwareStatus).await
    }

    async fn software_once(&mut self, command: Command) -> Result<Software, Failure> {
        Ok(self.shown(command).await?.map(|text| Software::parse(&text)).unwrap_or_default())
    }

    /// Licences. Right after a login the list may be short: unless all of `required` are in it, it is read once more,
    /// and the second list counts. Which of them are trials another command says. None where nothing is listed.
    pub async fn licences(&mut self, required: &[&str]) -> Result<Option<Licences>, Failure> {
        let mut licences = self.licences_of(Command::LicenceBundles).await?;
        if required.is_empty() || !licences.missing(required).is_empty() {
            licences = self.licences_of(Command::LicenceBundles).await?;
        }
        let each = self.licences_of(Command::Licences).await?;
        licences.bundles.retain(|name| !each.trial.contains(name) || each.bundles.contains(name));
        licences.trial.extend(each.trial);
        licences.on_trial |= each.on_trial;
        Ok(Some(licences).filter(|licences| !licences.is_empty()))
    }

    async fn licences_of(&mut self, command: Command) -> Result<Licences, Failure> {
        Ok(self.shown(command).await?.map(|text| Licences::parse(&text)).unwrap_or_default())
    }

    /// Whether spanning tree runs. An empty table says that it does not, but only on a radio that is past its start,
    /// where every table is empty: one that shows the software that it runs.
    pub async fn spanning_tree(&mut self) -> Result<Option<SpanningTree>, Failure> {
        let text = self.text_of(Command::SpanningTree.line()).await?;
        match Answer::of(&text) {
            Answer::Text(text) => Ok(spanning_tree::parse(&text)),
            // A radio that says nothing at all does not say that there is none.
            Answer::Empty if !refusal::says_no_entries(&text) => Ok(None),
            Answer::Empty => Ok(self.software().await?.active.map(|_| SpanningTree::Down)),
            Answer::Refused(Refusal::Unknown | Refusal::Mode | Refusal::Value, _) => Ok(None),
            Answer::Refused(kind, words) => Err(failure(kind, &words, Command::SpanningTree.line()).at(&self.label)),
        }
    }

    /// Interfaces.
    pub async fn interfaces(&mut self) -> Result<Option<Vec<Interface>>, Failure> {
        let text = self.shown(Command::Interfaces).await?;
        Ok(text.map(|text| interfaces::parse(&text)).filter(|interfaces| !interfaces.is_empty()))
    }

    /// The management address by which the radio is reached, and its mask; first from the interface, then from its
    /// config. None where several are there and none of them is the one that was reached.
    pub async fn management(&mut self) -> Result<Option<Management>, Failure> {
        let reached = match self.address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        };
        for command in [Command::ManagementInterface, Command::ManagementConfig] {
            let found = self.shown(command).await?.map(|text| management::parse(&text)).unwrap_or_default();
            if let Some(found) = management::choose(&found, reached) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// State of the carriers.
    pub async fn carriers(&mut self) -> Result<Option<Vec<Carrier>>, Failure> {
        let text = self.shown(Command::Carriers).await?;
        Ok(text.map(|text| carriers::parse(&text)).filter(|carriers| !carriers.is_empty()))
    }

    /// Identity of the hardware: by the command of the release that runs, then by the other one.
    pub async fn hardware(&mut self, active: Option<Version>) -> Result<Option<Hardware>, Failure> {
        let mut commands = [Command::Hardware, Command::ManufactureDetails];
        if active.is_some_and(|version| version < HARDWARE_SINCE) {
            commands.reverse();
        }
        for command in commands {
            let hardware = self.shown(command).await?.map(|text| Hardware::parse(&text));
            if let Some(hardware) = hardware.filter(|hardware| *hardware != Hardware::default()) {
                return Ok(Some(hardware));
            }
        }
        Ok(None)
    }

    /// The command line's uptime; 2.11 has none.
    pub async fn uptime(&mut self) -> Result<Option<std::time::Duration>, Failure> {
        for command in [Command::SystemUptime, Command::Uptime] {
            if let Some(uptime) = self.shown(command).await?.and_then(|text| uptime::parse(&text)) {
                return Ok(Some(uptime));
            }
        }
        Ok(None)
    }

    /// SNMP mode and community; the members are none where the config does not show them.
    pub async fn snmp_config(&mut self) -> Result<SnmpConfig, Failure> {
        Ok(self.shown(Command::SnmpConfig).await?.map(|text| SnmpConfig::parse(&text)).unwrap_or_default())
    }

    /// Limit of the external buffer's queue, kilobytes.
    pub async fn queue_limit(&mut self) -> Result<Option<u32>, Failure> {
        Ok(self.shown(Command::BufferConfig).await?.and_then(|text| queue::limit(&text)))
    }

    /// Which of two joined radios this is. A release that does not know of partners, and one that shows none, is alone;
    /// so an answer here means something only from a radio that is past its start. None where the section is not whole.
    pub async fn partner(&mut self) -> Result<Option<Partner>, Failure> {
        Ok(self.shown(Command::PartnerConfig).await?.map_or(Some(Partner::Alone), |text| queue::partner(&text)))
    }

    /// The running config, whole.
    ///
    /// Fails with `Protocol` where it is empty, as it is for a while after a start, or stops in the middle.
    pub async fn running_config(&mut self) -> Result<RawConfig, Failure> {
        let line = Command::RunningConfig.line();
        let text = match self.ask(Command::RunningConfig).await? {
            Answer::Text(text) => text,
            Answer::Empty => return Err(self.cut(Cut::Empty)),
            Answer::Refused(kind, words) => return Err(failure(kind, &words, line).at(&self.label)),
        };
        let config = match Config::parse(&text) {
            Ok(config) => config,
            Err(cut) => return Err(self.cut(cut)),
        };
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (normalised, hostname, xpic) = (config.normalised(), own(config.hostname()), own(config.xpic()));
        Ok(RawConfig { text, normalised, hostname, xpic })
    }

    fn cut(&self, cut: Cut) -> Failure {
        let what = match cut {
            Cut::Empty => "its config is empty, as it is while a radio starts; read it again later",
            Cut::Open => "its config stops inside a section; nothing of it is kept, read it again",
        };
        self.failed(FailureClass::Protocol, what)
    }

    pub(super) fn failed(&self, class: FailureClass, what: &str) -> Failure {
        Failure::new(class, what).at(&self.label)
    }
}
