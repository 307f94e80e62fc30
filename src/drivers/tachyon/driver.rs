//! What can be read from a Tachyon device: one session, two reads at most, each answer whole or no answer.

use super::commands::{CONFIG, STATUS};
use super::health::health;
use super::parse::config::normalise;
use super::parse::status::status;
use super::platform::{self, FULL, READ_ONLY};
use super::report::Observed;
use super::session::Session;
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{DeviceType, Failure, FailureClass, Health};
use crate::transport::{Cx, Target, http};

/// One device. Every call opens a session of its own and closes it, whatever happens.
pub struct Tachyon<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a http::Config,
    device_type: DeviceType,
}

impl std::fmt::Debug for Tachyon<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tachyon").field(&self.target.label()).finish()
    }
}

/// Whether the configuration is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Config {
    /// Not asked for.
    No,
    /// If the account may see it.
    IfAllowed,
    /// Without it there is no answer.
    Yes,
}

impl<'a> Tachyon<'a> {
    /// Opens nothing yet.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a http::Config, device_type: DeviceType) -> Self {
        Self { cx, target, http, device_type }
    }

    /// Name, model, firmware. Fails as a login does, with `WrongModel` where the device calls itself another model than
    /// the type, and with `Protocol` where it answers something else.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let (observed, _) = self.read(Config::No).await?;
        Ok(observed.facts())
    }

    /// What its status measures. Fails as [`Tachyon::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let (observed, _) = self.read(Config::No).await?;
        Ok(health(&observed))
    }

    /// Facts, position, radio, the running config unless the account is read-only, and tests where asked for. Fails as
    /// [`Tachyon::facts`] does.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let (observed, config) = self.read(Config::IfAllowed).await?;
        let mut info = observed.device_info(run_tests);
        match config {
            Some(config) => info.running_config = Some(config.text),
            None => {
                let note = format!("the account is read-only (level {READ_ONLY}) and sees no configuration");
                info.members.insert("notes".to_owned(), serde_json::json!([note]));
            }
        }
        Ok(info)
    }

    /// The running config. The status is read first: a config of another model is none. Fails as [`Tachyon::facts`]
    /// does, and with `ForbiddenReadonly` where the account is read-only.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let (_, config) = self.read(Config::Yes).await?;
        config.ok_or_else(|| Failure::new(FailureClass::Internal, "the configuration was not asked for"))
    }

    async fn read(&self, config: Config) -> Result<(Observed, Option<RunningConfig>), Failure> {
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let read = self.through(&mut session, config).await;
        session.close().await;
        read
    }

    async fn through(
        &self,
        session: &mut Session<'_>,
        config: Config,
    ) -> Result<(Observed, Option<RunningConfig>), Failure> {
        let model = platform::model(self.device_type).ok_or_else(|| {
            Failure::new(FailureClass::Internal, format!("type {} has no model in the table", self.device_type))
        })?;
        let allowed = session.level() != READ_ONLY;
        if config == Config::Yes && !allowed {
            let sentence = format!(
                "the account is read-only (level {READ_ONLY}) and sees no configuration; use one of level {FULL}"
            );
            return Err(Failure::new(FailureClass::ForbiddenReadonly, sentence));
        }
        let (reply, _) = session.read(STATUS).await?;
        let status = status(&reply)?;
        if status.model != model.name {
            let shown: String = status.model.chars().filter(|c| !c.is_control()).take(32).collect();
            let sentence = format!(
                "it calls itself '{shown}', and the type asked for is {}; correct the type in the inventory",
                model.name
            );
            return Err(Failure::new(FailureClass::WrongModel, sentence));
        }
        let config = if config != Config::No && allowed {
            let (reply, raw_bytes) = session.read(CONFIG).await?;
            Some(RunningConfig { text: normalise(&reply)?, warnings: Vec::new(), raw_bytes, path: "http" })
        } else {
            None
        };
        Ok((Observed { status, model }, config))
    }
}
