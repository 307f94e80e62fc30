//! What a device is for.

use serde::{Deserialize, Serialize};

/// The roles of the contract's `ido.<role>.*` actions, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Access point or subscriber radio.
    Ap,
    /// Backhaul radio.
    Bh,
    /// Switch or router.
    Swt,
    /// Uninterruptible or DC power supply.
    Ups,
    /// Remote power control: distribution panels, switched PDUs.
    Rpc,
    /// Anything else.
    Other,
}

impl Role {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Ap => "ap",
            Role::Bh => "bh",
            Role::Swt => "swt",
            Role::Ups => "ups",
            Role::Rpc => "rpc",
            Role::Other => "other",
        }
    }
}
