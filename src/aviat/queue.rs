//! Rows as clients see them: the names of the contract's lists over what the workflow knows. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::night;
use super::rows::Entry;
use super::state::{End, Outcome, Phase, Radio, Step, Verdict};
use super::window::Window;
use crate::model::RadioStatus;

/// An entry of `aviat.queue.get`. `target` is the version that the plan leads to, where that is known.
pub fn entry(entry: &Entry, target: Option<&str>) -> Value {
    let Entry { row, radio } = entry;
    // One that was looked at again, and found clear, waits for a person without a reason.
    let blocked = matches!(radio.phase, Phase::Blocked | Phase::RebootRequired) && radio.error.is_some();
    let mut shown = json!({
        "ip": row.address,
        "name": radio.name,
        "status": radio.phase.status().as_str(),
        "phase": phase(&radio.phase),
        "firmwareStatus": firmware(radio),
        "passwordStatus": step(radio, &radio.steps.password),
        "snmpStatus": step(radio, &radio.steps.snmp),
        "bufferStatus": step(radio, &radio.steps.buffer),
        "sopStatus": step(radio, &radio.steps.sop),
        "precheckStatus": if blocked { Some("blocked") } else { None },
        "precheckDetail": if blocked { radio.error.as_deref() } else { None },
        "targetVersion": target,
        "firmwareVersion": radio.version_now,
        "username": radio.username,
        "task_id": radio.last_task,
        "error": radio.error,
        "hop": row.hop,
        "dueAt": row.due_at,
        "activationAt": radio.plan.as_ref().and_then(super::state::Plan::not_before),
        "abortRequested": radio.abort.is_some(),
        "startedAt": radio.started_at,
        "version": row.version,
        "updated_at": row.updated_at,
        "seen": row.seen,
    });
    if let Some(members) = shown.as_object_mut() {
        prechecks(radio, members);
    }
    shown
}

/// The same, with the instant at which its next command will start where that waits for its hour, and what holds it back.
/// The row's own instant was reckoned with the windows of another day.
pub fn waiting(entry: &Entry, target: Option<&str>, window: &Window, now: Timestamp) -> Value {
    let Entry { row, radio } = entry;
    let held = night::waits(radio, window, now).map(|(_, held)| held);
    let owed = radio.phase == Phase::Scheduled || (radio.phase == Phase::Manual && radio.go.is_some());
    let due_at = match &held {
        Some(held) => held.until,
        // It may start, and waits for a slot or the other end of its hop.
        None if owed => Some(row.due_at.map_or(now, |due_at| due_at.min(now))),
        None => None,
    };
    let mut shown = self::entry(entry, target);
    if let Some(members) = shown.as_object_mut() {
        members.insert("dueAt".to_owned(), json!(due_at));
        members.insert("heldBy".to_owned(), json!(held.map(|held| held.by)));
    }
    shown
}

fn prechecks(radio: &Radio, members: &mut Map<String, Value>) {
    let precheck = radio.precheck.as_ref();
    for (name, verdict) in [
        ("subnet", precheck.map(|precheck| &precheck.subnet)),
        ("license", precheck.map(|precheck| &precheck.licence)),
        ("stp", precheck.map(|precheck| &precheck.stp)),
        ("uptime", precheck.map(|precheck| &precheck.uptime)),
    ] {
        let (status, detail) = match verdict {
            None => ("pending", None),
            Some(Verdict::Clear { detail }) => ("success", detail.as_deref()),
            Some(Verdict::Failed { detail }) => ("error", Some(detail.as_str())),
            Some(Verdict::Unknown { detail }) => ("unknown", Some(detail.as_str())),
        };
        members.insert(format!("{name}Status"), Value::from(status));
        members.insert(format!("{name}Detail"), Value::from(detail));
    }
}

/// The phase's name.
pub fn phase(phase: &Phase) -> &'static str {
    match phase {
        Phase::Listed => "listed",
        Phase::Begin => "begin",
        Phase::Blocked => "blocked",
        Phase::RebootRequired => "reboot_required",
        Phase::Restart(_) => "restart",
        Phase::RestartFailed => "restart_failed",
        Phase::Slot => "slot",
        Phase::Load(_) => "load",
        Phase::Scheduled => "scheduled",
        Phase::Manual => "manual",
        Phase::Activate(_) => "activate",
        Phase::Configure => "configure",
        Phase::Settled { .. } => "settled",
    }
}

