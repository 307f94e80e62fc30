//! Sessions are ended whatever happens.

use serde_json::json;
use towerhand_simulators::core::Fault;

use super::{all_closed, sessions};
use crate::engine::wait;
use crate::power::{site, unit};

#[tokio::test]
async fn a_cancelled_reading_is_closed() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], "").await;
    let device = lab.device("swt").unwrap();
    device.add_fault(Fault::Mute { after: Some("config.json".to_owned()) });
    let id = daemon.api.submit("ido.swt.running_config", json!({ "device": "swt" })).await;
    wait::journal(&device, "the command that is not answered", |journal| {
        wait::count(journal, "shell", "linux: cat /www/config.json") == 1
    })
    .await;
    daemon.api.cancel(&id).await;
    assert_eq!(daemon.api.ended(&id).await["status"], "cancelled");
    assert_eq!(all_closed(&device).await, 1);
}

#[tokio::test]
async fn a_failed_reading_is_closed() {
    let settings = "[ssh]\ncommand_seconds = 2\nidle_seconds = 2\nlogin_seconds = 5\n";
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({}))], settings).await;
    let device = lab.device("swt").unwrap();
    let after = |text: &str| Some(text.to_owned());
    for (fault, class) in [
        (Fault::Mute { after: after("version.txt") }, "timeout"),
        (Fault::Drop { after: after("config.json"), bytes: None }, "protocol_error"),
        (Fault::RefuseCommand { command: "cat".to_owned(), text: "kaputt".to_owned() }, "protocol_error"),
    ] {
        device.add_fault(fault.clone());
        let error = daemon.api.error("ido.swt.running_config", json!({ "device": "swt" })).await;
        assert!(error.starts_with(&format!("{class}: swt (127.7.0.1): ")), "{fault:?}: {error}");
        all_closed(&device).await;
        device.clear_faults();
    }
    assert_eq!(sessions(&device.journal()), (3, 3));
}
