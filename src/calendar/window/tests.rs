use std::net::Ipv4Addr;

use jiff::civil::{Time, Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn spec(value: serde_json::Value) -> Spec {
    serde_json::from_value(value).unwrap()
}

/// A rule as a device in the zone has it.
fn timed(kind: Kind, value: serde_json::Value, name: &str) -> Timed {
    spec(value).rule(kind).unwrap().timed(&zone(name))
}

fn windows(list: &[Timed], minutes: i64) -> Hours<'_> {
    Hours { windows: list, blackouts: &[], cutoff: SignedDuration::from_mins(minutes) }
}

/// Whether something may begin, at each of these instants.
fn told(hours: &Hours<'_>, instants: &[(&str, bool)]) {
    for (instant, open) in instants {
        assert_eq!(hours.is_open(at(instant)), *open, "{instant}");
        assert_eq!(matches!(hours.permit(at(instant)), Permit::Open { .. }), *open, "{instant}");
    }
}

#[test]
fn days_of_the_week_belong_to_the_beginning() {
    // 2026-07-07 is a Tuesday; Chicago is UTC-5.
    let list = [timed(Kind::Window, json!({"name": "a", "days": ["Tue"], "time": "22:00-02:00"}), "America/Chicago")];
    let hours = windows(&list, 0);
    told(
        &hours,
        &[
            ("2026-07-08T02:59:59Z", false),
            ("2026-07-08T03:00:00Z", true),
            ("2026-07-08T06:59:59Z", true),
            ("2026-07-08T07:00:00Z", false),
            // Wednesday night.
            ("2026-07-09T03:30:00Z", false),
        ],
    );
    assert_eq!(hours.next_open(at("2026-07-08T07:00:00Z")), Some(at("2026-07-15T03:00:00Z")));
}

#[test]
fn a_window_has_its_own_zone_or_that_of_the_site() {
    let own = json!({"name": "a", "time": "02:00-05:00", "zone": "Europe/Dublin"});
    let list = [timed(Kind::Window, own, "America/Chicago")];
    // July: Dublin is UTC+1.
    told(
        &windows(&list, 0),
        &[("2026-07-02T00:59:59Z", false), ("2026-07-02T01:00:00Z", true), ("2026-07-02T07:30:00Z", false)],
    );
}

#[test]
fn a_cron_line_says_when_it_begins() {
    // The second Sunday of the month at 02:00: 2026-07-12, 07:00Z.
    let list = [timed(Kind::Window, json!({"name": "a", "cron": "0 2 * * SUN#2", "lasts": "3h"}), "America/Chicago")];
    let hours = windows(&list, 60);
    told(
        &hours,
        &[
            ("2026-07-12T06:59:59Z", false),
            ("2026-07-12T07:00:00Z", true),
            ("2026-07-12T08:59:59Z", true),
            ("2026-07-12T09:00:00Z", false),
        ],
    );
    assert_eq!(hours.next_open(at("2026-07-12T09:00:00Z")), Some(at("2026-08-09T07:00:00Z")));
    // A leap day.
    let list = [timed(Kind::Window, json!({"name": "a", "cron": "0 2 29 2 *", "lasts": "3h"}), "UTC")];
    assert_eq!(windows(&list, 0).next_open(at("2026-01-01T00:00:00Z")), Some(at("2028-02-29T02:00:00Z")));
}

