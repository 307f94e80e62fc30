//! Passwords and the secrets of configurations leave the daemon only towards the switch.

use serde_json::json;

use crate::power::{lab, unit};
use crate::support::Process;

#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
#[tokio::test]
async fn f10_no_secret_in_logs_events_metrics_or_the_database() {
    let (password, refused) = ("inventory-Pa55-word", "payload-Pa55-word");
    let (community, hash) = ("c0mmunity-of-the-hut", "$P$h4sh-of-the-switch");
    let state = json!({ "password": password, "community": community, "hash": hash });
    let cut = json!({ "password": password, "config": format!("{{\"SNMP_Server_Community\": \"{community}") });
    let devices =
        vec![unit("swt", "netonix", state.clone()), unit("cut", "netonix", cut), unit("web", "netonix", state)];
    let lab = lab(devices).await;
    let folder = tempfile::tempdir().unwrap();
    // Of the third the inventory names the web port alone.
    let ssh = lab.device("web").unwrap().ports().ssh.unwrap();
    let inventory = lab.inventory_yaml().replace(&format!("ssh: {ssh}, "), "");
    std::fs::write(folder.path().join("inventory.yaml"), inventory).unwrap();
    let process = Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let api = &process.api;
    let mut seen = String::new();
    for (action, payload, status) in [
        ("ido.swt.device_info", json!({ "device": "swt", "run_tests": true }), "success"),
        ("ido.swt.running_config", json!({ "device": "swt" }), "success"),
        ("ido.swt.running_config", json!({ "device": "web" }), "success"),
        ("ido.swt.device_info", json!({ "device": "web", "password": refused }), "error"),
        ("ido.swt.device_info", json!({ "device": "swt", "password": refused }), "error"),
        ("ido.swt.running_config", json!({ "device": "cut" }), "error"),
    ] {
        let id = api.submit(action, payload).await;
        let job = api.ended(&id).await;
        assert_eq!(job["status"], status, "{job}");
        seen.push_str(&job.to_string());
        seen.push_str(&json!(api.events(&id).await).to_string());
    }
    seen.push_str(&api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap());
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains("ido.swt.device_info"), "the log is that of the jobs:\n{log}");
    seen.push_str(&log);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(bytes.len() > 10_000, "the database is among the files");
    // The cookie of a session, whatever it is.
    for secret in [password, refused, community, hash, "PHPSESSID="] {
        assert!(!seen.contains(secret), "{secret} is shown");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
}
