//! What the contract says of itself: fixed documents.

pub(super) mod actions;
pub(super) mod bootstrap;
pub(super) mod workflows;
