//! A clock that jumps loses nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::lab_run::Lab;

use super::wait::{commands, hold, journal, lab, release, silent_router, until};
use crate::support::{Setup, TestDaemon};

const CONFIG: &str = "ido.swt.running_config";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn setup(lab: &Lab, clock: &Clock, settings: &str) -> Setup {
    Setup {
        inventory: Some(lab.inventory_yaml()),
        clock: clock.clone(),
        settings: settings.to_owned(),
        ..Setup::default()
    }
}

async fn list(daemon: &TestDaemon) -> Vec<Value> {
    let (_, list) = daemon.api.send(daemon.api.request(Method::GET, "/jobs?limit=500")).await;
    list["data"]["jobs"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_day_forward_in_the_middle_of_a_step() {
    let lab = lab(vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))]).await;
    let clock = Clock::manual(noon());
    let daemon = TestDaemon::start(setup(&lab, &clock, "[jobs]\nworkers = 1\n")).await;
    hold(&lab);
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let queued = daemon.api.submit(CONFIG, json!({ "device": "r2" })).await;
    clock.advance(DAY);
    // Lease and deadlines are over at once: the step is given up, nothing of it is stored, and the job is taken again.
    journal(&r1, "the export again", |journal| commands(journal, "/export") == 2).await;
    release(&lab);
    for job in [&running, &queued] {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
    }
    let told = daemon.api.messages(&running).await;
    assert!(told.contains(&format!("Continuing action '{CONFIG}' (attempt 2)")), "{told:?}");
    assert_eq!(told.iter().filter(|message| *message == "Action completed").count(), 1, "{told:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn an_hour_backward_with_work_at_hand_and_over_a_restart() {
    let lab = lab(vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))]).await;
    let clock = Clock::manual(noon());
    let daemon = TestDaemon::start(setup(&lab, &clock, "[jobs]\nworkers = 1\n")).await;
    hold(&lab);
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let queued = daemon.api.submit(CONFIG, json!({ "device": "r2" })).await;
    clock.set(noon().checked_sub(SignedDuration::from_hours(1)).unwrap());
    let late = daemon.api.submit("health.get", json!({})).await;
    release(&lab);
    for job in [&running, &queued, &late] {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
    }
    let ids: Vec<Value> = list(&daemon).await.iter().map(|job| job["job_id"].clone()).collect();
    assert_eq!(ids, [json!(late), json!(queued), json!(running)], "newest first means by order, not by clock");
    let (_, folder) = daemon.stop().await;

    clock.set(noon().checked_sub(SignedDuration::from_hours(48)).unwrap());
    let daemon = TestDaemon::start_in(folder, setup(&lab, &clock, "")).await;
    assert_eq!(list(&daemon).await.len(), 3);
    daemon.api.response(CONFIG, json!({ "device": "r2" })).await;
    daemon.stop().await;
}

/// A step that a stop cut off waits for the next start, whatever the clock says then.
#[tokio::test]
async fn a_step_left_by_a_stop_continues_though_the_clock_went_back() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let clock = Clock::manual(noon());
    let daemon = TestDaemon::start(setup(&lab, &clock, "")).await;
    hold(&lab);
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.signal(towerhand::lifecycle::Signal::Stop("SIGTERM")).await;
    let (ended, folder) = daemon.stop().await;
    assert_eq!(ended.exit_code(), 3);
    clock.set(noon().checked_sub(SignedDuration::from_hours(1)).unwrap());
    release(&lab);
    let daemon = TestDaemon::start_in(folder, setup(&lab, &clock, "")).await;
    assert_eq!(daemon.api.ended(&id).await["status"], "success");
    daemon.stop().await;
}

/// After a jump over the retention, what had ended is deleted; what had not is not.
#[tokio::test]
async fn the_retention_deletes_what_ended_and_nothing_else() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let clock = Clock::manual(noon());
    let settings = "[retention]\njobs = \"1h\"\nkeep_jobs = 4\nsweep = \"60s\"\n[jobs]\nlease = \"30d\"\n\
                    [ssh]\ncommand_seconds = 1000000\nidle_seconds = 1000000\nlogin_seconds = 1000000\n\
                    inactivity_seconds = 1000000\n";
    let daemon = TestDaemon::start(setup(&lab, &clock, settings)).await;
    hold(&lab);
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let mut ended = Vec::new();
    for _ in 0..9 {
        ended.push(daemon.api.run("health.get", json!({})).await["job_id"].clone());
    }
    clock.advance(Duration::from_secs(60));
    until("the sweep to four", async || list(&daemon).await.len() == 5).await;
    let ids: Vec<Value> = list(&daemon).await.iter().map(|job| job["job_id"].clone()).collect();
    let kept: Vec<Value> = ended[5..].iter().rev().cloned().chain([json!(running)]).collect();
    assert_eq!(ids, kept, "the newest four of those that ended, and the one that runs");
    clock.advance(DAY);
    // Whoever swept a moment ago may not have waited yet when the clock moved: then it sweeps a minute later.
    until("the sweep by age", async || {
        clock.advance(Duration::from_secs(60));
        list(&daemon).await.len() == 1
    })
    .await;
    release(&lab);
    assert_eq!(daemon.api.ended(&running).await["status"], "success");
    daemon.stop().await;
}