/// What was asked of the firmware, loading and activating together: the worse of the two.
fn firmware(radio: &Radio) -> &'static str {
    match &radio.phase {
        Phase::Load(_) => return "loading",
        Phase::Scheduled | Phase::Manual => return "scheduled",
        Phase::Activate(_) if radio.phase.status() == RadioStatus::PendingVerify => return "pending_verify",
        Phase::Activate(_) => return "processing",
        _ => {}
    }
    let (load, activate) = (&radio.steps.firmware, &radio.steps.activate);
    let asked = |outcome: &&Outcome| **outcome != Outcome::NotRequested;
    let worse = [load, activate].into_iter().filter(asked).max_by_key(|outcome| weight(outcome));
    match worse {
        None => "pending",
        Some(Outcome::Waiting) if matches!(radio.phase, Phase::Begin | Phase::Slot) => "processing",
        Some(outcome) => outcome_status(outcome),
    }
}

fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::NotRequested => 0,
        Outcome::Skipped(_) | Outcome::NotReached(_) => 1,
        Outcome::Ok => 2,
        Outcome::Waiting => 3,
        Outcome::Unknown(_) => 4,
        Outcome::Failed(_) => 5,
    }
}

fn step(radio: &Radio, outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Waiting if radio.phase == Phase::Configure => "processing",
        outcome => outcome_status(outcome),
    }
}

/// Unknown is nothing that succeeded.
fn outcome_status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::NotRequested | Outcome::Waiting => "pending",
        Outcome::Skipped(_) | Outcome::NotReached(_) => "skipped",
        Outcome::Ok => "success",
        Outcome::Failed(_) | Outcome::Unknown(_) => "error",
    }
}

/// An entry of `aviat.reboot_required.get`.
pub fn reboot_entry(entry: &Entry) -> Value {
    let Entry { row, radio } = entry;
    let plan = radio.plan.as_ref();
    let tasks: Vec<&str> = plan.map(|plan| plan.steps.iter().copied().map(task).collect()).unwrap_or_default();
    json!({
        "ip": row.address,
        "status": radio.phase.status().as_str(),
        "reason": radio.error,
        "remaining_tasks": tasks,
        "maintenance_params": plan.map(params),
        "username": radio.username,
        "started_at": radio.started_at,
        "task_id": radio.last_task,
        "version": row.version,
    })
}

/// The wire name of a step.
pub fn task(step: Step) -> &'static str {
    match step {
        Step::Firmware => "firmware",
        Step::Activate => "activate",
        Step::Password => "password",
        Step::Snmp => "snmp",
        Step::Buffer => "buffer",
        Step::Sop => "sop",
    }
}

fn params(plan: &super::state::Plan) -> Value {
    use super::state::{Policy, Target};
    let mode = match plan.policy {
        Policy::Scheduled { .. } => "scheduled",
        Policy::Immediate => "immediate",
        Policy::Manual => "manual",
    };
    let target = match plan.target {
        Target::Baseline => Some("baseline"),
        Target::Final => Some("final"),
        Target::Custom => None,
    };
    json!({
        "activation_mode": mode,
        "activation_at": plan.not_before(),
        "firmware_target": target,
        "firmware_uri": plan.custom.as_ref().map(|image| image.uri.as_str()),
        "precheck_override": plan.overrides,
    })
}

/// Whether a person has nothing more to wait for: it is settled.
pub fn is_settled(phase: &Phase) -> bool {
    matches!(phase, Phase::Settled { .. } | Phase::Listed)
}

