//! What is wrong is told before anything starts: what, where, what to do; nothing is changed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::wait::{exit, files, succeed, towerhand};
use crate::support::Process;

const ANY_PORT: (&str, &str) = ("TOWERHAND_LISTEN", "127.0.0.1:0");

/// Fails if a file was changed, or has come or gone; what SQLite keeps beside a database while it is open, and the
/// daemon's empty lock file, do not count.
pub fn unchanged(before: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) {
    let lasting = |all: &BTreeMap<PathBuf, Vec<u8>>| -> BTreeMap<PathBuf, Vec<u8>> {
        let passing = |path: &Path| {
            let name = path.to_string_lossy();
            name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with(".lock")
        };
        all.iter().filter(|(path, _)| !passing(path)).map(|(path, content)| (path.clone(), content.clone())).collect()
    };
    let (before, after) = (lasting(before), lasting(&files(folder)));
    assert!(before.keys().eq(after.keys()), "files came or went: {:?} {:?}", before.keys(), after.keys());
    for (path, content) in before {
        assert!(after[&path] == content, "{} was changed", path.display());
    }
}

/// `serve` ends at once with a status of failure and all these words, and leaves every file as it was.
fn refused(folder: &Path, variables: &[(&str, &str)], words: &[&str]) {
    let before = files(folder);
    let (code, out, error) = towerhand(folder, &["serve"], "", &[&[ANY_PORT], variables].concat());
    let told = format!("{out}{error}");
    assert_eq!(code, 1, "{told}");
    for word in words {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
    assert!(!told.contains("panicked") && !told.contains("Error {"), "{told}");
    unchanged(&before, folder);
}

/// A state that a daemon has used: database, key file, a job in it.
async fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    daemon.api.response("health.get", json!({})).await;
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(0));
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use() {
    let folder = used().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(folder.path(), &[("TOWERHAND_LISTEN", &address)], &["cannot listen on", &address, "set `listen`"]);
    let fresh = tempfile::tempdir().unwrap();
    refused(fresh.path(), &[("TOWERHAND_LISTEN", &address)], &["cannot listen on"]);
    assert!(files(fresh.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database() {
    let folder = used().await;
    let database = folder.path().join("state/towerhand.db");
    let whole = std::fs::read(&database).unwrap();
    let mut chance = fastrand::Rng::with_seed(20_260_301);
    let mut noise = vec![0; whole.len()];
    chance.fill(&mut noise);
    let mut holed = whole.clone();
    holed[4096..whole.len() / 2].fill(0xa5);
    let mut header = whole.clone();
    header[16..100].fill(0xff);
    let shapes = [
        ("noise", noise),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("a torn page", whole[..whole.len() - 1000].to_vec()),
        ("pages of rubbish", holed),
        ("a header of rubbish", header),
        ("a text", b"this is not a database, but somebody's notes about one\n".to_vec()),
    ];
    for (shape, content) in shapes {
        std::fs::write(&database, &content).unwrap();
        println!("{shape}");
        refused(folder.path(), &[], &["towerhand.db", "damaged", "it was not changed"]);
    }
    // Put back, it is as it was.
    std::fs::write(&database, whole).unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    let (_, list) = daemon.api.send(daemon.api.request(reqwest::Method::GET, "/jobs")).await;
    assert_eq!(list["data"]["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_daemon_holds() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    let (code, _, error) = towerhand(folder.path(), &["serve"], "", &[ANY_PORT]);
    assert_eq!(code, 1);
    assert!(error.contains("towerhand.db") && error.contains("in use by another process"), "{error}");
    daemon.api.response("health.get", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_that_cannot_be_used() {
    let folder = used().await;
    let key_file = folder.path().join("state/vault.key");
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(folder.path(), &[], &["vault.key", "0644", "chmod 600"]);
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let whole = std::fs::read(&key_file).unwrap();
    std::fs::write(&key_file, &whole[..whole.len() / 2]).unwrap();
    refused(folder.path(), &[], &["vault.key", "damaged", "it was not changed"]);
    // Unreadable for everyone, also for root: a directory.
    std::fs::remove_file(&key_file).unwrap();
    std::fs::create_dir(&key_file).unwrap();
    refused(folder.path(), &[], &["vault.key", "cannot be read"]);
    refused(folder.path(), &[("TOWERHAND_VAULT_KEY", "c2hvcnQ=")], &["base64 of exactly 32 bytes"]);
    // A first start with a key file that others can read makes no database either.
    let fresh = tempfile::tempdir().unwrap();
    let exposed = fresh.path().join("own.key");
    std::fs::write(&exposed, whole).unwrap();
    std::fs::set_permissions(&exposed, std::fs::Permissions::from_mode(0o640)).unwrap();
    refused(fresh.path(), &[("TOWERHAND_VAULT_KEY_FILE", &exposed.display().to_string())], &["own.key", "chmod 600"]);
}

#[test]
fn a_state_dir_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for state in [file.clone(), file.join("below"), PathBuf::from("/proc/towerhand")] {
        let state = state.display().to_string();
        refused(folder.path(), &[("TOWERHAND_STATE_DIR", &state)], &["state_dir", &state]);
    }
}

#[test]
fn settings_that_are_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), &[("TOWERHAND_LISTENN", "127.0.0.1:1")], &["TOWERHAND_LISTENN", "unknown"]);
    refused(folder.path(), &[("TOWERHAND_JOBS_WORKERS", "none")], &["TOWERHAND_JOBS_WORKERS"]);
    refused(folder.path(), &[("NOC_API_V2_JOB_WORKERS", "eight")], &["NOC_API_V2_JOB_WORKERS"]);
    for (keys, hidden) in [("{\"hunter2\": [", "hunter2"), ("hunter2", "hunter2"), ("{\"hunter2\": 7}", "hunter2")] {
        refused(folder.path(), &[("NOC_API_KEYS_JSON", keys)], &["NOC_API_KEYS_JSON"]);
        let (_, out, error) = towerhand(folder.path(), &["serve"], "", &[ANY_PORT, ("NOC_API_KEYS_JSON", keys)]);
        assert!(!format!("{out}{error}").contains(hidden), "{out}{error}");
    }
    std::fs::write(folder.path().join("towerhand.toml"), "listen = \"127.0.0.1:0\"\n\n[jobs]\nworker = 3\n").unwrap();
    refused(folder.path(), &[], &["towerhand.toml:4", "worker"]);
    refused(folder.path(), &[("TOWERHAND_CONFIG", "/nowhere/towerhand.toml")], &["/nowhere/towerhand.toml"]);
}

const WRONG_INVENTORY: &str = "sites:
  - name: A
    zone: Mars/Olympus
devices:
  - name: r1
    address: 192.0.2.1
    type: MTROS
    adress: 192.0.2.2
  - name: r1
    address: 192.0.2.300
    type: MTROS
  - name: r2
    address: 192.0.2.4
    type: TOASTER
    site: B
";

#[test]
fn an_inventory_with_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, WRONG_INVENTORY).unwrap();
    let inventory = path.display().to_string();
    let variables = [("TOWERHAND_INVENTORY", inventory.as_str())];
    let places = [":3:", ":8:", ":9:", ":10:", ":14:", ":15:"].map(|place| format!("inventory.yaml{place}"));
    let words: Vec<&str> = places.iter().map(String::as_str).chain(["adress", "TOASTER"]).collect();
    refused(folder.path(), &variables, &words);
    assert!(!folder.path().join("state").exists(), "nothing is made for an inventory that is wrong");
}

#[test]
fn check_tells_every_mistake_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, WRONG_INVENTORY).unwrap();
    let settings = format!("inventory = {:?}\n\n[jobs]\nworker = 3\nworkers = 0\n", path.display().to_string());
    std::fs::write(folder.path().join("towerhand.toml"), settings).unwrap();
    let before = files(folder.path());
    let places = [
        "towerhand.toml:4:",
        "towerhand.toml:5:",
        "inventory.yaml:3:",
        "inventory.yaml:8:",
        "inventory.yaml:9:",
        "inventory.yaml:10:",
        "inventory.yaml:14:",
        "inventory.yaml:15:",
        "NOC_API_KEYS_JSON",
    ];
    let wrong_keys = [("NOC_API_KEYS_JSON", "[7]")];
    let (code, _, error) = towerhand(folder.path(), &["check"], "", &wrong_keys);
    assert_eq!(code, 1);
    for place in places {
        assert!(error.contains(place), "{place} is not in: {error}");
    }
    let (code, out, _) = towerhand(folder.path(), &["check", "--json"], "", &wrong_keys);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["ok"]), (1, &json!(false)));
    let mistakes = report["mistakes"].as_array().unwrap();
    for place in places {
        assert!(mistakes.iter().any(|mistake| mistake.as_str().unwrap().contains(place)), "{place}: {report}");
    }
    unchanged(&before, folder.path());

    std::fs::write(&path, "devices:\n  - {name: r1, address: 192.0.2.1, type: MTROS}\n").unwrap();
    std::fs::write(folder.path().join("towerhand.toml"), format!("inventory = {:?}\n", path.display().to_string()))
        .unwrap();
    assert!(succeed(folder.path(), &["check"], "").contains("1 devices"));
    let report: Value = serde_json::from_str(&succeed(folder.path(), &["check", "--json"], "")).unwrap();
    assert_eq!((&report["ok"], &report["devices"], &report["mistakes"]), (&json!(true), &json!(1), &json!([])));
    assert!(!folder.path().join("state").exists(), "a check makes nothing");
}
