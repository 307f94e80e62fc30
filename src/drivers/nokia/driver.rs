//! What can be read from a 7250 IXR: one login, a few commands, and a handful of SNMP requests where it has credentials
//! for them.

use serde_json::{Map, json};

use super::parse::chassis::Chassis;
use super::parse::config::{Head, Verdict};
use super::parse::errors::{excerpt, failure, quote};
use super::parse::normalise::normalise;
use super::report::Observed;
use super::session::{Reading, Session};
use super::snmp::{self, Agent};
use super::{commands, health};
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{Failure, FailureClass, Health};
use crate::transport::{Cx, Target, snmp as agent, ssh};

/// What every model's name begins with.
const MODEL: &str = "7250 IXR";

/// One router. Every call opens a session of its own and closes it, whatever happens.
pub struct Nokia<'a> {
    cx: &'a Cx,
    target: &'a Target,
    ssh: &'a ssh::Config,
    snmp: &'a agent::Config,
}

impl std::fmt::Debug for Nokia<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Nokia").field(&self.target.label()).finish()
    }
}

impl<'a> Nokia<'a> {
    /// Opens nothing yet.
    pub fn new(cx: &'a Cx, target: &'a Target, ssh: &'a ssh::Config, snmp: &'a agent::Config) -> Self {
        Self { cx, target, ssh, snmp }
    }

