//! Any device that answers the standard MIB: system group, and a place in its sysLocation.
//!
//! Facts: spec/field-devices.md 1.9.

mod commands;
mod driver;
mod health;
mod parse;

pub use driver::{Generic, System};
pub use parse::location::{Place, place};
