//! Health of the devices.

mod traps;
mod web;
