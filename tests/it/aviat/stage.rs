//! The stage of the acceptance scenarios: simulated radios, a whole daemon that knows them, a clock that is moved by
//! hand, and the questions that are asked of the radios' journals afterwards.
//!
//! Two clocks. The lab's runs a thousand times as fast as the machine's: a load of ten minutes takes 0.6 s; `hold`
//! stops it, `flow` lets it run again. The daemon's begins at two in the afternoon of a winter's day in Chicago, runs
//! twenty times as fast as the machine's, so that a look every four seconds is one every 0.2 s, and is moved by `jump`
//! where hours have to pass. Jump while no step is under way.
#![expect(clippy::disallowed_methods, reason = "tests write their own files and wait by the machine's own means")]

mod log;
mod plan;
mod requests;
mod witness;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Api, TestDaemon};
use log::Log;
pub use log::free;
pub use plan::{Plan, Set};
pub use witness::Line;

/// The password that radios come with.
pub const FACTORY: &str = "factory-pass-4711";
/// The password that they get.
pub const OURS: &str = "wisp-pass-0815";
/// The community that they come with.
pub const OLD_COMMUNITY: &str = "old-community-1603";
/// The community that they get.
pub const COMMUNITY: &str = "wisp-community-2342";
/// What must stand nowhere.
const SECRETS: [&str; 4] = [FACTORY, OURS, OLD_COMMUNITY, COMMUNITY];

/// Image of the baseline, 2.11.11.
pub const BASELINE: &str = "wtm4100-2.11.11.18.6069.swpack";
/// Image of the final target, 6.2.4.
pub const FINAL: &str = "wtm4100-6.2.4.12.59373.swpack";

/// When the daemon's clock begins: in the afternoon.
pub const AFTERNOON: &str = "2026-01-15T14:00:00-06:00";
/// When the next window begins.
pub const NIGHT: &str = "2026-01-16T02:00:00-06:00";
/// When the one after that begins.
pub const SECOND_NIGHT: &str = "2026-01-17T02:00:00-06:00";

/// Simulated seconds in a second, unless held.
const RATE: f64 = 1_000.0;

/// The daemon's seconds in a second.
const DAEMON_RATE: f64 = 20.0;

/// What does not come within this does not come.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The key of someone who may submit and read, and nothing beyond.
pub const OPERATOR: &str = "test-operator-key";
/// The label under which that one is known.
pub const OPERATOR_LABEL: &str = "night-shift";

/// The radio of the specification, `R0`: 2.11.11, factory password, nothing that blocks it.
pub fn r0() -> Value {
    json!({
        "family": "2.11", "active": "2.11.11", "inactive": "2.10.9", "software_state": "idle", "uptime_days": 10,
        "mask": "/29", "stp": "down", "password": FACTORY, "factory_password": FACTORY,
        "snmp_community": OLD_COMMUNITY,
    })
}

/// `R0` with other knobs.
pub fn r0_with(knobs: Value) -> Value {
    merged(r0(), knobs)
}

/// A radio at the final target, with our password and community, nothing left to do but the buffer.
pub fn done() -> Value {
    r0_with(json!({
        "family": "6", "active": "6.2.4", "inactive": "2.11.11", "password": OURS, "snmp_community": COMMUNITY,
    }))
}

/// Such a radio with other knobs.
pub fn done_with(knobs: Value) -> Value {
    merged(done(), knobs)
}

fn merged(base: Value, knobs: Value) -> Value {
    let mut base = object(base);
    base.extend(object(knobs));
    Value::Object(base)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// What became of a step, by a radio's result: `ok`, `skipped`, `failed`, `unknown`, `not_requested`.
pub fn step<'a>(result: &'a Value, step: &str) -> &'a str {
    result["steps"][step]["outcome"].as_str().unwrap_or_else(|| panic!("no step {step}: {result:#}"))
}

/// What is said about that: a reason, an error.
pub fn step_text<'a>(result: &'a Value, step: &str) -> &'a str {
    result["steps"][step]["text"].as_str().unwrap_or_else(|| panic!("no text of {step}: {result:#}"))
}

/// An instant as text, `2026-01-15T14:00:00-06:00`.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// Radios and a daemon that knows them.
pub struct Stage {
    pub lab: Lab,
    pub daemon: TestDaemon,
    pub clock: Clock,
    settings: String,
    inventory: String,
    log: Log,
}

impl Stage {
    /// The daemon is stopped and started again over the same folder; the radios go on meanwhile.
    pub async fn restart(self) -> Self {
        let Self { lab, daemon, clock, settings, inventory, log } = self;
        let (_, folder) = daemon.stop().await;
        let daemon = plan::start_daemon(folder, &settings, &inventory, &clock).await;
        Self { lab, daemon, clock, settings, inventory, log }
    }

    /// A client that may do everything.
    pub fn api(&self) -> &Api {
        &self.daemon.api
    }

    /// A client that may submit and read.
    pub fn operator(&self) -> Api {
        Api::new(&self.daemon.api.url, OPERATOR)
    }

    // Time.

    /// Stops the radios' clock: loads and boots stand still, commands are answered.
    pub fn hold(&self) {
        self.lab.clock().set_rate(0.0);
    }

    /// Lets it run again.
    pub fn flow(&self) {
        self.lab.clock().set_rate(RATE);
    }

    /// Moves the daemon's clock on.
    pub fn jump(&self, by: Duration) {
        self.clock.jump(SignedDuration::try_from(by).unwrap());
    }

    /// Moves the daemon's clock on to an instant.
    pub fn jump_to(&self, instant: &str) {
        let by = at(instant).duration_since(self.clock.now());
        self.jump(Duration::try_from(by).unwrap_or_else(|_| panic!("{instant} is over")));
    }

    /// As [`Stage::jump_to`], where the instant may have come by itself meanwhile.
    pub fn pass(&self, instant: &str) {
        if self.clock.now() < at(instant) {
            self.jump_to(instant);
        }
    }

    // Radios.

    /// A radio by its name.
    pub fn radio(&self, name: &str) -> Arc<Device> {
        self.lab.device(name).unwrap()
    }

    /// Its address as text.
    pub fn ip(&self, name: &str) -> String {
        self.radio(name).address.to_string()
    }

    fn address(&self, name: &str) -> IpAddr {
        self.radio(name).address
    }

    /// Turns knobs.
    pub fn turn(&self, name: &str, knobs: Value) {
        self.radio(name).merge(object(knobs));
    }

    /// Switches a fault on, as it stands in JSON.
    pub fn fault(&self, name: &str, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        self.radio(name).add_fault(fault);
    }

    /// Switches its faults off.
    pub fn mend(&self, name: &str) {
        self.radio(name).clear_faults();
    }

    /// Waits until the radio's knobs or its journal are as wanted.
    pub async fn radio_until(&self, name: &str, what: &str, wanted: impl Fn(&Device) -> bool) {
        let device = self.radio(name);
        let mut changes = device.changes();
        let looking = async {
            while !wanted(&device) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            panic!("{name}: {what} did not come: {:#?} {:#?}", device.state(), device.journal());
        }
    }
}
