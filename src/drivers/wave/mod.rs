//! Ubiquiti Wave radios, by their JSON interface over HTTPS.
//!
//! | device type | model |
//! | --- | --- |
//! | UBWAP | Wave-AP |
//! | UBWAPM | Wave-AP-Micro |
//!
//! # Quirks
//! Evidence: spec/field-devices.md 2.8 (read 2026-03), where nothing else is said.
//!
//! | what | where we hold against it |
//! | --- | --- |
//! | the token comes in a header of the login's answer, and only there | `parse::reply::token` |
//! | an answer may say with HTTP 200 that it failed: its body has a `statusCode` of its own (relatives with the same interface do so) | `parse::reply` |
//! | a session ends after 15 idle minutes and with every reboot; the next request is 401 or 403 | one new login a reading (`session`) |
//! | 403 also means an account that may not | after the new login it is `forbidden_readonly` |
//! | a radio holds few sessions, so each is logged out, also after a cancel | `session::Session::close` |
//! | no lock-out and no session limit is described: 429 and 423 are taken for the one, 503 for the other, as RFC 6585, 4918 and 9110 mean them | `parse::reply` |
//! | relatives want a `Referer` and an `Origin` | `commands` |
//! | moments and hashes that might stand in a configuration are no settings (inferred; none was seen) | `platform::VOLATILE` |

mod commands;
mod driver;
mod health;
pub mod parse;
mod platform;
mod report;
mod session;

pub use driver::Wave;
