//! Whatever crashes, and whenever: one run a due instant.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::json;
use towerhand::calendar::{Timing, Zones, due};
use towerhand::clock::Clock;
use towerhand::model::{JobStatus, Misfire, RunOutcome, When};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{
    JobStore as _, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow, ScheduleRun, ScheduleSpec,
    ScheduleStore as _, Store as _, StoredResponse,
};

use super::site::{Site, at, spec};
use crate::engine::wait::{exit, until};
use crate::support::Process;

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

/// Every second; the API takes no period so short, so the rows are made before the daemon's first start.
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// `schedule.grace` of that daemon.
const GRACE: SignedDuration = SignedDuration::from_millis(500);
const POLICIES: [Misfire; 3] = [Misfire::Skip, Misfire::Once, Misfire::All];
/// When each life ends, from an instant on, ms, and for how many seconds nobody looks after that.
const KILLS: [(i64, u64); 7] = [(-15, 0), (2, 2), (6, 0), (12, 0), (25, 2), (60, 0), (0, 0)];

async fn database(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("state/towerhand.db"), Purpose::Daemon).await.unwrap()
}

/// A schedule for each policy, named by it, all of them due at whole seconds.
async fn every_second(folder: &Path, anchor: Timestamp) {
    std::fs::create_dir(folder.join("state")).unwrap();
    let store = database(folder).await;
    for misfire in POLICIES {
        let name = misfire.as_str();
        let when = When::Every(Duration::from_secs(1));
        let spec = ScheduleSpec { when, misfire, catch_up: 100, overlap: true, ..spec(name, "", "UTC") };
        let timing = Timing::of(&spec.when, &spec.zone, anchor, &Zones::system()).unwrap();
        let next = due(name, &timing, anchor, spec.jitter);
        let op = ScheduleOp::Add { spec: Box::new(spec), enabled: true, next };
        let render = Box::new(|_: &ScheduleRow| StoredResponse { status: 201, body: Vec::new() });
        let change = ScheduleChange { name: name.to_owned(), op, audit: None };
        let made = store.change_schedule(anchor, change, None, render).await.unwrap();
        assert!(matches!(made, ScheduleChanged::Answered(_)), "{made:?}");
    }
    store.close().await;
}

/// The instants that a row of the history answers for.
fn answered(run: &ScheduleRun) -> Vec<Timestamp> {
    if run.outcome != RunOutcome::Missed {
        return vec![run.due_at];
    }
    // A note stands for several: at the last of them where nothing is made up for, else at the first.
    let count: i32 = run.detail.split(' ').next().unwrap().parse().unwrap();
    let first = if run.detail.contains("before those made up for") {
        run.due_at
    } else {
        run.due_at.checked_sub(SECOND * (count - 1)).unwrap()
    };
    assert!(run.detail.contains(&format!("the first one of {first}")), "{run:?}");
    (0..count).map(|n| first.checked_add(SECOND * n).unwrap()).collect()
}

/// What the history of one policy must be, oldest first.
fn judge(misfire: Misfire, runs: &[ScheduleRun], anchor: Timestamp) {
    let name = misfire.as_str();
    let instants: Vec<Timestamp> = runs.iter().flat_map(answered).collect();
    let wanted: Vec<Timestamp> = (1..).zip(&instants).map(|(n, _)| anchor.checked_add(SECOND * n).unwrap()).collect();
    assert_eq!(instants, wanted, "{name}: each second once, none left out: {runs:#?}");
    let (mut missed, mut made_up) = (0, Vec::new());
    for run in runs {
        let late = run.fired_at.duration_since(run.due_at) > GRACE;
        match run.outcome {
            RunOutcome::Missed => {
                assert!(late && run.job.is_none(), "{name}: {run:?}");
                missed += 1;
            }
            RunOutcome::Success => {
                assert_eq!(run.detail.contains("made up for"), late, "{name}: {run:?}");
                assert!(run.job.is_some() && !(late && misfire == Misfire::Skip), "{name}: {run:?}");
                made_up.extend(late.then_some(run.fired_at));
            }
            _ => panic!("{name}: {run:?}"),
        }
    }
    println!("{name}: {} instants, {} made up for, {missed} notes", instants.len(), made_up.len());
    match misfire {
        Misfire::Skip => assert!(missed > 0),
        Misfire::Once => {
            assert!(missed > 0 && !made_up.is_empty());
            assert!(made_up.windows(2).all(|pair| pair[0] != pair[1]), "two made up for at once: {runs:#?}");
        }
        // More than a hundred only where the machine stood still for minutes.
        Misfire::All => assert!(made_up.len() >= 2 && (missed == 0 || made_up.len() >= 100)),
    }
}

