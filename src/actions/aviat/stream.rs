//! `aviat.stream.global`: the newest events of all maintenance, as many as are asked for and no more. Live, they come from
//! the stream of the API.

use serde_json::{Value, json};

use super::common::{done, store_failed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request;
use crate::model::{Failure, JobId, RadioEvent};

/// Events unless asked otherwise: the contract's backlog.
const LIMIT: u64 = 200;
/// At most.
const MOST: u64 = 1000;

pub(super) async fn global(call: &Call<'_>) -> Result<Done, StepError> {
    let query = request::params(call.payload());
    let limit = number(query, "limit", 1, MOST)?.unwrap_or(LIMIT);
    let after = number(query, "after", 0, i64::MAX.unsigned_abs())?;
    let task = match query.get("task_id") {
        None | Some(Value::Null) => None,
        Some(_) => Some(request::task(query)?),
    };
    let events = read(call, limit, after.map(|after| i64::try_from(after).unwrap_or(i64::MAX)), task).await?;
    let last = events.last().map(|event| event.seq);
    let events: Vec<Value> = events.iter().map(shown).collect();
    done(call, json!({ "events": events, "last_id": last }))
}

/// Those behind `after`; without it the newest ones.
async fn read(
    call: &Call<'_>,
    limit: u64,
    after: Option<i64>,
    task: Option<JobId>,
) -> Result<Vec<RadioEvent>, StepError> {
    let store = &call.services.store;
    let few = u32::try_from(limit).unwrap_or(u32::MAX);
    if let Some(after) = after {
        return store.radio_events(after, few, task).await.map_err(store_failed);
    }
    let last = store.last_radio_event().await.map_err(store_failed)?;
    let back = i64::try_from(limit).unwrap_or(i64::MAX);
    if task.is_none() {
        return store.radio_events(last.saturating_sub(back).max(0), few, None).await.map_err(store_failed);
    }
    // A task's events lie anywhere among the others: forward in pages, of which only the end is kept.
    let (mut newest, mut at) = (Vec::new(), 0);
    loop {
        let page = store.radio_events(at, 1000, task).await.map_err(store_failed)?;
        let Some(end) = page.last() else { return Ok(newest) };
        at = end.seq;
        newest.extend(page);
        let spare = newest.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        newest.drain(..spare);
    }
}

fn number(query: &Value, name: &str, low: u64, high: u64) -> Result<Option<u64>, StepError> {
    let number = match query.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    let wrong = || Failure::validation(format!("'{name}' must be a whole number from {low} to {high}"));
    Ok(Some(number.filter(|number| (low..=high).contains(number)).ok_or_else(wrong)?))
}

/// The keys of the contract, then the typed members.
fn shown(event: &RadioEvent) -> Value {
    let said = &event.said;
    let mut shown = json!({
        "id": event.seq,
        "message": said.message,
        "level": said.level.as_str(),
        "task_id": said.task,
        "ts": said.at,
        "ip": said.address,
    });
    if let (Some(members), Some(fields)) = (shown.as_object_mut(), said.fields.as_object()) {
        for (name, value) in fields {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    shown
}
