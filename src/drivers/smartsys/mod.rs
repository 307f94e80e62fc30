//! SmartSys UPS (DPC SC501 controller) by its web interface: XML documents behind a login. Facts:
//! spec/field-devices.md 2.3.
//!
//! # Quirks
//! | what | where we hold against it |
//! | --- | --- |
//! | the login's body is text that is split at `&` | special characters go in percent codes; all others as they are |
//! | the login answers `0`, or another number where it refuses; anything else is not this equipment | `parse::login` |
//! | elements are nested and repeated (units, groups) | `parse::xml` keeps the tree; a value that is there twice and differs is unknown |
//! | latitude's flag is 1 for north, longitude's is 1 for west | `parse::about` |
//! | the documents hold the community of the traps | never in facts; marked in the running config |
//! | there is no logout | the session ends by itself; every visit is one login |
//! | what comes after the end of a session is no XML | `driver`: one more login, then the document again |

mod commands;
mod driver;
mod health;
pub mod parse;
mod platform;

pub use driver::SmartSys;