/// The real process, the real clock and SIGKILL around the instants: each of them has one row of the history, what was
/// missed is treated as the policy says, and each run has one job that ends once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_killed_around_its_instants_runs_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let anchor = Timestamp::from_second(clock.now().as_second()).unwrap();
    every_second(folder.path(), anchor).await;
    let variables = [("TOWERHAND_SCHEDULE_GRACE", "500ms"), ("TOWERHAND_JOBS_MAX_ATTEMPTS", "1000")];
    for (ms, pause) in KILLS {
        let daemon = Process::serve(folder.path(), &variables).await;
        // The next second that is not too near to meet.
        let soon = clock.now().checked_add(SignedDuration::from_millis(100)).unwrap();
        let second = Timestamp::from_second(soon.as_second() + 1).unwrap();
        // The instant is the thing under test.
        clock.sleep_until(second.checked_add(SignedDuration::from_millis(ms)).unwrap()).await;
        daemon.kill();
        let pause = SignedDuration::from_secs(i64::try_from(pause).unwrap()) + GRACE;
        if pause > GRACE {
            clock.sleep_until(second.checked_add(pause).unwrap()).await;
        }
    }
    let daemon = Process::serve(folder.path(), &variables).await;
    let api = daemon.api.clone();
    let begun = clock.now();
    for misfire in POLICIES {
        let path = format!("/schedules/{}", misfire.as_str());
        until("a run in time", async || {
            let (_, answer) = api.send(api.request(Method::GET, &path)).await;
            let run = &answer["data"]["last_run"];
            run["outcome"] == "success" && run["due_at"].as_str().is_some_and(|due| at(due) > begun)
        })
        .await;
        let (status, answer) = api.send(api.request(Method::POST, &format!("{path}/pause")).json(&json!({}))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        until("the end of its runs", async || {
            let (_, answer) = api.send(api.request(Method::GET, &format!("{path}/history?limit=500"))).await;
            answer["data"]["runs"]
                .as_array()
                .unwrap()
                .iter()
                .all(|run| run["outcome"] != "queued" && run["outcome"] != "running")
        })
        .await;
    }
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(0));

    let store = database(folder.path()).await;
    let jobs = store.jobs(500, None).await.unwrap();
    let mut total = 0;
    for misfire in POLICIES {
        let mut runs = store.schedule_runs(misfire.as_str(), None, 1_000).await.unwrap();
        runs.reverse();
        judge(misfire, &runs, anchor);
        let of_runs: Vec<_> = runs.iter().filter_map(|run| run.job).map(|id| id.to_string()).collect();
        let by = format!("schedule:{}", misfire.as_str());
        let made: BTreeSet<_> =
            jobs.iter().filter(|job| job.submitted_by == by).map(|job| job.id.to_string()).collect();
        assert_eq!(of_runs.iter().cloned().collect::<BTreeSet<_>>(), made, "{by}");
        assert_eq!(of_runs.len(), made.len(), "{by}: two runs with one job");
        total += made.len();
    }
    assert_eq!(jobs.len(), total);
    for job in jobs {
        assert_eq!(job.status, JobStatus::Success, "{job:?}");
        let events = store.events(job.id, 0).await.unwrap();
        let ends = events.iter().filter(|event| event.message == "Action completed").count();
        assert_eq!(ends, 1, "{events:?}");
    }
    store.close().await;
}
