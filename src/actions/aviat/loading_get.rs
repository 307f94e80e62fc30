//! `aviat.loading.get`: the radios that are loading an image.

use serde_json::json;

use super::common::done;
use crate::actions::{Call, Done, StepError};
use crate::aviat::state::Phase;

pub(super) async fn get(call: &Call<'_>) -> Result<Done, StepError> {
    let entries = call.entries().await?;
    let loading = entries.iter().filter(|entry| matches!(entry.radio.phase, Phase::Load(_)));
    done(call, json!({ "loading": loading.map(|entry| entry.row.address).collect::<Vec<_>>() }))
}
