//! A Nokia 7250 IXR with SR OS: classic CLI and MD-CLI over SSH (shell and exec), and an SNMP agent, over one set of
//! knobs, all of which may be turned while it runs.
//!
//! | knob | is |
//! | --- | --- |
//! | `personality` | `ixr-classic-22.10` (the default), `ixr-mixed-23.10`, `ixr-md-24.10`, `timos-19-md`, `reboot-upgrade`: what the next six are where they are not set |
//! | `version` | `22.10.R9`, without `TiMOS-B-` |
//! | `mode` | `classic`, `mixed`, `model-driven` |
//! | `mode_lines` | `show system information` says the mode (true but for `timos-19-md`) |
//! | `engine` | which CLI a login finds: `classic`, `md` |
//! | `empty_root` | MD-CLI's root is `[]`, not `[/]` (`timos-19-md`) |
//! | `unsaved` | the classic prompt begins with `*` (`reboot-upgrade`) |
//! | `image` | `B` or `C` of `TiMOS-B-` |
//! | `prefixed` | `System Version` says `TiMOS-B-22.10.R9`, not `B-22.10.R9` (false) |
//! | `name`, `cpm`, `location`, `management` | system name, `A`, place, `192.0.2.60/24` |
//! | `model`, `product`, `serial`, `part`, `mac` | `7250 IXR-e`, `Nokia 7250 IXR`, chassis `NS2234F0601`, `3HE14782AARC01`, base MAC |
//! | `psu_first` | power supplies stand before the chassis' own hardware data (false) |
//! | `prompt` | what every prompt is, instead of what the state says |
//! | `context` | context of the classic prompt after the login: `>config>router>if$` |
//! | `user`, `password`, `auth`, `keys` | `admin`, `sim`, methods, public keys |
//! | `profile` | SSH algorithms, see `profile.rs` |
//! | `attempts`, `lockout_seconds` | refused logins in a row until the account is locked (3), and for how long (600) |
//! | `max_sessions`, `limit_by` | sessions at once (5); what the next one meets: `disconnect`, `text`, `drop` |
//! | `pre_banner`, `licence`, `motd`, `login_ms` | before the login; the long text after it (true); a line behind that; pause between its pieces |
//! | `completion` | words are completed, a blank is added (true); MD-CLI: until it is switched off |
//! | `crlf` | how lines end: `classic` is `\r\r\n` (the default in the classic CLI), `plain` is `\r\n` |
//! | `pager` | `switchable`, `stuck` (cannot be switched off), `off` |
//! | `height` | height of the terminal, whatever the client asks for |
//! | `denied` | parts of commands that this user may not give |
//! | `protocols` | what is configured: `bgp`, `ospf` (none) |
//! | `progress` | MD-CLI paints a progress indicator unless it is switched off (false) |
//! | `log_line`, `log_line_at` | an event that is printed into sessions: `login`, `mid` (of the configuration) |
//! | `md_switch` | `ok`, `refused`: whether the engines may be changed |
//! | `config`, `config_bytes` | body of the configuration, in the engine's own form; size to make up |
//! | `secrets` | secrets in the configuration (`community`, `password`, `bgp`): texts |
//! | `stray` | lines behind the body |
//! | `no_trailer`, `trailer_lines` | the configuration ends without its last lines; other last lines |
//! | `pause_ms`, `pause_after_bytes` | silence in the middle of the configuration, simulated |
//! | `clock_offset`, `modified_at`, `commit_id` | seconds; `Last modified`'s seconds before now (400000); from 24.x on |
//! | `uptime_seconds`, `delay_ms` | 3600; before each answer |
//! | `fragment_seed`, `fragment_ms` | answers are cut into 1 to 1400 bytes by this seed, so far apart |
//! | `prompt_gap_ms` | between the two lines of MD-CLI's prompt |
//! | `no_exit_status` | an exec channel closes without one |
//! | `changes` | `Changes Since Last Save` (false) |
//! | `leds` | `critical`, `major`, `minor`: `Off`, `Red`, ... |
//! | `over_temperature` | false |
//! | `psus`, `fans` | lists of states: `up`, `failed`, `not equipped` (two and three that are `up`) |
//! | `cpu`, `memory_used_kb`, `memory_free_kb`, `temperatures`, `threshold`, `fan_speed`, `hw_alarms` | of the agent: %, KB, °C by slot, °C, %, names of parts with an active alarm |
//! | `object` | last number of sysObjectID (by `model`) |
//!
//! The journal has `session open` and `session close` (channel `session`) for each login, `auth` for each attempt,
//! `shell` for each line with its engine, `pager` for each key.

mod clock;
mod command;
mod config;
mod console;
mod knobs;
mod profile;
mod router;
mod session;
mod shell;
mod show;
mod snmp;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::core::{Device, Ports};
use crate::running::Running;
use crate::snmp::kinds::Scene;
use crate::snmp::tree::Rows;
use crate::ssh::{Host, listener};

/// Refuses knobs that the router does not have, saying which there are, and values that mean nothing.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    knobs::check(state)
}

/// Starts both faces. Errors: a port that cannot be bound, a bad knob.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    let running = Running::default();
    let at = SocketAddr::new(device.address, wanted.ssh.context("a nokia device needs ports.ssh")?);
    let listener = TcpListener::bind(at).await.with_context(|| format!("device {}: SSH at {at}", device.name))?;
    let port = listener.local_addr()?.port();
    crate::snmp::start_in(Arc::clone(&device), wanted, running.clone()).await?;
    device.bound(|ports| ports.ssh = Some(port));
    let router = router::Router::new(device, running.clone());
    // Fails here rather than at the first login.
    router.ssh()?;
    running.tasks.spawn(listener::serve(router, listener, running.stop.clone()));
    Ok(running)
}

/// What its agent shows.
pub fn snmp_rows(scene: &Scene<'_>) -> Rows {
    snmp::rows(scene)
}

/// The body of the configuration as the device holds it, `\n` line ends, no header and no last lines: what a driver has
/// to bring home. `md`: MD-CLI's form.
pub fn config_body(device: &Device, md: bool) -> String {
    config::body(knobs::Knobs(device), md)
}
