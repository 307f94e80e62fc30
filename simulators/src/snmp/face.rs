//! The agent's socket: requests in, answers out, and the faults on the way.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_snmp::ber::Decoder;
use async_snmp::message::CommunityMessage;
use async_snmp::pdu::PduBody;
use async_snmp::{DecodeConfig, Pdu, PduType, Value, Version};
use bytes::Bytes;
use tokio::net::UdpSocket;

use super::agent::{Agent, View};
use super::answer::{Read, status};
use super::recording::to_hex;
use super::usm::{self, Received};
use super::wire::{self, Answer};
use crate::core::{Fault, When};
use crate::running::Running;

/// Largest payload of a datagram over IPv4.
const LARGEST: usize = 65_507;

/// An agent at its socket.
#[derive(Debug)]
pub struct Face {
    agent: Arc<Agent>,
    socket: UdpSocket,
    running: Running,
    progress: Mutex<Progress>,
}

/// How far faults that begin later have come.
#[derive(Debug, Default)]
struct Progress {
    muted: bool,
    sent: u64,
    /// Simulated seconds at which the last requests came, of an agent that can be overloaded.
    recent: VecDeque<f64>,
}

impl Face {
    /// An agent at a bound socket.
    pub fn new(agent: Arc<Agent>, socket: UdpSocket, running: Running) -> Arc<Self> {
        Arc::new(Self { agent, socket, running, progress: Mutex::default() })
    }

    /// Rebuilds the tree when knobs change, so that clocks begin at the change and not at the next request.
    pub async fn watch(self: Arc<Self>) {
        let mut changes = self.agent.device.changes();
        loop {
            tokio::select! {
                () = self.running.stop.cancelled() => return,
                changed = changes.changed() => if changed.is_err() { return },
            }
            self.agent.refresh();
        }
    }

    /// Answers until it is stopped.
    pub async fn serve(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.running.stop.cancelled() => return,
                ready = self.socket.readable() => if ready.is_err() { return },
            }
            // Errors here are an earlier answer's, refused by its receiver's host: nothing to be done.
            if let Ok((datagram, peer)) = receive(&self.socket)
                && let Some(answer) = self.handle(&datagram)
            {
                self.send(answer, peer).await;
            }
        }
    }

    fn handle(&self, datagram: &Bytes) -> Option<Vec<u8>> {
        let faults = self.agent.device.faults();
        if faults.iter().any(|fault| matches!(fault, Fault::Refuse {})) {
            return None;
        }
        if self.agent.is_down() || self.overloaded() {
            return None;
        }
        self.agent.refresh();
        let View { tree, settings } = self.agent.view();
        let strangers = faults.iter().any(|fault| matches!(fault, Fault::Auth {}));
        let version = version(datagram)?;
        if !settings.speaks(version) {
            self.agent.received("auth", format!("version {version:?} refused"));
            return None;
        }
        let read = |max_size: usize| Read { tree: &tree, settings: &settings, version, now: self.now(), max_size };
        if version == Version::V3 {
            let user = settings.user.as_ref();
            return match usm::receive(datagram, &self.agent.engine, user, strangers) {
                Received::Nothing => None,
                Received::Report { message, refused } => {
                    if let Some(why) = refused {
                        self.agent.received("auth", format!("{why} refused"));
                    }
                    message.filter(|_| !self.silent(&faults, ""))
                }
                Received::Request(request) => {
                    let user = user?;
                    let answer = if request.permitted {
                        self.execute(&request.pdu, read(request.max_size), user.writes, &faults)?
                    } else {
                        self.agent.received("auth", "security level refused");
                        let varbinds = request.pdu.varbinds().to_vec();
                        Answer { status: status::AUTHORIZATION_ERROR, index: 0, varbinds }
                    };
                    usm::reply(&self.agent.engine, user, &request, &answer).ok()
                }
            };
        }
        let message = CommunityMessage::decode(datagram.clone(), DecodeConfig::DEFAULT).ok()?.value;
        let offered = message.community().clone();
        let writes = settings.write_community.as_ref().is_some_and(|name| offered.as_bytes() == name.as_bytes());
        let reads = offered.as_bytes() == settings.community.as_bytes();
        if strangers || !(reads || writes) {
            self.agent.received("auth", "community refused");
            return None;
        }
        let pdu = message.into_pdu()?;
        let answer = self.execute(&pdu, read(LARGEST), writes, &faults)?;
        wire::community_message(version, offered.as_bytes(), pdu.request_id(), &answer).ok()
    }

    /// Whether more requests came lately than the agent stands; those that it lets lie count too.
    fn overloaded(&self) -> bool {
        let Some(crate::aviat::Burst { requests, seconds }) = self.agent.burst() else { return false };
        let now = self.now();
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        while progress.recent.front().is_some_and(|at| at + seconds <= now) {
            progress.recent.pop_front();
        }
        progress.recent.push_back(now);
        progress.recent.len() > requests
    }

    fn now(&self) -> f64 {
        self.agent.device.clock.seconds()
    }

    /// Journals a request and answers it; absent if it stays without an answer. A SET whose answer is lost was
    /// carried out; one to a mute agent was not.
    fn execute(&self, pdu: &Pdu, read: Read<'_>, writes: bool, faults: &[Fault]) -> Option<Answer> {
        let text = journal_text(pdu)?;
        self.agent.received("snmp", text.as_str());
        let struck = |side: When| {
            faults.iter().any(|fault| match fault {
                Fault::DropWhen { after, when } => {
                    *when == side && after.as_ref().is_none_or(|after| text.contains(after.as_str()))
                }
                _ => false,
            })
        };
        if struck(When::Before)
            || self.silent(faults, &text)
            || (read.settings.no_getbulk && pdu.pdu_type() == PduType::GetBulkRequest)
        {
            return None;
        }
        let answer = match pdu.pdu_type() {
            PduType::SetRequest => Some(self.agent.set(pdu, read.version, writes)),
            _ => read.answer(pdu),
        };
        let lost = faults.iter().any(|fault| match fault {
            Fault::Drop { after: Some(after), .. } => text.contains(after.as_str()),
            Fault::Drop { after: None, bytes: None } => true,
            _ => false,
        });
        answer.filter(|_| !lost && !struck(When::After))
    }

    fn silent(&self, faults: &[Fault], text: &str) -> bool {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let mut any = false;
        for fault in faults {
            if let Fault::Mute { after } = fault {
                any = true;
                progress.muted |= after.as_ref().is_none_or(|after| !after.is_empty() && text.contains(after.as_str()));
            }
        }
        progress.muted &= any;
        progress.muted
    }

    async fn send(self: &Arc<Self>, mut answer: Vec<u8>, peer: SocketAddr) {
        let device = &self.agent.device;
        let faults = device.faults();
        let settings = self.agent.view().settings;
        let mut delay = settings.delay;
        let mut endless = false;
        for fault in &faults {
            match fault {
                Fault::Slow { ms } => delay += Duration::from_millis(*ms),
                Fault::Garbage { bytes, endless: on } => {
                    let length = bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(4096).min(LARGEST);
                    answer = noise(length);
                    endless |= on;
                }
                _ => {}
            }
        }
        if self.lost(&faults, answer.len()) || fastrand::f64() * 100.0 < settings.drop_percent {
            return;
        }
        let first = device.number("drop_first", 0.0);
        if first >= 1.0 {
            let mut left = serde_json::Map::new();
            left.insert("drop_first".to_owned(), serde_json::json!(first - 1.0));
            device.merge(left);
            return;
        }
        if endless {
            self.running.tasks.spawn(Arc::clone(self).noise_without_end(peer));
        }
        if delay.is_zero() {
            self.put(&answer, peer, settings.duplicate).await;
            return;
        }
        let face = Arc::clone(self);
        self.running.tasks.spawn(async move {
            tokio::select! {
                () = face.running.stop.cancelled() => {}
                () = face.agent.device.clock.sleep(delay) => face.put(&answer, peer, settings.duplicate).await,
            }
        });
    }

    fn lost(&self, faults: &[Fault], length: usize) -> bool {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = faults.iter().find_map(|fault| match fault {
            Fault::Drop { bytes, .. } => *bytes,
            _ => None,
        });
        let Some(limit) = limit else {
            progress.sent = 0;
            return false;
        };
        progress.sent = progress.sent.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        progress.sent > limit
    }

    async fn put(&self, answer: &[u8], peer: SocketAddr, twice: bool) {
        for _ in 0..=usize::from(twice) {
            if let Err(error) = self.socket.send_to(answer, peer).await {
                tracing::debug!(device = self.agent.device.name, "answer to {peer} not sent: {error}");
            }
        }
    }

    async fn noise_without_end(self: Arc<Self>, peer: SocketAddr) {
        let on = |fault: &Fault| matches!(fault, Fault::Garbage { endless: true, .. });
        while self.agent.device.faults().iter().any(on) {
            self.put(&noise(1400), peer, false).await;
            tokio::select! {
                () = self.running.stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
        }
    }
}

