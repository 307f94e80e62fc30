//! The integration tests: one binary, real SSH, SNMP, HTTP and SQLite over loopback.
#![cfg(test)]

mod architecture;
mod aviat;
mod contract;
mod engine;
mod net;
mod power;
mod routeros;
mod ssh;
mod support;
