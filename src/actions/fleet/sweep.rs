//! What sweeps share: jobs for devices in the order of their names, a few at once, each once.
//!
//! The devices that were asked are those up to the stored name, and those that have a job by now: a kill between the jobs
//! and the stored name submits none twice, and a retention that deletes old jobs meanwhile does not begin them again.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::actions::{Call, Done, StepError};
use crate::catalog;
use crate::clock::add;
use crate::model::{Access, Failure, FailureClass, Job, JobId, JobStatus, RequestId};
use crate::report::Chain;
use crate::store::{Child, NewJob, RadioChange, StoreError, StoredResponse};

/// Devices that are asked at once, unless the payload says otherwise.
const AT_ONCE: u64 = 32;
/// And at most.
const AT_ONCE_MAX: u64 = 256;
/// Between two looks while there are devices left; the last job of a batch wakes it earlier.
const PACE: Duration = Duration::from_secs(5);
/// And while all have been asked.
const SAFETY: Duration = Duration::from_secs(60);
/// So many failures are named; all are counted.
const NAMED: usize = 500;

/// A job that is to be submitted.
pub(super) struct Wanted {
    /// The inventory's name of the device.
    pub(super) device: String,
    /// Its address.
    pub(super) address: IpAddr,
    /// What is asked.
    pub(super) action: String,
}

/// What a step of a sweep comes to.
pub(super) enum Look<T> {
    /// It sleeps.
    Asleep(Done),
    /// Every device has answered or failed.
    Over(T),
}

fn failed(error: StoreError) -> StepError {
    match error {
        StoreError::LostLease(_) => StepError::lost_lease(),
        error => Failure::new(FailureClass::Internal, format!("the store failed: {}", Chain(&error))).into(),
    }
}

/// Submits, sleeps, and gives the jobs when all have ended. `wanted` is sorted by device.
pub(super) async fn sweep(call: &Call<'_>, wanted: &[Wanted], picks: &[&str]) -> Result<Look<Vec<Child>>, StepError> {
    let job = &call.step.job;
    let services = call.services;
    let most = call.number("at_once", 1..=AT_ONCE_MAX)?.unwrap_or(AT_ONCE);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let brood = services.store.brood(job.id, picks).await.map_err(failed)?;
    let open = brood.iter().filter(|child| !child.status.is_terminal()).count();
    if job.cancel_requested || call.step.cancel.is_cancelled() {
        stop(call, &brood).await?;
        let sentence = format!("stopped after {} of {} devices", brood.len() - open, wanted.len());
        return Err(Failure::new(FailureClass::Cancelled, sentence).into());
    }
    let after = job.step.as_ref().and_then(|step| step.get("after")).and_then(Value::as_str).unwrap_or_default();
    let asked: BTreeSet<&str> = brood.iter().filter_map(|child| child.device.as_deref()).collect();
    let left = wanted.iter().filter(|wanted| wanted.device.as_str() > after && !asked.contains(wanted.device.as_str()));
    let batch: Vec<&Wanted> = left.take(most.saturating_sub(open)).collect();
    if batch.is_empty() && open == 0 {
        return Ok(Look::Over(brood));
    }
    let mut change = RadioChange { lease: Some(call.step.lease.clone()), ..RadioChange::default() };
    for wanted in &batch {
        change.jobs.push(child(call, wanted)?);
    }
    if !change.jobs.is_empty() {
        services.store.change_radios(services.clock.now(), change).await.map_err(failed)?;
    }
    let last = batch.last().map_or(after, |wanted| wanted.device.as_str());
    let last = asked.last().map_or(last, |asked| last.max(asked));
    let rest = wanted.iter().any(|wanted| wanted.device.as_str() > last);
    let wake_at = add(services.clock.now(), if rest { PACE } else { SAFETY });
    let bad = brood.iter().filter(|child| child.status == JobStatus::Error).count();
    let why = format!("{} of {} devices done, {bad} of them failed", brood.len() - open, wanted.len());
    Ok(Look::Asleep(Done::Wait { step: json!({ "after": last }), wake_at, why }))
}

/// As the submitter of the sweep would submit it.
fn child(call: &Call<'_>, wanted: &Wanted) -> Result<NewJob, StepError> {
    let job = &call.step.job;
    let bytes = call.services.chance.bytes();
    let bytes = bytes.map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
    let request: RequestId = job.request_id;
    Ok(NewJob {
        id: JobId::from_random(bytes),
        request_id: request,
        action: wanted.action.clone(),
        payload: json!({ "device": wanted.device }),
        submitted_by: job.submitted_by.clone(),
        scopes: call.step.scopes.clone(),
        created_at: call.services.clock.now(),
        lane: Some(wanted.address.to_string()),
        access: catalog::find(&wanted.action).map_or(Access::Read, |action| action.access),
        secrets: Vec::new(),
        audit: None,
        parent: Some(job.id),
    })
}

async fn stop(call: &Call<'_>, brood: &[Child]) -> Result<(), StepError> {
    for child in brood.iter().filter(|child| !child.status.is_terminal()) {
        let render = Box::new(|_: &Job| StoredResponse { status: 200, body: Vec::new() });
        let now = call.services.clock.now();
        call.services.store.cancel(&child.id.to_string(), now, None, render).await.map_err(failed)?;
    }
    Ok(())
}

/// How many devices were asked, and how many of the jobs ended how.
pub(super) fn counts(brood: &[Child]) -> Map<String, Value> {
    let of = |status: JobStatus| Value::from(brood.iter().filter(|child| child.status == status).count());
    let mut counts = Map::new();
    counts.insert("devices".to_owned(), Value::from(brood.len()));
    counts.insert("success".to_owned(), of(JobStatus::Success));
    counts.insert("failed".to_owned(), of(JobStatus::Error));
    counts.insert("cancelled".to_owned(), of(JobStatus::Cancelled));
    counts
}

/// Those that failed, with the reason.
pub(super) fn failures(brood: &[Child]) -> Vec<Value> {
    let bad = brood.iter().filter(|child| child.status == JobStatus::Error);
    let shown = |child: &Child| json!({ "device": child.device, "job_id": child.id, "error": child.error });
    bad.take(NAMED).map(shown).collect()
}
