//! Follows the archive: how often each device's config changed, and when last.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::Board;
use super::board::ConfigChange;
use crate::report::Chain;
use crate::store::{Signal, Store, StoreError};

/// Events read at once.
const AT_ONCE: u32 = 500;

/// Follows the archive's events into the board.
pub struct Changes {
    store: Arc<dyn Store>,
    board: Board,
}

impl Changes {
    /// Nothing is read yet.
    pub fn new(store: Arc<dyn Store>, board: Board) -> Self {
        Self { store, board }
    }

    /// Follows until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut signals = self.store.signals();
        // None: all is to be read anew.
        let mut last = None;
        loop {
            last = match self.follow(last).await {
                Ok(last) => Some(last),
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "the changes of configs cannot be counted");
                    None
                }
            };
            loop {
                let signal = tokio::select! {
                    () = stop.cancelled() => return,
                    signal = signals.recv() => signal,
                };
                match signal {
                    Ok(Signal::Configs) | Err(RecvError::Lagged(_)) => break,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    /// Reads what came after the event `last`; the newest one read.
    async fn follow(&self, last: Option<i64>) -> Result<i64, StoreError> {
        let mut last = match last {
            Some(last) => last,
            None => {
                // Before the heads: what comes between is read twice, and means the same.
                let last = self.store.last_config_event().await?;
                for head in self.store.config_devices().await? {
                    self.board.put_config(head.device, ConfigChange { number: head.number, at: head.fetched_at });
                }
                last
            }
        };
        loop {
            let events = self.store.config_events(last, AT_ONCE, None).await?;
            let Some(newest) = events.last() else { return Ok(last) };
            last = newest.seq;
            for event in events {
                self.board.put_config(event.device, ConfigChange { number: event.number, at: event.at });
            }
        }
    }
}
