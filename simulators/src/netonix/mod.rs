//! Netonix WISP switch: a command line with a shell behind it over SSH, SCP, and its pages over HTTPS
//! (spec/field-devices.md 2.4, 6.3).
//!
//! | knob | default | is |
//! | --- | --- | --- |
//! | `user`, `password` | `admin`, `sim` | the account, of both faces |
//! | `read_only` | false | the command line refuses `cmdline`; the pages refuse `/api/v1/config` with 403 |
//! | `version` | `1.5.25` | first line of `/www/version.txt` |
//! | `name`, `location`, `gps` | the device's name, empty, `["32.25", "-97.5"]` | settings |
//! | `port_count` | 14; 26 of NXWS24 and NXWS26 | ports; the last two are SFP |
//! | `ports` | made up | list of `{name, link, poe, watts}`, those not named as made up |
//! | `community`, `hash` | made up | secrets of the configuration |
//! | `config` | made of these | the file `/www/config.json`: an object, or a text as it is |
//! | `header` | true | the table has a line of titles |
//! | `pad` | false | blanks stand in front of the table's tabs |
//! | `prompt`, `shell_prompt` | `NAME# `, `admin@NAME:/www# ` | |
//! | `banner` | empty | said in front of the first prompt |
//! | `echo` | true | typed characters come back, on a terminal |
//! | `line_end` | `auto` | `auto`: CRLF on a terminal, LF without; or `lf`, `crlf` |
//! | `refuses_pty` | false | a terminal is refused |
//! | `max_ssh_sessions` | 4 | more are refused for want of resources |
//! | `tarpit_attempts`, `tarpit_seconds` | 5, 60 | so many refused logins in a row, and nobody is let in for a while |
//! | `login_api` | `form` | `json`: newer firmware, `/index.php` is gone |
//! | `expire_after`, `expiry` | none, `401` | a web session is over after so many requests, said by `401` or a login `page` (200) |
//! | `replies` | `{}` | path to `{status, body}`, said instead |
//! | `tls` | `modern` | or `1.0` |
//! | `boot_seconds` | 60 | how long it is gone after a reboot, simulated time |
//! | `delay_ms` | 0 | before every answer |
//!
//! An applied configuration is taken back after its own `Switch_Revert_Timer` (seconds, simulated) unless
//! `applystatus` was asked. The journal counts sessions: `session` `ssh open N`, `ssh close N`, `web open N`,
//! `web expired N`. No request that ends a web session is known.

mod console;
mod facts;
mod shell;
mod ssh;
mod switch;
mod web;

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
    "version",
    "name",
    "location",
    "gps",
    "port_count",
    "ports",
    "community",
    "hash",
    "config",
    "header",
    "pad",
    "prompt",
    "shell_prompt",
    "banner",
    "echo",
    "line_end",
    "refuses_pty",
    "max_ssh_sessions",
    "tarpit_attempts",
    "tarpit_seconds",
    "login_api",
    "expire_after",
    "expiry",
    "replies",
    "tls",
    "boot_seconds",
    "delay_ms",
];

/// Refuses knobs that a Netonix does not have, saying which there are.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    for name in state.keys() {
        anyhow::ensure!(
            KNOBS.contains(&name.as_str()),
            "netonix has no knob `{name}`; there are: {}",
            KNOBS.join(", ")
        );
    }
    Ok(())
}

/// Starts both faces. Errors: a port that cannot be bound, a bad knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    let ssh = bind(&device, wanted.ssh.context("a netonix device needs ports.ssh")?).await?;
    let https = bind(&device, wanted.https.context("a netonix device needs ports.https")?).await?;
    let (ssh_port, https_port) = (ssh.local_addr()?.port(), https.local_addr()?.port());
    device.bound(|ports| {
        ports.ssh = Some(ssh_port);
        ports.https = Some(https_port);
    });
    let running = Running::default();
    let switch = Arc::new(switch::Switch::new(device, running.clone()));
    // Fails here rather than at the first login.
    switch.ssh()?;
    running.tasks.spawn(listener::serve(Arc::clone(&switch), ssh, running.stop.clone()));
    running.tasks.spawn(httpd::serve(switch, https, Face::Tls));
    Ok(running)
}

async fn bind(device: &Device, port: u16) -> anyhow::Result<TcpListener> {
    let at = SocketAddr::new(device.address, port);
    TcpListener::bind(at).await.with_context(|| format!("device {}: {at}", device.name))
}
