//! Facts by SNMP and by the command line, and how gently they are read.

use serde_json::json;
use towerhand_simulators::core::Fault;

use super::bench::Bench;

const DAY: u64 = 86_400;

#[tokio::test]
async fn the_same_facts_by_either_way() {
    for (family, device_type, version, model) in
        [("2.11", "AV4100", "2.11.11.18.6069", "WTM4100"), ("6", "AV4200", "6.2.4.12.59373", "WTM4200")]
    {
        let mut bench = Bench::start(device_type, json!({ "family": family, "hostname": "BH-1" })).await;
        let by_snmp = bench.radio().facts().await.unwrap();
        assert!(bench.received("shell").is_empty(), "SNMP was enough");
        bench.target.snmp = None;
        let by_shell = bench.radio().facts().await.unwrap();
        for facts in [&by_snmp, &by_shell] {
            assert_eq!(facts.name.as_deref(), Some("BH-1"));
            assert_eq!((facts.version.as_deref(), facts.model.as_deref()), (Some(version), Some(model)));
            assert_eq!(facts.serial.as_deref(), Some("AAA0000A000"));
        }
        assert_eq!(by_snmp.uptime.map(|uptime| uptime.as_secs() / DAY), Some(10));
        // The command line of 2.11 has no uptime.
        assert_eq!(by_shell.uptime.map(|uptime| uptime.as_secs() / DAY), (family == "6").then_some(10));
    }
}

#[tokio::test]
async fn indexes_that_moved_are_found_by_name() {
    for (family, device_type) in [("2.11", "AV4100"), ("6", "AV4200")] {
        let bench = Bench::start(device_type, json!({ "family": family, "entity_shift": 30, "rsl": -41.5 })).await;
        bench.device.add_fault(Fault::RefuseCommand {
            command: "show radio-carrier".to_owned(),
            text: "syntax error: unknown element".to_owned(),
        });
        let info = bench.radio().device_info(false).await.unwrap();
        let carriers = info.members["carriers"].as_array().unwrap();
        assert_eq!(carriers.len(), 2, "the agent's, since the command line shows none");
        assert_eq!((&carriers[0]["carrier"], &carriers[0]["rsl_dbm"]), (&json!("Carrier1/1"), &json!(-41.5)));
        assert_eq!((&carriers[0]["tx_frequency"], &carriers[0]["oper_status"]), (&json!("11225000"), &json!("up")));
        let volts = if family == "6" { 53.703 } else { 47.058 };
        assert_eq!(info.members["input_volts"], volts);
    }
}

#[tokio::test]
async fn an_old_agent_is_not_overrun() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11", "active": "2.7.0.11.4349" })).await;
    let info = bench.radio().device_info(true).await.unwrap();
    assert_eq!(info.facts.version.as_deref(), Some("2.7.0.11.4349"));
    let row = info.tests.iter().find(|row| row.name == "SNMP").unwrap();
    assert_eq!(row.pass, Some(true), "{row:?}");
    assert!(bench.received("snmp").len() < 15, "{:?}", bench.received("snmp"));
    assert!(!bench.sent("snmp").is_empty());
}

#[tokio::test]
async fn a_counter_that_wrapped_is_no_uptime() {
    // 500 days: sysUpTime is back at 2 days and 22 hours.
    let bench = Bench::start("AV4200", json!({ "family": "6", "uptime_days": 500 })).await;
    let info = bench.radio().device_info(false).await.unwrap();
    assert_eq!(info.facts.uptime.map(|uptime| uptime.as_secs() / DAY), Some(500));
    assert_eq!(info.facts.more["uptime_source"], "snmp+cli");
    // 2.11 has no other source: the receiver has been locked for longer than the agent says, so nothing is known.
    let bench = Bench::start("AV4100", json!({ "family": "2.11", "uptime_days": 500 })).await;
    let info = bench.radio().device_info(false).await.unwrap();
    assert_eq!(info.facts.uptime, None);
}

#[tokio::test]
async fn another_community_is_a_finding() {
    let bench = Bench::start("AV4200", json!({ "family": "6", "snmp_community": "another" })).await;
    let info = bench.radio().device_info(true).await.unwrap();
    let row = info.tests.iter().find(|row| row.name == "SNMP").unwrap();
    assert_eq!((row.pass, row.actual.as_deref()), (Some(false), Some("SNMP timed out")));
    assert_eq!(info.facts.version.as_deref(), Some("6.2.4.12.59373"), "the command line told it");
}
