//! `towerhand_traps_total{kind,outcome}`.

use prometheus::{IntCounterVec, Opts, Registry};

use super::Kind;

/// What became of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Kept, and its device is polled.
    Kept,
    /// An inform that had come before; answered again.
    Repeated,
    /// More than its device may send in a minute.
    Limited,
    /// The device gave no credentials that are good, or the message is older than another.
    Refused,
    /// From no device of the inventory.
    UnknownSender,
    /// No notification.
    Unreadable,
    /// A sender of SNMPv3 asked for our name or our time.
    Introduced,
    /// It could not be written.
    Lost,
}

impl Outcome {
    const ALL: [Outcome; 8] = [
        Outcome::Kept,
        Outcome::Repeated,
        Outcome::Limited,
        Outcome::Refused,
        Outcome::UnknownSender,
        Outcome::Unreadable,
        Outcome::Introduced,
        Outcome::Lost,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Outcome::Kept => "kept",
            Outcome::Repeated => "repeated",
            Outcome::Limited => "limited",
            Outcome::Refused => "refused",
            Outcome::UnknownSender => "unknown_sender",
            Outcome::Unreadable => "unreadable",
            Outcome::Introduced => "introduced",
            Outcome::Lost => "lost",
        }
    }
}

/// What a datagram counts under of which no kind is known.
const NONE: &str = "none";

/// The counter of notifications. Clones share it.
#[derive(Debug, Clone)]
pub struct TrapCounters(IntCounterVec);

impl TrapCounters {
    /// Registers it; fails where it is registered already. What is kept begins at 0 for each kind, and what has no kind
    /// for each outcome.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let traps = IntCounterVec::new(
            Opts::new(
                "towerhand_traps_total",
                "SNMP notifications received, by what they are about and what became of them.",
            ),
            &["kind", "outcome"],
        )?;
        registry.register(Box::new(traps.clone()))?;
        for kind in Kind::ALL {
            traps.with_label_values(&[kind.as_str(), Outcome::Kept.as_str()]);
        }
        for outcome in Outcome::ALL {
            traps.with_label_values(&[NONE, outcome.as_str()]);
        }
        Ok(Self(traps))
    }

    pub(super) fn count(&self, kind: Option<Kind>, outcome: Outcome) {
        self.0.with_label_values(&[kind.map_or(NONE, Kind::as_str), outcome.as_str()]).inc();
    }
}
