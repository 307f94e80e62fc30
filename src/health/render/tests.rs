use std::sync::Arc;

use super::*;
use crate::health::{Answer, Via};
use crate::inventory::InventoryHandle;
use crate::model::{Failure, FailureClass};
use crate::telemetry::exposition::Format;

#[expect(clippy::disallowed_methods, reason = "the test writes an inventory")]
fn board(yaml: &str) -> Board {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, yaml).unwrap();
    let inventory = InventoryHandle::new(crate::inventory::load(&path).unwrap());
    let board = Board::new(inventory.clone(), true);
    for device in inventory.current().devices() {
        board.put(Arc::clone(device), Duration::from_secs(60));
    }
    board
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn text(board: &Board, format: Format) -> String {
    let mut page = Page::new(format);
    board.write(&mut page);
    page.finish()
}

fn answer(readings: &[(Metric, &str, f64)]) -> Answer {
    let mut health =
        Health { model: Some("M\"1".to_owned()), uptime: Some(Duration::from_secs(90)), ..Health::default() };
    health.readings = readings
        .iter()
        .map(|(metric, of, value)| Reading { metric: *metric, of: (*of).to_owned(), value: *value })
        .collect();
    Answer { health, round_trip: Some(Duration::from_millis(12)), via: Via::Snmp }
}

const ONE: &str = "sites: [{name: NORTH}]\ndevices:\n\
    - {name: ups-1, address: 192.0.2.1, type: APCUPS, site: NORTH, credentials: {snmp: {version: 2c, community: env:C}}}\n\
    - {name: bare, address: 192.0.2.2, type: APCUPS}\n";

