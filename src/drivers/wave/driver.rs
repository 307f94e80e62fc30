//! What can be read from a Wave: one login, a few requests, one log-out.

use super::health::health;
use super::parse::{config, device, statistics};
use super::report::Observed;
use super::session::Session;
use super::{commands, platform};
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{DeviceType, Failure, FailureClass, Health};
use crate::transport::http::Config;
use crate::transport::{Cx, Target};

/// One radio. Every call opens a session of its own and closes it, whatever happens.
pub struct Wave<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a Config,
    device_type: DeviceType,
}

impl<'a> Wave<'a> {
    /// Opens nothing yet.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a Config, device_type: DeviceType) -> Self {
        Self { cx, target, http, device_type }
    }

    /// Name, model, firmware. Fails as logging in, reading an answer, and telling the model do.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let identity = self.identity().await?;
        Ok(Observed { identity, position: None, config: None }.facts())
    }

    /// That it is up, and as what. Fails as [`Wave::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        self.identity().await.map(health)
    }

    async fn identity(&self) -> Result<device::Identity, Failure> {
        let mut session = self.open().await?;
        let read = session.read(commands::DEVICE).await;
        session.close().await;
        device::identity(&read?)
    }

    /// Both halves of the configuration, sorted lines, secrets in clear. The radio has said what it is before.
    ///
    /// Fails as [`Wave::facts`] does, and with `Protocol` where a half is none: nothing partial is ever returned.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let mut session = self.open().await?;
        let read = read_config(&mut session).await;
        session.close().await;
        let (identity, text) = read?;
        let mut warnings = Vec::new();
        if let Some(model) = platform::model_of(self.device_type).filter(|model| *model != identity.model) {
            warnings.push(format!(
                "it is a {}, but {} means a {model}; correct its type",
                identity.model, self.device_type
            ));
        }
        let raw_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(RunningConfig { text, warnings, raw_bytes, path: "http" })
    }

    /// Identity, position, configuration, and tests where asked for. What the account may not see is absent.
    ///
    /// Fails as [`Wave::running_config`] does otherwise.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let mut session = self.open().await?;
        let observed = self.look(&mut session).await;
        session.close().await;
        Ok(observed?.device_info(self.device_type, run_tests))
    }

    async fn open(&self) -> Result<Session<'a>, Failure> {
        Session::open(self.cx, self.target, self.http).await
    }

    async fn look(&self, session: &mut Session<'_>) -> Result<Observed, Failure> {
        let identity = device::identity(&session.read(commands::DEVICE).await?)?;
        let statistics = self.if_allowed(session.read(commands::STATISTICS).await)?;
        let config = self.if_allowed(halves(session).await)?;
        Ok(Observed { identity, position: statistics.as_ref().and_then(statistics::position), config })
    }

    /// None, with a note, where the radio does not let this account see it or does not have it.
    fn if_allowed<T>(&self, read: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(failure) if matches!(failure.class, FailureClass::ForbiddenReadonly | FailureClass::DeviceRefused) => {
                self.cx.witness.noted("http", &failure.sentence);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}

async fn read_config(session: &mut Session<'_>) -> Result<(device::Identity, String), Failure> {
    let identity = device::identity(&session.read(commands::DEVICE).await?)?;
    Ok((identity, halves(session).await?))
}

async fn halves(session: &mut Session<'_>) -> Result<String, Failure> {
    let main = session.read(commands::CONFIG).await?;
    let services = session.read(commands::SERVICES).await?;
    config::text(&[(commands::short(commands::CONFIG), &main), (commands::short(commands::SERVICES), &services)])
}
