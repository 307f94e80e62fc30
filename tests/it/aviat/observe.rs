//! One look at a radio, and its uptime from wherever it is told.

use std::time::Duration;

use serde_json::json;
use towerhand::drivers::aviat::parse::queue::Partner;
use towerhand::drivers::aviat::parse::software::State;
use towerhand::drivers::aviat::parse::spanning_tree::SpanningTree;
use towerhand::drivers::aviat::parse::uptime::Source;
use towerhand::drivers::aviat::{Uptime, Wanted};
use towerhand::model::Secret;

use super::bench::Bench;

const FAMILIES: [(&str, &str); 2] = [("2.11", "AV4100"), ("6", "AV4200")];
const DAY: u64 = 86_400;

fn everything() -> Wanted<'static> {
    Wanted {
        software: true,
        licences: Some(&["WZL-CE1"]),
        spanning_tree: true,
        management: true,
        uptime: true,
        web_channel: true,
        snmp: true,
        buffer: true,
        partner: true,
    }
}

#[tokio::test]
async fn everything_in_one_login() {
    for (family, device_type) in FAMILIES {
        let knobs = json!({ "family": family, "partner": "10g2", "buffer_kbytes": 2500, "uptime_days": 12 });
        let bench = Bench::start(device_type, knobs).await;
        let mut session = bench.radio().session().await.unwrap();
        let seen = bench.radio().observe(&mut session, everything()).await.unwrap();
        session.close().await;
        let six = family == "6";
        assert_eq!(seen.software.active.unwrap().to_string(), if six { "6.2.4.12.59373" } else { "2.11.11.18.6069" });
        assert_eq!(seen.software.state, Some(State::Idle));
        assert!(seen.licences.as_ref().unwrap().bundles.contains("WZL-CE1"));
        assert_eq!(seen.spanning_tree, Some(SpanningTree::Down));
        assert_eq!(seen.management.unwrap().prefix, 29);
        assert_eq!(seen.snmp_mode.as_deref(), Some("v2c-only"));
        assert_eq!(seen.snmp_community_matches(&Secret::new("public")), Some(true));
        assert_eq!(seen.snmp_community_matches(&Secret::new("private")), Some(false));
        assert!(!format!("{seen:?}").contains("public"));
        assert_eq!(seen.buffer_kbytes, six.then_some(2500));
        assert_eq!(seen.partner, Some(if six { Partner::Primary } else { Partner::Alone }));
        let Some(Uptime::Known { time, source }) = seen.uptime else { panic!("{seen:?}") };
        assert_eq!((time.as_secs() / DAY, source), (12, if six { Source::Both } else { Source::Agent }));
        assert_eq!(bench.received("auth").len(), 1);
        assert!(bench.received("http").is_empty(), "the page was not needed");
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_not_asked() {
    let bench = Bench::start("AV4200", json!({ "family": "6" })).await;
    let mut session = bench.radio().session().await.unwrap();
    let before = bench.received("shell").len();
    let seen = bench.radio().observe(&mut session, Wanted::default()).await.unwrap();
    session.close().await;
    assert_eq!(bench.received("shell").len(), before);
    assert!(seen.software.active.is_none() && seen.uptime.is_none() && seen.partner.is_none());
    assert!(bench.received("snmp").is_empty());
}

#[tokio::test]
async fn an_empty_or_refused_table_takes_nothing_with_it() {
    for (family, device_type) in FAMILIES {
        let bench = Bench::start(device_type, json!({ "family": family })).await;
        bench.refuse("show licensing", "Error: application communication failure");
        bench.refuse("show spanning-tree", "Error: access denied");
        bench.refuse("show running-config snmp", "% No entries found.");
        let mut session = bench.radio().session().await.unwrap();
        let seen = bench.radio().observe(&mut session, everything()).await.unwrap();
        session.close().await;
        assert!(seen.software.active.is_some() && seen.management.is_some());
        assert!(seen.licences.is_none() && seen.spanning_tree.is_none() && seen.snmp_mode.is_none());
        assert_eq!(seen.snmp_community_matches(&Secret::new("public")), None);
    }
}

#[tokio::test]
async fn right_after_a_boot_nothing_is_known() {
    for (family, device_type) in FAMILIES {
        let mut bench = Bench::start(device_type, json!({ "family": family, "partner": "10g1" })).await;
        bench.target.snmp = None;
        bench.settle();
        let mut session = bench.radio().session().await.unwrap();
        let wanted = Wanted { web_channel: false, ..everything() };
        let seen = bench.radio().observe(&mut session, wanted).await.unwrap();
        session.close().await;
        assert!(seen.software.active.is_none() && seen.software.state.is_none());
        assert!(seen.licences.is_none() && seen.spanning_tree.is_none() && seen.uptime.is_none());
        assert_eq!(seen.partner, None, "no partner is believed only of a radio that shows something");
    }
}

#[tokio::test]
async fn a_session_that_ends_is_a_failure() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11" })).await;
    bench.drop_at("show spanning-tree", towerhand_simulators::core::When::Before);
    let mut session = bench.radio().session().await.unwrap();
    bench.radio().observe(&mut session, everything()).await.unwrap_err();
    session.close().await;
}

#[tokio::test]
async fn the_counter_of_the_agent_goes_round() {
    // 500 days: sysUpTime shows 2 days and some hours, the command line of 6 all of them.
    let bench = Bench::start("AV4200", json!({ "family": "6", "uptime_days": 500 })).await;
    let mut session = bench.radio().session().await.unwrap();
    let uptime = bench.radio().uptime(&mut session, false).await.unwrap();
    session.close().await;
    let Uptime::Known { time, source: Source::Both } = uptime else { panic!("{uptime:?}") };
    assert_eq!(time.as_secs() / DAY, 500);
}

#[tokio::test]
async fn without_a_source_it_is_unknown() {
    let mut bench = Bench::start("AV4100", json!({ "family": "2.11", "uptime_days": 300 })).await;
    bench.target.snmp = None;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(bench.radio().uptime(&mut session, false).await.unwrap(), Uptime::Unknown);
    assert!(bench.received("http").is_empty(), "the page is not asked unless it may be");
    let uptime = bench.radio().uptime(&mut session, true).await.unwrap();
    session.close().await;
    let Uptime::Known { time, source: Source::Web } = uptime else { panic!("{uptime:?}") };
    let from = Duration::from_secs(300 * DAY);
    assert!((from..from + Duration::from_secs(600)).contains(&time), "{time:?}");
}
