//! What a look at a radio that loads costs, and how often one is taken: the radio's journal is the witness.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use towerhand::aviat::drive::look_interval;
use towerhand::aviat::rows::Entry;
use towerhand::aviat::state::{Load, Phase, Policy, Radio, Sent};
use towerhand::clock::add;
use towerhand::store::{Changed, RadioChange};

use super::drive::{Stage, firmware};

fn loads(radio: &Radio) -> bool {
    matches!(&radio.phase, Phase::Load(load) if load.sent == Sent::Accepted)
}

/// A radio that loads for an hour, as its driver has just told it to.
async fn loading(knobs: serde_json::Value) -> Stage {
    let stage = Stage::set(knobs).await;
    stage.bench.turn(json!({ "load_seconds": 3600 }));
    stage.plan(Policy::Scheduled { at: None }, firmware()).await;
    let entry = stage.run(loads).await;
    assert!(loads(&entry.radio), "{:#?}", stage.said().await);
    stage
}

/// What the radio saw of one more step of its driver: sessions, lines typed, other requests.
async fn one_look(stage: &Stage) -> (usize, Vec<String>, Vec<String>) {
    let before = stage.bench.device.journal().len();
    stage.run(|_| true).await;
    let seen = stage.bench.device.journal_after(before);
    let of = |channels: &[&str]| {
        let wanted = seen.iter().filter(|entry| channels.contains(&entry.channel.as_str()));
        wanted.map(|entry| entry.input.clone()).collect::<Vec<_>>()
    };
    let sessions = of(&["tcp"]).iter().filter(|input| *input == "open").count();
    (sessions, of(&["shell"]), of(&["snmp", "http", "ws"]))
}

#[tokio::test]
async fn a_look_at_a_loading_radio_is_one_command() {
    let stage = loading(json!({})).await;
    // Its agent is asked once for the objects that this release lacks, and for nothing else; it is not asked again.
    for most in [1, 0] {
        let (sessions, typed, others) = one_look(&stage).await;
        assert_eq!((sessions, typed.as_slice()), (1, ["operational: show software-status".to_owned()].as_slice()));
        assert!(others.len() <= most, "{others:?}");
    }
    // The end of the load is looked at as a whole, with the uptime that the activation has to undercut.
    stage.bench.turn(json!({ "software_state": "loadOk", "inactive": "6.2.4.12.59373" }));
    let (_, typed, _) = one_look(&stage).await;
    assert!(typed.iter().any(|line| line.contains("show radio-carrier status")), "{typed:?}");
    assert_eq!(stage.entry().await.radio.phase, Phase::Scheduled);
}

#[tokio::test]
async fn a_radio_whose_agent_tells_its_load_is_not_logged_in_to() {
    let stage = loading(json!({ "software_mib": true })).await;
    for _ in 0..2 {
        let (sessions, typed, others) = one_look(&stage).await;
        assert_eq!((sessions, typed.len(), others.len()), (0, 0, 1), "{typed:?} {others:?}");
    }
    // It says that something else is loaded: what that is, the command line tells.
    stage.bench.turn(json!({ "loading_uri": "http://192.0.2.9/wtm4100-6.1.0.11.52799.swpack" }));
    let (sessions, typed, _) = one_look(&stage).await;
    assert_eq!((sessions, typed.len()), (1, 1), "{typed:?}");
    let entry = stage.entry().await;
    assert!(entry.radio.error.as_deref().unwrap().starts_with("another image than"), "{:?}", entry.radio);
}

#[tokio::test]
async fn a_load_that_came_to_nothing_is_seen_whoever_tells_it() {
    for software_mib in [false, true] {
        let stage = loading(json!({ "software_mib": software_mib })).await;
        stage.bench.turn(json!({ "software_state": "loadError" }));
        one_look(&stage).await;
        let entry = stage.entry().await;
        assert!(matches!(&entry.radio.phase, Phase::Load(load) if load.retries == 1), "{:?}", entry.radio.phase);
    }
}

