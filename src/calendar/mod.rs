//! Hours and days over named zones: when recurring work is due, maintenance windows and black-outs. Pure: no clock, no
//! store.

mod cron;
mod timing;
pub mod window;
mod zones;

pub use cron::{Cron, CronError};
pub use timing::{Late, Timing, TimingError, Written, due, spread};
pub use zones::Zones;
