//! Radios that have to be restarted first: section 7 D of spec/aviat-workflow.md.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{COMMUNITY, NIGHT, Stage, r0, r0_with};

/// Beyond the limit for a radio's return.
const OVERDUE: Duration = Duration::from_secs(76 * 60);

fn old() -> Value {
    r0_with(json!({ "uptime_days": 300 }))
}

/// A run that ends at the uptime.
async fn required(stage: &Stage, names: &[&str], tasks: &[&str]) -> String {
    let job = stage.run(names, tasks, json!({})).await;
    for name in names {
        stage.wait_status(name, "reboot_required").await;
    }
    stage.ended(&job).await;
    job
}

fn ips(stage: &Stage, names: &[&str]) -> Value {
    let ips: Vec<String> = names.iter().map(|name| stage.ip(name)).collect();
    json!({ "ips": ips })
}

async fn listed(stage: &Stage) -> Vec<Value> {
    let response = stage.call("aviat.reboot_required.get", json!({})).await;
    response["reboot_required"].as_array().unwrap().iter().map(|entry| entry["ip"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s037_reboot_then_upgrade() {
    let stage = Stage::one(old()).await;
    required(&stage, &["R0"], &["firmware", "snmp"]).await;
    stage.assert_untouched("R0");
    let job = stage.api().submit("aviat.reboot_required.run", ips(&stage, &["R0"])).await;
    stage.radio_until("R0", "the reboot", |_| !stage.boots("R0").is_empty()).await;
    stage.hold();
    assert_eq!(stage.row("R0").await["status"], "rebooting");
    stage.turn("R0", json!({ "load_seconds": 3_000 }));
    stage.flow();
    let row = stage.wait_status("R0", "loading").await;
    assert_eq!(row["firmwareStatus"], "loading");
    stage.wait_status("R0", "scheduled").await;
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.ended(&job).await["status"], "success");
    assert_eq!(stage.boots("R0"), ["reboot same", "reboot swap"]);
    assert_eq!((stage.restarts("R0").len(), stage.loads("R0").len(), stage.activations("R0").len()), (1, 1, 1));
    assert_eq!(stage.radio("R0").text("active", ""), "6.2.4.12.59373");
    assert_eq!(stage.radio("R0").text("snmp_community", ""), COMMUNITY, "the rest of the request, too");
    assert!(listed(&stage).await.is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s038_restart_not_confirmed() {
    for said in ["Error: not permitted by the operator role", ""] {
        let stage = Stage::one(old()).await;
        required(&stage, &["R0"], &["firmware"]).await;
        stage.fault("R0", json!({ "kind": "refuse", "command": "restart", "text": said }));
        let job = stage.api().submit("aviat.reboot_required.run", ips(&stage, &["R0"])).await;
        if said.is_empty() {
            // It came back to its prompt without the question: only the uptime can tell, and it does not fall.
            let told = |_: &towerhand_simulators::core::Device| !stage.restarts("R0").is_empty();
            stage.radio_until("R0", "the restart", told).await;
            stage.wait("R0", "the answer", |row| row.body["phase"]["sent"] == "unknown").await;
            stage.jump(OVERDUE);
        }
        let row = stage.wait_status("R0", "reboot_pending").await;
        let job = stage.ended(&job).await;
        let error = row["error"].as_str().unwrap();
        assert!(error.contains(said), "{error}");
        assert!(!job.to_string().contains("rebooted"), "{job:#}");
        assert_eq!(listed(&stage).await, [json!(stage.ip("R0"))], "a person may try again");
        assert!(stage.boots("R0").is_empty() && stage.loads("R0").is_empty());
        assert_eq!(stage.restarts("R0").len(), 1);
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s039_radio_ignores_the_restart() {
    let stage = Stage::one(old()).await;
    stage.turn("R0", json!({ "restart": "ignore" }));
    required(&stage, &["R0"], &["firmware"]).await;
    stage.api().submit("aviat.reboot_required.run", ips(&stage, &["R0"])).await;
    stage.wait_status("R0", "rebooting").await;
    // Looked at once more, still up.
    let looks = stage.commands("R0", "show ").len();
    let told = |_: &towerhand_simulators::core::Device| !stage.restarts("R0").is_empty();
    stage.radio_until("R0", "the restart", told).await;
    stage.radio_until("R0", "another look", |_| stage.commands("R0", "show ").len() > looks + 2).await;
    assert_eq!(stage.row("R0").await["status"], "rebooting");
    stage.jump(OVERDUE);
    stage.wait_status("R0", "reboot_pending").await;
    assert_eq!(listed(&stage).await, [json!(stage.ip("R0"))]);
    assert!(stage.boots("R0").is_empty() && stage.loads("R0").is_empty());
    assert_eq!(stage.restarts("R0").len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s040_does_not_return() {
    let stage = Stage::of(&[("GONE", "AV4100", old()), ("BACK", "AV4100", old())]).start().await;
    stage.turn("GONE", json!({ "reboot_seconds": 10_000_000 }));
    required(&stage, &["GONE", "BACK"], &["firmware"]).await;
    let job = stage.api().submit("aviat.reboot_required.run", ips(&stage, &["GONE", "BACK"])).await;
    stage.wait_status("BACK", "scheduled").await;
    assert_eq!(stage.row("GONE").await["status"], "rebooting");
    stage.jump(OVERDUE);
    let row = stage.wait_status("GONE", "reboot_pending").await;
    assert!(row["error"].as_str().is_some_and(|error| !error.is_empty()), "{row:#}");
    stage.ended(&job).await;
    assert_eq!(listed(&stage).await, [json!(stage.ip("GONE"))]);
    // It is switched on by hand; the retry goes on from there.
    let up = stage.lab.clock().seconds() - 600.0;
    stage.turn("GONE", json!({ "down_until": up, "up_since": up, "reboot_seconds": 240 }));
    stage.api().submit("aviat.reboot_required.run", ips(&stage, &["GONE"])).await;
    stage.wait_status("GONE", "scheduled").await;
    assert_eq!(stage.loads("GONE").len(), 1);
    assert!(listed(&stage).await.is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s041_second_request() {
    let stage = Stage::one(old()).await;
    required(&stage, &["R0"], &["firmware"]).await;
    let first = stage.api().submit("aviat.reboot_required.run", ips(&stage, &["R0"])).await;
    stage.radio_until("R0", "the reboot", |_| !stage.boots("R0").is_empty()).await;
    stage.hold();
    for _ in 0..2 {
        let error = stage.refused("aviat.reboot_required.run", ips(&stage, &["R0"])).await;
        assert!(error.contains(&first) && error.contains(&stage.ip("R0")), "{error}");
    }
    stage.flow();
    stage.wait_status("R0", "scheduled").await;
    assert_eq!((stage.restarts("R0").len(), stage.boots("R0").len()), (1, 1));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s042_uptime_grows_over_the_limit_before_the_window() {
    let stage = Stage::one(r0()).await;
    let job = stage.run(&["R0"], &["firmware", "snmp"], json!({})).await;
    stage.wait_status("R0", "scheduled").await;
    stage.turn("R0", json!({ "uptime_days": 251 }));
    stage.jump_to(NIGHT);
    let row = stage.wait_status("R0", "reboot_required").await;
    assert_eq!(row["task_id"], json!(job));
    assert_eq!(listed(&stage).await, [json!(stage.ip("R0"))]);
    assert!(stage.activations("R0").is_empty() && stage.boots("R0").is_empty());
    stage.finish().await;
}
