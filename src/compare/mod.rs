//! Texts beside each other: what changed, what is not as it should be, where something stands. Pure functions over
//! texts; nothing here knows devices or stores.

mod diff;
mod drift;
mod search;

pub use diff::{CONTEXT, Unified, unified};
pub use drift::{Different, Drift, Line, Volatile, VolatileError, drift};
pub use search::{Hit, PATTERN_MAX, Query, QueryError};
