//! Invariant 11: the first host key is pinned; another one gets no credential and an alarm, until it is accepted.

use serde_json::json;
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{PinStore as _, Store as _};
use towerhand_simulators::core::Fault;

use super::wait::{count, journal, lab, succeed, towerhand, write_inventory};
use crate::support::{Api, Process};

const CONFIG: &str = "ido.swt.running_config";

async fn alarms(api: &Api) -> u64 {
    let text = api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("towerhand_host_key_alarms_total ")).unwrap();
    line.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_host_key_gets_no_credential_until_it_is_accepted() {
    let lab = lab(vec![("r1", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    let daemon = Process::serve(folder.path(), &[]).await;
    let r1 = lab.device("r1").unwrap();
    let endpoint = format!("ssh://127.9.0.1:{}", r1.ports().ssh.unwrap());
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
    let store = SqliteStore::open(&folder.path().join("state/towerhand.db"), Purpose::Tool).await.unwrap();
    let pinned = store.pin(&endpoint).await.unwrap().expect("pinned on first use");
    assert_eq!((pinned.pinned_by.as_str(), &pinned.offered), ("first use", &None));
    assert!(pinned.fingerprint.starts_with("SHA256:"), "{pinned:?}");
    let logins = count(&r1.journal(), "auth", "");
    assert_eq!((logins, alarms(&daemon.api).await), (1, 0));
    let arguments = ["device", "accept-key", endpoint.as_str()];
    let (code, _, error) = towerhand(folder.path(), &arguments, "", &[]);
    assert!(code != 0 && error.contains("no other key"), "nothing to accept yet: {error}");

    r1.add_fault(Fault::Hostkey {});
    for round in 1..=2 {
        let error = daemon.api.error(CONFIG, json!({ "device": "r1" })).await;
        assert!(error.starts_with("host_key_changed: ") && error.contains(&endpoint), "{error}");
        assert!(error.contains("accept-key"), "it says what to do: {error}");
        assert_eq!(alarms(&daemon.api).await, round);
    }
    let closed = journal(&r1, "the end of three sessions", |journal| count(journal, "tcp", "close") == 3).await;
    assert_eq!(count(&closed, "auth", ""), 1, "a credential was sent to the unknown one: {closed:?}");
    let noted = store.pin(&endpoint).await.unwrap().unwrap();
    assert_eq!(noted.fingerprint, pinned.fingerprint, "the pin stays");
    assert!(noted.offered.is_some_and(|offered| offered != pinned.fingerprint));

    succeed(folder.path(), &arguments, "");
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
    assert_eq!((count(&r1.journal(), "auth", ""), alarms(&daemon.api).await), (2, 2));
    assert_eq!(store.pin(&endpoint).await.unwrap().unwrap().pinned_by, "operator");
    // The old one is the stranger now.
    r1.clear_faults();
    let error = daemon.api.error(CONFIG, json!({ "device": "r1" })).await;
    assert!(error.starts_with("host_key_changed: "), "{error}");
    store.close().await;
}

/// A key that the inventory declares counts from the first connection on; the way out is the inventory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_host_key_counts_from_the_first_connection_on() {
    let lab = lab(vec![("r1", "routeros", json!({}))]).await;
    let r1 = lab.device("r1").unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    let daemon = Process::serve(folder.path(), &[]).await;
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
    let store = SqliteStore::open(&folder.path().join("state/towerhand.db"), Purpose::Tool).await.unwrap();
    let endpoint = format!("ssh://127.9.0.1:{}", r1.ports().ssh.unwrap());
    let shown = store.pin(&endpoint).await.unwrap().unwrap().fingerprint;
    store.close().await;
    daemon.kill();

    let declare = |pin: &str| {
        lab.inventory_yaml().replace("    site: LAB\n", &format!("    site: LAB\n    host_key: \"{pin}\"\n"))
    };
    let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    std::fs::write(folder.path().join("inventory.yaml"), declare(other)).unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    let error = daemon.api.error(CONFIG, json!({ "device": "r1" })).await;
    assert!(error.starts_with("host_key_changed: ") && error.contains(other) && error.contains(&shown), "{error}");
    assert!(error.contains("in the inventory") && !error.contains("accept-key"), "{error}");
    assert_eq!((count(&r1.journal(), "auth", ""), alarms(&daemon.api).await), (1, 1));
    daemon.kill();
    std::fs::write(folder.path().join("inventory.yaml"), declare(&shown)).unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
}
