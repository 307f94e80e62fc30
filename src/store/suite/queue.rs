//! The queue: order, exclusion, wake-ups, counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::FutureExt as _;
use serde_json::Value;

use super::*;
use crate::clock::Clock;
use crate::store::{QueueDepth, Signal};

pub async fn lanes_are_served_in_turn(lab: &dyn Lab) {
    let store = lab.open().await;
    // Three jobs on one device before one each on two others and two without a device.
    for n in 1..=3 {
        submit(&*store, writer(n, "10.0.0.1")).await;
    }
    submit(&*store, writer(4, "10.0.0.2")).await;
    submit(&*store, job(5, None, Access::Write)).await;
    submit(&*store, writer(6, "10.0.0.3")).await;
    submit(&*store, job(7, None, Access::Write)).await;
    submit(&*store, writer(8, "10.0.0.2")).await;
    let mut order = Vec::new();
    for n in 0..8 {
        let claimed = claim(&*store, t(n), 1).await.pop().unwrap();
        order.push(claimed.job.id);
        finish(&*store, &claimed, t(n)).await;
    }
    assert_eq!(order, [1, 4, 5, 6, 7, 2, 8, 3].map(id));
    // The same at once.
    for n in [11, 12] {
        submit(&*store, writer(n, "10.0.0.3")).await;
        submit(&*store, writer(n + 10, "10.0.0.1")).await;
    }
    let both = claim(&*store, t(20), 8).await;
    assert_eq!(ids(&both), [11, 21].map(id));
    // A lane that could give another reader waits its turn for it.
    for (n, lane) in [(31, "10.0.1.1"), (32, "10.0.1.1"), (33, "10.0.1.2"), (34, "10.0.1.2")] {
        submit(&*store, reader(n, lane)).await;
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(ids(&claim(&*store, t(20), 1).await));
    }
    assert_eq!(order, [31, 33, 32, 34].map(id));
    store.close().await;
}

pub async fn within_a_lane_first_come_first_served(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in [5, 3, 4] {
        submit(&*store, writer(n, "10.0.0.1")).await;
    }
    for n in [5, 3, 4] {
        let claimed = claim_one(&*store, t(1)).await;
        assert_eq!(claimed.job.id, id(n));
        finish(&*store, &claimed, t(1)).await;
    }
    assert!(claim(&*store, t(1), 8).await.is_empty());
    store.close().await;
}

pub async fn one_writer_or_a_few_readers(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in 1..=3 {
        submit(&*store, reader(n, "10.0.0.1")).await;
    }
    submit(&*store, writer(4, "10.0.0.1")).await;
    submit(&*store, writer(5, "10.0.0.1")).await;
    submit(&*store, reader(6, "10.0.0.1")).await;
    // Two readers are the limit.
    let readers = claim(&*store, t(0), 8).await;
    assert_eq!(ids(&readers), [1, 2].map(id));
    finish(&*store, &readers[1], t(1)).await;
    let third = claim_one(&*store, t(1)).await;
    assert_eq!(third.job.id, id(3));
    finish(&*store, &readers[0], t(2)).await;
    assert!(claim(&*store, t(2), 8).await.is_empty(), "a writer beside a reader");
    finish(&*store, &third, t(3)).await;
    let fourth = claim_one(&*store, t(3)).await;
    assert_eq!(fourth.job.id, id(4));
    finish(&*store, &fourth, t(4)).await;
    let fifth = claim_one(&*store, t(4)).await;
    assert_eq!(fifth.job.id, id(5), "a reader beside a writer, or before its turn");
    finish(&*store, &fifth, t(5)).await;
    assert_eq!(claim_one(&*store, t(5)).await.job.id, id(6));
    store.close().await;
}

pub async fn readers_do_not_starve_a_writer(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, reader(1, "10.0.0.1")).await;
    let mut held = claim_one(&*store, t(0)).await;
    submit(&*store, writer(2, "10.0.0.1")).await;
    for n in 3..=6 {
        submit(&*store, reader(n, "10.0.0.1")).await;
        assert!(claim(&*store, t(1), 8).await.is_empty(), "a reader went past the waiting writer");
    }
    finish(&*store, &held, t(2)).await;
    held = claim_one(&*store, t(2)).await;
    assert_eq!(held.job.id, id(2));
    finish(&*store, &held, t(3)).await;
    assert_eq!(ids(&claim(&*store, t(3), 8).await), [3, 4].map(id));
    store.close().await;
}

pub async fn a_waiting_job_gives_the_device_back(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, writer(1, "10.0.0.1")).await;
    submit(&*store, writer(2, "10.0.0.1")).await;
    submit(&*store, writer(3, "10.0.0.1")).await;
    let first = claim_one(&*store, t(0)).await;
    store.end_step(&first.lease, t(1), wait(10), Vec::new()).await.unwrap();
    let second = claim_one(&*store, t(1)).await;
    assert_eq!(second.job.id, id(2));
    // Due, but the device is held; then it goes before the younger one.
    assert!(claim(&*store, t(10), 8).await.is_empty());
    finish(&*store, &second, t(11)).await;
    assert_eq!(claim_one(&*store, t(11)).await.job.id, id(1));
    store.close().await;
}

