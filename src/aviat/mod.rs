//! The maintenance of Aviat radios, from queue to proven upgrade: one row a radio, typed phases, decisions without I/O.
//!
//! A radio that owes something is driven by a hidden job of the engine, a step at a time: observe, decide, store what is
//! intended, act, observe. Queues of the contract are views of the rows.

pub mod config;
pub mod decide;
pub mod drive;
pub mod driver;
pub mod firmware;
pub mod images;
pub mod night;
pub mod overrun;
pub mod partner;
pub mod precheck;
pub mod probe;
pub mod queue;
pub mod request;
pub mod result;
pub mod rows;
pub mod seen;
pub mod sop;
pub mod sop_checks;
pub mod state;
pub mod version;
pub mod window;
