//! Accepts connections and runs an SSH session on each.

use std::sync::Arc;

use russh::server;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::Host;
use super::outlet::Connection;
use super::wire::Wire;
use crate::core::Fault;

/// Serves the listener until stopped.
pub async fn serve<H: Host>(host: Arc<H>, listener: TcpListener, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                host.tasks().spawn(connection(Arc::clone(&host), stream));
            }
            Err(error) => {
                // Out of file handles: waiting lets some close.
                tracing::warn!(device = %host.device().name, %error, "cannot accept");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

/// One connection from accept to its end.
async fn connection<H: Host>(host: Arc<H>, stream: TcpStream) {
    let faults = host.device().faults();
    if !host.is_up() || faults.contains(&Fault::Refuse {}) {
        host.device().received("tcp", "refused");
        // With a reset rather than a polite end.
        let _ = stream.set_zero_linger();
        return;
    }
    host.device().received("tcp", "open");
    let cut = host.life();
    if faults.contains(&Fault::Mute { after: None }) {
        swallow(stream, &cut).await;
    } else if let Err(error) = ssh(&host, stream, cut.clone()).await {
        tracing::debug!(device = %host.device().name, %error, "session ended");
    }
    cut.cancel();
    host.device().received("tcp", "close");
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

async fn ssh<H: Host>(host: &Arc<H>, stream: TcpStream, cut: CancellationToken) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let config = host.ssh()?;
    let (wire, written) = Wire::new(stream, cut.clone());
    let connection = Arc::new(Connection {
        host: Arc::clone(host),
        cut,
        written,
        sent: Default::default(),
        mute: Default::default(),
    });
    server::run_stream(config, wire, H::session(connection)).await?.await
}
