//! `aviat.activate_scheduled`: a person's word to activate loaded radios now, inside the window, or with `force` and its
//! scope at any hour. The night takes them in turn; this job waits for them.

use jiff::Timestamp;
use serde_json::json;

use super::common::{FORCE, busy, by_address, done, owner};
use super::wait::Waiting;
use crate::actions::{Call, Done, StepError};
use crate::aviat::request::{self, Activate, Refusal};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Asked, Go, Phase, Plan, Radio};
use crate::aviat::window::{Window, Work};
use crate::calendar::window::{Book, Held};
use crate::inventory::Inventory;
use crate::model::{Failure, FailureClass, Level, RadioRow};
use crate::store::RadioChange;

pub(super) async fn activate(call: &Call<'_>) -> Result<Done, StepError> {
    if let Some(waiting) = Waiting::stored(call) {
        return waiting.look(call, json!({})).await;
    }
    let inventory = call.services.inventory.current();
    let request = request::activate(&call.frame(&inventory), call.payload())?;
    if request.force {
        call.step.require_scope(FORCE)?;
    }
    let book = call.book().await?;
    let ips = go(call, &book, &inventory, &request).await?;
    let waiting = Waiting { ips, tasks: vec!["activate".to_owned()] };
    if waiting.ips.is_empty() {
        return done(
            call,
            json!({ "task_id": call.step.job.id, "status": "completed", "ips": [], "tasks": ["activate"], "results": [] }),
        );
    }
    waiting.look(call, json!({})).await
}

/// Marks the radios, all or none; gives their addresses.
async fn go(
    call: &Call<'_>,
    book: &Book,
    inventory: &Inventory,
    request: &Activate,
) -> Result<Vec<std::net::IpAddr>, StepError> {
    let job = &call.step.job;
    let task = job.id.to_string();
    call.change(|entries| {
        // A word that was given before a kill is not given twice.
        let given: Vec<_> = entries
            .iter()
            .filter(|entry| entry.radio.last_task.as_deref() == Some(&task))
            .map(|entry| entry.row.address)
            .collect();
        if !given.is_empty() {
            return Ok((RadioChange::default(), given));
        }
        call.wanted_still()?;
        let now = call.services.clock.now();
        let window = |address| call.window(book, inventory, address);
        let chosen = chosen(call, &window, request, entries, now)?;
        let mut change = RadioChange::default();
        let mut ips = Vec::new();
        for mut entry in chosen {
            let address = entry.row.address;
            ips.push(address);
            entry.radio.go = Some(Go { asked: Asked { by: job.submitted_by.clone(), at: now }, force: request.force });
            entry.radio.last_task = Some(task.clone());
            entry.row.task = Some(job.id);
            entry.row.due_at = Some(now);
            let how = if request.force { "now, at any hour" } else { "now, within the window" };
            let message = format!("{address}: {} asks to activate it {how}", job.submitted_by);
            change.events.push(call.radio_event(Level::Info, &entry, message));
            let what = if request.force { "aviat.force" } else { "aviat.activate_scheduled" };
            change.audit.push(call.audit_line(what, address, how));
            change.writes.push(entry.write()?);
        }
        Ok((change, ips))
    })
    .await
}

/// The radios that are meant, if all of them may be activated.
fn chosen(
    call: &Call<'_>,
    window: &dyn Fn(std::net::IpAddr) -> Result<Window, Failure>,
    request: &Activate,
    entries: Vec<Entry>,
    now: Timestamp,
) -> Result<Vec<Entry>, StepError> {
    let shut = |entry: &Entry| -> Result<Option<StepError>, StepError> {
        let window = window(entry.row.address)?;
        Ok(window.held(Work::Activation, request.force, now).map(|held| outside(call, &window, &held)))
    };
    if request.radios.is_empty() {
        // Those that somebody else has given the word for are on their way.
        let waits = |entry: &Entry| entry.radio.phase == Phase::Scheduled && entry.radio.go.is_none();
        let scheduled: Vec<Entry> = entries.into_iter().filter(waits).collect();
        if scheduled.is_empty() {
            // Outside the window that is the answer, whatever there is.
            let base = window(std::net::Ipv4Addr::UNSPECIFIED.into())?;
            let held = base.held(Work::Activation, request.force, now);
            return Err(held
                .map_or_else(|| Refusal::contract("No scheduled devices").into(), |held| outside(call, &base, &held)));
        }
        let (mut inside, mut why) = (Vec::new(), None);
        for entry in scheduled {
            match shut(&entry)? {
                None => inside.push(entry),
                Some(error) => why = why.or(Some(error)),
            }
        }
        if inside.is_empty()
            && let Some(error) = why
        {
            return Err(error);
        }
        let due = |entry: &Entry| entry.radio.plan.as_ref().and_then(Plan::not_before).is_none_or(|at| at <= now);
        return Ok(inside.into_iter().filter(|entry| request.force || due(entry)).collect());
    }
    let mut rows = by_address(entries);
    let (mut chosen, mut taken, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in &request.radios {
        match rows.remove(&wanted.address) {
            Some(Entry { row: RadioRow { task: Some(task), .. }, radio: Radio { go: Some(_), .. } }) => {
                taken.push((wanted.address, task));
            }
            Some(entry) if matches!(entry.radio.phase, Phase::Scheduled | Phase::Manual) => chosen.push(entry),
            Some(entry) => match owner(&entry, call.step.job.id) {
                Some(owner) => taken.push((wanted.address, owner)),
                None => missing.push(format!("{} is {}", wanted.address, entry.radio.phase.status().as_str())),
            },
            None => missing.push(format!("{} is not in the queue", wanted.address)),
        }
    }
    for entry in &chosen {
        if let Some(error) = shut(entry)? {
            return Err(error);
        }
    }
    busy(&taken)?;
    if !missing.is_empty() {
        let sentence = format!("'ips': only radios that are loaded can be activated; {}", missing.join(", "));
        return Err(Failure::validation(sentence).into());
    }
    Ok(chosen)
}

/// The contract's refusal, with the window that is set, or with what holds the radio back and until when.
fn outside(call: &Call<'_>, window: &Window, held: &Held) -> StepError {
    if window.is_governed() {
        return StepError::plain(FailureClass::OutsideWindow, &format!("Outside activation window ({held})"));
    }
    let text = format!("Outside activation window ({})", spoken(&call.services.aviat.window));
    StepError::plain(FailureClass::Validation, &text)
}

/// `02:00-05:00` as `2:00 AM - 5:00 AM`.
fn spoken(window: &str) -> String {
    let one = |text: &str| -> Option<String> {
        let (hours, minutes) = text.split_once(':')?;
        let hours: u8 = hours.parse().ok()?;
        let half = if hours < 12 { "AM" } else { "PM" };
        let twelve = match hours % 12 {
            0 => 12,
            hour => hour,
        };
        Some(format!("{twelve}:{minutes} {half}"))
    };
    let both = window.split_once('-').and_then(|(from, to)| Some(format!("{} - {}", one(from)?, one(to)?)));
    both.unwrap_or_else(|| window.to_owned())
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn a_window_in_the_contracts_words() {
        assert_eq!(spoken("02:00-05:00"), "2:00 AM - 5:00 AM");
        assert_eq!(spoken("23:30-00:15"), "11:30 PM - 12:15 AM");
        assert_eq!(spoken("12:00-13:00"), "12:00 PM - 1:00 PM");
    }
}
