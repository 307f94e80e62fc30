//! Switches that say no: each has its class and its sentence, and is asked once.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{all_closed, received};
use crate::power::{row, site, taken_for, turn, unit};

#[tokio::test]
async fn a_refused_password_is_tried_once() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], "").await;
    let device = lab.device("swt").unwrap();
    let error = daemon.api.error("ido.swt.device_info", json!({ "device": "swt", "password": "wrong-one" })).await;
    assert!(error.starts_with("auth_failed: swt (127.7.0.1): ") && !error.contains("wrong-one"), "{error}");
    assert_eq!(received(&device, "auth"), ["ssh admin refused"]);
}

#[tokio::test]
async fn an_account_that_may_not_enter_the_shell_sees_the_ports() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({ "read_only": true }))], "").await;
    let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
    assert!(
        error.starts_with("forbidden_readonly: swt (127.7.0.1): ") && error.contains("% Permission denied"),
        "{error}"
    );
    let info = daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "run_tests": true })).await;
    assert_eq!(info["ports"].as_array().unwrap().len(), 14);
    assert_eq!((&info["name"], &info["firmware"], &info["running_config"]), (&Value::Null, &Value::Null, &Value::Null));
    // What is not known does not pass.
    assert_eq!(row(&info, "Firmware version"), (&json!("1.5.25"), &Value::Null, &json!(false)));
    assert_eq!(info["status"], "degraded");
    assert_eq!(all_closed(&lab.device("swt").unwrap()).await, 2);
}

#[tokio::test]
async fn no_free_session_is_said() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({ "max_ssh_sessions": 0 }))], "").await;
    let error = daemon.api.error("ido.swt.device_info", json!({ "device": "swt" })).await;
    assert!(error.starts_with("session_limit: swt (127.7.0.1): "), "{error}");
    // One is enough for any number of readings.
    turn(&lab, "swt", json!({ "max_ssh_sessions": 1 }));
    let device = lab.device("swt").unwrap();
    for _ in 0..3 {
        daemon.api.response("ido.swt.running_config", json!({ "device": "swt" })).await;
        all_closed(&device).await;
    }
}

#[tokio::test]
async fn a_terminal_that_is_refused_is_said_at_once() {
    let (_lab, daemon) = site(vec![unit("swt", "netonix", json!({ "refuses_pty": true }))], "").await;
    let error = daemon.api.error("ido.swt.device_info", json!({ "device": "swt" })).await;
    assert!(error.starts_with("device_refused: swt (127.7.0.1): ") && error.contains("terminal"), "{error}");
}

#[tokio::test]
async fn a_switch_of_another_size_or_none_at_all_is_no_netonix() {
    let devices = vec![
        taken_for("large", "netonix", ("NXWS12", "swt"), json!({ "port_count": 26 })),
        taken_for("small", "netonix", ("NXWS24", "swt"), json!({ "port_count": 14 })),
        unit("eight", "netonix", json!({ "port_count": 8 })),
        unit("foreign", "netonix", json!({})),
    ];
    let (lab, daemon) = site(devices, "").await;
    let foreign = lab.device("foreign").unwrap();
    foreign
        .add_fault(Fault::RefuseCommand { command: "show".into(), text: "Befehl unbekannt: community hunter2".into() });
    for (device, class, words) in [
        ("large", "wrong_model", "26 ports"),
        ("small", "wrong_model", "14 ports"),
        ("eight", "protocol_error", "8 ports"),
        ("foreign", "protocol_error", "Befehl unbekannt"),
    ] {
        let error = daemon.api.error("ido.swt.device_info", json!({ "device": device })).await;
        assert!(error.starts_with(&format!("{class}: {device} (127.7.0.")), "{error}");
        assert!(error.contains(words) && !error.contains("hunter2"), "{error}");
    }
    foreign.clear_faults();
    foreign.add_fault(Fault::RefuseCommand { command: "version".into(), text: "-sh: kaputt".into() });
    for action in ["ido.swt.device_info", "ido.swt.running_config"] {
        let error = daemon.api.error(action, json!({ "device": "foreign" })).await;
        assert!(error.starts_with("protocol_error: foreign (127.7.0.4): ") && error.contains("kaputt"), "{error}");
    }
}

#[tokio::test]
async fn a_dead_switch_is_no_success() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], "").await;
    // A port on which nobody listens: it was free a moment ago.
    let closed = std::net::TcpListener::bind("127.7.0.1:0").unwrap().local_addr().unwrap().port();
    for run_tests in [false, true] {
        let payload = json!({ "device": "swt", "ssh_port": closed, "run_tests": run_tests });
        let job = daemon.api.run("ido.swt.device_info", payload).await;
        assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{job}");
        assert!(job["error"].as_str().unwrap().starts_with("unreachable: swt (127.7.0.1): "), "{job}");
    }
    assert!(lab.device("swt").unwrap().journal().is_empty());
}
