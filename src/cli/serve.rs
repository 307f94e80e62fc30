//! `towerhand serve`.

use std::process::ExitCode;

use anyhow::Context as _;

use super::runtimes::{self, Devices};
use super::{Context, check};
use crate::app::App;
use crate::clock::{Chance, Clock};
use crate::lifecycle::Signals;
use crate::telemetry;

pub(super) fn run(context: &Context) -> anyhow::Result<ExitCode> {
    let mut config = check::settings(context)?;
    let secrets = telemetry::Secrets::default();
    telemetry::logging::init(&config.log, secrets.clone()).context("the log cannot be set up")?;
    // Errors only if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = runtimes::main()?;
    let devices = Devices::start()?;
    config.ssh.runtime = Some(devices.handle().clone());
    let environment = context.environment.clone();
    runtime.block_on(async move {
        let signals = Signals::system().context("signals cannot be received")?;
        let app = App::build_with(config, &environment, Clock::system(), Chance::system(), secrets).await?;
        let ended = app.run(signals).await;
        Ok(ExitCode::from(ended.exit_code()))
    })
}
