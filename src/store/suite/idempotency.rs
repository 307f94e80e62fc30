//! One key, one job, one answer.

use super::*;
use crate::store::{AuditEntry, Cancelled};

pub async fn parallel_duplicates_make_one_job(lab: &dyn Lab) {
    let store = lab.open().await;
    let each = (0..20).map(|n| store.submit(writer(n, "10.0.0.1"), Some(key("k", 1)), answer()));
    let answers = futures_util::future::join_all(each).await;
    let mut bodies = Vec::new();
    let mut fresh = 0;
    for answer in answers {
        match answer.unwrap() {
            Idempotent::Fresh(response) => {
                fresh += 1;
                bodies.push(response);
            }
            Idempotent::Replay(response) => bodies.push(response),
            Idempotent::Mismatch => panic!("the bodies were the same"),
        }
    }
    assert_eq!((fresh, bodies.len()), (1, 20));
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(store.jobs(100, None).await.unwrap().len(), 1);
    assert_eq!(claim(&*store, t(1), 20).await.len(), 1);
    store.close().await;
}

pub async fn a_replay_is_the_same_bytes(lab: &dyn Lab) {
    let store = lab.open().await;
    let body = vec![0, 255, b'{', b'\n', 0xc3];
    let response = StoredResponse { status: 299, body };
    let render = response.clone();
    let first = store.submit(writer(1, "10.0.0.1"), Some(key("k", 1)), Box::new(move |_| render)).await.unwrap();
    assert_eq!(first, Idempotent::Fresh(response.clone()));
    let claimed = claim_one(&*store, t(1)).await;
    finish(&*store, &claimed, t(2)).await;
    let before = store.signals();
    let again = store.submit(writer(2, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(again, Idempotent::Replay(response));
    assert!(before.is_empty(), "a replay has nothing to say");
    assert!(store.job(&id(2).to_string()).await.unwrap().is_none());
    // Rendered from the job as it is stored.
    let third = store.submit(writer(3, "10.0.0.1"), None, answer()).await.unwrap();
    let seq = stored(&*store, id(3)).await.seq;
    let body = format!("{} {seq} queued", id(3)).into_bytes();
    assert_eq!(third, Idempotent::Fresh(StoredResponse { status: 202, body }));
    store.close().await;
}

pub async fn a_line_of_the_audit_log_comes_with_its_job(lab: &dyn Lab) {
    let store = lab.open().await;
    let line = AuditEntry {
        at: t(0),
        who: "omni".to_owned(),
        what: "job.submit".to_owned(),
        subject: "10.0.0.1".to_owned(),
        job: Some(id(1)),
        detail: "device.reboot".to_owned(),
    };
    // The first is kept; the second is a replay, the third refused, and neither leaves a line.
    for (n, body) in [(1, 1), (2, 1), (3, 2)] {
        let job = NewJob { audit: Some(line.clone()), ..writer(n, "10.0.0.1") };
        store.submit(job, Some(key("k", body)), answer()).await.unwrap();
    }
    assert_eq!(store.audit_log(10).await.unwrap(), [line]);
    store.close().await;
}

pub async fn another_body_is_a_mismatch(lab: &dyn Lab) {
    let store = lab.open().await;
    store.submit(writer(1, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    let other = store.submit(writer(2, "10.0.0.1"), Some(key("k", 2)), answer()).await.unwrap();
    assert_eq!(other, Idempotent::Mismatch);
    assert_eq!(store.jobs(100, None).await.unwrap().len(), 1);
    store.close().await;
}

pub async fn an_expired_key_is_free(lab: &dyn Lab) {
    let store = lab.open().await;
    store.submit(writer(1, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    let last = NewJob { created_at: t(999), ..writer(2, "10.0.0.1") };
    assert!(matches!(store.submit(last, Some(key("k", 1)), answer()).await.unwrap(), Idempotent::Replay(_)));
    let late = NewJob { created_at: t(1000), ..writer(3, "10.0.0.1") };
    let renewed = IdempotencyKey { expires_at: t(2000), ..key("k", 2) };
    assert!(matches!(store.submit(late, Some(renewed.clone()), answer()).await.unwrap(), Idempotent::Fresh(_)));
    let later = NewJob { created_at: t(1001), ..writer(4, "10.0.0.1") };
    assert!(matches!(store.submit(later, Some(renewed), answer()).await.unwrap(), Idempotent::Replay(_)));
    assert_eq!(store.jobs(100, None).await.unwrap().len(), 2);
    store.close().await;
}

pub async fn owner_method_and_path_are_part_of_the_key(lab: &dyn Lab) {
    let store = lab.open().await;
    let others = [
        key("k", 1),
        key("K", 1),
        IdempotencyKey { owner: "noc".to_owned(), ..key("k", 1) },
        IdempotencyKey { method: "PUT".to_owned(), ..key("k", 1) },
        IdempotencyKey { path: "/api/v2/omni/other".to_owned(), ..key("k", 1) },
    ];
    for (n, key) in (0..).zip(others) {
        let answer = store.submit(writer(n, "10.0.0.1"), Some(key), answer()).await.unwrap();
        assert!(matches!(answer, Idempotent::Fresh(_)));
    }
    store.close().await;
}

pub async fn a_replay_outlives_its_job(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await.to_string();
    let first = store.cancel(&id, t(1), Some(key("k", 1)), answer()).await.unwrap();
    let Cancelled::Answered(Idempotent::Fresh(response)) = first else { panic!("{first:?}") };
    assert_eq!(store.sweep(t(2), t(2), 100).await.unwrap(), 1);
    let replay = store.cancel(&id, t(3), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(replay, Cancelled::Answered(Idempotent::Replay(response)));
    assert_eq!(store.cancel(&id, t(3), Some(key("l", 1)), answer()).await.unwrap(), Cancelled::NotFound);
    // What was not found is not remembered either.
    assert_eq!(store.cancel(&id, t(3), Some(key("l", 2)), answer()).await.unwrap(), Cancelled::NotFound);
    store.close().await;
}
