//! A secret lives where it is needed and nowhere else.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{SecretStore as _, Store as _};
use towerhand_simulators::lab_run::Lab;

use super::wait::{commands, count, exit, files, hold, journal, lab, release, silent_router, succeed, towerhand};
use crate::support::{Api, Process};

const CONFIG: &str = "ido.swt.running_config";
/// Of the inventory.
const KNOWN: &str = "inventory-password-4711";
/// Of payloads.
const RIGHT: &str = "payload-password-0815";
const WRONG: &str = "mistyped-password-0816";
/// Of the SNMP agent.
const COMMUNITY: &str = "community-string-2342";

/// Names of the secrets that the store holds.
async fn stored(folder: &Path) -> Vec<String> {
    let store = SqliteStore::open(&folder.join("state/towerhand.db"), Purpose::Tool).await.unwrap();
    let names = store.secrets().await.unwrap().into_iter().map(|secret| secret.name).collect();
    store.close().await;
    names
}

/// Fails if one of the secrets stands in the text.
fn free_of_secrets(place: &str, text: &[u8]) {
    for secret in [KNOWN, RIGHT, WRONG, COMMUNITY] {
        assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{place} holds '{secret}'");
    }
}

/// Everything that the API says about these jobs, and about itself.
async fn said(api: &Api, jobs: &[String]) -> String {
    let mut said = String::new();
    let mut paths = vec!["/jobs?limit=500".to_owned(), "/actions".to_owned(), "/health".to_owned()];
    for job in jobs {
        paths.extend(["", "/events", "/stream"].map(|part| format!("/jobs/{job}{part}")));
    }
    for path in paths {
        said += &api.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    }
    for path in ["/metrics", "/readyz", "/healthz"] {
        said += &api.http.get(format!("{}{path}", api.url)).send().await.unwrap().text().await.unwrap();
    }
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_password_is_left_anywhere() {
    let router = json!({ "password": KNOWN, "secrets": true });
    let lab = lab(vec![("r1", "routeros", router), ("p1", "ict-pdu", json!({ "community": COMMUNITY }))]).await;
    let folder = tempfile::tempdir().unwrap();
    super::wait::write_inventory(folder.path(), &lab);
    let daemon = Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let (api, r1) = (daemon.api.clone(), lab.device("r1").unwrap());
    let mut jobs = Vec::new();

    jobs.push(api.run(CONFIG, json!({ "device": "r1" })).await);
    assert_eq!(jobs[0]["status"], "success", "{}", jobs[0]);
    jobs.push(api.run("ido.rpc.device_info", json!({ "device": "p1" })).await);
    assert_eq!(jobs[1]["status"], "success", "{}", jobs[1]);

    r1.merge(serde_json::Map::from_iter([("password".to_owned(), json!(RIGHT))]));
    let payload = json!({ "device": "r1", "password": RIGHT, "snmp_community": COMMUNITY, "more": [{ "pwd": RIGHT }] });
    jobs.push(api.run(CONFIG, payload).await);
    assert_eq!(jobs[2]["status"], "success", "{}", jobs[2]);
    assert_eq!(jobs[2]["payload"]["password"], "***");

    let logins = count(&r1.journal(), "auth", "");
    jobs.push(api.run(CONFIG, json!({ "device": "r1", "password": WRONG })).await);
    let error = jobs[3]["error"].as_str().unwrap();
    assert!(error.starts_with("auth_failed: ") && error.contains("r1"), "{error}");
    assert_eq!(count(&r1.journal(), "auth", "") - logins, 1, "one attempt per credential: {:?}", r1.journal());

    let ids: Vec<String> = jobs.iter().map(|job| job["job_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(stored(folder.path()).await, Vec::<String>::new(), "a job's secrets die with it");
    free_of_secrets("the API", said(&api, &ids).await.as_bytes());
    for (path, content) in files(folder.path()) {
        if !path.ends_with("inventory.yaml") {
            free_of_secrets(&path.display().to_string(), &content);
        }
    }
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(0));
    for (path, content) in files(&folder.path().join("state")) {
        free_of_secrets(&path.display().to_string(), &content);
    }
}

/// Sealed while the job waits and runs, opened after a kill -9, gone with a cancel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jobs_password_lives_as_long_as_the_job() {
    let mut router = silent_router();
    router["password"] = json!(RIGHT);
    let lab = lab(vec![("r1", "routeros", router)]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml().replace(RIGHT, KNOWN)).unwrap();
    hold(&lab);
    let one_worker = [("TOWERHAND_JOBS_WORKERS", "1")];
    let daemon = Process::serve(folder.path(), &one_worker).await;
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1", "password": RIGHT })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let waiting = daemon.api.submit(CONFIG, json!({ "device": "r1", "password": RIGHT })).await;
    let cancelled = daemon.api.submit(CONFIG, json!({ "device": "r1", "password": WRONG })).await;
    assert_eq!(stored(folder.path()).await.len(), 3);
    daemon.api.cancel(&cancelled).await;
    let mut left = stored(folder.path()).await;
    left.sort();
    let mut wanted = vec![format!("job/{running}/password"), format!("job/{waiting}/password")];
    wanted.sort();
    assert_eq!(left, wanted);
    let job = daemon.api.job(&running).await;
    assert_eq!(job["payload"], json!({ "device": "r1", "password": "***" }));
    daemon.kill();
    for (path, content) in files(&folder.path().join("state")) {
        free_of_secrets(&path.display().to_string(), &content);
    }

    release(&lab);
    let daemon = Process::serve(folder.path(), &one_worker).await;
    for job in [&running, &waiting] {
        assert_eq!(daemon.api.ended(job).await["status"], "success");
    }
    assert_eq!(stored(folder.path()).await, Vec::<String>::new());
}

fn refers_to_the_vault(lab: &Lab) -> String {
    let plain = format!("{{insecure_plain: \"{KNOWN}\"}}");
    let yaml = lab.inventory_yaml();
    assert!(yaml.contains(&plain), "{yaml}");
    yaml.replace(&plain, "secret:r1-login")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vaults_secrets_work_through_rotation_and_restart() {
    let mut router = silent_router();
    router["password"] = json!(KNOWN);
    let lab = lab(vec![("r1", "routeros", router)]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("inventory.yaml"), refers_to_the_vault(&lab)).unwrap();
    let daemon = Process::serve(path, &[]).await;
    let device = json!({ "device": "r1" });
    let error = daemon.api.error(CONFIG, device.clone()).await;
    assert!(error.contains("towerhand secret set r1-login"), "it says what to do: {error}");
    assert!(lab.device("r1").unwrap().journal().is_empty());

    let (code, _, error) = towerhand(path, &["secret", "set", "r1-login"], "", &[]);
    assert!(code != 0 && error.contains("standard input"), "{error}");
    assert!(!succeed(path, &["secret", "set", "r1-login"], &format!("{KNOWN}\n")).contains(KNOWN));
    daemon.api.response(CONFIG, device.clone()).await;
    let listed: Value = serde_json::from_str(&succeed(path, &["secret", "list", "--json"], "")).unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["name"]), (1, &json!("r1-login")), "{listed}");
    let first_key = listed[0]["key"].clone();

    // Beside the daemon, with a job whose password is sealed under the key before, and one that comes after.
    hold(&lab);
    let r1 = lab.device("r1").unwrap();
    let before = commands(&r1.journal(), "/export");
    let blockers = [daemon.api.submit(CONFIG, device.clone()).await, daemon.api.submit(CONFIG, device.clone()).await];
    journal(&r1, "both exports", |journal| commands(journal, "/export") == before + 2).await;
    let own = json!({ "device": "r1", "password": KNOWN });
    let earlier = daemon.api.submit(CONFIG, own.clone()).await;
    succeed(path, &["secret", "rotate-key"], "");
    let later = daemon.api.submit(CONFIG, own.clone()).await;
    daemon.kill();
    release(&lab);

    let daemon = Process::serve(path, &[]).await;
    for job in blockers.iter().chain([&earlier, &later]) {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
    }
    let listed: Value = serde_json::from_str(&succeed(path, &["secret", "list", "--json"], "")).unwrap();
    assert_ne!(listed[0]["key"], first_key);
    let key_file: Value = serde_json::from_slice(&std::fs::read(path.join("state/vault.key")).unwrap()).unwrap();
    assert_eq!(key_file["keys"].as_array().unwrap().len(), 1, "the start has dropped the old key");
    // Again, and used without a restart.
    succeed(path, &["secret", "rotate-key"], "");
    daemon.api.response(CONFIG, device.clone()).await;
    daemon.api.response(CONFIG, own.clone()).await;
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(0));
    // Without a daemon the old key goes at once.
    succeed(path, &["secret", "rotate-key"], "");
    let key_file: Value = serde_json::from_slice(&std::fs::read(path.join("state/vault.key")).unwrap()).unwrap();
    assert_eq!(key_file["keys"].as_array().unwrap().len(), 1);
    let daemon = Process::serve(path, &[]).await;
    daemon.api.response(CONFIG, device).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_file_the_daemon_refuses_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    succeed(path, &["secret", "set", "radius"], "something");
    succeed(path, &["key", "create", "--label", "omni", "--scope", "admin"], "");
    let key_file = path.join("state/vault.key");
    let kept = std::fs::read(&key_file).unwrap();
    std::fs::remove_file(&key_file).unwrap();
    let before = files(path);
    for arguments in [&["serve"][..], &["secret", "list"], &["key", "list"], &["secret", "rotate-key"]] {
        let (code, _, error) = towerhand(path, arguments, "", &[("TOWERHAND_LISTEN", "127.0.0.1:0")]);
        assert!(code != 0 && error.contains("vault.key") && error.contains("restore"), "{arguments:?}: {error}");
        assert!(error.contains("1 secrets and 1 API keys"), "{error}");
        super::refusal::unchanged(&before, path);
    }
    // Another key is none either.
    let other = tempfile::tempdir().unwrap();
    succeed(other.path(), &["secret", "list"], "");
    std::fs::copy(other.path().join("state/vault.key"), &key_file).unwrap();
    let before = files(path);
    let (code, _, error) = towerhand(path, &["serve"], "", &[("TOWERHAND_LISTEN", "127.0.0.1:0")]);
    assert!(code != 0 && error.contains("'radius'") && error.contains("nothing was changed"), "{error}");
    super::refusal::unchanged(&before, path);

    std::fs::write(&key_file, kept).unwrap();
    assert!(succeed(path, &["secret", "list"], "").contains("radius"));
}
