//! Ping, the standard MIB, and how a payload names a device (spec/field-devices.md 1.7 to 1.9 and section 5).

mod naming;
mod ping;
mod system;
