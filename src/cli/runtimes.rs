//! The two runtimes of the daemon: one for requests and the engine, one for devices.
//!
//! A key exchange computes for half a millisecond without a pause. On threads of their own, a hundred of them at once
//! keep no request waiting: the system gives each thread its turn. Where there is one processor, a runtime of many
//! workers has one, and pays for the machinery that would share its work: there a plain loop on a thread takes its place.

use std::num::NonZeroUsize;

use anyhow::Context as _;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// Where device sessions run. Stops when it is dropped.
pub(super) enum Devices {
    /// Its own workers.
    Workers(Runtime),
    /// A thread that runs until the sender is dropped.
    Thread(Handle, #[expect(dead_code, reason = "its drop is what counts")] oneshot::Sender<()>),
}

impl Devices {
    /// As fits the machine.
    pub(super) fn start() -> anyhow::Result<Self> {
        if many() {
            let runtime = Builder::new_multi_thread().thread_name("devices").enable_all().build();
            return Ok(Self::Workers(runtime.context("no runtime for devices")?));
        }
        let runtime = Builder::new_current_thread().enable_all().build().context("no runtime for devices")?;
        let handle = runtime.handle().clone();
        let (sender, stopped) = oneshot::channel::<()>();
        let run = move || {
            // Ends with an error when the sender is dropped, which is the signal.
            let _ = runtime.block_on(stopped);
        };
        std::thread::Builder::new().name("devices".to_owned()).spawn(run).context("no thread for devices")?;
        Ok(Self::Thread(handle, sender))
    }

    pub(super) fn handle(&self) -> &Handle {
        match self {
            Self::Workers(runtime) => runtime.handle(),
            Self::Thread(handle, _) => handle,
        }
    }
}

/// The runtime of all else.
pub(super) fn main() -> anyhow::Result<Runtime> {
    let mut builder = if many() { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.enable_all().build().context("no runtime")
}

fn many() -> bool {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get) > 1
}
