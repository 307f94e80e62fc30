//! The receiver of notifications, where the settings want one.

use std::sync::Arc;

use super::StartError;
use crate::actions::Services;
use crate::config::Config;
use crate::health::traps::{Nudge, Parts, TrapCounters, Traps};
use crate::telemetry::metrics::MetricsError;

/// Binds its port; `nudge` polls a device at once.
pub(super) async fn receiver(
    config: &Config,
    services: &Services,
    nudge: Arc<dyn Nudge>,
) -> Result<Option<Traps>, StartError> {
    let counters = TrapCounters::register(services.metrics.registry()).map_err(MetricsError::from)?;
    let Some(address) = config.health.traps.listen else { return Ok(None) };
    let parts = Parts {
        store: Arc::clone(&services.store),
        inventory: services.inventory.clone(),
        vault: services.vault.clone(),
        environment: Arc::clone(&services.environment),
        clock: services.clock.clone(),
        counters,
        nudge,
    };
    let bound = Traps::bind(address, &config.health.traps, parts).await;
    bound.map(Some).map_err(|why| StartError::Traps { address, why })
}
