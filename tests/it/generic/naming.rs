//! Which device a payload means, and of which type, before anything is sent.

use serde_json::json;

use crate::power::{site, unit};
use crate::support::{Setup, TestDaemon};

#[tokio::test]
async fn f03_every_documented_payload_reaches_a_handler() {
    let daemon = TestDaemon::start(Setup::default()).await;
    let mut actions = vec!["ido.ping".to_owned(), "ido.generic.device_info".to_owned()];
    for role in ["ap", "bh", "swt", "ups", "rpc"] {
        for verb in ["device_info", "running_config", "standard_config", "generate"] {
            actions.push(format!("ido.{role}.{verb}"));
        }
    }
    actions.extend(["ido.wave.config".to_owned(), "ido.nokia7250.generate".to_owned()]);
    for action in actions {
        let payload = json!({ "host": "192.0.2.10", "username": "admin", "password": "x", "config": {} });
        let error = daemon.api.error(&action, payload).await;
        let class = error.split(':').next().unwrap();
        assert!(["address_refused", "validation_error", "not_native"].contains(&class), "{action}: {error}");
    }
    let error = daemon.api.error("ido.ping", json!({})).await;
    assert!(error.starts_with("validation_error: ") && error.contains("ip_address"), "{error}");
}

#[tokio::test]
async fn f04_host_is_another_word_for_ip_address() {
    let (lab, daemon) = site(vec![unit("one", "apc-ups", json!({})), unit("two", "apc-ups", json!({}))], "").await;
    for payload in [json!({ "host": "127.7.0.1" }), json!({ "host": "one", "ip_address": "127.7.0.1" })] {
        assert_eq!(daemon.api.response("ido.ups.device_info", payload).await["name"], "one");
    }
    lab.device("one").unwrap().clear_journal();
    for action in ["ido.ups.device_info", "ido.ups.running_config", "ido.generic.device_info", "ido.ping"] {
        let payload = json!({ "host": "127.7.0.2", "ip_address": "127.7.0.1" });
        let error = daemon.api.error(action, payload).await;
        assert!(error.starts_with("validation_error: "), "{error}");
        assert!(error.contains("host (127.7.0.2)") && error.contains("ip_address (127.7.0.1)"), "{error}");
    }
    for device in lab.devices() {
        assert!(device.journal().is_empty(), "{} was asked", device.name);
    }
}

#[tokio::test]
async fn f05_an_unknown_type_is_refused_before_anything_is_sent() {
    let devices = vec![unit("ups", "apc-ups", json!({})), unit("rpc", "ict-rpc", json!({}))];
    let (lab, daemon) = site(devices, "").await;
    for action in ["ido.ups.device_info", "ido.ups.running_config", "ido.rpc.device_info", "ido.swt.device_info"] {
        let error = daemon.api.error(action, json!({ "device": "ups", "device_type": "FOO" })).await;
        assert!(error.starts_with("validation_error: ") && error.contains("'FOO'"), "{error}");
        for code in ["MTROS", "ICT800", "ICTMPS", "APCUPS", "UPSMIB", "ICT200DB12", "APCPDU"] {
            assert!(error.contains(code), "{code} is not in: {error}");
        }
    }
    // A type that exists and is not of the action, one that the inventory contradicts, and no text.
    let error = daemon.api.error("ido.ups.device_info", json!({ "device": "rpc" })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("SS, ICT800, ICTMPS, APCUPS, UPSMIB"), "{error}");
    let error = daemon.api.error("ido.ups.device_info", json!({ "device": "ups", "device_type": "ICTMPS" })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("APCUPS in the inventory"), "{error}");
    let error = daemon.api.error("ido.ups.device_info", json!({ "device": "ups", "device_type": 7 })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("device_type"), "{error}");
    for device in lab.devices() {
        assert!(device.journal().is_empty(), "{} was asked", device.name);
    }
    // Case does not matter.
    daemon.api.response("ido.ups.device_info", json!({ "device": "ups", "device_type": "apcups" })).await;
}

#[tokio::test]
async fn f09_addresses_that_may_not_be_named() {
    let (lab, daemon) = site(vec![unit("ups", "apc-ups", json!({}))], "allowed_networks = ['192.0.2.0/24']\n").await;
    let port = lab.device("ups").unwrap().ports().snmp.unwrap();
    for (address, class) in [
        ("192.0.2.10/24", "validation_error"),
        ("-c", "validation_error"),
        ("", "validation_error"),
        ("router.example.net", "validation_error"),
        ("127.7.0.1 ", "validation_error"),
        ("::1", "address_refused"),
        ("127.0.0.1", "address_refused"),
        ("127.7.0.2", "address_refused"),
        ("169.254.169.254", "address_refused"),
        ("0.0.0.0", "address_refused"),
        ("198.51.100.7", "address_refused"),
    ] {
        for action in ["ido.ping", "ido.generic.device_info", "ido.ups.device_info"] {
            let payload = json!({
                "ip_address": address, "device_type": "APCUPS", "snmp_community": "public", "snmp_port": port,
            });
            let error = daemon.api.error(action, payload).await;
            assert!(error.starts_with(&format!("{class}: ")), "{action} {address:?}: {error}");
        }
    }
    assert!(lab.device("ups").unwrap().journal().is_empty());
}
