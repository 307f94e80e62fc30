//! What can be read from a RouterOS device: one connection, a few commands, each answer whole or no answer.

use super::parse::errors::{failure, quote, refusal};
use super::parse::export::{Cut, Path, Received, Verdict, judge, owner, version};
use super::parse::normalise::normalise;
use super::parse::resource::Resource;
use super::parse::routerboard::Routerboard;
use super::parse::{decode, health as sensors, identity, interfaces};
use super::platform::{PTY, SHELL, USER_SUFFIX};
use super::report::Observed;
use super::{commands, health, parse};
use crate::clock::Stopwatch;
use crate::drivers::{ConfigOptions, DeviceInfo, Facts, RunningConfig};
use crate::model::{Failure, FailureClass, Health};
use crate::transport::ssh::shell::Shell;
use crate::transport::ssh::{self, Connection};
use crate::transport::{Cx, Target, human, snmp};

/// The smallest window that the transport advertises, bytes.
const LEAST_WINDOW: u32 = 16 << 20;

/// One RouterOS device. Every call opens a connection of its own and closes it, whatever happens.
pub struct RouterOs<'a> {
    cx: &'a Cx,
    target: &'a Target,
    ssh: &'a ssh::Config,
    snmp: &'a snmp::Config,
}

impl std::fmt::Debug for RouterOs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RouterOs").field(&self.target.label()).finish()
    }
}

/// A whole export.
struct Export {
    raw: Vec<u8>,
    warnings: Vec<String>,
    path: &'static str,
}

/// What one reading brought.
enum Reading {
    Whole(Export),
    Cut(Cut),
}

impl<'a> RouterOs<'a> {
    /// Opens nothing yet.
    pub fn new(cx: &'a Cx, target: &'a Target, ssh: &'a ssh::Config, snmp: &'a snmp::Config) -> Self {
        Self { cx, target, ssh, snmp }
    }

