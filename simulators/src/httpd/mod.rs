//! A small web server for simulated devices: HTTP/1.1 by hand over TCP or TLS, since the faults need every byte.
//!
//! The journal gets `web` `open` and `close` for each connection, `tls` where a handshake was refused, and `http` with
//! the line of each request (secrets are the [`Site`]'s to leave out).

mod connection;
mod message;
mod tls;

use std::sync::Arc;

use tokio::net::TcpListener;

pub use message::{Answer, Request};

use crate::core::{Device, Fault};
use crate::running::Running;

/// What a device answers.
pub trait Site: Send + Sync + 'static {
    /// Knobs, journal, faults.
    fn device(&self) -> &Arc<Device>;

    /// Its tasks.
    fn running(&self) -> &Running;

    /// Whether it answers at all.
    fn is_up(&self) -> bool {
        true
    }

    /// The request as the journal and the faults see it, without secrets.
    fn line(&self, request: &Request) -> String {
        format!("{} {}", request.method, request.path)
    }

    /// The answer.
    fn answer(&self, request: &Request) -> Answer;
}

/// How a face is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// In clear.
    Plain,
    /// By TLS. Knob `tls`: `modern` (1.2 and 1.3), `1.0` (a server that knows nothing newer).
    Tls,
}

/// Serves the listener until the device is stopped.
pub async fn serve<S: Site>(site: Arc<S>, listener: TcpListener, face: Face) {
    loop {
        let accepted = tokio::select! {
            () = site.running().stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        if !site.is_up() || site.device().faults().contains(&Fault::Refuse {}) {
            site.device().received("web", "refused");
            // With a reset rather than a polite end.
            let _ = stream.set_zero_linger();
            continue;
        }
        let (site, tasks) = (Arc::clone(&site), site.running().tasks.clone());
        tasks.spawn(async move {
            let stop = site.running().stop.clone();
            site.device().received("web", "open");
            tokio::select! {
                () = stop.cancelled() => {}
                _ = connection::serve(&site, stream, face) => {}
            }
            site.device().received("web", "close");
        });
    }
}
