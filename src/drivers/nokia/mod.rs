//! Nokia 7250 IXR with SR OS (TiMOS) 16 and later: classic CLI or MD-CLI over SSH, health by SNMP.
//!
//! | device type | models |
//! | --- | --- |
//! | NK7250 | every 7250 IXR: e, ec, s, R4, R6, R6d, 6, 10, X1, X3, ... |
//!
//! Which command line a login finds is the device's setting, not its release: it is told by the prompt, and what the
//! configuration is managed by is told by `show system information`. The running config is read by the classic CLI
//! where that manages it (classic, mixed), by MD-CLI where that alone does (model-driven).
//!
//! # Quirks
//! Evidence stands in spec/mikrotik-nokia.md under the sections named; all read 2026-03.
//!
//! | what | since | where we hold against it |
//! | --- | --- | --- |
//! | a licence of 1.5 KB stands before the prompt (2.1.3) | always | `platform::SHELL`: two equal prompts, each behind a silence |
//! | Enter completes words and adds a blank to the echo (2.1.4) | always | the first line is the echo, whatever it says |
//! | MD-CLI's prompt has two lines, which come apart (2.2.3) | always | one shape of two lines |
//! | `*` and `!` come and go in the prompt (2.2) | always | only host, or user and host, must stay |
//! | both engines page, each with its own switch (2.3) | always | `commands`; the pager is answered all the same, and its text in a config is a failure |
//! | `//` prints notices and the other engine's prompt (2.3) | mixed | `parse::notices` |
//! | a config is whole only with its last line (2.5.2) | always | `parse::config` |
//! | a show of what is not configured is an error with a bell (2.7) | always | `parse::errors`: absent |
//! | every model says `Nokia 7250 IXR` in its release (2) | always | the model is that of `System Type` |
//! | power supplies and cards have serial numbers of their own (2.8) | always | `parse::chassis`: by section |
//! | five sessions at once (2.1.2) | always | `session`: two pauses, then `SessionLimit` |
//! | three refused logins lock the account (2.1.2) | always | `platform::LOCKOUT`: two, then none for ten minutes |
//! | memory in bytes wraps at 32 bits; -128 °C is no sensor (2.14) | always | `parse::agent`: the KB objects; left out |
//!
//! A session is ended by SSH's own goodbye, not by `logout`: the device counts both.

pub mod commands;
mod driver;
pub(in crate::drivers) mod health;
pub mod parse;
pub mod platform;
mod report;
mod session;
mod snmp;

pub use driver::Nokia;
