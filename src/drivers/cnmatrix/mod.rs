//! Cambium cnMatrix switch by its web interface (Aricent's ISS). Facts: spec/field-devices.md 2.5.
//!
//! | device type | model |
//! | --- | --- |
//! | CN1012 | TX1012-P-DC |
//!
//! # Quirks
//! | what | where we hold against it |
//! | --- | --- |
//! | every answer has status 200; a failed login is a page with `ERROR` in it | `parse::login` |
//! | the session is a value in the query, not a cookie; an ended one answers every page with a sentence | `session`: one more login, then the page again |
//! | the form for a new interface stands above the table and has inputs of the same names | `parse::interfaces` tells them apart by their size |
//! | `/iss.conf` is the configuration as it was saved last | a warning with every running config |
//! | newer builds want the password encrypted with a key from a script | refused with words: use SNMP |
//! | the pages that are known name no model | `agent`: model and health by SNMP where the inventory has credentials for it; else there is no `model` in the facts |

mod agent;
mod commands;
mod driver;
mod health;
pub mod parse;
mod platform;
mod session;

pub use driver::CnMatrix;
