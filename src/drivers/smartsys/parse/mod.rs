//! Reads the controller's answers: pure.

mod about;
mod battery;
mod config;
mod equipment;
mod login;
pub mod xml;

pub use about::{About, about};
pub use battery::{Status, capacities, status};
pub use config::config;
pub use equipment::{Unit, units};
pub use login::{Login, login};

/// Why an answer is not what it should be, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmet(pub String);
