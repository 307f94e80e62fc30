//! Radios that misbehave: every reading ends within its bounds with a class and a sentence, or is whole; no secret leaves.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{CONFIG, INFO, all_closed, ap, radio, radio_of};
use crate::power::{lab, site, turn, unit};
use crate::support::Process;

const QUICK: &str = "[http]\nconnect_timeout_ms = 1500\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n";

#[tokio::test]
async fn f73b_f74b_f76c_faults_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![radio(json!({}))], QUICK).await;
    let device = lab.device("ap").unwrap();
    let whole = daemon.api.response(CONFIG, ap()).await;
    let faults = [
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: None, bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(40) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let job = daemon.api.run(CONFIG, ap()).await;
        device.clear_faults();
        assert!(started.elapsed() < Duration::from_secs(20), "{fault:?}: {:?}", started.elapsed());
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{fault:?}: {job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{fault:?}: {error}");
    }
    for after in ["", "}"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        assert_eq!(daemon.api.response(CONFIG, ap()).await, whole);
        device.clear_faults();
    }
}

/// Another device, another firmware, another language: an error with an excerpt, never a fact.
#[tokio::test]
async fn what_the_driver_has_not_met_is_an_error_with_a_redacted_excerpt() {
    let (lab, daemon) = site(vec![radio(json!({}))], "").await;
    for (page, shown) in [
        ("<html><title>Bitte warten</title></html>", "Bitte warten"),
        (r#"{"device_props":{"snmpReadOnlyCommunity":"h1dden-one"#, "snmpReadOnlyCommunity"),
        (r#"["h1dden-zero", {"password": "h1dden-two"}]"#, "\"password\""),
        ("user=admin&password=h1dden-three", "user=admin"),
    ] {
        turn(&lab, "ap", json!({ "foreign_page": page }));
        let error = daemon.api.error(INFO, ap()).await;
        assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains(shown), "{error}");
        assert!(!error.contains("h1dden"), "{error}");
    }
    turn(&lab, "ap", json!({ "foreign_page": null, "export_bytes": 300 }));
    let error = daemon.api.error(CONFIG, ap()).await;
    assert!(error.starts_with("protocol_error: ") && error.contains("cut off") && !error.contains("sim-r"), "{error}");
    all_closed(&lab.device("ap").unwrap());
}

#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
#[tokio::test]
async fn f10b_no_password_and_no_token_in_logs_events_metrics_or_the_database() {
    let from_inventory = "inventory-Pa55-word";
    let from_payload = "payload-Pa55-word";
    let devices = vec![
        radio(json!({ "password": from_inventory, "community": "c0mmunity-one", "wpa_key": "wpa-Pa55-word" })),
        // A token that the test knows: the radio itself does not, so every call of that session is refused.
        radio_of(
            "CN4600",
            json!({ "login_reply": { "userRole": "admin", "stok": "5707c0ffee5707c0ffee" }, "sku": "53264" }),
        ),
        unit("other", "tachyon", json!({ "password": from_inventory, "community": "c0mmunity-one" })),
    ];
    let lab = lab(devices).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let process = Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let api = &process.api;
    let mut seen = String::new();
    for (action, payload, status) in [
        (INFO, json!({ "device": "ap", "run_tests": true }), "success"),
        (CONFIG, ap(), "success"),
        (INFO, json!({ "device": "ap", "password": from_payload }), "error"),
        (CONFIG, json!({ "device": "cn4600" }), "error"),
        (CONFIG, json!({ "device": "other" }), "success"),
    ] {
        let id = api.submit(action, payload).await;
        let job = api.ended(&id).await;
        assert_eq!(job["status"], status, "{job}");
        seen.push_str(&job.to_string());
        seen.push_str(&json!(api.events(&id).await).to_string());
    }
    seen.push_str(&api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap());
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains(INFO), "the log is that of the jobs:\n{log}");
    seen.push_str(&log);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    for secret in [from_inventory, from_payload, "c0mmunity-one", "wpa-Pa55-word", "5707c0ffee5707c0ffee"] {
        assert!(!seen.contains(secret), "{secret} is shown");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
    // Tokens and cookies of the devices' own, by their shape.
    let shape = regex::Regex::new(r"\b[0-9a-f]{32}\b").unwrap();
    assert_eq!(shape.find(&seen).map(|found| found.as_str()), None);
}
