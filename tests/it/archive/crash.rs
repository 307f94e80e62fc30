//! kill -9 between a version's row and its commit, and between the commit and the note of it.

use std::path::Path;

use serde_json::json;

use super::{committed, get, git, lab, read, repository, turn};
use crate::support::Process;

/// Lock of the repository as another process that writes would hold it.
fn lock(folder: &Path) -> std::fs::File {
    let state = folder.join("state");
    std::fs::create_dir_all(&state).unwrap();
    let file =
        std::fs::File::options().write(true).create(true).truncate(false).open(state.join("configs.git.lock")).unwrap();
    file.lock().unwrap();
    file
}

fn commits(bare: &Path) -> String {
    git(bare, &["rev-list", "--count", "main"]).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
async fn a_version_without_its_commit_gets_it_after_a_kill() {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" }))]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let bare = repository(folder.path());

    // The row is there, the commit cannot be: somebody holds the repository.
    let held = lock(folder.path());
    let daemon = Process::serve(folder.path(), &[]).await;
    assert_eq!(read(&daemon.api, "r1").await, json!({ "version": 1, "changed": true }));
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    assert_eq!(read(&daemon.api, "r1").await, json!({ "version": 2, "changed": true }));
    assert_eq!(get(&daemon.api, "/configs/r1/latest").await["commit"], json!(null));
    daemon.kill();
    assert!(!bare.exists());
    drop(held);
    let daemon = Process::serve(folder.path(), &[]).await;
    let second = committed(&daemon.api, "r1").await;
    assert_eq!(commits(&bare), "2", "in their order, each once");
    assert_eq!(git(&bare, &["log", "--format=%s", "main"]), "r1: version 2\nr1: version 1\n");
    daemon.kill();

    // The commit is there, the note of it is not; and the lock of a branch that was being written.
    let database = rusqlite::Connection::open(folder.path().join("state/towerhand.db")).unwrap();
    assert_eq!(database.execute("update config_version set committed = null where number = 2", []).unwrap(), 1);
    drop(database);
    std::fs::write(bare.join("refs/heads/main.lock"), "").unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    assert_eq!(committed(&daemon.api, "r1").await, second, "the same commit is found again");
    assert_eq!(commits(&bare), "2");
    turn(&lab, "r1", json!({ "identity": "TWR-3" }));
    assert_eq!(read(&daemon.api, "r1").await, json!({ "version": 3, "changed": true }));
    committed(&daemon.api, "r1").await;
    assert_eq!(git(&bare, &["rev-parse", "main~1"]).trim(), second);
    git(&bare, &["fsck", "--strict", "--full"]);
    drop(daemon);
}

/// Kills at whatever instant: afterwards every version has one commit, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
async fn kills_at_any_instant_leave_one_commit_a_version() {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-0" }))]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    for round in 1..6 {
        let daemon = Process::serve(folder.path(), &[]).await;
        for step in 0..3 {
            turn(&lab, "r1", json!({ "identity": format!("TWR-{round}-{step}") }));
            read(&daemon.api, "r1").await;
        }
        // The last commits are being written this moment, or are not begun, or are done.
        daemon.kill();
    }
    let daemon = Process::serve(folder.path(), &[]).await;
    committed(&daemon.api, "r1").await;
    let bare = repository(folder.path());
    let log = git(&bare, &["log", "--format=%s", "main"]);
    let wanted: String = (1..=15).rev().map(|number| format!("r1: version {number}\n")).collect();
    assert_eq!(log, wanted);
    git(&bare, &["fsck", "--strict", "--full"]);
    drop(daemon);
}
