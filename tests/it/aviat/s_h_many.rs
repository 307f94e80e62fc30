//! Scenarios 87, 88 and 91 to 96: many radios at once, and many who ask.

use serde_json::{Value, json};
use towerhand::model::JobStatus;

use super::lives::{Lives, hours_from_now};
use super::s_h_kill::parked;
use super::stage::{COMMUNITY, NIGHT, OLD_COMMUNITY, Stage, done, done_with, r0};
use crate::engine::wait::towerhand;

const SCHEDULED: &str = "scheduled";

fn scheduled() -> Value {
    json!({ "activation_mode": "scheduled" })
}

// 87 and 88: many radios at once.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s087_one_radio_talks_rubbish() {
    let names: Vec<String> = (0..20).map(|n| format!("R{n}")).collect();
    let radios: Vec<(&str, &str, Value)> = names.iter().map(|name| (name.as_str(), "AV4100", done())).collect();
    let stage = Stage::of(&radios).set("ssh.idle_seconds", "2").set("ssh.max_output_bytes", "1000000").start().await;
    stage.fault("R7", json!({ "kind": "garbage", "endless": true }));
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let job = stage.ran(&all, &["buffer"], json!({})).await;
    assert_eq!(job["status"], "error", "{job:#}");
    for row in stage.queue().await {
        let bad = row["ip"] == stage.ip("R7");
        assert_eq!(row["status"], if bad { "error" } else { "success" }, "{row:#}");
        assert_eq!(row["error"].is_string(), bad, "{row:#}");
    }
    stage.finish().await;
}

/// A job that is cut off too often is given up, but not one that drives a radio: it goes on, and its radio is not left in
/// the middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s087_the_driver_of_a_radio_is_not_given_up() {
    let radios = [("R0", "AV4100", done_with(json!({ "snmp_community": OLD_COMMUNITY }))), ("R1", "AV4100", done())];
    let mut lives = Lives::begin(Stage::of(&radios).real_time().set("jobs.max_attempts", "1")).await;
    lives.fault("R0", json!({ "kind": "mute", "after": "commit" }));
    let job = lives.run(&["R0", "R1"], &["snmp", "buffer"], json!({})).await;
    lives.radio_until("R0", |radio| radio.journal().iter().any(|entry| entry.input == "config: commit")).await;
    lives.wait_status("R1", &["success"]).await;
    lives.kill();
    let driver =
        lives.stored(async |store| store.radio(lives.radio("R0").address).await.unwrap().unwrap().driver).await;
    let driver = driver.expect("a driver");
    lives.mend("R0").await;
    lives.serve().await;
    let row = lives.wait_status("R0", &["success", "error"]).await;
    assert_eq!(row["status"] == "success", lives.radio("R0").text("snmp_community", "") == COMMUNITY, "{row:#}");
    assert_eq!(lives.row("R1").await["status"], "success");
    lives.api().ended(&job).await;
    // Not busy for ever.
    let job = lives.run(&["R0"], &["snmp"], json!({})).await;
    assert_eq!(lives.api().ended(&job).await["status"], "success");
    lives.stop().await;
    // The very same driver, claimed for a second time although one is the most that is allowed.
    let ended = lives.stored(async |store| store.job(&driver.to_string()).await.unwrap()).await.expect("it is kept");
    assert_eq!((ended.status, ended.error), (JobStatus::Success, None));
    assert!(ended.attempt >= 2, "{}", ended.attempt);
    lives.serve().await;
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s088_partial_batch_is_visible() {
    let names: Vec<String> = (0..100).map(|n| format!("R{n}")).collect();
    let radios: Vec<(&str, &str, Value)> = names.iter().map(|name| (name.as_str(), "AV4100", done())).collect();
    let stage = Stage::of(&radios).set("ssh.idle_seconds", "30").set("ssh.login_seconds", "30").start().await;
    // The last one does not answer for as long as the lab's clock stands.
    stage.turn("R99", json!({ "delay_ms": 1_000_000 }));
    stage.hold();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let job = stage.run(&all, &["snmp"], json!({})).await;
    for name in &all[..99] {
        stage.wait(name, "success", |row| row.status.as_str() == "success").await;
    }
    let queue = stage.queue().await;
    let count = |status: &str| queue.iter().filter(|row| row["status"] == status).count();
    assert_eq!((count("success"), count("processing")), (99, 1));
    assert_eq!(stage.api().job(&job).await["status"], "running");
    // In the store, too: a new daemon knows it.
    let stage = stage.restart().await;
    assert_eq!(stage.row("R0").await["status"], "success");
    stage.turn("R99", json!({ "delay_ms": 0 }));
    stage.flow();
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(job["result"]["response"]["results"].as_array().unwrap().len(), 100);
    stage.finish().await;
}

