//! Sessions: five for everybody, so none of ours stays.

use serde_json::{Value, json};
use towerhand_simulators::core::{Fault, When};

use super::{CONFIG, INFO, all_closed, ap, of, radio};
use crate::engine::wait::{count, hold, journal, release};
use crate::power::{site, turn};

const QUICK: &str = "[http]\ntotal_timeout_ms = 1000\n";

#[tokio::test]
async fn f56_a_full_house_is_a_session_limit() {
    let (lab, daemon) = site(vec![radio(json!({ "foreign_sessions": 5 }))], "").await;
    for action in [INFO, CONFIG] {
        let error = daemon.api.error(action, ap()).await;
        assert!(error.starts_with("session_limit: ap (127.7.0.1): "), "{error}");
    }
    let device = lab.device("ap").unwrap();
    // The password was right: it is not tried again, and neither is another.
    assert_eq!(of(&device.journal(), "auth"), ["form admin accepted"; 2]);
    assert_eq!(all_closed(&device).0, 0);
    // With one place left, any number of jobs go through it, one after the other.
    turn(&lab, "ap", json!({ "foreign_sessions": 4 }));
    for _ in 0..6 {
        daemon.api.response(INFO, ap()).await;
    }
    assert_eq!(all_closed(&device), (6, 6, 0));
}

#[tokio::test]
async fn f56b_a_session_is_closed_after_every_failure() {
    let (lab, daemon) = site(vec![radio(json!({}))], QUICK).await;
    let device = lab.device("ap").unwrap();
    let at = |what: &str| Some(what.to_owned());
    let failures: Vec<(Value, Option<Fault>, &str)> = vec![
        (json!({ "sku": "137" }), None, "wrong_model"),
        (json!({ "role": "user" }), None, "forbidden_readonly"),
        (json!({ "export_bytes": 100 }), None, "protocol_error"),
        (json!({ "export_bytes": 0 }), None, "protocol_error"),
        (json!({}), Some(Fault::Drop { after: at("get_param"), bytes: None }), "protocol_error"),
        (json!({}), Some(Fault::DropWhen { after: at("config_export"), when: When::After }), "protocol_error"),
        (json!({}), Some(Fault::Mute { after: at("config_export") }), "timeout"),
        (
            json!({}),
            Some(Fault::RefuseCommand { command: "get_param".to_owned(), text: "<html>Bitte warten".to_owned() }),
            "protocol_error",
        ),
        (
            json!({}),
            Some(Fault::RefuseCommand {
                command: "config_export".to_owned(),
                text: r#"{"success":0,"error":"busy"}"#.to_owned(),
            }),
            "device_refused",
        ),
        (
            json!({}),
            Some(Fault::RefuseCommand { command: "get_param".to_owned(), text: r#"{"device_props":{}}"#.to_owned() }),
            "protocol_error",
        ),
    ];
    let jobs = failures.len();
    for (knobs, fault, class) in failures {
        turn(&lab, "ap", knobs.clone());
        if let Some(fault) = &fault {
            device.add_fault(fault.clone());
        }
        let error = daemon.api.error(CONFIG, ap()).await;
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{knobs} {fault:?}: {error}");
        device.clear_faults();
        let off: Value = knobs.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null)).collect();
        turn(&lab, "ap", off);
    }
    assert_eq!(all_closed(&device), (jobs, jobs, 0));
}

#[tokio::test]
async fn f56c_a_cancelled_job_closes_its_session() {
    for (held_at, expected) in [("get_param", 3), ("config_export", 4)] {
        let (lab, daemon) = site(vec![radio(json!({}))], "").await;
        let device = lab.device("ap").unwrap();
        device.add_fault(Fault::Mute { after: Some(held_at.to_owned()) });
        let id = daemon.api.submit(CONFIG, ap()).await;
        journal(&device, held_at, |entries| entries.iter().any(|entry| entry.input.contains(held_at))).await;
        daemon.api.cancel(&id).await;
        let job = daemon.api.ended(&id).await;
        assert_eq!(job["status"], "cancelled", "{job}");
        assert_eq!(all_closed(&device), (1, 1, 0));
        assert_eq!(of(&device.journal(), "http").len(), expected, "{:?}", device.journal());
    }
}

/// The login's answer is on its way when someone asks to stop: it is waited for, since only it says what to close.
#[tokio::test]
async fn f56d_a_job_cancelled_in_its_login_leaves_no_session() {
    let (lab, daemon) = site(vec![radio(json!({ "delay_ms": 1000 }))], "").await;
    let device = lab.device("ap").unwrap();
    hold(&lab);
    let id = daemon.api.submit(CONFIG, ap()).await;
    journal(&device, "the login", |entries| count(entries, "session", "open") == 1).await;
    daemon.api.cancel(&id).await;
    release(&lab);
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(all_closed(&device), (1, 1, 0));
    assert!(!of(&device.journal(), "http").iter().any(|line| line.contains("get_param")), "it went on");
}

#[tokio::test]
async fn a_session_that_expires_in_the_middle_is_opened_again_once() {
    for ax in [false, true] {
        let (lab, daemon) = site(vec![radio(json!({ "expire_after": 1, "expire_first": 1, "ax": ax }))], "").await;
        let device = lab.device("ap").unwrap();
        let config = daemon.api.response(CONFIG, ap()).await;
        assert!(config.as_str().unwrap().contains("centerFrequency"));
        assert_eq!(all_closed(&device), (2, 1, 1), "ax {ax}");
        assert_eq!(of(&device.journal(), "auth").len(), 2);
        // Always: once more, and then never again.
        turn(&lab, "ap", json!({ "expire_after": 0, "expire_first": null }));
        let error = daemon.api.error(CONFIG, ap()).await;
        assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains("twice"), "{error}");
        assert_eq!(of(&device.journal(), "auth").len(), 4);
        all_closed(&device);
    }
}
