//! What polls find out, and when they happen.

use jiff::SignedDuration;
use serde_json::json;
use towerhand::clock::Clock;
use towerhand::lifecycle::Signal;
use towerhand_simulators::core::Fault;

use super::{ASKED, RARELY, clock, later, probe, scrape, shows, site, value};
use crate::engine::wait::{journal, until};

fn object(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_are_polled_at_their_intervals_by_themselves() {
    let devices = vec![("ups-1", "apc-ups", json!({}))];
    let settings = "[health]\ninterval = '1h'\n[health.types]\nAPCUPS = '1s'\n";
    let (lab, daemon) = site(devices, settings, &Clock::system()).await;
    let ups = lab.device("ups-1").unwrap();
    let one = journal(&ups, "a poll", |journal| !journal.is_empty()).await.len();
    journal(&ups, "three more", |journal| journal.len() >= 4 * one).await;
    shows(&scrape(&daemon).await, r#"towerhand_device_poll_interval_seconds{device="ups-1",site="LAB"} 1"#);
    let (_, _folder) = daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_away_has_no_measurements_and_comes_back() {
    let clock = clock();
    let (lab, daemon) = site(vec![("ups-1", "apc-ups", json!({}))], ASKED, &clock).await;
    let ups = lab.device("ups-1").unwrap();
    let uptime = r#"towerhand_device_uptime_seconds{device="ups-1",site="LAB"}"#;
    assert!(value(&probe(&daemon, "ups-1").await, uptime).is_some());
    ups.add_fault(Fault::Refuse {});
    later(&clock);
    let text = probe(&daemon, "ups-1").await;
    shows(&text, r#"towerhand_device_up{device="ups-1",site="LAB"} 0"#);
    assert!(text.contains(r#"towerhand_device_unreachable{device="ups-1",site="LAB",reason="#), "{text}");
    assert_eq!(value(&text, uptime), None, "{text}");
    assert!(text.lines().all(|line| line.starts_with('#') || line.starts_with("towerhand_device_")), "{text}");
    ups.clear_faults();
    later(&clock);
    let text = probe(&daemon, "ups-1").await;
    shows(&text, r#"towerhand_device_up{device="ups-1",site="LAB"} 1"#);
    shows(&text, r#"towerhand_device_polls_total{device="ups-1",site="LAB",outcome="failed"} 1"#);
    shows(&text, r#"towerhand_device_polls_total{device="ups-1",site="LAB",outcome="ok"} 2"#);
    assert!(!text.contains("unreachable"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reboot_is_counted() {
    let clock = clock();
    let (lab, daemon) = site(vec![("ups-1", "apc-ups", json!({"uptime_seconds": 864_000}))], ASKED, &clock).await;
    let reboots = r#"towerhand_device_reboots_total{device="ups-1",site="LAB"} "#;
    shows(&probe(&daemon, "ups-1").await, &format!("{reboots}0"));
    lab.device("ups-1").unwrap().merge(object(json!({"uptime_seconds": 3})));
    later(&clock);
    let text = probe(&daemon, "ups-1").await;
    shows(&text, &format!("{reboots}1"));
    let uptime = value(&text, r#"towerhand_device_uptime_seconds{device="ups-1",site="LAB"}"#).unwrap();
    assert!((3.0..60.0).contains(&uptime), "{uptime}");
}

/// Two who ask at once are served by one poll: one login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_two_polls_at_once_on_a_device() {
    let (lab, daemon) = site(vec![("rtr-1", "routeros", json!({"version": "7.16"}))], ASKED, &clock()).await;
    let asked = (0..5).map(|_| probe(&daemon, "rtr-1"));
    for text in futures_util::future::join_all(asked).await {
        shows(&text, r#"towerhand_device_polls_total{device="rtr-1",site="LAB",outcome="ok"} 1"#);
    }
    let router = lab.device("rtr-1").unwrap();
    let opened = router.journal().iter().filter(|entry| entry.channel == "auth").count();
    assert_eq!(opened, 1, "{:?}", router.journal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inventory_that_changes_is_followed() {
    let (lab, daemon) = site(vec![("ups-1", "apc-ups", json!({}))], RARELY, &clock()).await;
    probe(&daemon, "ups-1").await;
    let renamed = lab.inventory_yaml().replace("name: \"ups-1\"", "name: \"ups-9\"");
    assert!(renamed.contains("ups-9"), "{renamed}");
    std::fs::write(daemon.folder.path().join("inventory.yaml"), renamed).unwrap();
    daemon.signal(Signal::Reload).await;
    until("the other name", async || super::get(&daemon, "/sd", "*/*").await.2.contains("ups-9")).await;
    shows(&probe(&daemon, "ups-9").await, r#"towerhand_device_up{device="ups-9",site="LAB"} 1"#);
    assert!(!scrape(&daemon).await.contains("ups-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_configs_are_counted_also_over_a_restart() {
    let clock = clock();
    let (lab, daemon) = site(vec![("rtr-1", "routeros", json!({"version": "7.16"}))], RARELY, &clock).await;
    let payload = || json!({"device": "rtr-1"});
    let changes = r#"towerhand_config_changes_total{device="rtr-1",site="LAB"}"#;
    let changed = r#"towerhand_config_last_change_timestamp_seconds{device="rtr-1",site="LAB"}"#;
    daemon.api.response("ido.swt.running_config", payload()).await;
    until("version 0", async || value(&scrape(&daemon).await, changes) == Some(0.0)).await;
    assert_eq!(value(&scrape(&daemon).await, changed), None);
    lab.device("rtr-1").unwrap().merge(object(json!({"identity": "OTHER"})));
    clock.jump(SignedDuration::from_hours(5));
    daemon.api.response("ido.swt.running_config", payload()).await;
    until("version 1", async || value(&scrape(&daemon).await, changes) == Some(1.0)).await;
    let at = value(&scrape(&daemon).await, changed).unwrap();
    let start = 1_800_000_000.0 + 5.0 * 3600.0;
    assert!((start..start + 600.0).contains(&at), "{at}");
    let (_, folder) = daemon.stop().await;
    let setup = crate::support::Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: RARELY.to_owned(),
        clock,
        ..Default::default()
    };
    let daemon = crate::support::TestDaemon::start_in(folder, setup).await;
    until("version 1", async || value(&scrape(&daemon).await, changes) == Some(1.0)).await;
    assert_eq!(value(&scrape(&daemon).await, changed), Some(at));
}
