//! Host keys and certificates, pinned on first use in the store. A change refuses the connection and stays on record
//! until an operator accepts it.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::{Instrument as _, Span};

use crate::clock::Clock;
use crate::model::{Failure, FailureClass, HostKeyPin};
use crate::report::Chain;
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;
use crate::transport::Pins;

/// Pins that live in the store.
pub(super) struct StorePins {
    store: Arc<dyn Store>,
    clock: Clock,
    metrics: Metrics,
    /// The job's: the check runs on the connection's own task, whose lines would belong to nobody.
    span: Span,
}

impl StorePins {
    pub(super) fn new(store: Arc<dyn Store>, clock: Clock, metrics: Metrics) -> Self {
        Self { store, clock, metrics, span: Span::current() }
    }

    /// The alarm; `todo` is what to do where the equipment was replaced or reset.
    fn changed(&self, endpoint: &str, expected: &str, shown: &str, by: &str, todo: &str) -> Failure {
        self.metrics.host_key_alarm();
        tracing::error!(
            device.endpoint = endpoint,
            pin.expected = expected,
            pin.shown = shown,
            "host key alarm: {endpoint} shows another identity than the one pinned"
        );
        let sentence = format!(
            "{endpoint} shows {shown}, but {expected} is pinned ({by}); nothing was sent. If the equipment was replaced or \
             reset, {todo}, else find out who answers there"
        );
        Failure::new(FailureClass::HostKeyChanged, sentence)
    }
}

fn storing(error: &StoreError) -> Failure {
    Failure::new(FailureClass::Internal, format!("the pinned key could not be read or stored: {}", Chain(error)))
}

#[async_trait]
impl Pins for StorePins {
    async fn check(
        &self,
        endpoint: &str,
        algorithm: &str,
        fingerprint: &str,
        declared: Option<&str>,
    ) -> Result<(), Failure> {
        self.decide(endpoint, algorithm, fingerprint, declared).instrument(self.span.clone()).await
    }
}

impl StorePins {
    async fn decide(
        &self,
        endpoint: &str,
        algorithm: &str,
        fingerprint: &str,
        declared: Option<&str>,
    ) -> Result<(), Failure> {
        if let Some(declared) = declared {
            if declared == fingerprint {
                return Ok(());
            }
            let todo = "correct its host_key or tls_pin in the inventory";
            return Err(self.changed(endpoint, declared, fingerprint, "declared in the inventory", todo));
        }
        let pinned = match self.store.pin(endpoint).await.map_err(|e| storing(&e))? {
            Some(pinned) => pinned,
            None => {
                let pin = HostKeyPin {
                    endpoint: endpoint.to_owned(),
                    algorithm: algorithm.to_owned(),
                    fingerprint: fingerprint.to_owned(),
                    pinned_at: self.clock.now(),
                    pinned_by: "first use".to_owned(),
                    offered: None,
                };
                tracing::info!(
                    device.endpoint = endpoint,
                    pin.fingerprint = fingerprint,
                    "pinning {endpoint} on first use"
                );
                self.store.pin_first(pin).await.map_err(|e| storing(&e))?
            }
        };
        if pinned.fingerprint == fingerprint {
            return Ok(());
        }
        self.store.note_offered(endpoint, fingerprint).await.map_err(|e| storing(&e))?;
        let todo = format!("accept it with `towerhand device accept-key {endpoint}`");
        Err(self.changed(endpoint, &pinned.fingerprint, fingerprint, &pinned.pinned_by, &todo))
    }
}
