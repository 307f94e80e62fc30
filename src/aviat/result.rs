//! What became of a radio, in the names of the contract (spec/aviat-workflow.md 3.14). Pure.

use serde_json::{Value, json};

use super::queue;
use super::rows::Entry;
use super::state::{End, Outcome, Phase, Radio, Verdict};
use crate::model::RadioStatus;

/// The result of one radio. `success` says that everything that was asked is done and was read back, nothing else.
/// `steps` tells each step's outcome: `not_requested`, `waiting`, `skipped`, `ok`, `failed` or `unknown`, with its text.
pub fn of(entry: &Entry, target: Option<&str>) -> Value {
    let Entry { row, radio } = entry;
    let steps = &radio.steps;
    let precheck = radio.precheck.as_ref();
    let ok = |outcome: &Outcome| *outcome == Outcome::Ok;
    let loaded = matches!(radio.phase, Phase::Scheduled | Phase::Manual | Phase::Activate(_));
    let moved =
        radio.version_before.is_some() && radio.version_now.is_some() && radio.version_before != radio.version_now;
    let checked = matches!(steps.sop, Outcome::Ok | Outcome::Failed(_) | Outcome::Unknown(_));
    json!({
        "ip": row.address,
        "name": radio.name,
        "success": radio.phase.status() == RadioStatus::Success,
        "status": radio.phase.status().as_str(),
        "raw_status": raw(radio),
        "target_version": target,
        "firmware_downloaded": ok(&steps.firmware) || loaded,
        "firmware_downloaded_version": (ok(&steps.firmware) || loaded).then_some(target).flatten(),
        "firmware_scheduled": radio.phase == Phase::Scheduled,
        "firmware_activated": ok(&steps.activate) || (ok(&steps.firmware) && moved),
        "password_changed": ok(&steps.password),
        "snmp_configured": ok(&steps.snmp),
        "buffer_configured": ok(&steps.buffer),
        "sop_checked": checked,
        "sop_passed": ok(&steps.sop),
        "sop_results": steps.sop_items,
        "subnet_ok": precheck.and_then(|precheck| verdict(&precheck.subnet).0),
        "subnet_actual": precheck.and_then(|precheck| precheck.subnet_actual.as_deref()),
        "license_ok": precheck.and_then(|precheck| verdict(&precheck.licence).0),
        "license_detail": precheck.and_then(|precheck| verdict(&precheck.licence).1),
        "stp_ok": precheck.and_then(|precheck| verdict(&precheck.stp).0),
        "stp_detail": precheck.and_then(|precheck| verdict(&precheck.stp).1),
        "firmware_version_before": radio.version_before,
        "firmware_version_after": radio.version_now,
        "error": radio.error,
        "username": radio.username,
        "steps": {
            "firmware": steps.firmware.shown(),
            "activate": steps.activate.shown(),
            "password": steps.password.shown(),
            "snmp": steps.snmp.shown(),
            "buffer": steps.buffer.shown(),
            "sop": steps.sop.shown(),
        },
    })
}

/// The result of a radio that somebody took out of the list meanwhile.
pub fn removed(address: std::net::IpAddr) -> Value {
    json!({
        "ip": address, "success": false, "status": "removed", "raw_status": "removed",
        "error": "the radio was taken out of the list",
    })
}

/// Whether a verdict is good (none: unknown), and its text.
pub fn verdict(verdict: &Verdict) -> (Option<bool>, Option<&str>) {
    match verdict {
        Verdict::Clear { detail } => (Some(true), detail.as_deref()),
        Verdict::Failed { detail } => (Some(false), Some(detail)),
        Verdict::Unknown { detail } => (None, Some(detail)),
    }
}

/// The engine's word of the contract (2.4.2).
fn raw(radio: &Radio) -> &'static str {
    match radio.phase {
        Phase::Blocked => "precheck_failed",
        Phase::Settled { end: End::Success | End::Error } => "completed",
        ref phase => phase.status().as_str(),
    }
}

/// `completed`, or `aborted` where a person stopped one of the radios.
pub fn of_all(entries: &[Entry]) -> &'static str {
    let aborted = entries.iter().any(|entry| entry.radio.phase == Phase::Settled { end: End::Aborted });
    if aborted { "aborted" } else { "completed" }
}

/// Whether what was asked cannot be called done: it failed, or it went down and did not come back in time. One that
/// waits for its window or for a person's decision is no failure.
fn unproven(radio: &Radio) -> bool {
    queue::failed(radio)
        || radio.phase == Phase::RestartFailed
        || matches!(&radio.phase, Phase::Activate(outage) if outage.overdue)
}

/// One line about those that failed; none where none did.
pub fn failures(entries: &[Entry]) -> Option<String> {
    /// Named one by one.
    const NAMED: usize = 20;
    let failed: Vec<String> = entries
        .iter()
        .filter(|entry| unproven(&entry.radio))
        .map(|Entry { row, radio }| format!("{}: {}", row.address, radio.error.as_deref().unwrap_or("failed")))
        .collect();
    if failed.is_empty() {
        return None;
    }
    let mut text = format!("{} of {} radios failed: ", failed.len(), entries.len());
    text.push_str(&failed.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; "));
    if failed.len() > NAMED {
        text.push_str(&format!("; and {} more, see aviat.status", failed.len() - NAMED));
    }
    Some(text)
}
