//! `health.get`: whether the service itself is well.

use serde_json::{Value, json};

use super::Call;
use crate::model::{Failure, FailureClass};
use crate::report::Chain;

/// The contract's `{"status": "online"}`, with what it rests on.
pub(super) async fn get(call: &Call<'_>) -> Result<Value, Failure> {
    let services = call.services;
    services.store.ping().await.map_err(|error| {
        Failure::new(FailureClass::Internal, format!("the database does not take writes: {}", Chain(&error)))
    })?;
    let depth = services.store.depth(services.clock.now()).await.map_err(|error| {
        Failure::new(FailureClass::Internal, format!("the job queue cannot be read: {}", Chain(&error)))
    })?;
    Ok(json!({
        "status": "online",
        "app": "towerhand",
        "version": env!("CARGO_PKG_VERSION"),
        "timestamp": format!("{:.0}", services.clock.now()),
        "degraded": false,
        "checks": {
            "database": { "ok": true },
            "jobs": { "ok": true, "queued": depth.queued, "running": depth.running },
            "inventory": { "ok": true, "devices": services.inventory.current().devices().len() },
        },
    }))
}
