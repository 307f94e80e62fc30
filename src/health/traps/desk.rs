//! What is done with a datagram: whose it is, whether it is believed, what becomes of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::counters::{Outcome, TrapCounters};
use super::keep::{Failed, Kept, line, send};
use super::limits::{Bucket, Informs, Newest, Quiet};
use super::logins::{self, Logins};
use super::{Kind, Nudge};
use crate::clock::Clock;
use crate::inventory::InventoryHandle;
use crate::model::Device;
use crate::transport::SnmpLogin;
use crate::transport::snmp::{Incoming, Opened, Received, Sealed, TrapEngine, TrapKeys, Unreadable, read_trap};

/// Datagrams of a device that are looked at for each that may be kept: an inform of SNMPv3 takes three, and a forged
/// one megabytes of hashing.
const LOOKS: u32 = 4;

/// The receiver's own state.
pub(super) struct Desk {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) inventory: InventoryHandle,
    pub(super) clock: Clock,
    pub(super) counters: TrapCounters,
    pub(super) nudge: Arc<dyn Nudge>,
    pub(super) engine: TrapEngine,
    pub(super) logins: Logins,
    pub(super) queue: mpsc::Sender<Kept>,
    pub(super) failed: Failed,
    pub(super) per_minute: u32,
    /// By name. Only devices of the inventory get in.
    pub(super) senders: HashMap<String, Sender>,
    pub(super) strangers: Quiet,
    pub(super) garbage: Quiet,
}

/// What is known of a device as a sender.
pub(super) struct Sender {
    looked_at: Bucket,
    kept: Bucket,
    limited: Quiet,
    refused: Quiet,
    informs: Informs,
    newest: Newest,
    /// Keys of its own engine, and at ours.
    theirs: Option<Known>,
    ours: Option<Known>,
}

/// Keys, and what they were made of.
struct Known {
    engine: Vec<u8>,
    login: SnmpLogin,
    keys: TrapKeys,
}

/// A message of SNMPv3 that has been looked at.
enum Verdict {
    Received(Received),
    /// The sender is told this, and sends again.
    Told(Vec<u8>),
    Refused(String),
    Unreadable(Unreadable),
}

impl Desk {
    /// One datagram.
    pub(super) async fn take(&mut self, bytes: &[u8], from: SocketAddr) {
        let now = self.clock.now();
        let incoming = match read_trap(bytes) {
            Ok(incoming) => incoming,
            Err(why) => return self.unreadable(from, now, &why),
        };
        let (agent, kind) = match &incoming {
            Incoming::Open(received) => (received.notification.agent, Some(Kind::of(&received.notification.name))),
            Incoming::Sealed(_) => (None, None),
        };
        let inventory = self.inventory.current();
        // A proxy or an agent behind one says whose the notification is; else it is the sender's.
        let device = agent.and_then(|agent| inventory.by_address(agent)).or_else(|| inventory.by_address(from.ip()));
        let Some(device) = device else {
            self.counters.count(kind, Outcome::UnknownSender);
            if let Some(count) = self.strangers.say(now) {
                tracing::warn!(
                    count,
                    "{count} SNMP notifications were from nobody of the inventory, the last from {}; add the device, or stop it",
                    from.ip()
                );
            }
            return;
        };
        // Devices that left the inventory are forgotten, not each time.
        if self.senders.len() > inventory.devices().len().saturating_mul(2) {
            self.senders.retain(|name, _| inventory.by_name(name).is_some());
        }
        let looks = self.per_minute.saturating_mul(LOOKS);
        let sender = self.senders.entry(device.name.clone()).or_insert_with(|| Sender::new(self.per_minute, now));
        if !sender.looked_at.take(looks, now) {
            return self.limited(&device, kind, now);
        }
        let received = match incoming {
            Incoming::Open(received) => received,
            Incoming::Sealed(sealed) => match self.unseal(&device, &sealed).await {
                Verdict::Received(received) => received,
                Verdict::Told(report) => {
                    self.counters.count(None, Outcome::Introduced);
                    return send(&self.socket, &report, from).await;
                }
                Verdict::Refused(why) => return self.refused(&device, from, now, &why),
                Verdict::Unreadable(why) => return self.unreadable(from, now, &why),
            },
        };
        self.accept(&device, received, from, now).await;
    }

