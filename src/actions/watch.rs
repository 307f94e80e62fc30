//! Looks on while a device is spoken to: log lines, and what an operator should see among the job's events.

use std::sync::Arc;

use super::step::Progress;
use crate::model::Level;
use crate::transport::Witness;

/// Turns a transport's notes into log lines and events.
pub(super) struct JobWitness {
    progress: Arc<dyn Progress>,
}

impl JobWitness {
    pub(super) fn new(progress: Arc<dyn Progress>) -> Self {
        Self { progress }
    }
}

impl Witness for JobWitness {
    fn sending(&self, channel: &'static str, what: &str) {
        tracing::debug!(device.channel = channel, "sending {what}");
    }

    fn noted(&self, channel: &'static str, what: &str) {
        tracing::info!(device.channel = channel, "{what}");
        self.progress.event(Level::Info, format!("{channel}: {what}"));
    }
}
