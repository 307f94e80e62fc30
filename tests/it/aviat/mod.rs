//! Aviat radios: spec/aviat-device.md against the simulator, its journal as the witness.

mod bench;
mod facts;
mod jobs;
#[expect(
    clippy::disallowed_methods,
    reason = "a test writes its own files, reads how many runs are wanted, waits by real time"
)]
mod random;
mod session;
