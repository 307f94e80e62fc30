//! TLS and clear text.

use serde_json::json;
use towerhand_simulators::core::Fault;

use super::{CONFIG, INFO, all_closed, ap, of, radio};
use crate::power::{lab, site, turn};
use crate::support::{Setup, TestDaemon};

/// A daemon whose inventory gives the lab's radio an HTTP port and no HTTPS port.
async fn in_clear_text(lab: &towerhand_simulators::lab_run::Lab) -> TestDaemon {
    let https = format!(", https: {}", lab.device("ap").unwrap().ports().https.unwrap());
    let yaml = lab.inventory_yaml();
    assert!(yaml.contains(&https), "{yaml}");
    TestDaemon::start(Setup { inventory: Some(yaml.replace(&https, "")), ..Setup::default() }).await
}

#[tokio::test]
async fn f58_a_login_never_falls_back_to_clear_text() {
    let (lab, daemon) =
        site(vec![radio(json!({}))], "[http]\nconnect_timeout_ms = 500\ntotal_timeout_ms = 500\n").await;
    let device = lab.device("ap").unwrap();
    // HTTPS times out, is refused, is too old, shows another certificate; HTTP would answer all the while.
    device.add_fault(Fault::Mute { after: None });
    let error = daemon.api.error(INFO, ap()).await;
    assert!(error.starts_with("timeout: ap (127.7.0.1): "), "{error}");
    device.clear_faults();
    for (knobs, class) in [(json!({ "tls": "off" }), "protocol_error"), (json!({ "tls": "1.0" }), "tls_unsupported")] {
        turn(&lab, "ap", knobs);
        let error = daemon.api.error(INFO, ap()).await;
        assert!(error.starts_with(&format!("{class}: ap (127.7.0.1): ")), "{error}");
    }
    let journal = device.journal();
    assert_eq!((of(&journal, "http"), of(&journal, "auth")), (vec![], vec![]), "something was sent in clear text");
    turn(&lab, "ap", json!({ "tls": null }));
    daemon.api.response(INFO, ap()).await;
    assert_eq!(all_closed(&device), (1, 1, 0));
}

#[tokio::test]
async fn another_certificate_is_refused_before_the_login() {
    let (lab, daemon) = site(vec![radio(json!({}))], "").await;
    let device = lab.device("ap").unwrap();
    daemon.api.response(INFO, ap()).await;
    device.add_fault(Fault::Hostkey {});
    let error = daemon.api.error(CONFIG, ap()).await;
    assert!(error.starts_with("host_key_changed: ap (127.7.0.1): "), "{error}");
    assert_eq!(of(&device.journal(), "auth").len(), 1);
    all_closed(&device);
}

#[tokio::test]
async fn clear_text_where_the_inventory_says_so() {
    let lab = lab(vec![radio(json!({}))]).await;
    let daemon = in_clear_text(&lab).await;
    let device = lab.device("ap").unwrap();
    daemon.api.response(INFO, ap()).await;
    let journal = device.journal();
    assert_eq!((of(&journal, "http").len(), of(&journal, "tls").len()), (4, 0));
    assert_eq!(all_closed(&device), (1, 1, 0));
    // A radio that sends its visitors to HTTPS says so; the password has gone in clear text then, and nothing more does.
    turn(&lab, "ap", json!({ "http": "redirect" }));
    let error = daemon.api.error(INFO, ap()).await;
    assert!(error.starts_with("protocol_error: ap (127.7.0.1): ") && error.contains("HTTPS port"), "{error}");
    assert_eq!(of(&device.journal(), "auth").len(), 1);
}
