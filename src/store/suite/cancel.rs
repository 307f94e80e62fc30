//! Cancelling in every state.

use super::*;
use crate::store::{Cancelled, Signal};

fn asked() -> (Level, String) {
    (Level::Warning, "Cancel requested".to_owned())
}

async fn cancel(store: &dyn Store, id: JobId, now: Timestamp) -> String {
    match store.cancel(&id.to_string(), now, None, answer()).await.unwrap() {
        Cancelled::Answered(Idempotent::Fresh(response)) => String::from_utf8(response.body).unwrap(),
        other => panic!("{other:?}"),
    }
}

pub async fn a_queued_job_ends_at_once(lab: &dyn Lab) {
    let store = lab.open().await;
    for (n, lane) in [(1, Some("10.0.0.1")), (2, None)] {
        let id = submit(&*store, job(n, lane, Access::Write)).await;
        assert!(cancel(&*store, id, t(5)).await.ends_with(" cancelled"));
        let ended = stored(&*store, id).await;
        assert_eq!((ended.status, ended.started_at, ended.finished_at), (JobStatus::Cancelled, None, Some(t(5))));
        assert!(ended.cancel_requested);
        assert!(claim(&*store, t(6), 8).await.is_empty());
        cancel(&*store, id, t(7)).await;
        assert_eq!(stored(&*store, id).await, ended, "nothing moves");
        assert_eq!(said(&*store, id).await, [asked(), asked()]);
    }
    store.close().await;
}

pub async fn a_running_job_is_flagged_and_signalled(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let (mut signals, mut watch) = (store.signals(), store.watch(id));
    assert!(cancel(&*store, id, t(1)).await.ends_with(" running"));
    watch.changed().await;
    let mut heard = Vec::new();
    while let Ok(signal) = signals.try_recv() {
        heard.push(signal);
    }
    assert!(heard.contains(&Signal::Cancel(id)), "{heard:?}");
    let flagged = stored(&*store, id).await;
    assert_eq!((flagged.status, flagged.cancel_requested, flagged.finished_at), (JobStatus::Running, true, None));
    assert!(claim(&*store, t(1), 8).await.is_empty(), "its worker still has it");
    let end = StepEnd::Finish { status: JobStatus::Cancelled, result: None, error: None, error_class: None };
    store.end_step(&claimed.lease, t(2), end, Vec::new()).await.unwrap();
    assert_eq!(stored(&*store, id).await.status, JobStatus::Cancelled);
    store.close().await;
}

pub async fn a_waiting_job_is_woken(lab: &dyn Lab) {
    let store = lab.open().await;
    for (n, lane) in [(1, Some("10.0.0.1")), (2, None)] {
        let id = submit(&*store, job(n, lane, Access::Write)).await;
        let claimed = claim_one(&*store, t(0)).await;
        store.end_step(&claimed.lease, t(0), wait(5400), Vec::new()).await.unwrap();
        let mut signals = store.signals();
        cancel(&*store, id, t(1)).await;
        assert_eq!(signals.recv().await, Ok(Signal::Ready));
        let woken = claim_one(&*store, t(1)).await;
        assert!(woken.job.cancel_requested);
        // A step that knows may wait again, and is not woken again and again.
        store.end_step(&woken.lease, t(2), wait(100), Vec::new()).await.unwrap();
        assert!(claim(&*store, t(2), 8).await.is_empty());
        let last = claim_one(&*store, t(100)).await;
        finish(&*store, &last, t(100)).await;
    }
    store.close().await;
}

pub async fn a_step_that_did_not_see_it_does_not_wait(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    cancel(&*store, id, t(1)).await;
    store.end_step(&claimed.lease, t(2), wait(5400), Vec::new()).await.unwrap();
    assert!(claim_one(&*store, t(2)).await.job.cancel_requested);
    store.close().await;
}

pub async fn a_finished_job_keeps_its_outcome(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    finish(&*store, &claimed, t(1)).await;
    let before = stored(&*store, id).await;
    assert!(cancel(&*store, id, t(2)).await.ends_with(" success"));
    assert_eq!(stored(&*store, id).await, Job { cancel_requested: true, ..before });
    assert_eq!(said(&*store, id).await.last(), Some(&asked()));
    store.close().await;
}

pub async fn an_unknown_job_is_not_found(lab: &dyn Lab) {
    let store = lab.open().await;
    let unknown = store.cancel(&id(7).to_string(), t(0), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(unknown, Cancelled::NotFound);
    store.close().await;
}

pub async fn a_replay_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let first = store.cancel(&id.to_string(), t(1), Some(key("k", 1)), answer()).await.unwrap();
    let Cancelled::Answered(Idempotent::Fresh(response)) = first else { panic!("{first:?}") };
    finish(&*store, &claimed, t(2)).await;
    let before = (stored(&*store, id).await, said(&*store, id).await);
    let again = store.cancel(&id.to_string(), t(3), Some(key("k", 1)), answer()).await.unwrap();
    assert_eq!(again, Cancelled::Answered(Idempotent::Replay(response)));
    let other = store.cancel(&id.to_string(), t(3), Some(key("k", 2)), answer()).await.unwrap();
    assert_eq!(other, Cancelled::Answered(Idempotent::Mismatch));
    assert_eq!((stored(&*store, id).await, said(&*store, id).await), before);
    store.close().await;
}

pub async fn a_queued_writer_that_is_cancelled_lets_readers_by(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, reader(1, "10.0.0.1")).await;
    claim_one(&*store, t(0)).await;
    submit(&*store, writer(2, "10.0.0.1")).await;
    submit(&*store, reader(3, "10.0.0.1")).await;
    assert!(claim(&*store, t(1), 8).await.is_empty());
    cancel(&*store, id(2), t(2)).await;
    assert_eq!(claim_one(&*store, t(2)).await.job.id, id(3));
    store.close().await;
}
