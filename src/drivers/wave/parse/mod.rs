//! What a Wave answers, as facts: pure.

pub mod config;
pub mod device;
pub mod reply;
pub mod statistics;
