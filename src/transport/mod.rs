//! How bytes reach a device. Knows no vendor; imports only `model`, `clock`, `report`.
//!
//! Every operation takes a [`Cx`]: who may stop it, until when, and who looks on. A deadline is an error, partial
//! output is never an answer, and a [`Failure`]'s class tells the caller what may follow.

pub mod http;
pub mod icmp;
mod session;
pub mod snmp;
pub mod ssh;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub use session::{Peer, SessionEnd};

use crate::clock::Clock;
use crate::model::{Failure, FailureClass, Ports, Secret, SnmpAuth, SnmpPriv, SshProfile};

/// Where a device is and how to log in: the inventory's `Device` with its secrets opened, at the last moment.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name in messages: the inventory's name, or the address.
    pub name: String,
    /// Address.
    pub address: IpAddr,
    /// Ports that are not the usual ones.
    pub ports: Ports,
    /// User of SSH and HTTP.
    pub username: Option<String>,
    /// Password of SSH and HTTP.
    pub password: Option<Secret>,
    /// OpenSSH private key, PEM text.
    pub private_key: Option<Secret>,
    /// Its passphrase.
    pub private_key_passphrase: Option<Secret>,
    /// SNMP.
    pub snmp: Option<SnmpLogin>,
    /// SSH algorithms.
    pub ssh_profile: SshProfile,
    /// Declared `SHA256:...` fingerprint of the SSH host key.
    pub host_key: Option<String>,
    /// Declared `SHA256:...` fingerprint of the TLS certificate.
    pub tls_pin: Option<String>,
    /// The device through which SSH goes.
    pub hop: Option<Box<Target>>,
}

impl Target {
    /// `name (address)`, or the address alone where it is the name: what stands in front of every sentence.
    pub fn label(&self) -> String {
        let address = self.address.to_string();
        if self.name == address { address } else { format!("{} ({address})", self.name) }
    }
}

/// SNMP credentials with their secrets opened.
#[derive(Debug, Clone)]
pub enum SnmpLogin {
    /// Version 1.
    V1 {
        /// Community.
        community: Secret,
    },
    /// Version 2c.
    V2c {
        /// Community.
        community: Secret,
    },
    /// Version 3, authPriv.
    V3 {
        /// Security name.
        user: String,
        /// Authentication protocol.
        auth: SnmpAuth,
        /// Authentication passphrase.
        auth_password: Secret,
        /// Privacy protocol.
        privacy: SnmpPriv,
        /// Privacy passphrase.
        priv_password: Secret,
    },
}

/// Decides about the identity that a server shows, before any credential is sent.
#[async_trait]
pub trait Pins: Send + Sync {
    /// `endpoint` is `ssh://address:port` or `https://address:port`; `fingerprint` is `SHA256:` and unpadded base64.
    /// `declared` is the inventory's fingerprint, which wins over anything stored. `Ok`: go on (it is pinned, or was
    /// pinned just now). `Err`: a [`FailureClass::HostKeyChanged`] that says what was expected and what was shown.
    async fn check(
        &self,
        endpoint: &str,
        algorithm: &str,
        fingerprint: &str,
        declared: Option<&str>,
    ) -> Result<(), Failure>;
}

/// Looks on: what was sent to a device, for the job's log. Never gets a secret.
pub trait Witness: Send + Sync {
    /// A command or request is about to be sent: `ssh`, `snmp`, `http`, `icmp` and its text, secrets masked.
    fn sending(&self, channel: &'static str, what: &str);
    /// A fact about the connection: negotiated algorithms, profile, pinned key.
    fn noted(&self, channel: &'static str, what: &str);
    /// Who has this address (the device, or its jump host) accepted a TCP connection so long after the first packet to it: one
    /// round trip. Not told of a connection through a jump host, which is not ours.
    fn connected(&self, _: &'static str, _: IpAddr, _: Duration) {}
    /// A session is over: an SSH connection, one client's SNMP or HTTP, one ping. Told once, whatever came of it.
    fn session_ended(&self, _: &SessionEnd) {}
    /// An attempt is made again after a failure of this class.
    fn retrying(&self, _: &'static str, _: FailureClass) {}
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWitness;

impl Witness for NoWitness {
    fn sending(&self, _: &'static str, _: &str) {}
    fn noted(&self, _: &'static str, _: &str) {}
}

/// The frame of every operation on a device.
#[derive(Clone)]
pub struct Cx {
    /// Cancelled when someone asks to stop: nothing more is sent to the device after that.
    pub cancel: CancellationToken,
    /// Time.
    pub clock: Clock,
    /// Identities of servers.
    pub pins: Arc<dyn Pins>,
    /// Who looks on.
    pub witness: Arc<dyn Witness>,
}

impl Cx {
    /// Runs one exchange with a device: stops at once on cancel, and after `limit` with
    /// [`FailureClass::Timeout`] and `what` in the sentence.
    pub async fn bounded<T>(
        &self,
        limit: Duration,
        what: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::new(FailureClass::Cancelled, format!("stopped before {what} ended, as asked"))),
            done = self.clock.timeout(limit, work) => match done {
                Ok(result) => result,
                Err(_) => Err(Failure::new(FailureClass::Timeout, format!("no answer to {what} within {}", human(limit)))),
            },
        }
    }

    /// To be called before anything is sent: an error once someone asked to stop.
    pub fn go_on(&self, what: &str) -> Result<(), Failure> {
        if self.cancel.is_cancelled() {
            return Err(Failure::new(FailureClass::Cancelled, format!("stopped before {what}, as asked")));
        }
        Ok(())
    }
}

/// A duration for people: `300 ms`, `20 s`, `5 min`.
pub fn human(duration: Duration) -> String {
    match duration.as_millis() {
        ms if ms < 1000 => format!("{ms} ms"),
        ms if ms < 120_000 => format!("{} s", ms / 1000),
        ms => format!("{} min", ms / 60_000),
    }
}
