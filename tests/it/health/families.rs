//! Drivers against simulated equipment: what changes is seen, requests are few, and what does not answer is no reading.

use serde_json::json;
use towerhand::model::{FailureClass, Metric};

use super::bench::{Bench, By, labels, same, value};

fn is(read: Option<f64>, expected: f64) -> bool {
    read.is_some_and(|read| same(read, expected))
}

#[tokio::test]
async fn a_radio_of_2_fades() {
    let knobs = json!({ "unit": "WTM4200", "model": "W42-11H2-WPX", "active": "2.11.11", "rsl": -41.3, "snr": 39.5, "tx_power": 20.1 });
    let bench = Bench::start("aviat", "AV4200", knobs, By::Snmp).await;
    let health = bench.health().await.unwrap();
    assert_eq!(health.model.as_deref(), Some("WTM4200"));
    assert!(health.firmware.as_deref().is_some_and(|version| version.starts_with("2.11.11")), "{health:?}");
    for carrier in ["Carrier1/1", "Carrier1/2"] {
        assert!(is(value(&health, Metric::RadioRsl, carrier), -41.3));
        assert!(is(value(&health, Metric::RadioSnr, carrier), 39.5));
        assert!(is(value(&health, Metric::RadioTransmitPower, carrier), 20.1));
        // 730,947 kbit/s.
        assert!(is(value(&health, Metric::RadioCapacity, carrier), 730_947_000.0));
        assert!(is(value(&health, Metric::RadioReceiveCapacity, carrier), 730_947_000.0));
        assert!(is(value(&health, Metric::RadioModulation, carrier), 4096.0));
        assert!(is(value(&health, Metric::RadioCarrierUp, carrier), 1.0));
    }
    // The same thousandths with scale units and precision 3.
    assert!(is(value(&health, Metric::Voltage, "input"), 47.058));
    assert!(is(value(&health, Metric::Temperature, "InternalTemp1/1"), 42.562));
    assert_eq!(labels(&health, Metric::Temperature).len(), 7);
    let ports = ["GigabitEthernet1/1", "GigabitEthernet1/2", "Radio1", "TenGigE1/1", "TenGigE1/2"];
    assert_eq!(labels(&health, Metric::InterfaceUp), ports);
    assert!(is(value(&health, Metric::InterfaceUp, "Radio1"), 1.0));
    assert!(is(value(&health, Metric::InterfaceUp, "GigabitEthernet1/1"), 0.0));
    assert!(health.uptime.is_some_and(|uptime| uptime.as_secs() >= 864_000), "{:?}", health.uptime);
    bench.turn(json!({ "rsl": -71.9, "snr": 12.3 }));
    let health = bench.health().await.unwrap();
    assert!(is(value(&health, Metric::RadioRsl, "Carrier1/1"), -71.9));
    assert!(is(value(&health, Metric::RadioSnr, "Carrier1/2"), 12.3));
}

#[tokio::test]
async fn a_radio_of_6_has_other_indexes_scales_and_columns() {
    let knobs = json!({ "family": "6", "entity_shift": 7, "rsl": -40.5, "alarms": [1, 0, 2, 0] });
    let bench = Bench::start("aviat", "AV4100", knobs, By::Snmp).await;
    let health = bench.health().await.unwrap();
    assert!(is(value(&health, Metric::RadioRsl, "Carrier1/1"), -40.5));
    // Capacity stands where 2.x had the state of the carrier.
    assert!(is(value(&health, Metric::RadioCarrierUp, "Carrier1/2"), 1.0));
    assert!(is(value(&health, Metric::RadioCapacity, "Carrier1/2"), 730_947_000.0));
    // The same thousandths with scale milli and precision 3.
    assert!(is(value(&health, Metric::Voltage, "input"), 53.703));
    assert!(is(value(&health, Metric::Temperature, "System/Root1/SPM/Temperature1"), 43.125));
    // Those of optical modules are left out.
    assert_eq!(labels(&health, Metric::Temperature).len(), 6);
    for (severity, active) in [("critical", 1.0), ("major", 0.0), ("minor", 1.0), ("warning", 0.0)] {
        assert!(is(value(&health, Metric::AlarmActive, severity), active), "{severity}: {health:?}");
    }
}

