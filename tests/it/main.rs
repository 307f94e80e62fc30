//! The integration tests: one binary, real SSH, SNMP, HTTP and SQLite over loopback.

mod architecture;
mod net;
mod power;
mod routeros;
mod ssh;
mod support;
