//! Reads a device's health for the poller: no job, but the same way to the device that jobs have.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::credentials::Door;
use super::lockouts::guarded;
use super::opened::Opened;
use super::pins::StorePins;
use super::services::Services;
use crate::clock::Stopwatch;
use crate::drivers::{Driver, Transports, Ways};
use crate::health::{Answer, Reader, Via};
use crate::model::{Device, Failure, FailureClass, Health, Metric};
use crate::report::Chain;
use crate::telemetry::Metrics;
use crate::transport::{Cx, SessionEnd, Target, Witness};

/// Every so many polls of a device whose agent fell silent, the agent is asked again.
const TRY_AGAIN: u32 = 10;

/// Reads devices of the inventory with what actions use.
pub struct HealthReader {
    services: Arc<Services>,
    agents: Agents,
}

impl HealthReader {
    /// Over what actions use.
    pub fn new(services: Arc<Services>) -> Self {
        Self { services, agents: Agents::default() }
    }
}

/// Agents that do not answer though the device does, as long as this process lives: asking them costs a time-out.
#[derive(Debug, Default)]
struct Agents(Mutex<HashMap<String, Silent>>);

#[derive(Debug, Clone, Copy, Default)]
struct Silent {
    /// Polls since it was last asked.
    polls: u32,
    /// The log has said so.
    told: bool,
}

impl Agents {
    fn known(&self) -> MutexGuard<'_, HashMap<String, Silent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this poll asks the agent.
    fn is_due(&self, device: &str) -> bool {
        let mut known = self.known();
        let Some(silent) = known.get_mut(device) else { return true };
        silent.polls = silent.polls.saturating_add(1);
        silent.polls >= TRY_AGAIN
    }

    /// It did not answer.
    fn silent(&self, device: &str) {
        self.known().entry(device.to_owned()).or_default().polls = 0;
    }

    /// The device answered otherwise; whether that is news.
    fn is_news(&self, device: &str) -> bool {
        self.known().get_mut(device).is_some_and(|silent| !std::mem::replace(&mut silent.told, true))
    }

    /// It answers, or nothing of the device does; whether the log had said that it does not.
    fn forget(&self, device: &str) -> bool {
        self.known().remove(device).is_some_and(|silent| silent.told)
    }
}

/// Whether an agent that is off would give such a failure; one that refuses is there.
fn is_silence(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Timeout | FailureClass::Unreachable)
}

#[async_trait]
impl Reader for HealthReader {
    async fn read(&self, device: &Device, cancel: CancellationToken) -> Result<Option<Answer>, Failure> {
        let services = &*self.services;
        // It may have been taken out since the poll was planned: then nothing of it is known any more, its address neither.
        let known = services.inventory.current().by_name(&device.name);
        if known.is_none_or(|known| known.address != device.address) {
            return Err(Failure::validation(format!("{} is no longer in the inventory", device.name)));
        }
        let opened = Arc::new(Opened::new(services.secrets.clone()));
        let target = Door { services, opened: &opened }.target(device).await?;
        let witness = Arc::new(PollWitness::new(target.address, services.metrics.clone(), Arc::clone(&opened)));
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
        let poll = Poll { services, agents: &self.agents, device, cx: &cx, target: &target, witness: &witness };
        let health = Box::pin(poll.health()).await;
        let health = health.map_err(|failure| opened.clean(failure.at(&target.label())))?;
        let (round_trip, via) = witness.measured();
        Ok(health.map(|health| Answer { health, round_trip, via }))
    }
}

/// One poll of a device.
struct Poll<'a> {
    services: &'a Services,
    agents: &'a Agents,
    device: &'a Device,
    cx: &'a Cx,
    target: &'a Target,
    witness: &'a PollWitness,
}

