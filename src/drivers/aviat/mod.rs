//! Aviat WTM 4000 radios, firmware 2.x (2.11) and 6.x: a command line of ConfD over SSH, and SNMP.
//!
//! | device type | radio | its `unit-type`, model code |
//! | --- | --- | --- |
//! | AV4100 | WTM 4100 | `WTM4100`, `W41-...` |
//! | AV4200 | WTM 4200 | `WTM4200`, `W42-...` |
//!
//! The web channel (login, websocket) is the only way to the uptime of a 2.11 radio without SNMP. It carries the password
//! over plain HTTP, so it is used only where the caller allows it and nothing else told the uptime.
//!
//! # Quirks
//! Evidence stands in spec/aviat-device.md under the sections named; all read 2026-03. The layout of the command
//! line's answers is reconstructed there, not captured: what a reader does not recognise is unknown.
//!
//! | what | since | where we hold against it |
//! | --- | --- | --- |
//! | paging is on, and its switch is spelled in two ways (3.4) | always | `session`: both; `platform::SHELL` answers the pager all the same |
//! | words are completed at each blank (3.4) | always | `session`: switched off |
//! | `exit` in operational mode ends the session (5) | always | sent only where the prompt shows a level to leave; `session` takes the mode from every prompt |
//! | software actions are known in one mode only (6.13) | 6.0 | `write`: operational mode first, on a syntax error configuration mode, once |
//! | the password of the own account is refused in the config (6.12) | always | `write::password`: `change-password` first |
//! | after a boot tables are empty: `% No entries found.` (8) | always | empty is unknown, and "no spanning tree" is believed only of a radio that shows its software |
//! | the first list of licences after a login may be short (6.6) | always | `session`: a second reading |
//! | the same facts stand under other commands, names and in other tables (14) | 6.0 | `parse` reads both forms, `commands` has both |
//! | entity indexes move from boot to boot (13.2) | always | `snmp`: found by name each time |
//! | sensors say milli *and* a precision of 3 for the same number (13.4) | 6.0 | `parse::sensors` |
//! | the oper-status column holds another object (13.3) | 6.0 | `platform::oids` by family |
//! | the agent stops answering after some 15 quick requests (13.7) | before 2.11 | `snmp`: a handful of requests, no bulk walk but of the names |
//! | sysUpTime is the agent's, and wraps at 497 days (13.1) | always | `parse::uptime` |

pub mod commands;
mod driver;
pub(in crate::drivers) mod health;
mod observe;
pub mod parse;
pub mod platform;
mod report;
mod session;
mod snmp;
mod web;
pub mod write;

pub use driver::Aviat;
pub use observe::{Observation, Uptime, Wanted};
pub use session::Session;
