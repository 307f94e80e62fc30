//! Looks on while a device is spoken to: log lines, metrics, and what an operator should see among the job's events.

use std::sync::Arc;

use super::opened::Opened;
use super::step::Progress;
use crate::model::{FailureClass, Level};
use crate::telemetry::Metrics;
use crate::transport::{SessionEnd, Witness};

/// Turns a transport's notes into log lines, metrics and events.
pub(super) struct JobWitness {
    progress: Arc<dyn Progress>,
    metrics: Metrics,
    opened: Arc<Opened>,
}

impl JobWitness {
    pub(super) fn new(progress: Arc<dyn Progress>, metrics: Metrics, opened: Arc<Opened>) -> Self {
        Self { progress, metrics, opened }
    }
}

impl Witness for JobWitness {
    fn sending(&self, channel: &'static str, what: &str) {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let what = self.opened.masked(what.to_owned());
            tracing::debug!(device.channel = channel, "sending {what}");
        }
    }

    fn noted(&self, channel: &'static str, what: &str) {
        let what = self.opened.masked(what.to_owned());
        tracing::info!(device.channel = channel, "{what}");
        self.progress.event(Level::Info, format!("{channel}: {what}"));
    }

    fn session_ended(&self, end: &SessionEnd) {
        self.metrics.device_session(end.peer.channel, end.failure);
        let SessionEnd { peer, lasted, commands, bytes, .. } = end;
        let (channel, outcome, seconds) = (peer.channel, end.outcome(), lasted.as_secs_f64());
        tracing::info!(
            device.name = peer.device,
            device.address = %peer.address,
            device.port = peer.port,
            device.channel = channel,
            session.seconds = seconds,
            session.commands = commands,
            session.bytes = bytes,
            session.outcome = outcome,
            "{channel} session with {} ended: {outcome}, {commands} sent, {bytes} bytes received in {seconds:.3} s",
            peer.device
        );
    }

    fn retrying(&self, channel: &'static str, class: FailureClass) {
        self.metrics.retry(class);
        tracing::debug!(device.channel = channel, retry.class = class.as_str(), "trying once more");
    }
}
