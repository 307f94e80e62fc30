//! What a started simulator leaves behind: its tasks and the way to end them.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The running faces of one device. A kind's `start` returns it once every port is bound and noted with
/// `Device::bound`.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Every task that serves the device: listeners and connections.
    pub tasks: TaskTracker,
    /// Cancelled to end them all.
    pub stop: CancellationToken,
}

impl Running {
    /// Ends all tasks and waits until they are gone and the ports are free.
    pub async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
