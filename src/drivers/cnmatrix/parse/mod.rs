//! Reads the switch's pages: pure. What is not there as it should be is an error that says what; nothing is guessed.

mod config;
mod interfaces;
mod landing;
mod login;

pub use config::config;
pub use interfaces::{Interface, interfaces};
pub use landing::version;
pub use login::{Login, login};

/// Why a page is not what it should be, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmet(pub String);

/// Whether a page is that of a session that is over.
pub fn is_ended(page: &str) -> bool {
    page.contains(super::platform::ENDED)
}