#[test]
fn a_device_that_answers() {
    let board = board(ONE);
    let readings = [
        (Metric::BatteryCharge, "", 0.97),
        (Metric::Temperature, "ba\\t", 24.5),
        (Metric::Temperature, "ba\\t", 99.0),
        (Metric::Load, "", f64::INFINITY),
    ];
    board.keep("ups-1", Ok(answer(&readings)), Duration::from_millis(250), at(1_800_000_000));
    let text = text(&board, Format::Text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let labels = r#"device="ups-1",site="NORTH""#;
    let expected = [
        format!("towerhand_device_up{{{labels}}} 1"),
        format!("towerhand_device_poll_seconds{{{labels}}} 0.25"),
        format!("towerhand_device_round_trip_seconds{{{labels}}} 0.012"),
        format!("towerhand_device_poll_via{{{labels},via=\"snmp\"}} 1"),
        format!("towerhand_device_last_success_timestamp_seconds{{{labels}}} 1800000000"),
        format!("towerhand_device_polls_total{{{labels},outcome=\"failed\"}} 0"),
        format!("towerhand_device_polls_total{{{labels},outcome=\"ok\"}} 1"),
        format!("towerhand_device_poll_interval_seconds{{{labels}}} 60"),
        format!("towerhand_device_uptime_seconds{{{labels}}} 90"),
        format!("towerhand_device_reboots_total{{{labels}}} 0"),
        format!(r#"towerhand_device_info{{{labels},type="APCUPS",role="ups",model="M\"1",firmware=""}} 1"#),
        format!(r#"towerhand_temperature_celsius{{{labels},sensor="ba\\t"}} 24.5"#),
        format!("towerhand_battery_charge_ratio{{{labels}}} 0.97"),
        "towerhand_health_unpolled 1".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_device_that_is_down_measures_nothing() {
    let board = board(ONE);
    let up = answer(&[(Metric::BatteryCharge, "", 0.97)]);
    board.keep("ups-1", Ok(up.clone()), Duration::from_millis(250), at(1000));
    let failure = Failure::new(FailureClass::Unreachable, "ups-1: no answer");
    board.keep("ups-1", Err(failure), Duration::from_secs(6), at(1060));
    let down = text(&board, Format::Text);
    assert!(down.contains(r#"towerhand_device_up{device="ups-1",site="NORTH"} 0"#), "{down}");
    assert!(down.contains(r#"towerhand_device_unreachable{device="ups-1",site="NORTH",reason="unreachable"} 1"#));
    assert!(down.contains(r#"_last_success_timestamp_seconds{device="ups-1",site="NORTH"} 1000"#));
    assert!(down.contains(r#"model="M\"1""#), "what it last said of itself");
    for gone in ["battery", "uptime_seconds", "round_trip", "poll_via"] {
        assert!(!down.contains(gone), "{gone} in {down}");
    }
    let restarted = Answer { health: Health { uptime: Some(Duration::from_secs(20)), ..up.health }, ..up };
    board.keep("ups-1", Ok(restarted), Duration::from_millis(250), at(1120));
    assert!(text(&board, Format::Text).contains(r#"towerhand_device_reboots_total{device="ups-1",site="NORTH"} 1"#));
}

#[test]
fn both_ends_of_a_link_and_their_difference() {
    let login = "credentials: {username: admin, password: env:P}";
    let board = board(&format!(
        "devices:\n- {{name: a, address: 192.0.2.1, type: AV4100, {login}}}\n- {{name: b, address: 192.0.2.2, type: AV4100, hop: a, {login}}}\n"
    ));
    let rsl = |levels: &[(&'static str, f64)]| {
        answer(&levels.iter().map(|(of, level)| (Metric::RadioRsl, *of, *level)).collect::<Vec<_>>())
    };
    let link = |board: &Board| {
        let text = text(board, Format::Text);
        text.lines()
            .find_map(|line| line.strip_prefix(r#"towerhand_link_rsl_difference_db{link="a - b"} "#).map(str::to_owned))
    };
    let keep = |name: &str, answer| board.keep(name, Ok(answer), Duration::ZERO, at(0));
    keep("a", rsl(&[("Carrier1/1", -40.5), ("Carrier1/2", -42.0)]));
    assert_eq!(link(&board), None, "of the other end nothing is known");
    keep("b", rsl(&[("Carrier1/1", -41.5), ("Carrier1/2", -49.0)]));
    assert_eq!(link(&board).as_deref(), Some("7"));
    keep("b", rsl(&[("other", -41.5)]));
    assert_eq!(link(&board), None, "which belongs to which is not known");
    keep("a", rsl(&[("Carrier1/1", -40.0)]));
    assert_eq!(link(&board).as_deref(), Some("1.5"));
    let text = text(&board, Format::Text);
    for line in [
        r#"towerhand_link_info{link="a - b",device="a",peer="b"} 1"#,
        r#"towerhand_link_info{link="a - b",device="b",peer="a"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}

#[test]
fn changes_of_configs_are_counted_from_the_second_version_on() {
    let board = board(ONE);
    let change = |number, second| crate::health::board::ConfigChange { number, at: at(second) };
    board.put_config("ups-1".to_owned(), change(1, 500));
    board.put_config("192.0.2.99".to_owned(), change(9, 500));
    let first = text(&board, Format::Text);
    assert!(first.contains(r#"towerhand_config_changes_total{device="ups-1",site="NORTH"} 0"#), "{first}");
    assert!(!first.contains("towerhand_config_last_change") && !first.contains("192.0.2.99"), "{first}");
    board.put_config("ups-1".to_owned(), change(3, 700));
    let third = text(&board, Format::Text);
    assert!(third.contains(r#"towerhand_config_changes_total{device="ups-1",site="NORTH"} 2"#), "{third}");
    assert!(third.contains(r#"towerhand_config_last_change_timestamp_seconds{device="ups-1",site="NORTH"} 700"#));
}

/// Every line of a page of two thousand devices is what the format says, and no sample is there twice.
#[test]
fn two_thousand_devices_make_one_sound_page() {
    let mut yaml = "devices:\n".to_owned();
    for number in 0..2000 {
        yaml.push_str(&format!(
            "- {{name: u{number}, address: 10.1.{}.{}, type: APCUPS, credentials: {{snmp: {{version: 2c, community: env:C}}}}}}\n",
            number / 250,
            number % 250 + 1
        ));
    }
    let board = board(&yaml);
    let names: Vec<String> = (0..20).map(|sensor| sensor.to_string()).collect();
    let readings: Vec<(Metric, &str, f64)> =
        names.iter().map(|sensor| (Metric::Temperature, sensor.as_str(), 21.5)).collect();
    for number in 0..2000 {
        board.keep(&format!("u{number}"), Ok(answer(&readings)), Duration::from_millis(3), at(1000));
    }
    for format in [Format::Text, Format::OpenMetrics] {
        let text = text(&board, format);
        let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(samples.len(), 2000 * 31 + 1);
        let mut series: Vec<&str> = samples.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
        series.sort_unstable();
        series.dedup();
        assert_eq!(series.len(), samples.len());
        let mut families: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        let all = families.len();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), all);
        assert_eq!(text.ends_with("\n# EOF\n"), format == Format::OpenMetrics);
    }
}

#[test]
fn no_family_has_the_name_of_another() {
    let mut names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.extend(Metric::ALL.iter().map(|metric| metric.name()));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(FAMILIES.iter().all(|family| (family.kind == Kind::Counter) == family.name.ends_with("_total")));
}
