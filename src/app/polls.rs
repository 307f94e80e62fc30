//! Health polls: the board, who fills it, and the tasks of both.

use std::sync::Arc;

use crate::actions::{HealthReader, Services};
use crate::health::{Board, Changes, Parts, Poller};
use crate::lifecycle::Tasks;

/// What is to run.
pub(super) struct Polls {
    poller: Option<Poller>,
    changes: Changes,
}

impl Polls {
    /// Over what actions use.
    pub(super) fn new(config: &crate::health::Config, board: &Board, services: &Arc<Services>, tasks: &Tasks) -> Self {
        let devices = services.transports.ssh.runtime.clone();
        let poller = config.enabled.then(|| {
            Poller::new(Parts {
                board: board.clone(),
                reader: Arc::new(HealthReader::new(Arc::clone(services))),
                config: config.clone(),
                clock: services.clock.clone(),
                chance: services.chance.clone(),
                metrics: services.metrics.clone(),
                tasks: tasks.clone(),
                devices,
            })
        });
        Self { poller, changes: Changes::new(Arc::clone(&services.store), board.clone()) }
    }

    /// Spawns both, on the runtime that is entered: that of requests, which `/probe` comes from and its answer goes to.
    pub(super) fn spawn(self, tasks: &Tasks) {
        if let Some(poller) = self.poller {
            tasks.spawn("health", poller.run());
        }
        tasks.spawn("health-configs", self.changes.run(tasks.soft()));
    }
}
