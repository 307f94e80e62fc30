//! API keys and nonces.

use super::*;
use crate::store::{ApiKeyRow, StoreError};

fn api_key(label: &str) -> ApiKeyRow {
    ApiKeyRow {
        label: label.to_owned(),
        hash: vec![1, 2, 3],
        scopes: vec!["admin".to_owned()],
        created_at: t(0),
        revoked_at: None,
    }
}

pub async fn keys_are_added_listed_and_revoked(lab: &dyn Lab) {
    let store = lab.open().await;
    store.add_key(api_key("b")).await.unwrap();
    store.add_key(api_key("a")).await.unwrap();
    assert!(matches!(store.add_key(api_key("a")).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.keys().await.unwrap(), [api_key("a"), api_key("b")]);
    assert!(store.revoke_key("a", t(5)).await.unwrap());
    assert!(!store.revoke_key("a", t(6)).await.unwrap());
    assert!(!store.revoke_key("c", t(6)).await.unwrap());
    assert_eq!(store.keys().await.unwrap()[0], ApiKeyRow { revoked_at: Some(t(5)), ..api_key("a") });
    store.close().await;
}

pub async fn the_version_changes_from_beside(lab: &dyn Lab) {
    let daemon = lab.open().await;
    let first = daemon.keys_version().await.unwrap();
    let tool = lab.beside().await;
    tool.add_key(api_key("a")).await.unwrap();
    let second = daemon.keys_version().await.unwrap();
    assert_ne!(first, second);
    assert_eq!(daemon.keys().await.unwrap(), [api_key("a")]);
    tool.revoke_key("a", t(1)).await.unwrap();
    assert_ne!(daemon.keys_version().await.unwrap(), second);
    let third = daemon.keys_version().await.unwrap();
    daemon.revoke_key("a", t(1)).await.unwrap();
    submit(&*daemon, writer(1, "10.0.0.1")).await;
    assert_eq!(daemon.keys_version().await.unwrap(), third, "only a change of the keys counts");
    tool.close().await;
    daemon.close().await;
}

pub async fn a_nonce_is_good_once(lab: &dyn Lab) {
    let store = lab.open().await;
    assert!(store.remember_nonce("key", "n", t(60)).await.unwrap());
    assert!(!store.remember_nonce("key", "n", t(90)).await.unwrap());
    assert!(store.remember_nonce("other", "n", t(60)).await.unwrap());
    let each = (0..10).map(|_| store.remember_nonce("key", "m", t(60)));
    let answers = futures_util::future::join_all(each).await;
    assert_eq!(answers.into_iter().filter(|answer| *answer.as_ref().unwrap()).count(), 1);
    store.close().await;
}
