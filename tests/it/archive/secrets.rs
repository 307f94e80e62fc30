//! No secret in clear anywhere: not in the repository, not in the database, not in a webhook.

use std::path::Path;

use serde_json::json;

use super::receiver::Receiver;
use super::{committed, get, git, lab, read, refused, repository, turn};
use crate::support::{Api, Setup, TestDaemon};

/// Secrets of the simulated router, before and after.
const BEFORE: &str = "correct-horse-7781";
const AFTER: &str = "battery-staple-4412";

fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

fn has(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|part| part == text.as_bytes())
}

fn ppp(secret: &str) -> serde_json::Value {
    json!({ "version": "7.16", "secrets": { "ppp": secret } })
}

#[tokio::test]
async fn a_changed_secret_shows_as_a_change_and_stands_nowhere() {
    let mut receiver = Receiver::start(&[]).await;
    let lab = lab(vec![("r1", "routeros", ppp(BEFORE))]).await;
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: format!("[[archive.webhook]]\nurl = '{}'\nsecret = 'env:HOOK_SECRET'\n", receiver.url),
        variables: vec![("HOOK_SECRET".to_owned(), "hook-secret-9142".to_owned())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    let api = &daemon.api;
    read(api, "r1").await;
    read(api, "r1").await;
    turn(&lab, "r1", ppp(AFTER));
    assert_eq!(read(api, "r1").await, json!({ "version": 2, "changed": true }));
    let diff = get(api, "/configs/r1/diff").await;
    assert_eq!((&diff["lines_added"], &diff["lines_removed"]), (&json!(1), &json!(1)));
    let text = diff["diff"].as_str().unwrap();
    assert!(text.contains("\n-/ppp secret add name=cpe-0017 password=") && text.contains("<redacted:"), "{text}");
    // In clear the job's answer has them, and the archive the marks: the same version.
    let shown = api.run(super::CONFIG, json!({ "device": "r1", "show_secrets": true })).await;
    assert!(shown["result"]["response"].as_str().unwrap().contains(AFTER));
    assert_eq!(shown["result"]["archive"], json!({ "version": 2, "changed": false }));
    committed(api, "r1").await;
    assert_eq!(refused(api, "/configs/r1/2?raw=1").await.0, 409, "none was kept");
    let told = [receiver.next().await, receiver.next().await];
    for got in &told {
        let body = String::from_utf8(got.body.to_vec()).unwrap();
        assert!(!body.contains(BEFORE) && !body.contains(AFTER), "{body}");
    }
    for version in 1..=2 {
        let text = get(api, &format!("/configs/r1/{version}")).await["text"].as_str().unwrap().to_owned();
        assert!(!text.contains(BEFORE) && !text.contains(AFTER) && text.contains("<redacted:"), "{text}");
    }
    let bare = repository(daemon.folder.path());
    let history = git(&bare, &["log", "-p", "main"]);
    for secret in [BEFORE, AFTER] {
        assert!(!history.contains(secret), "{history}");
    }
    // The job with `show_secrets` keeps its own result, which is its own matter: it is deleted here.
    let (_, folder) = daemon.stop().await;
    let database = rusqlite::Connection::open(folder.path().join("state/towerhand.db")).unwrap();
    database
        .execute_batch("pragma secure_delete = on; delete from job; vacuum; pragma wal_checkpoint(truncate)")
        .unwrap();
    drop(database);
    let all = bytes(&folder.path().join("state"));
    for secret in [BEFORE, AFTER, "hook-secret-9142", "hunter2"] {
        assert!(!has(&all, secret), "{secret} stands in clear");
    }
    assert!(has(&all, "config.changed") || has(&all, "MTROS"), "the search finds what is there");
}

#[tokio::test]
async fn without_asking_for_secrets_a_read_with_them_is_not_archived() {
    let lab = lab(vec![("r1", "routeros", ppp(BEFORE))]).await;
    let settings = "[archive]\nread_secrets = false\n".to_owned();
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), settings, ..Setup::default() }).await;
    let api = &daemon.api;
    read(api, "r1").await;
    let shown = api.run(super::CONFIG, json!({ "device": "r1", "show_secrets": true })).await;
    assert_eq!((&shown["status"], shown["result"].get("archive")), (&json!("success"), None));
    let said = api.messages(shown["job_id"].as_str().unwrap()).await;
    assert!(said.iter().any(|message| message.contains("not archived")), "{said:?}");
    assert_eq!(read(api, "r1").await, json!({ "version": 1, "changed": false }));
    daemon.stop().await;
}

#[tokio::test]
async fn the_text_with_its_secrets_is_kept_on_wish_and_sealed() {
    let lab = lab(vec![("r1", "routeros", ppp(BEFORE))]).await;
    let keys = json!({
        crate::support::api::KEY: { "scopes": ["admin"], "label": "tester" },
        "key-of-the-reader": { "scopes": ["job.read"], "label": "reader" },
    });
    let setup = || Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: "[archive]\nkeep_raw = true\n".to_owned(),
        variables: vec![("NOC_API_KEYS_JSON".to_owned(), keys.to_string())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup()).await;
    read(&daemon.api, "r1").await;
    assert_eq!(get(&daemon.api, "/configs/r1/1").await["has_raw"], true);
    let (_, folder) = daemon.stop().await;
    assert!(!has(&bytes(&folder.path().join("state")), BEFORE), "it stands in clear");
    // A daemon that was started anew opens it, for whoever may see it, and says so first.
    let daemon = TestDaemon::start_in(folder, setup()).await;
    let raw = get(&daemon.api, "/configs/r1/1?raw=1").await;
    assert!(raw["text"].as_str().unwrap().contains(BEFORE));
    assert!(!get(&daemon.api, "/configs/r1/1").await["text"].as_str().unwrap().contains(BEFORE));
    let line = daemon.store.audit_log(1).await.unwrap().remove(0);
    assert_eq!((line.what.as_str(), line.who.as_str(), line.subject.as_str()), ("config.secrets", "tester", "r1"));
    let reader = Api::new(&daemon.api.url, "key-of-the-reader");
    assert_eq!(refused(&reader, "/configs/r1/1?raw=1").await.0, 403);
    daemon.stop().await;
}
