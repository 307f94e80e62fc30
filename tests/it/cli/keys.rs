//! `towerhand key`.

use serde_json::json;

use super::{Shell, site};

#[tokio::test]
async fn a_key_made_beside_a_running_daemon_works_at_once_and_not_after_its_end() {
    let (_lab, daemon, mut shell) = site(vec![("r1", "routeros", json!({}))]).await;
    let made = shell.run("key create --label omni --scope job.read --scope job.submit --json").await.json();
    assert_eq!((&made["label"], &made["scopes"]), (&json!("omni"), &json!(["job.read", "job.submit"])));
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("thk_"), "{key}");

    let admin = std::mem::replace(&mut shell.key, key.clone());
    let id = shell.run("job submit health.get").await.good().trim().to_owned();
    let job = shell.run(&format!("job show {id}")).await.json();
    assert_eq!(job["submitted_by"], "omni", "{job}");
    // What it has no scope for is refused with the daemon's sentence.
    let refused = shell.run(&format!("job cancel {id}")).await.sentence();
    assert!(refused.contains("job.cancel") && refused.contains("403"), "{refused}");

    // No form of it shows the key again.
    let list = shell.run("key list").await.good();
    assert!(list.contains("omni") && list.contains("job.read") && !list.contains(&key), "{list}");
    let rows = shell.run("key list --json").await.json();
    assert_eq!((&rows[0]["label"], &rows[0]["revoked_at"]), (&json!("omni"), &json!(null)));

    assert_eq!(shell.run("key revoke omni --json").await.json(), json!({ "label": "omni", "revoked": true }));
    let refused = shell.run("job list").await.sentence();
    assert!(refused.contains("Invalid API key (403"), "{refused}");
    shell.key = admin;
    shell.run("job list").await.good();
    let again = shell.run("key revoke omni").await.sentence();
    assert_eq!(again, "towerhand: there is no live key with label 'omni'");
    assert!(daemon.api.http.get(format!("{}/healthz", daemon.api.url)).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn what_is_no_key_is_told_and_not_made() {
    let shell = Shell::new();
    let wrong = shell.run("key create --label omni --scope job.sumbit").await.sentence();
    assert!(wrong.contains("'job.sumbit'") && wrong.contains("job.submit"), "{wrong}");
    let made = shell.run("key create --label omni --scope admin").await;
    assert_eq!(made.code, Some(0));
    assert!(made.out.starts_with("thk_") && made.out.lines().count() == 1, "{}", made.out);
    let twice = shell.run("key create --label omni --scope admin --json").await.sentence();
    let twice: serde_json::Value = serde_json::from_str(&twice).unwrap();
    assert!(twice["error"].as_str().unwrap().contains("'omni' already"), "{twice}");
    assert_eq!(shell.run("key list --json").await.json().as_array().unwrap().len(), 1);
}
