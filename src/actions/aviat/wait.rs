//! A client's job that waits for radios: it sleeps until the store pokes it, and then says what became of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::common::{by_address, done};
use crate::actions::{Call, Done, StepError};
use crate::aviat::result;
use crate::aviat::rows::Entry;
use crate::aviat::state::Phase;
use crate::clock::add;
use crate::model::{Failure, FailureClass, JobId};

/// How long it sleeps at most: a poke may be missed where another job took a radio over.
const SAFETY: Duration = Duration::from_secs(60);

/// The stored step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The radios, in the order of the request.
    pub(super) ips: Vec<IpAddr>,
    /// What is done with them.
    pub(super) tasks: Vec<String>,
}

impl Waiting {
    /// What an earlier step stored; none in the first one.
    pub(super) fn stored(call: &Call<'_>) -> Option<Self> {
        Self::deserialize(call.step.job.step.as_ref()?).ok()
    }

    /// Ends the step: with the result if all radios are over, else asleep. `more` goes into the result.
    pub(super) async fn look(self, call: &Call<'_>, more: Value) -> Result<Done, StepError> {
        let job = &call.step.job;
        let asked = job.cancel_requested;
        if asked {
            super::abort::ask(call, |entry| self.ips.contains(&entry.row.address) && entry.row.task == Some(job.id))
                .await?;
        }
        let entries = by_address(call.entries().await?);
        if self.ips.iter().any(|ip| entries.get(ip).is_some_and(|entry| !over(entry, job.id))) {
            return self.sleep(
                call,
                if asked { "Waiting for radios that cannot be stopped now" } else { "Waiting for the radios" },
            );
        }
        if asked {
            let sentence = "the radios were stopped before the next command with an effect, as asked";
            return Err(Failure::new(FailureClass::Cancelled, sentence).into());
        }
        self.result(call, entries, more)
    }

    /// Asleep until a radio settles.
    pub(super) fn sleep(&self, call: &Call<'_>, why: &str) -> Result<Done, StepError> {
        let step = serde_json::to_value(self).map_err(|error| {
            StepError::plain(FailureClass::Internal, &format!("the step cannot be stored: {error}"))
        })?;
        Ok(Done::Wait { step, wake_at: add(call.services.clock.now(), SAFETY), why: why.to_owned() })
    }

    fn result(self, call: &Call<'_>, mut entries: HashMap<IpAddr, Entry>, more: Value) -> Result<Done, StepError> {
        let inventory = call.services.inventory.current();
        let (mut results, mut there) = (Vec::new(), Vec::new());
        for ip in &self.ips {
            match entries.remove(ip) {
                Some(entry) => {
                    results.push(result::of(&entry, call.target_version(&inventory, &entry).as_deref()));
                    there.push(entry);
                }
                None => results.push(result::removed(*ip)),
            }
        }
        if let Some(failures) = result::failures(&there) {
            return Err(Failure::new(FailureClass::DeviceRefused, failures).into());
        }
        let mut response = json!({
            "task_id": call.step.job.id,
            "status": result::of_all(&there),
            "ips": self.ips,
            "tasks": self.tasks,
            "results": results,
        });
        if let (Some(members), Value::Object(more)) = (response.as_object_mut(), more) {
            members.extend(more);
        }
        done(call, response)
    }
}

/// Whether a client's job has nothing more to wait for: the radio is settled, parked for a person, or another job's by
/// now.
fn over(entry: &Entry, job: JobId) -> bool {
    let owed = entry.radio.phase.is_driven() || entry.radio.phase == Phase::Scheduled || entry.radio.go.is_some();
    !owed || entry.row.task != Some(job)
}
