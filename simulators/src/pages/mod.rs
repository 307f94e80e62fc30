//! A small web server for devices whose pages are the device: HTTP by hand over the socket, since the faults need every
//! byte: answers are cut, split, delayed, replaced by noise, or never come.
//!
//! A device is a [`Site`]: a function from a request to an answer, with whatever state it keeps. What comes in stands in
//! the journal under `http` as `GET /path` with the values of secret fields and of sessions masked.

mod connection;
pub mod http;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::core::{Device, Fault};
use crate::running::Running;
use http::{Answer, Request};

/// A device's pages.
pub trait Site: Send + Sync + 'static {
    /// The device.
    fn device(&self) -> &Device;
    /// Answers a request. Whether logins are refused by a fault is for the site to heed.
    fn answer(&self, request: &Request) -> Answer;
}

/// Whether a fault refuses every login.
pub fn refuses_logins(device: &Device) -> bool {
    device.faults().iter().any(|fault| matches!(fault, Fault::Auth {}))
}

/// Starts a site. Errors: a port that is taken.
pub async fn start(site: Arc<dyn Site>, port: u16, running: &Running) -> anyhow::Result<()> {
    let device = site.device();
    let address = SocketAddr::new(device.address, port);
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("device {}: HTTP at {address}", device.name))?;
    let port = listener.local_addr()?.port();
    device.bound(|ports| ports.http = Some(port));
    running.tasks.spawn(listen(site, listener, running.clone()));
    Ok(())
}

async fn listen(site: Arc<dyn Site>, listener: TcpListener, running: Running) {
    loop {
        let accepted = tokio::select! {
            () = running.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        if site.device().faults().iter().any(|fault| matches!(fault, Fault::Refuse {})) {
            continue;
        }
        site.device().received("tcp", "connect");
        let (site, stop) = (Arc::clone(&site), running.stop.clone());
        running.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = connection::serve(site.as_ref(), stream) => {}
            }
        });
    }
}
