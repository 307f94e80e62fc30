//! What is scheduled without being asked for, against simulated devices.

use serde_json::{Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::lab_run::Lab;

use super::site::at;
use crate::engine::wait::{commands, lab, until};
use crate::support::{Setup, TestDaemon};

const ROUTERS: usize = 5;

/// Routers, and an Aviat radio.
async fn field() -> Lab {
    let names: Vec<String> = (1..=ROUTERS).map(|n| format!("r{n}")).collect();
    let mut devices: Vec<(&str, &str, Value)> =
        names.iter().map(|name| (name.as_str(), "routeros", json!({ "version": "7.16" }))).collect();
    devices.push(("radio", "aviat", json!({})));
    lab(devices).await
}

async fn daemon(lab: &Lab, clock: &Clock, settings: &str) -> TestDaemon {
    let variables = vec![("TOWERHAND_SCHEDULE_BUILTINS".to_owned(), "true".to_owned())];
    let setup =
        Setup { inventory: Some(lab.inventory_yaml()), settings: settings.to_owned(), variables, clock: clock.clone() };
    TestDaemon::start(setup).await
}

async fn schedule(daemon: &TestDaemon, name: &str) -> Value {
    let path = format!("/schedules/{name}");
    let (_, answer) = daemon.api.send(daemon.api.request(reqwest::Method::GET, &path)).await;
    answer["data"].clone()
}

/// Waits until the planner has made the schedule, and it has run so often; its last run.
async fn ran(daemon: &TestDaemon, name: &str, times: usize) -> Value {
    let over = ["success", "error", "cancelled", "shown"];
    until(&format!("run {times} of {name}"), async || {
        let runs = daemon.store.schedule_runs(name, None, 100).await.unwrap();
        runs.len() == times && runs.first().is_some_and(|run| over.contains(&run.outcome.as_str()))
    })
    .await;
    schedule(daemon, name).await["last_run"].clone()
}

#[tokio::test]
async fn the_nightly_backup_reads_every_device_once_a_few_at_once() {
    let lab = field().await;
    let clock = Clock::shifted(at("2026-07-02T00:00:00Z"), 1.0);
    let daemon = daemon(&lab, &clock, "[schedule]\nat_once = 2\n").await;
    until("the built-in schedules", async || schedule(&daemon, "nightly-backup").await["name"].is_string()).await;
    for (night, instant) in [(1, "2026-07-02T05:30:00Z"), (2, "2026-07-03T05:30:00Z")] {
        clock.set(at(instant));
        let run = ran(&daemon, "nightly-backup", night).await;
        assert_eq!(run["outcome"], "success", "{run}");
        let devices = ROUTERS + 1;
        let changed = if night == 1 { devices } else { 0 };
        assert_eq!(
            run["counts"],
            json!({
                "devices": devices, "success": devices, "failed": 0, "cancelled": 0, "changed": changed,
                "without_config": 0,
            })
        );
        // The devices' word.
        for n in 1..=ROUTERS {
            let router = lab.device(&format!("r{n}")).unwrap();
            assert_eq!(commands(&router.journal(), "/export"), night, "r{n}");
        }
        let job = run["job_id"].as_str().unwrap();
        let said = daemon.api.messages(job).await;
        for words in ["0 of 6 devices done", "2 of 6 devices done", "4 of 6 devices done"] {
            assert!(said.iter().any(|said| said.starts_with(words)), "two at once: {said:?}");
        }
    }
    let versions = daemon.store.config_devices().await.unwrap();
    assert_eq!(versions.len(), ROUTERS + 1);
    assert!(versions.iter().all(|version| version.author == "schedule:nightly-backup"), "{versions:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_device_that_fails_is_counted_and_the_others_are_kept() {
    let lab = field().await;
    lab.device("r3").unwrap().add_fault(towerhand_simulators::core::Fault::Refuse {});
    let clock = Clock::shifted(at("2026-07-02T05:29:50Z"), 1.0);
    let daemon = daemon(&lab, &clock, "[ssh]\nconnect_seconds = 2\nretries = 0\n").await;
    let run = ran(&daemon, "nightly-backup", 1).await;
    assert_eq!((&run["outcome"], &run["counts"]["failed"]), (&json!("success"), &json!(1)), "{run}");
    assert_eq!(run["counts"]["success"], json!(ROUTERS));
    let job = daemon.api.job(run["job_id"].as_str().unwrap()).await;
    let failed = job["result"]["response"]["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["device"]), (1, &json!("r3")));
    assert!(failed[0]["error"].as_str().unwrap().contains("r3"), "{failed:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn the_others_of_the_week() {
    let lab = field().await;
    // Monday 2026-07-06, midnight in Chicago.
    let clock = Clock::shifted(at("2026-07-06T05:00:00Z"), 1.0);
    let daemon = daemon(&lab, &clock, "[schedule]\nbackup = ''\n").await;
    until("the built-in schedules", async || schedule(&daemon, "firmware-drift").await["name"].is_string()).await;
    assert_eq!(schedule(&daemon, "nightly-backup").await, Value::Null, "switched off");
    clock.set(at("2026-07-06T07:00:00Z"));
    let night = ran(&daemon, "aviat-night", 1).await;
    assert_eq!((&night["outcome"], &night["job_id"]), (&json!("shown"), &Value::Null));
    assert_eq!(night["detail"], "0 radios wait for their activation");
    clock.set(at("2026-07-06T10:30:00Z"));
    let upkeep = ran(&daemon, "archive-upkeep", 1).await;
    assert_eq!(upkeep["counts"], json!({"deleted": 0, "checked": 0, "uncommitted": 0}), "{upkeep}");
    clock.set(at("2026-07-06T11:00:00Z"));
    let sweep = ran(&daemon, "reboot-required", 1).await;
    assert_eq!((&sweep["counts"]["devices"], &sweep["counts"]["success"]), (&json!(1), &json!(1)), "{sweep}");
    clock.set(at("2026-07-06T12:00:00Z"));
    let drift = ran(&daemon, "firmware-drift", 1).await;
    assert_eq!((&drift["counts"]["devices"], &drift["counts"]["drifting"]), (&json!(6), &json!(0)), "{drift}");
    let job = daemon.api.job(drift["job_id"].as_str().unwrap()).await;
    let models = job["result"]["response"]["models"].as_array().unwrap();
    let routers = models.iter().find(|model| model["device_type"] == "MTROS").unwrap();
    assert_eq!((&routers["expected"], &routers["versions"]["7.16"]), (&json!("7.16"), &json!(ROUTERS)));
    daemon.stop().await;
}

#[tokio::test]
async fn a_sweep_that_is_cancelled_asks_no_more_devices() {
    let lab = field().await;
    let clock = Clock::shifted(at("2026-07-02T00:00:00Z"), 1.0);
    let daemon = daemon(&lab, &clock, "[schedule]\nat_once = 1\n").await;
    let r1 = lab.device("r1").unwrap();
    r1.add_fault(towerhand_simulators::core::Fault::Mute { after: Some("export".to_owned()) });
    // By name it is the first.
    let id = daemon.api.submit("fleet.backup", json!({"at_once": 1})).await;
    crate::engine::wait::journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.api.cancel(&id).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "cancelled", "{job}");
    let open = || async { daemon.store.depth(clock.now()).await.unwrap() };
    until("the end of its jobs", async || open().await.running == 0 && open().await.queued == 0).await;
    let r2 = lab.device("r2").unwrap();
    assert_eq!(commands(&r2.journal(), "/export"), 0);
    daemon.stop().await;
}

#[tokio::test]
async fn what_only_shows_is_neither_paused_nor_run() {
    let lab = field().await;
    let clock = Clock::shifted(at("2026-07-02T00:00:00Z"), 1.0);
    let daemon = daemon(&lab, &clock, "").await;
    until("the built-in schedules", async || daemon.store.schedules().await.unwrap().len() == 5).await;
    let night = schedule(&daemon, "aviat-night").await;
    assert_eq!((&night["next_due_at"], &night["action"]), (&json!("2026-07-02T07:00:00Z"), &Value::Null));
    for (method, path) in [
        (reqwest::Method::POST, "/schedules/aviat-night/pause"),
        (reqwest::Method::POST, "/schedules/aviat-night/run"),
        (reqwest::Method::DELETE, "/schedules/nightly-backup"),
    ] {
        let (status, answer) = daemon.api.send(daemon.api.request(method, path).json(&json!({}))).await;
        assert_eq!(status.as_u16(), 409, "{path}: {answer}");
    }
    let (_, answer) = daemon.api.send(daemon.api.request(reqwest::Method::GET, "/schedules")).await;
    let names: Vec<&str> =
        answer["data"]["schedules"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["archive-upkeep", "aviat-night", "firmware-drift", "nightly-backup", "reboot-required"]);
    daemon.stop().await;
}
