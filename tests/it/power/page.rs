//! The ICT 200DB panel by its page (spec/field-devices.md 2.1).

use serde_json::{Value, json};

use super::{row, site, turn, unit};
use crate::support::{Setup, TestDaemon};

fn twelve() -> Value {
    let mut outputs: Vec<Value> =
        (0..12).map(|number| json!({ "name": format!("load {number}"), "current": "0.0" })).collect();
    outputs[0] = json!({ "name": "R1", "current": "-1.1" });
    outputs[6] = json!({ "name": "", "current": "-0.7" });
    Value::from(outputs)
}

#[tokio::test]
async fn f23_white_space_and_tbody_change_nothing() {
    let devices = vec![
        unit("plain", "ict-rpc", json!({ "outputs": twelve() })),
        unit("lines", "ict-rpc", json!({ "outputs": twelve(), "whitespace": "newlines" })),
        unit("tbody", "ict-rpc", json!({ "outputs": twelve(), "whitespace": "newlines", "tbody": true })),
    ];
    let (lab, daemon) = site(devices, "").await;
    let ask = |device: &str| json!({ "device": device, "run_tests": true });
    let plain = daemon.api.response("ido.rpc.device_info", ask("plain")).await;
    assert_eq!(
        (&plain["model"], &plain["firmware"], &plain["serial"]),
        (&json!("ICT200DB-12IRC"), &json!("4.01"), &json!("000000"))
    );
    let ids: Vec<&str> =
        plain["outlets"].as_array().unwrap().iter().map(|outlet| outlet["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1A", "2A", "3A", "4A", "5A", "6A", "1B", "2B", "3B", "4B", "5B", "6B"]);
    assert_eq!(
        plain["outlets"][0],
        json!({ "id": "1A", "index": 0, "label": "R1", "state": "on", "fuse": null, "current_a": -1.1, "controllable": false })
    );
    assert_eq!(row(&plain, "1A (R1)"), (&Value::Null, &json!("Enabled (-1.1A)"), &Value::Null));
    assert_eq!(row(&plain, "1B"), (&Value::Null, &json!("Enabled (-0.7A)"), &Value::Null));
    assert_eq!(row(&plain, "Firmware version").1, &json!("4.01"));
    for other in ["lines", "tbody"] {
        let info = daemon.api.response("ido.rpc.device_info", ask(other)).await;
        for member in ["model", "firmware", "serial", "power", "outlets", "outputs_off", "status"] {
            assert_eq!(info[member], plain[member], "{other}: {member}");
        }
    }
    // One page, one request.
    let journal = lab.device("plain").unwrap().journal();
    let requests: Vec<&str> = journal.iter().filter(|e| e.channel == "http").map(|e| e.input.as_str()).collect();
    assert_eq!(requests, ["GET /"]);
}

#[tokio::test]
async fn f24_a_breaker_that_is_off_fails_its_row() {
    let mut outputs = twelve();
    outputs[7] = json!({ "name": "R2", "fuse": "open" });
    outputs[8] = json!({ "name": "R3", "enabled": false });
    outputs[9] = json!({ "name": "R4", "state": "TRIPPED?" });
    let (_lab, daemon) = site(vec![unit("rpc", "ict-rpc", json!({ "outputs": outputs }))], "").await;
    let info = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc", "run_tests": true })).await;
    assert_eq!(row(&info, "2B (R2)"), (&Value::Null, &json!("Breaker off (0.0A)"), &json!(false)));
    // Somebody's wish is only shown; a word that is not known does not pass.
    assert_eq!(row(&info, "3B (R3)"), (&Value::Null, &json!("Disabled (0.0A)"), &Value::Null));
    assert_eq!(row(&info, "4B (R4)"), (&Value::Null, &json!("Unknown (0.0A)"), &json!(false)));
    assert_eq!((&info["outlets"][7]["fuse"], &info["outputs_off"]), (&json!("open"), &json!(1)));
    assert_eq!((&info["success"], &info["status"]), (&json!(true), &json!("degraded")));
}

