//! The readers of the command line, one by one.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};
use towerhand::drivers::aviat::parse::software::State;
use towerhand::drivers::aviat::parse::spanning_tree::SpanningTree;
use towerhand::model::FailureClass;
use towerhand_simulators::core::Fault;

use super::bench::Bench;

const FAMILIES: [(&str, &str); 2] = [("2.11", "AV4100"), ("6", "AV4200")];

/// A radio of the family, with more knobs.
async fn radio(family: &str, device_type: &str, knobs: Value) -> Bench {
    let bench = Bench::start(device_type, json!({ "family": family })).await;
    bench.turn(knobs);
    bench
}

#[tokio::test]
async fn software_of_both_families() {
    for (family, device_type) in FAMILIES {
        let bench = radio(family, device_type, json!({})).await;
        let mut session = bench.radio().session().await.unwrap();
        let software = session.software().await.unwrap();
        let (active, inactive) = match family {
            "6" => ("6.2.4.12.59373", "2.11.11.18.6069"),
            _ => ("2.11.11.18.6069", "2.10.3.7.5120"),
        };
        assert_eq!(software.active.unwrap().to_string(), active);
        assert_eq!(software.inactive.unwrap().to_string(), inactive);
        assert_eq!(software.state, Some(State::Idle));
        // The first command did not tell the version that runs: the second does, as leaves or as a table. On 2.11 it
        // is the same list of leaves, and unknown stays unknown.
        bench.turn(json!({ "software_lines": ["status"], "software_state": "loadOk" }));
        let software = session.software().await.unwrap();
        assert_eq!(software.state, Some(State::LoadOk));
        assert_eq!(software.active.map(|version| version.to_string()), (family == "6").then(|| active.to_owned()));
        session.close().await;
    }
}

#[tokio::test]
async fn s080_an_inactive_version_alone_says_nothing_of_the_active_one() {
    let bench = radio("2.11", "AV4100", json!({ "software_lines": ["inactive-version"] })).await;
    let mut session = bench.radio().session().await.unwrap();
    let software = session.software().await.unwrap();
    assert_eq!((software.active, software.state), (None, None));
    assert!(software.inactive.is_some());
    session.close().await;
}

#[tokio::test]
async fn right_after_a_boot_everything_is_unknown() {
    for (family, device_type) in FAMILIES {
        let bench = radio(family, device_type, json!({})).await;
        bench.settle();
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.software().await.unwrap(), Default::default());
        assert_eq!(session.licences(&[]).await.unwrap(), None);
        assert_eq!(session.spanning_tree().await.unwrap(), None, "an empty table is no proof while all are empty");
        assert_eq!(session.interfaces().await.unwrap(), None);
        assert_eq!(session.carriers().await.unwrap(), None);
        assert_eq!(session.hardware(None).await.unwrap(), None);
        assert_eq!(session.uptime().await.unwrap(), None);
        session.close().await;
    }
}

#[tokio::test]
async fn spanning_tree_is_what_its_leaf_says() {
    let bench = radio("2.11", "AV4100", json!({})).await;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.spanning_tree().await.unwrap(), Some(SpanningTree::Down));
    bench.turn(json!({ "stp": "up", "stp_lines": ["spanning-tree bpdu-guard disabled"] }));
    assert_eq!(session.spanning_tree().await.unwrap(), Some(SpanningTree::Up));
    bench.turn(json!({ "stp": "down" }));
    assert_eq!(session.spanning_tree().await.unwrap(), None, "lines, but not the one that decides");
    session.close().await;
}

#[tokio::test]
async fn licences_are_read_again_where_the_first_list_is_short() {
    let required = ["WZL-CE1", "WZL-ENTERPRISE5", "WZF-MLHC"];
    let bench = radio("2.11", "AV4100", json!({ "licences_first_read": ["WZL-CE1"] })).await;
    let mut session = bench.radio().session().await.unwrap();
    let licences = session.licences(&required).await.unwrap().unwrap();
    assert_eq!(licences.missing(&required), [""; 0]);
    session.close().await;
    let asked = bench.received("shell").iter().filter(|line| line.ends_with("show licensing bundles")).count();
    assert_eq!(asked, 2);

    bench.turn(json!({ "licences": "trial", "licences_first_read": null }));
    let mut session = bench.radio().session().await.unwrap();
    let licences = session.licences(&required).await.unwrap().unwrap();
    assert!(licences.on_trial && licences.bundles.is_empty());
    assert_eq!(licences.missing(&required), required);
    session.close().await;
}

