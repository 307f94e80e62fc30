//! What windows and black-outs hold back, outside of jobs.

use std::sync::Arc;

use async_trait::async_trait;

use super::Services;
use crate::aviat::night::{book, waits, window_of};
use crate::aviat::rows::Entry;
use crate::aviat::window::Work;
use crate::calendar::window::{Waiting, Waits};
use crate::model::{Failure, FailureClass};
use crate::report::Chain;

/// Radios whose next command waits for a window.
pub struct HeldBack(pub Arc<Services>);

#[async_trait]
impl Waits for HeldBack {
    async fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        let services = &self.0;
        let book = book(services.store.as_ref(), &services.book).await?;
        let rows = services.store.radios().await.map_err(|error| {
            Failure::new(FailureClass::Internal, format!("the table of radios could not be read: {}", Chain(&error)))
        })?;
        let (inventory, now) = (services.inventory.current(), services.clock.now());
        let mut waiting = Vec::new();
        for row in rows {
            let Entry { row, radio } = Entry::read(row)?;
            let Some(window) = window_of(&services.aviat, &book, &inventory, row.address) else { continue };
            let Some((work, held)) = waits(&radio, &window, now) else { continue };
            let what = match work {
                Work::Activation => "activation",
                Work::Outage if matches!(radio.phase, crate::aviat::state::Phase::Restart(_)) => "restart",
                Work::Outage => "activation",
                Work::Configuration => "configuration",
            };
            waiting.push(Waiting {
                address: row.address,
                device: inventory.by_address(row.address).map(|device| device.name.clone()),
                what,
                by: held.by,
                starts_at: held.until,
                asked_by: radio.go.map_or(radio.username, |go| go.asked.by),
                job: radio.last_task,
            });
        }
        // Those that have no instant come last.
        waiting.sort_by_key(|waiting| (waiting.starts_at.is_none(), waiting.starts_at, waiting.address));
        Ok(waiting)
    }
}
