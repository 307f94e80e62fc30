//! Leases: given, renewed, lost.

use serde_json::json;

use super::*;
use crate::store::StoreError;

pub async fn a_claimed_job_is_running_and_says_so(lab: &dyn Lab) {
    let store = lab.open().await;
    let submitted = writer(1, "10.0.0.1");
    let id = submit(&*store, submitted.clone()).await;
    let queued = stored(&*store, id).await;
    assert_eq!((queued.status, queued.attempt, queued.started_at), (JobStatus::Queued, 0, None));
    assert!(said(&*store, id).await.is_empty());

    let claimed = claim_one(&*store, t(5)).await;
    assert_eq!(claimed.scopes, submitted.scopes);
    assert_eq!(claimed.lease.expires_at, t(65));
    assert_eq!(claimed.job, stored(&*store, id).await);
    let Job { status, attempt, started_at, finished_at, payload, lane, .. } = claimed.job;
    assert_eq!((status, attempt, started_at, finished_at), (JobStatus::Running, 1, Some(t(5)), None));
    assert_eq!((payload, lane.as_deref()), (submitted.payload, Some("10.0.0.1")));
    assert_eq!(said(&*store, id).await, [(Level::Info, "Started action 'device.reboot'".to_owned())]);

    let end = StepEnd::Finish {
        status: JobStatus::Error,
        result: None,
        error: Some("timeout: no answer".to_owned()),
        error_class: Some("timeout".to_owned()),
    };
    let last = NewEvent { at: t(9), level: Level::Error, message: "timeout: no answer".to_owned() };
    store.end_step(&claimed.lease, t(9), end, vec![last]).await.unwrap();
    let ended = stored(&*store, id).await;
    assert_eq!((ended.status, ended.started_at, ended.finished_at), (JobStatus::Error, Some(t(5)), Some(t(9))));
    assert_eq!((ended.result, ended.error.as_deref()), (None, Some("timeout: no answer")));
    assert_eq!(ended.error_class.as_deref(), Some("timeout"));
    assert_eq!(said(&*store, id).await.len(), 2);
    store.close().await;
}

/// Every write under `lease` is refused, and nothing of the job changes.
async fn refused(store: &dyn Store, lease: &crate::store::Lease, now: jiff::Timestamp) {
    let before = (stored(store, lease.job).await, said(store, lease.job).await);
    let lost = |outcome| assert!(matches!(outcome, Err(StoreError::LostLease(job)) if job == lease.job), "{outcome:?}");
    lost(store.renew(lease, now, LEASE).await.map(|_| ()));
    lost(store.append(lease, vec![event("late")]).await);
    lost(store.end_step(lease, now, success(), vec![event("late")]).await);
    lost(store.end_step(lease, now, wait(500), vec![event("late")]).await);
    assert_eq!((stored(store, lease.job).await, said(store, lease.job).await), before);
}

pub async fn a_lost_lease_changes_nothing(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let first = claim_one(&*store, t(0)).await;
    assert!(claim(&*store, t(59), 8).await.is_empty());
    let second = claim_one(&*store, t(60)).await;
    assert_eq!((second.job.attempt, second.job.started_at), (2, Some(t(0))));
    assert!(second.lease.token > first.lease.token);
    assert_eq!(
        said(&*store, id).await,
        [
            (Level::Info, "Started action 'device.reboot'".to_owned()),
            (Level::Info, "Continuing action 'device.reboot' (attempt 2)".to_owned()),
        ]
    );
    refused(&*store, &first.lease, t(61)).await;
    // Nor does another owner's name help, nor a guessed token.
    refused(&*store, &crate::store::Lease { owner: "b".to_owned(), ..second.lease.clone() }, t(61)).await;
    refused(&*store, &crate::store::Lease { token: second.lease.token + 1, ..second.lease.clone() }, t(61)).await;
    finish(&*store, &second, t(61)).await;
    refused(&*store, &second.lease, t(62)).await;
    store.close().await;
}

