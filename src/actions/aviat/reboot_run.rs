//! `aviat.reboot_required.run`: restarts radios that have been up too long; the whole of what was asked then goes on.

use std::net::IpAddr;

use serde_json::json;

use super::common::{FORCE, busy, by_address, owner};
use super::wait::Waiting;
use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{self, Refusal, Wanted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Go, Outage, Phase, Sent};
use crate::model::{Failure, Level};
use crate::store::RadioChange;

pub(super) async fn run(call: &Call<'_>) -> Result<Done, StepError> {
    let waiting = match Waiting::stored(call) {
        Some(waiting) => waiting,
        None => {
            let inventory = call.services.inventory.current();
            let radios = request::reboot(&call.frame(&inventory), call.payload())?;
            let go = call.forces(request::force(call.payload())?)?;
            let ips = begin(call, &radios, go).await?;
            Waiting { ips, tasks: vec!["reboot".to_owned()] }
        }
    };
    let more = json!({ "status": "rebooting", "count": waiting.ips.len() });
    waiting.look(call, more).await
}

fn needs_it(entry: &Entry) -> bool {
    matches!(entry.radio.phase, Phase::RebootRequired | Phase::RestartFailed)
}

/// Gives every radio a driver that restarts it, all or none.
async fn begin(call: &Call<'_>, radios: &[Wanted], go: Option<Go>) -> Result<Vec<IpAddr>, StepError> {
    let job = &call.step.job;
    let task = job.id.to_string();
    call.change(|entries| {
        let begun: Vec<IpAddr> = entries
            .iter()
            .filter(|entry| entry.radio.last_task.as_deref() == Some(&task))
            .map(|entry| entry.row.address)
            .collect();
        if !begun.is_empty() {
            return Ok((RadioChange::default(), begun));
        }
        call.wanted_still()?;
        let chosen = chosen(entries, radios, job.id)?;
        let now = call.services.clock.now();
        let mut change = RadioChange::default();
        let mut ips = Vec::new();
        for mut entry in chosen {
            let address = entry.row.address;
            let driver = call.hidden("_aviat.radio", address, None)?;
            entry.radio.phase = Phase::Restart(Outage {
                sent: Sent::Intended,
                since: now,
                earliest: None,
                uptime_before: None,
                expect: None,
                restarted: false,
                down_seen: false,
                overdue: false,
                abort_asked: false,
            });
            entry.radio.last_task = Some(task.clone());
            entry.radio.error = None;
            entry.radio.abort = None;
            entry.radio.go = go.clone();
            entry.row.driver = Some(driver.id);
            entry.row.task = Some(job.id);
            entry.row.slot = false;
            let message = format!("{address}: {} asks to restart it; what was asked then goes on", job.submitted_by);
            change.events.push(call.radio_event(Level::Info, &entry, message));
            change.audit.push(call.audit_line("aviat.reboot_required.run", address, ""));
            if go.is_some() {
                change.audit.push(call.audit_line(FORCE, address, "restart now, at any hour"));
            }
            change.jobs.push(driver);
            change.writes.push(entry.write()?);
            ips.push(address);
        }
        Ok((change, ips))
    })
    .await
}

fn chosen(entries: Vec<Entry>, radios: &[Wanted], own: crate::model::JobId) -> Result<Vec<Entry>, StepError> {
    let none = || StepError::from(Refusal::contract("No reboot-required devices"));
    if radios.is_empty() {
        let all: Vec<Entry> = entries.into_iter().filter(needs_it).collect();
        return if all.is_empty() { Err(none()) } else { Ok(all) };
    }
    let mut rows = by_address(entries);
    let (mut chosen, mut taken, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in radios {
        match rows.remove(&wanted.address) {
            Some(entry) if needs_it(&entry) => chosen.push(entry),
            Some(entry) => match owner(&entry, own) {
                Some(owner) => taken.push((wanted.address, owner)),
                None => others.push(wanted.address.to_string()),
            },
            None => others.push(wanted.address.to_string()),
        }
    }
    busy(&taken)?;
    if chosen.is_empty() {
        return Err(none());
    }
    if !others.is_empty() {
        let sentence = format!("'ips': these need no restart: {}; nothing was done", others.join(", "));
        return Err(Failure::validation(sentence).into());
    }
    Ok(chosen)
}
