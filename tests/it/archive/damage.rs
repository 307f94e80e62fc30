//! A repository that is damaged, missing, or another one.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};

use super::{committed, get, git, lab, read, repository, turn, until};
use crate::support::{Api, Setup, TestDaemon};

/// All files below a folder with their content.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(content(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// What `/health` complains of.
async fn complaint(api: &Api) -> String {
    let (_, answer) = api.send(api.request(Method::GET, "/health")).await;
    answer["data"]["legacy_health"]["error"].as_str().unwrap_or_default().to_owned()
}

fn knobs() -> Vec<(&'static str, &'static str, Value)> {
    vec![("r1", "routeros", json!({ "identity": "TWR-1" })), ("r2", "routeros", json!({}))]
}

#[tokio::test]
async fn a_missing_repository_is_made_anew_from_the_store() {
    let lab = lab(knobs()).await;
    let setup = || Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start(setup()).await;
    read(&daemon.api, "r1").await;
    read(&daemon.api, "r2").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(&daemon.api, "r1").await;
    let before = committed(&daemon.api, "r1").await;
    let (_, folder) = daemon.stop().await;
    let bare = repository(folder.path());
    let history = git(&bare, &["log", "--format=%H %an %ad %s", "main"]);
    std::fs::remove_dir_all(&bare).unwrap();
    // Left by a process that ended while it made one.
    std::fs::create_dir_all(folder.path().join("state/configs.git.new/objects")).unwrap();
    let daemon = TestDaemon::start_in(folder, setup()).await;
    until("the repository", async || bare.exists()).await;
    assert_eq!(committed(&daemon.api, "r1").await, before);
    until("all of it", async || git(&bare, &["log", "--format=%H %an %ad %s", "main"]) == history).await;
    assert!(complaint(&daemon.api).await.is_empty());
    daemon.stop().await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test damages the repository on purpose")]
async fn a_damaged_repository_is_refused_with_words_and_not_touched() {
    let lab = lab(knobs()).await;
    let setup = || Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start(setup()).await;
    read(&daemon.api, "r1").await;
    committed(&daemon.api, "r1").await;
    let (_, folder) = daemon.stop().await;
    let bare = repository(folder.path());
    // The file of the newest version is overwritten.
    let blob = git(&bare, &["rev-parse", "main:LAB/r1.cfg"]);
    let (folder_of, name_of) = blob.trim().split_at(2);
    let object = bare.join("objects").join(folder_of).join(name_of);
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, "no object").unwrap();
    let damaged = content(&bare);
    let daemon = TestDaemon::start_in(folder, setup()).await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    assert_eq!(read(&daemon.api, "r1").await, json!({ "version": 2, "changed": true }), "the store keeps it");
    until("the complaint", async || !complaint(&daemon.api).await.is_empty()).await;
    let told = complaint(&daemon.api).await;
    assert!(told.contains("config repository: ") && told.contains("damaged"), "{told}");
    assert!(told.contains("towerhand config rebuild"), "{told}");
    assert_eq!(get(&daemon.api, "/configs/r1/latest").await["commit"], json!(null));
    assert!(content(&bare) == damaged, "it was touched");
    daemon.stop().await;
}

#[tokio::test]
async fn the_repository_of_another_database_is_refused() {
    let lab = lab(knobs()).await;
    let setup = || Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start(setup()).await;
    read(&daemon.api, "r1").await;
    committed(&daemon.api, "r1").await;
    let (_, folder) = daemon.stop().await;
    let bare = repository(folder.path());
    let other = content(&bare);
    let shared = vec![("TOWERHAND_ARCHIVE_REPOSITORY".to_owned(), bare.display().to_string())];
    let daemon = TestDaemon::start(Setup { variables: shared, ..setup() }).await;
    read(&daemon.api, "r2").await;
    until("the complaint", async || !complaint(&daemon.api).await.is_empty()).await;
    let told = complaint(&daemon.api).await;
    assert!(told.contains("not that of this database"), "{told}");
    assert!(content(&bare) == other, "it was touched");
    daemon.stop().await;
}

#[tokio::test]
async fn a_repository_that_was_emptied_is_refused() {
    let lab = lab(knobs()).await;
    let setup = || Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() };
    let daemon = TestDaemon::start(setup()).await;
    read(&daemon.api, "r1").await;
    committed(&daemon.api, "r1").await;
    let (_, folder) = daemon.stop().await;
    let bare = repository(folder.path());
    git(&bare, &["update-ref", "-d", "refs/heads/main"]);
    let daemon = TestDaemon::start_in(folder, setup()).await;
    read(&daemon.api, "r2").await;
    until("the complaint", async || !complaint(&daemon.api).await.is_empty()).await;
    assert!(complaint(&daemon.api).await.contains("does not hold commit"));
    assert!(!bare.join("refs/heads/main").exists());
    daemon.stop().await;
}
