//! A Tachyon device's web page (spec/field-devices.md 2.7, 6.3): JSON, a session that is a cookie, levels of accounts.
//!
//! | knob | is |
//! | --- | --- |
//! | `user`, `password`, `level` | `admin`, `sim`; what a login says the account may do: 0, 9 is read-only |
//! | `model` | `TNA-301`, `TNA-302`, `TNS-100` |
//! | `name`, `firmware`, `location`, `mac`, `ssid` | what it is |
//! | `peers` | MAC addresses of its subscribers |
//! | `status` | an object that `status` answers for a type instead of its own; null: the type is not known |
//! | `community`, `passphrase`, `hash` | secrets of its configuration |
//! | `config` | members of the configuration above its own |
//! | `max_sessions` | 8 |
//! | `refusal` | HTTP status of refused logins and sessions: 401, or 200 |
//! | `config_bytes` | the configuration ends after so many bytes |
//! | `reboot_seconds` | how long it is away after a configuration or firmware was written (90) |
//! | `foreign_page` | every answer is this page |
//!
//! Besides: the knobs of every web page ([`crate::web`]) and of sessions ([`crate::web::sessions`]). `system.time.time` of
//! the configuration is the device's clock.

mod facts;
mod unit;

use std::sync::Arc;

use anyhow::ensure;
use serde_json::{Map, Value};

use crate::core::{Device, Ports};
use crate::running::Running;
use crate::web;

const KNOBS: [&str; 19] = [
    "user",
    "password",
    "level",
    "model",
    "name",
    "firmware",
    "location",
    "mac",
    "ssid",
    "peers",
    "status",
    "community",
    "passphrase",
    "hash",
    "config",
    "max_sessions",
    "refusal",
    "config_bytes",
    "reboot_seconds",
];

/// Refuses knobs that a device does not have, saying which there are.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    let known: Vec<&str> = [&KNOBS[..], &["foreign_page"], &web::KNOBS[..], &web::sessions::KNOBS[..]]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    for name in state.keys() {
        ensure!(
            known.contains(&name.as_str()),
            "a tachyon device has no knob `{name}`; there are: {}",
            known.join(", ")
        );
    }
    Ok(())
}

/// Starts the faces of a device. Errors: a port that cannot be bound.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    let unit = Arc::new(unit::Unit::new(Arc::clone(&device)));
    web::start(device, wanted, unit).await
}
