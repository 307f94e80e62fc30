//! What can be read from a WTM: one login and a dozen commands, and a handful of SNMP requests where it has credentials
//! for them.

use super::health;
use super::parse::software::Software;
use super::parse::uptime::Evidence;
use super::platform::USERNAME;
use super::report::{Observed, link_type, required_licences};
use super::session::Session;
use super::snmp::{self, Agent};
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{DeviceType, Failure, FailureClass, Health, Secret};
use crate::transport::snmp::Config as SnmpConfig;
use crate::transport::ssh::{Config as SshConfig, Connection};
use crate::transport::{Cx, Target};

/// One radio. Every call opens a session of its own and closes it, whatever happens.
pub struct Aviat<'a> {
    pub(super) cx: &'a Cx,
    pub(super) target: &'a Target,
    ssh: &'a SshConfig,
    pub(super) snmp: &'a SnmpConfig,
    device_type: DeviceType,
}

impl std::fmt::Debug for Aviat<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aviat").field(&self.target.label()).finish()
    }
}

impl<'a> Aviat<'a> {
    /// Opens nothing yet.
    pub fn new(
        cx: &'a Cx,
        target: &'a Target,
        ssh: &'a SshConfig,
        snmp: &'a SnmpConfig,
        device_type: DeviceType,
    ) -> Self {
        Self { cx, target, ssh, snmp, device_type }
    }

