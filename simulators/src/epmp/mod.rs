//! A Cambium ePMP radio's web page (spec/field-devices.md 2.6, 6.3): HTTPS and HTTP, failures with status 200, a session
//! that is a token in the path and a cookie together, five of them.
//!
//! | knob | is |
//! | --- | --- |
//! | `user`, `password`, `role` | `admin`, `sim`; what a login says the account may do (`admin`) |
//! | `name`, `firmware`, `sku`, `mac`, `ssid`, `frequency`, `bandwidth` (code), `power`, `gain`, `modules` | what it is |
//! | `gps`, `location` | `[latitude, longitude]`, texts; an empty list: none |
//! | `props` | members of the status above its own; null takes one away |
//! | `community`, `radius_secret`, `wpa_key` | secrets of its configuration |
//! | `config` | members of the configuration above its own |
//! | `shuffle` | members of an export come in another order each time |
//! | `max_sessions`, `foreign_sessions` | 5; how many of them others have |
//! | `lock_after`, `lock_minutes` | wrong passwords until the account is locked (never), for how long (17) |
//! | `locked_minutes` | the account is locked, so many minutes are left |
//! | `login_reply` | an object that answers every login |
//! | `ax` | refusals of logins and sessions are 401 |
//! | `importing`, `upgrading` | a configuration is being applied, firmware is being changed: no login |
//! | `import_reply`, `apply_seconds` | `success`, `empty`, `error`; from an import until it is applied (6) |
//! | `reboot_seconds` | how long it is away after a reboot (60) |
//! | `export_bytes` | an export ends after so many bytes |
//! | `foreign_page` | every answer is this page |
//!
//! Besides: the knobs of every web page ([`crate::web`]) and of sessions ([`crate::web::sessions`]). After an import that
//! sets `webService` (1: HTTP, 2: HTTPS) the other face stops listening.

mod props;
mod radio;

use std::sync::Arc;

use anyhow::ensure;
use serde_json::{Map, Value};

use crate::core::{Device, Ports};
use crate::running::Running;
use crate::web;

const KNOBS: [&str; 30] = [
    "user",
    "password",
    "role",
    "name",
    "firmware",
    "sku",
    "mac",
    "ssid",
    "frequency",
    "bandwidth",
    "power",
    "gain",
    "modules",
    "gps",
    "location",
    "props",
    "community",
    "radius_secret",
    "wpa_key",
    "config",
    "shuffle",
    "max_sessions",
    "foreign_sessions",
    "lock_after",
    "lock_minutes",
    "locked_minutes",
    "login_reply",
    "ax",
    "importing",
    "upgrading",
];

/// Those about writing and about being another device.
const MORE: [&str; 5] = ["import_reply", "apply_seconds", "reboot_seconds", "export_bytes", "foreign_page"];

/// Refuses knobs that a radio does not have, saying which there are.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    let known: Vec<&str> =
        [&KNOBS[..], &MORE[..], &web::KNOBS[..], &web::sessions::KNOBS[..]].into_iter().flatten().copied().collect();
    for name in state.keys() {
        ensure!(known.contains(&name.as_str()), "an epmp device has no knob `{name}`; there are: {}", known.join(", "));
    }
    Ok(())
}

/// Starts the faces of a radio. Errors: a port that cannot be bound.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    let radio = Arc::new(radio::Radio::new(Arc::clone(&device)));
    web::start(device, wanted, radio).await
}