/// Agents before 2.11 stop answering after 15 requests in ten seconds.
#[tokio::test]
async fn a_radio_that_stands_15_requests_is_read_whole() {
    let knobs = json!({ "active": "2.8.4", "snmp_overload": true });
    let bench = Bench::start("aviat", "AV4100", knobs, By::Snmp).await;
    let health = bench.health().await.unwrap();
    assert!(value(&health, Metric::RadioRsl, "Carrier1/2").is_some());
    assert!(!labels(&health, Metric::InterfaceUp).is_empty());
    let requests = bench.received("snmp");
    assert!(requests <= 12, "{requests} requests");
}

#[tokio::test]
async fn a_radio_without_snmp_shows_its_carriers() {
    for family in ["2.11", "6"] {
        let knobs = json!({ "family": family, "rsl": -44.4, "snr": 38.7 });
        let bench = Bench::start("aviat", "AV4100", knobs, By::Login).await;
        let health = bench.health().await.unwrap();
        assert!(health.firmware.is_some() && health.model.as_deref() == Some("WTM4100"), "{family}: {health:?}");
        assert!(is(value(&health, Metric::RadioRsl, "Carrier1/1"), -44.4), "{family}: {health:?}");
        assert!(is(value(&health, Metric::RadioSnr, "Carrier1/2"), 38.7));
        assert!(is(value(&health, Metric::RadioCapacity, "Carrier1/1"), 730_947_000.0));
        assert!(is(value(&health, Metric::RadioModulation, "Carrier1/1"), 4096.0));
        assert!(is(value(&health, Metric::RadioCarrierUp, "Carrier1/1"), 1.0));
        assert_eq!(bench.received("snmp"), 0);
    }
}

#[tokio::test]
async fn a_router_in_its_console_has_temperature_and_voltage() {
    for version in ["6.49.17", "7.16"] {
        let bench = Bench::start("routeros", "MTROS", json!({ "version": version, "board": "hEX S" }), By::Login).await;
        let health = bench.health().await.unwrap();
        assert_eq!(health.firmware.as_deref(), Some(version));
        assert!(is(value(&health, Metric::Voltage, "voltage"), 24.3), "{version}: {health:?}");
        assert!(is(value(&health, Metric::Temperature, "temperature"), 35.0));
        assert!(is(value(&health, Metric::CpuBusy, "all"), 0.01));
        // 4096.0 MiB, of which 3650.4 are free.
        assert!(is(value(&health, Metric::MemorySize, ""), 4_294_967_296.0));
        let used = value(&health, Metric::MemoryUsed, "").unwrap();
        assert!((used - 467_245_466.0).abs() < 2.0, "{used}");
        // The bridge is left out; every third port has no link.
        let ports = ["ether1", "ether2", "ether3", "ether4", "ether5"];
        assert_eq!(labels(&health, Metric::InterfaceUp), ports);
        assert!(is(value(&health, Metric::InterfaceUp, "ether1"), 1.0));
        assert!(is(value(&health, Metric::InterfaceUp, "ether3"), 0.0));
    }
    let bench = Bench::start("routeros", "MTROS", json!({ "board": "CHR" }), By::Login).await;
    let health = bench.health().await.unwrap();
    assert!(labels(&health, Metric::Voltage).is_empty() && value(&health, Metric::CpuBusy, "all").is_some());
}