/// The race of the obvious query (claiming what another has just claimed) would run some jobs twice.
pub async fn nothing_is_claimed_twice(lab: &dyn Lab) {
    const JOBS: u64 = 2000;
    let store = lab.open().await;
    let filling = async {
        for some in 0..JOBS / 50 {
            let each = (some * 50..some * 50 + 50).map(|n| {
                let lane = format!("10.0.0.{}", n % 40);
                let access = if n % 3 == 0 { Access::Read } else { Access::Write };
                submit(&*store, job(n, (n % 10 != 0).then_some(lane.as_str()), access))
            });
            futures_util::future::join_all(each).await;
        }
    };
    // What each lane is used by at the moment: writers, readers.
    let used: Mutex<BTreeMap<String, (u32, u32)>> = Mutex::default();
    let ran: Mutex<Vec<JobId>> = Mutex::default();
    let worker = |nth: usize| {
        let (store, used, ran) = (&store, &used, &ran);
        async move {
            let owner = format!("worker {nth}");
            let mut signals = store.signals();
            while ran.lock().unwrap().len() < JOBS as usize {
                let claimed = store.claim(&owner, t(1), LEASE, 3, READERS).await.unwrap();
                if claimed.is_empty() {
                    // Lagging or not, or the others did the last: look again.
                    let _ = Clock::system().timeout(Duration::from_millis(20), signals.recv()).await;
                    continue;
                }
                for claimed in &claimed {
                    let Some(lane) = &claimed.job.lane else { continue };
                    let mut used = used.lock().unwrap();
                    let (writers, readers) = used.entry(lane.clone()).or_default();
                    match claimed.job.access {
                        Access::Write => *writers += 1,
                        Access::Read => *readers += 1,
                    }
                    let free = matches!((*writers, *readers), (1, 0) | (0, ..=READERS));
                    assert!(free, "{lane}: {writers} writers, {readers} readers");
                }
                for claimed in &claimed {
                    if let Some(lane) = &claimed.job.lane {
                        let mut used = used.lock().unwrap();
                        let (writers, readers) = used.get_mut(lane).unwrap();
                        match claimed.job.access {
                            Access::Write => *writers -= 1,
                            Access::Read => *readers -= 1,
                        }
                    }
                    ran.lock().unwrap().push(claimed.job.id);
                    finish(&**store, claimed, t(2)).await;
                }
            }
        }
    };
    futures_util::future::join(filling, futures_util::future::join_all((0..8).map(worker))).await;
    let ran = ran.into_inner().unwrap();
    assert_eq!(ran.len(), JOBS as usize);
    assert_eq!(ran.iter().collect::<BTreeSet<_>>().len(), JOBS as usize);
    let depth = store.depth(t(3)).await.unwrap();
    assert_eq!(depth, QueueDepth { success: JOBS, ..QueueDepth::default() });
    store.close().await;
}

pub async fn a_submission_wakes_a_listener(lab: &dyn Lab) {
    let store = lab.open().await;
    let mut signals = store.signals();
    assert!(claim(&*store, t(0), 1).await.is_empty());
    let id = submit(&*store, writer(1, "10.0.0.1")).await;
    assert_eq!(signals.recv().await, Ok(Signal::Ready));
    let mut watch = store.watch(id);
    let other = submit(&*store, writer(2, "10.0.0.1")).await;
    assert_eq!(signals.recv().await, Ok(Signal::Ready));
    let claimed = claim_one(&*store, t(0)).await;
    watch.changed().await;
    store.append(&claimed.lease, vec![event("half way")]).await.unwrap();
    watch.changed().await;
    finish(&*store, &claimed, t(1)).await;
    watch.changed().await;
    assert_eq!(signals.recv().await, Ok(Signal::Ready), "the lane is free for the other");
    // A refused write says nothing.
    store.append(&claimed.lease, vec![event("late")]).await.unwrap_err();
    let last = claim_one(&*store, t(1)).await;
    assert_eq!(last.job.id, other);
    finish(&*store, &last, t(2)).await;
    store.ping().await.unwrap();
    assert!(signals.is_empty(), "nothing is left to claim");
    assert!(watch.changed().now_or_never().is_none());
    store.close().await;
}

