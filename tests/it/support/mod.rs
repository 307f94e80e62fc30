//! What the tests share: a daemon in this process, a daemon as a process, simulated equipment, recordings.

pub mod api;
pub mod daemon;
pub mod process;
pub mod recording;

pub use api::Api;
pub use daemon::{Setup, TestDaemon};
pub use process::Process;