#[tokio::test]
async fn a_7250_by_its_agent() {
    let knobs = json!({
        "cpu": 37, "temperatures": ["55", "41", "42"], "fans": ["up", "failed"], "psus": ["up", "not equipped"],
        "hw_alarms": ["Chassis 1 Fan 1"], "over_temperature": true,
    });
    let bench = Bench::start("nokia", "NK7250", knobs, By::Snmp).await;
    let health = bench.health().await.unwrap();
    assert_eq!(health.model.as_deref(), Some("7250 IXR-e"));
    assert!(is(value(&health, Metric::CpuBusy, "all"), 0.37));
    // 1,580,000 KB in use, 1,587,200 free: together more than 32 bits of bytes hold.
    assert!(is(value(&health, Metric::MemoryUsed, ""), 1_617_920_000.0));
    assert!(is(value(&health, Metric::MemorySize, ""), 3_243_212_800.0));
    assert!(is(value(&health, Metric::Temperature, "Slot 1"), 55.0));
    assert_eq!(labels(&health, Metric::Temperature).len(), 3);
    assert_eq!((value(&health, Metric::FanUp, "1"), value(&health, Metric::FanUp, "2")), (Some(1.0), Some(0.0)));
    // An empty slot is neither up nor down.
    assert_eq!(labels(&health, Metric::SupplyUp), ["Chassis 1 Power Supply 1"]);
    assert!(is(value(&health, Metric::AlarmActive, "over temperature"), 1.0));
    assert!(is(value(&health, Metric::AlarmActive, "Chassis 1 Fan 1"), 1.0));
    assert!(is(value(&health, Metric::AlarmActive, "Slot 1"), 0.0));
    let requests = bench.received("snmp");
    assert!(requests <= 20, "{requests} requests");
}

#[tokio::test]
async fn a_7250_without_snmp_shows_fans_and_supplies() {
    let knobs = json!({ "fans": ["up", "failed"], "psus": ["up", "failed"] });
    let bench = Bench::start("nokia", "NK7250", knobs, By::Login).await;
    let health = bench.health().await.unwrap();
    assert!(health.firmware.is_some() && health.uptime.is_some(), "{health:?}");
    assert_eq!((value(&health, Metric::FanUp, "1"), value(&health, Metric::FanUp, "2")), (Some(1.0), Some(0.0)));
    assert_eq!((value(&health, Metric::SupplyUp, "1"), value(&health, Metric::SupplyUp, "2")), (Some(1.0), Some(0.0)));
    assert!(is(value(&health, Metric::AlarmActive, "over temperature"), 0.0));
}

#[tokio::test]
async fn a_ups_goes_to_its_battery() {
    for (kind, device_type) in [("ups-mib", "UPSMIB"), ("apc-ups", "APCUPS")] {
        let bench = Bench::start(kind, device_type, json!({ "battery_current": 7.0 }), By::Snmp).await;
        let health = bench.health().await.unwrap();
        assert!(is(value(&health, Metric::PowerSource, "mains"), 1.0), "{kind}: {health:?}");
        assert!(is(value(&health, Metric::PowerSource, "battery"), 0.0));
        assert!(is(value(&health, Metric::BatteryCurrent, ""), 7.0));
        bench.turn(json!({ "on_battery": true }));
        let health = bench.health().await.unwrap();
        assert!(is(value(&health, Metric::PowerSource, "mains"), 0.0), "{kind}: {health:?}");
        assert!(is(value(&health, Metric::PowerSource, "battery"), 1.0));
        assert!(is(value(&health, Metric::BatteryCurrent, ""), -7.0));
        assert!(is(value(&health, Metric::AlarmActive, "on battery"), 1.0), "{kind}: {health:?}");
    }
}

#[tokio::test]
async fn sentinels_of_power_equipment_are_absent() {
    let knobs = json!({ "battery_temperature": 1000, "soc": 98, "runtime_minutes": 240, "battery_current": "-12.4" });
    let bench = Bench::start("ict-platinum", "ICT800", knobs, By::Snmp).await;
    let health = bench.health().await.unwrap();
    assert_eq!(value(&health, Metric::BatteryTemperature, ""), None);
    assert!(is(value(&health, Metric::BatteryCharge, ""), 0.98));
    assert!(is(value(&health, Metric::BatteryRuntime, ""), 14_400.0));
    assert!(is(value(&health, Metric::BatteryCurrent, ""), -12.4));
    let bench = Bench::start("ups-mib", "UPSMIB", json!({ "battery_temperature": -273 }), By::Snmp).await;
    assert_eq!(value(&bench.health().await.unwrap(), Metric::BatteryTemperature, ""), None);
}

