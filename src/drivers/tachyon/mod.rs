//! Tachyon: access points TNA-301, subscriber modules TNA-302, switches TNS-100, by the JSON interface of their web page.
//!
//! Facts: spec/field-devices.md 2.7. What makes the family what it is:
//! * A login answers with a `level`: 0 reads and writes everything, 9 is read-only and sees no configuration (401).
//! * `status` answers by type; a type that it does not know is left out, so an empty object is no answer.
//! * A refusal may come with HTTP status 200 and `"statusCode": 401`.
//!
//! HTTP unless the inventory gives an HTTPS port or pins a certificate. Facts and config are of the model that was asked
//! for, compared exactly, or there are none.

mod commands;
mod driver;
mod health;
mod parse;
mod platform;
mod report;
mod session;

pub use driver::Tachyon;
