//! What tests in this folder share.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{ApiState, Config, HealthView, HttpMetrics, KeyRing, KeySources};
use crate::clock::{Chance, Clock};
use crate::inventory::InventoryHandle;
use crate::model::Secret;
use crate::store::sqlite::{Purpose, SqliteStore};
use crate::telemetry::Metrics;
use crate::vault::{MasterKeys, Vault};

/// An admin key; its label is `desk`.
pub(super) const KEY: &str = "fixture-key-0123456789";

/// A vault whose keys are the same in every test.
pub(super) fn vault() -> Vault {
    let chance = Chance::seeded(1);
    Vault::open(MasterKeys::draw(&chance).unwrap(), Clock::system(), chance).unwrap()
}

/// Everything over a database in `dir`.
pub(super) async fn state(dir: &Path) -> ApiState {
    let vault = vault();
    let keys_json = json!({KEY: {"scopes": ["admin"], "label": "desk"}}).to_string();
    let sources = KeySources { keys_json: Some(Secret::new(keys_json)), ..KeySources::default() };
    let metrics = Metrics::new(["health.get"]).unwrap();
    ApiState {
        config: Arc::new(Config::default()),
        keys: Arc::new(KeyRing::build(&sources, vault.clone()).unwrap()),
        store: Arc::new(SqliteStore::open(&dir.join("state.db"), Purpose::Daemon).await.unwrap()),
        vault,
        inventory: InventoryHandle::default(),
        http: HttpMetrics::register(metrics.registry()).unwrap(),
        metrics,
        health: HealthView::default(),
        devices: Arc::new(crate::telemetry::NoDeviceMetrics),
        volatile: Arc::default(),
        golden: Arc::new(NoGolden),
        images: Arc::default(),
        legacy_base: None,
        clock: Clock::system(),
        chance: Chance::system(),
        shutdown: CancellationToken::new(),
    }
}

/// Makes no golden text.
struct NoGolden;

#[async_trait::async_trait]
impl crate::standard::Golden for NoGolden {
    async fn text(&self, device: &str) -> Result<String, crate::model::Failure> {
        Err(crate::model::Failure::validation(format!("no golden text of {device} here")))
    }
}
