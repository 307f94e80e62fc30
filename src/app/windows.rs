//! Windows and black-outs, put together.

use std::sync::Arc;

use jiff::tz::TimeZone;
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
use crate::store::Store;
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
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(GAUGES) => {}
        }
    }
}
