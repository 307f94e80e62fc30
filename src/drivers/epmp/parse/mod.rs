//! Reads what an ePMP radio says: pure functions.

pub(super) mod config;
pub(super) mod login;
pub(super) mod refusal;
pub(super) mod status;
