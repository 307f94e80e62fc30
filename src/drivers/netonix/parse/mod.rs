//! What a Netonix answers, as facts: pure.

pub mod config;
pub mod port;
pub mod status;
pub mod table;
pub mod version;
pub mod web;
