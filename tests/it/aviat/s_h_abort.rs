//! Scenarios 89 and 90: a person stops it.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Device;

use super::stage::{NIGHT, OLD_COMMUNITY, Stage, done_with, r0};

const SCHEDULED: &str = "scheduled";

fn scheduled() -> Value {
    json!({ "activation_mode": "scheduled" })
}

/// Aborts the job; its end, which must come within seconds.
async fn aborted(stage: &Stage, job: &str) -> Value {
    let response = stage.call("aviat.abort", json!({ "task_id": job })).await;
    assert_eq!(response["status"], "aborting");
    stage.clock.timeout(Duration::from_secs(5), stage.ended(job)).await.expect("within seconds")
}

/// Nobody calls it a failure.
async fn not_told_as_failure(stage: &Stage, job: &str, name: &str) {
    let row = stage.row(name).await;
    assert_eq!(row["status"], "aborted", "{row:#}");
    for status in ["firmwareStatus", "snmpStatus", "bufferStatus", "sopStatus", "passwordStatus"] {
        assert_ne!(row[status], "error", "{row:#}");
    }
    for event in stage.api().events(job).await {
        assert_ne!(event["level"], "error", "{event}");
    }
    let task = stage.call("aviat.status", json!({ "task_id": job })).await;
    assert_eq!(task["status"], "aborted", "{task:#}");
    assert_eq!(task["results"][0]["status"], "aborted", "{task:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_before_the_start() {
    let stage = Stage::one(done_with(json!({ "delay_ms": 1_000_000, "snmp_community": OLD_COMMUNITY }))).await;
    // Somebody reads the radio, slowly: a writer waits.
    stage.hold();
    let reader = stage.api().submit("ido.bh.device_info", json!({ "ip_address": stage.ip("R0") })).await;
    let logged_in = |radio: &Device| radio.journal().iter().any(|entry| entry.input.contains("accepted"));
    stage.radio_until("R0", "the reader", logged_in).await;
    let job = stage.run(&["R0"], &["snmp"], json!({})).await;
    stage.wait("R0", "listed", |row| row.task.is_some()).await;
    let response = stage.call("aviat.abort", json!({ "task_id": job })).await;
    assert_eq!((&response["status"], &response["ips"]), (&json!("aborting"), &json!([stage.ip("R0")])));
    stage.turn("R0", json!({ "delay_ms": 0 }));
    stage.flow();
    stage.ended(&reader).await;
    stage.ended(&job).await;
    not_told_as_failure(&stage, &job, "R0").await;
    stage.assert_untouched("R0");
    stage.finish().await;
}

/// The answer "aborting" holds whether or not the task had got as far as listing its radios.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_at_once() {
    let names: Vec<String> = (0..25).map(|number| format!("R{number}")).collect();
    let radio = || done_with(json!({ "delay_ms": 1_000, "snmp_community": OLD_COMMUNITY }));
    let radios: Vec<_> = names.iter().map(|name| (name.as_str(), "AV4100", radio())).collect();
    let stage = Stage::of(&radios).start().await;
    for name in &names {
        stage.hold();
        let job = stage.run(&[name], &["snmp"], json!({})).await;
        let response = stage.call("aviat.abort", json!({ "task_id": job })).await;
        assert_eq!(response["status"], "aborting");
        stage.flow();
        let ended = stage.ended(&job).await;
        assert_ne!(ended["status"], "error", "{ended:#}");
        let task = stage.call("aviat.status", json!({ "task_id": job })).await;
        assert_eq!(task["status"], "aborted", "{task:#}");
        stage.assert_untouched(name);
    }
    stage.finish().await;
}

