//! Loading: section 7 E of spec/aviat-workflow.md.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand::clock::Stopwatch;

use super::stage::{BASELINE, COMMUNITY, FINAL, NIGHT, OURS, Stage, done_with, r0, r0_with};

/// Beyond the limit for a load.
const TOO_LATE: Duration = Duration::from_secs(91 * 60);

/// Somebody told the radio to load an image of ours.
fn loading(stage: &Stage, name: &str, file: &str) {
    let uri = format!("{}/api/aviat/firmware/{file}", stage.api().url);
    stage.turn(name, json!({ "software_state": "load", "loading_uri": uri }));
}

fn error(row: &Value) -> &str {
    row["error"].as_str().unwrap_or_else(|| panic!("no error: {row:#}"))
}

/// In no list of radios that somebody owns.
async fn assert_nowhere(stage: &Stage, name: &str) {
    let ip = stage.ip(name);
    for list in ["loading", "scheduled"] {
        assert!(!stage.listed(list).await.contains(&ip), "{list}");
    }
    let required = stage.call("aviat.reboot_required.get", json!({})).await;
    assert!(!required.to_string().contains(&ip), "{required:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s043_refused_load() {
    let other = "wtm4100-6.1.0.11.52799.swpack";
    let stage = Stage::of(&[("SAME", "AV4100", r0()), ("OTHER", "AV4100", r0())]).start().await;
    loading(&stage, "SAME", FINAL);
    loading(&stage, "OTHER", other);
    stage.run(&["SAME"], &["firmware"], json!({})).await;
    stage.wait_status("SAME", "loading").await;
    // Nobody of ours began it; it is followed to its end.
    stage.turn("SAME", json!({ "software_state": "loadOk", "inactive": "6.2.4" }));
    stage.wait_status("SAME", "scheduled").await;
    assert!(stage.loads("SAME").is_empty(), "{:?}", stage.loads("SAME"));
    let job = stage.ran(&["OTHER"], &["firmware"], json!({})).await;
    let row = stage.row("OTHER").await;
    assert!(["error", "pending"].contains(&row["status"].as_str().unwrap()), "{row:#}");
    assert!(error(&row).contains("another image than 6.2.4"), "{row:#}");
    assert_nowhere(&stage, "OTHER").await;
    assert!(!job.to_string().contains("\"firmware_downloaded\":true"), "{job:#}");
    assert_eq!(stage.radio("OTHER").text("software_state", ""), "load", "another's load is left alone");
    stage.finish().await;
}

/// The radio looks idle, and refuses the load as if one ran: that is no start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s043b_refused_although_idle() {
    let stage = Stage::one(r0()).await;
    let said = "resp Software operation already in progress.  Load not started.";
    stage.fault("R0", json!({ "kind": "refuse", "command": "software load", "text": said }));
    let job = stage.run(&["R0"], &["firmware"], json!({})).await;
    let row = stage.wait_status("R0", "error").await;
    assert!(error(&row).contains("load_error"), "{row:#}");
    assert_eq!(stage.loads("R0").len(), 3, "one, and two more");
    assert_eq!(stage.ended(&job).await["status"], "error");
    let messages = stage.messages(&job).await;
    assert!(messages.iter().any(|message| message.contains("already in progress")), "{messages:#?}");
    assert_nowhere(&stage, "R0").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s044_refused_for_another_reason() {
    for (mode, now) in [("scheduled", false), ("immediate", true), ("manual", false)] {
        let stage = Stage::one(r0()).await;
        let said = "resp Invalid URI.  Load not started.";
        stage.fault("R0", json!({ "kind": "refuse", "command": "software load", "text": said }));
        let maintenance = json!({ "activation_mode": mode, "activate_now": now });
        let job = stage.ran(&["R0"], &["firmware"], maintenance).await;
        assert_eq!(job["status"], "error", "{job:#}");
        let row = stage.row("R0").await;
        assert_eq!((&row["status"], &row["firmwareStatus"]), (&json!("error"), &json!("error")), "{row:#}");
        assert!(error(&row).contains("Invalid URI"), "{row:#}");
        assert_eq!(stage.loads("R0").len(), 1, "a refusal is no reason to try again");
        assert_nowhere(&stage, "R0").await;
        stage.finish().await;
    }
}

/// The load is retried twice, as it was, and given up.
async fn load_error(knobs: Value) {
    let stage = Stage::one(r0_with(knobs)).await;
    let job = stage.ran(&["R0"], &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("R0").await;
    assert_eq!((&row["status"], &row["firmwareStatus"]), (&json!("error"), &json!("error")), "{row:#}");
    assert!(error(&row).contains("load_error") || error(&row).contains("loadError"), "{row:#}");
    let loads: Vec<String> = stage.loads("R0").into_iter().map(|line| line.command).collect();
    assert_eq!(loads.len(), 3, "one, and two more: {loads:?}");
    for load in &loads {
        assert_eq!(*load, loads[0]);
        assert!(load.ends_with(&format!("/{FINAL} force")), "{load}");
    }
    assert!(stage.commands("R0", "software abort").len() >= 2, "the radio takes no load before");
    assert!(stage.boots("R0").is_empty() && stage.activations("R0").is_empty());
    assert_nowhere(&stage, "R0").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s045_load_error() {
    load_error(json!({ "load_result": "loadError" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s046_load_error_while_inactive_shows_the_target() {
    load_error(json!({ "load_result": "loadError", "inactive": "6.2.4", "software_state": "loadError" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s047_never_finishes() {
    let stage = Stage::one(r0_with(json!({ "load_result": "hang" }))).await;
    let job = stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "loading").await;
    let fetched = |_: &towerhand_simulators::core::Device| {
        stage.channel("R0", "fetch").iter().any(|line| line.starts_with("200"))
    };
    stage.radio_until("R0", "the image", fetched).await;
    stage.jump(TOO_LATE);
    let row = stage.wait_status("R0", "error").await;
    assert!(error(&row).contains("timeout"), "{row:#}");
    assert_eq!(stage.ended(&job).await["status"], "error");
    assert_nowhere(&stage, "R0").await;
    assert_eq!(stage.queue().await.len(), 1, "in one place");
    // Looked at again, and asked for again.
    let recheck = stage.call("aviat.precheck_recheck", json!({ "ip": stage.ip("R0") })).await;
    assert_eq!(recheck["reachable"], true, "{recheck:#}");
    stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "loading").await;
    stage.turn("R0", json!({ "software_state": "loadOk", "inactive": "6.2.4" }));
    stage.wait_status("R0", "scheduled").await;
    assert_eq!(stage.loads("R0").len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s048_unreadable_inactive() {
    let stage = Stage::one(r0_with(json!({ "load_result": "hang" }))).await;
    let job = stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "loading").await;
    for command in ["software-status", "show version"] {
        stage.fault("R0", json!({ "kind": "refuse", "command": command, "text": "@@@ ~~~ 7f 7f" }));
    }
    let row = stage.wait_status("R0", "error").await;
    assert!(error(&row).contains("unreadable"), "{row:#}");
    assert_eq!(stage.ended(&job).await["status"], "error");
    assert_eq!(stage.loads("R0").len(), 1);
    assert!(stage.activations("R0").is_empty());
    assert_nowhere(&stage, "R0").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s049_wrong_image_loaded() {
    let ready = json!({ "inactive": "6.1.0", "software_state": "loadOk" });
    let radios = [("HANG", "AV4100", r0_with(json!({ "load_result": "hang" }))), ("READY", "AV4100", r0_with(ready))];
    let stage = Stage::of(&radios).start().await;
    // What was loaded in the end is not what was asked for.
    stage.run(&["HANG"], &["firmware"], json!({})).await;
    stage.wait_status("HANG", "loading").await;
    let state = |device: &towerhand_simulators::core::Device| device.text("software_state", "") == "load";
    stage.radio_until("HANG", "the load", state).await;
    stage.turn("HANG", json!({ "software_state": "loadOk", "inactive": "6.1.0", "loading_uri": null }));
    let row = stage.wait_status("HANG", "error").await;
    assert!(error(&row).contains("6.1.0") && error(&row).contains("6.2.4"), "{row:#}");
    assert_nowhere(&stage, "HANG").await;
    // What was ready before is not what was asked for: that is loaded.
    stage.run(&["READY"], &["firmware"], json!({})).await;
    stage.wait_status("READY", "scheduled").await;
    assert_eq!(
        (stage.loads("READY").len(), stage.radio("READY").text("inactive", "")),
        (1, "6.2.4.12.59373".to_owned())
    );
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s050_old_image_in_the_inactive_slot() {
    let stage = Stage::one(done_with(json!({ "active": "6.1.0", "inactive": "2.11.11" }))).await;
    stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "scheduled").await;
    let loads = stage.loads("R0");
    assert!(loads.len() == 1 && loads[0].command.ends_with(&format!("/{FINAL} force")), "{loads:?}");
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.radio("R0").text("active", ""), "6.2.4.12.59373");
    assert_eq!((stage.activations("R0").len(), stage.boots("R0").len()), (1, 1));
    assert!(!stage.shell("R0").iter().any(|line| line.command.contains(BASELINE)));
    stage.finish().await;
}

/// The mute one costs nobody but itself: a session that is given up after half a minute holds no other radio.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s051_one_mute_radio() {
    let names: Vec<String> = (0..50).map(|number| format!("R{number}")).collect();
    let knobs = r0_with(json!({ "password": OURS, "snmp_community": COMMUNITY }));
    let radios: Vec<(&str, &str, Value)> = names.iter().map(|name| (name.as_str(), "AV4100", knobs.clone())).collect();
    let plan = Stage::of(&radios).set("ssh.idle_seconds", "30").set("aviat.poll_interval", "\"40s\"");
    let stage = plan.start().await;
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mute, others) = all.split_first().unwrap();
    // All of them load, and stay there until the clock runs again.
    for name in &all {
        stage.turn(name, json!({ "load_seconds": 10_000_000 }));
    }
    stage.run(&all, &["firmware"], json!({})).await;
    for name in &all {
        stage.wait(name, "loading", |row| row.status.as_str() == "loading").await;
    }
    let looks = stage.commands(mute, "show software-status").len();
    stage.fault(mute, json!({ "kind": "mute", "after": "software-status" }));
    stage.radio_until(mute, "a look", |_| stage.commands(mute, "show software-status").len() > looks).await;
    let watch = Stopwatch::start();
    for name in others {
        stage.turn(name, json!({ "software_state": "loadOk", "inactive": "6.2.4" }));
    }
    for name in others {
        stage.wait(name, "scheduled", |row| row.status.as_str() == "scheduled").await;
    }
    assert!(watch.elapsed() < Duration::from_secs(15), "{:?}", watch.elapsed());
    assert_eq!(stage.row(mute).await["status"], "loading");
    assert_eq!(stage.listed("scheduled").await.len(), 49);
    // Ends the session with the mute one, which a daemon that stops would wait for.
    stage.lab.stop().await;
    stage.finish().await;
}
