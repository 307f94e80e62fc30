//! Reads a device's health for the poller: no job, but the same way to the device that jobs have.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::credentials::Door;
use super::lockouts::guarded;
use super::opened::Opened;
use super::pins::StorePins;
use super::services::Services;
use crate::clock::Stopwatch;
use crate::drivers::{Driver, Transports};
use crate::health::{Answer, Reader};
use crate::model::{Device, Failure, FailureClass};
use crate::telemetry::Metrics;
use crate::transport::{Cx, SessionEnd, Witness};

/// Reads devices of the inventory with what actions use.
pub struct HealthReader(Arc<Services>);

impl HealthReader {
    /// Over what actions use.
    pub fn new(services: Arc<Services>) -> Self {
        Self(services)
    }
}

#[async_trait]
impl Reader for HealthReader {
    async fn read(&self, device: &Device, cancel: CancellationToken) -> Result<Answer, Failure> {
        let services = &*self.0;
        // It may have been taken out since the poll was planned: then nothing of it is known any more, its address neither.
        let known = services.inventory.current().by_name(&device.name);
        if known.is_none_or(|known| known.address != device.address) {
            return Err(Failure::validation(format!("{} is no longer in the inventory", device.name)));
        }
        let opened = Arc::new(Opened::new(services.secrets.clone()));
        let target = Door { services, opened: &opened }.target(device).await?;
        let witness = Arc::new(PollWitness::new(services.metrics.clone(), Arc::clone(&opened)));
        let cx = Cx {
            cancel,
            clock: services.clock.clone(),
            pins: Arc::new(StorePins::new(
                Arc::clone(&services.store),
                services.clock.clone(),
                services.metrics.clone(),
            )),
            witness: Arc::clone(&witness) as Arc<dyn Witness>,
        };
        let Services { transports, lockouts, clock, .. } = services;
        let transports = Transports { ssh: &transports.ssh, snmp: &transports.snmp, http: &transports.http };
        let driver = Driver::for_health(device.device_type, &cx, &target, transports)?;
        let family = device.device_type.family();
        let health = Box::pin(guarded(lockouts, clock, family, &target, driver.health())).await;
        let health = health.map_err(|failure| opened.clean(failure.at(&target.label())))?;
        Ok(Answer { health, round_trip: witness.round_trip() })
    }
}

/// Looks on while a device is polled: metrics, and lines of the log that nobody reads unless they are asked for.
struct PollWitness {
    metrics: Metrics,
    opened: Arc<Opened>,
    requests: Mutex<Requests>,
}

/// Times of single requests.
#[derive(Default)]
struct Requests {
    /// The last one, where it is one request with one answer, and is not over.
    sent: Option<Stopwatch>,
    shortest: Option<Duration>,
}

impl Requests {
    /// The request before is over: the next one is sent, or the session ends.
    fn over(&mut self) {
        if let Some(took) = self.sent.take().map(|sent| sent.elapsed()) {
            self.shortest = Some(self.shortest.map_or(took, |shortest| shortest.min(took)));
        }
    }
}

impl PollWitness {
    fn new(metrics: Metrics, opened: Arc<Opened>) -> Self {
        Self { metrics, opened, requests: Mutex::default() }
    }

    fn round_trip(&self) -> Option<Duration> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).shortest
    }
}

impl Witness for PollWitness {
    fn sending(&self, channel: &'static str, what: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.over();
        // A walk is many requests; a command of a shell is over when its prompt is trusted.
        let single = match channel {
            "snmp" => what.starts_with("GET "),
            "http" => !what.starts_with("GET ws"),
            _ => false,
        };
        requests.sent = single.then(Stopwatch::start);
        if tracing::enabled!(tracing::Level::DEBUG) {
            let what = self.opened.masked(what.to_owned());
            tracing::debug!(device.channel = channel, "sending {what}");
        }
    }

    fn noted(&self, channel: &'static str, what: &str) {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let what = self.opened.masked(what.to_owned());
            tracing::debug!(device.channel = channel, "{what}");
        }
    }

    fn session_ended(&self, end: &SessionEnd) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).over();
        self.metrics.device_session(end.peer.channel, end.failure);
        tracing::debug!(
            device.address = %end.peer.address,
            device.channel = end.peer.channel,
            session.seconds = end.lasted.as_secs_f64(),
            session.outcome = end.outcome(),
            "session ended"
        );
    }

    fn retrying(&self, channel: &'static str, class: FailureClass) {
        // What is sent again is no measure of one request.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).sent = None;
        self.metrics.retry(class);
        tracing::debug!(device.channel = channel, retry.class = class.as_str(), "trying once more");
    }
}
