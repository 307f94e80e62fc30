//! Settings of the runner, table `[jobs]`.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::human;

/// Table `[jobs]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Jobs in flight at once. A waiting session costs about 100 kB, so the limit is the equipment's patience, not
    /// ours: 64 keeps a site with a slow uplink usable.
    pub workers: NonZeroUsize,
    /// Readers that may share a device; small equipment has five sessions or fewer, and people need some.
    pub readers_per_device: u32,
    /// How long a step may stay silent before another worker may take it; renewed at a third of it.
    #[serde(with = "human")]
    pub lease: Duration,
    /// A job that was taken so often and never ended its step takes the service down with it: it ends `error`.
    pub max_attempts: u32,
    /// How often progress events are written while a step runs. Half a second looks live to a person; what ends sooner
    /// writes its events with its end, in one transaction.
    #[serde(with = "human")]
    pub flush: Duration,
    /// Pause before asking a failing database again.
    #[serde(with = "human")]
    pub retry_store: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: NonZeroUsize::new(64).unwrap_or(NonZeroUsize::MIN),
            readers_per_device: 2,
            lease: Duration::from_secs(60),
            max_attempts: 5,
            flush: Duration::from_millis(500),
            retry_store: Duration::from_secs(2),
        }
    }
}
