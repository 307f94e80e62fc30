//! Steps that change the configuration.

use serde_json::json;

use super::{add, audited, blackout, looked, remove, waiting};
use crate::aviat::stage::{COMMUNITY, OURS, Stage, done_with, r0_with, step};

/// A radio that has our password, and the community that it was delivered with.
fn half() -> serde_json::Value {
    r0_with(json!({ "password": OURS }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w10_a_step_waits_for_the_end_of_a_black_out() {
    let stage = Stage::of(&[("R0", "AV4100", half())]).start().await;
    // Until eight in the evening.
    add(&stage, blackout("fair", "2026-01-15T12:00:00-06:00", "2026-01-15T20:00:00-06:00")).await;
    let job = stage.run(&["R0"], &["snmp", "buffer"], json!({})).await;
    stage.wait("R0", "the wait", |row| row.body["phase"]["at"] == "configure" && row.due_at.is_some()).await;
    let row = stage.row("R0").await;
    assert_eq!((&row["status"], &row["dueAt"]), (&json!("processing"), &json!("2026-01-16T02:00:00Z")));
    let list = waiting(&stage).await;
    let told: Vec<_> =
        list.iter().map(|item| (item["what"].clone(), item["held_by"].clone(), item["starts_at"].clone())).collect();
    assert_eq!(told, [(json!("configuration"), json!("black-out 'fair'"), json!("2026-01-16T02:00:00Z"))]);
    let early = "2026-01-15T19:50:00-06:00";
    stage.jump_to(early);
    looked(&stage, "R0", early).await;
    stage.assert_untouched("R0");
    assert_eq!(stage.api().job(&job).await["status"], "running");
    stage.jump_to("2026-01-15T20:00:00-06:00");
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(step(&stage.result(&job, "R0"), "snmp"), "ok");
    assert_eq!(stage.radio("R0").text("snmp_community", ""), COMMUNITY);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w11_what_waits_goes_on_when_the_black_out_is_removed_and_stops_when_it_is_asked_to() {
    let stage = Stage::of(&[("GO", "AV4100", half()), ("STOP", "AV4100", half())]).start().await;
    add(&stage, blackout("fair", "2026-01-15T12:00:00-06:00", "2026-01-25T20:00:00-06:00")).await;
    let go = stage.run(&["GO"], &["snmp"], json!({})).await;
    let stop = stage.run(&["STOP"], &["snmp"], json!({})).await;
    for name in ["GO", "STOP"] {
        stage.wait(name, "the wait", |row| row.due_at.is_some()).await;
    }
    stage.call("aviat.abort", json!({ "task_id": stop })).await;
    stage.wait_status("STOP", "aborted").await;
    remove(&stage, "fair").await;
    assert_eq!(stage.ended(&go).await["status"], "success");
    stage.assert_untouched("STOP");
    assert_eq!(stage.radio("GO").text("snmp_community", ""), COMMUNITY);
    stage.finish().await;
}

/// The nightly window of the settings is about activations: without named windows a step runs at any hour. With one that is
/// about the radio it waits, unless somebody with the scope forces it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w12_force_carries_steps_past_a_window_and_never_past_a_black_out() {
    let stage = Stage::of(&[("FREE", "AV4100", half()), ("R0", "AV4100", half())]).start().await;
    add(&stage, json!({ "name": "r0", "device": "R0", "time": "02:00-05:00" })).await;
    let job = stage.ran(&["FREE"], &["snmp"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");

    let payload = stage.payload(&["R0"], &["snmp"], json!({ "force": true }));
    let error = stage.operator().error("aviat.run", payload.clone()).await;
    assert!(error.contains("aviat.force"), "{error}");
    stage.assert_no_contact("R0");
    let scheduled = stage.payload(&["R0"], &["firmware"], json!({ "force": true }));
    let error = stage.refused("aviat.run", scheduled).await;
    assert!(error.contains("'force' goes with"), "{error}");
    let job = stage.api().run("aviat.run", payload.clone()).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(audited(&stage, "aviat.force").await, [("tester".to_owned(), stage.ip("R0"))]);

    add(&stage, blackout("fair", "2026-01-15T12:00:00-06:00", "2026-01-15T20:00:00-06:00")).await;
    stage.turn("R0", json!({ "snmp_community": "another-community" }));
    let changes = stage.changes("R0");
    let job = stage.api().submit("aviat.run", payload).await;
    stage.wait("R0", "the wait", |row| row.due_at.is_some()).await;
    assert_eq!(stage.changes("R0"), changes);
    stage.jump_to("2026-01-15T20:00:00-06:00");
    assert_eq!(stage.ended(&job).await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w13_fix_stp_is_refused_with_the_next_opening() {
    let stage = Stage::of(&[("R0", "AV4100", done_with(json!({ "stp": "up" })))]).start().await;
    add(&stage, json!({ "name": "lab", "site": "LAB", "time": "02:00-05:00" })).await;
    let ip = stage.ip("R0");
    let error = stage.refused("aviat.fix_stp", json!({ "ip": ip })).await;
    let told = "outside_window: R0: spanning tree was not touched: held back by window 'lab'; it may begin at \
                2026-01-16T08:00:00Z";
    assert!(error.starts_with(told), "{error}");
    stage.assert_no_contact("R0");
    let forced = json!({ "ip": ip, "force": true });
    let error = stage.operator().error("aviat.fix_stp", forced.clone()).await;
    assert!(error.contains("aviat.force"), "{error}");
    stage.assert_no_contact("R0");
    stage.call("aviat.fix_stp", forced.clone()).await;
    assert_eq!(stage.radio("R0").text("stp", ""), "down");
    assert_eq!(audited(&stage, "aviat.force").await, [("tester".to_owned(), ip.clone())]);
    add(&stage, blackout("fair", "2026-01-15T12:00:00-06:00", "2026-01-15T20:00:00-06:00")).await;
    let error = stage.refused("aviat.fix_stp", forced).await;
    assert!(error.contains("held back by black-out 'fair'; it may begin at 2026-01-16T02:00:00Z"), "{error}");
    assert_eq!(audited(&stage, "aviat.force").await.len(), 1);
    stage.finish().await;
}
