//! `aviat.reboot_required.get`: the radios that must restart before maintenance, and those that do.

use serde_json::{Value, json};

use super::common::done;
use crate::actions::{Call, Done, StepError};
use crate::aviat::queue;
use crate::aviat::state::Phase;

pub(super) async fn get(call: &Call<'_>) -> Result<Done, StepError> {
    let entries = call.entries().await?;
    let listed = entries
        .iter()
        .filter(|entry| matches!(entry.radio.phase, Phase::RebootRequired | Phase::RestartFailed | Phase::Restart(_)));
    let listed: Vec<Value> = listed.map(queue::reboot_entry).collect();
    done(call, json!({ "reboot_required": listed }))
}
