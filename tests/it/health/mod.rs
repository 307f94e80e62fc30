//! Health polls through the whole daemon against simulated equipment: what a scrape shows, and what the devices'
//! journals say of it. The plan of the polls is tested beside the code, on a clock that stands still.
#![expect(clippy::disallowed_methods, reason = "the tests write inventories, and run promtool")]

mod bench;
mod expositions;
mod families;
mod polls;
mod recordings;
mod recordings_by_vendor;
mod refusals;
mod traps;
mod ways;
mod web;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use serde_json::Value;
use towerhand::clock::Clock;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Setup, TestDaemon};

/// Polls only when asked, so that each test says when; quick to give up.
pub const ASKED: &str = "[health]\ninterval = '0s'\n[snmp]\ntimeout_ms = 300\nretries = 0\n[ssh]\nretries = 0\n";
/// By themselves, so that `/metrics` shows them; rarely, so that a test's own wishes are the only polls.
pub const RARELY: &str = "[health]\ninterval = '1d'\n[snmp]\ntimeout_ms = 300\nretries = 0\n[ssh]\nretries = 0\n";

/// A lab whose devices have addresses of their own.
pub async fn lab(devices: Vec<(&str, &str, Value)>) -> Lab {
    let specs = (1..).zip(devices).map(|(last, (name, kind, state))| DeviceSpec {
        address: std::net::Ipv4Addr::new(127, 61, 0, last).into(),
        ..DeviceSpec::local(name, kind, state)
    });
    Lab::start(LabSpec::of(specs.collect())).await.unwrap()
}

/// A clock that runs as the machine's and can be moved.
pub fn clock() -> Clock {
    Clock::shifted(Timestamp::from_second(1_800_000_000).unwrap(), 1.0)
}

/// Such a lab, and a daemon that knows it.
pub async fn site(devices: Vec<(&str, &str, Value)>, settings: &str, clock: &Clock) -> (Lab, TestDaemon) {
    let lab = lab(devices).await;
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: settings.to_owned(),
        clock: clock.clone(),
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    (lab, daemon)
}

/// Status, content type and text of a request without a key.
pub async fn get(daemon: &TestDaemon, path: &str, accept: &str) -> (StatusCode, String, String) {
    let request = daemon.api.http.get(format!("{}{path}", daemon.api.url)).header(ACCEPT, accept);
    let reply = request.send().await.unwrap();
    let kind = reply.headers()["content-type"].to_str().unwrap().to_owned();
    (reply.status(), kind, reply.text().await.unwrap())
}

/// The text of `/metrics`.
pub async fn scrape(daemon: &TestDaemon) -> String {
    let (status, _, text) = get(daemon, "/metrics", "*/*").await;
    assert_eq!(status, 200, "{text}");
    text
}

/// Has a device polled, and what that shows.
pub async fn probe(daemon: &TestDaemon, device: &str) -> String {
    let (status, _, text) = get(daemon, &format!("/probe?target={device}&module=health"), "*/*").await;
    assert_eq!(status, 200, "{text}");
    text
}

/// Lets so much time pass that another wish counts.
pub fn later(clock: &Clock) {
    clock.advance(Duration::from_secs(6));
}

/// The value of one series; none where it is absent.
pub fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

#[track_caller]
pub fn shows(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
}
