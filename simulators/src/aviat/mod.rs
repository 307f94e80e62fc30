//! An Aviat WTM 4000 radio (WTM4100, WTM4200), firmware 2.11 or 6.x: one state behind a command line over SSH, an SNMP
//! agent and a web login with its websocket.
//!
//! The state is the knobs, all of which may be turned while the radio runs; what the radio changes itself (a commit,
//! a load, a reboot) it changes there. After the start those that describe the radio are filled in with their defaults; a
//! knob that is set to null has its default again.
//!
//! | knob | is |
//! | --- | --- |
//! | `family` | `2.11` or `6`; follows the image when the radio boots into another |
//! | `active`, `inactive` | versions, `X.Y.Z` or `X.Y.Z.B.R`; an empty `inactive` is none |
//! | `software_state` | `idle`, `prepareLoad`, `load`, `commit`, `loadOk`, `loadError`, `activate`, `rollback`, `rollbackError`, `waitingToActivate`, ... |
//! | `loading_uri`, `load_started` | of the load that runs or ended last; written by the radio |
//! | `software_lines` | the leaves that `show software-status` shows; all |
//! | `software_mode` | where actions are known: `operational` (both modes; 2.x), `config` (6.x: activate, rollback and abort in configuration only), `config-all` (load too) |
//! | `load_seconds` | from the command to `loadOk` (600) |
//! | `load_result` | `ok`, `loadError`, `hang`; read when the image has come |
//! | `error_needs_abort` | after an error no load is taken before `software abort` (true) |
//! | `activate_seconds`, `activate_asks`, `activation_needs_restart` | from the activation to the reboot (10); asks first (true); waits for `restart` (false) |
//! | `commit_seconds` | state `commit` after an activation's boot (20) |
//! | `rolls_back`, `rollback_seconds` | an activation is not kept: the radio comes up with the old image and state `rollback` (0), or boots back so many seconds after it came up |
//! | `rollback_open` | whether `software rollback` is legal; written by the radio |
//! | `restart` | `ask`, `direct` (no question), `ignore` (asks and stays up) |
//! | `clock_seconds` | second of the day on the radio's clock at simulated second 0; the machine's in UTC |
//! | `uptime_days` | uptime at simulated second `up_since` (10) |
//! | `reboot_seconds`, `boot_settle_seconds`, `boot_auth_seconds` | all faces are gone (240); then tables are empty (40) and logins refused (a quarter of that) |
//! | `down_until`, `up_since` | written by a reboot |
//! | `hostname`, `location`, `unit`, `model`, `serial`, `address`, `banner` | identity |
//! | `user`, `password`, `factory_password`, `auth` | `admin`, `admin`, `admin`; methods of authentication |
//! | `mask`, `stp`, `stp_lines`, `snmp_mode`, `snmp_community`, `buffer_kbytes`, `partner`, `xpic` | configuration; `stp_lines` are further lines of `show spanning-tree` |
//! | `config_2`, `config_6` | what else was committed, by path (`interface Carrier1/1 > tx-mute`) |
//! | `change_password` | `ok`, `refused`, `locked`, `no-current` (does not ask for it) |
//! | `self_password` | `user admin password` is `refused` at the commit, or `accepted` |
//! | `licences`, `licences_first_read` | bundles, or `trial`; what the first question of a session is answered with |
//! | `pager` | true; false: no pages; `always`: cannot be switched off |
//! | `cli_uptime` | 6.x: `show system uptime` is known (true) |
//! | `rsl`, `remote_rsl`, `snr`, `tx_power` | dBm, dBm, dB, dBm |
//! | `sfp`, `gigabit` | the ports that have a link |
//! | `delay_ms` | before each answer, simulated |
//! | `idle_seconds` | a session ends in which nothing was typed for so long, simulated (never) |
//! | `snmp_overload` | the agent stops answering after 15 requests in 10 s; true before 2.11 |
//! | `software_mib`, `entity_shift`, `alarms` | shows the software objects (false); moves the carriers' indexes; active alarms (6.x: critical, major, minor, warning) |
//! | `web` | false: the web server does not answer |
//!
//! The journal has an entry of channel `overlap` when a session begins to change something (configuration mode, a
//! software action, a restart, a password) while another one is in configuration mode.

mod candidate;
mod config;
mod console;
mod facts;
mod fetch;
mod radio;
mod schema;
mod session;
mod sha1;
mod shell;
mod show;
mod snmp;
mod software;
mod version;
mod web;
mod websocket;
pub mod witness;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::core::{Device, Ports};
use crate::running::Running;
use crate::snmp::kinds::Scene;
use crate::snmp::knobs::Knobs;
use crate::snmp::tree::Rows;
use crate::ssh::{Host, listener};

/// How many requests an agent stands in how many simulated seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// Answered in a row.
    pub requests: usize,
    /// Seconds.
    pub seconds: f64,
}

/// Refuses knobs that a radio does not have, saying which there are, and values that mean nothing.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    facts::check(state)
}

/// Starts the three faces of a radio. Errors: a port that cannot be bound, a bad knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    device.merge(facts::defaults(&device));
    let running = Running::default();
    let ssh = bind(&device, "SSH", wanted.ssh.context("an aviat device needs ports.ssh")?).await?;
    let http = bind(&device, "HTTP", wanted.http.context("an aviat device needs ports.http")?).await?;
    let (ssh_port, http_port) = (ssh.local_addr()?.port(), http.local_addr()?.port());
    crate::snmp::start_in(Arc::clone(&device), wanted, running.clone()).await?;
    device.bound(|ports| {
        ports.ssh = Some(ssh_port);
        ports.http = Some(http_port);
    });
    let radio = radio::Radio::new(device, running.clone());
    // Fails here rather than at the first login.
    radio.ssh()?;
    running.tasks.spawn(listener::serve(Arc::clone(&radio), ssh, running.stop.clone()));
    running.tasks.spawn(web::serve(radio, http));
    Ok(running)
}

async fn bind(device: &Device, what: &str, port: u16) -> anyhow::Result<TcpListener> {
    let at = SocketAddr::new(device.address, port);
    TcpListener::bind(at).await.with_context(|| format!("device {}: {what} at {at}", device.name))
}

/// Whether a radio is rebooting.
pub fn is_down(device: &Device) -> bool {
    device.clock.seconds() < device.number("down_until", f64::MIN)
}

/// What its agent stands; none: everything.
pub fn burst(knobs: &Knobs) -> Option<Burst> {
    let facts = facts::Facts(knobs.clone());
    let old = facts.maybe_version("active").is_some_and(version::Version::before_2_11);
    facts.0.flag("snmp_overload", old).then_some(Burst { requests: 15, seconds: 10.0 })
}

/// Who may ask its agent, in the words of the agents' own knobs.
pub fn snmp_access(knobs: &Knobs) -> Knobs {
    snmp::access(knobs)
}

/// What its agent shows.
pub fn snmp_rows(scene: &Scene<'_>) -> Rows {
    snmp::rows(scene)
}
