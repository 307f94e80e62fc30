//! SNMP versions and credentials, as the inventory has them.

use std::time::Duration;

use serde_json::json;

use super::{site, turn, unit};

/// Two attempts of half a second.
const QUICK: &str = "[snmp]\ntimeout_ms = 500\nretries = 1\n";

#[tokio::test]
async fn versions_one_and_three() {
    let odd = r#"a&b% "c\é"#;
    let devices = vec![
        unit("v1", "ict-pdu", json!({ "snmp_version": "1" })),
        unit("v3", "ict-pdu", json!({ "snmp_version": "3", "snmp_auth": "sha256", "snmp_priv": "aes128" })),
        unit("f42", "apc-ups", json!({ "snmp_version": "3", "snmp_auth_password": odd, "snmp_priv_password": odd })),
        unit("odd", "apc-ups", json!({ "community": odd })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    for device in ["v1", "v3"] {
        let info = daemon.api.response("ido.rpc.device_info", json!({ "device": device })).await;
        assert_eq!(info["outlets"].as_array().unwrap().len(), 12, "{device}");
    }
    for device in ["f42", "odd"] {
        let info = daemon.api.response("ido.ups.device_info", json!({ "device": device })).await;
        assert_eq!(info["model"], "Smart-UPS X 750", "{device}");
    }
}

#[tokio::test]
async fn a_wrong_passphrase_is_told_from_a_wrong_address() {
    let (lab, daemon) = site(vec![unit("ups", "apc-ups", json!({ "snmp_version": "3" }))], QUICK).await;
    turn(&lab, "ups", json!({ "snmp_auth_password": "another-password" }));
    let error = daemon.api.error("ido.ups.device_info", json!({ "device": "ups" })).await;
    assert!(error.starts_with("auth_failed: ups (127.7.0.1): "), "{error}");
    let refused = lab.device("ups").unwrap().journal().iter().filter(|entry| entry.channel == "auth").count();
    assert_eq!(refused, 1, "a refused passphrase is not tried again");
}

#[tokio::test]
async fn f21_a_wrong_community_is_a_timeout_within_its_bound() {
    let (lab, daemon) = site(vec![unit("ups", "ups-mib", json!({}))], QUICK).await;
    turn(&lab, "ups", json!({ "community": "other" }));
    let started = towerhand::clock::Stopwatch::start();
    for action in ["ido.ups.device_info", "ido.ups.running_config", "ido.generic.device_info"] {
        let error = daemon.api.error(action, json!({ "device": "ups" })).await;
        assert!(error.starts_with("timeout: ups (127.7.0.1): "), "{error}");
        assert!(error.contains("address") && error.contains("community"), "{error}");
        assert!(!error.contains("public"), "{error}");
    }
    assert!(started.elapsed() < 3 * Duration::from_secs(2), "{:?}", started.elapsed());
    let info = daemon.api.response("ido.generic.device_info", json!({ "device": "ups", "run_tests": true })).await;
    assert_eq!(super::row(&info, "SNMP").1, "SNMP walk timed out");
    assert_eq!((super::row(&info, "SNMP").2, super::row(&info, "Ping").2), (&json!(false), &json!(true)));
    assert_eq!(info["status"], "degraded");
    // The payload's community goes before the inventory's.
    let named = json!({ "device": "ups", "snmp_community": "other" });
    assert_eq!(daemon.api.response("ido.generic.device_info", named).await["name"], "ups");
}
