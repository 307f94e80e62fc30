//! Facts, health and verdicts of `device_info`: S01, S03, S04 against the simulated agent.

use serde_json::{Value, json};
use towerhand::drivers::{DeviceInfo, TestResult};
use towerhand::model::Secret;
use towerhand::transport::SnmpLogin;

use super::bench::Bench;

fn row<'a>(info: &'a DeviceInfo, name: &str) -> &'a TestResult {
    info.tests.iter().find(|test| test.name == name).unwrap_or_else(|| panic!("no {name}: {:?}", info.tests))
}

#[tokio::test]
async fn s03_a_healthy_box_passes_and_shows_its_measurements() {
    for personality in ["ixr-classic-22.10", "ixr-md-24.10"] {
        let bench = Bench::start(json!({"personality": personality, "temperatures": [42, 41, 43]})).await;
        let info = bench.router().device_info(true).await.unwrap();
        let health = &info.members["health"];
        assert_eq!(health["model"], "7250 IXR-e");
        assert_eq!((&health["cpu_load_percent"], &health["over_temperature"]), (&json!(2), &json!(false)));
        assert_eq!(
            health["temperatures"],
            json!([
                {"name": "Slot 1", "celsius": 42, "threshold_celsius": 94},
                {"name": "Slot A", "celsius": 41, "threshold_celsius": 94},
                {"name": "MDA 1/1", "celsius": 43, "threshold_celsius": 94},
            ]),
            "-128 degrees are no temperature"
        );
        assert_eq!(health["fans"].as_array().unwrap().len(), 3);
        assert_eq!(health["fans"][0], json!({"number": 1, "state": "ok", "speed_percent": 40}));
        assert!(info.tests.iter().all(|test| test.pass != Some(false)), "{:?}", info.tests);
        assert_eq!(row(&info, "Temperature Slot A").expected.as_deref(), Some("below 94 °C"));
        assert_eq!(info.facts.serial.as_deref(), Some("NS2234F0601"));
        bench.closed().await;
    }
}

#[tokio::test]
async fn each_verdict_can_fail() {
    let bench = Bench::start(json!({
        "changes": true, "leds": {"critical": "Red"}, "over_temperature": true, "psus": ["up", "not equipped"],
        "fans": ["up", "failed"], "cpu": 97, "memory_used_kb": 9_500_000, "memory_free_kb": 500_000,
        "temperatures": [94, 93, 95], "hw_alarms": ["Slot 1"],
    }))
    .await;
    let info = bench.router().device_info(true).await.unwrap();
    let failed: Vec<(&str, Option<&str>)> = info
        .tests
        .iter()
        .filter(|test| test.pass == Some(false))
        .map(|test| (test.name.as_str(), test.actual.as_deref()))
        .collect();
    assert_eq!(
        failed,
        [
            ("Unsaved Changes", Some("Yes")),
            ("Critical LED", Some("Red")),
            ("Over Temperature", Some("Over")),
            ("Fan Tray 2", Some("failed")),
            ("Power Supply 2", Some("not equipped")),
            ("CPU Load", Some("97 %")),
            ("Free Memory", Some("5.0 %")),
            ("Temperature Slot 1", Some("94 °C")),
            ("Temperature MDA 1/1", Some("95 °C")),
            ("Fan 2", Some("failed")),
            ("Alarms", Some("Slot 1")),
        ]
    );
    assert_eq!(row(&info, "Temperature Slot A").pass, Some(true));
    assert!(bench.router().device_info(false).await.unwrap().tests.is_empty());
}

#[tokio::test]
async fn s04_memory_above_32_bits_is_right() {
    let bench = Bench::start(json!({"memory_used_kb": 6_000_000, "memory_free_kb": 2_000_000})).await;
    let info = bench.router().device_info(true).await.unwrap();
    assert_eq!(info.members["health"]["memory_used_bytes"], json!(6_144_000_000_u64));
    assert_eq!(row(&info, "Free Memory").actual.as_deref(), Some("25.0 %"));
}

#[tokio::test]
async fn s01_the_model_of_the_agent_is_that_of_its_object() {
    for (model, told) in [("7250 IXR-s", "7250 IXR-s"), ("7250 IXR-R6", "7250 IXR-R6"), ("7250 IXR-ec", "7250 IXR-ec")]
    {
        let bench = Bench::start(json!({"model": model})).await;
        let info = bench.router().device_info(false).await.unwrap();
        assert_eq!((info.members["health"]["model"].as_str(), info.facts.model.as_deref()), (Some(told), Some(model)));
    }
}

#[tokio::test]
async fn an_agent_that_is_not_there_or_another_is_unknown_health() {
    let mut bench = Bench::start(json!({})).await;
    bench.snmp.timeout_ms = 200;
    bench.snmp.retries = 0;
    bench.target.snmp = None;
    let info = bench.router().device_info(true).await.unwrap();
    assert_eq!(info.members["health"], Value::Null);
    assert!(info.tests.iter().all(|test| test.name != "SNMP" && test.name != "CPU Load"), "{:?}", info.tests);

    bench.target.snmp = Some(SnmpLogin::V2c { community: Secret::new("another") });
    let info = bench.router().device_info(true).await.unwrap();
    assert_eq!(
        (row(&info, "SNMP").actual.as_deref(), row(&info, "SNMP").pass),
        (Some("SNMP failed (timeout)"), Some(false))
    );
    assert_eq!(info.facts.serial.as_deref(), Some("NS2234F0601"), "the command line answered");

    bench.target.snmp = Some(SnmpLogin::V2c { community: Secret::new("public") });
    bench.turn(json!({"object": 14}));
    let info = bench.router().device_info(true).await.unwrap();
    assert_eq!(row(&info, "SNMP").actual.as_deref(), Some("SNMP failed (wrong_model)"));
    assert_eq!(info.members["health"], Value::Null);
}

#[tokio::test]
async fn an_agent_that_cuts_its_answers_is_read_whole() {
    let bench = Bench::start(json!({"max_message_size": 1472, "max_varbinds": 8, "over_limit": "tooBig"})).await;
    let info = bench.router().device_info(false).await.unwrap();
    assert_eq!(info.members["health"]["parts"].as_array().unwrap().len(), 9);
}
