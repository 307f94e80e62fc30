//! Whether the other end of a hop answers.

use std::net::SocketAddr;
use std::time::Duration;

use super::Deps;
use crate::aviat::hop::Hop;

/// A radio that is up answers a connection at once, also over a slow path.
const LIMIT: Duration = Duration::from_secs(5);

/// By a TCP connection to its SSH port, which is closed at once: nothing is said.
pub(super) async fn answers(deps: &Deps<'_>, hop: &Hop) -> bool {
    let address = SocketAddr::new(hop.other_address, hop.other_port);
    let connected = deps.clock.timeout(LIMIT, tokio::net::TcpStream::connect(address)).await;
    matches!(connected, Ok(Ok(_)))
}
