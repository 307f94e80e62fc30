//! Polls devices and shows what they measure, for Prometheus.
//!
//! - `plan` decides who is polled when: pure, so that a day of two thousand devices is tested in a blink;
//! - `poller` carries it out: the one place where polls begin, so that none goes on twice on a device;
//! - [`Board`] holds the last reading of each device, in memory only, and takes wishes ([`Board::nudge`]);
//! - `render` writes the board at a scrape.
//!
//! Credentials are not opened here: `actions` implements [`Reader`] over what its own actions use, so that there is one
//! way to a device.

mod backoff;
mod board;
mod changes;
mod config;
mod needs;
mod plan;
mod poller;
mod reboot;
mod render;
pub mod traps;

use async_trait::async_trait;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub use board::Board;
pub use changes::Changes;
pub use config::{Config, Intervals};
pub use poller::{Parts, Poller};
pub use render::FAMILIES;

use crate::model::{Device, Failure, Health};

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The reading.
    pub health: Health,
    /// Time of one request to its answer, or of a connection's first packet to its acceptance, where one was measured.
    pub round_trip: Option<Duration>,
    /// Over what it was read.
    pub via: Via,
}

/// Over what a device was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// Not known.
    #[default]
    Unknown,
    /// SNMP alone.
    Snmp,
    /// An SSH session alone.
    Ssh,
    /// HTTP, or HTTPS, alone.
    Http,
    /// SNMP, and an SSH session.
    SnmpAndSsh,
    /// SNMP, and HTTP.
    SnmpAndHttp,
}

impl Via {
    /// With one more channel: `snmp`, `ssh` or `http`.
    #[must_use]
    pub fn and(self, channel: &str) -> Self {
        match (self, channel) {
            (Via::Unknown, "snmp") => Via::Snmp,
            (Via::Unknown, "ssh") => Via::Ssh,
            (Via::Unknown, "http") => Via::Http,
            (Via::Snmp, "ssh") | (Via::Ssh, "snmp") => Via::SnmpAndSsh,
            (Via::Snmp, "http") | (Via::Http, "snmp") => Via::SnmpAndHttp,
            (via, _) => via,
        }
    }

    /// As a label's value; none where it is not known.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Via::Unknown => None,
            Via::Snmp => Some("snmp"),
            Via::Ssh => Some("ssh"),
            Via::Http => Some("http"),
            Via::SnmpAndSsh => Some("snmp+ssh"),
            Via::SnmpAndHttp => Some("snmp+http"),
        }
    }
}

/// Reads a device's health: with the credentials, the address check and the memory of refused logins that every other
/// action has. Ends soon after `cancel`, its sessions closed.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Reads it. None: a job writes to the device at this moment, and no session was opened beside it; nothing was asked.
    ///
    /// # Errors
    /// The device did not answer, or refused. [`Validation`](crate::model::FailureClass::Validation) and the other classes
    /// that say so: no device was touched.
    async fn read(&self, device: &Device, cancel: CancellationToken) -> Result<Option<Answer>, Failure>;
}
