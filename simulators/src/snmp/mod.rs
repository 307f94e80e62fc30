//! A simulated SNMP agent: it plays a recording, or a power device that is built from knobs.
//!
//! Messages are taken apart by the codec and the keys of crate async-snmp, but not by its agent: that one answers
//! object by object, and what real devices do wrong is done by whole messages (a GETBULK that is never answered,
//! lost and doubled replies, a tree that turns in a circle, null values, noise instead of a reply).
//!
//! Knobs of all kinds: `community` (public), `write_community` (private; empty: none), `snmp_version` (`1`; `2c`,
//! which also takes version 1; `3`; `all`), `snmp_user`, `snmp_auth` (sha256), `snmp_auth_password`, `snmp_priv`
//! (aes), `snmp_priv_password`, `snmp_user_writes` (true), `sys_name`, `sys_location`, `sys_contact`, `sys_descr`,
//! `uptime_seconds`, `delay_ms`, `drop_percent`, `drop_first` (counts down), `duplicate`, `max_varbinds`,
//! `max_repetitions`, `over_limit` (`tooBig` or `genErr`), `max_message_size`, `no_getbulk`, `loop_at`, `missing`,
//! `null`, `rows` (`OID|TYPE|VALUE` lines above the device's own). Setting `uptime_seconds` below the present uptime
//! is a restart. The knobs of each kind stand in its file.

mod agent;
mod answer;
mod face;
pub mod kinds;
pub mod knobs;
pub mod recording;
mod settings;
pub mod tree;
mod usm;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::UdpSocket;

use crate::core::{Device, Ports};
use crate::running::Running;

/// The port of an agent for which none is wanted.
const PORT: u16 = 1610;

/// Starts the device's agent. Errors: a kind that is no agent, knobs or a recording that cannot be read, a port that
/// is taken.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    let running = Running::default();
    start_in(device, wanted, running.clone()).await?;
    Ok(running)
}

/// The same for a device that has other faces, under `running`.
pub async fn start_in(device: Arc<Device>, wanted: Ports, running: Running) -> anyhow::Result<()> {
    let agent = Arc::new(agent::Agent::new(Arc::clone(&device)).with_context(|| format!("device {}", device.name))?);
    let address = SocketAddr::new(device.address, wanted.snmp.unwrap_or(PORT));
    let socket =
        UdpSocket::bind(address).await.with_context(|| format!("device {}: SNMP at {address}", device.name))?;
    let port = socket.local_addr()?.port();
    device.bound(|ports| ports.snmp = Some(port));
    let face = face::Face::new(agent, socket, running.clone());
    running.tasks.spawn(Arc::clone(&face).watch());
    running.tasks.spawn(face.serve());
    Ok(())
}
