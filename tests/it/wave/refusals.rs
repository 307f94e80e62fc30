//! Radios that say no, in every way that is known: each has its class and its sentence, and is asked once.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{all_closed, received, sessions};
use crate::power::{site, turn, unit};

#[tokio::test]
async fn a_refused_password_is_tried_once() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    // A relative says it with HTTP 200.
    for refusal in [401, 200] {
        turn(&lab, "ap", json!({ "refusal": refusal }));
        device.clear_journal();
        let payload = json!({ "device": "ap", "password": "wrong-one" });
        let job = daemon.api.run("ido.ap.device_info", payload).await;
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with("auth_failed: ap (127.7.0.1): ") && !error.contains("wrong-one"), "{error}");
        assert_eq!(received(&device, "auth"), ["login admin refused"]);
        assert_eq!(received(&device, "http"), ["POST /api/v1.0/user/login"]);
        assert_eq!(sessions(&device.journal()), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_locked_account_is_locked_and_not_asked_again() {
    let (lab, daemon) =
        site(vec![unit("ap", "wave", json!({ "lockout_after": 1, "lockout_seconds": 1020 }))], "").await;
    daemon.api.error("ido.ap.device_info", json!({ "device": "ap", "password": "wrong-one" })).await;
    let device = lab.device("ap").unwrap();
    device.clear_journal();
    lab.clock().set_rate(0.0);
    let error = daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert!(error.starts_with("locked: ap (127.7.0.1): ") && error.contains("for 10"), "{error}");
    assert_eq!(received(&device, "auth"), ["login admin locked"]);
    lab.clock().advance(1021.0);
    daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
}

#[tokio::test]
async fn no_free_session_is_said_and_no_other_password_tried() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "max_sessions": 0 }))], "").await;
    let error = daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert!(error.starts_with("session_limit: ap (127.7.0.1): ") && error.contains("Too many sessions"), "{error}");
    let device = lab.device("ap").unwrap();
    assert_eq!(received(&device, "auth"), ["login admin accepted"]);
    // One free session is enough for any number of readings: each is closed.
    turn(&lab, "ap", json!({ "max_sessions": 1 }));
    for _ in 0..3 {
        daemon.api.response("ido.ap.running_config", json!({ "device": "ap" })).await;
    }
    assert_eq!(sessions(&device.journal()), (3, 3, 0));
}

#[tokio::test]
async fn an_account_that_may_not_see_the_config_sees_the_rest() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "read_only": true }))], "").await;
    let error = daemon.api.error("ido.ap.running_config", json!({ "device": "ap" })).await;
    assert!(error.starts_with("forbidden_readonly: ap (127.7.0.1): ") && error.contains("/configuration"), "{error}");
    let info = daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert_eq!((&info["model"], &info["gps_latitude"]), (&json!("Wave-AP"), &json!(32.25)));
    assert_eq!(info["running_config"], Value::Null);
    let device = lab.device("ap").unwrap();
    let (opened, closed, expired) = sessions(&device.journal());
    assert_eq!((opened, expired), (closed, 0));
}

#[tokio::test]
async fn old_tls_is_said_and_nothing_is_sent() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "tls": "1.0" }))], "").await;
    let error = daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert!(error.starts_with("tls_unsupported: ap (127.7.0.1): ") && error.contains("update its firmware"), "{error}");
    let device = lab.device("ap").unwrap();
    assert_eq!((received(&device, "http").len(), received(&device, "auth").len()), (0, 0));
}

#[tokio::test]
async fn another_certificate_gets_no_password() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    daemon.api.response("ido.ap.device_info", json!({ "device": "ap" })).await;
    let device = lab.device("ap").unwrap();
    device.clear_journal();
    device.add_fault(Fault::Hostkey {});
    let error = daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert!(error.starts_with("host_key_changed: ap (127.7.0.1): "), "{error}");
    assert_eq!((received(&device, "http").len(), received(&device, "auth").len()), (0, 0));
}

#[tokio::test]
async fn a_device_that_is_not_known_is_an_error_with_its_words() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    let whole = json!({ "identification": { "model": "Wave-Nano", "firmwareVersion": "3.4.0" } });
    for (path, reply, class, words) in [
        ("/device", json!({ "body": whole }), "wrong_model", "\"Wave-Nano\""),
        ("/device", json!({ "body": { "identification": {} } }), "protocol_error", "does not say its model"),
        ("/device", json!({ "body": "<html><body>Anmeldung</body></html>" }), "protocol_error", "Anmeldung"),
        ("/device", json!({ "status": 404, "body": "nichts" }), "device_refused", "nichts"),
        (
            "/services",
            json!({ "body": "{\"snmpAgent\":{\"community\":\"hunter2\",\"ena" }),
            "protocol_error",
            "no whole JSON",
        ),
        ("/services", json!({ "body": {} }), "protocol_error", "no configuration"),
        ("/services", json!({ "body": [] }), "protocol_error", "no configuration"),
        ("/services", json!({ "body": { "statusCode": 500, "message": "busy" } }), "protocol_error", "status 500"),
        ("/system/airos/configuration", json!({ "status": 502, "body": "" }), "protocol_error", "status 502"),
        ("/system/airos/configuration", json!({ "body": { "statusCode": 503 } }), "session_limit", "503"),
        ("/user/login", json!({ "body": "<html>Willkommen</html>" }), "protocol_error", "no token"),
        ("/user/login", json!({ "status": 429, "retry_after": 60 }), "locked", "for 60 s"),
    ] {
        turn(&lab, "ap", json!({ "replies": { path: reply } }));
        let error = daemon.api.error("ido.ap.running_config", json!({ "device": "ap" })).await;
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{path} {reply}: {error}");
        assert!(error.contains(words) && !error.contains("hunter2"), "{path} {reply}: {error}");
        all_closed(&device).await;
    }
    // The cut half is not believed by device_info either.
    turn(&lab, "ap", json!({ "replies": { "/services": { "body": "{\"lldp\":{" } } }));
    let error = daemon.api.error("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert!(error.starts_with("protocol_error: "), "{error}");
}

#[tokio::test]
async fn a_dead_radio_is_no_success() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    // A port on which nobody listens: it was free a moment ago.
    let closed = std::net::TcpListener::bind("127.7.0.1:0").unwrap().local_addr().unwrap().port();
    for run_tests in [false, true] {
        let payload = json!({ "device": "ap", "https_port": closed, "run_tests": run_tests });
        let error = daemon.api.error("ido.ap.device_info", payload).await;
        assert!(error.starts_with("unreachable: ap (127.7.0.1): "), "{error}");
    }
    assert!(lab.device("ap").unwrap().journal().is_empty());
}
