//! `ido.bh.running_config` and `ido.bh.device_info` through the whole daemon.

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Fault};

use crate::support::daemon::with_lab;

/// Lines of the command line, with their mode.
fn typed(device: &Device) -> Vec<String> {
    device.journal().into_iter().filter(|entry| entry.channel == "shell").map(|entry| entry.input).collect()
}

const CONFIG_2: &str = "\
interface Carrier1/1 bandwidth ANSI 80.0
interface Carrier1/1 coding-modulation adaptive min qpsk max qam-4096
interface Carrier1/1 description b2
interface Carrier1/1 enabled
interface Carrier1/1 power atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0
interface Carrier1/1 rx-frequency 11465000
interface Carrier1/1 tx-frequency 11225000
interface Carrier1/2 bandwidth ANSI 80.0
interface Carrier1/2 coding-modulation adaptive min qpsk max qam-4096
interface Carrier1/2 description b2
interface Carrier1/2 enabled
interface Carrier1/2 power atpc selected-min-output-power 11.5 selected-max-output-power 24.0 fade-margin 10.0
interface Carrier1/2 rx-frequency 11505000
interface Carrier1/2 tx-frequency 11265000
interface Radio1 description b2
interface Radio1 enabled
interface Radio1 xpic local
interface Vlan1 ipv4 address 127.0.0.1 prefix-length 29
no interface Carrier1/1 tx-mute
no interface Carrier1/2 tx-mute
snmp community public
snmp v2c-only
spanning-tree administrative-status down
system hostname b2
system location EXA tower";

const CONFIG_6: &str = "\
hostname b6
interface Radio1/1 description b6
interface Vlan1 ipv4 address 127.0.0.1 prefix-length 29
location EXA tower
no radio-carrier Carrier1/1 tx-mute
no radio-carrier Carrier1/2 tx-mute
partner-device connection interface 10g2
qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 2500 kbytes
radio-carrier Carrier1/1 bandwidth ANSI 80.0
radio-carrier Carrier1/1 enabled
radio-carrier Carrier1/1 modulation min qpsk max qam-4096
radio-carrier Carrier1/1 power min 11.5 max 24.0 fade-margin 10.0 fcc-atpc false
radio-carrier Carrier1/1 rx-frequency 11465000
radio-carrier Carrier1/1 tx-frequency 11225000
radio-carrier Carrier1/1 type local-carrier
radio-carrier Carrier1/2 bandwidth ANSI 80.0
radio-carrier Carrier1/2 enabled
radio-carrier Carrier1/2 modulation min qpsk max qam-4096
radio-carrier Carrier1/2 power min 11.5 max 24.0 fade-margin 10.0 fcc-atpc false
radio-carrier Carrier1/2 rx-frequency 11505000
radio-carrier Carrier1/2 tx-frequency 11265000
radio-carrier Carrier1/2 type local-carrier
radio-link Radio1/1 a2c-mode fixed-dual-carrier
radio-link Radio1/1 carriers[0] Carrier1/1
radio-link Radio1/1 carriers[1] Carrier1/2
radio-link Radio1/1 enabled
radio-link Radio1/1 hitless-aggregation
radio-link Radio1/1 mlhc
snmp community public
snmp v2c-only
spanning-tree administrative-status down";

#[tokio::test]
async fn the_running_config_has_the_form_that_clients_know() {
    for (name, expected, knobs) in [
        ("b2", CONFIG_2, json!({ "family": "2.11", "location": "EXA tower", "xpic": "local", "pager": "always" })),
        ("b6", CONFIG_6, json!({ "family": "6", "location": "EXA tower", "partner": "10g2", "buffer_kbytes": 2500 })),
    ] {
        let (lab, daemon) = with_lab(vec![(name, "aviat", knobs)]).await;
        let config = daemon.api.response("ido.bh.running_config", json!({ "device": name })).await;
        let config = config.as_str().unwrap();
        let (marked, rest): (Vec<&str>, Vec<&str>) =
            config.split('\n').partition(|line| line.starts_with("snmp community "));
        assert!(marked.len() == 1 && marked[0].starts_with("snmp community <redacted:"), "{marked:?}");
        let expected_rest: Vec<&str> =
            expected.split('\n').filter(|line| !line.starts_with("snmp community ")).collect();
        assert_eq!(rest, expected_rest, "{name}");
        let clear = daemon.api.response("ido.bh.running_config", json!({ "device": name, "show_secrets": true })).await;
        assert_eq!(clear, expected, "{name}");
        // The device is the witness: nothing but readers, in the mode for reading, and the session is not left by
        // a command.
        let typed = typed(&lab.device(name).unwrap());
        assert_eq!(
            typed.get(..3).unwrap(),
            [
                "operational: set paginate false",
                "operational: set complete-on-space false",
                "operational: show running-config"
            ]
        );
        assert_eq!(typed.len(), 6, "two jobs: {typed:?}");
        daemon.stop().await;
    }
}

