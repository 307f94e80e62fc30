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
    let book = call.book().await?;
    let entries = call.entries().await?;
    let now = call.services.clock.now();
    let mut radios = Vec::with_capacity(entries.len());
    for entry in &entries {
        let window = call.window(&book, &inventory, entry.row.address)?;
        radios.push(queue::waiting(entry, call.target_version(&inventory, entry).as_deref(), &window, now));
    }
    Ok(json!({ "radios": radios }))
}
