//! How bytes reach a device: a TCP connection of ours, or a channel through a jump host.

use std::net::SocketAddr;

use russh::ChannelOpenFailure;
use tokio::net::TcpStream;

use super::connection::{Connection, Setback};
use super::line::Carrier;
use super::{Config, connection};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass};
use crate::transport::{Cx, human};

/// Connects. No answer within the limit is not tried again: the kernel has repeated the first packet all the while.
pub(super) async fn direct(cx: &Cx, to: SocketAddr, config: &Config) -> Result<Carrier, Setback> {
    let limit = config.connect();
    let connect = async {
        let watch = Stopwatch::start();
        let stream = TcpStream::connect(to).await.map_err(|error| match error.kind() {
            // Accepted and cut before we could look: the same as a moment later, whoever is faster.
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::ConnectionAborted => dropped(),
            _ => Failure::new(
                FailureClass::Unreachable,
                format!("no TCP connection to port {}: {}", to.port(), reason(&error)),
            ),
        })?;
        cx.witness.connected("ssh", to.ip(), watch.elapsed());
        // Without it a command waits up to 88 ms for the acknowledgement of the packet before.
        stream.set_nodelay(true).map_err(|_| dropped())?;
        Ok(Carrier::tcp(stream))
    };
    match cx.bounded(limit, "the connection", connection::on(config.runtime.as_ref(), connect)).await {
        Ok(carrier) => Ok(carrier),
        Err(failure) if failure.class == FailureClass::Timeout => Err(Setback::last(Failure::new(
            FailureClass::Unreachable,
            format!("no answer from port {} within {}; is it up, and is the path to it?", to.port(), human(limit)),
        ))),
        Err(failure) => Err(Setback::again(failure)),
    }
}

/// Opens a channel to the device on a connection to its jump host.
pub(super) async fn through(cx: &Cx, hop: &Connection, to: SocketAddr, config: &Config) -> Result<Carrier, Setback> {
    let limit = config.connect();
    let name = hop.label().to_owned();
    let open = async {
        // The originator is for the hop's log only.
        match hop
            .wire()
            .handle
            .channel_open_direct_tcpip(to.ip().to_string(), u32::from(to.port()), "127.0.0.1", 0)
            .await
        {
            Ok(channel) => Ok(Carrier::Hop(Box::new(channel.into_stream()))),
            Err(russh::Error::ChannelOpenFailure(ChannelOpenFailure::AdministrativelyProhibited)) => Err(Failure::new(
                FailureClass::Unreachable,
                format!("its jump host {name} refuses to forward connections; allow TCP forwarding there"),
            )),
            Err(russh::Error::ChannelOpenFailure(_)) => {
                Err(Failure::new(FailureClass::Unreachable, format!("its jump host {name} cannot connect to {to}")))
            }
            Err(_) => {
                Err(Failure::new(FailureClass::Unreachable, format!("the connection to its jump host {name} was lost")))
            }
        }
    };
    match cx.bounded(limit, "the connection", open).await {
        Ok(carrier) => Ok(carrier),
        Err(failure) if failure.class == FailureClass::Timeout => Err(Setback::last(Failure::new(
            FailureClass::Unreachable,
            format!("no answer through its jump host {name} within {}", human(limit)),
        ))),
        Err(failure) => Err(Setback::last(failure)),
    }
}

/// The device ended the connection before a credential was sent.
pub(super) fn dropped() -> Failure {
    Failure::new(
        FailureClass::Protocol,
        "it dropped the connection before the login; see its log, and whether it has a free session",
    )
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "refused; is SSH on there, on this port?".to_owned(),
        std::io::ErrorKind::HostUnreachable | std::io::ErrorKind::NetworkUnreachable => {
            "no route; is it up, and is the path to it?".to_owned()
        }
        _ => error.to_string(),
    }
}