/// Whether it ended `error`.
pub fn failed(radio: &Radio) -> bool {
    radio.phase == Phase::Settled { end: End::Error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aviat::state::{Image, Load, Outage, Plan, Policy, Precheck, Sent, Steps, Target};

    fn radio(phase: Phase) -> Entry {
        let radio = Radio {
            name: Some("bh-1".to_owned()),
            username: "noc".to_owned(),
            last_task: Some("t".to_owned()),
            phase,
            plan: Some(Plan {
                steps: vec![Step::Firmware, Step::Snmp],
                target: Target::Final,
                custom: None,
                policy: Policy::Scheduled { at: None },
                overrides: Vec::new(),
            }),
            steps: Steps { firmware: Outcome::Waiting, snmp: Outcome::Waiting, ..Steps::default() },
            precheck: None,
            version_before: None,
            version_now: None,
            login: crate::aviat::state::Login::Unknown,
            error: None,
            abort: None,
            go: None,
            started_at: None,
            activations: 0,
        };
        Entry::new("192.0.2.10".parse().unwrap(), None, radio, Timestamp::UNIX_EPOCH)
    }

    fn outage(sent: Sent) -> Outage {
        Outage {
            sent,
            since: Timestamp::UNIX_EPOCH,
            earliest: None,
            uptime_before: None,
            expect: None,
            restarted: false,
            down_seen: false,
            overdue: false,
            abort_asked: false,
        }
    }

    #[test]
    fn each_phase_shows_the_contracts_words() {
        let image = Image { stage: Target::Final, version: "6.2.4".to_owned(), uri: "http://h/x".to_owned() };
        let load = Load {
            image,
            sent: Sent::Accepted,
            since: Timestamp::UNIX_EPOCH,
            immediate: false,
            retries: 0,
            unreadable: 0,
            uptime_before: None,
        };
        for (phase, status, firmware) in [
            (Phase::Listed, "pending", "pending"),
            (Phase::Begin, "processing", "processing"),
            (Phase::Load(load), "loading", "loading"),
            (Phase::Scheduled, "scheduled", "scheduled"),
            (Phase::Manual, "manual", "scheduled"),
            (Phase::Activate(outage(Sent::Accepted)), "processing", "processing"),
            (Phase::Activate(outage(Sent::Unknown)), "pending_verify", "pending_verify"),
            (Phase::Restart(outage(Sent::Intended)), "rebooting", "pending"),
            (Phase::RebootRequired, "reboot_required", "pending"),
        ] {
            let shown = entry(&radio(phase), Some("6.2.4"));
            assert_eq!((&shown["status"], &shown["firmwareStatus"]), (&json!(status), &json!(firmware)), "{shown}");
            assert_eq!((&shown["snmpStatus"], &shown["passwordStatus"]), (&json!("pending"), &json!("pending")));
            assert_eq!((&shown["ip"], &shown["targetVersion"]), (&json!("192.0.2.10"), &json!("6.2.4")));
        }
    }

    #[test]
    fn a_failed_step_shows_as_an_error_and_an_unknown_check_as_unknown() {
        let mut settled = radio(Phase::Settled { end: End::Error });
        settled.radio.steps.firmware = Outcome::Ok;
        settled.radio.steps.snmp = Outcome::Failed("refused".to_owned());
        settled.radio.steps.buffer = Outcome::Skipped("2.11".to_owned());
        settled.radio.precheck = Some(Precheck {
            at: Timestamp::UNIX_EPOCH,
            subnet: Verdict::Failed { detail: "/24".to_owned() },
            subnet_actual: Some("/24".to_owned()),
            stp: Verdict::Clear { detail: None },
            licence: Verdict::Unknown { detail: "empty".to_owned() },
            uptime: Verdict::Clear { detail: Some("3 days".to_owned()) },
        });
        let shown = entry(&settled, None);
        assert_eq!(shown["status"], "error");
        assert_eq!((&shown["firmwareStatus"], &shown["snmpStatus"]), (&json!("success"), &json!("error")));
        assert_eq!(shown["bufferStatus"], "skipped");
        assert_eq!((&shown["subnetStatus"], &shown["subnetDetail"]), (&json!("error"), &json!("/24")));
        assert_eq!((&shown["stpStatus"], &shown["licenseStatus"]), (&json!("success"), &json!("unknown")));
        assert_eq!(shown["precheckStatus"], Value::Null);
    }
}
