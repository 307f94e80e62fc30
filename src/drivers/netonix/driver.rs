//! What can be read from a Netonix: one session, a few commands.

use super::console::Console;
use super::health::health;
use super::platform::ports_of;
use super::report::Observed;
use super::web::Pages;
use crate::drivers::{DeviceInfo, Facts, RunningConfig};
use crate::model::{DeviceType, Failure, FailureClass, Health};
use crate::transport::{Cx, Target, http, ssh};

/// One switch. Every call opens a session of its own and closes it, whatever happens.
pub struct Netonix<'a> {
    cx: &'a Cx,
    target: &'a Target,
    ssh: &'a ssh::Config,
    http: &'a http::Config,
    device_type: DeviceType,
}

impl<'a> Netonix<'a> {
    /// Opens nothing yet.
    pub fn new(
        cx: &'a Cx,
        target: &'a Target,
        ssh: &'a ssh::Config,
        http: &'a http::Config,
        device_type: DeviceType,
    ) -> Self {
        Self { cx, target, ssh, http, device_type }
    }

    /// Its pages are all that the inventory gives it.
    fn by_web(&self) -> bool {
        let ports = &self.target.ports;
        ports.ssh.is_none() && (ports.https.is_some() || ports.http.is_some())
    }

    /// Name and firmware. Fails as [`Netonix::running_config`] does.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        Ok(self.observe(false).await?.facts())
    }

    /// Its ports; their settings are read with them, which say whether a port is meant to be up. What the account may not
    /// see is absent. Fails as [`Netonix::running_config`] does otherwise.
    pub async fn health(&self) -> Result<Health, Failure> {
        Ok(health(&self.observe(true).await?))
    }

    /// The configuration file, members sorted, secrets in clear.
    ///
    /// Fails as the transports do, with `ForbiddenReadonly` where the account may not see it, with `WrongModel` where it
    /// is a switch of another size, and with `Protocol` where it is not whole: nothing partial is ever returned.
    pub async fn running_config(&self) -> Result<RunningConfig, Failure> {
        let expected = ports_of(self.device_type);
        let (config, raw_bytes, path) = if self.by_web() {
            let (config, bytes) = Pages::open(self.cx, self.target, self.http).await?.config(expected).await?;
            (config, bytes, "http")
        } else {
            let mut console = Console::open(self.cx, self.target, self.ssh).await?;
            let read = async {
                console.version().await?;
                console.config(expected).await
            };
            let read = read.await;
            console.close().await;
            let (config, bytes) = read?;
            (config, bytes, "shell")
        };
        Ok(RunningConfig { text: config.normalised(), warnings: Vec::new(), raw_bytes, path })
    }

    /// Ports, name, place, configuration, and tests where asked for. What the account may not see is absent.
    ///
    /// Fails as [`Netonix::running_config`] does otherwise.
    pub async fn device_info(&self, run_tests: bool) -> Result<DeviceInfo, Failure> {
        Ok(self.observe(true).await?.device_info(run_tests))
    }

    async fn observe(&self, ports: bool) -> Result<Observed, Failure> {
        if self.by_web() {
            return self.observe_pages(ports).await;
        }
        let mut console = Console::open(self.cx, self.target, self.ssh).await?;
        let observed = self.observe_console(&mut console, ports).await;
        console.close().await;
        observed
    }

    async fn observe_console(&self, console: &mut Console<'_>, ports: bool) -> Result<Observed, Failure> {
        let expected = ports_of(self.device_type);
        let mut observed = Observed::default();
        if ports {
            observed.ports = console.ports(expected).await?;
        }
        match console.version().await {
            Ok(version) => {
                observed.version = Some(version);
                observed.config = Some(console.config(expected).await?.0);
            }
            Err(failure) if ports && failure.class == FailureClass::ForbiddenReadonly => {
                self.cx.witness.noted("ssh", &failure.sentence);
            }
            Err(failure) => return Err(failure),
        }
        Ok(observed)
    }

    async fn observe_pages(&self, ports: bool) -> Result<Observed, Failure> {
        let expected = ports_of(self.device_type);
        let mut pages = Pages::open(self.cx, self.target, self.http).await?;
        let mut observed = Observed::default();
        match pages.config(expected).await {
            Ok((config, _)) => observed.config = Some(config),
            Err(failure) if ports && failure.class == FailureClass::ForbiddenReadonly => {
                self.cx.witness.noted("http", &failure.sentence);
            }
            Err(failure) => return Err(failure),
        }
        if ports {
            observed.ports = pages.ports(expected).await?;
            for port in &mut observed.ports {
                port.name = observed.config.as_ref().and_then(|config| config.port_name(port.number));
            }
        }
        Ok(observed)
    }
}
