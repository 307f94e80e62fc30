//! Radios that misbehave: every reading ends within its bounds with a class and a sentence, or is whole.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use crate::power::{site, unit};

const QUICK: &str = "[http]\nconnect_timeout_ms = 1500\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n";

#[tokio::test]
async fn f73_f74_f76_faults_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], QUICK).await;
    let device = lab.device("ap").unwrap();
    let whole = daemon.api.response("ido.ap.running_config", json!({ "device": "ap" })).await;
    let text = |text: &str| Some(text.to_owned());
    let faults = [
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Mute { after: text("/login") }, "timeout"),
        (Fault::Mute { after: text("/services") }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Drop { after: None, bytes: None }, "protocol_error"),
        (Fault::Drop { after: text("/device"), bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(40) }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(700) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let job = daemon.api.run("ido.ap.running_config", json!({ "device": "ap" })).await;
        device.clear_faults();
        assert!(started.elapsed() < Duration::from_secs(15), "{fault:?}: {:?}", started.elapsed());
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{fault:?}: {error}");
    }
    // Pieces of a whole answer are a whole answer.
    for after in ["", "\n", "}"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        assert_eq!(daemon.api.response("ido.ap.running_config", json!({ "device": "ap" })).await, whole);
        device.clear_faults();
    }
}

#[tokio::test]
async fn f74_an_answer_without_end_stops_at_the_cap() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    let state = json!({ "replies": { "/services": { "body": long } } });
    let (_lab, daemon) = site(vec![unit("ap", "wave", state)], QUICK).await;
    let error = daemon.api.error("ido.ap.running_config", json!({ "device": "ap" })).await;
    assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains("1048576 bytes"), "{error}");
}
