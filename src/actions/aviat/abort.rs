//! `aviat.abort`: asks radios to stop before their next command with an effect. What is owed by nobody is settled at once;
//! a driver obeys when it comes by, which is at once, too. A task that has not listed its radios yet is cancelled.

use serde_json::{Value, json};

use super::common::{cancel, done};
use crate::actions::{Call, Done, StepError};
use crate::aviat::queue::is_settled;
use crate::aviat::request::{self, Abort};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Asked, End, Phase};
use crate::model::{JobId, Level};
use crate::store::RadioChange;

pub(super) async fn abort(call: &Call<'_>) -> Result<Done, StepError> {
    let inventory = call.services.inventory.current();
    let response = match request::abort(&call.frame(&inventory), call.payload())? {
        Abort::Task(task) => {
            let job = super::status::task(call, task).await?;
            let text = task.to_string();
            let meant = |entry: &Entry| belongs(entry, task, &text);
            let mut asked = ask(call, meant).await?;
            if asked.is_empty() && !job.status.is_terminal() {
                if !call.entries().await?.iter().any(meant) {
                    cancel(call, task).await?;
                }
                // They may have been listed meanwhile.
                asked = ask(call, meant).await?;
            }
            shown(&asked, json!({ "task_id": task }))
        }
        Abort::Radios(radios) => {
            let asked = ask(call, |entry| radios.iter().any(|radio| radio.address == entry.row.address)).await?;
            shown(&asked, json!({}))
        }
    };
    done(call, response)
}

fn belongs(entry: &Entry, task: JobId, text: &str) -> bool {
    entry.row.task == Some(task) || entry.radio.last_task.as_deref() == Some(text)
}

/// The contract's `{"status": "aborting"}`, with the radios that it is about.
fn shown(asked: &[Entry], mut response: Value) -> Value {
    if let Some(members) = response.as_object_mut() {
        members.insert("status".to_owned(), Value::from("aborting"));
        let ips = asked.iter().map(|entry| Value::from(entry.row.address.to_string()));
        members.insert("ips".to_owned(), ips.collect());
    }
    response
}

/// Asks every radio that `meant` picks and that is not settled; those that it was asked of, as they were.
pub(super) async fn ask(call: &Call<'_>, meant: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>, StepError> {
    let by = &call.step.job.submitted_by;
    call.change(|entries| {
        let mut change = RadioChange::default();
        let mut asked = Vec::new();
        for entry in entries {
            if is_settled(&entry.radio.phase) || !meant(&entry) {
                continue;
            }
            asked.push(entry.clone());
            if entry.radio.phase.is_driven() && entry.radio.abort.is_some() {
                continue;
            }
            let address = entry.row.address;
            let mut entry = entry;
            let message = if entry.radio.phase.is_driven() {
                entry.radio.abort = Some(Asked { by: by.clone(), at: call.services.clock.now() });
                change.pokes.extend(entry.row.driver);
                format!("{address}: {by} asks to stop; it stops before the next command with an effect")
            } else {
                let left = match entry.radio.phase {
                    Phase::Scheduled | Phase::Manual => "; the image stays loaded in the radio and is not activated",
                    _ => "",
                };
                let text = format!("stopped by {by}{left}");
                entry.radio.phase = Phase::Settled { end: End::Aborted };
                entry.radio.go = None;
                entry.radio.error = Some(text.clone());
                entry.release_task();
                format!("{address}: {text}")
            };
            change.events.push(call.radio_event(Level::Warning, &entry, message));
            change.audit.push(call.audit_line("aviat.abort", address, ""));
            change.writes.push(entry.write()?);
        }
        Ok((change, asked))
    })
    .await
}
