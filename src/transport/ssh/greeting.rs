//! Whether an SSH server is up: it says what it speaks before anybody logs in, and a machine that merely accepts the
//! connection does not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use super::connection::PORT;
use super::line::Line;
use super::{Config, Connection, jump};
use crate::model::{Failure, FailureClass};
use crate::transport::session::{Peer, Session};
use crate::transport::{Cx, Target};

/// Lines that may stand before the greeting (RFC 4253, 4.2), bytes; more is none.
const PREAMBLE: usize = 4096;

/// Waits for the greeting of the SSH server of `target`, through its jump host where it has one; nothing is said to it, and
/// no credential of its own is needed. At most `limit` for the connection and the greeting together.
///
/// # Errors
/// `Unreachable`, `Timeout`, `Protocol` (it ends the connection, or does not speak SSH 2) or `Cancelled`, and those of
/// [`Connection::open`] for the jump host.
pub async fn greets(cx: &Cx, target: &Target, config: &Config, limit: Duration) -> Result<(), Failure> {
    let label = target.label();
    let hop = match &target.hop {
        Some(hop) => Some(Connection::open(cx, hop, config, None).await?),
        None => None,
    };
    let session = Session::begin(cx, Peer::new("ssh", target, target.ports.ssh.unwrap_or(PORT)));
    let heard = session.during(cx.bounded(limit, "the greeting", hear(cx, target, config, hop.as_ref()))).await;
    if let Some(hop) = hop {
        hop.close().await;
    }
    heard.map_err(|failure| failure.at(&label))
}

async fn hear(cx: &Cx, target: &Target, config: &Config, hop: Option<&Connection>) -> Result<(), Failure> {
    let to = SocketAddr::new(target.address, target.ports.ssh.unwrap_or(PORT));
    let carrier = match hop {
        None => jump::direct(cx, to, config).await,
        Some(hop) => jump::through(cx, hop, to, config).await,
    };
    let (mut line, _switch) = Line::new(carrier.map_err(|setback| setback.failure)?);
    let mut said = Vec::new();
    while !is_greeting(&said) {
        let more = line.read_buf(&mut said).await.map_err(|_| jump::dropped())?;
        if more == 0 {
            return Err(jump::dropped());
        }
        if said.len() > PREAMBLE {
            let sentence = "what listens on its SSH port does not speak SSH 2";
            return Err(Failure::new(FailureClass::Protocol, sentence));
        }
    }
    Ok(())
}

/// Whether a whole line says SSH 2, or a server of 1 that speaks 2 as well.
fn is_greeting(said: &[u8]) -> bool {
    said.split_inclusive(|byte| *byte == b'\n')
        .any(|line| line.ends_with(b"\n") && (line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_a_whole_line_that_says_ssh_2() {
        assert!(is_greeting(b"SSH-2.0-dropbear\r\n"));
        assert!(is_greeting(b"Authorised use only\r\nSSH-1.99-x\n"));
        for none in [&b""[..], b"SSH-2.0-drop", b"SSH-1.5-x\r\n", b"HTTP/1.1 400 SSH-2.0-\r\n", b"\r\n"] {
            assert!(!is_greeting(none), "{none:?}");
        }
    }
}
