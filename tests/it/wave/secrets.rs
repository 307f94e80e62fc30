//! Passwords, tokens and the secrets of configurations leave the daemon only towards the radio.

use serde_json::json;

use crate::power::{lab, unit};
use crate::support::Process;

#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
#[tokio::test]
async fn f10_no_secret_in_logs_events_metrics_or_the_database() {
    let password = "inventory-Pa55-word";
    let refused = "payload-Pa55-word";
    let token = "t0ken-of-a-session";
    let (community, psk) = ("c0mmunity-of-the-hut", "psk-0f-the-sector");
    let state = json!({
        "password": password,
        "services": { "snmpAgent": { "community": community } },
        "config": { "wireless": { "security": { "psk": psk } } },
    });
    let mut odd = state.clone();
    // A token that is worth nothing, and a configuration that is cut inside its secret.
    odd["replies"] = json!({ "/user/login": { "token": token } });
    let mut cut = state.clone();
    cut["replies"] = json!({ "/services": { "body": format!("{{\"snmpAgent\":{{\"community\":\"{community}") } });
    let lab = lab(vec![unit("ap", "wave", state), unit("odd", "wave", odd), unit("cut", "wave", cut)]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let process = Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let api = &process.api;
    let mut seen = String::new();
    for (action, payload, status) in [
        ("ido.ap.device_info", json!({ "device": "ap", "run_tests": true }), "success"),
        ("ido.ap.running_config", json!({ "device": "ap" }), "success"),
        ("ido.ap.device_info", json!({ "device": "ap", "password": refused }), "error"),
        ("ido.ap.device_info", json!({ "device": "odd" }), "error"),
        ("ido.ap.running_config", json!({ "device": "cut" }), "error"),
    ] {
        let id = api.submit(action, payload).await;
        let job = api.ended(&id).await;
        assert_eq!(job["status"], status, "{job}");
        seen.push_str(&job.to_string());
        seen.push_str(&json!(api.events(&id).await).to_string());
    }
    seen.push_str(&api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap());
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains("ido.ap.device_info"), "the log is that of the jobs:\n{log}");
    seen.push_str(&log);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(bytes.len() > 10_000, "the database is among the files");
    for secret in [password, refused, token, community, psk] {
        assert!(!seen.contains(secret), "{secret} is shown");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
}
