//! RouterOS over SSH: exec channel and console, with the habits of v6 and v7.
//!
//! The knobs are listed in `knobs.rs`; what each does is said where it is used. All of them may be turned while
//! the device runs.

mod banner;
mod calendar;
mod command;
mod config;
mod editor;
mod export;
mod facts;
mod knobs;
mod outlet;
mod personality;
mod profile;
mod router;
mod session;
mod shell;
mod terminal;
pub mod wrap;

use std::sync::Arc;

use anyhow::Context;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::core::{Device, Ports};
use crate::running::Running;
use crate::ssh::{Host, listener};

/// Refuses knobs that a RouterOS device does not have, saying which there are.
pub fn check_knobs(state: &Map<String, Value>) -> anyhow::Result<()> {
    knobs::check(state)
}

/// Starts the SSH server of a router. Errors: the port cannot be bound, a bad knob, an unreadable `state.file`.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    check_knobs(&device.state())?;
    if let Some(Value::String(file)) = device.knob("file") {
        let text = tokio::fs::read_to_string(&file).await.with_context(|| format!("export file {file}"))?;
        device.merge(Map::from_iter([("export".to_owned(), Value::from(text))]));
    }
    let port = wanted.ssh.context("a routeros device needs ports.ssh")?;
    let listener = TcpListener::bind((device.address, port)).await.with_context(|| format!("SSH port {port}"))?;
    let bound = listener.local_addr()?.port();
    device.bound(|ports| ports.ssh = Some(bound));
    let running = Running::default();
    let router = router::Router::new(device, running.tasks.clone(), running.stop.clone());
    // Fails here rather than at the first login.
    router.ssh()?;
    running.tasks.spawn(listener::serve(router, listener, running.stop.clone()));
    Ok(running)
}

/// The export that a device gives to a command such as `/export terse`, with LF line ends: what a driver has to
/// bring home. The header carries the moment of the call. None: the command is no export that the device takes.
pub fn export_text(device: &Arc<Device>, command: &str) -> Option<String> {
    let router = router::Router::new(Arc::clone(device), Default::default(), Default::default());
    let answer = command::run(&router, "", command, command::Place::Exec);
    let text: String = answer.parts.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    (answer.kind == command::AnswerKind::Export).then(|| text.replace('\r', ""))
}
