//! Health readings.

mod bench;
mod families;
mod recordings;
mod recordings_by_vendor;