/// Nothing but readers reached the radio.
fn only_readers(device: &Device) {
    let typed = typed(device);
    let harmless = |line: &String| {
        line.strip_prefix("operational: ").is_some_and(|line| line.starts_with("show ") || line.ends_with(" false"))
    };
    assert!(!typed.is_empty() && typed.iter().all(harmless), "{typed:?}");
}

fn row<'a>(info: &'a Value, name: &str) -> &'a Value {
    let rows = info["test_results"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name}: {rows:#?}"))
}

#[tokio::test]
async fn device_info_of_2_tells_carriers_interfaces_and_tests() {
    let knobs = json!({ "family": "2.11", "xpic": "vertical", "location": "40.5000, -105.2500" });
    let (lab, daemon) = with_lab(vec![("b2", "aviat", knobs)]).await;
    let info = daemon.api.response("ido.bh.device_info", json!({ "device": "b2", "run_tests": true })).await;
    assert_eq!((&info["success"], &info["name"], &info["device_type"]), (&json!(true), &json!("b2"), &json!("AV4100")));
    let carriers = info["carriers"].as_array().unwrap();
    assert_eq!(carriers.len(), 2);
    assert_eq!((&carriers[0]["carrier"], &carriers[1]["carrier"]), (&json!("Carrier1/1"), &json!("Carrier1/2")));
    assert_eq!((&carriers[1]["tx_frequency"], &carriers[1]["rx_frequency"]), (&json!("11265000"), &json!("11505000")));
    assert_eq!(
        (&info["xpic"], &info["link_type"], &info["has_l1la"]),
        (&json!("vertical"), &json!("4_0_V"), &json!(true))
    );
    assert_eq!((&info["latitude"], &info["longitude"]), (&json!("40.5000"), &json!("-105.2500")));
    assert_eq!((&info["model"], &info["firmware"]), (&json!("WTM4100"), &json!("2.11.11.18.6069")));
    // No secret in a result.
    assert!(!info.to_string().contains("community public"), "{info}");
    assert!(info["running_config"].as_str().unwrap().contains("snmp community <redacted:"), "{info}");
    assert_eq!(row(&info, "Firmware version")["pass"], true);
    assert_eq!(row(&info, "Device model")["pass"], true);
    // 4+0 needs two bundles more than the radio has.
    assert_eq!(row(&info, "License bundle")["pass"], false);
    assert_eq!(row(&info, "GigabitEthernet1/1")["pass"], true);
    assert_eq!(row(&info, "SFP Uplink")["actual"], "TenGigE1/1 is Up; 10Gbps");
    assert_eq!(row(&info, "Frequencies - Carrier1/1")["actual"], "TX: 11225, RX: 11465");
    assert_eq!(row(&info, "SNMP")["pass"], true);
    assert!(row(&info, "Ping")["actual"].is_string());
    only_readers(&lab.device("b2").unwrap());
    daemon.stop().await;
}

#[tokio::test]
async fn device_info_of_6_tells_the_same_by_other_tables() {
    let knobs = json!({ "family": "6", "gigabit": ["GigabitEthernet1/2"] });
    let (lab, daemon) = with_lab(vec![("b6", "aviat", knobs)]).await;
    let info = daemon.api.response("ido.bh.device_info", json!({ "device": "b6", "run_tests": true })).await;
    assert_eq!((&info["xpic"], &info["link_type"]), (&Value::Null, &json!("2_0")));
    assert_eq!(row(&info, "GigabitEthernet1/2")["pass"], false);
    assert_eq!(row(&info, "Radio1/1 Throughput Capacity")["actual"], "1370 Mbps");
    assert_eq!(row(&info, "License bundle")["pass"], true);
    assert_eq!(info["status"], "degraded");
    let plain = daemon.api.response("ido.bh.device_info", json!({ "device": "b6" })).await;
    assert_eq!(plain.get("test_results"), None);
    only_readers(&lab.device("b6").unwrap());
    daemon.stop().await;
}

#[tokio::test]
async fn failures_say_what_and_which_device() {
    let (lab, daemon) = with_lab(vec![("b2", "aviat", json!({ "family": "2.11", "auth": ["password"] }))]).await;
    let radio = lab.device("b2").unwrap();
    radio.add_fault(Fault::Auth {});
    let error = daemon.api.error("ido.bh.running_config", json!({ "device": "b2" })).await;
    assert!(error.starts_with("auth_failed: b2 (127.0.0.1): "), "{error}");
    let logins = radio.journal().iter().filter(|entry| entry.channel == "auth").count();
    assert_eq!(logins, 1, "one try, no other password");

    radio.clear_faults();
    radio.add_fault(Fault::Drop { after: None, bytes: Some(900) });
    let error = daemon.api.error("ido.bh.running_config", json!({ "device": "b2" })).await;
    assert!(error.starts_with("protocol_error: b2 (127.0.0.1): "), "{error}");

    radio.clear_faults();
    let error = daemon.api.error("ido.bh.device_info", json!({ "device": "b2", "device_type": "MTROS" })).await;
    assert!(error.starts_with("validation_error: "), "{error}");
    daemon.stop().await;
}
