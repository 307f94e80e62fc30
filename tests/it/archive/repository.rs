//! The repository as `git` sees it.

use serde_json::json;

use super::{committed, git, lab, read, repository, turn};
use crate::support::{Setup, TestDaemon};

#[tokio::test]
async fn git_clones_the_repository_and_reads_its_history() {
    let lab = lab(vec![
        ("r1", "routeros", json!({ "identity": "TWR-1" })),
        ("r2", "routeros", json!({ "identity": "TWR-9" })),
    ])
    .await;
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    let api = &daemon.api;
    read(api, "r1").await;
    read(api, "r2").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    let job = api.run(super::CONFIG, json!({ "device": "r1" })).await;
    let commit = committed(api, "r1").await;
    committed(api, "r2").await;
    let bare = repository(daemon.folder.path());
    let work = tempfile::tempdir().unwrap();
    git(work.path(), &["clone", "--quiet", &bare.display().to_string(), "copy"]);
    let copy = work.path().join("copy");
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).trim(), commit);
    assert_eq!(git(&copy, &["symbolic-ref", "HEAD"]).trim(), "refs/heads/main");
    assert_eq!(git(&copy, &["ls-files"]), "LAB/r1.cfg\nLAB/r2.cfg\n");
    git(&copy, &["fsck", "--strict", "--full"]);
    let log = git(&copy, &["log", "--format=%an|%cn|%s", "LAB/r1.cfg"]);
    assert_eq!(log, "tester|towerhand|r1: version 2\ntester|towerhand|r1: version 1\n");
    assert_eq!(git(&copy, &["rev-list", "--count", "HEAD"]).trim(), "3");
    let shown = git(&copy, &["show", "--format=%B", "HEAD"]);
    assert!(shown.contains(&format!("Job: {}\n", job["job_id"].as_str().unwrap())), "{shown}");
    assert!(shown.contains("-/system identity set name=TWR-1\n+/system identity set name=TWR-2\n"), "{shown}");
    let file = std::fs::read_to_string(copy.join("LAB/r1.cfg")).unwrap();
    assert_eq!(file, job["result"]["response"].as_str().unwrap());
    // What git packs, the daemon still reads and writes on.
    git(&bare, &["gc", "--quiet", "--prune=now"]);
    turn(&lab, "r2", json!({ "identity": "TWR-10" }));
    read(api, "r2").await;
    let commit = committed(api, "r2").await;
    git(&copy, &["pull", "--quiet"]);
    assert_eq!(git(&copy, &["rev-parse", "HEAD"]).trim(), commit);
    daemon.stop().await;
}

#[tokio::test]
async fn a_device_that_moves_moves_its_file() {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" }))]).await;
    let yaml = lab.inventory_yaml();
    let daemon = TestDaemon::start(Setup { inventory: Some(yaml.clone()), ..Setup::default() }).await;
    read(&daemon.api, "r1").await;
    committed(&daemon.api, "r1").await;
    let bare = repository(daemon.folder.path());
    assert_eq!(git(&bare, &["ls-tree", "-r", "--name-only", "main"]), "LAB/r1.cfg\n");
    let (_, folder) = daemon.stop().await;
    let moved = yaml.replace("LAB", "ridge");
    assert_ne!(moved, yaml);
    let daemon = TestDaemon::start_in(folder, Setup { inventory: Some(moved), ..Setup::default() }).await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(&daemon.api, "r1").await;
    committed(&daemon.api, "r1").await;
    assert_eq!(git(&bare, &["ls-tree", "-r", "--name-only", "main"]), "ridge/r1.cfg\n");
    daemon.stop().await;
}