fn receive(socket: &UdpSocket) -> std::io::Result<(Bytes, SocketAddr)> {
    // On the stack and not in the agent: hundreds of agents share one buffer this way.
    let mut buffer = [0_u8; LARGEST];
    let (length, peer) = socket.try_recv_from(&mut buffer)?;
    Ok((Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()), peer))
}

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::new().fill(&mut bytes);
    bytes
}

fn version(datagram: &Bytes) -> Option<Version> {
    let mut decoder = Decoder::new(datagram.clone());
    Version::from_i32(decoder.read_sequence().ok()?.read_integer().ok()?)
}

/// A request as the journal has it; absent for what is no request.
fn journal_text(pdu: &Pdu) -> Option<String> {
    let oids = || pdu.varbinds().iter().map(|one| one.oid.to_string()).collect::<Vec<_>>().join(", ");
    Some(match (pdu.pdu_type(), pdu.raw_body()) {
        (PduType::GetRequest, _) => format!("get {}", oids()),
        (PduType::GetNextRequest, _) => format!("getnext {}", oids()),
        (_, PduBody::GetBulk { non_repeaters, max_repetitions }) => {
            format!("getbulk n={non_repeaters} r={max_repetitions} {}", oids())
        }
        (PduType::SetRequest, _) => {
            let pairs: Vec<String> =
                pdu.varbinds().iter().map(|one| format!("{} = {}", one.oid, shown(&one.value))).collect();
            format!("set {}", pairs.join(", "))
        }
        _ => return None,
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Counter32(number) | Value::Gauge32(number) | Value::TimeTicks(number) => number.to_string(),
        Value::Counter64(number) => number.to_string(),
        Value::OctetString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(char::is_control) => format!("{text:?}"),
            _ => format!("0x{}", to_hex(bytes)),
        },
        Value::ObjectIdentifier(oid) => oid.to_string(),
        Value::IpAddress(octets) => std::net::Ipv4Addr::from(*octets).to_string(),
        Value::Null => "null".to_owned(),
        other => format!("{other:?}"),
    }
}