    /// Name, model, version, serial number, uptime, how its configuration is managed: by the command line.
    ///
    /// Fails as a session does (`Unreachable`, `AuthRefused`, `SessionLimit`, `Timeout`, ...), with `DeviceRefused` or
    /// `ForbiddenReadonly` where the device says no, with `Protocol` where it answers something else, and with
    /// `WrongModel` where it is no 7250 IXR.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        Ok(self.observe().await?.facts())
    }

    /// Facts, LEDs, fans, power supplies, health by SNMP, and tests where asked for. A device without SNMP credentials,
    /// or whose agent does not answer, has unknown health.
    ///
    /// Fails as [`Nokia::facts`] does.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut observed = self.observe().await?;
        observed.agent = match self.agent().await {
            Some(Err(failure)) if failure.class == FailureClass::Cancelled => return Err(failure),
            Some(Err(failure)) => {
                self.cx.witness.noted("snmp", &format!("read without SNMP: {failure}"));
                Some(Err(failure))
            }
            agent => agent,
        };
        Ok(observed.device_info(run_tests))
    }

    /// Load, memory, temperatures, fans, power supplies, alarms, interfaces: by SNMP where the inventory gives the device
    /// credentials for it, some twenty requests, else by the command line, which shows fans, power supplies and alarms.
    ///
    /// Fails as [`crate::transport::snmp::Client::get`] does and with `WrongModel`, or as [`Nokia::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        match self.target.snmp {
            Some(_) => health::by_agent(self.cx, self.target, self.snmp).await,
            None => Ok(health::of_console(&self.observe().await?)),
        }
    }

    /// The running config, whole and normalised, with the facts that stand around it. A reading that is not whole, or
    /// that broke off, is made once more in a new session.
    ///
    /// Fails as [`Nokia::facts`] does, and with `Protocol` where no reading was whole: nothing partial is ever returned.
    pub async fn running_config(&self) -> Result<(Facts, RunningConfig), Failure> {
        let why = match self.reading().await? {
            Ok(Reading { text, verdict: Verdict::Complete(head, warnings), .. }) => {
                return self.whole(&text, &head, warnings);
            }
            Ok(Reading { verdict: Verdict::Refused(kind, words), command, .. }) => {
                return Err(failure(kind, &words, command).at(&self.target.label()));
            }
            Ok(Reading { verdict: Verdict::Partial(cut), .. }) => cut.to_string(),
            Err(broken) => broken.sentence,
        };
        self.cx.witness.noted("ssh", &format!("the config is not whole: {why}; reading it once more"));
        match self.reading().await? {
            Ok(Reading { text, verdict: Verdict::Complete(head, mut warnings), .. }) => {
                warnings.push(format!("the first reading was not whole: {why}"));
                self.whole(&text, &head, warnings)
            }
            Ok(Reading { verdict: Verdict::Refused(kind, words), command, .. }) => {
                Err(failure(kind, &words, command).at(&self.target.label()))
            }
            Ok(Reading { verdict: Verdict::Partial(cut), .. }) => {
                let sentence =
                    format!("its config is partial, read twice: {cut}; nothing of it is kept, read it again later");
                Err(self.failed(FailureClass::Protocol, sentence))
            }
            Err(broken) => Err(broken),
        }
    }

    /// One reading in a session of its own. The inner error is a reading that broke off, and may be made again.
    async fn reading(&self) -> Result<Result<Reading, Failure>, Failure> {
        let mut session = Session::open(self.cx, self.target, self.ssh).await?;
        let reading = session.config().await;
        session.close().await;
        match reading {
            Err(broken) if matches!(broken.class, FailureClass::Timeout | FailureClass::Protocol) => Ok(Err(broken)),
            Err(failure) => Err(failure),
            Ok(reading) => Ok(Ok(reading)),
        }
    }

    fn whole(&self, text: &str, head: &Head, warnings: Vec<String>) -> Result<(Facts, RunningConfig), Failure> {
        if !head.release.contains(MODEL) {
            let sentence = format!(
                "its config is of {}, which is no {MODEL}; correct its type in the inventory",
                quote(&head.release)
            );
            return Err(self.failed(FailureClass::WrongModel, sentence));
        }
        let mut more = Map::new();
        for (name, value) in
            [("generated", &head.generated), ("last_modified", &head.modified), ("commit_id", &head.commit)]
        {
            if let Some(value) = value {
                more.insert(name.to_owned(), json!(value));
                self.cx.witness.noted("ssh", &format!("config: {} {value}", name.replace('_', " ")));
            }
        }
        let version = head.version.as_ref().map(|version| version.release.clone());
        let facts = Facts { version, more, ..Facts::default() };
        let raw_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok((facts, RunningConfig { text: normalise(text), warnings, raw_bytes, path: "shell" }))
    }

    async fn observe(&self) -> Result<Observed, Failure> {
        let mut session = Session::open(self.cx, self.target, self.ssh).await?;
        let observed = self.look(&mut session).await;
        session.close().await;
        observed
    }

    async fn look(&self, session: &mut Session<'_>) -> Result<Observed, Failure> {
        let text = session.ask(commands::SYSTEM).await?;
        let system = super::parse::system::System::parse(&text);
        match system.model.as_deref() {
            Some(model) if model.starts_with(MODEL) => {}
            Some(model) => {
                let sentence =
                    format!("it is {}, which is no {MODEL}; correct its type in the inventory", quote(model));
                return Err(self.failed(FailureClass::WrongModel, sentence));
            }
            None => {
                let sentence =
                    format!("it answers '{}' without a type ({}); is it SR OS?", commands::SYSTEM, excerpt(&text));
                return Err(self.failed(FailureClass::Protocol, sentence));
            }
        }
        if system.version.is_none() {
            let sentence = format!("it answers '{}' without a version that is known; is it SR OS?", commands::SYSTEM);
            return Err(self.failed(FailureClass::Protocol, sentence));
        }
        let chassis = match session.ask(commands::CHASSIS).await {
            Ok(text) => Some(Chassis::parse(&text)),
            Err(refused) if matches!(refused.class, FailureClass::DeviceRefused | FailureClass::ForbiddenReadonly) => {
                self.cx.witness.noted("ssh", &refused.sentence);
                None
            }
            Err(failure) => return Err(failure),
        };
        Ok(Observed { prompt: Some(session.prompt().clone()), system, chassis, agent: None })
    }

    /// None where there are no credentials.
    async fn agent(&self) -> Option<Result<Agent, Failure>> {
        self.target.snmp.as_ref()?;
        Some(snmp::read(self.cx, self.target, self.snmp).await)
    }

    fn failed(&self, class: FailureClass, sentence: String) -> Failure {
        Failure::new(class, sentence).at(&self.target.label())
    }
}
