//! What the drivers of power equipment have in common: a snapshot of SNMP objects, the normalised record, the text
//! form of a configuration, and the reading of both. The families keep their tables and their scaling.

mod family;
mod health;
mod record;
mod rows;
mod snapshot;
mod text;

pub use family::{Power, PowerFamily};
pub use health::health;
pub use record::{Alarm, Measure, Outlet, OutletState, Record, Rectifier, Source};
pub use rows::{bound, informational, verdict};
pub use snapshot::{Branch, Snapshot, code, number, shown, text as octets};
pub use text::{Object, config_text};
