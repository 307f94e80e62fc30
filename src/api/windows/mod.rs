//! Maintenance windows and black-outs: which there are, and what waits for one.

pub(super) mod add;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod waiting;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::envelope::Stamp;
use super::error::ApiError;
use crate::calendar::window::{Book, Kind, Rule, Source, Spec, Subject, Waits};
use crate::inventory::Inventory;
use crate::store::WindowRow;

/// Canonical path, under which answers are kept for replay.
const PATH: &str = "/api/v2/omni/windows";

/// What the API knows of windows beside the store.
#[derive(Clone)]
pub struct Windows {
    /// Those of the settings.
    pub book: Arc<Book>,
    /// The daemon's zone.
    pub zone: TimeZone,
    /// Who knows what waits; none: nothing does.
    pub waits: Option<Arc<dyn Waits>>,
}

impl Default for Windows {
    fn default() -> Self {
        Self { book: Arc::default(), zone: TimeZone::UTC, waits: None }
    }
}

/// A window or a black-out.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowItem {
    /// Its name.
    name: String,
    /// `window`: work may begin inside it; `blackout`: no work begins inside it.
    #[schema(example = "window")]
    kind: &'static str,
    /// Which devices it is about: `all`, `site:NAME`, `tag:NAME=VALUE`, `device:NAME`.
    #[schema(example = "site:ALTO")]
    scope: String,
    /// How many devices of the inventory that are.
    devices: usize,
    /// The days on which it begins; empty: every day, where it has a `time`.
    days: Vec<String>,
    /// From one local time to another.
    time: Option<String>,
    /// Begins by a cron line.
    cron: Option<String>,
    /// How long after that.
    lasts: Option<String>,
    /// Once, from this instant.
    from: Option<String>,
    /// Once, until this instant.
    until: Option<String>,
    /// Its zone; null: that of the device's site.
    zone: Option<String>,
    /// `settings`, where alone it can be changed, or `api`.
    source: &'static str,
    /// Whether it holds this instant; reckoned in the daemon's zone where it has none.
    open: bool,
    /// The end of what is open now; null where nothing is.
    ends_at: Option<Stamp>,
    /// When it begins next.
    opens_at: Option<Stamp>,
    /// Label of the key that made it.
    made_by: Option<String>,
    /// When.
    made_at: Option<Stamp>,
}

impl WindowItem {
    fn new(rule: &Rule, row: Option<&WindowRow>, api: &ApiState, inventory: &Inventory, now: Timestamp) -> Self {
        let timed = rule.timed(&api.windows.zone);
        let Spec { name, days, time, cron, lasts, from, until, zone, .. } = rule.spec.clone();
        let subjects = inventory.devices().iter().map(|device| Subject {
            address: device.address,
            device: Some(device),
            zone: TimeZone::UTC,
        });
        let ends_at = timed.end(now).map(Stamp);
        Self {
            name,
            kind: rule.kind.as_str(),
            scope: rule.scope.to_string(),
            devices: subjects.filter(|subject| rule.scope.covers(subject)).count(),
            days,
            time,
            cron,
            lasts,
            from,
            until,
            zone,
            source: if row.is_some() { "api" } else { "settings" },
            open: ends_at.is_some(),
            ends_at,
            opens_at: timed.next(now).map(Stamp),
            made_by: row.map(|row| row.made_by.clone()),
            made_at: row.map(|row| Stamp(row.made_at)),
        }
    }
}

/// All of them, by name.
async fn items(api: &ApiState) -> Result<Vec<WindowItem>, ApiError> {
    let rows = api.store.windows().await?;
    let book = api.windows.book.with(rows.iter().map(|row| (row.name.as_str(), row.kind.as_str(), &row.spec)));
    let book = book.map_err(|error| ApiError::internal("the table of windows", &error))?;
    let (inventory, now) = (api.inventory.current(), api.clock.now());
    let mut items: Vec<WindowItem> = book
        .rules()
        .map(|(rule, source)| {
            let row = rows.iter().find(|row| source == Source::Stored && row.name == rule.spec.name);
            WindowItem::new(rule, row, api, &inventory, now)
        })
        .collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(items)
}

/// A line of the audit log, for people: what it is about, and when.
fn told(kind: Kind, spec: &Spec) -> String {
    let text = serde_json::to_string(spec).unwrap_or_default();
    format!("{} {text}", kind.as_str())
}
