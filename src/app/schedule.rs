//! Puts the planner together.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::calendar::Zones;
use crate::clock::{Chance, Clock};
use crate::config::Config;
use crate::inventory::InventoryHandle;
use crate::schedule::{AviatNight, Parts, Planner, ScheduleMetrics, specs};
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::MetricsError;

/// The planner, where anything is to be planned.
pub(super) fn planner(
    config: &Config,
    store: &Arc<dyn Store>,
    inventory: &InventoryHandle,
    (clock, chance): (&Clock, &Chance),
    metrics: &Metrics,
    owner: String,
    stop: CancellationToken,
) -> Result<Option<Planner>, MetricsError> {
    if !config.schedule.enabled {
        return Ok(None);
    }
    let aviat = AviatNight { window: config.aviat.window.clone(), zone: config.aviat.zone.clone() };
    Ok(Some(Planner::new(Parts {
        store: Arc::clone(store),
        inventory: inventory.clone(),
        clock: clock.clone(),
        chance: chance.clone(),
        zones: Zones::system(),
        config: config.schedule.clone(),
        specs: specs(&config.schedule, &aviat),
        metrics: ScheduleMetrics::register(metrics.registry()).map_err(MetricsError::from)?,
        owner,
        stop,
    })))
}
