//! Windows and black-outs, put together.

use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::{GAUGES, StartError};
use crate::actions::{HeldBack, Services};
use crate::api::Windows;
use crate::aviat::night;
use crate::aviat::window::{NIGHTLY, Window};
use crate::calendar::window::Book;
use crate::clock::Clock;
use crate::config::Config;
use crate::inventory::Inventory;
use crate::store::{Signal, Store};
use crate::telemetry::Metrics;

/// Those of the settings. A rule about nothing holds nobody up, but it is told.
pub(super) fn book(config: &Config, inventory: &Inventory) -> Result<Arc<Book>, StartError> {
    let book = Book::of_settings(&config.window, &config.blackout);
    let book = book.map_err(|wrong| StartError::Windows(wrong.join("; ")))?;
    for rule in book.idle(inventory.devices()) {
        tracing::warn!("{rule} of the settings is about no device of the inventory");
    }
    Ok(Arc::new(book))
}

fn zone(config: &Config) -> TimeZone {
    TimeZone::get(&config.aviat.zone).unwrap_or(TimeZone::UTC)
}

/// What the API shows of them.
pub(super) fn view(config: &Config, book: Arc<Book>, services: Arc<Services>) -> Windows {
    Windows { book, zone: zone(config), waits: Some(Arc::new(HeldBack(services))) }
}

/// Sets the gauge of open windows until the daemon stops.
pub(super) async fn gauges(
    store: Arc<dyn Store>,
    clock: Clock,
    metrics: Metrics,
    config: Config,
    stop: CancellationToken,
) {
    let settings = Book::of_settings(&config.window, &config.blackout).unwrap_or_default();
    let zone = zone(&config);
    let mut signals = store.signals();
    loop {
        match night::book(store.as_ref(), &settings).await {
            Ok(book) => {
                let now = clock.now();
                let nightly = Window::of(&config.aviat.window, zone.clone(), config.aviat.window_cutoff);
                let nightly = nightly.is_ok_and(|window| window.ends_at(now).is_some());
                let named = book.rules().map(|(rule, _)| (rule.spec.name.as_str(), rule.timed(&zone).holds(now)));
                metrics.windows_open([(NIGHTLY, nightly)].into_iter().chain(named));
            }
            Err(failure) => tracing::error!("windows cannot be read: {failure}"),
        }
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(GAUGES) => true,
            looked = changed(&mut signals) => looked,
        };
        if !looked {
            return stop.cancelled().await;
        }
    }
}

/// Waits until windows were added or removed; false: nothing more will be told. What was lost is seen at the next look.
async fn changed(signals: &mut broadcast::Receiver<Signal>) -> bool {
    loop {
        match signals.recv().await {
            Ok(Signal::Windows) => return true,
            Err(RecvError::Closed) => return false,
            Ok(Signal::Ready | Signal::Cancel(_) | Signal::Radios | Signal::Configs | Signal::Schedules)
            | Err(RecvError::Lagged(_)) => {}
        }
    }
}
