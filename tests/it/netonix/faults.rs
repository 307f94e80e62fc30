//! Switches that misbehave: every reading ends within its bounds with a class and a sentence, or is whole.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::web_only;
use crate::power::{site, turn, unit};

const QUICK: &str = "[http]\nconnect_timeout_ms = 1500\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n\
[ssh]\nconnect_seconds = 2\nlogin_seconds = 2\ncommand_seconds = 3\nidle_seconds = 2\nmax_output_bytes = 1048576\nretries = 0\n";

fn holds(job: &Value, class: &str, fault: &Fault, elapsed: Duration) {
    assert!(elapsed < Duration::from_secs(15), "{fault:?}: {elapsed:?}");
    assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
    let error = job["error"].as_str().unwrap();
    assert!(error.starts_with(&format!("{class}: swt (127.7.0.1): ")), "{fault:?}: {error}");
}

#[tokio::test]
async fn f73_f76_faults_of_the_console_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], QUICK).await;
    let device = lab.device("swt").unwrap();
    let whole = daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
    let text = |text: &str| Some(text.to_owned());
    let faults = [
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Mute { after: text("cmdline") }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: text("cmdline"), bytes: None }, "protocol_error"),
        (Fault::Drop { after: text("config.json"), bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(400) }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let job = daemon.api.run("ido.swt.running_config", json!({ "device": "swt" })).await;
        device.clear_faults();
        holds(&job, class, &fault, started.elapsed());
    }
    assert_eq!(daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await, whole);
}

#[tokio::test]
async fn f74_a_file_without_end_stops_at_the_cap() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], QUICK).await;
    turn(&lab, "swt", json!({ "config": format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20)) }));
    let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
    assert!(error.starts_with("protocol_error: swt (127.7.0.1): ") && error.contains("1048576 bytes"), "{error}");
}

#[tokio::test]
async fn f76_faults_of_the_pages_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = web_only(json!({}), QUICK).await;
    let device = lab.device("swt").unwrap();
    let whole = daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
    let text = |text: &str| Some(text.to_owned());
    let faults = [
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Mute { after: text("/api/v1/config") }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(700) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let job = daemon.api.run("ido.swt.running_config", json!({ "device": "swt" })).await;
        device.clear_faults();
        holds(&job, class, &fault, started.elapsed());
    }
    device.add_fault(Fault::Split { after: ",".to_owned(), ms: 0 });
    assert_eq!(daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await, whole);
}
