//! What devices say of themselves: asked, and of their own accord.

pub mod traps;

use serde::{Deserialize, Serialize};

/// Table `[health]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Notifications of devices.
    pub traps: traps::Config,
}
