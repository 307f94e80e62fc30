//! `towerhand secret`.

use serde_json::json;

use super::{Shell, lab};
use crate::support::Process;

#[tokio::test]
async fn a_secret_reaches_the_device_and_nothing_else() {
    let lab = lab(vec![("r1", "routeros", json!({ "password": "gate-7-lamp" }))]).await;
    let mut shell = Shell::new();
    let port = lab.device("r1").unwrap().ports().ssh.unwrap();
    shell.write(
        "inventory.yaml",
        &format!(
            "devices:\n  - name: r1\n    address: 127.41.0.1\n    type: MTROS\n    ports: {{ssh: {port}}}\n    \
             credentials: {{username: admin, password: \"secret:core\"}}\n"
        ),
    );
    let daemon = Process::serve(shell.path(), &[]).await;
    shell.url.clone_from(&daemon.api.url);
    let missing = shell.run("device config r1").await.sentence();
    assert!(missing.contains("core"), "{missing}");

    // Beside the running daemon, which needs no restart for it.
    let set = shell.words(&["secret", "set", "core", "--json"], "gate-7-lamp\n").await.json();
    assert_eq!(set, json!({ "name": "core", "set": true }));
    shell.run("device config r1").await.good();
    let list = shell.run("secret list").await.good();
    assert!(list.contains("core") && !list.contains("gate-7-lamp"), "{list}");

    // A new master key: everything still opens after a restart, and the key that was made before is still one.
    let key = shell.run("key create --label omni --scope admin --json").await.json();
    daemon.signal("TERM");
    assert_eq!(daemon.wait(), Some(0));
    let before = shell.run("secret list --json").await.json()[0]["key"].clone();
    let rotated = shell.run("secret rotate-key --json").await.json();
    assert_eq!(rotated["secrets"], 1, "{rotated}");
    let after = shell.run("secret list --json").await.json()[0]["key"].clone();
    assert_eq!(after, rotated["key"]);
    assert_ne!(before, after);
    let daemon = Process::serve(shell.path(), &[]).await;
    shell.url.clone_from(&daemon.api.url);
    shell.key = key["key"].as_str().unwrap().to_owned();
    shell.run("device config r1").await.good();
}

#[tokio::test]
async fn what_is_no_secret_is_told() {
    let shell = Shell::new();
    let told = shell.words(&["secret", "set", "core"], "").await.sentence();
    assert!(told.contains("standard input is empty"), "{told}");
    let told = shell.words(&["secret", "set", "job/1"], "x").await.sentence();
    assert!(told.contains("belong to jobs"), "{told}");
    assert_eq!(shell.run("secret list --json").await.json(), json!([]));
}
