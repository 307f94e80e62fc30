//! The web server of a device whose page is an API: HTTP/1.1 with and without TLS, spoken by hand over the socket, since
//! the faults need every byte; sessions that are counted.
//!
//! Knobs of every kind that has one: `tls` (`modern`; `1.0`: the device knows no newer one; `off`: nobody listens),
//! `http` (`on`; `redirect`: visitors are sent to HTTPS; `off`: nobody listens), `delay_ms` (before every answer,
//! simulated). With the fault `hostkey` the certificate is another one.
//!
//! The journal has, besides requests (`http`), connections (`tcp`: `open`, `close`), handshakes (`tls`), logins (`auth`)
//! and sessions (`session`: `open N`, `close N`, `expire N`, `refuse`).

mod certificate;
mod connection;
pub mod message;
pub mod sessions;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};

use crate::core::{Device, Fault, Ports};
use crate::running::Running;
use message::{Answer, Request};

/// What a kind answers.
pub trait Site: Send + Sync + 'static {
    /// One answer; effects take place at once, however slowly the answer leaves.
    fn answer(&self, request: &Request) -> Answer;

    /// The request as the journal shows it, without secrets.
    fn shown(&self, request: &Request) -> String;

    /// Whether the device is away (it restarts).
    fn is_away(&self) -> bool {
        false
    }

    /// Whether it listens on this face at the moment.
    fn listens(&self, secure: bool) -> bool;
}

/// Knobs that every such kind has.
pub const KNOBS: [&str; 3] = ["tls", "http", "delay_ms"];

/// Whether the knobs let a face listen.
pub fn listens(device: &Device, secure: bool) -> bool {
    device.text(if secure { "tls" } else { "http" }, "on") != "off"
}

/// One device's server.
struct Server {
    device: Arc<Device>,
    site: Arc<dyn Site>,
    running: Running,
    identities: tls::Identities,
}

/// Starts the faces that are wanted. Errors: a port that is taken.
pub async fn start(device: Arc<Device>, wanted: Ports, site: Arc<dyn Site>) -> anyhow::Result<Running> {
    let running = Running::default();
    let identities = tls::Identities::new(&device.name)?;
    let server = Arc::new(Server { device: Arc::clone(&device), site, running: running.clone(), identities });
    for (port, secure) in [(wanted.http, false), (wanted.https, true)] {
        let Some(port) = port else { continue };
        let at = SocketAddr::new(device.address, port);
        let what = if secure { "HTTPS" } else { "HTTP" };
        let listener =
            TcpListener::bind(at).await.with_context(|| format!("device {}: {what} at {at}", device.name))?;
        let port = listener.local_addr()?.port();
        device.bound(|ports| *(if secure { &mut ports.https } else { &mut ports.http }) = Some(port));
        running.tasks.spawn(listen(Arc::clone(&server), listener, secure));
    }
    Ok(running)
}

async fn listen(server: Arc<Server>, listener: TcpListener, secure: bool) {
    loop {
        let accepted = tokio::select! {
            () = server.running.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let refuses = server.device.faults().iter().any(|fault| matches!(fault, Fault::Refuse {}));
        if refuses || server.site.is_away() || !server.site.listens(secure) {
            continue;
        }
        let server = Arc::clone(&server);
        let tasks = server.running.tasks.clone();
        tasks.spawn(async move {
            let stop = server.running.stop.clone();
            server.device.received("tcp", "open");
            tokio::select! {
                () = stop.cancelled() => {}
                _ = serve(&server, stream, secure) => {}
            }
            server.device.received("tcp", "close");
        });
    }
}

async fn serve(server: &Server, mut stream: TcpStream, secure: bool) -> std::io::Result<()> {
    // Without it the pieces of a split answer are gathered again.
    stream.set_nodelay(true)?;
    if !secure {
        return connection::serve(server, stream, false).await;
    }
    let mute = server.device.faults().iter().any(|fault| matches!(fault, Fault::Mute { after: None }));
    if mute {
        return connection::swallow(&mut stream).await;
    }
    if server.device.text("tls", "modern") == "1.0" {
        server.device.received("tls", "refused: too new");
        return tls::answer_as_tls_1_0(stream).await;
    }
    let another = server.device.faults().iter().any(|fault| matches!(fault, Fault::Hostkey {}));
    let stream = server.identities.acceptor(another).accept(stream).await?;
    server.device.received("tls", "handshake");
    connection::serve(server, stream, true).await
}
