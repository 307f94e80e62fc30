//! Maintenance windows and black-outs.

use super::*;
use crate::store::{AuditEntry, Signal, StoreError, WindowRow};

fn window(name: &str) -> WindowRow {
    WindowRow {
        name: name.to_owned(),
        kind: "blackout".to_owned(),
        spec: json!({"name": name, "time": "02:00-05:00", "days": ["tue"], "zone": "Europe/Dublin"}),
        made_by: "noc".to_owned(),
        made_at: t(3),
    }
}

fn line(what: &str, name: &str) -> AuditEntry {
    AuditEntry {
        at: t(3),
        who: "noc".to_owned(),
        what: what.to_owned(),
        subject: name.to_owned(),
        job: None,
        detail: String::new(),
    }
}

fn answered(text: &str) -> StoredResponse {
    StoredResponse { status: 201, body: text.as_bytes().to_vec() }
}

pub async fn windows_are_added_listed_and_removed(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut signals = store.signals();
    for name in ["b", "a"] {
        let added = store.add_window(window(name), line("window.add", name), None, answered(name)).await.unwrap();
        assert_eq!(added, Idempotent::Fresh(answered(name)));
        assert_eq!(signals.recv().await.unwrap(), Signal::Windows);
    }
    let again = store.add_window(window("a"), line("window.add", "a"), None, answered("a")).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(store.windows().await.unwrap(), [window("a"), window("b")]);
    assert!(store.remove_window("a", line("window.remove", "a")).await.unwrap());
    assert_eq!(signals.recv().await.unwrap(), Signal::Windows);
    assert!(!store.remove_window("a", line("window.remove", "a")).await.unwrap());
    store.close().await;
    let store = lab.open().await;
    assert_eq!(store.windows().await.unwrap(), [window("b")]);
    // What came to nothing left no line.
    let log: Vec<_> = store.audit_log(10).await.unwrap().into_iter().map(|line| (line.what, line.subject)).collect();
    let entry = |what: &str, name: &str| (what.to_owned(), name.to_owned());
    assert_eq!(log, [entry("window.remove", "a"), entry("window.add", "a"), entry("window.add", "b")]);
    store.close().await;
}

pub async fn a_window_that_is_asked_for_again_is_there_once(lab: &dyn Lab) {
    let store = lab.open().await;
    let add = async |name: &str, body: u8| {
        store.add_window(window(name), line("window.add", name), Some(key("k", body)), answered(name)).await.unwrap()
    };
    assert_eq!(add("a", 1).await, Idempotent::Fresh(answered("a")));
    assert_eq!(add("a", 1).await, Idempotent::Replay(answered("a")));
    assert_eq!(add("b", 2).await, Idempotent::Mismatch);
    assert_eq!(store.windows().await.unwrap(), [window("a")]);
    assert_eq!(store.audit_log(10).await.unwrap().len(), 1);
    store.close().await;
}
