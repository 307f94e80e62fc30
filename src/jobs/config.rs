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

/// A renewal is a write to a database that others write to as well: below this, one that is slow loses the lease.
const LEASE_LEAST: Duration = Duration::from_secs(1);

impl Config {
    /// One sentence for each value that makes no sense.
    pub fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.lease < LEASE_LEAST {
            wrong.push("must be at least 1s: the worker renews it at a third of it".to_owned());
        }
        if self.readers_per_device == 0 {
            wrong.push("must be at least 1: no device could be read otherwise".to_owned());
        }
        if self.flush.is_zero() || self.retry_store.is_zero() {
            wrong.push("must be longer than nothing".to_owned());
        }
        wrong
    }

    /// How often a step that runs is looked after: when its events are to be written, and at a third of its lease, however
    /// seldom events are.
    pub(super) fn beat(&self) -> Duration {
        self.flush.min(self.lease / 3)
    }

    /// Whether a lease is to be renewed that has so much left: a third of it is over.
    pub(super) fn renews(&self, left: Duration) -> bool {
        left <= self.lease.saturating_sub(self.lease / 3)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_looked_after_three_times_a_lease() {
        let config = |lease, flush| Config {
            lease: Duration::from_millis(lease),
            flush: Duration::from_millis(flush),
            ..Config::default()
        };
        for (lease, flush, beat) in
            [(60_000, 500, 500), (1_500, 500, 500), (1_200, 500, 400), (30_000, 600_000, 10_000)]
        {
            let config = config(lease, flush);
            assert_eq!(config.beat(), Duration::from_millis(beat), "{lease} ms, {flush} ms");
            // One look may come a moment too early: the next one is still in time.
            assert!(config.renews(config.lease - config.lease / 3));
            assert!(!config.renews(config.lease - config.lease / 3 + Duration::from_nanos(1)));
            assert!(config.beat() * 3 <= config.lease);
        }
    }

    #[test]
    fn what_would_stand_still_or_spin_is_a_mistake() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
        let config: Config =
            toml::from_str("lease = '999ms'\nreaders_per_device = 0\nflush = '0s'\nretry_store = '0s'").unwrap();
        assert_eq!(config.mistakes().len(), 3, "{:?}", config.mistakes());
    }
}
