//! What is read, and in which shape.

use serde_json::{Value, json};

use super::{CONFIG, INFO, all_closed, ap, of, radio, radio_of, unmarked};
use crate::power::{row, site, turn};

#[tokio::test]
async fn an_access_point_is_read_in_one_session_of_four_requests() {
    let (lab, daemon) = site(vec![radio(json!({}))], "").await;
    let info = daemon.api.response(INFO, json!({ "device": "ap", "run_tests": true })).await;
    for (member, value) in [
        ("success", json!(true)),
        ("device_type", json!("CNEP3K")),
        ("name", json!("ap")),
        ("model", json!("EP3K")),
        ("firmware", json!("5.10.1")),
        ("gps_latitude", json!("32.25000")),
        ("gps_longitude", json!("-97.50000")),
        ("latitude", json!("32.25010")),
        ("longitude", json!("-97.50010")),
        ("wireless_mac", json!("02:00:00:00:00:11")),
        ("sm_count", json!(3)),
        ("status", json!("ok")),
    ] {
        assert_eq!(info[member], value, "{member}");
    }
    for (name, expected, actual, pass) in [
        ("GPS Location", Value::Null, json!("32.25000, -97.50000"), json!(true)),
        ("Device Location", Value::Null, json!("32.25010, -97.50010"), json!(true)),
        ("GPS Location/Device Location", json!("< 100 m"), json!("In range (14.56 m < 100 m)"), json!(true)),
        ("Connected SMs", Value::Null, json!("3"), Value::Null),
        ("Frequency", Value::Null, json!("5600 MHz"), Value::Null),
        ("Bandwidth", Value::Null, json!("40 MHz"), Value::Null),
        ("EIRP", json!("<= 30 dBm"), json!("30 dBm"), json!(true)),
        ("Firmware Version", json!("5.10.1"), json!("5.10.1"), json!(true)),
        ("Device SKU", json!("37, 40"), json!("37"), json!(true)),
    ] {
        assert_eq!(row(&info, name), (&expected, &actual, &pass), "{name}");
    }
    assert!(info["running_config"].as_str().unwrap().contains("\"centerFrequency\": \"5600\""));
    assert!(!info.to_string().contains("sim-wpa-key"), "a secret is shown");
    let device = lab.device("ap").unwrap();
    assert_eq!(
        of(&device.journal(), "http"),
        [
            "POST /cgi-bin/luci",
            "POST /cgi-bin/luci/;stok=***/admin/get_param",
            "POST /cgi-bin/luci/;stok=***/admin/config_export",
            "POST /cgi-bin/luci/;stok=***/admin/logout",
        ]
    );
    assert_eq!(all_closed(&device), (1, 1, 0));
}

#[tokio::test]
async fn f11b_the_config_is_pretty_sorted_and_its_secrets_are_marked() {
    let (lab, daemon) = site(vec![radio(json!({ "shuffle": true }))], "").await;
    let first = daemon.api.response(CONFIG, ap()).await;
    let expected = r#"{
    "centerFrequency": "5600",
    "prefferedAPTable": [
        {
            "prefferedListTableKey": "<R>",
            "prefferedListTableSSID": "090-2.TX-SITE-NO-1"
        }
    ],
    "snmpReadOnlyCommunity": "<R>",
    "snmpReadWriteCommunity": "<R>",
    "snmpSystemName": "ap",
    "sysLocation": "32.25010, -97.50010",
    "systemConfigDeviceName": "ap",
    "systemConfigTimezone": "CST6",
    "webService": 2,
    "wirelessInterfaceHTMode": "2",
    "wirelessInterfaceSSID": "090-1.TX-SITE-NO-1",
    "wirelessInterfaceSecurityKey": "<R>",
    "wirelessMACAccessControl": [],
    "wirelessRadiusSharedSecret": "<R>"
}
"#;
    let text = first.as_str().unwrap();
    assert_eq!(unmarked(text), expected);
    // The radio orders its members anew and counts its exports: neither is the configuration's.
    assert_eq!(daemon.api.response(CONFIG, ap()).await, first);
    // Equal secrets have equal marks, and one that changes shows.
    let mark = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.contains(name))
            .unwrap()
            .split(": ")
            .nth(1)
            .unwrap()
            .trim_end_matches(',')
            .to_owned()
    };
    assert_eq!(mark(text, "prefferedListTableKey"), mark(text, "wirelessInterfaceSecurityKey"));
    turn(&lab, "ap", json!({ "radius_secret": "another" }));
    let second = daemon.api.response(CONFIG, ap()).await;
    let changed: Vec<&str> = second
        .as_str()
        .unwrap()
        .lines()
        .zip(text.lines())
        .filter(|(new, old)| new != old)
        .map(|(new, _)| new)
        .collect();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].contains("wirelessRadiusSharedSecret"), "{changed:?}");
    // With the scope for it, as the radio has it.
    let shown = daemon.api.response(CONFIG, json!({ "device": "ap", "show_secrets": true })).await;
    assert!(shown.as_str().unwrap().contains("\"wirelessRadiusSharedSecret\": \"another\""));
    all_closed(&lab.device("ap").unwrap());
}

