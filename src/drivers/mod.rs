//! One folder per family of equipment. A driver knows how its family talks, and nothing of jobs or workflows.
//!
//! # Adding a family
//! 1. A row in the table of `model/types.rs` for each device type, and a variant of `model::Family`.
//! 2. A folder here with `mod.rs` (models, quirks with date and evidence), `platform.rs` (prompts, modes, refusal
//!    markers, OIDs: data), `commands.rs` (the only place a command is spelled), `parse/` (pure functions with tests
//!    beside them), `driver.rs` (the capabilities that the equipment has).
//! 3. A variant of [`Driver`] and its arms: the compiler names every place.
//! 4. A simulator kind in `simulators/`, written from the specification, not from the driver.
//! 5. Golden sessions in `tests/golden`, scenarios in `tests/it`.

pub mod apc;
pub mod aviat;
mod capability;
pub mod cnmatrix;
mod driver;
pub mod epmp;
pub mod excerpt;
pub mod generic;
pub mod ict;
pub mod identify;
mod interfaces;
pub mod netonix;
pub mod nokia;
mod pages;
pub mod power;
pub mod redact;
pub mod routeros;
pub mod smartsys;
pub mod tachyon;
pub mod upsmib;
pub mod wave;
mod web;

pub use capability::Capability;
pub use driver::{Driver, Transports, Ways};

use std::time::Duration;

use serde_json::Value;

use crate::model::Family;

/// What a device says of itself. A fact that is not known is absent, never empty or zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Its own name.
    pub name: Option<String>,
    /// Vendor's model name.
    pub model: Option<String>,
    /// Firmware or software version.
    pub version: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Time since it started.
    pub uptime: Option<Duration>,
    /// More, by family: a flat JSON object with units in the names.
    pub more: serde_json::Map<String, Value>,
}

/// Whether devices of a family leave secrets out of a config unless they are asked for them; those of the others are
/// in it however it is read, and the caller redacts.
pub fn hides_secrets(family: Family) -> bool {
    matches!(family, Family::RouterOs)
}

/// How a running config is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConfigOptions {
    /// With secrets in clear: needs its own scope, checked by the caller.
    pub show_secrets: bool,
}

/// After how many refused logins a device is left alone: it locks the account after one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// Refusals in a row after which no further login is tried.
    pub refusals: usize,
    /// For how long, counted from the last of them.
    pub within: Duration,
}

impl Lockout {
    /// The family's; none where a refused login locks nothing.
    pub fn of(family: crate::model::Family) -> Option<Self> {
        (family == crate::model::Family::Nokia7250).then_some(nokia::platform::LOCKOUT)
    }
}

/// A running config, complete and normalised, secrets as they came (the caller redacts with [`redact`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningConfig {
    /// The text: `\n` line ends, volatile lines out, one trailing line end (none where a family's contract has none:
    /// Aviat).
    pub text: String,
    /// Things an operator should know, for example sections that the device could not export.
    pub warnings: Vec<String>,
    /// Size of what came over the wire, bytes.
    pub raw_bytes: u64,
    /// How it was read: `exec`, `shell`, `snmp`, `http`.
    pub path: &'static str,
}

/// One entry of a contract's `test_results`: `pass` none is informational.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TestResult {
    /// What was tested.
    pub name: String,
    /// What was expected, none where nothing is.
    pub expected: Option<String>,
    /// What was read, none where nothing was.
    pub actual: Option<String>,
    /// Verdict; none is informational.
    pub pass: Option<bool>,
}

/// The answer of a family's `device_info`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceInfo {
    /// Facts.
    pub facts: Facts,
    /// Family-specific members of the result (see spec/field-devices.md 6.1 for power).
    pub members: serde_json::Map<String, Value>,
    /// The running config, for families whose answer holds it; secrets as they came (the caller redacts with
    /// [`redact`]).
    pub running_config: Option<String>,
    /// Only when tests were asked for.
    pub tests: Vec<TestResult>,
}