/// Rows of radios that load, which nobody drives here.
async fn others(stage: &Stage, count: u8) {
    let mut entry = stage.entry().await;
    entry.row.driver = None;
    entry.row.version = 0;
    let writes = (1..=count).map(|n| {
        let mut entry = entry.clone();
        entry.row.address = std::net::Ipv4Addr::new(192, 0, 2, n).into();
        entry.write().unwrap()
    });
    let change = RadioChange { writes: writes.collect(), ..RadioChange::default() };
    assert_eq!(stage.store.change_radios(stage.clock.now(), change).await.unwrap(), Changed::Done);
}

/// How long after this the next look comes, by the store.
async fn next_look(stage: &Stage, since: Timestamp) -> Duration {
    let next = stage.store.next_wake(since).await.unwrap().expect("a driver that waits");
    Duration::try_from(next.duration_since(since)).unwrap()
}

#[test]
fn looks_are_as_far_apart_as_many_radios_load() {
    let minute = Duration::from_secs(60);
    for (loading, seconds) in [(0, 60), (1, 60), (48, 60), (52, 65), (200, 250), (2_500, 3_125)] {
        let interval = look_interval(minute, loading);
        assert_eq!(interval.as_secs(), seconds, "{loading}");
        // All of them together: never more than four in five seconds, but for the few that are below that anyway.
        assert!(loading <= 48 || interval.as_secs() * 4 >= loading * 5, "{loading}");
    }
}

/// `poll_interval` is 300 ms here, and looks keep a pace of four in five seconds.
#[tokio::test]
async fn a_look_among_many_comes_later() {
    let stage = loading(json!({})).await;
    let since = stage.clock.now();
    one_look(&stage).await;
    assert!(next_look(&stage, since).await < Duration::from_secs(5), "alone");
    others(&stage, 99).await;
    // The last of those that were planned while it was alone.
    let since = stage.clock.now();
    one_look(&stage).await;
    let next = next_look(&stage, since).await;
    // A hundred at that pace take 125 s; a fifth more or less, and what the look itself took.
    assert!((100.0..=155.0).contains(&next.as_secs_f64()), "{next:?}");
}

/// One that activates by itself holds a slot: it is looked at as often as if it were alone.
#[tokio::test]
async fn an_immediate_load_among_many_is_looked_at_soon() {
    let stage = Stage::set(json!({ "load_seconds": 3600 })).await;
    stage.plan(Policy::Immediate, firmware()).await;
    let entry = stage.run(loads).await;
    assert!(matches!(&entry.radio.phase, Phase::Load(Load { immediate: true, .. })), "{:?}", entry.radio.phase);
    others(&stage, 99).await;
    let since = stage.clock.now();
    one_look(&stage).await;
    assert!(next_look(&stage, since).await < Duration::from_secs(5));
}

/// The first look after the command, too.
#[tokio::test]
async fn the_first_look_among_many_comes_later() {
    let stage = Stage::set(json!({ "load_seconds": 3600 })).await;
    stage.plan(Policy::Scheduled { at: None }, firmware()).await;
    let image = stage.images.goal.clone().unwrap();
    let mut entry = stage.entry().await;
    let begun = entry.clone();
    entry.radio.phase = Phase::Load(Load {
        image,
        sent: Sent::Accepted,
        since: stage.clock.now(),
        immediate: false,
        retries: 0,
        unreadable: 0,
        uptime_before: None,
    });
    let writes = (1..=99).map(|n| {
        let row = Entry { row: begun.row.clone(), radio: entry.radio.clone() };
        let mut row = row;
        row.row.address = std::net::Ipv4Addr::new(192, 0, 2, n).into();
        row.row.driver = None;
        row.row.version = 0;
        row.write().unwrap()
    });
    let change = RadioChange { writes: writes.collect(), ..RadioChange::default() };
    assert_eq!(stage.store.change_radios(stage.clock.now(), change).await.unwrap(), Changed::Done);
    let since = stage.clock.now();
    let entry = stage.run(loads).await;
    assert!(loads(&entry.radio), "{:#?}", stage.said().await);
    assert!(stage.store.next_wake(since).await.unwrap().unwrap() >= add(since, Duration::from_secs(80)));
}