impl Poll<'_> {
    fn transports(&self) -> Transports<'_> {
        let transports = &self.services.transports;
        Transports { ssh: &transports.ssh, snmp: &transports.snmp, http: &transports.http }
    }

    /// None: only a session could tell it, and a job writes to the device.
    async fn health(&self) -> Result<Option<Health>, Failure> {
        let Target { snmp, password, .. } = self.target;
        match Driver::ways(self.device.device_type, snmp.is_some(), password.is_some()) {
            Ways::Agent => Box::pin(self.guarded(self.agent())).await.map(Some),
            Ways::Session => self.session().await,
            Ways::Either => self.either().await,
            Ways::Both => self.both().await,
        }
    }

    /// What its agent says. Also while a job writes to the device: datagrams are in nobody's way, and tell of an outage. An
    /// answer of an agent says nothing of logins that its device refused.
    async fn agent(&self) -> Result<Health, Failure> {
        let driver = Driver::by_agent(self.device.device_type, self.cx, self.target, self.transports())?;
        Box::pin(driver.health()).await
    }

    /// What a session shows, unless a job writes to the device.
    async fn session(&self) -> Result<Option<Health>, Failure> {
        if self.is_written_to().await? {
            return Ok(None);
        }
        let driver = Driver::of(self.device.device_type, self.cx, self.target, self.transports())?;
        Box::pin(self.guarded(driver.health())).await.map(Some)
    }

    async fn guarded<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let Services { lockouts, clock, .. } = self.services;
        guarded(lockouts, clock, self.device.device_type.family(), self.target, work).await
    }

    async fn is_written_to(&self) -> Result<bool, Failure> {
        // Lanes are named so.
        let lane = self.target.address.to_canonical().to_string();
        let written = self.services.store.is_written_to(&lane, self.services.clock.now()).await;
        written.map_err(|error| {
            let sentence = format!("whether a job writes to it could not be read: {}", Chain(&error));
            Failure::new(FailureClass::Internal, sentence)
        })
    }

    /// What the agent says, where it is to be asked; none where it is silent, which is remembered before anything else is
    /// tried, so that a poll that ends too late spares the next one the time-out.
    async fn agent_if_due(&self) -> Result<Option<Health>, Failure> {
        let name = self.device.name.as_str();
        if !self.agents.is_due(name) {
            return Ok(None);
        }
        match self.agent().await {
            Ok(health) => {
                if self.agents.forget(name) {
                    tracing::info!(device.name = name, "the SNMP agent of {name} answers again");
                }
                Ok(Some(health))
            }
            Err(failure) if is_silence(&failure) => {
                self.agents.silent(name);
                self.witness.anew();
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Says once that a session stands in for the agent, after it did.
    fn stood_in(&self) {
        let name = self.device.name.as_str();
        if self.agents.is_news(name) {
            tracing::warn!(
                device.name = name,
                "the SNMP agent of {name} does not answer: its health is read by a session until it does; correct its SNMP \
                 credentials, or take them out of the inventory"
            );
        }
    }

    /// Nothing of the device answered: which of its faces comes back first is open. A poll that was stopped, since it took too
    /// long, goes straight to the session next time.
    fn is_down(&self, failure: &Failure) {
        if failure.class != FailureClass::Cancelled {
            self.agents.forget(&self.device.name);
        }
    }

    async fn either(&self) -> Result<Option<Health>, Failure> {
        if let Some(health) = self.agent_if_due().await? {
            return Ok(Some(health));
        }
        let health = self.session().await;
        match &health {
            Ok(Some(_)) => self.stood_in(),
            Err(failure) => self.is_down(failure),
            Ok(None) => {}
        }
        health
    }

    /// Ports by the session, whose names for them stay whether the agent answers or not; all else by the agent.
    async fn both(&self) -> Result<Option<Health>, Failure> {
        let agent = self.agent_if_due().await?;
        match (agent, self.session().await) {
            (Some(agent), Ok(Some(session))) => Ok(Some(joined(agent, session))),
            (Some(agent), Ok(None)) => Ok(Some(agent)),
            // A face that is busy or broken is not the device; credentials that are refused, or another's key, are told.
            (Some(agent), Err(failure)) if is_silence(&failure) || is_busy(&failure) => Ok(Some(agent)),
            (None, Ok(Some(session))) => {
                self.stood_in();
                Ok(Some(session))
            }
            (None, Err(failure)) => {
                self.is_down(&failure);
                Err(failure)
            }
            (_, other) => other,
        }
    }
}

fn is_busy(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::SessionLimit | FailureClass::Busy | FailureClass::Protocol)
}

/// Of an agent and a session one reading: interfaces and power over Ethernet are the session's where it tells any.
fn joined(agent: Health, session: Health) -> Health {
    let ports =
        |metric| matches!(metric, Metric::InterfaceUp | Metric::InterfaceSpeed | Metric::PoeUp | Metric::PoePower);
    let told = session.readings.iter().any(|reading| ports(reading.metric));
    let mut joined = Health {
        model: session.model.or(agent.model),
        firmware: session.firmware.or(agent.firmware),
        uptime: session.uptime.or(agent.uptime),
        readings: session.readings,
    };
    for reading in agent.readings.into_iter().filter(|reading| !(told && ports(reading.metric))) {
        joined.put(reading.metric, &reading.of, Some(reading.value));
    }
    joined
}

/// Looks on while a device is polled: metrics, and lines of the log that nobody reads unless they are asked for.
struct PollWitness {
    /// The device's.
    address: IpAddr,
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
    via: Via,
}

impl Requests {
    /// The request before is over: the next one is sent, or the session ends.
    fn over(&mut self) {
        if let Some(took) = self.sent.take().map(|sent| sent.elapsed()) {
            self.took(took);
        }
    }

    fn took(&mut self, took: Duration) {
        self.shortest = Some(self.shortest.map_or(took, |shortest| shortest.min(took)));
    }
}

impl PollWitness {
    fn new(address: IpAddr, metrics: Metrics, opened: Arc<Opened>) -> Self {
        Self { address, metrics, opened, requests: Mutex::default() }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shortest round trip, and over what the device was read.
    fn measured(&self) -> (Option<Duration>, Via) {
        let requests = self.requests();
        (requests.shortest, requests.via)
    }

    /// What was tried brought nothing: it begins anew.
    fn anew(&self) {
        *self.requests() = Requests::default();
    }
}

impl Witness for PollWitness {
    fn sending(&self, channel: &'static str, what: &str) {
        let mut requests = self.requests();
        requests.over();
        requests.via = requests.via.and(channel);
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

    fn connected(&self, _: &'static str, address: IpAddr, took: Duration) {
        // A jump host is another.
        if address == self.address {
            self.requests().took(took);
        }
    }

    fn session_ended(&self, end: &SessionEnd) {
        self.requests().over();
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
        self.requests().sent = None;
        self.metrics.retry(class);
        tracing::debug!(device.channel = channel, retry.class = class.as_str(), "trying once more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reading;

    #[test]
    fn a_silent_agent_is_asked_every_tenth_time() {
        let agents = Agents::default();
        assert!(agents.is_due("a"));
        agents.silent("a");
        assert!(agents.is_news("a") && !agents.is_news("a"), "told once");
        let due: Vec<bool> = (0..10).map(|_| agents.is_due("a")).collect();
        assert_eq!(due, [vec![false; 9], vec![true]].concat());
        agents.silent("a");
        assert!(!agents.is_news("a") && !agents.is_due("a"), "still silent, which is known");
        assert!(agents.forget("a") && agents.is_due("a") && !agents.forget("a"));
    }

    #[test]
    fn ports_are_the_sessions_and_the_rest_is_the_agents() {
        let reading = |metric, of: &str, value| Reading { metric, of: of.to_owned(), value };
        let agent = Health {
            model: Some("WS-12".to_owned()),
            uptime: Some(Duration::from_secs(9)),
            readings: vec![reading(Metric::Temperature, "CPU", 40.0), reading(Metric::InterfaceUp, "Port 1", 1.0)],
            ..Health::default()
        };
        let ports = Health {
            firmware: Some("1.5".to_owned()),
            readings: vec![reading(Metric::InterfaceUp, "1", 1.0), reading(Metric::PoePower, "1", 7.5)],
            ..Health::default()
        };
        let both = joined(agent.clone(), ports.clone());
        assert_eq!((both.model.as_deref(), both.firmware.as_deref()), (Some("WS-12"), Some("1.5")));
        assert_eq!(both.uptime, Some(Duration::from_secs(9)));
        let of: Vec<&str> = both.readings.iter().map(|reading| reading.of.as_str()).collect();
        assert_eq!(of, ["1", "1", "CPU"]);
        let none = Health { readings: Vec::new(), ..ports };
        assert_eq!(joined(agent, none).readings.len(), 2, "a session that shows no port hides none");
    }

    /// The first packet to a jump host is on another way.
    #[test]
    fn a_connection_is_a_round_trip_of_whoever_accepted_it() {
        let [device, jump] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let opened = Arc::new(Opened::new(crate::telemetry::Secrets::default()));
        let witness = PollWitness::new(device, Metrics::new(["x"]).unwrap(), opened);
        let ms = Duration::from_millis;
        witness.connected("ssh", jump, ms(1));
        assert_eq!(witness.measured().0, None);
        witness.connected("ssh", device, ms(30));
        witness.connected("ssh", device, ms(20));
        witness.connected("ssh", device, ms(40));
        assert_eq!(witness.measured().0, Some(ms(20)), "the shortest");
        witness.anew();
        assert_eq!(witness.measured(), (None, Via::Unknown));
    }

    #[test]
    fn via_says_what_was_used() {
        let all = |channels: &[&str]| channels.iter().fold(Via::default(), |via, channel| via.and(channel)).as_str();
        assert_eq!(all(&[]), None);
        assert_eq!(all(&["snmp", "snmp"]), Some("snmp"));
        assert_eq!(all(&["snmp", "ssh", "ssh"]), Some("snmp+ssh"));
        assert_eq!(all(&["http", "snmp"]), Some("snmp+http"));
    }
}
