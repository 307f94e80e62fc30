//! Facts, tests, sessions.

use serde_json::{Value, json};

use super::{all_closed, received, sessions};
use crate::power::{row, site, taken_for, turn, unit};

const READS: [&str; 6] = [
    "POST /api/v1.0/user/login",
    "GET /api/v1.0/device",
    "GET /api/v1.0/statistics",
    "GET /api/v1.0/system/airos/configuration",
    "GET /api/v1.0/services",
    "POST /api/v1.0/user/logout",
];

#[tokio::test]
async fn f63_a_bare_address_is_enough() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "hostname": "AP-KETTLE-090" }))], "").await;
    let payload = json!({ "ip_address": "127.7.0.1", "device_type": "UBWAP", "run_tests": true });
    let info = daemon.api.response("ido.ap.device_info", payload).await;
    for (member, expected) in [
        ("success", json!(true)),
        ("ip_address", json!("127.7.0.1")),
        ("device_type", json!("UBWAP")),
        ("name", json!("AP-KETTLE-090")),
        ("model", json!("Wave-AP")),
        ("firmware", json!("3.4.0")),
        ("mac", json!("02:00:00:00:00:31")),
        ("gps_latitude", json!(32.25)),
        ("gps_longitude", json!(-97.5)),
        ("status", json!("ok")),
    ] {
        assert_eq!(info[member], expected, "{member}: {info}");
    }
    assert_eq!(row(&info, "Firmware Version"), (&json!("3.4.0"), &json!("3.4.0"), &json!(true)));
    assert_eq!(row(&info, "Device Model"), (&json!("Wave-AP"), &json!("Wave-AP"), &json!(true)));
    assert_eq!(row(&info, "Ping").2, &json!(true));
    let config = info["running_config"].as_str().unwrap();
    assert!(
        config.contains("\n/system/airos/configuration.network.interfaces.data.ipv4.cidr: 127.7.0.1/24\n"),
        "{config}"
    );
    // One login, one log-out, one request for each thing.
    let device = lab.device("ap").unwrap();
    assert_eq!(received(&device, "http"), READS);
    assert_eq!(sessions(&device.journal()), (1, 1, 0));
}

#[tokio::test]
async fn rows_compare_whole_texts() {
    let state = json!({ "model": "Wave-AP-Micro", "firmware": "3.4.0-beta", "gps": [] });
    let (_lab, daemon) =
        site(vec![unit("ap", "wave", state.clone()), taken_for("m", "wave", ("UBWAPM", "ap"), state)], "").await;
    let ask = |device: &str| json!({ "device": device, "run_tests": true });
    let info = daemon.api.response("ido.ap.device_info", ask("ap")).await;
    assert_eq!(row(&info, "Firmware Version"), (&json!("3.4.0"), &json!("3.4.0-beta"), &json!(false)));
    assert_eq!(row(&info, "Device Model"), (&json!("Wave-AP"), &json!("Wave-AP-Micro"), &json!(false)));
    assert_eq!((&info["status"], &info["gps_latitude"]), (&json!("degraded"), &Value::Null));
    let info = daemon.api.response("ido.ap.device_info", ask("m")).await;
    assert_eq!(row(&info, "Device Model"), (&json!("Wave-AP-Micro"), &json!("Wave-AP-Micro"), &json!(true)));
    // Without tests there are none.
    let info = daemon.api.response("ido.ap.device_info", json!({ "device": "m" })).await;
    assert_eq!((&info["test_results"], &info["status"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn f64_a_session_that_ends_is_renewed_once() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    let whole = daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
    for expiry in [401, 403, 200] {
        turn(&lab, "ap", json!({ "expire_after": 2, "expiry": expiry }));
        device.clear_journal();
        let info = daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
        assert_eq!(info, whole, "{expiry}");
        assert_eq!(received(&device, "auth"), ["login admin accepted", "login admin accepted"], "{expiry}");
        assert_eq!(sessions(&device.journal()), (2, 1, 1), "{expiry}");
    }
    // A radio that ends every session is not asked for ever.
    turn(&lab, "ap", json!({ "expire_after": 0, "expiry": 401 }));
    device.clear_journal();
    let error = daemon.api.error("ido.ap.running_config", json!({ "device": "ap" })).await;
    assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains("ends its sessions"), "{error}");
    assert_eq!(received(&device, "auth").len(), 2);
    assert_eq!(all_closed(&device).await, 2);
}

#[tokio::test]
async fn f64b_after_a_reboot_the_next_reading_logs_in_anew() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "boot_seconds": 60 }))], "").await;
    let device = lab.device("ap").unwrap();
    let ask = || daemon.api.run("ido.ap.device_info", json!({ "device": "ap" }));
    assert_eq!(ask().await["status"], "success");
    // Somebody else restarts it.
    let http = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy().build().unwrap();
    let base = format!("https://127.7.0.1:{}/api/v1.0", device.ports().https.unwrap());
    let login = http.post(format!("{base}/user/login")).json(&json!({ "username": "admin", "password": "sim" }));
    let token = login.send().await.unwrap().headers()["x-auth-token"].to_str().unwrap().to_owned();
    let reboot =
        http.post(format!("{base}/system/reboot")).header("x-auth-token", token).json(&json!({ "timeout": 0 }));
    assert_eq!(reboot.send().await.unwrap().status(), 200);
    let job = ask().await;
    assert_eq!(job["status"], "error", "{job}");
    lab.clock().advance(61.0);
    assert_eq!(ask().await["status"], "success");
    assert_eq!(sessions(&device.journal()), (3, 2, 1));
}

#[tokio::test]
async fn f42_a_password_arrives_as_it_is() {
    let odd = r#"a&b% "c\é'{}"#;
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "password": odd, "user": "ops\"1" }))], "").await;
    daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
    turn(&lab, "ap", json!({ "password": "%41&=+ é\\\"?" }));
    daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    daemon.api.response("ido.ap.device_info", json!({ "device": "ap", "password": "%41&=+ é\\\"?" })).await;
}
