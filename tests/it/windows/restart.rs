//! Restarts for their own sake.

use serde_json::json;

use super::{add, audited, looked, waiting};
use crate::aviat::stage::{NIGHT, Stage, r0_with};

async fn required(stage: &Stage, name: &str) {
    let job = stage.run(&[name], &["firmware"], json!({})).await;
    stage.wait_status(name, "reboot_required").await;
    stage.ended(&job).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w20_a_restart_waits_for_its_window_and_the_activation_behind_it_for_its_own_hour() {
    let old = || r0_with(json!({ "uptime_days": 300 }));
    let stage = Stage::of(&[("R0", "AV4100", old())]).start().await;
    required(&stage, "R0").await;
    add(&stage, json!({ "name": "lab", "site": "LAB", "time": "18:00-21:00" })).await;
    let job = stage.api().submit("aviat.reboot_required.run", json!({ "ips": [stage.ip("R0")] })).await;
    stage.wait("R0", "the wait", |row| row.body["phase"]["at"] == "restart" && row.due_at.is_some()).await;
    let list = waiting(&stage).await;
    assert_eq!(
        (list.len(), &list[0]["what"], &list[0]["starts_at"]),
        (1, &json!("restart"), &json!("2026-01-16T00:00:00Z"))
    );
    let early = "2026-01-15T17:50:00-06:00";
    stage.jump_to(early);
    looked(&stage, "R0", early).await;
    assert!(stage.restarts("R0").is_empty());
    stage.jump_to("2026-01-15T18:00:00-06:00");
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.ended(&job).await["status"], "success");
    assert_eq!((stage.restarts("R0").len(), stage.activations("R0").len()), (1, 1));
    stage.finish().await;
}

/// The word that restarts a radio at any hour does not activate it at any hour.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w21_a_forced_restart_forces_nothing_else() {
    let stage = Stage::of(&[("R0", "AV4100", r0_with(json!({ "uptime_days": 300 })))]).start().await;
    required(&stage, "R0").await;
    add(&stage, json!({ "name": "lab", "site": "LAB", "time": "02:00-05:00" })).await;
    let forced = json!({ "ips": [stage.ip("R0")], "force": true });
    let error = stage.operator().error("aviat.reboot_required.run", forced.clone()).await;
    assert!(error.contains("aviat.force"), "{error}");
    stage.api().submit("aviat.reboot_required.run", forced).await;
    stage.wait_status("R0", "scheduled").await;
    assert_eq!(stage.restarts("R0").len(), 1);
    assert!(stage.activations("R0").is_empty());
    assert_eq!(audited(&stage, "aviat.force").await, [("tester".to_owned(), stage.ip("R0"))]);
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.activations("R0").len(), 1);
    stage.finish().await;
}
