//! Simulated tower equipment for towerhand: SSH, SNMP and HTTP on loopback, with faults, a journal and a clock.
//!
//! The simulators share no parser, encoder or type with the daemon: two sides that share code are wrong together.
//! They are written from the specification, and are never adapted to a wrong driver.

pub mod aviat;
pub mod cnmatrix;
pub mod control;
pub mod core;
pub mod epmp;
pub mod fleet;
pub mod httpd;
pub mod ictpage;
pub mod inventory;
pub mod kinds;
pub mod lab;
pub mod lab_run;
pub mod netonix;
pub mod nokia;
pub mod pages;
pub mod routeros;
pub mod running;
pub mod smartsys;
pub mod snmp;
pub mod ssh;
pub mod tachyon;
pub mod wave;
pub mod web;
