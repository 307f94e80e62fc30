//! Accepts connections and runs an SSH session on each.

use std::sync::Arc;

use russh::server;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::outlet::Connection;
use super::router::Router;
use super::session::Session;
use super::wire::Wire;
use crate::core::Fault;

/// Serves the listener until stopped.
pub async fn serve(router: Arc<Router>, listener: TcpListener, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                router.tasks.spawn(connection(Arc::clone(&router), stream));
            }
            Err(error) => {
                // Out of file handles: waiting lets some close.
                tracing::warn!(device = %router.device.name, %error, "cannot accept");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

/// One connection from accept to its end.
async fn connection(router: Arc<Router>, stream: TcpStream) {
    let faults = router.device.faults();
    if !router.is_up() || faults.contains(&Fault::Refuse {}) {
        router.device.received("tcp", "refused");
        // With a reset rather than a polite end.
        let _ = stream.set_zero_linger();
        return;
    }
    router.device.received("tcp", "open");
    let cut = router.life();
    if faults.contains(&Fault::Mute { after: None }) {
        swallow(stream, &cut).await;
    } else if let Err(error) = ssh(&router, stream, cut.clone()).await {
        tracing::debug!(device = %router.device.name, %error, "session ended");
    }
    cut.cancel();
    router.device.received("tcp", "close");
}

/// Accepts and never answers.
async fn swallow(mut stream: TcpStream, cut: &CancellationToken) {
    let mut buffer = [0_u8; 1024];
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => if !matches!(read, Ok(count) if count > 0) { return },
            () = cut.cancelled() => return,
        }
    }
}

async fn ssh(router: &Arc<Router>, stream: TcpStream, cut: CancellationToken) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let config = router.ssh()?;
    let (wire, written) = Wire::new(stream, cut.clone());
    let connection = Arc::new(Connection {
        router: Arc::clone(router),
        cut,
        written,
        sent: Default::default(),
        mute: Default::default(),
    });
    server::run_stream(config, wire, Session::new(connection)).await?.await
}