// 91 to 96: many who ask.

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s091_status_probe_is_read_only() {
    let (stage, names) = parked().await;
    let ips: Vec<String> = names.iter().map(|name| stage.ip(name)).collect();
    let rows = async || {
        let rows = stage.daemon.store.radios().await.unwrap();
        rows.into_iter().map(|row| (row.address, row.version, row.status, row.body, row.due_at)).collect::<Vec<_>>()
    };
    let before = rows().await;
    let changes: Vec<Vec<String>> = names.iter().map(|name| stage.changes(name)).collect();
    // As it is; hung up at once; never answered.
    for fault in [None, Some(json!({ "kind": "refuse" })), Some(json!({ "kind": "mute" }))] {
        for name in &names {
            stage.mend(name);
            if let Some(fault) = &fault {
                stage.fault(name, fault.clone());
            }
        }
        let response = stage.call("aviat.check_status", json!({ "ips": ips })).await;
        let results = response["results"].as_array().unwrap();
        assert_eq!(results.len(), names.len());
        for result in results {
            let failed = fault.is_some() || result["ip"] == stage.ip("FAILED");
            assert_eq!((result["error"].is_string(), result["firmware"].is_null()), (failed, failed), "{result:#}");
        }
        assert_eq!(rows().await, before);
        for row in stage.daemon.store.radios().await.unwrap() {
            assert!(row.seen.is_some(), "{row:#?}");
        }
    }
    let after: Vec<Vec<String>> = names.iter().map(|name| stage.changes(name)).collect();
    assert_eq!(after, changes);
    for name in &names {
        stage.mend(name);
    }
    // The schedule is as it was, too.
    stage.jump_to(NIGHT);
    stage.wait_status("SCHEDULED", "success").await;
    // And where nobody listens.
    let before = rows().await;
    stage.lab.stop().await;
    let response = stage.call("aviat.check_status", json!({ "ips": ips })).await;
    for result in response["results"].as_array().unwrap() {
        assert_eq!((&result["reachable"], result["error"].is_string()), (&json!(false), true), "{result:#}");
    }
    assert_eq!(rows().await, before);
    stage.finish().await;
}

