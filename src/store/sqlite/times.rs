//! Tells how long operations take, to whoever looks on.

use std::sync::{Arc, OnceLock};

use crate::clock::Stopwatch;
use crate::store::Observer;

/// Clones share who looks on.
#[derive(Clone, Default)]
pub(super) struct Times(Arc<OnceLock<Observer>>);

impl Times {
    /// The first observer stays.
    pub(super) fn observe(&self, observer: Observer) {
        let _ = self.0.set(observer);
    }

    /// An operation that began with `watch` is over.
    pub(super) fn took(&self, operation: &'static str, watch: &Stopwatch) {
        if let Some(observer) = self.0.get() {
            observer(operation, watch.elapsed());
        }
    }
}
