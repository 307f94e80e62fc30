//! Reads what a Tachyon device says: pure functions.

pub(super) mod config;
pub(super) mod login;
pub(super) mod status;