/// 2026-11-01 in Chicago: 01:30 CDT is 06:30Z, 01:30 CST is 07:30Z.
#[test]
fn the_hour_that_comes_twice_allows_less() {
    let opens = json!({"name": "a", "time": "01:30-04:00"});
    let list = [timed(Kind::Window, opens, "America/Chicago")];
    told(
        &windows(&list, 0),
        &[("2026-11-01T06:45:00Z", false), ("2026-11-01T07:29:59Z", false), ("2026-11-01T07:30:00Z", true)],
    );
    let closes = json!({"name": "a", "time": "00:00-01:30"});
    let list = [timed(Kind::Window, closes, "America/Chicago")];
    told(
        &windows(&list, 0),
        &[("2026-11-01T06:29:59Z", true), ("2026-11-01T06:30:00Z", false), ("2026-11-01T07:15:00Z", false)],
    );
    // Both bounds in that hour: the second time.
    let within = json!({"name": "a", "time": "01:15-01:45"});
    let list = [timed(Kind::Window, within.clone(), "America/Chicago")];
    told(
        &windows(&list, 0),
        &[("2026-11-01T06:30:00Z", false), ("2026-11-01T07:15:00Z", true), ("2026-11-01T07:45:00Z", false)],
    );
    // A black-out is the other way round: 06:15Z to 07:45Z.
    let blackouts = [timed(Kind::Blackout, within, "America/Chicago")];
    let hours = Hours { windows: &[], blackouts: &blackouts, cutoff: SignedDuration::ZERO };
    told(
        &hours,
        &[
            ("2026-11-01T06:14:59Z", true),
            ("2026-11-01T06:15:00Z", false),
            ("2026-11-01T07:00:00Z", false),
            ("2026-11-01T07:44:59Z", false),
            ("2026-11-01T07:45:00Z", true),
        ],
    );
    // By a cron line: 06:30Z and three hours from 07:30Z on.
    let cron = json!({"name": "a", "cron": "30 1 * * *", "lasts": "3h"});
    let list = [timed(Kind::Window, cron.clone(), "America/Chicago")];
    told(
        &windows(&list, 0),
        &[("2026-11-01T07:29:59Z", false), ("2026-11-01T07:30:00Z", true), ("2026-11-01T10:30:00Z", false)],
    );
    let blackouts = [timed(Kind::Blackout, cron, "America/Chicago")];
    let hours = Hours { windows: &[], blackouts: &blackouts, cutoff: SignedDuration::ZERO };
    told(
        &hours,
        &[
            ("2026-11-01T06:29:59Z", true),
            ("2026-11-01T06:30:00Z", false),
            ("2026-11-01T10:29:59Z", false),
            ("2026-11-01T10:30:00Z", true),
        ],
    );
}

/// 2026-03-08 in Chicago: 02:00 CST becomes 03:00 CDT at 08:00Z.
#[test]
fn the_hour_that_is_skipped_is_its_end() {
    for (value, instants) in [
        (
            json!({"name": "a", "time": "02:30-05:00"}),
            [("2026-03-08T07:59:59Z", false), ("2026-03-08T08:00:00Z", true), ("2026-03-08T10:00:00Z", false)],
        ),
        (
            json!({"name": "a", "time": "01:00-02:30"}),
            [("2026-03-08T07:00:00Z", true), ("2026-03-08T07:59:59Z", true), ("2026-03-08T08:00:00Z", false)],
        ),
        // Nothing is left of it.
        (
            json!({"name": "a", "time": "02:10-02:50"}),
            [("2026-03-08T07:59:59Z", false), ("2026-03-08T08:00:00Z", false), ("2026-03-08T08:30:00Z", false)],
        ),
        (
            json!({"name": "a", "cron": "30 2 * * *", "lasts": "1h"}),
            [("2026-03-08T07:59:59Z", false), ("2026-03-08T08:00:00Z", true), ("2026-03-08T09:00:00Z", false)],
        ),
    ] {
        let list = [timed(Kind::Window, value, "America/Chicago")];
        told(&windows(&list, 0), &instants);
    }
    let list = [timed(Kind::Window, json!({"name": "a", "time": "02:10-02:50"}), "America/Chicago")];
    assert_eq!(windows(&list, 0).next_open(at("2026-03-08T06:00:00Z")), Some(at("2026-03-09T07:10:00Z")));
}

#[test]
fn a_black_out_wins_and_what_is_left_has_to_be_long_enough() {
    let list = [timed(Kind::Window, json!({"name": "night", "time": "02:00-05:00"}), "UTC")];
    let once = json!({"name": "storm", "from": "2026-07-02T03:30:00Z", "until": "2026-07-03T04:30:00Z"});
    let blackouts = [timed(Kind::Blackout, once, "UTC")];
    let hours = Hours { windows: &list, blackouts: &blackouts, cutoff: SignedDuration::from_hours(1) };
    told(
        &hours,
        &[
            ("2026-07-02T02:00:00Z", true),
            // An hour before the black-out.
            ("2026-07-02T02:29:59Z", true),
            ("2026-07-02T02:30:00Z", false),
            ("2026-07-02T03:30:00Z", false),
            // Half an hour of the window is left, less than the cut-off.
            ("2026-07-03T04:30:00Z", false),
            ("2026-07-04T02:00:00Z", true),
        ],
    );
    let held = |now: &str| match hours.permit(at(now)) {
        Permit::Closed(held) => held,
        open => panic!("{open:?}"),
    };
    let until = Some(at("2026-07-04T02:00:00Z"));
    assert_eq!(held("2026-07-02T12:00:00Z"), Held { until, by: "black-out 'storm'".to_owned() });
    assert_eq!(held("2026-07-02T02:45:00Z"), Held { until, by: "black-out 'storm', which is near".to_owned() });
    assert_eq!(held("2026-07-03T04:45:00Z"), Held { until, by: "window 'night', whose end is near".to_owned() });
    assert_eq!(held("2026-07-03T12:00:00Z"), Held { until, by: "window 'night'".to_owned() });
    let sentence = "held back by window 'night'; it may begin at 2026-07-04T02:00:00Z";
    assert_eq!(held("2026-07-03T12:00:00Z").to_string(), sentence);
}

