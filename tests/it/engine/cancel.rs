//! Cancelling a running job takes effect before the next word to the device.

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Fault};

use super::wait::{commands, count, hold, journal, release, silent_router, slow_router, status, with_lab};
use crate::support::TestDaemon;

const CONFIG: &str = "ido.swt.running_config";

/// Asks, waits for the end of job and session, and checks both sides.
async fn cancelled(daemon: &TestDaemon, device: &Device, id: &str) {
    let received = device.journal();
    let answer = daemon.api.cancel(id).await;
    assert_eq!((&answer["status"], &answer["cancel_requested"]), (&json!("running"), &json!(true)));
    let job = daemon.api.ended(id).await;
    assert_eq!((&job["status"], &job["cancel_requested"]), (&json!("cancelled"), &json!(true)), "{job}");
    assert_eq!((&job["result"], &job["error"]), (&Value::Null, &Value::Null), "{job}");
    assert!(job["finished_at"].is_string(), "{job}");
    let events = daemon.api.events(id).await;
    let asked = events.iter().position(|event| event["message"] == "Cancel requested").expect("the request");
    assert_eq!(events[asked]["level"], "warning");
    let last = events.last().unwrap();
    assert_eq!(last["level"], "warning", "{events:?}");
    assert!(last["message"].as_str().unwrap().starts_with("Cancelled: ") && asked < events.len() - 1, "{events:?}");
    let journal = journal(device, "the end of the session", |journal| count(journal, "tcp", "close") == 1).await;
    let after: Vec<_> = journal[received.len()..].iter().map(|entry| entry.channel.as_str()).collect();
    assert_eq!(after, ["tcp"], "the device heard more than the end: {journal:?}");
}

#[tokio::test]
async fn in_the_middle_of_an_answer() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router())], "").await;
    hold(&lab);
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    cancelled(&daemon, &r1, &id).await;
    // The device is free for the next one.
    release(&lab);
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
    daemon.stop().await;
}

#[tokio::test]
async fn between_two_commands() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", slow_router())], "").await;
    hold(&lab);
    let id = daemon.api.submit("ido.swt.device_info", json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the first command", |journal| commands(journal, "/system") == 1).await;
    cancelled(&daemon, &r1, &id).await;
    release(&lab);
    assert_eq!(count(&r1.journal(), "exec", ""), 1, "the second command was sent");
    daemon.stop().await;
}

#[tokio::test]
async fn while_the_device_is_mute_after_a_command() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "").await;
    let r1 = lab.device("r1").unwrap();
    r1.add_fault(Fault::Mute { after: Some("/export".to_owned()) });
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    cancelled(&daemon, &r1, &id).await;
    daemon.stop().await;
}

/// It accepts the connection and says nothing: the cancel comes in the middle of the login.
#[tokio::test]
async fn during_the_login() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "").await;
    let r1 = lab.device("r1").unwrap();
    r1.add_fault(Fault::Mute { after: None });
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    journal(&r1, "the connection", |journal| count(journal, "tcp", "open") == 1).await;
    cancelled(&daemon, &r1, &id).await;
    assert_eq!(count(&r1.journal(), "auth", ""), 0);
    r1.clear_faults();
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
    daemon.stop().await;
}

/// Asked as soon as the job runs, again and again: no cancel falls between the claim and the step.
#[tokio::test]
async fn at_the_very_beginning() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router())], "").await;
    hold(&lab);
    for round in 0..30 {
        let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
        daemon.api.cancel(&id).await;
        let job = daemon.api.ended(&id).await;
        assert_eq!(job["status"], "cancelled", "round {round}: {job}");
    }
    daemon.stop().await;
}

/// A job that has ended stays as it ended; the request is on record.
#[tokio::test]
async fn after_the_end() {
    let (_lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "").await;
    let job = daemon.api.run(CONFIG, json!({ "device": "r1" })).await;
    let id = job["job_id"].as_str().unwrap();
    assert_eq!(daemon.api.cancel(id).await["status"], "success");
    let after = daemon.api.job(id).await;
    assert_eq!((&after["status"], &after["result"]), (&json!("success"), &job["result"]));
    assert_eq!(daemon.api.messages(id).await.last().unwrap(), "Cancel requested");
    daemon.stop().await;
}

/// SNMP has no session: after the cancel no request comes any more, retries included.
#[tokio::test]
async fn while_an_agent_is_mute() {
    let (lab, daemon) = with_lab(vec![("p1", "ict-pdu", json!({}))], "").await;
    let p1 = lab.device("p1").unwrap();
    p1.add_fault(Fault::Mute { after: None });
    for action in ["ido.rpc.device_info", "ido.rpc.running_config", "ido.generic.device_info"] {
        let before = count(&p1.journal(), "snmp", "");
        let id = daemon.api.submit(action, json!({ "device": "p1" })).await;
        journal(&p1, "a request", |journal| count(journal, "snmp", "") > before).await;
        daemon.api.cancel(&id).await;
        let job = daemon.api.ended(&id).await;
        assert_eq!((&job["status"], &job["error"]), (&json!("cancelled"), &Value::Null), "{job}");
        let after = count(&p1.journal(), "snmp", "");
        p1.clear_faults();
        daemon.api.response("ido.rpc.device_info", json!({ "device": "p1" })).await;
        let one_answer = count(&p1.journal(), "snmp", "") - after;
        let again = count(&p1.journal(), "snmp", "");
        daemon.api.response("ido.rpc.device_info", json!({ "device": "p1" })).await;
        assert_eq!(count(&p1.journal(), "snmp", "") - again, one_answer, "{action}: a request came after the cancel");
        p1.add_fault(Fault::Mute { after: None });
    }
    daemon.stop().await;
}

#[tokio::test]
async fn between_two_echoes() {
    let (_lab, daemon) = with_lab(vec![("r1", "routeros", json!({}))], "").await;
    let id = daemon.api.submit("ido.ping", json!({ "device": "r1", "ping_count": 20 })).await;
    status(&daemon.api, &id, "running").await;
    let asked = std::time::Instant::now();
    daemon.api.cancel(&id).await;
    assert_eq!(daemon.api.ended(&id).await["status"], "cancelled");
    assert!(asked.elapsed() < std::time::Duration::from_secs(3), "20 echoes take four seconds: it was not cut short");
    daemon.stop().await;
}
