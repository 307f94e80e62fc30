//! `ido.generic.device_info`.

use serde_json::{Value, json};

use crate::power::{row, site, turn, unit};
use crate::support::{Setup, TestDaemon};

#[tokio::test]
async fn f20_a_place_is_read_exactly_and_none_is_invented() {
    let (lab, daemon) = site(vec![unit("ups", "ups-mib", json!({ "sys_location": "40.00000, -105.25000" }))], "").await;
    let ask = json!({ "device": "ups", "run_tests": true });
    let info = daemon.api.response("ido.generic.device_info", ask.clone()).await;
    assert_eq!((&info["latitude"], &info["longitude"]), (&json!("40.00000"), &json!("-105.25000")));
    assert_eq!((&info["success"], &info["name"], &info["status"]), (&json!(true), &json!("ups"), &json!("ok")));
    assert_eq!(row(&info, "SNMP"), (&Value::Null, &json!("SNMP is accessible"), &json!(true)));
    assert_eq!(row(&info, "Device Name"), (&Value::Null, &json!("ups"), &Value::Null));
    assert_eq!(row(&info, "Device Location"), (&Value::Null, &json!("40.00000, -105.25000"), &json!(true)));
    // sysLocation is no GPS reading: shown, and no proof.
    assert_eq!(row(&info, "GPS Location"), (&Value::Null, &json!("40.00000, -105.25000"), &Value::Null));
    let ping = row(&info, "Ping").1.as_str().unwrap();
    assert!(ping.starts_with("4/4 successful, average ") && ping.contains(", max "), "{ping}");
    for text in ["lat 40, lon -105.25", "95.0, 10.0", "rack 3"] {
        turn(&lab, "ups", json!({ "sys_location": text }));
        let info = daemon.api.response("ido.generic.device_info", ask.clone()).await;
        assert_eq!((info.get("latitude"), info.get("longitude")), (None, None), "{text}");
        assert_eq!(row(&info, "Device Location"), (&Value::Null, &json!(text), &Value::Null));
        assert!(info["test_results"].as_array().unwrap().iter().all(|row| row["name"] != "GPS Location"), "{text}");
    }
}

#[tokio::test]
async fn f22_what_the_agent_has_not_is_absent() {
    let state = json!({ "missing": ["1.3.6.1.2.1.1.6"], "null": ["1.3.6.1.2.1.1.1.0"], "sys_name": "\u{0}" });
    let devices = vec![unit("two", "ups-mib", state.clone()), {
        let mut state = state;
        state["snmp_version"] = json!("1");
        unit("one", "ups-mib", state)
    }];
    let (lab, daemon) = site(devices, "").await;
    for device in ["two", "one"] {
        let info = daemon.api.response("ido.generic.device_info", json!({ "device": device, "run_tests": true })).await;
        for member in ["location", "latitude", "longitude", "description", "name"] {
            assert_eq!(info.get(member), None, "{device}: {member}");
        }
        assert!(info["uptime_seconds"].is_u64(), "{info}");
        let names: Vec<&str> =
            info["test_results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["SNMP", "Ping"], "{device}");
    }
    // One request for the whole group, one for what the device seems to be.
    assert_eq!(lab.device("two").unwrap().journal().len(), 2);
}

/// The other way round of scenario 19: echoes are answered, SNMP is not.
#[tokio::test]
async fn a_device_without_snmp_is_degraded_with_tests_and_an_error_without() {
    let settings = "[snmp]\ntimeout_ms = 300\nretries = 0\n";
    let (lab, daemon) =
        site(vec![unit("ups", "ups-mib", json!({})), unit("rpc", "ict-rpc", json!({}))], settings).await;
    turn(&lab, "ups", json!({ "snmp_version": "3" }));
    let info = daemon.api.response("ido.generic.device_info", json!({ "device": "ups", "run_tests": true })).await;
    assert_eq!(row(&info, "SNMP"), (&Value::Null, &json!("SNMP walk timed out"), &json!(false)));
    assert_eq!((row(&info, "Ping").2, &info["status"]), (&json!(true), &json!("degraded")));
    let error = daemon.api.error("ido.generic.device_info", json!({ "device": "ups" })).await;
    assert!(error.starts_with("timeout: ups (127.7.0.1): "), "{error}");
    // Without credentials it says what to add, with tests or without.
    for run_tests in [false, true] {
        let error =
            daemon.api.error("ido.generic.device_info", json!({ "device": "rpc", "run_tests": run_tests })).await;
        assert!(error.starts_with("validation_error: rpc (127.7.0.2): "), "{error}");
        assert!(error.contains("credentials.snmp") && error.contains("snmp_community"), "{error}");
    }
    let info = daemon
        .api
        .response("ido.generic.device_info", json!({ "device": "rpc", "run_tests": "1", "disable_snmp": true }))
        .await;
    assert_eq!((info["test_results"].as_array().unwrap().len(), &info["status"]), (1, &json!("ok")));
    let error = daemon.api.error("ido.generic.device_info", json!({ "device": "rpc", "disable_snmp": true })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("run_tests"), "{error}");
}

/// A device outside the inventory, in a network that is allowed.
#[tokio::test]
async fn a_device_that_only_the_payload_knows() {
    let lab = crate::support::daemon::lab(vec![("ups", "ups-mib", json!({ "community": "hut" }))]).await;
    let port = lab.device("ups").unwrap().ports().snmp.unwrap();
    let setup = Setup { settings: "allowed_networks = ['127.0.0.0/8']\n".to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    for version in [1, 2] {
        let payload =
            json!({ "host": "127.0.0.1", "snmp_port": port, "snmp_community": "hut", "snmp_version": version });
        let info = daemon.api.response("ido.generic.device_info", payload).await;
        assert_eq!((&info["name"], &info["ip_address"]), (&json!("ups"), &json!("127.0.0.1")));
    }
    let payload = json!({ "host": "127.0.0.1", "snmp_port": port, "snmp_community": "hut", "device_type": "UPSMIB" });
    let info = daemon.api.response("ido.ups.device_info", payload).await;
    assert_eq!(info["power"]["source"], "mains");
}

#[tokio::test]
async fn f16_capabilities_say_what_each_family_does() {
    let daemon = TestDaemon::start(Setup::default()).await;
    let capabilities = daemon.api.response("ido.capabilities", json!({})).await;
    let text = capabilities.to_string();
    for code in ["ICTMPS", "APCUPS", "UPSMIB", "ICT200DB12", "APCPDU", "GENERIC", "MTROS"] {
        assert!(text.contains(code), "{code}: {text}");
    }
    assert!(text.contains("running_config") && text.contains("device_info"), "{text}");
}
