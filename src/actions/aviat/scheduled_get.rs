//! `aviat.scheduled.get`: the radios that wait for their activation.

use serde_json::{Value, json};

use super::common::done;
use crate::actions::{Call, Done, StepError};
use crate::aviat::rows::Entry;
use crate::aviat::state::Phase;

pub(super) async fn get(call: &Call<'_>) -> Result<Done, StepError> {
    let shown = shown(&call.entries().await?);
    done(call, shown)
}

/// `{"scheduled": [ip]}`.
pub(super) fn shown(entries: &[Entry]) -> Value {
    let scheduled = entries.iter().filter(|entry| entry.radio.phase == Phase::Scheduled);
    json!({ "scheduled": scheduled.map(|entry| entry.row.address).collect::<Vec<_>>() })
}
