//! What can be read from an ePMP radio: one session, two calls at most, each answer whole or no answer.

use super::commands::{EXPORT, STATUS};
use super::health::health;
use super::parse::config::normalise;
use super::parse::status::{Status, status};
use super::platform::{self, Model};
use super::report::Observed;
use super::session::Session;
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{DeviceType, Failure, FailureClass, Health};
use crate::transport::{Cx, Target, http};

/// One radio. Every call opens a session of its own and closes it, whatever happens.
pub struct Epmp<'a> {
    cx: &'a Cx,
    target: &'a Target,
    http: &'a http::Config,
    device_type: DeviceType,
}

impl std::fmt::Debug for Epmp<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Epmp").field(&self.target.label()).finish()
    }
}

impl<'a> Epmp<'a> {
    /// Opens nothing yet.
    pub fn new(cx: &'a Cx, target: &'a Target, http: &'a http::Config, device_type: DeviceType) -> Self {
        Self { cx, target, http, device_type }
    }

    /// Name, model, firmware. Fails as a login does, with `WrongModel` where the SKU is not that of the type, and with
    /// `Protocol` where the radio answers something else.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let (observed, _) = self.read(false).await?;
        Ok(observed.facts())
    }

    /// What its status measures. Fails as [`Epmp::facts`] does.
    pub async fn health(&self) -> Result<Health, Failure> {
        let (observed, _) = self.read(false).await?;
        Ok(health(&observed))
    }

    /// Facts, position, radio, the running config, and tests where asked for. Fails as [`Epmp::facts`] does.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        let (observed, config) = self.read(true).await?;
        let running_config = config.map(|config| config.text);
        Ok(DeviceInfo { running_config, ..observed.device_info(run_tests) })
    }

    /// The running config. The status is read first: a config of another model is none. Fails as [`Epmp::facts`] does.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let (_, config) = self.read(true).await?;
        config.ok_or_else(|| Failure::new(FailureClass::Internal, "the configuration was not asked for"))
    }

    async fn read(&self, with_config: bool) -> Result<(Observed, Option<RunningConfig>), Failure> {
        let model = platform::model(self.device_type).ok_or_else(|| {
            Failure::new(FailureClass::Internal, format!("type {} has no model in the table", self.device_type))
        })?;
        let mut session = Session::open(self.cx, self.target, self.http).await?;
        let read = Self::through(&mut session, model, with_config).await;
        session.close().await;
        read
    }

    async fn through(
        session: &mut Session<'_>,
        model: &'static Model,
        with_config: bool,
    ) -> Result<(Observed, Option<RunningConfig>), Failure> {
        let (reply, _) = session.call(STATUS).await?;
        let status = status(&reply)?;
        is_of(model, &status)?;
        let config = if with_config {
            let (export, raw_bytes) = session.call(EXPORT).await?;
            Some(RunningConfig { text: normalise(&export)?, warnings: Vec::new(), raw_bytes, path: "http" })
        } else {
            None
        };
        Ok((Observed { status, model }, config))
    }
}

/// Whether the radio is the model that was asked for. Where the SKUs of a model are not known, it must not be one that
/// is known to be another's.
fn is_of(model: &Model, status: &Status) -> Result<(), Failure> {
    let wrong = |words: String| {
        let sentence = format!("{words}, and the type asked for is {}; correct the type in the inventory", model.name);
        Err(Failure::new(FailureClass::WrongModel, sentence))
    };
    match status.sku.as_deref() {
        None if model.skus.is_empty() => Ok(()),
        None => wrong("it shows no SKU".to_owned()),
        Some(sku) if model.skus.contains(&sku) => Ok(()),
        Some(sku) => match platform::model_of(sku) {
            Some(other) => wrong(format!("its SKU {sku} is that of {}", other.name)),
            None if model.skus.is_empty() => Ok(()),
            None => {
                let sku: String = sku.chars().filter(|c| c.is_ascii_graphic()).take(32).collect();
                wrong(format!("its SKU '{sku}' is not one of {}", model.skus.join(", ")))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(code: &str, sku: Option<&str>) -> bool {
        let model = platform::model(DeviceType::parse(code).unwrap()).unwrap();
        is_of(model, &Status { sku: sku.map(str::to_owned), ..Status::default() }).is_ok()
    }

    #[test]
    fn a_sku_of_another_model_is_no_sku_of_this_one() {
        for (code, sku, good) in [
            ("CNEP3K", Some("37"), true),
            ("CNEP3K", Some("40"), true),
            ("CNEP3K", Some("137"), false),
            ("CNEP3K", Some("43"), false),
            ("CNEP3K", None, false),
            ("CNEP3KL", Some("44"), true),
            ("CN4600", Some("53264"), true),
            ("CN4600", Some("5326"), false),
            ("F300-25", None, true),
            ("CNF300-25", Some("12345"), true),
            ("F300-25", Some("37"), false),
        ] {
            assert_eq!(verdict(code, sku), good, "{code} {sku:?}");
        }
    }
}