pub async fn an_expired_lease_is_refused_before_anyone_takes_over(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let lost = store.end_step(&claimed.lease, t(60), success(), Vec::new()).await;
    assert!(matches!(lost, Err(StoreError::LostLease(_))));
    assert!(matches!(store.renew(&claimed.lease, t(60), LEASE).await, Err(StoreError::LostLease(_))));
    store.close().await;
}

pub async fn a_renewed_lease_lasts(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let renewed = store.renew(&claimed.lease, t(50), LEASE).await.unwrap();
    assert_eq!((renewed.expires_at, renewed.token), (t(110), claimed.lease.token));
    assert_eq!(store.next_wake(t(50)).await.unwrap(), Some(t(110)));
    assert!(claim(&*store, t(109), 8).await.is_empty());
    store.end_step(&renewed, t(109), success(), Vec::new()).await.unwrap();
    assert!(claim(&*store, t(1000), 8).await.is_empty());
    store.close().await;
}

pub async fn a_wake_up_is_no_new_attempt(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    let first = claim_one(&*store, t(0)).await;
    store.end_step(&first.lease, t(1), wait(5400), vec![event("loading")]).await.unwrap();
    let waiting = stored(&*store, id).await;
    assert_eq!((waiting.status, waiting.attempt), (JobStatus::Running, 1));
    refused(&*store, &first.lease, t(2)).await;
    assert!(claim(&*store, t(5399), 8).await.is_empty());
    let second = claim_one(&*store, t(5400)).await;
    assert_eq!((second.job.attempt, &second.job.step), (1, &Some(json!({"next": "observe"}))));
    assert_eq!(said(&*store, id).await.len(), 2);
    // And a lease lost in a later step is.
    let third = claim_one(&*store, t(5460)).await;
    assert_eq!((third.job.attempt, &third.job.step), (2, &second.job.step));
    store.close().await;
}

pub async fn a_token_rises_with_every_lease_of_a_lane(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut last = 0;
    for n in 0..4 {
        submit(&*store, writer(n, "10.0.0.1")).await;
    }
    for n in 0..4 {
        let claimed = claim_one(&*store, t(n)).await;
        assert!(claimed.lease.token > last);
        last = claimed.lease.token;
        finish(&*store, &claimed, t(n)).await;
    }
    store.close().await;
}

pub async fn an_end_must_be_an_end(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, writer(1, "10.0.0.1")).await;
    let claimed = claim_one(&*store, t(0)).await;
    let end = StepEnd::Finish { status: JobStatus::Queued, result: None, error: None, error_class: None };
    let refused = store.end_step(&claimed.lease, t(1), end, Vec::new()).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    finish(&*store, &claimed, t(1)).await;
    store.close().await;
}

pub async fn a_lane_is_written_to_while_a_writer_is_at_work(lab: &dyn Lab) {
    let store = lab.open().await;
    let written = async |second| store.is_written_to("10.0.0.1", t(second)).await.unwrap();
    submit(&*store, reader(1, "10.0.0.1")).await;
    let reading = claim_one(&*store, t(0)).await;
    submit(&*store, writer(2, "10.0.0.1")).await;
    submit(&*store, writer(3, "10.0.0.2")).await;
    claim_one(&*store, t(0)).await;
    assert!(!written(1).await, "a reader, and a writer on another device");
    finish(&*store, &reading, t(1)).await;
    assert!(!written(2).await, "a writer that has not begun");
    let writing = claim_one(&*store, t(2)).await;
    assert!(written(3).await);
    assert!(!written(62).await, "its lease has expired");
    store.end_step(&writing.lease, t(4), wait(50), Vec::new()).await.unwrap();
    assert!(!written(5).await, "it waits");
    assert!(!store.is_written_to("10.0.0.9", t(5)).await.unwrap());
    store.close().await;
}
