//! Schedules of the settings file, over restarts.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use towerhand::clock::Clock;

use super::site::at;
use crate::engine::wait::until;
use crate::support::{Setup, TestDaemon};

const NIGHTLY: &str = "[[schedule.job]]\nname = 'nightly'\naction = 'health.get'\ncron = '30 2 * * *'\nzone = 'UTC'\n\
                       payload = {n = 1}\n";

async fn start(folder: TempDir, clock: &Clock, settings: &str) -> TestDaemon {
    let setup = Setup { settings: settings.to_owned(), clock: clock.clone(), ..Setup::default() };
    TestDaemon::start_in(folder, setup).await
}

async fn outcomes(daemon: &TestDaemon) -> Vec<(String, &'static str)> {
    let runs = daemon.store.schedule_runs("nightly", None, 100).await.unwrap();
    runs.into_iter().rev().map(|run| (run.due_at.to_string(), run.outcome.as_str())).collect()
}

async fn shown(daemon: &TestDaemon) -> Value {
    let (_, answer) = daemon.api.send(daemon.api.request(Method::GET, "/schedules/nightly")).await;
    answer["data"].clone()
}

#[tokio::test]
async fn what_was_missed_while_the_daemon_was_down_is_made_up_for_once() {
    let clock = Clock::manual(at("2026-07-01T12:00:00Z"));
    let daemon = start(tempfile::tempdir().unwrap(), &clock, NIGHTLY).await;
    until("the schedule", async || shown(&daemon).await["next_due_at"] == "2026-07-02T02:30:00Z").await;
    clock.set(at("2026-07-02T02:30:00Z"));
    until("its first run", async || outcomes(&daemon).await == [("2026-07-02T02:30:00Z".to_owned(), "success")]).await;
    let (_, folder) = daemon.stop().await;
    clock.set(at("2026-07-05T12:00:00Z"));
    let daemon = start(folder, &clock, NIGHTLY).await;
    let wanted = [
        ("2026-07-02T02:30:00Z".to_owned(), "success"),
        ("2026-07-03T02:30:00Z".to_owned(), "missed"),
        ("2026-07-05T02:30:00Z".to_owned(), "success"),
    ];
    until("the run that makes up", async || outcomes(&daemon).await == wanted).await;

    // A pause outlives restarts, and other words in the settings.
    let pause = daemon.api.request(Method::POST, "/schedules/nightly/pause").json(&json!({}));
    assert_eq!(daemon.api.send(pause).await.0.as_u16(), 200);
    let (_, folder) = daemon.stop().await;
    let daemon = start(folder, &clock, &NIGHTLY.replace("n = 1", "n = 2")).await;
    until("the new payload", async || shown(&daemon).await["payload"] == json!({"n": 2})).await;
    assert_eq!(shown(&daemon).await["enabled"], false);
    assert_eq!(shown(&daemon).await["source"], "settings");

    // No longer in the settings: gone.
    let (_, folder) = daemon.stop().await;
    let daemon = start(folder, &clock, "").await;
    until("its end", async || shown(&daemon).await == Value::Null).await;
    daemon.stop().await;
}

#[tokio::test]
async fn planning_can_be_switched_off() {
    let clock = Clock::manual(at("2026-07-01T12:00:00Z"));
    let settings = format!("[schedule]\nenabled = false\n{NIGHTLY}");
    let daemon = start(tempfile::tempdir().unwrap(), &clock, &settings).await;
    let body = json!({"name": "beat", "action": "health.get", "every": "10s"});
    let (status, _) = daemon.api.send(daemon.api.request(Method::POST, "/schedules").json(&body)).await;
    assert_eq!(status.as_u16(), 201);
    clock.set(at("2026-07-01T12:10:00Z"));
    assert_eq!(daemon.api.run("health.get", json!({})).await["status"], "success");
    assert_eq!(shown(&daemon).await, Value::Null);
    assert_eq!(daemon.store.schedule_runs("beat", None, 10).await.unwrap(), []);
    daemon.stop().await;
}
