//! A real Prometheus watches a simulated site through the daemon, with the shipped rules: the mains fail, a radio fades, a
//! router dies, and each is told and taken back. Durations of rules are cut to seconds (`server::hastened`), nothing else.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use regex::Regex;
use serde_json::{Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::core::Fault;

use super::server::Prometheus;
use super::shipped::queries;
use crate::engine::wait::until;
use crate::power::{site, turn, unit};
use crate::support::TestDaemon;

/// A poll every three seconds, and a dead device is told dead soon.
const SETTINGS: &str = "
[health]
interval = \"3s\"
[ssh]
connect_seconds = 2
[snmp]
timeout_ms = 1000
retries = 1
";

/// `/metrics` as a scraper that wants the older form gets it.
pub async fn metrics(daemon: &TestDaemon) -> String {
    let request = daemon.api.http.get(format!("{}/metrics", daemon.api.url)).header("Accept", "text/plain");
    let reply = request.send().await.unwrap();
    assert!(reply.status().is_success(), "{}", reply.status());
    reply.text().await.unwrap()
}

/// Waits until each of these devices has answered a poll.
pub async fn polled(daemon: &TestDaemon, devices: &[&str]) {
    until(&format!("polls of {devices:?}"), async || {
        let text = metrics(daemon).await;
        devices.iter().all(|device| {
            let start = format!("towerhand_device_up{{device=\"{device}\"");
            text.lines().any(|line| line.starts_with(&start) && line.ends_with(" 1"))
        })
    })
    .await;
}

/// A fortnight of what each carrier receives now, at full hours until three hours ago, as a Prometheus that scrapes the
/// daemon at `address` would have it.
fn fortnight(metrics: &str, address: &str) -> String {
    let sample = Regex::new(r"(?m)^towerhand_radio_rsl_dbm\{(.*)\} (\S+)$").unwrap();
    let now = Clock::system().now();
    let mut past = "# TYPE towerhand_radio_rsl_dbm gauge\n".to_owned();
    let mut carriers = 0;
    for found in sample.captures_iter(metrics) {
        carriers += 1;
        for hours in (3..=336_i64).rev() {
            let at = now.checked_sub(hours.hours()).unwrap().as_second() / 3600 * 3600;
            let (labels, value) = (&found[1], &found[2]);
            writeln!(past, "towerhand_radio_rsl_dbm{{{labels},instance=\"{address}\",job=\"towerhand\"}} {value} {at}")
                .unwrap();
        }
    }
    assert!(carriers > 0, "no radio tells its level:\n{metrics}");
    past + "# EOF\n"
}

#[tokio::test]
async fn what_goes_wrong_at_a_site_is_told_and_taken_back() {
    let devices = vec![
        unit("ups-1", "ups-mib", json!({})),
        unit("bh-1", "aviat", json!({ "family": "6", "active": "6.1.0" })),
        unit("sw-1", "routeros", json!({})),
        unit("sw-2", "routeros", json!({})),
    ];
    let (lab, daemon) = site(devices, SETTINGS).await;
    polled(&daemon, &["ups-1", "bh-1", "sw-1", "sw-2"]).await;
    let address = daemon.api.url.trim_start_matches("http://").to_owned();
    let past = fortnight(&metrics(&daemon).await, &address);
    let Some(prometheus) = Prometheus::start(&address, &past).await else {
        daemon.stop().await;
        return;
    };
    // It scrapes, it knows the fortnight, and nothing is wrong.
    until("the fortnight", async || {
        let hours = prometheus.query("towerhand:radio_rsl_dbm:hours14d").await;
        !hours.is_empty() && hours.iter().all(|(_, hours)| *hours >= 300.0)
    })
    .await;
    until("a reached site", async || !prometheus.query("towerhand:site_uplink_up{site=\"LAB\"} == 1").await.is_empty())
        .await;
    assert_eq!(prometheus.firing().await, Vec::<String>::new());

    turn(&lab, "ups-1", json!({ "on_battery": true, "minutes": 120, "battery_charge": 90 }));
    prometheus.fires(&["TowerhandOnBattery ups-1"]).await;
    prometheus.says("TowerhandOnBattery", "ups-1 at LAB runs on battery").await;

    // From -36.7 dBm.
    turn(&lab, "bh-1", json!({ "rsl": -52.7 }));
    prometheus.fires(&["TowerhandOnBattery ups-1", "TowerhandRadioDegraded bh-1"]).await;
    let carrier = prometheus.query("towerhand_radio_rsl_dbm").await[0].0["carrier"].clone();
    let told = format!("bh-1 {} receives -16.0 dB against its own fortnight", carrier.as_str().unwrap());
    prometheus.says("TowerhandRadioDegraded", &told).await;

    lab.device("sw-2").unwrap().add_fault(Fault::Refuse {});
    let all = ["TowerhandDeviceUnreachable sw-2", "TowerhandOnBattery ups-1", "TowerhandRadioDegraded bh-1"];
    prometheus.fires(&all).await;
    let silent = prometheus.query("towerhand_device_unreachable{device=\"sw-2\"} == 1").await;
    let reason = silent[0].0["reason"].as_str().unwrap();
    prometheus.says("TowerhandDeviceUnreachable", &format!("sw-2 at LAB does not answer: {reason}")).await;

    // Each of the dashboard's queries is one that this Prometheus takes; those of what is simulated here have an answer.
    for (panel, query) in queries() {
        let samples = prometheus.query(&query).await;
        let wanted = ["Devices that answer", "Received signal level", "Charge of the battery", "Firmware by type"];
        assert!(!samples.is_empty() || !wanted.contains(&panel.as_str()), "{panel}: {query}");
    }
    assert_eq!(prometheus.broken_rules().await, Vec::<String>::new());

    turn(&lab, "ups-1", json!({ "on_battery": null, "minutes": null, "battery_charge": null }));
    turn(&lab, "bh-1", json!({ "rsl": Value::Null }));
    lab.device("sw-2").unwrap().clear_faults();
    prometheus.fires(&[]).await;
    daemon.stop().await;
}

/// The whole site goes: one alert, not one for each device.
#[tokio::test]
async fn a_site_that_goes_dark_is_one_alert() {
    let devices = vec![
        unit("bh-1", "aviat", json!({ "family": "6", "active": "6.1.0" })),
        unit("ups-1", "ups-mib", json!({})),
        unit("ups-2", "apc-ups", json!({})),
    ];
    let (lab, daemon) = site(devices, SETTINGS).await;
    polled(&daemon, &["bh-1", "ups-1", "ups-2"]).await;
    let address = daemon.api.url.trim_start_matches("http://").to_owned();
    let Some(prometheus) = Prometheus::start(&address, "").await else {
        daemon.stop().await;
        return;
    };
    until("a reached site", async || !prometheus.query("towerhand:site_uplink_up{site=\"LAB\"} == 1").await.is_empty())
        .await;
    assert_eq!(prometheus.firing().await, Vec::<String>::new());
    turn(&lab, "ups-1", json!({ "on_battery": true, "minutes": 120, "battery_charge": 90 }));
    prometheus.fires(&["TowerhandOnBattery ups-1"]).await;
    for device in lab.devices() {
        device.add_fault(Fault::Mute { after: None });
    }
    prometheus.fires(&["TowerhandSiteDown"]).await;
    let told = "Site LAB is cut off: 0 of 3 devices answer, it ran on battery in the hour before";
    prometheus.says("TowerhandSiteDown", told).await;
    for device in lab.devices() {
        device.clear_faults();
    }
    prometheus.fires(&["TowerhandOnBattery ups-1"]).await;
    daemon.stop().await;
}
