//! Cambium ePMP: access points and subscriber modules, by the JSON interface of their web page.
//!
//! Facts: spec/field-devices.md 2.6. What makes the family what it is:
//! * Failures come with HTTP status 200 and a `msg`; the AX line may answer 401 instead.
//! * A session is a `stok` in the path and a `sysauth` cookie together; there are five of them for everybody, so each is
//!   closed. An expired one is answered with `auth_failed`, as a wrong password is.
//! * A POST without a length is refused with 411, so every call carries a form, if an empty one.
//! * `success` is a number in most replies and a text in those of `get_param`.
//! * Wrong passwords lock the account: one pair is tried, once.
//!
//! HTTPS unless the inventory gives an HTTP port and no HTTPS port. Running config and facts are of the model that was
//! asked for, or there are none: the SKU (`cambiumHWInfo`) is compared exactly.

mod commands;
mod driver;
mod health;
mod parse;
mod platform;
mod report;
mod session;

pub use driver::Epmp;
