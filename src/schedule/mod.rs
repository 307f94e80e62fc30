//! Recurring work: turns due instants into jobs of the store, and touches no device.
//!
//! A schedule is a row (`store/schedules.rs`). The planner sleeps until the next one is due, at most half a minute, and
//! compares with the wall clock, so that a clock that is set, a machine that slept and new data of a zone are noticed. What
//! is due is decided in `decide`, pure; one transaction stores the run with its job and moves the row on, guarded by the
//! due instant: one run an instant, whatever crashes.

mod builtins;
mod decide;
mod job;
mod metrics;
mod planner;
mod settings;

pub use builtins::{AviatNight, specs};
pub use metrics::ScheduleMetrics;
pub use planner::{Parts, Planner};
pub use settings::{Config, Entry};
