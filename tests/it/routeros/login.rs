//! Algorithms: M18.

use serde_json::json;
use towerhand::model::{FailureClass, SshProfile};
use towerhand::transport::ssh::Connection;

use super::bench::Bench;

async fn open(bench: &mut Bench, profile: SshProfile) -> Result<Connection, towerhand::model::Failure> {
    bench.target.ssh_profile = profile;
    Connection::open(&bench.cx, &bench.target, &bench.ssh, None).await
}

#[tokio::test]
async fn m18_old_algorithms_only_where_they_are_allowed() {
    for profile in ["sha1-only", "ros6-default"] {
        let mut bench = Bench::start(json!({"version": "6.49.17", "profile": profile})).await;
        let failure = open(&mut bench, SshProfile::Modern).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.sentence.contains("legacy"), "says what to do: {failure}");
        assert_eq!(bench.received("auth"), [""; 0]);
        let connection = open(&mut bench, SshProfile::Legacy).await.unwrap();
        assert!(!connection.negotiated().weak().is_empty());
        connection.close().await;
        assert!(bench.notes().iter().any(|note| note.contains("weak: ")), "{:?}", bench.notes());
        let facts = bench.router().facts().await.unwrap();
        assert_eq!(facts.version.as_deref(), Some("6.49.17"));
    }
}

#[tokio::test]
async fn m18_group_exchange_may_end_at_2048_bits() {
    let mut bench = Bench::start(json!({"profile": "gex-2048"})).await;
    let connection = open(&mut bench, SshProfile::Legacy).await.unwrap();
    assert_eq!(connection.negotiated().kex, "diffie-hellman-group-exchange-sha256");
    connection.close().await;
}

#[tokio::test]
async fn m18_dsa_has_a_permission_of_its_own() {
    let mut bench = Bench::start(json!({"version": "6.49.17", "profile": "dsa"})).await;
    for profile in [SshProfile::Modern, SshProfile::Legacy] {
        let failure = open(&mut bench, profile).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.sentence.contains("legacy"), "{failure}");
    }
    open(&mut bench, SshProfile::LegacyDsa).await.unwrap().close().await;
}

#[tokio::test]
async fn m18_a_strong_router_gets_nothing_weak() {
    let mut bench = Bench::start(json!({"profile": "ros7-strong"})).await;
    let connection = open(&mut bench, SshProfile::Modern).await.unwrap();
    assert_eq!(connection.negotiated().weak(), [""; 0]);
    connection.close().await;
}
