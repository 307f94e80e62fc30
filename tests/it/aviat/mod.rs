//! Aviat radios: spec/aviat-device.md against the simulator, its journal as the witness.

mod bench;
mod facts;
mod jobs;
mod session;
