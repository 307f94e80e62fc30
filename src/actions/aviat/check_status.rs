//! `aviat.check_status`: looks at many radios at once, a hidden job for each, and waits for them. Observations are kept; the
//! workflow stays where it is.

use std::time::Duration;

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::common::{cancel, done, store_failed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request;
use crate::clock::add;
use crate::model::{Failure, FailureClass, Job, JobStatus};
use crate::store::RadioChange;

/// How long it sleeps at most; the last of the probes wakes it.
const SAFETY: Duration = Duration::from_secs(60);

pub(super) async fn check(call: &Call<'_>) -> Result<Done, StepError> {
    let job = &call.step.job;
    let store = &call.services.store;
    let stored = job.step.as_ref().is_some_and(|step| bool::deserialize(&step["probing"]).unwrap_or(false));
    if !stored && !job.cancel_requested {
        let inventory = call.services.inventory.current();
        let radios = request::check(&call.frame(&inventory), call.payload())?;
        // After a kill they may be there already.
        if store.children(job.id).await.map_err(store_failed)?.is_empty() {
            let mut change = RadioChange { lease: Some(call.step.lease.clone()), ..RadioChange::default() };
            for wanted in &radios {
                change.jobs.push(call.hidden("_aviat.probe", wanted.address, Some(job.id))?);
            }
            store.change_radios(call.services.clock.now(), change).await.map_err(store_failed)?;
        }
    }
    let probes = store.children(job.id).await.map_err(store_failed)?;
    if job.cancel_requested {
        stop(call, &probes).await?;
        return Err(Failure::new(FailureClass::Cancelled, "stopped before every radio had been looked at").into());
    }
    if probes.iter().any(|probe| !probe.status.is_terminal()) {
        let wake_at = add(call.services.clock.now(), SAFETY);
        let why = format!("Looking at {} radios", probes.len());
        return Ok(Done::Wait { step: json!({ "probing": true }), wake_at, why });
    }
    let results: Vec<Value> = probes.into_iter().map(result).collect();
    done(call, json!({ "results": results }))
}

/// The probe's object; of one that could not be carried out, an object that says why.
fn result(probe: Job) -> Value {
    match (probe.status, probe.result) {
        (JobStatus::Success, Some(result)) => result,
        (_, _) => {
            let address = probe.payload.get("address").cloned().unwrap_or_default();
            let error = probe.error.unwrap_or_else(|| "the probe was stopped".to_owned());
            json!({
                "ip": address, "reachable": false, "firmware": null, "snmp_ok": false, "buffer_ok": false,
                "subnet_ok": null, "subnet_actual": null, "license_ok": null, "license_detail": null,
                "stp_ok": null, "stp_detail": null, "error": error,
            })
        }
    }
}

async fn stop(call: &Call<'_>, probes: &[Job]) -> Result<(), StepError> {
    for probe in probes.iter().filter(|probe| !probe.status.is_terminal()) {
        cancel(call, probe.id).await?;
    }
    Ok(())
}
