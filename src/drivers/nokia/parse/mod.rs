//! What SR OS prints and its agent shows, as values. Pure: no I/O, no time, no device.

pub mod agent;
pub mod chassis;
pub mod config;
pub mod errors;
pub mod fields;
pub mod normalise;
pub mod notices;
pub mod prompt;
pub mod system;
pub mod version;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod recordings;
