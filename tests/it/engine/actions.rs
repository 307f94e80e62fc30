//! C114: every action id with an empty payload.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use towerhand::catalog::{ALL, Native};

use super::wait::with_lab;

/// What needs no payload.
const READS: [&str; 5] =
    ["aviat.loading.get", "aviat.queue.get", "aviat.reboot_required.get", "aviat.scheduled.get", "aviat.stream.global"];

/// What the others of the radios' maintenance say to an empty payload.
const REFUSALS: [&str; 8] = [
    "No IPs provided",
    "Missing ip",
    "Missing 'task_id'",
    "No reboot-required devices",
    "No scheduled IPs provided",
    "'mode' is missing",
    // One of these two, by the hour.
    "No scheduled devices",
    "Outside activation window (2:00 AM - 5:00 AM)",
];

#[tokio::test]
async fn c114_every_action_ends_and_none_pins_a_worker() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "[jobs]\nworkers = 2\n").await;
    let (_, list) = daemon.api.send(daemon.api.request(Method::GET, "/actions")).await;
    let listed = list["data"]["actions"].as_array().unwrap().len();
    assert_eq!((ALL.len(), listed), (65, 65));
    let mut jobs = Vec::new();
    for action in ALL {
        jobs.push((action, daemon.api.submit(action.id, json!({})).await));
    }
    let all = async {
        let mut foreign = 0;
        for (action, id) in &jobs {
            let job = daemon.api.ended(id).await;
            match action.native {
                Native::NotYet(missing) => {
                    foreign += 1;
                    let error = job["error"].as_str().unwrap_or_default();
                    assert_eq!((&job["status"], &job["result"]), (&json!("error"), &json!(null)), "{job}");
                    assert!(error.starts_with("not_native: "), "{job}");
                    assert!(error.contains(action.id) && error.contains(missing) && !missing.is_empty(), "{job}");
                }
                Native::Yes if matches!(action.id, "health.get" | "ido.capabilities") => {
                    assert_eq!(job["status"], "success", "{job}");
                }
                Native::Yes if READS.contains(&action.id) => {
                    assert_eq!(job["status"], "success", "{job}");
                }
                Native::Yes if action.id.starts_with("aviat.") => {
                    let error = job["error"].as_str().unwrap_or_default();
                    assert!(REFUSALS.iter().any(|words| error.contains(words)), "{job}");
                }
                Native::Yes => {
                    let error = job["error"].as_str().unwrap_or_default();
                    assert!(error.starts_with("validation_error: ") && error.contains("device"), "{job}");
                }
            }
            let last = daemon.api.events(id).await.pop().unwrap();
            let level = if job["status"] == "success" { "success" } else { "error" };
            assert_eq!(last["level"], level, "{}: {last}", action.id);
        }
        foreign
    };
    let foreign = tokio::time::timeout(Duration::from_secs(30), all).await.expect("30 s are over");
    assert_eq!(foreign, 38);
    assert!(lab.device("r1").unwrap().journal().is_empty());
    // Both workers are free: two jobs that hold a worker each can still run.
    for _ in 0..2 {
        daemon.api.response("ido.swt.device_info", json!({ "device": "r1" })).await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn an_unknown_action_ends_error_in_the_contracts_words() {
    let (_lab, daemon) = with_lab(Vec::new(), "").await;
    assert_eq!(daemon.api.error("no.such.action", json!({})).await, "Unsupported action 'no.such.action'");
    daemon.stop().await;
}