#[test]
fn windows_that_touch_are_one_and_what_never_opens_says_so() {
    let list = [
        timed(Kind::Window, json!({"name": "a", "time": "01:00-02:00"}), "UTC"),
        timed(Kind::Window, json!({"name": "b", "time": "02:00-03:00"}), "UTC"),
    ];
    told(&windows(&list, 60), &[("2026-07-02T01:59:59Z", true), ("2026-07-02T02:00:00Z", false)]);
    assert_eq!(windows(&list, 120).next_open(at("2026-07-02T00:00:00Z")), None);
    let always = [timed(Kind::Window, json!({"name": "a", "time": "00:00-00:00"}), "UTC")];
    told(&windows(&always, 60), &[("2026-07-02T23:30:00Z", true)]);
    let over = [timed(
        Kind::Window,
        json!({"name": "a", "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}),
        "UTC",
    )];
    let Permit::Closed(held) = windows(&over, 0).permit(at("2026-07-02T00:00:00Z")) else { panic!("open") };
    assert_eq!(held.until, None);
    assert!(held.to_string().contains("leaves no instant"), "{held}");
    // Without windows every instant is open.
    told(&windows(&[], 60), &[("2026-07-02T12:00:00Z", true)]);
}

#[test]
fn a_year_of_openings_is_counted() {
    // 2026 begins with a Thursday: 52 Tuesdays and 53 Thursdays.
    for name in ["America/Chicago", "Europe/Dublin", "Australia/Lord_Howe"] {
        let list = [timed(Kind::Window, json!({"name": "a", "days": ["tue", "thu"], "time": "02:00-05:00"}), name)];
        let hours = windows(&list, 60);
        let end = jiff::civil::date(2027, 1, 1).to_zoned(zone(name)).unwrap().timestamp();
        let mut now = jiff::civil::date(2026, 1, 1).to_zoned(zone(name)).unwrap().timestamp();
        let mut nights = 0;
        while let Some(next) = hours.next_open(now).filter(|next| *next < end) {
            let local = zone(name).to_datetime(next);
            assert_eq!(local.time(), time(2, 0, 0, 0), "{name} {local}");
            assert!([Weekday::Tuesday, Weekday::Thursday].contains(&local.date().weekday()));
            nights += 1;
            now = next + SignedDuration::from_hours(4);
        }
        assert_eq!(nights, 105, "{name}");
    }
}

#[test]
fn what_is_no_window_is_said() {
    let name = || "a".to_owned();
    for (value, wrong) in [
        (json!({"name": "", "time": "02:00-05:00"}), WindowError::Name),
        (json!({"name": "a b", "time": "02:00-05:00"}), WindowError::Name),
        (json!({"name": "waiting", "time": "02:00-05:00"}), WindowError::Name),
        (json!({"name": "x".repeat(61), "time": "02:00-05:00"}), WindowError::Name),
        (json!({"name": "a"}), WindowError::When(name())),
        (json!({"name": "a", "days": ["mon"]}), WindowError::When(name())),
        (json!({"name": "a", "time": "02:00-05:00", "lasts": "3h"}), WindowError::When(name())),
        (json!({"name": "a", "time": "02:00-05:00", "cron": "0 2 * * *", "lasts": "3h"}), WindowError::When(name())),
        (json!({"name": "a", "from": "2026-01-01T00:00:00Z"}), WindowError::When(name())),
        (json!({"name": "a", "time": "2-5"}), WindowError::Time(name())),
        (json!({"name": "a", "time": "02:00-25:00"}), WindowError::Time(name())),
        (json!({"name": "a", "time": "02:00-05:00", "days": ["tuesday"]}), WindowError::Days(name())),
        (json!({"name": "a", "cron": "0 2 * *", "lasts": "3h"}), WindowError::Cron(name())),
        (json!({"name": "a", "cron": "0 0 2 * * *", "lasts": "3h"}), WindowError::Cron(name())),
        (json!({"name": "a", "cron": "0 2 * * *"}), WindowError::Lasts(name())),
        (json!({"name": "a", "cron": "0 2 * * *", "lasts": "30s"}), WindowError::Lasts(name())),
        (json!({"name": "a", "cron": "0 2 * * *", "lasts": "32d"}), WindowError::Lasts(name())),
        (
            json!({"name": "a", "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
            WindowError::Once(name()),
        ),
        (json!({"name": "a", "from": "2026-01-01", "until": "2026-01-02"}), WindowError::Once(name())),
        (json!({"name": "a", "time": "02:00-05:00", "zone": "Mars/Base"}), WindowError::Zone(name())),
        (json!({"name": "a", "time": "02:00-05:00", "site": "A", "tag": "b"}), WindowError::Scope(name())),
        (json!({"name": "a", "time": "02:00-05:00", "site": " "}), WindowError::EmptyScope(name())),
    ] {
        assert_eq!(spec(value.clone()).rule(Kind::Window), Err(wrong), "{value}");
    }
    assert!(serde_json::from_value::<Spec>(json!({"name": "a", "colour": "red"})).is_err());
}

#[test]
fn a_scope_picks_devices() {
    let device = crate::model::Device {
        name: "bh-1".to_owned(),
        address: Ipv4Addr::new(192, 0, 2, 10).into(),
        device_type: crate::model::DeviceType::parse("AV4100").unwrap(),
        site: Some("ALTO".to_owned()),
        role: crate::model::Role::Bh,
        tags: [("group".to_owned(), "core".to_owned())].into(),
        credentials: Default::default(),
        ports: Default::default(),
        hop: None,
        jump: None,
        ssh_profile: Default::default(),
        host_key: None,
        tls_pin: None,
        health: Default::default(),
    };
    let known = Subject { address: device.address, device: Some(&device), zone: TimeZone::UTC };
    let stranger = Subject { address: Ipv4Addr::new(192, 0, 2, 11).into(), device: None, zone: TimeZone::UTC };
    for (scope, of_known, of_stranger) in [
        (json!({}), true, true),
        (json!({"site": "ALTO"}), true, false),
        (json!({"site": "alto"}), false, false),
        (json!({"tag": "group"}), true, false),
        (json!({"tag": "group=core"}), true, false),
        (json!({"tag": "group=edge"}), false, false),
        (json!({"device": "bh-1"}), true, false),
        (json!({"device": "192.0.2.10"}), true, false),
        (json!({"device": "192.0.2.11"}), false, true),
    ] {
        let mut value = json!({"name": "a", "time": "02:00-05:00"});
        value.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        let rule = spec(value).rule(Kind::Window).unwrap();
        assert_eq!((rule.scope.covers(&known), rule.scope.covers(&stranger)), (of_known, of_stranger), "{scope}");
    }
}

#[test]
fn a_book_has_the_settings_and_the_store() {
    let night = spec(json!({"name": "night", "time": "02:00-05:00"}));
    let list = std::slice::from_ref(&night);
    let twice = Book::of_settings(list, list).unwrap_err();
    assert_eq!(twice, ["the name 'night' stands twice among windows and black-outs"]);
    let book = Book::of_settings(&[night], &[]).unwrap();
    let (storm, later) = (
        json!({"name": "storm", "from": "2026-07-02T00:00:00Z", "until": "2026-07-03T00:00:00Z"}),
        json!({"name": "night", "time": "12:00-13:00"}),
    );
    let both = book.with([("night", "window", &later), ("storm", "blackout", &storm)]).unwrap();
    let names: Vec<_> = both.rules().map(|(rule, source)| (rule.spec.name.clone(), rule.kind, source)).collect();
    assert_eq!(
        names,
        [("night".to_owned(), Kind::Window, Source::Settings), ("storm".to_owned(), Kind::Blackout, Source::Stored)]
    );
    let subject = Subject { address: Ipv4Addr::LOCALHOST.into(), device: None, zone: TimeZone::UTC };
    assert_eq!((both.about(Kind::Window, &subject).len(), both.about(Kind::Blackout, &subject).len()), (1, 1));
    // What cannot be read is no reason to begin anything.
    for (kind, body) in [("siesta", &storm), ("window", &json!({"name": "x"})), ("window", &json!([]))] {
        assert!(book.with([("x", kind, body)]).is_err(), "{kind} {body}");
    }
}

/// Zones and the days on which their clocks change in 2026: an hour, an hour with the sign turned round, half an hour.
const CHANGES: [(&str, &str); 6] = [
    ("America/Chicago", "2026-03-08T08:00:00Z"),
    ("America/Chicago", "2026-11-01T07:00:00Z"),
    ("Europe/Dublin", "2026-03-29T01:00:00Z"),
    ("Europe/Dublin", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
];

/// What the clocks on the wall say: the only thing that a window promises.
fn on_the_wall(days: &[Weekday], opens: Time, closes: Time, zone: &TimeZone, at: Timestamp) -> bool {
    let local = zone.to_datetime(at);
    let (date, time) = (local.date(), local.time());
    let of = |date: jiff::civil::Date| days.is_empty() || days.contains(&date.weekday());
    if closes > opens {
        of(date) && opens <= time && time < closes
    } else {
        (of(date) && time >= opens) || (of(date.yesterday().unwrap()) && time < closes)
    }
}

/// Days, beginning, end.
fn weekly() -> impl Strategy<Value = (Vec<Weekday>, Time, Time)> {
    let days = proptest::sample::subsequence(
        vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ],
        0..=7,
    );
    // Mostly around the hours in which clocks change.
    let clock = || prop_oneof![3 => 0..240_i16, 1 => 0..1440_i16];
    let time = |minutes: i16| Time::midnight() + i64::from(minutes).minutes();
    (days, clock(), clock()).prop_map(move |(days, opens, closes)| (days, time(opens), time(closes)))
}

fn rule(weekly: &(Vec<Weekday>, Time, Time), zone: &TimeZone, bounds: Bounds) -> Timed {
    let (days, opens, closes) = weekly.clone();
    Timed { name: Arc::from("x"), when: When::Weekly { days, opens, closes }, zone: zone.clone(), bounds }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// On the days around a change of the clocks: what is open is inside a window on the wall and in no black-out, each
    /// read in its own zone.
    #[test]
    fn nothing_begins_outside_a_window_or_inside_a_black_out(
        change in 0..CHANGES.len(),
        seconds in -200_000_i64..200_000,
        windows in proptest::collection::vec(weekly(), 1..3),
        blackouts in proptest::collection::vec(weekly(), 0..3),
        cutoff in 0_i64..120,
    ) {
        let (name, change) = CHANGES[change];
        let zone = zone(name);
        let now = at(change) + SignedDuration::from_secs(seconds);
        let opens: Vec<Timed> = windows.iter().map(|weekly| rule(weekly, &zone, Bounds::Inner)).collect();
        let shuts: Vec<Timed> = blackouts.iter().map(|weekly| rule(weekly, &zone, Bounds::Outer)).collect();
        let hours = Hours { windows: &opens, blackouts: &shuts, cutoff: SignedDuration::from_mins(cutoff) };
        let inside = |at| windows.iter().any(|(days, from, to)| on_the_wall(days, *from, *to, &zone, at));
        let barred = |at| blackouts.iter().any(|(days, from, to)| on_the_wall(days, *from, *to, &zone, at));
        if hours.is_open(now) {
            prop_assert!(inside(now) && !barred(now));
            // And stays so for the cut-off.
            let last = now + SignedDuration::from_mins(cutoff);
            prop_assert!(inside(last) && !barred(last));
        }
        // Outside of what clocks show twice, less is never allowed than the wall says.
        let plain = at(change).duration_since(now).abs() > SignedDuration::from_hours(4);
        if cutoff == 0 && plain {
            prop_assert_eq!(hours.is_open(now), inside(now) && !barred(now));
        }
    }

    /// The next opening is open, it is the first, and whoever asks there gets the same answer.
    #[test]
    fn the_next_opening_is_the_first(
        change in 0..CHANGES.len(),
        seconds in -200_000_i64..200_000,
        windows in proptest::collection::vec(weekly(), 0..3),
        blackouts in proptest::collection::vec(weekly(), 0..2),
        cutoff in 0_i64..120,
        between in 0.0_f64..1.0,
    ) {
        let (name, change) = CHANGES[change];
        let zone = zone(name);
        let now = at(change) + SignedDuration::from_secs(seconds);
        let opens: Vec<Timed> = windows.iter().map(|weekly| rule(weekly, &zone, Bounds::Inner)).collect();
        let shuts: Vec<Timed> = blackouts.iter().map(|weekly| rule(weekly, &zone, Bounds::Outer)).collect();
        let hours = Hours { windows: &opens, blackouts: &shuts, cutoff: SignedDuration::from_mins(cutoff) };
        match hours.next_open(now) {
            Some(next) => {
                prop_assert!(next >= now && hours.is_open(next));
                prop_assert_eq!(hours.is_open(now), next == now);
                let part = SignedDuration::from_secs_f64(next.duration_since(now).as_secs_f64() * between);
                prop_assert!(now + part >= next || !hours.is_open(now + part));
            }
            None => prop_assert!(!hours.is_open(now)),
        }
    }
}