/// While the radio is being logged in to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_in_a_login() {
    let plan = Stage::of(&[("R0", "AV4100", done_with(json!({ "snmp_community": OLD_COMMUNITY })))]);
    let stage = plan.set("ssh.login_seconds", "2").start().await;
    stage.fault("R0", json!({ "kind": "mute" }));
    let job = stage.run(&["R0"], &["snmp"], json!({})).await;
    let connected = |radio: &Device| radio.journal().iter().any(|entry| entry.channel == "tcp");
    stage.radio_until("R0", "a connection", connected).await;
    stage.mend("R0");
    aborted(&stage, &job).await;
    not_told_as_failure(&stage, &job, "R0").await;
    stage.assert_untouched("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_in_a_wait() {
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("NOW", "AV4100", r0())]).start().await;
    stage.hold();
    let job = stage.run(&["R0"], &["firmware", "snmp"], scheduled()).await;
    stage.wait_status("R0", "loading").await;
    aborted(&stage, &job).await;
    not_told_as_failure(&stage, &job, "R0").await;
    // A load that would be followed by an activation by itself is stopped with it.
    let job = stage.run(&["NOW"], &["firmware"], json!({ "activation_mode": "immediate" })).await;
    stage.wait_status("NOW", "loading").await;
    aborted(&stage, &job).await;
    not_told_as_failure(&stage, &job, "NOW").await;
    stage.flow();
    stage.jump_to(NIGHT);
    stage.call("health.get", json!({})).await;
    stage.clock.sleep(Duration::from_millis(1_500)).await;
    for name in ["R0", "NOW"] {
        assert_eq!(stage.row(name).await["status"], "aborted");
        assert!(stage.activations(name).is_empty() && stage.boots(name).is_empty(), "{:?}", stage.shell(name));
        assert!(stage.commits(name).is_empty());
    }
    stage.finish().await;
}

/// One that waits for the night is stopped for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_of_the_scheduled() {
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("OTHER", "AV4100", r0())]).start().await;
    let job = stage.run(&["R0"], &["firmware"], scheduled()).await;
    stage.ran(&["OTHER"], &["firmware"], scheduled()).await;
    stage.wait_status("R0", SCHEDULED).await;
    stage.ended(&job).await;
    stage.call("aviat.abort", json!({ "task_id": job })).await;
    stage.wait_status("R0", "aborted").await;
    stage.jump_to(NIGHT);
    stage.wait_status("OTHER", "success").await;
    assert!(stage.activations("R0").is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s089_abort_after_the_activation_was_sent() {
    // A radio that stays in `activate` for longer than twice this needs a restart, which it does not.
    let plan = Stage::of(&[("R0", "AV4100", r0())]).real_time().set("aviat.reboot_first_look", "\"4s\"");
    let stage = plan.start().await;
    stage.ran(&["R0"], &["firmware"], scheduled()).await;
    stage.wait_status("R0", SCHEDULED).await;
    stage.hold();
    let job = stage.api().submit("aviat.activate_scheduled", json!({ "ips": [stage.ip("R0")], "force": true })).await;
    stage.radio_until("R0", "the activation", |radio| radio.text("software_state", "") == "activate").await;
    stage.call("aviat.abort", json!({ "task_id": job })).await;
    let mut said = Vec::new();
    for _ in 0..200 {
        said = stage.messages(&job).await;
        if said.iter().any(|message| message.contains("cannot abort, activating")) {
            break;
        }
        stage.clock.sleep(Duration::from_millis(25)).await;
    }
    assert!(said.iter().any(|message| message.contains("cannot abort, activating")), "{said:#?}");
    stage.flow();
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.row("R0").await["status"], "success");
    assert_eq!(stage.activations("R0").len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s090_abort_of_a_task_of_the_process_before() {
    let stage = Stage::one(r0()).await;
    stage.hold();
    let job = stage.run(&["R0"], &["firmware", "snmp"], scheduled()).await;
    stage.wait_status("R0", "loading").await;
    let stage = stage.restart().await;
    aborted(&stage, &job).await;
    not_told_as_failure(&stage, &job, "R0").await;
    stage.flow();
    stage.jump_to(NIGHT);
    stage.call("health.get", json!({})).await;
    assert!(stage.activations("R0").is_empty() && stage.commits("R0").is_empty());
    stage.finish().await;
}
