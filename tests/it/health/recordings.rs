//! Walks of real devices, played by the SNMP agent and read by their drivers. The tables were written by hand from the
//! recordings with the scales of the specification; a series that is not in the table must not be there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use towerhand::model::{Health, Metric};

use super::bench::{Bench, By, same, up_for};
use super::recordings_by_vendor::{POWER, RADIOS, ROUTERS, SWITCHES};
use crate::support::recording;

/// A recording, the type that the inventory takes it for, and what must be read of it.
pub struct Row {
    pub recording: &'static str,
    pub device_type: &'static str,
    pub model: Option<&'static str>,
    pub firmware: Option<&'static str>,
    /// Seconds, as recorded; none where the recording has no sysUpTime.
    pub uptime: Option<u64>,
    pub readings: &'static [(Metric, &'static [(&'static str, f64)])],
}

fn rows() -> impl Iterator<Item = &'static Row> {
    [ROUTERS, RADIOS, SWITCHES, POWER].into_iter().flatten()
}

async fn played(name: &str, device_type: &str) -> Option<Bench> {
    let file = recording::path(&format!("snmp/{name}.snmprec"))?;
    Some(Bench::start("snmp", device_type, json!({ "file": file.display().to_string() }), By::Snmp).await)
}

fn check(row: &Row, health: &Health) {
    let name = row.recording;
    let expected: BTreeMap<(Metric, &str), f64> = row
        .readings
        .iter()
        .flat_map(|(metric, values)| values.iter().map(|(of, value)| ((*metric, *of), *value)))
        .collect();
    let read: BTreeMap<(Metric, &str), f64> =
        health.readings.iter().map(|reading| ((reading.metric, reading.of.as_str()), reading.value)).collect();
    assert_eq!(read.len(), health.readings.len(), "{name}: a series is there twice: {health:#?}");
    let keys = |map: &BTreeMap<(Metric, &str), f64>| {
        map.keys().map(|(metric, of)| format!("{}{{{of}}}", metric.name())).collect::<BTreeSet<String>>()
    };
    assert_eq!(keys(&read), keys(&expected), "{name}");
    for (key, value) in &expected {
        let got = read.get(key).copied().unwrap();
        assert!(same(got, *value), "{name}: {key:?} is {got}, not {value}");
    }
    assert_eq!((health.model.as_deref(), health.firmware.as_deref()), (row.model, row.firmware), "{name}");
    assert!(up_for(health.uptime, row.uptime), "{name}: {:?}", health.uptime);
}

#[test]
fn every_recording_has_a_table() {
    let Some(folder) = recording::path("snmp") else { return };
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".snmprec").to_owned())
        .collect();
    let listed: BTreeSet<String> = rows().map(|row| row.recording.to_owned()).collect();
    assert_eq!(listed, there);
}

#[tokio::test]
async fn every_recording_gives_what_stands_in_its_table() {
    for row in rows() {
        let Some(bench) = played(row.recording, row.device_type).await else { return };
        let health = bench.health().await.unwrap_or_else(|failure| panic!("{}: {failure}", row.recording));
        check(row, &health);
        let requests = bench.received("snmp");
        assert!(requests <= 48, "{}: {requests} requests", row.recording);
    }
}

/// A device that the inventory has no type for is read by the driver of the family that its identity names.
#[tokio::test]
async fn a_device_of_no_type_gives_the_same() {
    for row in rows().filter(|row| row.device_type != "GENERIC") {
        let Some(bench) = played(row.recording, "GENERIC").await else { return };
        let health = bench.health().await.unwrap_or_else(|failure| panic!("{}: {failure}", row.recording));
        check(row, &health);
    }
}
