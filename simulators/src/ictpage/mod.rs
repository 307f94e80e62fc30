//! The web page of an ICT 200DB distribution panel: plain HTTP, Basic auth on every request, one page to read.
//!
//! HTTP is spoken by hand over the socket, since the faults need every byte: answers are cut, split, delayed, replaced
//! by noise.
//!
//! Knobs: `user` (admin), `password` (`sim`; a unit from the factory has none), `model`, `firmware`, `serial`, `mac`, `outputs` (as
//! kind `ict-pdu` has them: one panel has both faces; `state` replaces an output's word of state), `whitespace`
//! (`none` or `newlines` between cells), `tbody` (the rows stand in one), `page` (replaces the whole page), `location`
//! (of the redirect after a form), `offline_seconds` (how long the panel is gone after it restarted; 10, simulated
//! time), `offline_after` (`reset`: the redirect's target was fetched; `post`: the form was taken).

mod connection;
mod http;
mod page;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use tokio::net::TcpListener;

use crate::core::{Device, Fault, Ports};
use crate::running::Running;

/// The port of a page for which none is wanted.
const PORT: u16 = 8000;

/// One panel's web server.
#[derive(Debug)]
struct Panel {
    device: Arc<Device>,
    running: Running,
    /// Simulated second until which it is gone.
    offline_until: Mutex<f64>,
}

impl Panel {
    fn offline(&self) -> bool {
        self.device.clock.seconds() < *self.offline_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restart(&self) {
        let seconds = self.device.number("offline_seconds", 10.0);
        let until = self.device.clock.seconds() + seconds;
        *self.offline_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn refuses(&self) -> bool {
        self.offline() || self.device.faults().iter().any(|fault| matches!(fault, Fault::Refuse {}))
    }
}

/// Starts the device's page. Errors: a port that is taken.
pub async fn start(device: Arc<Device>, wanted: Ports) -> anyhow::Result<Running> {
    let address = SocketAddr::new(device.address, wanted.http.unwrap_or(PORT));
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("device {}: HTTP at {address}", device.name))?;
    let port = listener.local_addr()?.port();
    device.bound(|ports| ports.http = Some(port));
    let running = Running::default();
    let panel = Arc::new(Panel { device, running: running.clone(), offline_until: Mutex::new(f64::MIN) });
    running.tasks.spawn(listen(panel, listener));
    Ok(running)
}

async fn listen(panel: Arc<Panel>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = panel.running.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        if panel.refuses() {
            continue;
        }
        panel.device.received("tcp", "connect");
        let panel = Arc::clone(&panel);
        let tasks = panel.running.tasks.clone();
        tasks.spawn(async move {
            let stop = panel.running.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                _ = connection::serve(&panel, stream) => {}
            }
        });
    }
}
