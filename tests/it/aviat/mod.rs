//! Aviat radios: spec/aviat-device.md against the simulator, its journal as the witness.

mod bench;
mod dialogue;
mod drive;
mod facts;
mod jobs;
mod observe;
#[expect(
    clippy::disallowed_methods,
    reason = "a test writes its own files, reads how many runs are wanted, waits by real time"
)]
mod random;
mod requests;
mod session;
mod web;
mod write_config;
mod write_password;
mod write_software;
