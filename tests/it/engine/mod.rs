//! The job engine, whole: jobs through the API against simulated equipment, whose journal is the witness.
//!
//! A device that must not answer yet is held by stopping the lab's clock (`hold`); it goes on when the clock runs
//! again, so that nothing here waits for luck.
#![expect(clippy::disallowed_methods, reason = "tests write files, run tasks and wait by the machine's own means")]

mod actions;
mod basics;
mod cancel;
mod clock;
mod hostkeys;
mod keys;
mod kill;
mod lease;
mod limits;
mod log;
mod policy;
mod refusal;
mod secrets;
mod stop;
pub mod wait;
