//! Progress of a step on its way to the store.

use std::sync::{Arc, Mutex, PoisonError};

use crate::actions::Progress;
use crate::clock::Clock;
use crate::model::{Level, NewEvent};

/// Collects events of a step; the runner writes them in batches.
#[derive(Clone)]
pub(super) struct Buffer {
    clock: Clock,
    events: Arc<Mutex<Vec<NewEvent>>>,
}

impl Buffer {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, events: Arc::default() }
    }

    pub(super) fn take(&self) -> Vec<NewEvent> {
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Buffer {
    fn event(&self, level: Level, message: String) {
        let event = NewEvent { at: self.clock.now(), level, message };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
