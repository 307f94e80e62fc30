//! The contract's conformance suite; each test has the number of its row in the name.
//!
//! The router is served on a loopback port over a SQLite file. Where a row needs a job to run or to end, the test is
//! the worker: it claims the job and ends the step through the store, as the job engine does.

mod auth;
mod cancel;
mod idempotency;
mod jobs;
mod metadata;
mod server;
mod signing;
mod stream;
mod submit;
