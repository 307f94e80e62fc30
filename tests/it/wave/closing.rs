//! Sessions are ended whatever happens.

use serde_json::json;
use towerhand_simulators::core::{Fault, When};

use super::{all_closed, received, sessions};
use crate::engine::wait;
use crate::power::{site, unit};

#[tokio::test]
async fn a_cancelled_reading_is_logged_out() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    device.add_fault(Fault::Mute { after: Some("/services".to_owned()) });
    let id = daemon.api.submit("ido.ap.running_config", json!({ "device": "ap" })).await;
    wait::journal(&device, "the read that is not answered", |journal| {
        wait::count(journal, "http", "GET /api/v1.0/services") == 1
    })
    .await;
    daemon.api.cancel(&id).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(all_closed(&device).await, 1);
    assert_eq!(received(&device, "http").last().map(String::as_str), Some("POST /api/v1.0/user/logout"));
}

/// The login is answered after somebody asked to stop: its session is ended, and nothing is read in it.
#[tokio::test]
async fn a_reading_that_is_cancelled_in_its_login_is_logged_out() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({ "delay_ms": 1000 }))], "").await;
    let device = lab.device("ap").unwrap();
    wait::hold(&lab);
    let id = daemon.api.submit("ido.ap.running_config", json!({ "device": "ap" })).await;
    wait::journal(&device, "the login", |journal| wait::count(journal, "http", "POST") == 1).await;
    daemon.api.cancel(&id).await;
    wait::release(&lab);
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(all_closed(&device).await, 1);
    assert_eq!(received(&device, "http"), ["POST /api/v1.0/user/login", "POST /api/v1.0/user/logout"]);
}

#[tokio::test]
async fn a_failed_reading_is_logged_out() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "[http]\ntotal_timeout_ms = 1500\n").await;
    let device = lab.device("ap").unwrap();
    for (fault, class) in [
        (Fault::Mute { after: Some("/services".to_owned()) }, "timeout"),
        (Fault::Drop { after: Some("/services".to_owned()), bytes: None }, "protocol_error"),
        (Fault::DropWhen { after: Some("/device".to_owned()), when: When::After }, "protocol_error"),
        (Fault::RefuseCommand { command: "/services".to_owned(), text: "no".to_owned() }, "device_refused"),
    ] {
        device.add_fault(fault.clone());
        let error = daemon.api.error("ido.ap.running_config", json!({ "device": "ap" })).await;
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{fault:?}: {error}");
        all_closed(&device).await;
        device.clear_faults();
    }
    assert_eq!(sessions(&device.journal()), (4, 4, 0));
}

#[tokio::test]
async fn a_log_out_that_fails_spoils_nothing() {
    let (lab, daemon) = site(vec![unit("ap", "wave", json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    device.add_fault(Fault::Drop { after: Some("/logout".to_owned()), bytes: None });
    let id = daemon.api.submit("ido.ap.device_info", json!({ "device": "ap" })).await;
    assert_eq!(daemon.api.ended(&id).await["status"], "success");
    let messages = daemon.api.messages(&id).await;
    assert!(messages.iter().any(|message| message.contains("could not be ended")), "{messages:?}");
    assert_eq!(sessions(&device.journal()), (1, 0, 0));
}
