//! Sessions, accounts, the wire.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{CONFIG, INFO, access_point, ap};
use crate::engine::wait::journal;
use crate::epmp::{all_closed, of};
use crate::power::{lab, site, turn};
use crate::support::{Setup, TestDaemon};

const QUICK: &str = "[http]\nconnect_timeout_ms = 1500\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n";

#[tokio::test]
async fn f53_a_read_only_account_sees_everything_but_the_config() {
    let (lab, daemon) = site(vec![access_point(json!({ "level": 9 }))], "").await;
    let device = lab.device("ap").unwrap();
    let error = daemon.api.error(CONFIG, ap()).await;
    assert!(error.starts_with("forbidden_readonly: ap (127.7.0.1): "), "{error}");
    let info = daemon.api.response(INFO, json!({ "device": "ap", "run_tests": true })).await;
    assert_eq!((&info["model"], &info["running_config"]), (&json!("TNA-301"), &Value::Null));
    assert!(info["notes"][0].as_str().unwrap().contains("read-only"), "{info}");
    assert_eq!(all_closed(&device), (2, 2, 0));
    assert!(!of(&device.journal(), "http").contains(&"GET /cgi.lua/config"));
}

#[tokio::test]
async fn f53b_a_session_that_expires_in_the_middle_is_opened_again_once() {
    for refusal in [401, 200] {
        let state = json!({ "expire_after": 1, "expire_first": 1, "refusal": refusal });
        let (lab, daemon) = site(vec![access_point(state)], "").await;
        let device = lab.device("ap").unwrap();
        let config = daemon.api.response(CONFIG, ap()).await;
        assert!(config.as_str().unwrap().contains("system.name"));
        assert_eq!(all_closed(&device), (2, 1, 1), "{refusal}");
        turn(&lab, "ap", json!({ "expire_after": 0, "expire_first": null }));
        let error = daemon.api.error(CONFIG, ap()).await;
        assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains("twice"), "{error}");
        assert_eq!(of(&device.journal(), "auth").len(), 4);
        all_closed(&device);
    }
}

#[tokio::test]
async fn f42c_one_pair_once_as_it_is() {
    for refusal in [401, 200] {
        let odd = r#"a&b% "c\é"#;
        let (lab, daemon) =
            site(vec![access_point(json!({ "password": odd, "user": "root", "refusal": refusal }))], "").await;
        daemon.api.response(INFO, ap()).await;
        let error = daemon.api.error(INFO, json!({ "device": "ap", "password": "Wrong-One-9\",\"x\":\"" })).await;
        assert!(error.starts_with("auth_failed: ap (127.7.0.1): ") && !error.contains("Wrong-One-9"), "{error}");
        let device = lab.device("ap").unwrap();
        assert_eq!(of(&device.journal(), "auth"), ["json root accepted", "json root refused"]);
        assert_eq!(all_closed(&device), (1, 1, 0));
    }
}

#[tokio::test]
async fn a_cancelled_job_closes_its_session_and_so_does_every_failure() {
    let (lab, daemon) = site(vec![access_point(json!({}))], QUICK).await;
    let device = lab.device("ap").unwrap();
    for held_at in ["GET /cgi.lua/status", "GET /cgi.lua/config"] {
        let before = device.journal().len();
        device.add_fault(Fault::Mute { after: Some(held_at.to_owned()) });
        let id = daemon.api.submit(CONFIG, ap()).await;
        journal(&device, held_at, |entries| entries[before..].iter().any(|entry| entry.input.starts_with(held_at)))
            .await;
        daemon.api.cancel(&id).await;
        let job = daemon.api.ended(&id).await;
        assert_eq!(job["status"], "cancelled", "{job}");
        device.clear_faults();
    }
    assert_eq!(all_closed(&device), (2, 2, 0));
    let text = |command: &str, text: &str| Fault::RefuseCommand { command: command.to_owned(), text: text.to_owned() };
    for (fault, class) in [
        (Fault::Mute { after: Some("GET /cgi.lua/config".to_owned()) }, "timeout"),
        (Fault::Drop { after: Some("GET /cgi.lua/status".to_owned()), bytes: None }, "protocol_error"),
        (text("GET /cgi.lua/config", "{}"), "protocol_error"),
        (text("GET /cgi.lua/status", "{}"), "protocol_error"),
    ] {
        device.add_fault(fault.clone());
        let error = daemon.api.error(CONFIG, ap()).await;
        device.clear_faults();
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{fault:?}: {error}");
    }
    assert_eq!(all_closed(&device), (6, 6, 0));
}

#[tokio::test]
async fn f73c_f74c_f76d_faults_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![access_point(json!({}))], QUICK).await;
    let device = lab.device("ap").unwrap();
    let whole = daemon.api.response(CONFIG, ap()).await;
    for (fault, class) in [
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: None, bytes: Some(40) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ] {
        device.add_fault(fault.clone());
        let job = daemon.api.run(CONFIG, ap()).await;
        device.clear_faults();
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{fault:?}: {error}");
    }
    device.add_fault(Fault::Split { after: String::new(), ms: 0 });
    assert_eq!(daemon.api.response(CONFIG, ap()).await, whole);
}

#[tokio::test]
async fn the_inventory_decides_between_https_and_clear_text() {
    let lab = lab(vec![access_point(json!({}))]).await;
    let yaml = lab.inventory_yaml();
    let https = format!(", https: {}", lab.device("ap").unwrap().ports().https.unwrap());
    for (inventory, handshakes) in [(yaml.clone(), true), (yaml.replace(&https, ""), false)] {
        let daemon = TestDaemon::start(Setup { inventory: Some(inventory), ..Setup::default() }).await;
        let device = lab.device("ap").unwrap();
        device.clear_journal();
        daemon.api.response(CONFIG, ap()).await;
        assert_eq!(!of(&device.journal(), "tls").is_empty(), handshakes);
        assert_eq!(all_closed(&device), (1, 1, 0));
        daemon.stop().await;
    }
    turn(&lab, "ap", json!({ "tls": "1.0" }));
    let daemon = TestDaemon::start(Setup { inventory: Some(yaml), ..Setup::default() }).await;
    let error = daemon.api.error(CONFIG, ap()).await;
    assert!(error.starts_with("tls_unsupported: ap (127.7.0.1): "), "{error}");
}
