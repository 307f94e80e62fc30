//! What must hold, whatever was done. The radios' journals are the witness; the audit log says what was decided.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use towerhand::clock::Stopwatch;
use towerhand::model::{JobId, JobStatus, RadioRow, RadioStatus};
use towerhand::store::AuditEntry;
use towerhand_simulators::aviat::witness;

use super::passing::{PATIENCE, is_driven, is_held};
use super::world::{CAP, Radio, SECRETS, World};

/// Seconds between the line of the audit log and the command itself, at most: the machine is slow, not the daemon.
const HESITATION: f64 = 30.0;

/// Everything, at the end of a run.
pub async fn at_the_end(world: &mut World) -> Vec<String> {
    let mut wrong = rows(world).await;
    let audit = world.daemon().store.audit_log(100_000).await.unwrap();
    let store = std::sync::Arc::clone(&world.daemon().store);
    for radio in &mut world.radios {
        // A request that was refused scheduled nothing.
        for (since, job) in std::mem::take(&mut radio.synced) {
            if store.job(&job).await.unwrap().is_some_and(|job| job.status == JobStatus::Success) {
                radio.synced.push((since, job));
            }
        }
    }
    for number in 0..world.radios.len() {
        let mut found = effects(world, number, &audit);
        if !found.is_empty() {
            found.push(format!("what it got:\n{}", world.effects(number)));
            wrong.push(found.join("\n    "));
        }
    }
    wrong.extend(outages(world));
    wrong.extend(secrets(world, &audit).await);
    wrong.extend(jobs(world).await);
    wrong
}

/// Every row that somebody works on has a job that does; no other has one. A driver that was cut off too often ends, and
/// its radio gets another one at the next look for such, five minutes later at most.
pub async fn rows(world: &mut World) -> Vec<String> {
    let mut wrong = rows_now(world).await;
    for _ in 0..60 {
        if wrong.is_empty() {
            break;
        }
        world.pass(6.0);
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        wrong = rows_now(world).await;
    }
    wrong
}

async fn rows_now(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    let store = &world.daemon().store;
    for row in store.radios().await.unwrap() {
        let who = format!("{} ({:?}, {})", row.address, row.status, row.body["phase"]);
        let phase = row.body["phase"]["at"].as_str().unwrap_or_default();
        let driven = matches!(phase, "begin" | "restart" | "slot" | "load" | "activate" | "configure");
        match row.driver {
            Some(driver) => {
                let job = store.job(&driver.to_string()).await.unwrap();
                let alive =
                    job.as_ref().is_some_and(|job| matches!(job.status, JobStatus::Queued | JobStatus::Running));
                // Read again: it may have ended between the two.
                let same = store.radio(row.address).await.unwrap().is_some_and(|now| now.driver == row.driver);
                if !alive && same {
                    let how = job.map(|job| (job.status, job.attempt, job.error));
                    wrong.push(format!("{who}: its driver {driver} is over: {how:?}"));
                }
                if !driven {
                    wrong.push(format!("{who}: has a driver in a phase of no driver"));
                }
            }
            None if driven => wrong.push(format!("{who}: nobody drives it")),
            None => {}
        }
        if row.slot && !driven {
            wrong.push(format!("{who}: holds a slot"));
        }
    }
    wrong
}

