//! `aviat.queue.get`: every radio under maintenance.

use serde_json::{Value, json};

use super::common::done;
use crate::actions::{Call, Done, StepError};
use crate::aviat::queue;

pub(super) async fn get(call: &Call<'_>) -> Result<Done, StepError> {
    let radios = list(call).await?;
    done(call, radios)
}

/// `{"radios": [...]}`, by address.
pub(super) async fn list(call: &Call<'_>) -> Result<Value, StepError> {
    let inventory = call.services.inventory.current();
    let entries = call.entries().await?;
    let radios: Vec<Value> =
        entries.iter().map(|entry| queue::entry(entry, call.target_version(&inventory, entry).as_deref())).collect();
    Ok(json!({ "radios": radios }))
}