pub async fn next_wake_is_the_earliest(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.next_wake(t(0)).await.unwrap(), None);
    for (n, wake) in [(1, 300), (2, 100), (3, 200)] {
        submit(&*store, writer(n, &format!("10.0.0.{n}"))).await;
        let claimed = claim_one(&*store, t(0)).await;
        assert_eq!(store.next_wake(t(0)).await.unwrap(), Some(t(60)), "the lease's expiry");
        store.end_step(&claimed.lease, t(0), wait(wake), Vec::new()).await.unwrap();
    }
    assert_eq!(store.next_wake(t(0)).await.unwrap(), Some(t(100)));
    let second = claim_one(&*store, t(100)).await;
    assert_eq!(second.job.id, id(2));
    finish(&*store, &second, t(101)).await;
    assert_eq!(store.next_wake(t(101)).await.unwrap(), Some(t(200)));
    // The longest due first.
    assert_eq!(ids(&claim(&*store, t(400), 8).await), [3, 1].map(id));
    store.close().await;
}

pub async fn depth_counts(lab: &dyn Lab) {
    let store = lab.open().await;
    assert_eq!(store.depth(t(0)).await.unwrap(), QueueDepth::default());
    for n in 1..=5 {
        submit(&*store, NewJob { created_at: t(n), ..writer(n as u64, &format!("10.0.0.{n}")) }).await;
    }
    let claimed = claim(&*store, t(10), 3).await;
    finish(&*store, &claimed[0], t(11)).await;
    let end = StepEnd::Finish { status: JobStatus::Error, result: None, error: None, error_class: None };
    store.end_step(&claimed[1].lease, t(11), end, Vec::new()).await.unwrap();
    store.cancel(&id(5).to_string(), t(12), None, answer()).await.unwrap();
    let depth = QueueDepth { queued: 1, running: 1, success: 1, error: 1, cancelled: 1, oldest_queued_seconds: 26 };
    assert_eq!(store.depth(t(30)).await.unwrap(), depth);
    // A clock that was set back.
    assert_eq!(store.depth(t(0)).await.unwrap().oldest_queued_seconds, 0);
    store.close().await;
}

pub async fn lists_are_newest_first(lab: &dyn Lab) {
    let store = lab.open().await;
    for n in 1..=4 {
        submit(&*store, writer(n, &format!("10.0.0.{n}"))).await;
    }
    claim(&*store, t(0), 2).await;
    let list = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(list(store.jobs(100, None).await.unwrap()), [4, 3, 2, 1].map(id));
    assert_eq!(list(store.jobs(3, None).await.unwrap()), [4, 3, 2].map(id));
    assert_eq!(list(store.jobs(100, Some(JobStatus::Queued)).await.unwrap()), [4, 3].map(id));
    assert_eq!(list(store.jobs(1, Some(JobStatus::Running)).await.unwrap()), [2].map(id));
    assert!(store.jobs(100, Some(JobStatus::Error)).await.unwrap().is_empty());
    let first = store.jobs(1, None).await.unwrap().pop().unwrap();
    assert_eq!(Job { payload: stored(&*store, id(4)).await.payload, ..first }, stored(&*store, id(4)).await);
    store.close().await;
}

pub async fn a_list_says_who_may_see_a_result(lab: &dyn Lab) {
    let store = lab.open().await;
    for (n, payload) in [
        (1, json!({"show_secrets": true, "a": "b"})),
        (2, json!({"show_secrets": "yes"})),
        (3, json!({"deep": {"show_secrets": true}})),
        (4, json!({"show_secrets": null})),
    ] {
        submit(&*store, NewJob { payload, ..writer(n, &format!("10.0.0.{n}")) }).await;
    }
    let listed =
        async || store.jobs(10, None).await.unwrap().into_iter().rev().map(|job| job.payload).collect::<Vec<_>>();
    assert_eq!(listed().await, vec![Value::Null; 4], "nothing to see yet");
    for claimed in claim(&*store, t(0), 10).await {
        finish(&*store, &claimed, t(1)).await;
    }
    let expected =
        [json!({"show_secrets": true}), json!({"show_secrets": "yes"}), Value::Null, json!({"show_secrets": null})];
    assert_eq!(listed().await, expected);
    store.close().await;
}

pub async fn garbage_is_no_job(lab: &dyn Lab) {
    let store = lab.open().await;
    let id = submit(&*store, writer(0xabc_def0, "10.0.0.1")).await;
    let (upper, long) = (id.to_string().to_uppercase(), "x".repeat(4096));
    for garbage in ["", "..%2fx", "' or 1=1 --", "\0", "ñandú", "%", &upper, &long] {
        assert_eq!(store.job(garbage).await.unwrap(), None, "{garbage}");
        let cancelled = store.cancel(garbage, t(0), None, answer()).await.unwrap();
        assert_eq!(cancelled, crate::store::Cancelled::NotFound, "{garbage}");
    }
    store.close().await;
}

pub async fn a_clock_set_back_hides_no_queued_job(lab: &dyn Lab) {
    let store = lab.open().await;
    submit(&*store, NewJob { created_at: t(4000), ..writer(1, "10.0.0.1") }).await;
    let claimed = claim_one(&*store, t(0)).await;
    finish(&*store, &claimed, t(0)).await;
    store.close().await;
}