/// What one radio was made to do.
fn effects(world: &World, number: usize, audit: &[AuditEntry]) -> Vec<String> {
    let radio = &world.radios[number];
    let journal = radio.device.journal();
    let mut wrong = Vec::new();
    let mine = |what: &str| -> Vec<&AuditEntry> {
        let mut lines: Vec<&AuditEntry> =
            audit.iter().filter(|entry| entry.what == what && concerns(entry, radio)).collect();
        lines.reverse();
        lines
    };
    let history = radio.history();
    let (activations, loads, restarts) = (mine("aviat.activate"), mine("aviat.load"), mine("aviat.restart"));
    for (what, commands, decided) in [
        ("software activate", history.activates.len(), activations.len()),
        ("software load", history.loads.len(), loads.len()),
        ("restart", witness::typed(&journal, "restart").len(), restarts.len()),
    ] {
        if commands > decided {
            wrong.push(format!("{}: {commands} commands '{what}' for {decided} decisions", radio.device.name));
        }
    }
    for (at, line) in activations.iter().enumerate() {
        // A new request counts from one again.
        let asked_between =
            |other: &AuditEntry| radio.asks.iter().any(|ask| (line.at..=other.at).contains(&world.instant(ask.at)));
        let twin = activations.iter().skip(at + 1).find(|other| other.detail == line.detail && !asked_between(other));
        if let Some(twin) = twin {
            let (name, detail) = (&radio.device.name, &line.detail);
            wrong.push(format!("{name}: two decisions with one number, at {} and {}: {detail}", line.at, twin.at));
        }
    }
    for command in &history.activates {
        wrong.extend(in_its_window(world, radio, command.at, &activations));
    }
    for boot in &history.boots {
        if let Some(version) = &boot.activated
            && !asked(radio, boot.at, version)
        {
            wrong.push(format!(
                "{}: {version} was activated at {:.0} s, which nobody asked for",
                radio.device.name, boot.at
            ));
        }
    }
    for load in &history.loads {
        let asks = radio.asks.iter().filter(|ask| ask.at <= load.at);
        if !asks.clone().any(|ask| ask.releases.contains(load.version.as_str())) {
            wrong.push(format!(
                "{}: {} was loaded at {:.0} s, which nobody asked for",
                radio.device.name, load.version, load.at
            ));
        }
        if load.activates && !asks.clone().any(|ask| ask.mode == "immediate") {
            wrong.push(format!(
                "{}: loaded with activation at {:.0} s, which nobody asked for",
                radio.device.name, load.at
            ));
        }
    }
    for entry in journal.iter().filter(|entry| entry.channel == "overlap") {
        wrong.push(format!("{}: two writers at {:.1} s: {}", radio.device.name, entry.at, entry.input));
    }
    wrong
}

fn concerns(entry: &AuditEntry, radio: &Radio) -> bool {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    entry
        .subject
        .split(|c| !of_a_name(c))
        .any(|word| word == radio.device.name || word.parse::<IpAddr>() == Ok(radio.address))
}

fn asked(radio: &Radio, at: f64, version: &str) -> bool {
    radio.asks.iter().any(|ask| ask.at <= at && ask.releases.contains(version))
}

/// An activation is decided within the window, or somebody said at any hour: by force, or by asking for an immediate
/// one. A radio that a person activates has been told to.
fn in_its_window(world: &World, radio: &Radio, at: f64, decided: &[&AuditEntry]) -> Vec<String> {
    let name = &radio.device.name;
    let instant = world.instant(at);
    let mut wrong = Vec::new();
    let latest = decided.iter().rev().find(|line| line.at <= plus(instant, 1.0));
    let Some(line) = latest else {
        return vec![format!("{name}: activated at {instant}, and no decision before")];
    };
    let free = radio.told.iter().any(|(told, force)| *force && *told <= at)
        || radio.asks.iter().any(|ask| ask.at <= at && ask.mode == "immediate");
    if !free && !is_night(line.at) {
        wrong.push(format!("{name}: activation decided at {}, outside the window", line.at));
    }
    let jumped =
        world.jumps.iter().any(|jump| *jump <= at && world.instant(*jump - 0.001) >= plus(line.at, -HESITATION));
    if !jumped && instant > plus(line.at, HESITATION) {
        wrong.push(format!("{name}: activated at {instant}, decided at {}", line.at));
    }
    let asks: Vec<_> = radio.asks.iter().filter(|ask| ask.at <= at).collect();
    let only_by_hand = !asks.is_empty() && asks.iter().all(|ask| ask.mode == "manual");
    let scheduled = radio.synced.iter().any(|(since, _)| *since <= at);
    if only_by_hand && !scheduled && !radio.told.iter().any(|(told, _)| *told <= at) {
        wrong.push(format!("{name}: activated at {instant}, and a person was to do it"));
    }
    wrong
}

fn plus(at: Timestamp, seconds: f64) -> Timestamp {
    at + jiff::SignedDuration::from_secs_f64(seconds)
}

/// Between 02:00 and 04:00 in Texas: the window less its cut-off.
fn is_night(at: Timestamp) -> bool {
    let local = at.to_zoned(TimeZone::get("America/Chicago").unwrap()).time();
    local >= Time::constant(2, 0, 0, 0) && local <= Time::constant(4, 0, 0, 0)
}