    /// A notification that is believed.
    async fn accept(&mut self, device: &Device, received: Received, from: SocketAddr, now: Timestamp) {
        let Received { notification, answer } = received;
        let kind = Kind::of(&notification.name);
        let Some(sender) = self.senders.get_mut(&device.name) else { return };
        if notification.inform {
            let lost = (device.name.clone(), notification.id);
            if self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(&lost) {
                sender.informs.forget(notification.id);
            }
            if sender.informs.repeated(notification.id, now) {
                self.counters.count(Some(kind), Outcome::Repeated);
                if let Some(answer) = answer {
                    send(&self.socket, &answer, from).await;
                }
                return;
            }
        }
        if !sender.kept.take(self.per_minute, now) {
            // Not answered: its sender repeats it, perhaps when there is room again.
            sender.informs.forget(notification.id);
            return self.limited(device, Some(kind), now);
        }
        let detail = line(kind, &notification);
        tracing::info!(
            device = device.name,
            site = device.site.as_deref().unwrap_or("-"),
            trap.kind = kind.as_str(),
            trap.name = %notification.name,
            trap.version = notification.version.as_str(),
            trap.inform = notification.inform,
            trap.uptime_s = notification.uptime.map(|uptime| uptime.as_secs()),
            from = %from.ip(),
            "{}: {detail}",
            device.name
        );
        let name = device.name.clone();
        let kept = Kept { at: now, device: name, kind, id: notification.id, from, detail, answer };
        if self.queue.try_send(kept).is_err() {
            self.counters.count(Some(kind), Outcome::Lost);
            if let Some(sender) = self.senders.get_mut(&device.name) {
                sender.informs.forget(notification.id);
            }
            tracing::error!(device = device.name, "a notification was not written: the database is too slow");
        }
        self.nudge.nudge(&device.name);
    }

    async fn unseal(&mut self, device: &Device, sealed: &Sealed) -> Verdict {
        let ours = self.engine.is_for_us(sealed);
        let introduction = self.engine.introduction(sealed);
        // Without an engine it is the question for ours.
        if sealed.engine_id().is_empty() {
            return introduction.map_or_else(|| Verdict::Refused("it names no engine".to_owned()), Verdict::Told);
        }
        let login = match self.logins.of(device, sealed.user()).await {
            Ok(login) => login,
            Err(why) => return Verdict::Refused(why),
        };
        let Some(sender) = self.senders.get_mut(&device.name) else {
            return Verdict::Refused("its device is gone".to_owned());
        };
        let slot = if ours { &mut sender.ours } else { &mut sender.theirs };
        let known =
            slot.as_ref().filter(|known| known.engine == sealed.engine_id() && logins::same(&known.login, &login));
        let opened = match known {
            Some(known) => self.engine.open(sealed, &known.keys),
            None => {
                let keys = match TrapKeys::new(&login, sealed.engine_id(), ours) {
                    Ok(keys) => keys,
                    Err(failure) => return Verdict::Refused(failure.sentence),
                };
                let fresh = self.engine.open(sealed, &keys);
                // Only what has opened something is worth keeping: a forged message takes no place.
                if matches!(fresh, Ok(Opened::Received(_) | Opened::Told(_))) {
                    *slot = Some(Known { engine: sealed.engine_id().to_vec(), login, keys });
                }
                fresh
            }
        };
        match (opened, introduction) {
            (Ok(Opened::Received(received)), _) => {
                if !ours && !sender.newest.fresh(sealed.engine_id(), sealed.boots(), sealed.time()) {
                    return Verdict::Refused(
                        "it is older than another of the same device: sent again by someone".to_owned(),
                    );
                }
                Verdict::Received(received)
            }
            (Ok(Opened::Told(report)), _) => Verdict::Told(report),
            // An inform for the engine that we were, or for another: its sender asks anew.
            (_, Some(introduction)) => Verdict::Told(introduction),
            (Ok(Opened::Refused(why)), None) => Verdict::Refused(why.to_owned()),
            (Err(why), None) => Verdict::Unreadable(why),
        }
    }

    fn unreadable(&mut self, from: SocketAddr, now: Timestamp, why: &Unreadable) {
        self.counters.count(None, Outcome::Unreadable);
        if let Some(count) = self.garbage.say(now) {
            tracing::warn!(
                count,
                "{count} datagrams to the port of traps were none, the last from {}: {why}",
                from.ip()
            );
        }
    }

    fn limited(&mut self, device: &Device, kind: Option<Kind>, now: Timestamp) {
        self.counters.count(kind, Outcome::Limited);
        let Some(sender) = self.senders.get_mut(&device.name) else { return };
        if let Some(count) = sender.limited.say(now) {
            tracing::warn!(
                device = device.name,
                count,
                "{count} notifications of {} were more than it may send (health.traps.per_minute is {})",
                device.name,
                self.per_minute
            );
        }
    }

    fn refused(&mut self, device: &Device, from: SocketAddr, now: Timestamp, why: &str) {
        self.counters.count(None, Outcome::Refused);
        let Some(sender) = self.senders.get_mut(&device.name) else { return };
        if let Some(count) = sender.refused.say(now) {
            tracing::warn!(
                device = device.name,
                count,
                "{count} notifications of {} ({}) were refused, the last because {why}",
                device.name,
                from.ip()
            );
        }
    }
}

impl Sender {
    fn new(per_minute: u32, now: Timestamp) -> Self {
        Self {
            looked_at: Bucket::full(per_minute.saturating_mul(LOOKS), now),
            kept: Bucket::full(per_minute, now),
            limited: Quiet::default(),
            refused: Quiet::default(),
            informs: Informs::default(),
            newest: Newest::default(),
            theirs: None,
            ours: None,
        }
    }
}