    /// A session on the command line, with the target's password: one login. To be closed by the caller.
    pub async fn session(&self) -> Result<Session<'a>, Failure> {
        Session::open(self.cx, self.target, self.ssh).await
    }

    /// The same with paging and completion as the radio has them, see [`Session::open_as_it_is`].
    pub async fn session_as_it_is(&self) -> Result<Session<'a>, Failure> {
        Session::open_as_it_is(self.cx, self.target, self.ssh).await
    }

    /// The same with another password, once. For a caller that knows why: the factory's, after the radio refused the
    /// target's with `AuthRefused`.
    pub async fn session_with(&self, password: &Secret) -> Result<Session<'a>, Failure> {
        Session::open(self.cx, &self.with_password(password), self.ssh).await
    }

    /// Whether a login with this password is taken: one attempt, nothing is typed. `false` is a radio that refused it;
    /// while a radio starts it refuses every one.
    ///
    /// Fails as [`Connection::open`] does otherwise: then it is not known.
    pub async fn login_works(&self, password: &Secret) -> Result<bool, Failure> {
        let mut target = self.with_password(password);
        target.username.get_or_insert_with(|| USERNAME.to_owned());
        match Connection::open(self.cx, &target, self.ssh, None).await {
            Ok(connection) => {
                connection.close().await;
                Ok(true)
            }
            Err(failure) if failure.class == FailureClass::AuthRefused => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn with_password(&self, password: &Secret) -> Target {
        // A key would log in whatever the password is.
        Target {
            password: Some(password.clone()),
            private_key: None,
            private_key_passphrase: None,
            ..self.target.clone()
        }
    }

    /// Name, model, version, serial number, uptime: by SNMP where the radio answers it, else by the command line.
    ///
    /// Fails as [`Session::open`] and its readers do, and with `WrongModel` where SNMP shows another product.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        match self.agent().await {
            Some(Ok(agent)) => {
                let evidence = Evidence { agent: agent.uptime(), ..Evidence::default() };
                Ok(Observed { agent: Some(Ok(agent)), evidence, ..Observed::default() }.facts())
            }
            Some(Err(failure)) if ends(failure.class) || failure.class == FailureClass::WrongModel => Err(failure),
            _ => {
                let mut session = self.session().await?;
                let observed = self.identify(&mut session).await;
                session.close().await;
                Ok(observed?.facts())
            }
        }
    }

    /// Levels, capacity, temperatures, input voltage, alarms, interfaces: by SNMP where the inventory gives the radio
    /// credentials for it, some ten requests, else by the command line, one login that shows its carriers.
    ///
    /// Fails as [`crate::transport::snmp::Client::get`] does and with `WrongModel`, or as [`Session::open`] and its
    /// readers do.
    pub async fn health(&self) -> Result<Health, Failure> {
        if self.target.snmp.is_some() {
            return health::by_agent(self.cx, self.target, self.snmp).await;
        }
        let mut session = self.session().await?;
        let observed = self.carriers(&mut session).await;
        session.close().await;
        Ok(health::of_console(&observed?))
    }

    /// The running config, whole and normalised (9.2): sorted lines, secrets in clear, no line end behind the last.
    ///
    /// Fails as [`Session::running_config`] does: nothing partial is ever returned.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let mut session = self.session().await?;
        let config = session.running_config().await;
        session.close().await;
        let config = config?;
        let raw_bytes = u64::try_from(config.text.len()).unwrap_or(u64::MAX);
        Ok(RunningConfig { text: config.normalised, warnings: Vec::new(), raw_bytes, path: "shell" })
    }

    /// Facts, config, carriers, interfaces, and tests where asked for.
    ///
    /// Fails as the readers of [`Session`] do. A table that the radio does not show is unknown, and a radio without SNMP
    /// is read by its command line alone: neither is a failure.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut session = self.session().await?;
        let observed = self.look(&mut session, run_tests).await;
        session.close().await;
        Ok(observed?.device_info(self.device_type, run_tests))
    }

    /// Versions and state of the software by one SNMP request, no login: what the agent has of it, since not every
    /// release has these objects (13.5). None without credentials.
    ///
    /// Fails as [`crate::transport::snmp::Client::get`] does.
    pub async fn software_by_agent(&self) -> Result<Option<Software>, Failure> {
        match self.target.snmp {
            Some(_) => snmp::software(self.cx, self.target, self.snmp).await.map(Some),
            None => Ok(None),
        }
    }

    /// None where there are no credentials.
    async fn agent(&self) -> Option<Result<Agent, Failure>> {
        self.target.snmp.as_ref()?;
        Some(snmp::read(self.cx, self.target, self.snmp).await)
    }

    async fn identify(&self, session: &mut Session<'_>) -> Result<Observed, Failure> {
        let software = session.software().await?;
        let hardware = session.hardware(software.active).await?;
        let evidence = Evidence { command_line: session.uptime().await?, ..Evidence::default() };
        let hostname = session.hostname().map(str::to_owned);
        Ok(Observed { hostname, software, hardware, evidence, ..Observed::default() })
    }

    async fn carriers(&self, session: &mut Session<'_>) -> Result<Observed, Failure> {
        let observed = self.identify(session).await?;
        Ok(Observed { carriers: session.carriers().await?, ..observed })
    }

    async fn look(&self, session: &mut Session<'_>, run_tests: bool) -> Result<Observed, Failure> {
        let config = session.running_config().await?;
        let software = session.software().await?;
        let mut observed = Observed {
            hostname: session.hostname().map(str::to_owned),
            config: Some(config),
            hardware: session.hardware(software.active).await?,
            software,
            carriers: session.carriers().await?,
            interfaces: session.interfaces().await?,
            ..Observed::default()
        };
        if run_tests {
            let required = required_licences(self.device_type, link_type(observed.xpic(), observed.has_l1la()));
            observed.licences = session.licences(required.unwrap_or_default()).await?;
        }
        observed.agent = match self.agent().await {
            Some(Err(failure)) if ends(failure.class) => return Err(failure),
            Some(Err(failure)) => {
                self.cx.witness.noted("snmp", &format!("read without SNMP: {failure}"));
                Some(Err(failure))
            }
            agent => agent,
        };
        observed.evidence.agent = observed.agent.as_ref().and_then(|agent| agent.as_ref().ok()?.uptime());
        observed.evidence.carrier =
            observed.carriers.iter().flatten().filter_map(|carrier| carrier.active_rx_time).max();
        if observed.evidence.agent.is_none() || observed.evidence.agent_is_contradicted() {
            observed.evidence.command_line = session.uptime().await?;
        }
        Ok(observed)
    }
}

/// Whether nothing more may be tried.
pub(super) fn ends(class: FailureClass) -> bool {
    matches!(class, FailureClass::Cancelled | FailureClass::Internal | FailureClass::Validation)
}
