//! Webhooks: signed, retried under the same id, durable.

use std::collections::BTreeSet;

use serde_json::json;

use super::receiver::{Got, Receiver};
use super::{lab, read, turn, until};
use crate::support::{Process, Setup, TestDaemon};

const SECRET: &str = "hook-secret-7731";

fn settings(url: &str) -> String {
    format!("[archive]\nwebhook_retry = '20ms'\n[[archive.webhook]]\nurl = '{url}'\nsecret = 'env:HOOK_SECRET'\n")
}

fn signed(got: &Got) {
    assert_eq!(got.header("x-towerhand-signature"), got.signed_with(SECRET));
    assert_eq!(got.header("x-towerhand-event"), "config.changed");
    assert_eq!(got.json()["delivery"], got.header("x-towerhand-delivery"));
    assert!(got.header("x-towerhand-timestamp").parse::<i64>().unwrap() > 1_700_000_000);
}

#[tokio::test]
async fn a_change_is_told_once_it_is_taken_and_retried_under_the_same_id() {
    let mut receiver = Receiver::start(&[500, 302, 404, 200, 204]).await;
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" }))]).await;
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: settings(&receiver.url),
        variables: vec![("HOOK_SECRET".to_owned(), SECRET.to_owned())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    read(&daemon.api, "r1").await;
    let mut attempts = Vec::new();
    for _ in 0..4 {
        attempts.push(receiver.next().await);
    }
    attempts.iter().for_each(signed);
    let ids: BTreeSet<&str> = attempts.iter().map(|got| got.header("x-towerhand-delivery")).collect();
    let bodies: BTreeSet<&[u8]> = attempts.iter().map(|got| got.body.as_ref()).collect();
    assert_eq!((ids.len(), bodies.len()), (1, 1), "the same id and the same body at every attempt");
    let body = attempts[0].json();
    assert_eq!(
        (&body["event"], &body["device"], &body["version"]),
        (&json!("config.changed"), &json!("r1"), &json!(1))
    );
    assert_eq!((&body["previous_version"], &body["submitted_by"]), (&json!(null), &json!("tester")));
    // Taken: nothing is left, and what does not change is not told.
    until("the end of the delivery", async || daemon.store.next_delivery().await.unwrap().is_none()).await;
    read(&daemon.api, "r1").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(&daemon.api, "r1").await;
    let second = receiver.next().await;
    signed(&second);
    assert_eq!((&second.json()["version"], &second.json()["lines_added"]), (&json!(2), &json!(1)));
    assert!(!ids.contains(second.header("x-towerhand-delivery")));
    until("the end of the delivery", async || daemon.store.next_delivery().await.unwrap().is_none()).await;
    assert!(receiver.is_empty());
    daemon.stop().await;
}

/// The receiver is away, the daemon is killed, both come back: told under the id that was drawn first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
async fn a_delivery_survives_a_kill() {
    let lab = lab(vec![("r1", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    std::fs::write(folder.path().join("towerhand.toml"), settings(&format!("http://{away}/"))).unwrap();
    let variables = [("HOOK_SECRET", SECRET)];
    let daemon = Process::serve(folder.path(), &variables).await;
    read(&daemon.api, "r1").await;
    daemon.kill();
    let database = rusqlite::Connection::open(folder.path().join("state/towerhand.db")).unwrap();
    let id: String = database.query_row("select id from config_outbox", [], |row| row.get(0)).unwrap();
    drop(database);
    let mut receiver = Receiver::over(tokio::net::TcpListener::bind(away).await.unwrap(), &[]);
    let daemon = Process::serve(folder.path(), &variables).await;
    let got = receiver.next().await;
    signed(&got);
    assert_eq!(got.header("x-towerhand-delivery"), id);
    drop(daemon);
}

#[tokio::test]
async fn a_webhook_that_never_takes_it_is_given_up() {
    let mut receiver = Receiver::start(&[500; 1000]).await;
    let lab = lab(vec![("r1", "routeros", json!({}))]).await;
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: settings(&receiver.url).replace("[[", "webhook_give_up = '100ms'\n[["),
        variables: vec![("HOOK_SECRET".to_owned(), SECRET.to_owned())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    read(&daemon.api, "r1").await;
    receiver.next().await;
    until("the end of the delivery", async || daemon.store.next_delivery().await.unwrap().is_none()).await;
    daemon.stop().await;
}
