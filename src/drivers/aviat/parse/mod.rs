//! What a WTM prints and answers, as values. Pure: no I/O, no time, no device.
//!
//! A reader gives what it recognises, and nothing for the rest: no value is ever inferred from another field.

pub mod carriers;
pub mod commit;
pub mod config;
pub mod entities;
pub mod hardware;
pub mod interfaces;
pub mod licences;
pub mod management;
pub mod password;
pub mod prompt;
pub mod queue;
pub mod refusal;
pub mod response;
pub mod sensors;
pub mod snmp;
pub mod software;
pub mod spanning_tree;
pub mod table;
pub mod uptime;
pub mod version;
pub mod web;

#[cfg(test)]
mod hostile;
