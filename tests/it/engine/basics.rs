//! A job from its submission to its result.

use serde_json::json;

use crate::support::daemon::with_lab;
use crate::support::{Setup, TestDaemon};

#[tokio::test]
async fn health_get_answers_as_the_contract_says() {
    let daemon = TestDaemon::start(Setup::default()).await;
    let job = daemon.api.run("health.get", json!({})).await;
    assert_eq!(job["status"], "success", "{job}");
    let result = &job["result"];
    assert_eq!((&result["http_status"], &result["ok"]), (&json!(200), &json!(true)));
    assert_eq!((&result["path"], &result["method"]), (&json!("/api/health"), &json!("GET")));
    assert_eq!(result["response"]["status"], "online");
    let (ended, _) = daemon.stop().await;
    assert_eq!(ended.exit_code(), 0);
}

#[tokio::test]
async fn a_running_config_comes_from_the_device() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", json!({ "version": "7.16", "export_bytes": 40_000 }))]).await;
    let config = daemon.api.response("ido.swt.running_config", json!({ "device": "r1" })).await;
    assert!(config.as_str().unwrap().contains("/system identity"), "{config}");
    // The device is the witness.
    let journal = lab.device("r1").unwrap().journal();
    assert!(journal.iter().any(|entry| entry.channel == "exec" && entry.input.starts_with("/export")), "{journal:?}");
    daemon.stop().await;
}
