//! What the radios say of the night. Their journals are the witness, not the daemon's word; the daemon's word is then
//! held against them.

use jiff::civil::Time;
use serde_json::Value;
use towerhand::model::{RadioRow, RadioStatus};
use towerhand_simulators::aviat::witness::{self, Before, History};

use crate::parts::{CAP, Night};
use crate::radios::{Flaw, Radio};
use crate::say;

/// The image that everyone was to get.
const GOAL: &str = "6.2.4";

/// A radio that does not come back is a person's after this, seconds: `reboot_give_up`.
const GIVEN_UP: f64 = 75.0 * 60.0;

/// Prints every sentence; true: nothing is wrong.
pub fn tell(night: &Night, rows: &[RadioRow], job: &Value) -> bool {
    let histories: Vec<History> = night.radios.iter().map(history).collect();
    let mut wrong = Vec::new();
    say("\nradios that were broken, and what is said of them:");
    for radio in night.radios.iter().filter(|radio| radio.flaw.is_some()) {
        broken(radio, row(rows, radio), job, &mut wrong);
    }
    let (mut upgraded, mut held) = (0, 0);
    for radio in night.radios.iter().filter(|radio| radio.flaw.is_none()) {
        let far_is_broken = !radio.is_far() && night.radios.get(radio.partner()).is_some_and(|far| far.flaw.is_some());
        if far_is_broken {
            held += 1;
            kept(radio, row(rows, radio), &mut wrong);
        } else {
            upgraded += 1;
            proven(radio, row(rows, radio), &mut wrong);
        }
    }
    let mut starts = 0;
    for (radio, history) in night.radios.iter().zip(&histories) {
        starts += history.activates.len();
        for command in &history.activates {
            let local = night.local_at(command.at);
            if local.time() < Time::constant(2, 0, 0, 0) || local.time() >= Time::constant(5, 0, 0, 0) {
                wrong.push(format!("{} was activated at {local}, outside the window", radio.device.name));
            }
        }
        let (loads, most) = (&history.loads, if radio.flaw == Some(Flaw::LoadError) { 3 } else { 1 });
        if loads.len() > most || history.activates.len() > 1 {
            wrong.push(format!(
                "{}: {} loads, {} activations",
                radio.device.name,
                loads.len(),
                history.activates.len()
            ));
        }
        for load in loads.iter().filter(|load| load.activates || load.version != GOAL) {
            wrong.push(format!("{}: loaded {load:?}", radio.device.name));
        }
        for entry in radio.device.journal().iter().filter(|entry| entry.channel == "overlap") {
            wrong.push(format!("{}: two writers: {}", radio.device.name, entry.input));
        }
    }
    let most = outages(night, &histories, &mut wrong);
    say("\nverdict:");
    say(&format!("  {starts} activations, all between 02:00 and 05:00 local unless told below"));
    say(&format!("  at most {most} radios down at once, {CAP} may be; never both ends of a hop unless told below"));
    say(&format!("  {upgraded} radios proven on {GOAL}, {held} near ends held because their far end failed"));
    say(&format!("  the job: {}", word(job, "status")));
    if !matches!(word(job, "status").as_str(), "error" | "success") {
        wrong.push("the job has not ended".to_owned());
    }
    if upgraded == 0 || starts == 0 {
        wrong.push("nothing was done at all".to_owned());
    }
    for line in &wrong {
        say(&format!("  WRONG: {line}"));
    }
    say(if wrong.is_empty() { "  a good night" } else { "  NOT a good night" });
    wrong.is_empty()
}

fn history(radio: &Radio) -> History {
    let before = Before {
        active: "2.11.11".to_owned(),
        inactive: "2.10.3".to_owned(),
        rolls_back: radio.flaw == Some(Flaw::RollsBack),
        config_only: false,
    };
    witness::history(&radio.device.journal(), &before)
}

fn row<'a>(rows: &'a [RadioRow], radio: &Radio) -> Option<&'a RadioRow> {
    rows.iter().find(|row| row.address == radio.device.address)
}

fn word(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Named in the row and in the job, and never called done.
fn broken(radio: &Radio, row: Option<&RadioRow>, job: &Value, wrong: &mut Vec<String>) {
    let Some(flaw) = radio.flaw else { return };
    let (name, address) = (&radio.device.name, radio.device.address);
    let Some(row) = row else {
        wrong.push(format!("{name} has no row"));
        return;
    };
    let error = word(&row.body, "error");
    say(&format!("  {name:<12} {address:<13} {:<22} {}: {error}", flaw.words(), row.status.as_str()));
    let expected: &[RadioStatus] = match flaw {
        Flaw::Gone => &[RadioStatus::PendingVerify, RadioStatus::Error],
        _ => &[RadioStatus::Error],
    };
    // A near end is not looked at any more if its far end has failed; here every far end of a broken one is good.
    if !expected.contains(&row.status) || error.is_empty() {
        wrong.push(format!("{name} ({}) is {}: '{error}'", flaw.words(), row.status.as_str()));
    }
    let told = job.to_string();
    if !told.contains(&address.to_string()) && !told.contains(name.as_str()) {
        wrong.push(format!("the job does not name {name} ({})", flaw.words()));
    }
}

/// Upgraded, and read back.
fn proven(radio: &Radio, row: Option<&RadioRow>, wrong: &mut Vec<String>) {
    let active = radio.device.text("active", "");
    let status = row.map(|row| row.status);
    if !active.starts_with(GOAL) || status != Some(RadioStatus::Success) {
        let error = row.map(|row| word(&row.body, "error")).unwrap_or_default();
        wrong.push(format!("{} runs {active}, and is {status:?}: {error}", radio.device.name));
    }
}

/// Not touched, since its far end failed.
fn kept(radio: &Radio, row: Option<&RadioRow>, wrong: &mut Vec<String>) {
    let active = radio.device.text("active", "");
    let status = row.map(|row| row.status);
    if !active.starts_with("2.11.11") || status == Some(RadioStatus::Success) {
        wrong.push(format!("{} runs {active} and is {status:?}, though its far end failed", radio.device.name));
    }
}

/// How many were down at once, at most.
fn outages(night: &Night, histories: &[History], wrong: &mut Vec<String>) -> usize {
    let mut all = Vec::new();
    for (radio, history) in night.radios.iter().zip(histories) {
        let down = radio.device.number("reboot_seconds", 240.0).min(GIVEN_UP);
        all.extend(history.boots.iter().map(|boot| (boot.at, boot.at + down, radio)));
    }
    let mut most = 0;
    for (from, _, radio) in &all {
        let others: Vec<&Radio> = all
            .iter()
            .filter(|(began, ended, other)| other.number != radio.number && began <= from && from < ended)
            .map(|(.., other)| *other)
            .collect();
        most = most.max(others.len() + 1);
        if others.iter().any(|other| other.number == radio.partner()) {
            wrong.push(format!("both ends of the hop of {} were down at {}", radio.device.name, night.local_at(*from)));
        }
    }
    if most > CAP {
        wrong.push(format!("{most} radios were down at once, {CAP} may be"));
    }
    most
}
