//! `archive.upkeep`: deletes versions that are no longer kept, and checks that the newest one of every device is the text
//! that was kept.

use serde_json::{Value, json};

use super::Call;
use crate::model::{Failure, FailureClass, Level};
use crate::report::Chain;
use crate::store::StoreError;

/// Texts that are read at once.
const PAGE: u32 = 50;

/// Says what was deleted and checked; an error where a text is not what was kept.
pub(super) async fn run(call: &Call<'_>) -> Result<Value, Failure> {
    let services = call.services;
    if !services.archive.enabled() {
        call.say(Level::Info, "The archive is switched off");
        return Ok(json!({ "enabled": false, "counts": {} }));
    }
    let failed = |error: StoreError| {
        Failure::new(FailureClass::Internal, format!("the archive cannot be read: {}", Chain(&error)))
    };
    let deleted = services.store.sweep_configs(services.archive.retention()).await.map_err(failed)?;
    let (mut devices, mut damaged, mut after) = (0_u64, Vec::new(), String::new());
    loop {
        if call.step.cancel.is_cancelled() {
            return Err(Failure::new(FailureClass::Cancelled, format!("stopped after {devices} devices")));
        }
        let page = services.store.current_configs(&after, PAGE).await.map_err(failed)?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(&last.device);
        for (version, text) in &page {
            devices += 1;
            if crate::archive::sha256(text) != version.sha256 {
                damaged.push(version.device.clone());
            }
        }
    }
    if !damaged.is_empty() {
        let sentence = format!(
            "the newest config of {} devices is not the text that was kept: {}; restore the database from a copy",
            damaged.len(),
            damaged.join(", ")
        );
        return Err(Failure::new(FailureClass::Internal, sentence));
    }
    let uncommitted = services.store.uncommitted_count().await.map_err(failed)?;
    call.say(Level::Info, format!("{deleted} versions deleted, the newest of {devices} devices are whole"));
    Ok(json!({ "enabled": true, "counts": { "deleted": deleted, "checked": devices, "uncommitted": uncommitted } }))
}
