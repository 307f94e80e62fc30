//! The client and its settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;

use super::usm::Usm;
use super::walk::Bulk;
use super::wire::{Community, Login};
use crate::clock::Chance;
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::session::{Peer, Session};
use crate::transport::{Cx, SnmpLogin, Target};

/// SNMP's own port (RFC 3417).
const PORT: u16 = 161;

/// The largest UDP payload over IPv4.
const LARGEST_DATAGRAM: usize = 65_507;

/// How SNMP is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Milliseconds to wait for the answer to one datagram. 2000: a loaded radio at the end of three hops answers in
    /// less than one second, and small agents take another while they read their sensors.
    pub timeout_ms: u64,
    /// How often a reading request is sent again: 2, so that a dead agent costs three times the timeout. A set is
    /// never sent again.
    pub retries: u32,
    /// Rows that one GETBULK asks for. 25 rows of 40 to 50 bytes fit one Ethernet frame; more come in fragments, of
    /// which a bad link loses one.
    pub max_repetitions: u32,
    /// Never send GETBULK: for agents that answer it wrongly or not at all.
    pub no_bulk: bool,
    /// A walk with more rows is an error. 100,000: four times the largest forwarding table seen.
    pub max_rows: usize,
    /// A walk with more bytes of values and names is an error. 16 MiB: what one device may cost in memory.
    pub max_bytes: usize,
    /// Seconds that one walk may take in all. 120: ten times a walk of 1,000 rows at one row a datagram over 10 ms.
    pub walk_timeout_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout_ms: 2000,
            retries: 2,
            max_repetitions: 25,
            no_bulk: false,
            max_rows: 100_000,
            max_bytes: 16 * 1024 * 1024,
            walk_timeout_s: 120,
        }
    }
}

impl Config {
    /// For one datagram.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

/// Speaks SNMP to one device. Keeps its socket and, with SNMPv3, what it learned of the engine.
pub struct Client {
    pub(super) label: String,
    peer: Peer,
    /// Begun by the first operation.
    pub(super) session: Option<Arc<Session>>,
    pub(super) address: SocketAddr,
    pub(super) login: Login,
    pub(super) config: Config,
    pub(super) ids: Ids,
    /// Taken while a request is under way and put back only when it was answered.
    pub(super) socket: Option<UdpSocket>,
    pub(super) buffer: Vec<u8>,
    pub(super) bulk: Bulk,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("device", &self.label).field("address", &self.address).finish_non_exhaustive()
    }
}

impl Client {
    /// Sends nothing. [`FailureClass::Validation`] where the device has no SNMP credentials, or ones that cannot be.
    pub fn new(target: &Target, config: &Config) -> Result<Self, Failure> {
        let label = target.label();
        let wrong = |what: &str| Failure::validation(what).at(&label);
        if config.timeout_ms == 0 {
            return Err(wrong("snmp timeout_ms is 0: give at least 1"));
        }
        let login = match &target.snmp {
            None => {
                return Err(wrong(
                    "no SNMP credentials: set credentials.snmp of the device in the inventory, or send 'snmp_community'",
                ));
            }
            Some(SnmpLogin::V1 { community }) => Login::Community(Community::v1(community.clone())),
            Some(SnmpLogin::V2c { community }) => Login::Community(Community::v2c(community.clone())),
            Some(SnmpLogin::V3 { user, auth, auth_password, privacy, priv_password }) => {
                let short = |secret: &Secret| secret.is_empty();
                if user.is_empty() || user.len() > 32 {
                    return Err(wrong("the SNMPv3 user must have 1 to 32 bytes (RFC 3414)"));
                }
                if short(auth_password) || short(priv_password) {
                    return Err(wrong("an SNMPv3 passphrase is empty: RFC 3414 wants at least 8 characters"));
                }
                Login::Usm(Box::new(Usm::new(user, *auth, auth_password, *privacy, priv_password)))
            }
        };
        let bulk = Bulk::new(config, login.has_bulk());
        let port = target.ports.snmp.unwrap_or(PORT);
        Ok(Self {
            label,
            peer: Peer::new("snmp", target, port),
            session: None,
            address: SocketAddr::new(target.address, port),
            login,
            config: config.clone(),
            ids: Ids::new(Chance::system()),
            socket: None,
            buffer: Vec::with_capacity(LARGEST_DATAGRAM),
            bulk,
        })
    }

    /// The session of this client, begun where it has not.
    pub(super) fn session(&mut self, cx: &Cx) -> Arc<Session> {
        let Self { session, peer, .. } = self;
        Arc::clone(session.get_or_insert_with(|| Session::begin(cx, peer.clone())))
    }
}

/// Random numbers for request ids, drawn sixteen at a time: a draw is a call of the system.
pub(super) struct Ids {
    chance: Chance,
    drawn: [i32; 16],
    left: usize,
}

impl Ids {
    fn new(chance: Chance) -> Self {
        Self { chance, drawn: [0; 16], left: 0 }
    }

    /// A request id: random, so that nobody guesses it, positive, because some agents lose the sign, and always four
    /// bytes long.
    pub(super) fn fresh(&mut self) -> Result<i32, Failure> {
        if self.left == 0 {
            let bytes = self.chance.bytes::<64>();
            let bytes = bytes.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            let (words, _) = bytes.as_chunks::<4>();
            for (id, word) in self.drawn.iter_mut().zip(words) {
                *id = i32::from_be_bytes(*word) & 0x7fff_ffff | 0x0100_0000;
            }
            self.left = self.drawn.len();
        }
        self.left -= 1;
        let none = || Failure::new(FailureClass::Internal, "no request id is left");
        self.drawn.get(self.left).copied().ok_or_else(none)
    }
}
