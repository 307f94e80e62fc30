//! Passwords and communities leave the daemon only towards the device.

use base64::Engine as _;
use serde_json::json;

use super::{lab, unit};
use crate::support::Process;

#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
#[tokio::test]
async fn f10_no_secret_in_logs_events_metrics_or_the_database() {
    let from_inventory = "inventory-Pa55-word";
    let from_payload = "payload-Pa55-word";
    let community = "c0mmunity-of-the-hut";
    let devices = vec![
        unit("rpc", "ict-rpc", json!({ "password": from_inventory })),
        unit("ups", "apc-ups", json!({ "community": community })),
        unit(
            "v3",
            "apc-ups",
            json!({ "snmp_version": "3", "snmp_auth_password": "auth-Pa55-word", "snmp_priv_password": "priv-Pa55-word" }),
        ),
    ];
    let lab = lab(devices).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let process = Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let api = &process.api;

    let mut seen = String::new();
    for (action, payload) in [
        ("ido.rpc.device_info", json!({ "device": "rpc", "run_tests": true })),
        // Refused: the panel's password is the other.
        ("ido.rpc.device_info", json!({ "device": "rpc", "password": from_payload })),
        ("ido.ups.device_info", json!({ "device": "ups" })),
        ("ido.ups.running_config", json!({ "device": "v3" })),
        ("ido.generic.device_info", json!({ "device": "ups", "snmp_community": from_payload })),
    ] {
        let id = api.submit(action, payload).await;
        let job = api.ended(&id).await;
        let expected =
            if job["action"] == "ido.generic.device_info" || job["error"].is_string() { "error" } else { "success" };
        assert_eq!(job["status"], expected, "{job}");
        seen.push_str(&job.to_string());
        seen.push_str(&json!(api.events(&id).await).to_string());
    }
    seen.push_str(&api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap());
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains("ido.rpc.device_info"), "the log is that of the jobs:\n{log}");
    seen.push_str(&log);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(bytes.len() > 10_000, "the database is among the files");
    let encoded = |password: &str| base64::engine::general_purpose::STANDARD.encode(format!("admin:{password}"));
    let secrets = [
        from_inventory.to_owned(),
        from_payload.to_owned(),
        community.to_owned(),
        "auth-Pa55-word".to_owned(),
        "priv-Pa55-word".to_owned(),
        encoded(from_inventory),
        encoded(from_payload),
    ];
    for secret in secrets {
        assert!(!seen.contains(&secret), "{secret} is shown");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
}
