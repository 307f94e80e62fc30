//! Netonix WISP switches, by the command line and the shell behind it over SSH; by their pages where the inventory gives
//! a switch a web port and no SSH port.
//!
//! | device type | ports |
//! | --- | --- |
//! | NXWS12, NXWS14 | 14, the last two SFP |
//! | NXWS24, NXWS26 | 26, the last two SFP |
//!
//! # Quirks
//! Evidence: spec/field-devices.md 2.4 and 1.12 (read 2026-03), where nothing else is said.
//!
//! | what | where we hold against it |
//! | --- | --- |
//! | the configuration is a file that only the shell behind `cmdline` shows; it has no line end, so the prompt would stand right behind it | `commands::CONFIG` ends with `echo` |
//! | no prompt is described; public backup tools wait for any line that ends with `#` | `platform::SHELL` takes any shape and learns the very prompt of each mode |
//! | an account that may not use `cmdline` stays at the command line, which knows no `cat` | `parse::version`: no version there is `forbidden_readonly` |
//! | the table of ports has tabs, and blank fields for SFP ports | `parse::table` |
//! | a refused login is a page, with HTTP 200 (web) | `parse::web` |
//! | newer firmware logs in by `/api/v1/login` (web) | tried where `/index.php` is not there |
//! | firmware with TLS 1.0 only cannot be reached (web) | the transport says `tls_unsupported` |
//! | `Applied` tells whether a change is in force, and is no setting (public sample of a file) | `platform::VOLATILE` |
//! | five refused logins shut an address out for a minute (`Tarpit_*` in the same sample) | one login a reading, never a second with the same password |
//! | a new login while a session lives has crashed switches (public notes) | a web session is renewed only after the switch has ended it |
//! | no request that ends a web session is known: it ends by itself | SSH is used wherever there is one, and always closed |
//! | neither face shows the model or the serial number | the number of ports is held against the type |

mod commands;
mod console;
mod driver;
mod health;
pub mod parse;
mod platform;
mod report;
mod web;

pub use driver::Netonix;
