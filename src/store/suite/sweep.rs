//! Retention.

use super::*;
use crate::store::AuditEntry;

/// Jobs 1 to `ended` end at `t(n)`; one more runs, one waits, one is queued.
async fn fill(store: &dyn Store, ended: u64) {
    for n in 1..=ended {
        submit(store, writer(n, "10.0.0.1")).await;
        let claimed = claim_one(store, t(n as i64)).await;
        finish(store, &claimed, t(n as i64)).await;
    }
    submit(store, writer(1001, "10.0.0.2")).await;
    claim_one(store, t(0)).await;
    submit(store, writer(1002, "10.0.0.3")).await;
    let claimed = claim_one(store, t(0)).await;
    store.end_step(&claimed.lease, t(0), wait(5), Vec::new()).await.unwrap();
    submit(store, writer(1003, "10.0.0.3")).await;
}

async fn left(store: &dyn Store) -> Vec<JobId> {
    store.jobs(500, None).await.unwrap().into_iter().map(|job| job.id).collect()
}

pub async fn old_jobs_go_by_age(lab: &dyn Lab) {
    let store = lab.open().await;
    fill(&*store, 5).await;
    assert_eq!(store.sweep(t(5000), t(4), 100).await.unwrap(), 3);
    assert_eq!(left(&*store).await, [1003, 1002, 1001, 5, 4].map(id));
    assert!(store.events(id(1), 0).await.unwrap().is_empty());
    assert_eq!(said(&*store, id(4)).await.len(), 1);
    assert_eq!(store.sweep(t(5000), t(5000), 100).await.unwrap(), 2);
    assert_eq!(left(&*store).await, [1003, 1002, 1001].map(id), "what has not ended stays");
    assert_eq!(store.sweep(t(5000), t(5000), 0).await.unwrap(), 0);
    store.close().await;
}

pub async fn old_jobs_go_by_count(lab: &dyn Lab) {
    let store = lab.open().await;
    fill(&*store, 5).await;
    assert_eq!(store.sweep(t(5000), t(0), 2).await.unwrap(), 3);
    assert_eq!(left(&*store).await, [1003, 1002, 1001, 5, 4].map(id));
    assert_eq!(store.sweep(t(5000), t(0), 0).await.unwrap(), 2);
    assert_eq!(left(&*store).await, [1003, 1002, 1001].map(id));
    // What was left can still run.
    assert_eq!(ids(&claim(&*store, t(70), 8).await), [1002, 1001].map(id));
    store.close().await;
}

pub async fn old_notifications_go_and_no_other_line_of_the_audit_log(lab: &dyn Lab) {
    let store = lab.open().await;
    for (second, what) in [(1, "trap.received"), (2, "key.create"), (3, "trap.received"), (4, "trap.received")] {
        let line = AuditEntry {
            at: t(second),
            who: "snmp 192.0.2.1".into(),
            what: what.into(),
            subject: second.to_string(),
            job: None,
            detail: String::new(),
        };
        store.audit(line).await.unwrap();
    }
    assert_eq!(store.sweep(t(5000), t(4), 100).await.unwrap(), 0, "they are no jobs");
    let left = store.audit_log(10).await.unwrap();
    assert_eq!(left.iter().map(|line| line.subject.as_str()).collect::<Vec<_>>(), ["4", "2"]);
    store.close().await;
}

pub async fn expired_keys_and_nonces_go(lab: &dyn Lab) {
    let store = lab.open().await;
    store.submit(writer(1, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    store.remember_nonce("key", "n", t(1000)).await.unwrap();
    store.sweep(t(999), t(0), 100).await.unwrap();
    assert!(!store.remember_nonce("key", "n", t(1000)).await.unwrap());
    let again = store.submit(writer(2, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    assert!(matches!(again, Idempotent::Replay(_)));
    store.sweep(t(1000), t(0), 100).await.unwrap();
    assert!(store.remember_nonce("key", "n", t(2000)).await.unwrap());
    // Deleted, not only expired: it is gone for a request from before its end, too.
    let again = store.submit(writer(3, "10.0.0.1"), Some(key("k", 2)), answer()).await.unwrap();
    assert!(matches!(again, Idempotent::Fresh(_)));
    store.close().await;
}
