//! C97, C104, C109 to C114: actions that are not native yet say so, do nothing, and ask nobody; those of radios that are
//! asked for nothing do nothing.

use reqwest::Method;
use serde_json::{Value, json};
use towerhand::catalog::{ALL, Native};

use super::legacy::Older;
use crate::support::{Setup, TestDaemon};

/// A daemon with an older service behind it, which must hear nothing but the health probe.
async fn with_older(status: u16) -> (TestDaemon, Older) {
    let older = Older::start(status).await;
    let settings = format!("legacy_base = '{}'\nallowed_networks = ['127.0.0.0/8']", older.base);
    (TestDaemon::start(Setup { settings, ..Setup::default() }).await, older)
}

fn heard_only_the_probe(older: &mut Older) {
    while let Ok(line) = older.asked.try_recv() {
        assert_eq!(line, "GET /noc/api/health HTTP/1.1");
    }
}

#[track_caller]
fn says_so(error: &str, action: &str) {
    assert!(error.starts_with(&format!("not_native: action '{action}' is not native yet: ")), "{error}");
    assert!(error.ends_with("; nothing was done"), "{error}");
}

#[tokio::test]
async fn c97_a_backend_that_answers_500_makes_no_success() {
    let (daemon, mut older) = with_older(500).await;
    for (action, payload) in [
        ("legacy.proxy", json!({"method": "GET", "path": "/api/health"})),
        ("activity.list", json!({})),
        ("configs.list", json!({})),
    ] {
        says_so(&daemon.api.error(action, payload).await, action);
    }
    heard_only_the_probe(&mut older);
    daemon.stop().await;
}

#[tokio::test]
async fn c109_c110_an_empty_payload_erases_and_activates_nothing() {
    let (daemon, mut older) = with_older(200).await;
    let api = &daemon.api;
    let listed = api.response("aviat.queue.update", json!({"mode": "add", "radios": ["127.0.0.1"]})).await;
    assert_eq!(listed["radios"][0]["status"], "pending", "{listed}");
    for (payload, part) in [
        (json!({}), "'mode' is missing; it must be one of: add, remove, replace"),
        (json!({"entries": []}), "'entries' is not known"),
        (json!({"mode": "replace", "ips": ["127.0.0.1"]}), "'radios' must be a list"),
        (json!({"mode": "replace", "radios": []}), "'versions'"),
    ] {
        let error = api.error("aviat.queue.update", payload).await;
        assert!(error.starts_with("validation_error: ") && error.contains(part), "{error}");
    }
    let error = api.error("aviat.activate_scheduled", json!({})).await;
    let told = ["No scheduled devices", "Outside activation window (2:00 AM - 5:00 AM)"];
    assert!(told.contains(&error.as_str()), "{error}");
    assert_eq!(api.error("aviat.activate_scheduled", json!({"force": true})).await, "No scheduled devices");
    let error = api.error("aviat.activate_scheduled", json!({"force": true, "ips": ["127.0.0.1"]})).await;
    assert!(error.contains("only radios that are loaded can be activated; 127.0.0.1 is pending"), "{error}");
    let after = api.response("aviat.queue.get", json!({})).await;
    assert_eq!(after["radios"][0]["version"], listed["radios"][0]["version"], "{after}");
    heard_only_the_probe(&mut older);
    daemon.stop().await;
}

#[tokio::test]
async fn c104_an_abort_names_the_member_that_it_needs() {
    let (daemon, _older) = with_older(200).await;
    assert_eq!(daemon.api.error("aviat.abort", json!({})).await, "Missing 'task_id'");
    let unknown = "00000000-0000-4000-8000-000000000000";
    for payload in [json!({"task_id": "aviat-abc123"}), json!({"task_id": unknown})] {
        assert_eq!(daemon.api.error("aviat.abort", payload.clone()).await, "Task not found");
        assert_eq!(daemon.api.error("aviat.status", payload).await, "Task not found");
    }
    // A job that is no maintenance is no task.
    let health = daemon.api.submit("health.get", json!({})).await;
    assert_eq!(daemon.api.error("aviat.abort", json!({"task_id": health})).await, "Task not found");
    daemon.stop().await;
}

#[tokio::test]
async fn c111_c112_the_proxy_reaches_nothing() {
    let (daemon, mut older) = with_older(200).await;
    let host = older.base.trim_end_matches("/noc").to_owned();
    for path in [
        "/api/../api/v2/omni/jobs".to_owned(),
        "/api/v2/omni/jobs".to_owned(),
        "/api//v2/jobs".to_owned(),
        "/x".to_owned(),
        "http://192.0.2.9/".to_owned(),
        format!("{host}/api/health"),
        "/api/admin/users".to_owned(),
        "/api/health".to_owned(),
    ] {
        let payload = json!({"method": "POST", "path": path, "headers": {"X-API-Key": "hunter2"}, "body": {}});
        says_so(&daemon.api.error("legacy.proxy", payload).await, "legacy.proxy");
    }
    heard_only_the_probe(&mut older);
    daemon.stop().await;
}

#[tokio::test]
async fn c113_infrastructure_shows_no_secret() {
    let (daemon, mut older) = with_older(200).await;
    let job = daemon.api.run("infrastructure.get", json!({"radius_secret": "hunter2"})).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null));
    assert_eq!(job["payload"], json!({"radius_secret": "***"}));
    assert!(!job.to_string().contains("hunter2"));
    says_so(job["error"].as_str().unwrap(), "infrastructure.get");
    heard_only_the_probe(&mut older);
    daemon.stop().await;
}

#[tokio::test]
async fn c114_all_65_end_and_none_pins_a_worker() {
    // Two workers: an action that stayed would be seen by the ones behind it.
    let older = Older::start(200).await;
    let settings = format!("legacy_base = '{}'\n[jobs]\nworkers = 2", older.base);
    let daemon = TestDaemon::start(Setup { settings, ..Setup::default() }).await;
    let (_, answer) = daemon.api.send(daemon.api.request(Method::GET, "/actions")).await;
    let actions: Vec<String> =
        answer["data"]["actions"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(actions.len(), 65);
    let mut ids = Vec::new();
    for action in &actions {
        ids.push(daemon.api.submit(action, json!({})).await);
    }
    for (id, action) in ids.iter().zip(ALL) {
        let job = daemon.api.ended(id).await;
        assert_eq!(job["action"], action.id);
        let events = daemon.api.events(id).await;
        let last = events.last().unwrap();
        match action.native {
            Native::NotYet(_) => {
                says_so(job["error"].as_str().unwrap(), action.id);
                assert_eq!((&last["level"], &last["message"]), (&json!("error"), &job["error"]));
            }
            // Those that need a device name the member that is missing; those of radios say it in the contract's words.
            Native::Yes if job["status"] == "error" => {
                let error = job["error"].as_str().unwrap();
                let told = ["ip_address", "IPs", "ip", "task_id", "mode", "devices", "window"];
                assert!(told.iter().any(|word| error.contains(word)), "{job}");
                assert_eq!(job["result"], Value::Null);
            }
            Native::Yes => assert_eq!(job["status"], "success", "{job}"),
        }
    }
    assert_eq!(daemon.api.run("health.get", json!({})).await["status"], "success");
    let mut older = older;
    heard_only_the_probe(&mut older);
    daemon.stop().await;
}
