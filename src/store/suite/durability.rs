//! What is left after a process died.

use super::*;
use crate::store::StoreError;

pub async fn what_was_answered_survives_a_crash(lab: &dyn Lab) {
    let store = lab.open().await;
    let first = store.submit(writer(1, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    let Idempotent::Fresh(response) = first else { panic!("{first:?}") };
    submit(&*store, writer(2, "10.0.0.2")).await;
    let both = claim(&*store, t(0), 2).await;
    store.append(&both[0].lease, vec![event("half way")]).await.unwrap();
    finish(&*store, &both[1], t(1)).await;
    submit(&*store, job(3, None, Access::Read)).await;
    let mut before = Vec::new();
    for n in 1..=3 {
        before.push((stored(&*store, id(n)).await, said(&*store, id(n)).await));
    }
    // No close: the process is gone.
    drop(store);
    let store = lab.open().await;
    for (n, before) in (1..).zip(&before) {
        assert_eq!(&(stored(&*store, id(n)).await, said(&*store, id(n)).await), before);
    }
    let again = store.submit(writer(4, "10.0.0.1"), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(again, Idempotent::Replay(response));
    assert_eq!(ids(&claim(&*store, t(2), 8).await), [id(3)], "the lease of the first is still good");
    store.end_step(&both[0].lease, t(3), success(), Vec::new()).await.unwrap();
    store.close().await;
}

pub async fn a_lease_of_a_dead_process_is_released(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in 1..=4 {
        submit(&*store, writer(n, &format!("10.0.0.{n}"))).await;
    }
    let claimed = claim(&*store, t(0), 3).await;
    store.end_step(&claimed[0].lease, t(0), wait(1000), Vec::new()).await.unwrap();
    finish(&*store, &claimed[1], t(0)).await;
    drop(store);
    let store = lab.open().await;
    assert!(store.release_foreign("a", t(1)).await.unwrap().is_empty(), "its own");
    assert_eq!(store.release_foreign("b", t(1)).await.unwrap(), [id(3)]);
    for outcome in [
        store.append(&claimed[2].lease, vec![event("late")]).await,
        store.end_step(&claimed[2].lease, t(1), success(), Vec::new()).await,
        store.renew(&claimed[2].lease, t(1), LEASE).await.map(|_| ()),
    ] {
        assert!(matches!(outcome, Err(StoreError::LostLease(_))), "{outcome:?}");
    }
    let ready = store.claim("b", t(1), LEASE, 8, READERS).await.unwrap();
    assert_eq!(ids(&ready), [4, 3].map(id));
    assert_eq!((ready[0].job.attempt, ready[1].job.attempt), (1, 2));
    store.close().await;
}

pub async fn close_ends_everything(lab: &dyn Lab) {
    let store = lab.open().await;
    let pending = submit(&*store, writer(1, "10.0.0.1"));
    let ping = store.ping();
    futures_util::future::join(pending, async { ping.await.unwrap() }).await;
    store.close().await;
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Engine(_))));
    assert!(matches!(store.jobs(1, None).await, Err(StoreError::Engine(_))));
    drop(store);
    let store = lab.open().await;
    assert_eq!(stored(&*store, id(1)).await.status, JobStatus::Queued);
    store.close().await;
}
