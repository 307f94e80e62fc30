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
    /// Time of one request to its answer, where one was measured.
    pub round_trip: Option<Duration>,
}

/// Reads a device's health: with the credentials, the address check and the memory of refused logins that every other
/// action has. Ends soon after `cancel`, its sessions closed.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Reads it.
    ///
    /// # Errors
    /// The device did not answer, or refused. [`Validation`](crate::model::FailureClass::Validation) and the other classes
    /// that say so: no device was touched.
    async fn read(&self, device: &Device, cancel: CancellationToken) -> Result<Answer, Failure>;
}
