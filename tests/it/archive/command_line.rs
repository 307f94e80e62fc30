//! `towerhand config` and `towerhand device config|diff`, as their users meet them.

use std::path::Path;

use serde_json::{Value, json};
use towerhand_simulators::lab_run::Lab;

use super::{committed, git, lab, read, repository, turn, until};
use crate::support::Process;
use crate::support::api::KEY;

/// Exit status, standard output, standard error.
fn run(folder: &Path, url: &str, words: &str) -> (i32, String, String) {
    let output = Process::command(folder)
        .args(words.split(' '))
        .env("TOWERHAND_URL", url)
        .env("TOWERHAND_API_KEY", KEY)
        .env("TOWERHAND_INVENTORY", folder.join("inventory.yaml"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
async fn site() -> (Lab, Process, tempfile::TempDir) {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" })), ("r2", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    read(&daemon.api, "r1").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(&daemon.api, "r1").await;
    read(&daemon.api, "r2").await;
    (lab, daemon, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configs_are_listed_shown_compared_and_searched() {
    let (_lab, daemon, folder) = site().await;
    let good = |words: &str| {
        let (code, out, err) = run(folder.path(), &daemon.api.url, words);
        assert_eq!((code, err.as_str()), (0, ""), "{words}: {out}");
        out
    };
    let json = |words: &str| serde_json::from_str::<Value>(&good(words)).unwrap();
    assert_eq!(json("config list --json")["count"], 2);
    let list = good("config list");
    assert!(list.contains("r1") && list.contains("MTROS") && list.contains("LAB"), "{list}");
    assert_eq!(json("config list r1 --json")["count"], 2);
    assert!(good("config list r1 --limit 1").contains("tester"));
    assert!(good("device config r1 --archived 1").contains("set name=TWR-1"));
    assert!(good("device config r1 --archived latest").contains("set name=TWR-2"));
    let diff = good("device diff r1");
    assert!(diff.starts_with("--- r1 version 1\n+++ r1 version 2\n"), "{diff}");
    assert!(!diff.contains('\x1b'), "no colour in a pipe");
    assert_eq!(json("device diff r1 --from 2 --to 1 --json")["lines_added"], 1);
    assert!(good("device diff r1 --other r2").starts_with("--- r1 version 2\n+++ r2 version 1\n"));
    assert_eq!(good("device diff r1 --from latest --to latest"), "r1 version 2 and r1 version 2 are the same\n");
    let found = good("config search twr-2");
    assert!(found.starts_with("r1:") && found.ends_with(": /system identity set name=TWR-2\n"), "{found}");
    assert_eq!(json("config search ^/system.identity --regex --json")["count"], 2);
    let (code, out, err) = run(folder.path(), &daemon.api.url, "config search nowhere-to-be-found");
    assert_eq!((code, out.as_str(), err.as_str()), (1, "", ""));
    let (code, _, err) = run(folder.path(), &daemon.api.url, "device diff r9");
    assert!(code == 1 && err.contains("No config of this device is archived"), "{err}");
    let (code, _, err) = run(folder.path(), &daemon.api.url, "config drift r1");
    assert!(code == 1 && err.contains("template"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_is_made_anew_beside_a_daemon_and_without_one() {
    let (_lab, daemon, folder) = site().await;
    let bare = repository(folder.path());
    let newest = committed(&daemon.api, "r2").await;
    // Beside a daemon it is only put aside; the daemon makes the new one.
    let (code, out, err) = run(folder.path(), &daemon.api.url, "config rebuild --json");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&told["daemon_running"], &told["commits"]), (&json!(true), &json!(null)));
    let aside = told["aside"].as_str().unwrap().to_owned();
    assert_eq!(git(Path::new(&aside), &["rev-parse", "main"]).trim(), newest, "the old one is kept");
    until("the repository", async || bare.exists()).await;
    assert_eq!(git(&bare, &["rev-parse", "main"]).trim(), newest);
    daemon.kill();
    std::fs::remove_file(bare.join("HEAD")).unwrap();
    let (code, out, err) = run(folder.path(), "", "config rebuild");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("holds 3 versions") && out.contains("the old repository is now"), "{out}");
    assert_eq!(git(&bare, &["rev-parse", "main"]).trim(), newest);
}