/// Every type of spec/field-devices.md 1.10, with the SKU and firmware that it expects.
#[tokio::test]
async fn every_type_is_read() {
    const TYPES: [(&str, &str, &str, bool); 13] = [
        ("CNEP3K", "40", "5.10.1", true),
        ("CNEP3KL", "44", "5.10.1", true),
        ("CN4600", "53264", "5.10.4", true),
        ("F4600C", "70000", "5.10.4", false),
        ("F4525", "70001", "4.7", false),
        ("F300-13", "70002", "4.7", false),
        ("F300-16", "70003", "4.7", false),
        ("F300-25", "70004", "4.7", false),
        ("F300-CSM", "70005", "4.7", false),
        ("CNF300-13", "70002", "4.7", false),
        ("CNF300-16", "70003", "4.7", false),
        ("CNF300-25", "70004", "4.7", false),
        ("CNF300-CSM", "70005", "4.7", false),
    ];
    let devices = TYPES
        .iter()
        .map(|(code, sku, firmware, access_point)| {
            let mut state = json!({ "sku": sku, "firmware": firmware });
            if !access_point {
                // A subscriber module has no receiver.
                state["gps"] = json!([]);
            }
            radio_of(code, state)
        })
        .collect();
    let (lab, daemon) = site(devices, "").await;
    for (code, _, firmware, access_point) in TYPES {
        let name = code.to_lowercase();
        let info = daemon.api.response(INFO, json!({ "device": name, "run_tests": true })).await;
        assert_eq!((&info["device_type"], &info["firmware"]), (&json!(code), &json!(firmware)));
        assert_eq!(info["status"], "ok", "{code}: {}", info["test_results"]);
        assert_eq!(info["sm_count"].is_number(), access_point, "{code}");
        let config = daemon.api.response(CONFIG, json!({ "device": name })).await;
        assert!(config.as_str().unwrap().starts_with("{\n    \"centerFrequency\""), "{code}: {config}");
        assert_eq!(all_closed(&lab.device(&name).unwrap()), (2, 2, 0), "{code}");
    }
}

#[tokio::test]
async fn f62_a_sku_is_compared_whole() {
    let devices = vec![
        radio_of("CNEP3K", json!({ "sku": "137" })),
        radio_of("CN4600", json!({ "sku": 53264, "firmware": "5.10.40" })),
        radio_of("F300-25", json!({ "sku": "37" })),
        radio_of("CNEP3KL", json!({ "props": { "cambiumHWInfo": null } })),
    ];
    let (lab, daemon) = site(devices, "").await;
    for (device, words) in [
        ("cnep3k", "its SKU '137' is not one of 37, 40"),
        ("f300-25", "its SKU 37 is that of EP3K"),
        ("cnep3kl", "it shows no SKU"),
    ] {
        for action in [INFO, CONFIG] {
            let error = daemon.api.error(action, json!({ "device": device })).await;
            assert!(error.starts_with(&format!("wrong_model: {device} (127.7.0.")) && error.contains(words), "{error}");
        }
        assert_eq!(all_closed(&lab.device(device).unwrap()).0, 2);
        let journal = lab.device(device).unwrap().journal();
        assert!(!of(&journal, "http").iter().any(|line| line.contains("config_export")), "its config was read");
    }
    // A number is as good as its text, and a version that only begins as it shall is another one.
    let info = daemon.api.response(INFO, json!({ "device": "cn4600", "run_tests": true })).await;
    assert_eq!(row(&info, "Firmware Version"), (&json!("5.10.4"), &json!("5.10.40"), &json!(false)));
    assert_eq!((&info["success"], &info["status"]), (&json!(true), &json!("degraded")));
}

#[tokio::test]
async fn what_a_radio_does_not_tell_is_not_made_up() {
    let state = json!({
        "gps": [], "location": ["lat 32", "lon -97"], "modules": 0, "bandwidth": "7", "frequency": "", "power": "n/a",
    });
    let (_lab, daemon) = site(vec![radio(state)], "").await;
    let info = daemon.api.response(INFO, json!({ "device": "ap", "run_tests": true })).await;
    for absent in ["gps_latitude", "gps_longitude", "latitude", "longitude"] {
        assert_eq!(info[absent], Value::Null, "{absent}");
    }
    assert_eq!(info["sm_count"], json!(0));
    for (name, actual, pass) in [
        ("GPS Location", Value::Null, json!(false)),
        ("Device Location", Value::Null, json!(false)),
        ("GPS Location/Device Location", Value::Null, json!(false)),
        ("Frequency", Value::Null, Value::Null),
        ("Bandwidth", json!("unknown code 7"), Value::Null),
        ("EIRP", Value::Null, json!(false)),
    ] {
        let (_, is, passes) = row(&info, name);
        assert_eq!((is, passes), (&actual, &pass), "{name}");
    }
    assert!(!info["test_results"].as_array().unwrap().iter().any(|row| row["name"] == "Connected SMs"));
    assert_eq!(info["status"], "degraded");
}
