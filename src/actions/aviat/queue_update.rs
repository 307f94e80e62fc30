//! `aviat.queue.update`: lists radios, takes them out, or says what the whole list shall be. A snapshot that is stale
//! changes nothing.

use std::collections::HashSet;
use std::net::IpAddr;

use super::common::{busy, by_address, done, listed};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{self, Edit, Snapshot, Wanted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{End, Phase};
use crate::inventory::Inventory;
use crate::model::{Failure, FailureClass, Level};
use crate::store::{RadioChange, RadioWrite};

pub(super) async fn update(call: &Call<'_>) -> Result<Done, StepError> {
    let inventory = call.services.inventory.current();
    let request = request::update(&call.frame(&inventory), call.payload())?;
    call.change(|entries| {
        let mut change = RadioChange::default();
        match &request.edit {
            Edit::Add(radios) => {
                let known: HashSet<IpAddr> = entries.iter().map(|entry| entry.row.address).collect();
                for wanted in radios.iter().filter(|wanted| !known.contains(&wanted.address)) {
                    add(call, &inventory, wanted, &mut change)?;
                }
            }
            Edit::Remove(rows) => remove(call, rows, entries, &mut change)?,
            Edit::Replace { keep, seen } => {
                complete(seen, &entries)?;
                let kept: HashSet<IpAddr> = keep.iter().map(|wanted| wanted.address).collect();
                let known: HashSet<IpAddr> = entries.iter().map(|entry| entry.row.address).collect();
                let going: Vec<Snapshot> = seen.iter().copied().filter(|row| !kept.contains(&row.address)).collect();
                remove(call, &going, entries, &mut change)?;
                for wanted in keep.iter().filter(|wanted| !known.contains(&wanted.address)) {
                    add(call, &inventory, wanted, &mut change)?;
                }
            }
        }
        Ok((change, ()))
    })
    .await?;
    let radios = super::queue_get::list(call).await?;
    done(call, radios)
}

fn add(call: &Call<'_>, inventory: &Inventory, wanted: &Wanted, change: &mut RadioChange) -> Result<(), StepError> {
    let by = &call.step.job.submitted_by;
    let hop = inventory.hop_of(wanted.address).map(|hop| hop.name);
    let entry = Entry::new(wanted.address, hop, listed(wanted, by), call.services.clock.now());
    let message = format!("{}: listed by {by}", wanted.address);
    change.events.push(call.radio_event(Level::Info, &entry, message));
    change.writes.push(entry.write()?);
    Ok(())
}

/// Takes rows out. One that is scheduled is cancelled by it; one that is driven cannot go; one that changed since it was
/// seen does not. One that is gone already is no mistake.
fn remove(call: &Call<'_>, rows: &[Snapshot], entries: Vec<Entry>, change: &mut RadioChange) -> Result<(), StepError> {
    let by = &call.step.job.submitted_by;
    let mut there = by_address(entries);
    let (mut driven, mut stale) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(entry) = there.remove(&row.address) else { continue };
        if entry.radio.phase.is_driven() {
            driven.extend(entry.row.task.or(entry.row.driver).map(|job| (row.address, job)));
            continue;
        }
        if row.version.is_some_and(|seen| seen != entry.row.version) {
            stale.push(row.address);
            continue;
        }
        let cancelled = matches!(entry.radio.phase, Phase::Scheduled | Phase::Manual);
        let what = if cancelled { "; its activation is cancelled, the image stays loaded in the radio" } else { "" };
        let message = format!("{}: taken out of the list by {by}{what}", row.address);
        // It ends as stopped, for those who watch.
        let mut shown = entry.clone();
        shown.radio.phase = Phase::Settled { end: End::Aborted };
        change.events.push(call.radio_event(Level::Warning, &shown, message));
        if cancelled {
            change.audit.push(call.audit_line("aviat.schedule_cancel", row.address, "removed from the queue"));
        }
        change.writes.push(RadioWrite::Delete { address: row.address, expect: entry.row.version });
    }
    busy(&driven)?;
    refuse_stale(&stale)
}

/// A replacement is only carried out where the client has seen every row as it is now.
fn complete(seen: &[Snapshot], entries: &[Entry]) -> Result<(), StepError> {
    let stale: Vec<IpAddr> = entries
        .iter()
        .filter(|entry| {
            let row = seen.iter().find(|row| row.address == entry.row.address);
            row.and_then(|row| row.version) != Some(entry.row.version)
        })
        .map(|entry| entry.row.address)
        .collect();
    refuse_stale(&stale)
}

fn refuse_stale(stale: &[IpAddr]) -> Result<(), StepError> {
    if stale.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = stale.iter().map(ToString::to_string).collect();
    let sentence = format!(
        "these radios changed since 'versions' were read, or are not among them: {}; nothing was changed. Read \
         aviat.queue.get again",
        list.join(", ")
    );
    Err(Failure::new(FailureClass::Busy, sentence).into())
}
