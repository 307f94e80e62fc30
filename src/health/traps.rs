//! Notifications of devices: received, matched to a device of the inventory, counted, kept, and answered by reading
//! the device at once.
//!
//! A notification is a hint: nothing that it says is believed, so that a forged one costs a poll and a line. What is
//! from nobody that the inventory knows is counted and told once a minute, and never answered. A flood is bounded for
//! each device twice: by what is looked at, and by what is kept ([`Config::per_minute`]).

mod counters;
mod desk;
mod keep;
mod kind;
mod limits;
mod logins;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use counters::TrapCounters;
pub use keep::AUDITED;
pub use kind::Kind;

use self::desk::Desk;
use self::keep::{Keeper, Kept};
use self::limits::Quiet;
use self::logins::Logins;
use crate::clock::Clock;
use crate::inventory::InventoryHandle;
use crate::model::Secret;
use crate::store::Store;
use crate::transport::snmp::TrapEngine;
use crate::vault::Vault;

/// The largest UDP payload.
const LARGEST: usize = 65_535;

/// Notifications that wait to be written: a site's worth of them, some seconds of a slow disk.
const QUEUE: usize = 4096;

/// Pause after a socket's error, which would otherwise spin.
const PAUSE: Duration = Duration::from_secs(1);

/// From here boots are counted, 2020-01-01: their 31 bits last until 2088.
const EPOCH: i64 = 1_577_836_800;

/// Table `[health.traps]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where notifications are received; none: they are not.
    #[serde(with = "address")]
    pub listen: Option<SocketAddr>,
    /// Notifications of one device that are kept in a minute.
    pub per_minute: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: None, per_minute: 10 }
    }
}

impl Config {
    /// One sentence for each value that makes no sense.
    pub fn mistakes(&self) -> Vec<String> {
        if (1..=6000).contains(&self.per_minute) { Vec::new() } else { vec!["must be 1 to 6000".to_owned()] }
    }
}

/// Has a device polled at once: what a notification is answered with. Never waits, and many calls for a device that
/// is not polled yet are one.
pub trait Nudge: Send + Sync {
    /// `device` is a name of the inventory.
    fn nudge(&self, device: &str);
}

/// Nobody polls.
impl Nudge for () {
    fn nudge(&self, _: &str) {}
}

/// What the receiver works with.
pub struct Parts {
    /// Where notifications are kept: rows of the audit log.
    pub store: Arc<dyn Store>,
    /// Whose they are.
    pub inventory: InventoryHandle,
    /// Opens the passphrases of SNMPv3.
    pub vault: Vault,
    /// `env:` references, by name.
    pub environment: Arc<BTreeMap<String, Secret>>,
    /// Time.
    pub clock: Clock,
    /// Counted here.
    pub counters: TrapCounters,
    /// Told of each that is kept.
    pub nudge: Arc<dyn Nudge>,
}

/// The receiver, bound and not running yet.
pub struct Traps {
    socket: Arc<UdpSocket>,
    parts: Parts,
    per_minute: u32,
}

impl Traps {
    /// Binds the port.
    ///
    /// # Errors
    /// What the system says: the port is taken, or below 1024 without the right to it.
    pub async fn bind(listen: SocketAddr, config: &Config, parts: Parts) -> std::io::Result<Self> {
        let socket = Arc::new(UdpSocket::bind(listen).await?);
        Ok(Self { socket, parts, per_minute: config.per_minute })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Receives until `stop`, and ends when what was received is written.
    pub async fn run(self, stop: CancellationToken) {
        let Self { socket, parts, per_minute } = self;
        let Parts { store, inventory, vault, environment, clock, counters, nudge } = parts;
        let (queue, waiting) = mpsc::channel::<Kept>(QUEUE);
        let keeper = Keeper::new(Arc::clone(&store), Arc::clone(&socket), counters.clone());
        // The same name in each run, so that senders may have it in their settings.
        let seed = vault.keyed_hash("snmp engine", b"traps");
        let engine = TrapEngine::new(&seed, clock.now().duration_since(at(EPOCH)).as_secs());
        let logins = Logins { store, vault, inventory: inventory.clone(), environment };
        let failed = keeper.failed();
        let mut desk = Desk {
            socket,
            inventory,
            clock,
            counters,
            nudge,
            engine,
            logins,
            queue,
            failed,
            per_minute,
            senders: HashMap::new(),
            strangers: Quiet::default(),
            garbage: Quiet::default(),
        };
        let receive = async move {
            let mut buffer = vec![0; LARGEST];
            loop {
                let got = tokio::select! {
                    biased;
                    () = stop.cancelled() => break,
                    got = desk.socket.recv_from(&mut buffer) => got,
                };
                match got {
                    Ok((length, from)) => desk.take(buffer.get(..length).unwrap_or_default(), from).await,
                    Err(error) => {
                        tracing::warn!(%error, "the port of traps gives an error");
                        desk.clock.sleep(PAUSE).await;
                    }
                }
            }
        };
        tokio::join!(receive, keeper.run(waiting));
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An address that may be missing, `""` in the file where it is.
mod address {
    use std::net::SocketAddr;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(address) => serializer.collect_str(address),
            None => serializer.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| serde::de::Error::custom("must be an address and a port, or empty"))
    }
}
