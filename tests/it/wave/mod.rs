//! Ubiquiti Wave radios, read through the whole daemon; the simulator's journal is the witness. Scenarios of
//! spec/field-devices.md 5 by their numbers; those that are left out stand in `tests/it/power/mod.rs`.
//!
//! In part: of 64 the upload (nothing is uploaded yet).

mod closing;
mod config;
mod faults;
mod reading;
mod refusals;
mod secrets;

use serde_json::Value;
use towerhand_simulators::core::{Device, Entry};

use crate::engine::wait;

/// How many sessions of the radio were opened, logged out, and died.
pub fn sessions(journal: &[Entry]) -> (usize, usize, usize) {
    let count = |input: &str| wait::count(journal, "session", input);
    (count("open"), count("close"), count("expired"))
}

/// Waits until every session that was opened has been logged out or has died; how many there were.
pub async fn all_closed(device: &Device) -> usize {
    let journal = wait::journal(device, "the end of its sessions", |journal| {
        let (opened, closed, expired) = sessions(journal);
        opened == closed + expired
    })
    .await;
    sessions(&journal).0
}

/// What came in on a channel.
pub fn received(device: &Device, channel: &str) -> Vec<String> {
    device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
}

/// The text of a running config.
pub fn text(response: &Value) -> &str {
    response.as_str().unwrap_or_else(|| panic!("{response}"))
}
