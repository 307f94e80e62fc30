//! Clocks that jump, zones that change, many schedules at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use towerhand::calendar::Zones;
use towerhand::clock::Stopwatch;
use towerhand::model::{Misfire, RunOutcome, When};
use towerhand::store::{JobStore as _, ScheduleSpec, ScheduleStore as _};

use super::site::{Site, at, spec};

fn told(runs: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    runs.iter().map(|(due, outcome)| ((*due).to_owned(), *outcome)).collect()
}

#[tokio::test]
async fn a_clock_that_jumps_forward_meets_each_policy() {
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    for (name, misfire, catch_up) in
        [("skip", Misfire::Skip, 1), ("once", Misfire::Once, 1), ("all", Misfire::All, 10), ("two", Misfire::All, 2)]
    {
        site.add(ScheduleSpec { misfire, catch_up, ..spec(name, "30 2 * * *", "UTC") }).await;
    }
    let mut planner = site.planner();
    site.look(&mut planner).await;
    site.clock.jump(SignedDuration::from_hours(72));
    site.look(&mut planner).await;
    let (second, third, fourth) = ("2026-07-02T02:30:00Z", "2026-07-03T02:30:00Z", "2026-07-04T02:30:00Z");
    assert_eq!(site.told("skip").await, told(&[(fourth, "missed")]));
    assert_eq!(site.told("once").await, told(&[(second, "missed"), (fourth, "success")]));
    assert_eq!(site.told("all").await, told(&[(second, "success"), (third, "success"), (fourth, "success")]));
    assert_eq!(site.told("two").await, told(&[(second, "missed"), (third, "success"), (fourth, "success")]));
    assert_eq!(site.runs("once").await[0].detail.split(',').next(), Some("2 runs missed"));
    // From then on as if nothing had been.
    site.pass(&mut planner, at("2026-07-05T12:00:00Z")).await;
    for name in ["skip", "once", "all", "two"] {
        assert_eq!(site.told(name).await.last().unwrap(), &("2026-07-05T02:30:00Z".to_owned(), "success"), "{name}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_runs_nothing_twice() {
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    site.add(spec("nightly", "30 2 * * *", "UTC")).await;
    site.add(ScheduleSpec { when: When::Every(Duration::from_secs(3600)), ..spec("hourly", "", "UTC") }).await;
    let mut planner = site.planner();
    site.pass(&mut planner, at("2026-07-02T12:00:00Z")).await;
    let hourly = site.told("hourly").await.len();
    assert_eq!(hourly, 24);
    // A day back, and through it again, also by another process.
    site.clock.jump(SignedDuration::from_hours(-24));
    for _ in 0..288 {
        site.look(&mut planner).await;
        site.clock.advance(Duration::from_secs(300));
    }
    assert_eq!(site.told("nightly").await, told(&[("2026-07-02T02:30:00Z", "success")]));
    assert_eq!(site.told("hourly").await.len(), hourly, "none again: {:?}", site.told("hourly").await);
    drop(planner);
    let mut planner = site.planner();
    site.pass(&mut planner, at("2026-07-03T12:00:00Z")).await;
    let both = told(&[("2026-07-02T02:30:00Z", "success"), ("2026-07-03T02:30:00Z", "success")]);
    assert_eq!(site.told("nightly").await, both);
    assert_eq!(site.told("hourly").await.len(), 48);
}

#[tokio::test]
async fn leap_days_come_when_they_come() {
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    site.add(spec("leap", "0 12 29 2 *", "Europe/Dublin")).await;
    site.add(ScheduleSpec { when: When::At(at("2028-02-29T00:00:00Z")), ..spec("once", "", "UTC") }).await;
    let mut planner = site.planner();
    site.pass(&mut planner, at("2034-01-01T00:00:00Z")).await;
    let leap = told(&[("2028-02-29T12:00:00Z", "success"), ("2032-02-29T12:00:00Z", "success")]);
    assert_eq!(site.told("leap").await, leap);
    assert_eq!(site.told("once").await, told(&[("2028-02-29T00:00:00Z", "success")]));
    assert_eq!(site.store.schedule("once").await.unwrap().unwrap().next, None, "never again");
}

#[tokio::test]
async fn a_run_is_skipped_and_noted_while_the_last_one_goes_on() {
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    site.add(ScheduleSpec { when: When::Every(Duration::from_secs(600)), ..spec("often", "", "UTC") }).await;
    let mut planner = site.planner();
    for _ in 0..4 {
        site.clock.advance(Duration::from_secs(600));
        planner.look().await.unwrap();
    }
    let outcomes: Vec<&str> = site.told("often").await.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["queued", "skipped", "skipped", "skipped"]);
    assert_eq!(site.jobs().await, 1);
    site.finish().await;
    site.clock.advance(Duration::from_secs(600));
    planner.look().await.unwrap();
    assert_eq!(site.told("often").await.last().unwrap().1, "queued");
}

#[tokio::test]
async fn new_data_of_a_zone_moves_what_is_to_come_and_runs_no_night_twice() {
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    let moved = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&moved);
    // An hour further west from some day on, as governments do it.
    site.zones = Zones::of(move |name| {
        let rule = if seen.load(Ordering::Relaxed) { "CST7" } else { "CST6" };
        (name == "Test/Town").then(|| TimeZone::posix(rule).unwrap())
    });
    site.add(spec("nightly", "0 2 * * *", "Test/Town")).await;
    let mut planner = site.planner();
    site.pass(&mut planner, at("2026-07-02T08:30:00Z")).await;
    assert_eq!(site.told("nightly").await, told(&[("2026-07-02T08:00:00Z", "success")]));
    // Half an hour after the run the new data comes: by it two o'clock is still to come on the same night.
    moved.store(true, Ordering::Relaxed);
    for _ in 0..80 {
        site.look(&mut planner).await;
        site.clock.advance(Duration::from_secs(1200));
    }
    let both = told(&[("2026-07-02T08:00:00Z", "success"), ("2026-07-03T09:00:00Z", "success")]);
    assert_eq!(site.told("nightly").await, both);
    // A zone that is gone ends the schedule aloud.
    site.zones = Zones::of(|_| None);
    let mut planner = site.planner();
    site.clock.set(at("2026-07-04T09:00:00Z"));
    site.look(&mut planner).await;
    let last = site.runs("nightly").await.pop().unwrap();
    assert_eq!(last.outcome, RunOutcome::Missed);
    assert!(last.detail.contains("Test/Town"), "{}", last.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_schedules_are_due_at_once() {
    const MANY: usize = 5000;
    let mut site = Site::new("2026-07-01T12:00:00Z").await;
    for chunk in 0..10 {
        let made = (0..MANY / 10).map(|n| site.add(spec(&format!("s-{chunk}-{n}"), "30 2 * * *", "America/Chicago")));
        futures_util::future::join_all(made).await;
    }
    let mut planner = site.planner();
    for night in ["2026-07-02T07:30:00Z", "2026-07-03T07:30:00Z"] {
        site.clock.set(at(night));
        let watch = Stopwatch::start();
        planner.look().await.unwrap();
        println!("{MANY} schedules due at once became jobs in {:?}", watch.elapsed());
        assert!(watch.elapsed() < Duration::from_secs(60));
        let depth = site.store.depth(site.clock.now()).await.unwrap();
        assert_eq!(depth.queued, MANY as u64);
        planner.look().await.unwrap();
        assert_eq!(site.store.depth(site.clock.now()).await.unwrap().queued, MANY as u64, "once");
        site.finish().await;
    }
    for row in site.store.schedules().await.unwrap() {
        assert_eq!(row.next.unwrap().at, at("2026-07-04T07:30:00Z"));
        assert_eq!(row.last.unwrap().outcome, RunOutcome::Success);
    }
    assert_eq!(site.jobs().await, 2 * MANY as u64);
}
