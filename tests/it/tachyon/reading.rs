//! What is read, and in which shape.

use serde_json::{Value, json};

use super::{CONFIG, INFO, access_point, ap, subscriber, switch};
use crate::epmp::{all_closed, of, unmarked};
use crate::power::{row, site, turn};

#[tokio::test]
async fn f55_a_western_position_is_read() {
    let (lab, daemon) =
        site(vec![access_point(json!({ "peers": ["02:00:00:00:00:22", "02:00:00:00:00:23"] }))], "").await;
    let info = daemon.api.response(INFO, json!({ "device": "ap", "run_tests": true })).await;
    let degrees = |member: &str| info[member].as_str().unwrap().parse::<f64>().unwrap();
    assert_eq!((degrees("latitude"), degrees("longitude")), (32.25, -97.5));
    for (member, value) in [
        ("success", json!(true)),
        ("name", json!("ap")),
        ("model", json!("TNA-301")),
        ("firmware", json!("1.12.0 rev 54573")),
        ("wireless_mac", json!("02:00:00:00:00:21")),
        ("sm_count", json!(2)),
        ("status", json!("ok")),
    ] {
        assert_eq!(info[member], value, "{member}");
    }
    let good = json!("1.12.0 rev 54573");
    assert_eq!(row(&info, "Firmware Version"), (&good, &good, &json!(true)));
    assert_eq!(row(&info, "Model"), (&json!("TNA-301"), &json!("TNA-301"), &json!(true)));
    assert_eq!(row(&info, "SSID"), (&Value::Null, &json!("090-1.TX-SITE-NO-1"), &Value::Null));
    assert_eq!(row(&info, "Wireless MAC"), (&Value::Null, &json!("02:00:00:00:00:21"), &Value::Null));
    assert!(info["running_config"].as_str().unwrap().contains("system.name: \"ap\"\n"));
    let device = lab.device("ap").unwrap();
    assert_eq!(
        of(&device.journal(), "http"),
        [
            "POST /cgi.lua/login",
            "GET /cgi.lua/status?type=system,wireless,interfaces,prs_events",
            "GET /cgi.lua/config",
            "DELETE /cgi.lua/login",
        ]
    );
    assert_eq!(all_closed(&device), (1, 1, 0));
    // What is no position is none.
    turn(&lab, "ap", json!({ "location": "North Ridge, behind the 2 tanks" }));
    let info = daemon.api.response(INFO, ap()).await;
    assert_eq!((&info["latitude"], &info["longitude"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn f54_firmware_is_compared_whole() {
    let (lab, daemon) = site(vec![access_point(json!({})), switch(json!({}))], "").await;
    for (device, role, firmware, pass) in [
        ("ap", "ap", "1.12.0", false),
        ("ap", "ap", "", false),
        ("ap", "ap", "1.12.0 rev 545733", false),
        ("ap", "ap", "1.12.0 rev 54573", true),
        ("switch", "swt", "1.12.0 rev 54573", false),
        ("switch", "swt", "1.12.7 rev 54717", true),
    ] {
        turn(&lab, device, json!({ "firmware": firmware }));
        let payload = json!({ "device": device, "run_tests": true });
        let info = daemon.api.response(&format!("ido.{role}.device_info"), payload).await;
        let (_, actual, passes) = row(&info, "Firmware Version");
        assert_eq!((actual, passes), (&json!(firmware), &json!(pass)), "{device} {firmware}");
        assert_eq!(info["status"], if pass { "ok" } else { "degraded" });
        let known = if firmware.is_empty() { Value::Null } else { json!(firmware) };
        assert_eq!(info["firmware"], known);
    }
}

#[tokio::test]
async fn f11c_the_config_is_lines_sorted_its_secrets_marked_and_its_clock_left_out() {
    let (lab, daemon) = site(vec![access_point(json!({})), switch(json!({}))], "").await;
    let first = daemon.api.response(CONFIG, ap()).await;
    let expected = "network.dhcp.leases: []\n\
        network.notes: \"True story\"\n\
        services.snmp.community: \"<R>\"\n\
        services.snmp.enabled: true\n\
        services.ssh.enabled: false\n\
        system.hostname: \"ap.TX-SITE-NO-1\"\n\
        system.location: \"32.25000, -97.50000\"\n\
        system.name: \"ap\"\n\
        system.time.timezone: \"CST6CDT\"\n\
        system.users[0].level: 0\n\
        system.users[0].name: \"admin\"\n\
        system.users[0].password: \"<R>\"\n\
        wireless.radios.wlan0.channel.number: 2\n\
        wireless.radios.wlan0.vaps[0].security.mode: \"wpa2\"\n\
        wireless.radios.wlan0.vaps[0].security.passphrase: \"<R>\"\n\
        wireless.radios.wlan0.vaps[0].ssid: \"090-1.TX-SITE-NO-1\"\n";
    assert_eq!(unmarked(first.as_str().unwrap()), expected);
    lab.clock().advance(1_000.0);
    assert_eq!(daemon.api.response(CONFIG, ap()).await, first, "its clock is no setting");
    turn(&lab, "ap", json!({ "passphrase": "another" }));
    let second = daemon.api.response(CONFIG, ap()).await;
    let changed = |new: &str, old: &str| new.lines().zip(old.lines()).filter(|(new, old)| new != old).count();
    assert_eq!(changed(second.as_str().unwrap(), first.as_str().unwrap()), 1);
    let shown = daemon.api.response(CONFIG, json!({ "device": "ap", "show_secrets": true })).await;
    assert!(shown.as_str().unwrap().contains("security.passphrase: \"another\"\n"));
    let switch = daemon.api.response("ido.swt.running_config", json!({ "device": "switch" })).await;
    assert!(
        !switch.as_str().unwrap().contains("wireless") && switch.as_str().unwrap().contains("system.name: \"switch\"")
    );
}

#[tokio::test]
async fn another_model_is_the_wrong_one_and_a_foreign_page_no_device() {
    let devices = vec![access_point(json!({ "model": "TNA-302" })), subscriber(json!({})), switch(json!({}))];
    let (lab, daemon) = site(devices, "").await;
    for action in [INFO, CONFIG] {
        let error = daemon.api.error(action, ap()).await;
        assert!(error.starts_with("wrong_model: ap (127.7.0.1): ") && error.contains("'TNA-302'"), "{error}");
        daemon.api.response(action, json!({ "device": "sm" })).await;
    }
    let info = daemon.api.response(INFO, json!({ "device": "sm", "run_tests": true })).await;
    assert_eq!((&info["model"], &info["sm_count"]), (&json!("TNA-302"), &Value::Null));
    // A model that only begins as it shall.
    turn(&lab, "switch", json!({ "model": "TNS-1000" }));
    let error = daemon.api.error("ido.swt.device_info", json!({ "device": "switch" })).await;
    assert!(error.starts_with("wrong_model: "), "{error}");
    for (knobs, shown) in [
        (json!({ "foreign_page": "<html><body>Iniciar sesión</body></html>" }), "Iniciar sesión"),
        (json!({ "status": { "system": null } }), "GET status without a model"),
        (json!({ "status": { "system": { "modelo": "TNA-302" } } }), "GET status without a model"),
        (json!({ "config_bytes": 200 }), "GET config with JSON that was cut off"),
    ] {
        turn(&lab, "sm", knobs.clone());
        let error = daemon.api.error(CONFIG, json!({ "device": "sm" })).await;
        assert!(error.starts_with("protocol_error: sm (127.7.0.2): ") && error.contains(shown), "{error}");
        assert!(!error.contains("simulated$hash"), "{error}");
        let off: Value = knobs.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null)).collect();
        turn(&lab, "sm", off);
    }
    for device in ["ap", "sm", "switch"] {
        all_closed(&lab.device(device).unwrap());
    }
}
