//! Pure readers.

pub mod location;
