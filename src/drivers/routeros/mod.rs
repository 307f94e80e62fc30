//! MikroTik RouterOS 6 and 7, over SSH; health by SNMP where the device has it.
//!
//! | device type | boards |
//! | --- | --- |
//! | MTROS | any |
//! | MT1009, MT1036, MT1072 | CCR1009, CCR1036, CCR1072 (tile, RouterOS 6 and 7) |
//! | MT2004, MT2216 | CCR2004, CCR2216 (arm64, RouterOS 7) |
//!
//! # Quirks
//! Evidence stands in spec/mikrotik-nokia.md under the sections named; all read 2026-03.
//!
//! | what | since | where we hold against it |
//! | --- | --- | --- |
//! | an exec channel gets no more than its first receive window, and then a clean end (1.3) | always | window of 16 MiB; `parse::export` refuses sizes of windows; second path by the console |
//! | an export has no trailer (1.5.4) | always | `parse::export` |
//! | `show-sensitive` is an error on 6, and secrets are hidden without it on 7 (1.5.1) | 7.1 | `commands::export_shown` |
//! | an unknown menu over exec is logged as a script error (1.3) | 7.15 | no routerboard command on CHR and PCs |
//! | the first line of an export has two forms of date (1.5.2) | 7.10 | `parse::export::is_header` |
//! | the console probes the terminal unless the user name ends in `+...` (1.1.3, 1.1.5) | always | `platform::USER_SUFFIX`; RADIUS users refuse it: one more try without |
//! | failed logins anywhere are printed into every console (1.1.7) | always | exec has none; `platform::SHELL` knows them |
//! | the table of gauges says degrees, the scalars tenths of them (1.14) | always | `health`: the table where there is one, never both |
//! | the exit status is not to be relied on (1.7) | always | `parse::errors` reads the text |

pub mod commands;
mod driver;
pub(in crate::drivers) mod health;
pub mod parse;
pub mod platform;
mod report;

pub use driver::RouterOs;
