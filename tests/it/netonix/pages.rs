//! Switches of which the inventory names the web port alone.

use serde_json::{Value, json};

use super::{received, web_only};
use crate::power::{row, turn};

#[tokio::test]
async fn the_pages_show_the_ports_and_the_config_of_the_console() {
    let (lab, daemon) = web_only(json!({ "name": "SWT-7" }), "").await;
    let device = lab.device("swt").unwrap();
    let info = daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "run_tests": true })).await;
    assert_eq!((&info["name"], &info["latitude"]), (&json!("SWT-7"), &json!(32.25)));
    assert_eq!(row(&info, "Port 1 (ROUTER)").1, &json!("Ethernet - Link status: 1G, PoE: 48VH (12.4 W)"));
    assert_eq!(row(&info, "Port 14 (Port 14)").1, &json!("SFP - Link status: Down"));
    // The pages do not show the firmware, and what is not known does not pass.
    assert_eq!(row(&info, "Firmware version"), (&json!("1.5.25"), &Value::Null, &json!(false)));
    assert_eq!(
        received(&device, "http"),
        ["POST /index.php", "GET /api/v1/config", "GET /api/v1/bootid", "GET /api/v1/status/30sec"]
    );
    assert_eq!(received(&device, "session"), ["web open 1"]);
    let by_web = daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
    // The same switch over SSH.
    let payload = json!({ "device": "swt", "ssh_port": device.ports().ssh.unwrap() });
    assert_eq!(daemon.api.response("ido.swt.running_config", payload).await, by_web);
}

#[tokio::test]
async fn newer_firmware_logs_in_by_its_api() {
    let (lab, daemon) = web_only(json!({ "login_api": "json", "password": "a\"b&c é" }), "").await;
    daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
    let device = lab.device("swt").unwrap();
    assert_eq!(received(&device, "http"), ["POST /index.php", "POST /api/v1/login", "GET /api/v1/config"]);
    assert_eq!(received(&device, "auth"), ["web admin accepted"]);
}

#[tokio::test]
async fn f48_tls_1_0_is_reported_with_guidance_and_nothing_is_sent() {
    let (lab, daemon) = web_only(json!({ "tls": "1.0" }), "").await;
    for action in ["ido.swt.device_info", "ido.swt.running_config"] {
        let job = daemon.api.run(action, json!({ "device": "swt" })).await;
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{job}");
        let error = job["error"].as_str().unwrap();
        assert!(
            error.starts_with("tls_unsupported: swt (127.7.0.1): ") && error.contains("update its firmware"),
            "{error}"
        );
    }
    let device = lab.device("swt").unwrap();
    assert_eq!((received(&device, "http").len(), received(&device, "auth").len()), (0, 0));
}

#[tokio::test]
async fn a_refusal_with_http_200_is_one_and_tried_once() {
    let (lab, daemon) = web_only(json!({}), "").await;
    let device = lab.device("swt").unwrap();
    for login in ["form", "json"] {
        turn(&lab, "swt", json!({ "login_api": login }));
        device.clear_journal();
        let error = daemon.api.error("ido.swt.device_info", json!({ "device": "swt", "password": "wrong-one" })).await;
        assert!(error.starts_with("auth_failed: swt (127.7.0.1): ") && !error.contains("wrong-one"), "{error}");
        assert_eq!(received(&device, "auth"), ["web admin refused"], "{login}");
    }
    // In words that are not known: what follows is the login page again, and nobody tries the password a second time.
    let page = "<html><form method=post><input type=\"password\"></form>Benutzer oder Kennwort falsch</html>";
    turn(&lab, "swt", json!({ "login_api": null, "expiry": "page", "replies": { "/index.php": { "body": page } } }));
    device.clear_journal();
    let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
    assert!(
        error.starts_with("auth_failed: swt (127.7.0.1): ") && error.contains("words that are not known"),
        "{error}"
    );
    assert_eq!(received(&device, "http"), ["POST /index.php", "GET /api/v1/config"]);
}

#[tokio::test]
async fn a_web_session_that_ends_is_renewed_once() {
    let (lab, daemon) = web_only(json!({}), "").await;
    let device = lab.device("swt").unwrap();
    let whole = daemon.api.response("ido.swt.device_info", json!({ "device": "swt" })).await;
    for expiry in ["401", "page"] {
        turn(&lab, "swt", json!({ "expire_after": 2, "expiry": expiry }));
        device.clear_journal();
        assert_eq!(daemon.api.response("ido.swt.device_info", json!({ "device": "swt" })).await, whole, "{expiry}");
        assert_eq!(received(&device, "auth").len(), 2, "{expiry}");
    }
    turn(&lab, "swt", json!({ "expire_after": 1, "expiry": "page" }));
    device.clear_journal();
    let error = daemon.api.error("ido.swt.device_info", json!({ "device": "swt" })).await;
    assert!(error.starts_with("protocol_error: swt (127.7.0.1): ") && error.contains("ends its sessions"), "{error}");
    assert_eq!(received(&device, "auth").len(), 2);
}

#[tokio::test]
async fn pages_that_are_forbidden_foreign_or_cut() {
    let (lab, daemon) = web_only(json!({}), "").await;
    for (knobs, class, words) in [
        (json!({ "read_only": true }), "forbidden_readonly", "403"),
        (
            json!({ "replies": { "/api/v1/config": { "body": "{\"Switch_Name\":\"x\",\"RADIUS_Secret\":\"hunter2" } } }),
            "protocol_error",
            "no whole",
        ),
        (json!({ "replies": { "/api/v1/config": { "body": {} } } }), "protocol_error", "Switch_Name"),
        (json!({ "replies": { "/api/v1/config": { "status": 404, "body": "" } } }), "device_refused", "404"),
        (json!({ "replies": { "/api/v1/config": { "status": 500, "body": "Fehler" } } }), "protocol_error", "Fehler"),
        (json!({ "replies": { "/index.php": { "status": 500, "body": "Fehler" } } }), "protocol_error", "Fehler"),
    ] {
        turn(&lab, "swt", knobs.clone());
        let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
        assert!(error.starts_with(&format!("{class}: swt (127.7.0.1): ")), "{knobs}: {error}");
        assert!(error.contains(words) && !error.contains("hunter2"), "{knobs}: {error}");
        turn(&lab, "swt", json!({ "read_only": null, "replies": null }));
    }
    // What the account may not see is absent, the rest is there.
    turn(&lab, "swt", json!({ "read_only": true }));
    let info = daemon.api.response("ido.swt.device_info", json!({ "device": "swt" })).await;
    assert_eq!((info["ports"].as_array().unwrap().len(), &info["name"]), (14, &Value::Null));
}