#[tokio::test]
async fn f25_a_dead_panel_is_an_error_without_tests_too() {
    let (_lab, daemon) = site(vec![unit("rpc", "ict-rpc", json!({}))], "").await;
    // A port on which nobody listens: it was free a moment ago.
    let closed = std::net::TcpListener::bind("127.7.0.1:0").unwrap().local_addr().unwrap().port();
    for run_tests in [false, true] {
        let payload = json!({ "device": "rpc", "http_port": closed, "run_tests": run_tests });
        let job = daemon.api.run("ido.rpc.device_info", payload).await;
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{job}");
        let error = job["error"].as_str().unwrap();
        assert!(error.starts_with("unreachable: rpc (127.7.0.1): "), "{error}");
    }
}

#[tokio::test]
async fn f26_a_refused_password_is_tried_once() {
    let (lab, daemon) = site(vec![unit("rpc", "ict-rpc", json!({}))], "").await;
    let error = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc", "password": "wrong-one" })).await;
    assert!(error.starts_with("auth_failed: rpc (127.7.0.1): "), "{error}");
    assert!(!error.contains("wrong-one"), "{error}");
    let journal = lab.device("rpc").unwrap().journal();
    let logins: Vec<&str> = journal.iter().filter(|e| e.channel == "auth").map(|e| e.input.as_str()).collect();
    assert_eq!(logins, ["basic admin refused"]);
}

#[tokio::test]
async fn f42_a_password_arrives_as_it_is() {
    let odd = r#"a&b% "c\é"#;
    let devices = vec![
        unit("rpc", "ict-rpc", json!({ "password": odd, "user": "ops" })),
        unit("router", "routeros", json!({ "password": odd })),
    ];
    let (lab, daemon) = site(devices, "").await;
    daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    daemon.api.response("ido.swt.device_info", json!({ "device": "router" })).await;
    // The same from the payload, against inventory passwords that have become wrong.
    let other = r#"%41&=+ é\"?"#;
    for (device, action) in [("rpc", "ido.rpc.device_info"), ("router", "ido.swt.device_info")] {
        turn(&lab, device, json!({ "password": other }));
        daemon.api.error(action, json!({ "device": device })).await;
        daemon.api.response(action, json!({ "device": device, "password": other })).await;
    }
}

#[tokio::test]
async fn the_page_has_no_configuration_and_no_password_means_no_request() {
    let (lab, daemon) = site(vec![unit("rpc", "ict-rpc", json!({}))], "").await;
    let error = daemon.api.error("ido.rpc.running_config", json!({ "device": "rpc" })).await;
    assert!(error.starts_with("not_native: ") && error.contains("SNMP credentials"), "{error}");
    let port = lab.device("rpc").unwrap().ports().http.unwrap();
    let inventory =
        format!("devices:\n  - {{name: rpc, address: 127.7.0.1, type: ICT200DB12, ports: {{http: {port}}}}}\n");
    let bare = TestDaemon::start(Setup { inventory: Some(inventory), ..Setup::default() }).await;
    let error = bare.api.error("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("password"), "{error}");
    assert!(lab.device("rpc").unwrap().journal().is_empty());
    bare.api.response("ido.rpc.device_info", json!({ "device": "rpc", "password": "sim" })).await;
}

#[tokio::test]
async fn another_page_is_not_read_as_a_panel() {
    let state = json!({ "page": "<html><body><table id=\"page\"><tr><td>Login</td></tr></table></body></html>" });
    let (_lab, daemon) = site(vec![unit("rpc", "ict-rpc", state)], "").await;
    let error = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    assert!(
        error.starts_with("protocol_error: rpc (127.7.0.1): ") && error.contains("not that of an ICT 200DB"),
        "{error}"
    );
}
