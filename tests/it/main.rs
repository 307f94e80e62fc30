//! The integration tests: one binary, real SSH, SNMP, HTTP and SQLite over loopback.
#![cfg(test)]

mod architecture;
mod archive;
mod aviat;
mod cli;
mod cnmatrix;
mod contract;
mod documents;
mod engine;
mod epmp;
mod faults;
mod generic;
mod health;
mod identify;
mod net;
mod netonix;
mod nokia;
mod power;
mod properties;
mod routeros;
mod smartsys;
mod ssh;
mod standard;
mod support;
mod tachyon;
mod wave;