/// While a radio loads, is away, and is configured.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s091_status_probe_of_a_busy_radio() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).set("ssh.idle_seconds", "2").start().await;
    let ip = stage.ip("R0");
    stage.hold();
    stage.run(&["R0"], &["firmware"], scheduled()).await;
    stage.wait_status("R0", "loading").await;
    for _ in 0..3 {
        let seen = stage.call("aviat.check_status", json!({ "ips": [ip] })).await;
        assert_eq!(seen["results"][0]["reachable"], true, "{seen:#}");
        assert_eq!(stage.row("R0").await["status"], "loading");
    }
    stage.flow();
    stage.wait_status("R0", SCHEDULED).await;
    let job = stage.api().submit("aviat.activate_scheduled", json!({ "ips": [ip], "force": true })).await;
    stage.radio_until("R0", "the reboot", |radio| radio.journal().iter().any(|entry| entry.channel == "boot")).await;
    stage.hold();
    let seen = stage.call("aviat.check_status", json!({ "ips": [ip] })).await;
    assert!(seen["results"][0]["error"].is_string() && seen["results"][0]["firmware"].is_null(), "{seen:#}");
    let status = stage.row("R0").await["status"].clone();
    assert!(["processing", "pending_verify"].contains(&status.as_str().unwrap()), "{status}");
    stage.flow();
    assert_eq!(stage.ended(&job).await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s092_concurrent_adds() {
    let names: Vec<String> = (0..12).map(|n| format!("R{n}")).collect();
    let radios: Vec<(&str, &str, Value)> = names.iter().map(|name| (name.as_str(), "AV4100", r0())).collect();
    let stage = Stage::of(&radios).start().await;
    stage.hold();
    let first = stage.run(&["R0", "R1"], &["firmware"], scheduled()).await;
    stage.wait_status("R0", "loading").await;
    stage.wait_status("R1", "loading").await;
    // They are looked at all the time; ten more come, each by a request of its own.
    let more = names[2..].iter().map(async |name| stage.run(&[name.as_str()], &["firmware"], scheduled()).await);
    let more = futures_util::future::join_all(more).await;
    for name in &names {
        stage.wait_status(name, "loading").await;
    }
    let mut loading = stage.listed("loading").await;
    let mut wanted: Vec<String> = names.iter().map(|name| stage.ip(name)).collect();
    loading.sort();
    wanted.sort();
    assert_eq!(loading, wanted);
    stage.flow();
    for job in more.iter().chain([&first]) {
        assert_eq!(stage.ended(job).await["status"], "success");
    }
    let mut scheduled = stage.listed("scheduled").await;
    scheduled.sort();
    assert_eq!((scheduled, stage.listed("loading").await), (wanted, Vec::new()));
    for name in &names {
        assert_eq!(stage.loads(name).len(), 1);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s095_a_failed_step_is_shown() {
    let stage = Stage::one(done_with(json!({ "snmp_community": OLD_COMMUNITY }))).await;
    stage.fault("R0", json!({ "kind": "commit", "how": "abort" }));
    let job = stage.ran(&["R0"], &["snmp", "buffer"], json!({})).await;
    assert_eq!(job["status"], "error", "{job:#}");
    assert!(job["error"].as_str().unwrap().contains("Aborted"), "{job:#}");
    let row = stage.row("R0").await;
    for status in ["status", "snmpStatus", "bufferStatus"] {
        assert_eq!(row[status], "error", "{row:#}");
    }
    let id = job["job_id"].as_str().unwrap();
    let task = stage.call("aviat.status", json!({ "task_id": id })).await;
    let result = &task["results"][0];
    assert_eq!((&result["success"], &result["snmp_configured"]), (&json!(false), &json!(false)), "{task:#}");
    assert_eq!(result["status"], "error", "{task:#}");
    assert!(result["error"].as_str().unwrap().contains("Aborted"), "{task:#}");
    let events = stage.api().events(id).await;
    assert!(events.iter().any(|event| event["level"] == "error"), "{events:#?}");
    assert!(!events.iter().any(|event| event["level"] == "success"), "{events:#?}");
    let history = stage.call("aviat.stream.global", json!({ "limit": 100 })).await;
    let told = history["events"].as_array().unwrap().iter().any(|event| event["level"] == "error");
    assert!(told, "{history:#}");
    stage.finish().await;
}

/// There are no tenants. What is left of scenario 96: a task that is not known is not known, and who runs a radio sees
/// it without having added it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_tasks_and_own_radios() {
    let stage = Stage::one(done()).await;
    for action in ["aviat.status", "aviat.abort"] {
        for task in ["00000000-0000-4000-8000-000000000000", "auto-1", "../1"] {
            let error = stage.refused(action, json!({ "task_id": task })).await;
            assert!(error.contains("Task not found"), "{error}");
        }
    }
    // The job of something else is no task.
    let other = stage.api().run("health.get", json!({})).await;
    let error = stage.refused("aviat.status", json!({ "task_id": other["job_id"] })).await;
    assert!(error.contains("Task not found"), "{error}");
    assert!(stage.queue().await.is_empty());
    stage.ran(&["R0"], &["snmp"], json!({})).await;
    assert_eq!(stage.row("R0").await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s093_clear_done_race() {
    let stage =
        Stage::of(&[("X", "AV4100", done()), ("DONE", "AV4100", done()), ("NEXT", "AV4100", r0())]).start().await;
    stage.ran(&["X", "DONE"], &["snmp"], json!({})).await;
    stage.call("aviat.queue.update", json!({ "mode": "add", "radios": [stage.ip("NEXT")] })).await;
    // What the client sees: two that are done.
    let snapshot = stage.queue().await;
    let done_ones: Vec<&Value> = snapshot.iter().filter(|row| row["status"] == "success").collect();
    assert_eq!(done_ones.len(), 2);
    // Meanwhile X is run again, and fails.
    stage.fault("X", json!({ "kind": "refuse" }));
    stage.ran(&["X"], &["buffer"], json!({})).await;
    let newer = stage.row("X").await;
    assert_eq!(newer["status"], "error");
    // By removing what it saw as done; and by writing back the rest.
    stage.api().run("aviat.queue.update", json!({ "mode": "remove", "radios": done_ones })).await;
    assert_eq!(stage.row("X").await, newer);
    let versions: serde_json::Map<String, Value> =
        snapshot.iter().map(|row| (row["ip"].as_str().unwrap().to_owned(), row["version"].clone())).collect();
    let rest: Vec<&Value> = snapshot.iter().filter(|row| row["status"] != "success").collect();
    stage.api().run("aviat.queue.update", json!({ "mode": "replace", "radios": rest, "versions": versions })).await;
    assert_eq!(stage.row("X").await, newer);
    // A snapshot that does not know all rows replaces nothing, and no client sets a status.
    let error = stage.refused("aviat.queue.update", json!({ "mode": "replace", "radios": rest })).await;
    assert!(error.contains("versions"), "{error}");
    let forged = json!({ "ip": stage.ip("X"), "status": "success", "version": newer["version"] });
    stage.api().run("aviat.queue.update", json!({ "mode": "add", "radios": [forged] })).await;
    assert_eq!(stage.row("X").await["status"], "error");
    // With a fresh snapshot it goes.
    let fresh = stage.row("X").await;
    stage.call("aviat.queue.update", json!({ "mode": "remove", "radios": [fresh] })).await;
    assert!(stage.queue().await.iter().all(|row| row["ip"] != stage.ip("X")));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s094_two_leaders() {
    // A window that is open, at the machine's own time.
    let plan = Stage::of(&[("R0", "AV4100", r0())])
        .real_time()
        .set("aviat.window", &hours_from_now(21, 5))
        .set("aviat.window_cutoff", "\"0s\"");
    let mut lives = Lives::begin(plan).await;
    let due = lives.clock.now().checked_add(jiff::SignedDuration::from_secs(8)).unwrap();
    let maintenance = json!({ "activation_mode": "scheduled", "activation_at": due.to_string() });
    lives.run(&["R0"], &["firmware"], maintenance).await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    // The database has one master; the second says so and does nothing.
    let (code, out, error) = towerhand(lives.folder(), &["serve"], "", &[("TOWERHAND_LISTEN", "127.0.0.1:0")]);
    assert_eq!(code, 1, "{out}{error}");
    assert!(format!("{out}{error}").contains("in use by another process"), "{out}{error}");
    assert_eq!(lives.row("R0").await["status"], SCHEDULED);
    // The leader dies before the hour; the other takes over.
    lives.kill();
    assert_eq!(lives.count("R0", "software activate"), 0);
    lives.serve().await;
    lives.wait_status("R0", &["success"]).await;
    assert_eq!((lives.count("R0", "software activate"), lives.boots("R0")), (1, 1));
    assert!(lives.clock.now() >= due);
    lives.finish().await;
}
