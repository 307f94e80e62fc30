//! `aviat.run`: takes radios into maintenance and waits until each is settled or parked.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::json;

use super::common::{FORCE, busy, by_address, code, listed, owner, waiting};
use super::wait::Waiting;
use crate::actions::{Call, Done, StepError};
use crate::aviat::queue;
use crate::aviat::request::{self, Run, Wanted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Check, Phase, Radio, Step};
use crate::inventory::Inventory;
use crate::model::{Failure, Level};
use crate::store::RadioChange;

/// Scope for overriding a precheck.
const OVERRIDE: &str = "aviat.override";

pub(super) async fn run(call: &Call<'_>) -> Result<Done, StepError> {
    let tasks = |request: &Run| request.plan.steps.iter().map(|step| queue::task(*step).to_owned()).collect();
    let waiting = match Waiting::stored(call) {
        Some(waiting) => waiting,
        None => {
            let inventory = call.services.inventory.current();
            let request = request::run(&call.frame(&inventory), call.payload())?;
            let ips = request.radios.iter().map(|radio| radio.address).collect();
            let waiting = Waiting { ips, tasks: tasks(&request) };
            ready(call, &request).await?;
            begin(call, &inventory, &request).await?;
            waiting
        }
    };
    waiting.look(call, json!({})).await
}

/// What must be right before any radio is touched.
async fn ready(call: &Call<'_>, request: &Run) -> Result<(), StepError> {
    let (settings, plan) = (&call.services.aviat, &request.plan);
    if !plan.overrides.is_empty() {
        call.step.require_scope(OVERRIDE)?;
    }
    call.forces(request.force)?;
    for (step, set, key) in [
        (Step::Snmp, settings.snmp_community.is_some(), "aviat.snmp_community"),
        (Step::Password, settings.password.is_some(), "aviat.password"),
    ] {
        if plan.steps.contains(&step) && !set {
            let task = queue::task(step);
            let sentence = format!("'tasks' has '{task}', which needs {key} in the settings. No radio was touched");
            return Err(Failure::validation(sentence).into());
        }
    }
    if plan.steps.contains(&Step::Firmware) && plan.custom.is_none() {
        let types: BTreeSet<_> = request.radios.iter().map(|radio| code(radio.device_type)).collect();
        call.services.images.verify(plan.target, &types).await?;
    }
    Ok(())
}

/// Puts every radio at its beginning with a driver, all or none. After a kill the rows say that it was done.
async fn begin(call: &Call<'_>, inventory: &Inventory, request: &Run) -> Result<(), StepError> {
    let job = &call.step.job;
    let task = job.id.to_string();
    let go = call.forces(request.force)?;
    call.change(|entries| {
        let mut rows = by_address(entries);
        let mine = |entry: &Entry| entry.radio.last_task.as_deref() == Some(&task);
        if request.radios.iter().any(|radio| rows.get(&radio.address).is_some_and(mine)) {
            return Ok((RadioChange::default(), ()));
        }
        call.wanted_still()?;
        let taken: Vec<(IpAddr, _)> = request
            .radios
            .iter()
            .filter_map(|radio| Some((radio.address, owner(rows.get(&radio.address)?, job.id)?)))
            .collect();
        busy(&taken)?;
        let mut change = RadioChange::default();
        for wanted in &request.radios {
            let driver = call.hidden("_aviat.radio", wanted.address, None)?;
            let mut entry = at_the_beginning(call, wanted, rows.remove(&wanted.address), request);
            entry.radio.go = go.clone();
            entry.row.driver = Some(driver.id);
            entry.row.task = Some(job.id);
            entry.row.hop = inventory.hop_of(wanted.address).map(|hop| hop.name);
            change.events.push(call.radio_event(Level::Info, &entry, said(wanted, request)));
            change.jobs.push(driver);
            change.writes.push(entry.write()?);
        }
        if go.is_some() {
            for wanted in &request.radios {
                change.audit.push(call.audit_line(FORCE, wanted.address, "maintenance now, at any hour"));
            }
        }
        if let Some(reason) = &request.override_reason {
            let checks: Vec<&str> = request.plan.overrides.iter().map(|check| name(*check)).collect();
            let detail = format!("{}: {reason}", checks.join(", "));
            for wanted in &request.radios {
                change.audit.push(call.audit_line("aviat.precheck_override", wanted.address, detail.clone()));
            }
        }
        Ok((change, ()))
    })
    .await
}

/// What was known of the radio stays known; what was asked before is over.
fn at_the_beginning(call: &Call<'_>, wanted: &Wanted, known: Option<Entry>, request: &Run) -> Entry {
    let now = call.services.clock.now();
    let job = &call.step.job;
    let mut entry = known.unwrap_or_else(|| Entry::new(wanted.address, None, listed(wanted, &job.submitted_by), now));
    entry.row.slot = false;
    entry.row.due_at = None;
    entry.radio = Radio {
        phase: Phase::Begin,
        last_task: Some(job.id.to_string()),
        steps: waiting(&request.plan),
        plan: Some(request.plan.clone()),
        login: entry.radio.login,
        version_now: entry.radio.version_now.take(),
        started_at: Some(now),
        ..listed(wanted, &job.submitted_by)
    };
    entry
}

fn said(wanted: &Wanted, request: &Run) -> String {
    let label =
        wanted.name.as_ref().map_or_else(|| wanted.address.to_string(), |name| format!("{name} ({})", wanted.address));
    let tasks: Vec<&str> = request.plan.steps.iter().map(|step| queue::task(*step)).collect();
    let by = request.requested_by.as_ref().map(|name| format!(", asked for by '{name}'")).unwrap_or_default();
    format!("{label}: maintenance begins: {}{by}", tasks.join(", "))
}

fn name(check: Check) -> &'static str {
    match check {
        Check::Subnet => "subnet",
        Check::Stp => "stp",
        Check::Licence => "licence",
        Check::Uptime => "uptime",
    }
}
