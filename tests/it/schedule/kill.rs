//! Whatever crashes, and whenever: one run a due instant.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use towerhand::model::When;
use towerhand::store::{ScheduleSpec, ScheduleStore as _, Store as _};

use super::site::{Site, at, spec};

/// Polls a future so many times and then drops it, as a kill would; whether it ended.
async fn cut_off<T>(work: impl Future<Output = T>, polls: u32) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A look that is cut off between any two of its steps, the store opened anew, and another look: every instant has one run
/// with one job.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_is_cut_off_anywhere_runs_each_instant_once() {
    let mut site = Site::new("2026-07-01T00:00:00Z").await;
    for n in 0..3 {
        site.add(ScheduleSpec { overlap: true, ..spec(&format!("s{n}"), "0 * * * *", "UTC") }).await;
    }
    let (mut cut, mut hours) = (0, 0);
    for polls in 0..48 {
        site.clock.advance(Duration::from_secs(3600));
        hours += 1;
        let mut planner = site.planner();
        if cut_off(planner.look(), polls).await.is_none() {
            cut += 1;
        }
        drop(planner);
        site.reopen().await;
        let mut planner = site.planner();
        planner.look().await.unwrap();
        site.finish().await;
    }
    assert!(cut >= 5, "{cut} looks were cut off");
    for n in 0..3 {
        let runs = site.runs(&format!("s{n}")).await;
        let mut instants: Vec<_> = runs.iter().map(|run| run.due_at).collect();
        instants.dedup();
        assert_eq!((runs.len(), instants.len()), (hours, hours), "s{n}");
        assert!(runs.iter().all(|run| run.job.is_some()), "{runs:?}");
    }
    assert_eq!(site.jobs().await, 3 * hours as u64);
}

/// A store that fails under the planner: nothing is half done, and the next look does what is left.
#[tokio::test]
async fn a_store_that_fails_is_asked_again_and_nothing_is_done_twice() {
    let mut site = Site::new("2026-07-01T00:00:00Z").await;
    site.add(spec("nightly", "30 2 * * *", "UTC")).await;
    let mut planner = site.planner();
    site.look(&mut planner).await;
    site.clock.set(at("2026-07-01T02:30:00Z"));
    let closed = std::sync::Arc::clone(&site.store);
    closed.close().await;
    assert!(planner.look().await.is_err());
    assert!(planner.look().await.is_err());
    drop(planner);
    site.reopen().await;
    let mut planner = site.planner();
    site.look(&mut planner).await;
    site.look(&mut planner).await;
    assert_eq!(site.told("nightly").await, [("2026-07-01T02:30:00Z".to_owned(), "success")]);
    assert_eq!(site.jobs().await, 1);
}

/// Two planners over one database, which a lock forbids: the lead lets one of them fire, and the guard would stop both.
#[tokio::test]
async fn of_two_planners_one_leads() {
    let mut site = Site::new("2026-07-01T00:00:00Z").await;
    site.add(ScheduleSpec { when: When::Every(Duration::from_secs(60)), overlap: true, ..spec("often", "", "UTC") })
        .await;
    let (mut first, mut second) = (site.planner(), site.planner());
    for _ in 0..20 {
        site.clock.advance(Duration::from_secs(60));
        let (a, b) = futures_util::join!(first.look(), second.look());
        a.unwrap();
        b.unwrap();
    }
    let runs = site.runs("often").await;
    assert_eq!(runs.len(), 20);
    assert_eq!(site.jobs().await, 20);
    assert_eq!(site.store.schedule("often").await.unwrap().unwrap().basis, site.clock.now());
}
