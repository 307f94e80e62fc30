//! `/metrics`, `/sd` and `/probe` as clients meet them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use towerhand::clock::Clock;

use super::{ASKED, RARELY, clock, get, lab, later, probe, scrape, shows, site, value};
use crate::support::{Setup, TestDaemon};

/// The series of a device that was polled once stand among the daemon's own, and promtool finds nothing wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrape_is_sound_in_both_formats() {
    let devices = vec![("ups-1", "apc-ups", json!({})), ("rtr-1", "routeros", json!({"version": "7.16"}))];
    let (_lab, daemon) = site(devices, RARELY, &clock()).await;
    for device in ["ups-1", "rtr-1"] {
        probe(&daemon, device).await;
    }
    let text = scrape(&daemon).await;
    shows(&text, r#"towerhand_device_up{device="ups-1",site="LAB"} 1"#);
    shows(&text, r#"towerhand_device_polls_total{device="rtr-1",site="LAB",outcome="ok"} 1"#);
    shows(&text, "towerhand_inventory_devices 2");
    shows(&text, "towerhand_leases 0");
    assert!(value(&text, r#"towerhand_store_seconds_count{operation="write"}"#).is_some());
    // Of a datagram and its answer, and of a connection that was accepted.
    for (device, via) in [("ups-1", "snmp"), ("rtr-1", "ssh")] {
        let series = format!("towerhand_device_round_trip_seconds{{device=\"{device}\",site=\"LAB\"}}");
        let trip = value(&text, &series).unwrap();
        assert!(trip > 0.0 && trip < 1.0, "{device}: {trip}");
        shows(&text, &format!("towerhand_device_poll_via{{device=\"{device}\",site=\"LAB\",via=\"{via}\"}} 1"));
    }
    assert!(text.contains(r#"type="MTROS",role="swt""#) && text.contains(r#"firmware="7.16"#), "{text}");
    promtool(&text);

    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    let (_, kind, open) = get(&daemon, "/metrics", accept).await;
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.ends_with("\n# EOF\n"));
    shows(&open, "# TYPE towerhand_device_polls counter");
    shows(&open, "# TYPE towerhand_jobs counter");
    shows(&text, "# TYPE towerhand_jobs_total counter");
    // What is a counter in one format is one in the other.
    let counters = |page: &str, end: &str| -> Vec<String> {
        let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"));
        types.map(|name| format!("{name}{end}")).collect()
    };
    let (ours, theirs) = (counters(&text, ""), counters(&open, "_total"));
    assert!(ours.len() > 8 && ours.iter().all(|name| theirs.contains(name)), "{ours:?}\n{theirs:?}");
    assert!(!open.lines().any(|line| line.starts_with("# TYPE ") && line.ends_with(" unknown")), "{open}");
    shows(&open, r#"towerhand_device_polls_total{device="rtr-1",site="LAB",outcome="ok"} 1"#);
    let mut families: Vec<&str> =
        open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all, "two families of one name");
}

fn promtool(text: &str) {
    let started = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        eprintln!("skipped: promtool is not here");
        return;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    assert_ne!(said.status.code(), Some(1), "it cannot be read");
    let said = [said.stdout, said.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    // Everyone tells the speed of a line in bits.
    let wrong: Vec<&str> =
        said.lines().filter(|line| !line.ends_with("use base unit \"bytes\" instead of \"bits\"")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_lists_every_device() {
    let lab = lab(vec![("ups-1", "apc-ups", json!({}))]).await;
    let inventory = format!(
        "{}    tags: {{tower-side: north, owner: \"a \\\"b\\\"\"}}\n  - {{name: bare, address: 192.0.2.7, type: AV4100}}\n",
        lab.inventory_yaml()
    );
    let setup = Setup { inventory: Some(inventory), settings: ASKED.to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    probe(&daemon, "ups-1").await;
    let (status, kind, text) = get(&daemon, "/sd", "*/*").await;
    assert_eq!((status.as_u16(), kind.as_str()), (200, "application/json"));
    let targets: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        targets,
        json!([
            {"targets": ["bare"], "labels": {
                "site": "-", "type": "AV4100", "role": "bh", "__meta_towerhand_name": "bare",
                "__meta_towerhand_address": "192.0.2.7", "__meta_towerhand_site": "-", "__meta_towerhand_type": "AV4100",
                "__meta_towerhand_role": "bh", "__meta_towerhand_polled": "false",
            }},
            {"targets": ["ups-1"], "labels": {
                "site": "LAB", "type": "APCUPS", "role": "ups", "__meta_towerhand_name": "ups-1",
                "__meta_towerhand_address": "127.61.0.1", "__meta_towerhand_site": "LAB",
                "__meta_towerhand_type": "APCUPS", "__meta_towerhand_role": "ups", "__meta_towerhand_polled": "true",
                "__meta_towerhand_tag_tower_side": "north", "__meta_towerhand_tag_owner": "a \"b\"",
            }},
        ])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_asks_one_device_and_shows_it_alone() {
    let clock = clock();
    let devices = vec![("ups-1", "apc-ups", json!({})), ("ups-2", "apc-ups", json!({}))];
    let (lab, daemon) = site(devices, ASKED, &clock).await;
    let ups = lab.device("ups-1").unwrap();
    assert!(ups.journal().is_empty(), "nobody asked yet");
    let text = probe(&daemon, "ups-1").await;
    shows(&text, r#"towerhand_device_up{device="ups-1",site="LAB"} 1"#);
    assert!(
        !text.contains("ups-2") && !text.contains("towerhand_queue_jobs") && !text.contains("towerhand_jobs_total"),
        "{text}"
    );
    let asked = ups.journal().len();
    assert!(asked > 0 && lab.device("ups-2").unwrap().journal().is_empty());
    // What has just been read is given again.
    probe(&daemon, "ups-1").await;
    assert_eq!(ups.journal().len(), asked);
    later(&clock);
    probe(&daemon, "ups-1").await;
    assert_eq!(ups.journal().len(), 2 * asked, "an unchanged device is asked the same");
    // Devices that are polled only when asked are in no scrape of all.
    assert!(!scrape(&daemon).await.contains("towerhand_device_up"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_probes_are_told_what_is_wrong() {
    let lab = lab(vec![("ups-1", "apc-ups", json!({}))]).await;
    let inventory = format!(
        "{}    health: {{enabled: false}}\n  - {{name: bare, address: 192.0.2.7, type: APCUPS}}\n",
        lab.inventory_yaml()
    );
    let setup = Setup { inventory: Some(inventory), settings: ASKED.to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    for (path, status, part) in [
        ("/probe", 422, "'target' is missing"),
        ("/probe?target=", 422, "'target' is missing"),
        ("/probe?target=ups-1&module=icmp", 422, "only one is 'health'"),
        ("/probe?target=nobody", 404, "not in the inventory"),
        ("/probe?target=ups-1", 409, "switches its polls off"),
        ("/probe?target=bare&module=health", 409, "give it snmp credentials"),
    ] {
        let (found, _, text) = get(&daemon, path, "*/*").await;
        assert_eq!(found.as_u16(), status, "{path}: {text}");
        assert!(text.contains(part), "{path}: {text}");
    }
    assert!(lab.device("ups-1").unwrap().journal().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_that_are_switched_off_are_none() {
    let devices = vec![("ups-1", "apc-ups", json!({}))];
    let (_lab, daemon) = site(devices, "[health]\nenabled = false\n", &Clock::system()).await;
    let (status, _, text) = get(&daemon, "/probe?target=ups-1", "*/*").await;
    assert_eq!(status, 409, "{text}");
    assert!(text.contains("health.enabled"), "{text}");
    assert!(!scrape(&daemon).await.contains("towerhand_device_up"));
}

/// The document names every metric of devices, and no other.
#[test]
fn the_document_lists_the_metrics() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/health.md")).unwrap();
    let row = regex::Regex::new(r"(?m)^\| `(towerhand_[a-z_]+)` \|").unwrap();
    let mut named: Vec<String> = row.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    let mut real: Vec<String> = towerhand::health::FAMILIES.iter().map(|family| family.name.to_owned()).collect();
    real.extend(towerhand::model::Metric::ALL.iter().map(|metric| metric.name().to_owned()));
    named.sort_unstable();
    real.sort_unstable();
    assert_eq!(named, real);
}
