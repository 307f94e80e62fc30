//! `aviat.scheduled.sync`: changes when loaded radios are activated and what follows. Only the radios that are listed are
//! touched, whoever scheduled the others.

use jiff::Timestamp;

use super::common::{by_address, done, owner};
use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{self, Sync};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Outcome, Phase, Policy, Step, Steps};
use crate::model::{Failure, Level};
use crate::store::RadioChange;

pub(super) async fn sync(call: &Call<'_>) -> Result<Done, StepError> {
    let inventory = call.services.inventory.current();
    let request = request::sync(&call.frame(&inventory), call.payload())?;
    let by = &call.step.job.submitted_by;
    let book = call.book().await?;
    call.change(|entries| {
        let mut change = RadioChange::default();
        let chosen = match &request {
            Sync::EmptyOwn => entries
                .into_iter()
                .filter(|entry| entry.radio.phase == Phase::Scheduled && entry.radio.username == *by)
                .collect(),
            Sync::Set { radios, .. } => {
                let mut rows = by_address(entries);
                let mut chosen = Vec::new();
                let mut wrong = Vec::new();
                for wanted in radios {
                    match rows.remove(&wanted.address) {
                        Some(entry) if matches!(entry.radio.phase, Phase::Scheduled | Phase::Manual) => {
                            chosen.push(entry)
                        }
                        Some(entry) => wrong.push(not_loaded(call, &entry)),
                        None => wrong.push(format!("{} is not in the queue", wanted.address)),
                    }
                }
                if !wrong.is_empty() {
                    let sentence = format!(
                        "'ips': only radios that are loaded can be scheduled; {}. Nothing was changed",
                        wrong.join(", ")
                    );
                    return Err(Failure::validation(sentence).into());
                }
                chosen
            }
        };
        for mut entry in chosen {
            let window = call.window(&book, &inventory, entry.row.address)?;
            let message = match &request {
                Sync::EmptyOwn => taken_out(&mut entry, by),
                Sync::Set { remaining, at, .. } => {
                    scheduled(window.due(call.services.clock.now(), *at), &mut entry, by, remaining.as_deref(), *at)
                }
            };
            change.events.push(call.radio_event(Level::Info, &entry, message));
            change.writes.push(entry.write()?);
        }
        Ok((change, ()))
    })
    .await?;
    let shown = super::scheduled_get::shown(&call.entries().await?);
    done(call, shown)
}

fn not_loaded(call: &Call<'_>, entry: &Entry) -> String {
    let (address, status) = (entry.row.address, entry.radio.phase.status().as_str());
    match owner(entry, call.step.job.id) {
        Some(owner) => format!("{address} is {status} (job {owner})"),
        None => format!("{address} is {status}"),
    }
}

/// Out of the schedule, still loaded: a person activates it, or nobody.
fn taken_out(entry: &mut Entry, by: &str) -> String {
    entry.radio.phase = Phase::Manual;
    entry.radio.go = None;
    if let Some(plan) = &mut entry.radio.plan {
        plan.policy = Policy::Manual;
    }
    entry.release_task();
    format!("{}: {by} took it out of the schedule; it stays loaded", entry.row.address)
}

fn scheduled(
    due_at: Option<Timestamp>,
    entry: &mut Entry,
    by: &str,
    remaining: Option<&[Step]>,
    at: Option<Timestamp>,
) -> String {
    entry.radio.phase = Phase::Scheduled;
    entry.row.due_at = due_at;
    let Some(plan) = &mut entry.radio.plan else {
        return format!("{}: {by} scheduled it", entry.row.address);
    };
    plan.policy = Policy::Scheduled { at };
    if let Some(remaining) = remaining {
        plan.steps.retain(|step| matches!(step, Step::Firmware | Step::Activate));
        plan.steps.extend(remaining);
        plan.steps.sort_unstable();
        plan.steps.dedup();
        let Steps { password, snmp, buffer, sop, .. } = &mut entry.radio.steps;
        for (step, outcome) in
            [(Step::Password, password), (Step::Snmp, snmp), (Step::Buffer, buffer), (Step::Sop, sop)]
        {
            *outcome = if remaining.contains(&step) { Outcome::Waiting } else { Outcome::NotRequested };
        }
    }
    let when = at.map_or_else(|| "in the next window".to_owned(), |at| format!("not before {at}"));
    format!("{}: {by} scheduled it, {when}", entry.row.address)
}
