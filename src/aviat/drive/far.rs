//! Whether the other end of a hop answers.

use std::net::SocketAddr;
use std::time::Duration;

use super::Deps;
use crate::inventory::Hop;

/// A radio that is up answers a connection at once, also over a slow path.
const LIMIT: Duration = Duration::from_secs(5);

/// By a TCP connection to its SSH port, which is closed at once: nothing is said.
pub(super) async fn answers(deps: &Deps<'_>, hop: &Hop) -> bool {
    let address = SocketAddr::new(hop.other.address, hop.other.ports.ssh.unwrap_or(22));
    let connected = deps.clock.timeout(LIMIT, tokio::net::TcpStream::connect(address)).await;
    matches!(connected, Ok(Ok(_)))
}
