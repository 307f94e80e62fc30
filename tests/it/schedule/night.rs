//! A year of nights in three zones, in seconds.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use towerhand::clock::Stopwatch;
use towerhand::model::RunOutcome;
use towerhand::store::ScheduleSpec;

use super::site::{Site, at, spec};

/// Schedule, line, zone, the local time of every night, and that of the one night on which it is another one.
type Night = (&'static str, &'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

const NIGHTS: [Night; 6] = [
    // 2026-03-08 has no 02:30: due at the gap's end.
    ("chicago-gap", "30 2 * * *", "America/Chicago", "02:30:00", Some(("2026-03-08", "03:00:00"))),
    // 2026-11-01 has two of 01:30: due at the first.
    ("chicago-fold", "30 1 * * *", "America/Chicago", "01:30:00", None),
    ("dublin-gap", "30 1 * * *", "Europe/Dublin", "01:30:00", Some(("2026-03-29", "02:00:00"))),
    ("dublin-late", "5 2 * * *", "Europe/Dublin", "02:05:00", None),
    ("lord-howe-gap", "15 2 * * *", "Australia/Lord_Howe", "02:15:00", Some(("2026-10-04", "02:30:00"))),
    ("lord-howe-fold", "45 1 * * *", "Australia/Lord_Howe", "01:45:00", None),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_nights_in_three_zones_is_run_once_a_night_and_at_no_other_time() {
    let watch = Stopwatch::start();
    // Noon of the last day of 2025, in the west of the three.
    let mut site = Site::new("2025-12-31T18:00:00Z").await;
    let jitter = Duration::from_secs(1200);
    for (name, line, zone, _, _) in NIGHTS {
        site.add(spec(name, line, zone)).await;
    }
    if let Some((name, line, zone, _, _)) = NIGHTS.first() {
        site.add(ScheduleSpec { jitter, ..spec(&format!("{name}-spread"), line, zone) }).await;
    }
    let mut planner = site.planner();
    site.pass(&mut planner, at("2026-12-31T18:00:00Z")).await;
    for (name, _, zone, usual, other) in NIGHTS {
        let zone = TimeZone::get(zone).unwrap();
        let spreads =
            NIGHTS.first().is_some_and(|(first, ..)| *first == name).then(|| (format!("{name}-spread"), jitter));
        for (name, spread) in std::iter::once((name.to_owned(), Duration::ZERO)).chain(spreads) {
            let runs = site.runs(&name).await;
            let mut dates = BTreeSet::new();
            for run in &runs {
                assert_eq!(run.outcome, RunOutcome::Success, "{name}: {run:?}");
                let local = run.due_at.to_zoned(zone.clone());
                let date = local.date().to_string();
                let wanted = other.filter(|(day, _)| *day == date).map_or(usual, |(_, time)| time);
                assert_eq!(local.time().to_string(), wanted, "{name}: {local}");
                assert!(dates.insert(date), "{name}: twice on {local}");
                let late = Duration::try_from(run.fired_at.duration_since(run.due_at)).unwrap();
                assert!(late < spread || late.is_zero(), "{name}: {late:?}");
            }
            assert_eq!(runs.len(), 365, "{name}: one for every night of the year");
        }
    }
    assert_eq!(site.jobs().await, 7 * 365);
    println!("a year of nights, 7 schedules in three zones: {:?}", watch.elapsed());
}

/// Folds by the instant: the first of the two, and never the second.
#[tokio::test]
async fn the_first_of_the_two_hours_counts() {
    for (zone, line, now, first, next) in [
        ("America/Chicago", "30 1 * * *", "2026-10-31T12:00:00Z", "2026-11-01T06:30:00Z", "2026-11-02T07:30:00Z"),
        ("Europe/Dublin", "30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"),
    ] {
        let mut site = Site::new(now).await;
        site.add(spec("n", line, zone)).await;
        let mut planner = site.planner();
        // Every ten minutes, as a clock goes on; also through the second of the two hours.
        while site.clock.now() < at(next) + jiff::SignedDuration::from_mins(15) {
            site.look(&mut planner).await;
            site.clock.advance(Duration::from_secs(600));
        }
        let wanted = [first, next].map(|due| (due.to_owned(), "success"));
        assert_eq!(site.told("n").await, wanted, "{zone}");
    }
}

/// Gaps by the instant: once, at the gap's end.
#[tokio::test]
async fn what_falls_into_the_gap_is_run_at_its_end() {
    for (zone, line, now, end, next) in [
        ("America/Chicago", "30 2 * * *", "2026-03-07T12:00:00Z", "2026-03-08T08:00:00Z", "2026-03-09T07:30:00Z"),
        ("Europe/Dublin", "30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"),
    ] {
        let mut site = Site::new(now).await;
        site.add(spec("n", line, zone)).await;
        let mut planner = site.planner();
        while site.clock.now() <= at(next) {
            site.look(&mut planner).await;
            site.clock.advance(Duration::from_secs(300));
        }
        let wanted = [end, next].map(|due| (due.to_owned(), "success"));
        assert_eq!(site.told("n").await, wanted, "{zone}");
    }
}
