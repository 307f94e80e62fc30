//! Logins: one pair, once, and what each refusal is called.

use serde_json::{Value, json};

use super::{CONFIG, INFO, all_closed, ap, of, radio};
use crate::power::{site, turn};

#[tokio::test]
async fn f57_a_locked_account_is_left_alone() {
    let (lab, daemon) = site(vec![radio(json!({ "locked_minutes": 17 }))], "").await;
    let error = daemon.api.error(INFO, ap()).await;
    assert!(error.starts_with("locked: ap (127.7.0.1): ") && error.contains("1020 s"), "{error}");
    let device = lab.device("ap").unwrap();
    assert_eq!(of(&device.journal(), "auth"), ["form admin locked"]);
    assert_eq!(all_closed(&device).0, 0);
}

#[tokio::test]
async fn f57b_our_own_wrong_password_locks_nothing_by_being_repeated() {
    let (lab, daemon) = site(vec![radio(json!({ "lock_after": 2, "password": "Right-One-9" }))], "").await;
    let error = daemon.api.error(INFO, json!({ "device": "ap", "password": "Wrong-One-9" })).await;
    assert!(error.starts_with("auth_failed: ap (127.7.0.1): ") && !error.contains("Wrong-One-9"), "{error}");
    let device = lab.device("ap").unwrap();
    assert_eq!(of(&device.journal(), "auth"), ["form admin refused"], "one attempt, and no other password");
    daemon.api.response(INFO, ap()).await;
    assert_eq!(all_closed(&device), (1, 1, 0));
}

#[tokio::test]
async fn every_refusal_has_its_class() {
    let (lab, daemon) = site(vec![radio(json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    let reply = |reply: Value| json!({ "login_reply": reply });
    let cases = [
        (json!({ "importing": true }), "busy"),
        (json!({ "upgrading": true }), "busy"),
        (json!({ "max_sessions": 0 }), "session_limit"),
        (reply(json!({ "msg": "reset_has_been_done", "success": 0 })), "device_refused"),
        (reply(json!({ "msg": "password_must_be_changed", "success": 0 })), "device_refused"),
        (reply(json!({ "msg": "user_locked", "success": "0", "minutes": 3 })), "locked"),
        (reply(json!({ "msg": "Neuer Zustand", "success": 0 })), "device_refused"),
        (reply(json!({ "success": 1 })), "protocol_error"),
        (reply(json!({ "stok": "a/../../b", "userRole": "admin" })), "protocol_error"),
        (reply(json!([])), "protocol_error"),
        (json!({ "ax": true, "user": "someone-else" }), "auth_failed"),
    ];
    for (knobs, class) in cases {
        turn(&lab, "ap", knobs.clone());
        for action in [INFO, CONFIG] {
            let error = daemon.api.error(action, json!({ "device": "ap", "username": "admin" })).await;
            assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{knobs}: {error}");
        }
        let off: Value = knobs.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null)).collect();
        turn(&lab, "ap", off);
    }
    let logins = of(&device.journal(), "http").iter().filter(|line| **line == "POST /cgi-bin/luci").count();
    assert_eq!(logins, 22, "one attempt a job");
    assert_eq!(all_closed(&device).0, 0);
}

#[tokio::test]
async fn a_read_only_account_is_refused_and_its_session_closed() {
    for role in ["user", "installer", ""] {
        let (lab, daemon) = site(vec![radio(json!({ "role": role }))], "").await;
        for action in [INFO, CONFIG] {
            let error = daemon.api.error(action, ap()).await;
            assert!(error.starts_with("forbidden_readonly: ap (127.7.0.1): "), "{role}: {error}");
        }
        let device = lab.device("ap").unwrap();
        assert_eq!(all_closed(&device), (2, 2, 0), "{role}");
        assert!(!of(&device.journal(), "http").iter().any(|line| line.contains("get_param")), "{role}");
    }
}

#[tokio::test]
async fn f42b_a_password_arrives_as_it_is() {
    let (lab, daemon) = site(vec![radio(json!({ "password": r#"a&b% "c\é"#, "user": "ops" }))], "").await;
    daemon.api.response(INFO, ap()).await;
    let other = r#"%41&=+ é\"?"#;
    turn(&lab, "ap", json!({ "password": other }));
    daemon.api.error(INFO, ap()).await;
    daemon.api.response(INFO, json!({ "device": "ap", "password": other })).await;
    assert_eq!(
        of(&lab.device("ap").unwrap().journal(), "auth"),
        ["form ops accepted", "form ops refused", "form ops accepted"]
    );
}

#[tokio::test]
async fn without_a_password_nothing_is_sent() {
    let (lab, daemon) = site(vec![radio(json!({ "password": "" }))], "").await;
    let ports = lab.device("ap").unwrap().ports();
    let payload = json!({ "ip_address": "127.7.0.1", "device_type": "CNEP3K", "https_port": ports.https.unwrap() });
    // The inventory's empty password is one; a device outside the inventory has none.
    let bare = crate::support::TestDaemon::start(crate::support::Setup {
        inventory: Some("devices: []\n".to_owned()),
        settings: "allowed_networks = ['127.0.0.0/8']".to_owned(),
        ..crate::support::Setup::default()
    })
    .await;
    let error = bare.api.error(INFO, payload).await;
    assert!(error.starts_with("validation_error: ") && error.contains("password"), "{error}");
    assert!(lab.device("ap").unwrap().journal().is_empty());
    daemon.stop().await;
}
