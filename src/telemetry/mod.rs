//! Logs and metrics. Secrets are kept out by their type; [`secrets`] is a second net under the log.

pub mod exposition;
pub mod logging;
pub mod metrics;
pub mod secrets;

pub use exposition::{DeviceMetrics, NoDeviceMetrics, NotPolled};
pub use logging::Config;
pub use metrics::Metrics;
pub use secrets::Secrets;