#[tokio::test]
async fn a_panel_shows_its_outputs_and_fuses() {
    let outputs = json!([
        { "name": "radio", "current": "-1.9" },
        { "name": "router", "current": "-1.2", "fuse": "open" },
        { "name": "", "current": "0.0", "enabled": false },
        { "name": "", "current": "0.0" },
    ]);
    let bench = Bench::start("ict-pdu", "ICT200DB12", json!({ "outputs": outputs }), By::Snmp).await;
    let health = bench.health().await.unwrap();
    let of = |metric| ["1A", "2A", "1B", "2B"].map(|output| value(&health, metric, output));
    assert_eq!(of(Metric::OutletUp), [Some(1.0), Some(1.0), Some(0.0), Some(1.0)]);
    assert_eq!(of(Metric::FuseOk), [Some(1.0), Some(0.0), Some(1.0), Some(1.0)]);
    assert_eq!(value(&health, Metric::OutletCurrent, "1A"), Some(-1.9));
}

/// A concentrator of subscribers: sessions come and go in the table of interfaces, thousands of them.
#[tokio::test]
async fn thousands_of_sessions_are_neither_shown_nor_walked() {
    let mut rows = vec![
        "1.3.6.1.2.1.1.1.0|4|RouterOS CCR1036-12G-4S".to_owned(),
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.14988.1".to_owned(),
    ];
    for port in 1..=70 {
        rows.push(format!("1.3.6.1.2.1.2.2.1.3.{port}|2|6"));
        rows.push(format!("1.3.6.1.2.1.2.2.1.7.{port}|2|1"));
        rows.push(format!("1.3.6.1.2.1.2.2.1.8.{port}|2|{}", if port == 3 { 2 } else { 1 }));
        rows.push(format!("1.3.6.1.2.1.31.1.1.1.1.{port}|4|ether{port}"));
        rows.push(format!("1.3.6.1.2.1.31.1.1.1.15.{port}|66|1000"));
    }
    rows.extend((16_000_000..16_003_000).map(|session| format!("1.3.6.1.2.1.2.2.1.3.{session}|2|23")));
    let bench = Bench::start("snmp", "MTROS", json!({ "rows": rows }), By::Snmp).await;
    let health = bench.health().await.unwrap();
    let shown = labels(&health, Metric::InterfaceUp);
    assert_eq!((shown.len(), shown.first().copied(), shown.last().copied()), (64, Some("ether1"), Some("ether64")));
    assert!(is(value(&health, Metric::InterfaceUp, "ether3"), 0.0));
    assert!(is(value(&health, Metric::InterfaceSpeed, "ether64"), 1e9));
    // 512 rows of types at 25 a request, 256 objects at 50 a request, and the rest.
    let requests = bench.received("snmp");
    assert!(requests <= 35, "{requests} requests");
}

#[tokio::test]
async fn another_device_is_the_wrong_model_and_silence_is_no_reading() {
    for device_type in ["MTROS", "NK7250", "AV4100", "APCUPS"] {
        let bench = Bench::start("ups-mib", device_type, json!({}), By::Snmp).await;
        assert_eq!(bench.health().await.unwrap_err().class, FailureClass::WrongModel, "{device_type}");
    }
    for (kind, device_type) in [("nokia", "NK7250"), ("aviat", "AV4100"), ("ups-mib", "UPSMIB"), ("snmp", "GENERIC")] {
        let community = if kind == "aviat" { "snmp_community" } else { "community" };
        let mut bench = Bench::start(kind, device_type, json!({ community: "other" }), By::Snmp).await;
        (bench.snmp.timeout_ms, bench.snmp.retries) = (50, 0);
        assert_eq!(bench.health().await.unwrap_err().class, FailureClass::Timeout, "{kind}");
        // A login is no second way to it.
        assert_eq!(bench.received("shell"), 0, "{kind}");
    }
}

/// ICT's agents do not stand GETBULK: whoever asks one as a device of no type does not send it.
#[tokio::test]
async fn an_ict_of_no_type_is_never_sent_getbulk() {
    for kind in ["ict-pdu", "ict-mps", "ict-platinum"] {
        let bench = Bench::start(kind, "GENERIC", json!({ "no_getbulk": true }), By::Snmp).await;
        let health = bench.health().await.unwrap();
        assert!(!health.readings.is_empty(), "{kind}");
        let journal = bench.device.journal();
        assert!(journal.iter().all(|entry| !entry.input.starts_with("getbulk")), "{kind}: {journal:?}");
    }
}
