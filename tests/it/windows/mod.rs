//! Maintenance windows and black-outs: what begins, and when, by the journals of simulated radios.

mod activation;
mod configuration;
mod requests;
mod restart;

use reqwest::Method;
use serde_json::{Value, json};

use crate::aviat::stage::{PATIENCE, Stage, at};

/// Adds a window or black-out; its item.
async fn add(stage: &Stage, body: Value) -> Value {
    let (status, answer) = stage.api().send(stage.api().request(Method::POST, "/windows").json(&body)).await;
    assert_eq!(status.as_u16(), 201, "{answer}");
    answer["data"].clone()
}

async fn remove(stage: &Stage, name: &str) {
    let request = stage.api().request(Method::DELETE, &format!("/windows/{name}"));
    let (status, answer) = stage.api().send(request).await;
    assert_eq!(status.as_u16(), 200, "{answer}");
}

/// What waits, by `GET /windows/waiting`.
async fn waiting(stage: &Stage) -> Vec<Value> {
    let (status, answer) = stage.api().send(stage.api().request(Method::GET, "/windows/waiting")).await;
    assert_eq!(status.as_u16(), 200, "{answer}");
    answer["data"]["waiting"].as_array().unwrap().clone()
}

/// A black-out of everything between two instants.
fn blackout(name: &str, from: &str, until: &str) -> Value {
    json!({ "name": name, "kind": "blackout", "from": from, "until": until })
}

/// Loads the final image on these radios, to be activated by the schedule.
async fn schedule(stage: &Stage, names: &[&str]) {
    let job = stage.ran(names, &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    assert_eq!(job["status"], "success", "{job:#}");
    for name in names {
        assert_eq!(stage.row(name).await["status"], "scheduled");
    }
}

/// Waits until the job that drives a radio has looked at it at `instant` or after it, and waits again: each step of a job
/// that waits ends with an event. It looks at least every ten polls, so that a jump over those makes it look.
async fn looked(stage: &Stage, name: &str, instant: &str) {
    let (store, since) = (&stage.daemon.store, at(instant));
    let row = store.radio(stage.radio(name).address).await.unwrap().unwrap();
    let driver = row.driver.unwrap_or_else(|| panic!("nobody drives {name}"));
    let mut changes = store.watch(driver);
    let looking = async {
        while !store.events(driver, 0).await.unwrap().iter().any(|event| event.at >= since) {
            changes.changed().await;
        }
    };
    stage.clock.timeout(PATIENCE, looking).await.expect("it is not looked at");
}

/// Lines of the audit log of one kind: who, and about what.
async fn audited(stage: &Stage, what: &str) -> Vec<(String, String)> {
    let log = stage.audit().await.into_iter();
    log.filter(|line| line.what == what).map(|line| (line.who, line.subject)).collect()
}
