//! What simulated devices with an SSH server share: the listener, the wire that a fault can cut, the way out where
//! the faults bite, and the host keys.

pub mod hostkey;
pub mod listener;
pub mod outlet;
pub mod wire;

use std::sync::Arc;

use russh::server;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::core::Device;

/// A device that has an SSH server.
pub trait Host: Send + Sync + Sized + 'static {
    /// What serves one of its connections.
    type Session: server::Handler<Error = anyhow::Error> + Send + 'static;

    /// Knobs, journal, faults.
    fn device(&self) -> &Arc<Device>;

    /// Its tasks.
    fn tasks(&self) -> &TaskTracker;

    /// Whether it answers at all.
    fn is_up(&self) -> bool;

    /// A token for a new connection: cancelled when the device stops or reboots.
    fn life(&self) -> CancellationToken;

    /// The SSH configuration of this moment. Errors: a host key that cannot be read.
    fn ssh(&self) -> anyhow::Result<Arc<server::Config>>;

    /// A session on a connection on which nobody is logged in yet.
    fn session(connection: Arc<outlet::Connection<Self>>) -> Self::Session;
}