#[tokio::test]
async fn the_mask_is_that_of_the_management_interface() {
    for (family, device_type) in FAMILIES {
        let bench = radio(family, device_type, json!({ "mask": "/24" })).await;
        let mut session = bench.radio().session().await.unwrap();
        let management = session.management().await.unwrap().unwrap();
        assert_eq!((management.prefix, management.mask()), (24, Ipv4Addr::new(255, 255, 255, 0)));
        session.close().await;
        bench.settle();
        let mut session = bench.radio().session().await.unwrap();
        let management = session.management().await.unwrap();
        assert_eq!(management.map(|found| found.prefix), Some(24), "the config is there before the tables are");
        session.close().await;
    }
}

#[tokio::test]
async fn pages_that_cannot_be_switched_off_are_turned() {
    for (family, device_type) in FAMILIES {
        let bench = radio(family, device_type, json!({})).await;
        let plain = bench.radio().running_config().await.unwrap().text;
        bench.turn(json!({ "pager": "always" }));
        // Longer than a page of 50 lines.
        let extra: serde_json::Map<String, Value> =
            (0..120).map(|n| (format!("interface Port1/{n} > description"), json!("x"))).collect();
        let knob = if family == "6" { "config_6" } else { "config_2" };
        bench.turn(json!({ knob: extra }));
        let paged = bench.radio().running_config().await.unwrap().text;
        assert_eq!(paged.lines().count(), plain.lines().count() + 120);
        assert!(paged.lines().all(|line| !line.contains("More") && line.trim() == line), "{paged}");
        bench.turn(json!({ knob: null }));
        assert_eq!(bench.radio().running_config().await.unwrap().text, plain);
    }
}

#[tokio::test]
async fn s073_packets_that_end_at_a_colon_or_a_bracket_end_nothing() {
    let bench = radio("6", "AV4200", json!({})).await;
    let whole = bench.radio().running_config().await.unwrap().text;
    for after in [":", "]", "#", "\n", ""] {
        bench.device.clear_faults();
        let ms = if after.is_empty() || after == "\n" { 0 } else { 300 };
        bench.device.add_fault(Fault::Split { after: after.to_owned(), ms });
        assert_eq!(bench.radio().running_config().await.unwrap().text, whole, "after {after:?}");
    }
}

#[tokio::test]
async fn a_login_is_tried_once() {
    let bench = radio("2.11", "AV4100", json!({ "password": "another", "auth": ["password"] })).await;
    let failure = bench.radio().running_config().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused, "{failure}");
    assert_eq!(bench.received("auth").len(), 1, "{:?}", bench.received("auth"));
    assert!(bench.received("shell").is_empty());
    assert!(!failure.sentence.contains("admin,") && failure.sentence.starts_with("BH-KETTLE-1"), "{failure}");
}

#[tokio::test]
async fn a_config_that_is_cut_off_is_an_error() {
    let bench = radio("6", "AV4200", json!({})).await;
    let whole = bench.radio().running_config().await.unwrap();
    assert!(whole.raw_bytes > 800, "{}", whole.raw_bytes);
    for bytes in [500, 700, 900] {
        bench.device.clear_faults();
        bench.device.add_fault(Fault::Drop { after: None, bytes: Some(bytes) });
        let failure = bench.radio().running_config().await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol, "{bytes}: {failure}");
    }
    bench.device.clear_faults();
    bench.device.add_fault(Fault::Drop { after: Some("show running-config".to_owned()), bytes: None });
    assert_eq!(bench.radio().running_config().await.unwrap_err().class, FailureClass::Protocol);
    bench.device.clear_faults();
    assert_eq!(bench.radio().running_config().await.unwrap(), whole);
}

#[tokio::test]
async fn a_command_that_a_release_does_not_know_is_not_a_failure() {
    let bench = radio("2.11", "AV4100", json!({})).await;
    let refuse =
        |command: &str, text: &str| Fault::RefuseCommand { command: command.to_owned(), text: text.to_owned() };
    bench.device.add_fault(refuse("show interface", "syntax error: unknown element"));
    bench.device.add_fault(refuse("paginate", "syntax error: unknown element"));
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.interfaces().await.unwrap(), None);
    assert!(session.carriers().await.unwrap().is_some());
    session.close().await;
    // Both spellings were tried.
    let typed = bench.received("shell");
    assert_eq!(typed.get(..2).unwrap(), ["operational: set paginate false", "operational: paginate false"]);
    bench.device.add_fault(refuse("show radio-carrier", "Error: access denied"));
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.carriers().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::ForbiddenReadonly, "{failure}");
    session.close().await;
}

#[tokio::test]
async fn the_command_line_tells_the_uptime_of_6() {
    let bench = radio("6", "AV4200", json!({ "uptime_days": 12 })).await;
    let mut session = bench.radio().session().await.unwrap();
    let uptime = session.uptime().await.unwrap().unwrap();
    let from = Duration::from_secs(12 * 86_400);
    assert!((from..from + Duration::from_secs(600)).contains(&uptime), "{uptime:?}");
    bench.turn(json!({ "cli_uptime": false }));
    assert_eq!(session.uptime().await.unwrap(), None);
    session.close().await;
}
