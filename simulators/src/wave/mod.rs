//! Ubiquiti Wave radio: a JSON interface over HTTPS with a token in a header, and the firmware banks over SSH
//! (spec/field-devices.md 2.8, 6.3).
//!
//! | knob | default | is |
//! | --- | --- | --- |
//! | `user`, `password` | `admin`, `sim` | the account |
//! | `read_only` | false | it may not see or change the configuration: 403 |
//! | `model`, `firmware`, `mac`, `hostname` | `Wave-AP`, `3.4.0`, `02:00:00:00:00:31`, the device's name | identification |
//! | `gps` | `[32.25, -97.5]` | latitude, longitude; `[]`: no fix |
//! | `config`, `services` | made up | the two halves of the configuration, objects |
//! | `volatile` | false | the configuration shows moments and a hash that change with every reading |
//! | `max_sessions` | 8 | more logins are answered 503 |
//! | `session_minutes` | 15 | a session that is idle so long is over, simulated time |
//! | `expire_after` | none | a session is over after so many requests |
//! | `expiry` | 401 | the status of a request whose session is over; 200: HTTP 200 with the failure in the body |
//! | `refusal` | 401 | the same for a refused login |
//! | `lockout_after`, `lockout_seconds` | 0 (never), 600 | so many refused logins in a row lock the account: 429 |
//! | `replies` | `{}` | path (behind `/api/v1.0`) to `{status, body, token}`, said instead |
//! | `tls` | `modern` | or `1.0` |
//! | `boot_seconds` | 60 | how long it is gone after a reboot, simulated time |
//! | `compose_codes` | `{}` | route to the statusCode that `tools/compose` answers for it |
//! | `upgrade_seconds` | 30 | how long an image is written |
//! | `bank_active`, `bank_backup` | of `firmware` | version tokens of the banks |
//! | `delay_ms` | 0 | before every answer |
//!
//! The journal counts sessions: `session` `open N`, `close N` (logged out), `expired N`.

mod api;
mod banks;
mod facts;
mod radio;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::core::{Device, Ports};
use crate::httpd::{self, Face};
use crate::running::Running;
use crate::ssh::{Host, listener};

const KNOBS: &[&str] = &[
    "user",
    "password",
    "read_only",
    "model",
    "firmware",
    "mac",
    "hostname",
    "gps",
    "config",
    "services",
    "volatile",
    "max_sessions",
    "session_minutes",
    "expire_after",
    "expiry",
    "refusal",
    "lockout_after",
    "lockout_seconds",
    "replies",
    "tls",
    "boot_seconds",
    "compose_codes",
    "upgrade_seconds",
    "bank_active",
    "bank_backup",
    "delay_ms",
];

/// Refuses knobs that a Wave does not have, saying which there are.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    for name in state.keys() {
        anyhow::ensure!(KNOBS.contains(&name.as_str()), "wave has no knob `{name}`; there are: {}", KNOBS.join(", "));
    }
    Ok(())
}

/// Starts both faces. Errors: a port that cannot be bound, a bad knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    let https = bind(&device, wanted.https.context("a wave device needs ports.https")?).await?;
    let ssh = bind(&device, wanted.ssh.context("a wave device needs ports.ssh")?).await?;
    let (https_port, ssh_port) = (https.local_addr()?.port(), ssh.local_addr()?.port());
    device.bound(|ports| {
        ports.https = Some(https_port);
        ports.ssh = Some(ssh_port);
    });
    let running = Running::default();
    let radio = Arc::new(radio::Radio::new(device, running.clone()));
    // Fails here rather than at the first login.
    radio.ssh()?;
    running.tasks.spawn(httpd::serve(Arc::clone(&radio), https, Face::Tls));
    running.tasks.spawn(listener::serve(radio, ssh, running.stop.clone()));
    Ok(running)
}

async fn bind(device: &Device, port: u16) -> anyhow::Result<TcpListener> {
    let at = SocketAddr::new(device.address, port);
    TcpListener::bind(at).await.with_context(|| format!("device {}: {at}", device.name))
}