    /// Load, memory, sensors, powered ports, interfaces: by SNMP where the inventory gives the device credentials for it,
    /// some eight requests, else in the console, one connection and at most five commands.
    ///
    /// Fails as [`crate::transport::snmp::Client::get`] does and with `WrongModel`, or as [`RouterOs::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        if self.target.snmp.is_some() {
            return health::by_agent(self.cx, self.target, self.snmp).await;
        }
        let mut connection = self.open().await?;
        let observed = self.observe_all(&mut connection).await;
        connection.close().await;
        Ok(health::of_console(&observed?))
    }

    /// Name, model, version, serial number, load. Three commands, two on the virtual router.
    ///
    /// Fails as [`Connection::open`] and [`Connection::exec`] do, with `DeviceRefused` or `ForbiddenReadonly` where
    /// the device says no, and with `Protocol` where it answers something else.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let mut connection = self.open().await?;
        let observed = self.observe(&mut connection).await;
        connection.close().await;
        Ok(observed?.facts())
    }

    /// Facts, sensors, interfaces of the configuration, and tests where asked for. At most five commands.
    ///
    /// Fails as [`RouterOs::facts`] does. Sensors and interfaces that the device refuses to show are unknown, not a
    /// failure.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut connection = self.open().await?;
        let observed = self.observe_all(&mut connection).await;
        connection.close().await;
        Ok(observed?.device_info(run_tests))
    }

    /// The running config, whole and normalised. One command; with secrets two, since the version decides how they are
    /// asked for. One more where the first reading was not whole, and the interactive console where the second was
    /// not either.
    ///
    /// Facts are those that stand in an export, with secrets also those of the board. Fails as [`RouterOs::facts`] does, and with `Protocol` where no
    /// reading was whole: nothing partial is ever returned.
    pub async fn running_config(&self, options: ConfigOptions) -> Result<(Facts, RunningConfig), Failure> {
        let mut connection = self.open().await?;
        let read = self.config_by_exec(&mut connection, options).await;
        connection.close().await;
        let (resource, command, reading) = read?;
        let export = match reading {
            Reading::Whole(export) => export,
            Reading::Cut(cut) if cut.said_by_device() => return Err(self.partial(&cut, "read twice")),
            Reading::Cut(cut @ Cut::NoHeader(_)) if resource.is_none() => {
                let sentence = format!("it answers '{command}' with something else, twice: {cut}; is it RouterOS?");
                return Err(self.failed(FailureClass::Protocol, sentence));
            }
            Reading::Cut(cut) => self.config_by_console(command, &cut).await?,
        };
        let text = normalise(&export.raw);
        let mut facts = match resource {
            Some(resource) => Observed { resource, ..Observed::default() }.facts(),
            None => Facts { version: version(&export.raw).map(|version| version.to_string()), ..Facts::default() },
        };
        let owner = owner(&text);
        facts.name = owner.name;
        facts.model = owner.model.or(facts.model);
        facts.serial = owner.serial;
        let raw_bytes = export.raw.len() as u64;
        Ok((facts, RunningConfig { text, warnings: export.warnings, raw_bytes, path: export.path }))
    }

    /// The interactive console, its prompt learned. Tries the user name with the terminal parameters first, and once
    /// the plain one where the account refuses that (RADIUS). To be closed by the caller: shell, then connection.
    ///
    /// Fails as [`Connection::open`] and [`Connection::shell`] do.
    pub async fn console(&self) -> Result<(Connection, Shell), Failure> {
        let opened = Connection::open(self.cx, self.target, self.ssh, Some(USER_SUFFIX)).await;
        let mut connection = match opened {
            Err(refused) if refused.class == FailureClass::AuthRefused => {
                self.cx
                    .witness
                    .noted("ssh", "the account refuses terminal parameters in the user name; trying without");
                Connection::open(self.cx, self.target, self.ssh, None).await?
            }
            opened => opened?,
        };
        match connection.shell(self.cx, PTY, &SHELL).await {
            Ok(shell) => Ok((connection, shell)),
            Err(failure) => {
                connection.close().await;
                Err(failure)
            }
        }
    }

    async fn open(&self) -> Result<Connection, Failure> {
        Connection::open(self.cx, self.target, self.ssh, None).await
    }

    async fn observe(&self, connection: &mut Connection) -> Result<Observed, Failure> {
        let resource = self.resource(connection).await?;
        let identity = identity::parse(&self.ask(connection, commands::IDENTITY).await?);
        let board = match resource.has_routerboard() {
            true => self.ask_if_it_has(connection, commands::ROUTERBOARD).await?,
            false => None,
        };
        let board = board.and_then(|text| Routerboard::parse(&text));
        Ok(Observed { resource, identity, board, ..Observed::default() })
    }

    async fn observe_all(&self, connection: &mut Connection) -> Result<Observed, Failure> {
        let mut observed = self.observe(connection).await?;
        if observed.resource.has_routerboard() {
            let text = self.ask_if_it_has(connection, commands::HEALTH).await?;
            observed.health = text.map(|text| sensors::parse(&text));
        }
        let text = self.ask_if_it_has(connection, commands::INTERFACES).await?;
        observed.interfaces = text.map(|text| interfaces::parse(&text));
        Ok(observed)
    }

    async fn resource(&self, connection: &mut Connection) -> Result<Resource, Failure> {
        let text = self.ask(connection, commands::RESOURCE).await?;
        Resource::parse(&text).ok_or_else(|| {
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
            let sentence =
                format!("it answers '{}' without a version ({}); is it RouterOS?", commands::RESOURCE, quote(first));
            self.failed(FailureClass::Protocol, sentence)
        })
    }

    /// The answer of a command that prints.
    async fn ask(&self, connection: &mut Connection, command: &str) -> Result<String, Failure> {
        let output = connection.exec(self.cx, command, &self.ssh.limits()).await?;
        let text = decode(&output.stdout).into_owned();
        if let Some((kind, words)) = refusal(&text) {
            return Err(failure(kind, words, command).at(&self.target.label()));
        }
        if output.exit_status.is_none() {
            let sentence =
                format!("it closed the channel of '{command}' without an exit status: the answer may be cut");
            return Err(self.failed(FailureClass::Protocol, sentence));
        }
        Ok(text)
    }

    /// As [`RouterOs::ask`]; none where the device refuses, because it has no such menu.
    async fn ask_if_it_has(&self, connection: &mut Connection, command: &str) -> Result<Option<String>, Failure> {
        match self.ask(connection, command).await {
            Ok(text) => Ok(Some(text)),
            Err(refused) if refused.class == FailureClass::DeviceRefused => {
                self.cx.witness.noted("ssh", &refused.sentence);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn config_by_exec(
        &self,
        connection: &mut Connection,
        options: ConfigOptions,
    ) -> Result<(Option<Resource>, &'static str, Reading), Failure> {
        let (resource, command) = if options.show_secrets {
            let resource = self.resource(connection).await?;
            let Some(installed) = &resource.installed else {
                return Err(self.failed(FailureClass::Protocol, "it shows no version".to_owned()));
            };
            let command = commands::export_shown(installed.version);
            (Some(resource), command)
        } else {
            (None, commands::EXPORT_HIDDEN)
        };
        let mut reading = self.export(connection, command).await?;
        if let Reading::Cut(first) = reading {
            self.cx.witness.noted("ssh", &format!("the export is not whole: {first}; reading it once more"));
            reading = self.export(connection, command).await?;
            if let Reading::Whole(export) = &mut reading {
                export.warnings.push(format!("the first reading was not whole: {first}"));
            }
        }
        Ok((resource, command, reading))
    }

    async fn export(&self, connection: &mut Connection, command: &str) -> Result<Reading, Failure> {
        let watch = Stopwatch::start();
        let output = connection.exec(self.cx, command, &self.ssh.limits()).await?;
        let status = output.exit_status.map_or("no exit status".to_owned(), |status| format!("exit status {status}"));
        let (bytes, time) = (output.stdout.len(), human(watch.elapsed()));
        self.cx.witness.noted("ssh", &format!("{bytes} bytes of export in {time}, {status}"));
        let path = Path::Exec { exit_status: output.exit_status, eof: output.eof };
        self.judged(output.stdout, path, "exec", command)
    }

    async fn config_by_console(&self, command: &'static str, cut: &Cut) -> Result<Export, Failure> {
        self.cx.witness.noted("ssh", &format!("the export is not whole again: {cut}; reading it in the console"));
        let (connection, mut shell) = self.console().await?;
        let reply = shell.command(self.cx, command, &self.ssh.limits()).await;
        shell.close().await;
        connection.close().await;
        let mut raw = reply?.text.into_bytes();
        // The prompt stood on a line of its own, so the last line is whole.
        raw.push(b'\n');
        match self.judged(raw, Path::Shell, "shell", command)? {
            Reading::Whole(mut export) => {
                export.warnings.push(format!("read in the console, since by exec it was not whole: {cut}"));
                Ok(export)
            }
            Reading::Cut(again) => {
                Err(self.partial(&again, &format!("read twice by exec ({cut}) and once in the console")))
            }
        }
    }

    fn judged(&self, raw: Vec<u8>, path: Path, name: &'static str, command: &str) -> Result<Reading, Failure> {
        let window = u64::from(self.ssh.window_bytes.max(LEAST_WINDOW));
        match judge(Received { raw: &raw, path, window }) {
            Verdict::Complete(warnings) => Ok(Reading::Whole(Export { raw, warnings, path: name })),
            Verdict::Partial(cut) => Ok(Reading::Cut(cut)),
            Verdict::Refused(kind, words) => {
                Err(parse::errors::failure(kind, &words, command).at(&self.target.label()))
            }
        }
    }

    fn partial(&self, cut: &Cut, how: &str) -> Failure {
        let sentence = format!("its export is partial, {how}: {cut}; nothing of it is kept, read it again later");
        self.failed(FailureClass::Protocol, sentence)
    }

    fn failed(&self, class: FailureClass, sentence: String) -> Failure {
        Failure::new(class, sentence).at(&self.target.label())
    }
}
