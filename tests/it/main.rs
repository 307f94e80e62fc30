//! The integration tests: one binary, real SSH, SNMP, HTTP and SQLite over loopback.
#![cfg(test)]

mod architecture;
mod archive;
mod aviat;
mod cli;
mod contract;
mod documents;
mod engine;
mod faults;
mod generic;
mod net;
mod power;
mod properties;
mod routeros;
mod ssh;
mod support;
