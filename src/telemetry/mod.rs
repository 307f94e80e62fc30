//! Logs and metrics. Secrets are kept out by their type; [`secrets`] is a second net under the log.

pub mod logging;
pub mod metrics;
pub mod secrets;

pub use logging::Config;
pub use metrics::Metrics;
pub use secrets::Secrets;
