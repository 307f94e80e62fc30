//! What waits for a window, as it is shown.

use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::model::Failure;

/// Work on a device that a window or a black-out holds back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The device.
    pub address: IpAddr,
    /// Its name in the inventory.
    pub device: Option<String>,
    /// What will begin: `activation`, `restart`, `configuration`.
    pub what: &'static str,
    /// What holds it back, for people.
    pub by: String,
    /// When it will begin; none: no opening is known.
    pub starts_at: Option<Timestamp>,
    /// Label of the key that asked for it.
    pub asked_by: String,
    /// The job that asked for it.
    pub job: Option<String>,
}

/// Whoever knows what waits.
#[async_trait]
pub trait Waits: Send + Sync {
    /// All of it, the soonest first.
    ///
    /// # Errors
    /// `Internal` where the store cannot be read.
    async fn waiting(&self) -> Result<Vec<Waiting>, Failure>;
}