/// Both ends of a hop are never down together, and never more radios than may be.
fn outages(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut all: Vec<(f64, f64, usize)> = Vec::new();
    for (number, radio) in world.radios.iter().enumerate() {
        all.extend(radio.history().boots.iter().map(|boot| (boot.at, boot.at + radio.reboot_seconds, number)));
    }
    for (from, to, number) in &all {
        let meanwhile: Vec<usize> = all
            .iter()
            .filter(|(began, ended, other)| other != number && began <= from && from < ended)
            .map(|(.., other)| *other)
            .collect();
        if let Some(partner) = world.radios[*number].partner
            && meanwhile.contains(&partner)
        {
            wrong.push(format!(
                "both ends of a hop were down: BH-{number:02} from {from:.0} to {to:.0} s\n{}\n and BH-{partner:02}\n{}",
                world.effects(*number),
                world.effects(partner)
            ));
        }
        if meanwhile.len() >= CAP {
            wrong.push(format!("{} radios were down at {from:.0} s, {CAP} may be", meanwhile.len() + 1));
        }
    }
    wrong
}

/// Nothing that is stored or told holds a secret.
async fn secrets(world: &World, audit: &[AuditEntry]) -> Vec<String> {
    let (store, api) = (&world.daemon().store, &world.daemon().api);
    let mut told: Vec<(String, String)> = Vec::new();
    for row in store.radios().await.unwrap() {
        told.push((format!("the row of {}", row.address), format!("{row:?}")));
    }
    for event in store.radio_events(0, 100_000, None).await.unwrap() {
        told.push((format!("event {}", event.seq), format!("{:?}", event.said)));
    }
    for line in audit {
        told.push((format!("the audit line {}", line.what), format!("{line:?}")));
    }
    for (action, id) in &world.jobs {
        told.push((format!("job {id} ({action})"), format!("{} {:?}", api.job(id).await, api.events(id).await)));
    }
    let holds = |text: &str| SECRETS.iter().any(|secret| text.contains(secret));
    told.iter().filter(|(_, text)| holds(text)).map(|(what, text)| format!("{what} holds a secret: {text}")).collect()
}

/// Whether a job waits for a radio that waits for the night, or for a far end that a person has to see to.
fn is_parked(world: &World, rows: &[RadioRow], job: JobId) -> bool {
    rows.iter()
        .filter(|row| row.task == Some(job))
        .any(|row| row.status == RadioStatus::Scheduled || is_held(world, row, rows))
}

/// Every job of a client has ended, or waits for a radio that names it.
async fn jobs(world: &mut World) -> Vec<String> {
    let mut wrong = Vec::new();
    let store = std::sync::Arc::clone(&world.daemon().store);
    for (action, id) in world.jobs.clone() {
        let id = &id;
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            let job = store.job(id).await.unwrap().unwrap();
            let over = !matches!(job.status, JobStatus::Queued | JobStatus::Running);
            if over || is_parked(world, &store.radios().await.unwrap(), job.id) {
                break;
            }
            world.pass(2.0);
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
        let job = store.job(id).await.unwrap().unwrap();
        if matches!(job.status, JobStatus::Queued | JobStatus::Running) {
            let rows = store.radios().await.unwrap();
            let waits_for: Vec<IpAddr> =
                rows.iter().filter(|row| row.task == Some(job.id)).map(|row| row.address).collect();
            if is_parked(world, &rows, job.id) {
                continue;
            }
            let children: Vec<String> = store
                .children(job.id)
                .await
                .unwrap()
                .iter()
                .map(|child| format!("{} {:?} attempt {}", child.action, child.status, child.attempt))
                .collect();
            wrong.push(format!(
                "job {id} ({action}) has not ended: {:?}, attempt {}, events {:?}, children {children:?}; radios that name it: {waits_for:?}",
                job.status,
                job.attempt,
                world.daemon().api.messages(id).await
            ));
        }
    }
    let rows = store.radios().await.unwrap();
    for row in &rows {
        let parked = !is_driven(row) && row.status != RadioStatus::Scheduled && !is_held(world, row, &rows);
        if parked && row.task.is_some() {
            wrong.push(format!("{} ({:?}) keeps job {:?} waiting", row.address, row.status, row.task));
        }
    }
    wrong
}
