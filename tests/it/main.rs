//! The daemon from outside: real HTTP, a real store, simulated devices, all on loopback.

#[cfg(test)]
mod contract;
