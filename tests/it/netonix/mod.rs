//! Netonix switches, read through the whole daemon over SSH and over their pages; the simulator's journal is the
//! witness. Scenarios of spec/field-devices.md 5 by their numbers; those that are left out stand in
//! `tests/it/power/mod.rs`.
//!
//! In part: 48 is about loading firmware, which is not native; here it is the reading that says `tls_unsupported`.

mod closing;
mod config;
mod faults;
mod pages;
mod reading;
mod refusals;
mod secrets;

use towerhand_simulators::core::{Device, Entry};
use towerhand_simulators::lab_run::Lab;

use crate::engine::wait;
use crate::power::{lab, unit};
use crate::support::{Setup, TestDaemon};

/// How many sessions of the console were opened and closed.
pub fn sessions(journal: &[Entry]) -> (usize, usize) {
    let count = |input: &str| wait::count(journal, "session", input);
    (count("ssh open"), count("ssh close"))
}

/// Waits until every session of the console that was opened has been closed; how many there were.
pub async fn all_closed(device: &Device) -> usize {
    let journal = wait::journal(device, "the end of its sessions", |journal| {
        let (opened, closed) = sessions(journal);
        opened == closed && wait::count(journal, "tcp", "open") == wait::count(journal, "tcp", "close")
    })
    .await;
    sessions(&journal).0
}

/// What came in on a channel.
pub fn received(device: &Device, channel: &str) -> Vec<String> {
    device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
}

/// A switch of which the inventory names the web port alone.
pub async fn web_only(state: serde_json::Value, settings: &str) -> (Lab, TestDaemon) {
    let lab = lab(vec![unit("swt", "netonix", state)]).await;
    let device = lab.device("swt").unwrap();
    let inventory = format!(
        "devices:\n  - name: swt\n    address: {}\n    type: NXWS12\n    ports: {{https: {}}}\n    credentials: \
         {{username: admin, password: {{insecure_plain: {}}}}}\n",
        device.address,
        device.ports().https.unwrap(),
        serde_json::Value::from(device.text("password", "sim")),
    );
    let setup = Setup { inventory: Some(inventory), settings: settings.to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    (lab, daemon)
}
