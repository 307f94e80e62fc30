//! Radios under maintenance: one row each, changed by compare-and-set in transactions that also hold the hidden jobs
//! that drive them, what is said about it, and the lines of the audit log.

use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::{AuditEntry, Lease, NewJob, Result};
use crate::model::{JobId, NewRadioEvent, RadioEvent, RadioRow, RadioStatus};

/// One row of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum RadioWrite {
    /// Stores the row. `expect` is the version that it was decided on, none where there must be no row yet. The row's
    /// own `version`, `seen` and `updated_at` are ignored: the store counts up, keeps and stamps.
    Put {
        /// Version decided on.
        expect: Option<i64>,
        /// What it shall be.
        row: Box<RadioRow>,
    },
    /// Deletes the row of this version.
    Delete {
        /// Which.
        address: IpAddr,
        /// Version decided on.
        expect: i64,
    },
}

/// A change of any number of rows: all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct RadioChange {
    /// The lease of the job that makes it; must be held and unexpired.
    pub lease: Option<Lease>,
    /// Rows.
    pub writes: Vec<RadioWrite>,
    /// Jobs that begin with it, usually hidden ones.
    pub jobs: Vec<NewJob>,
    /// What is said about it. Those with a `task` become events of that job too while it runs.
    pub events: Vec<NewRadioEvent>,
    /// Written to the audit log with it.
    pub audit: Vec<AuditEntry>,
    /// Jobs to wake, see [`super::JobStore::poke`].
    pub pokes: Vec<JobId>,
    /// At most so many rows may hold a slot when it is done, and no two of one hop. None: not looked at, for changes
    /// that take no slot.
    pub slots: Option<u32>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Stored.
    Done,
    /// These rows have another version by now, or are there, or are gone; nothing was stored. To be decided anew.
    Stale(Vec<IpAddr>),
    /// Every slot is taken; nothing was stored.
    Full,
    /// The other end of the hop, this radio, holds a slot; nothing was stored.
    Partner(IpAddr),
}

/// Radios, and what is said about them.
#[async_trait]
pub trait RadioStore: Send + Sync {
    /// All rows, by address.
    async fn radios(&self) -> Result<Vec<RadioRow>>;
    /// One.
    async fn radio(&self, address: IpAddr) -> Result<Option<RadioRow>>;
    /// How many radios have this status.
    async fn radios_in(&self, status: RadioStatus) -> Result<u64>;
    /// Rows with one of these statuses whose driver is none, unknown or over, by address.
    async fn undriven(&self, statuses: &[RadioStatus]) -> Result<Vec<RadioRow>>;
    /// Makes a change. In the same transaction, a client's job of which no row names it as `task` any more, and one
    /// did before, is poked.
    ///
    /// # Errors
    /// [`super::StoreError::LostLease`]: the lease is not held any more.
    async fn change_radios(&self, now: Timestamp, change: RadioChange) -> Result<Changed>;
    /// Keeps what a probe saw; changes neither version nor anything else of the row. False if there is none.
    async fn note_radio(&self, address: IpAddr, seen: Value) -> Result<bool>;
    /// Events with a number above `after`, oldest first, at most `limit`, of one task where one is named. The newest
    /// 20,000 are kept by the sweep.
    async fn radio_events(&self, after: i64, limit: u32, task: Option<JobId>) -> Result<Vec<RadioEvent>>;
    /// The number of the newest event; 0 if there is none.
    async fn last_radio_event(&self) -> Result<i64>;
}
