//! An activation is proven when the other end of the hop answers again, and not before.

use std::time::Duration;

use serde_json::json;
use towerhand::model::RadioRow;
use towerhand_simulators::core::Device;

use super::stage::{NIGHT, Stage, r0};

/// Its port takes the connection and gives it up without a greeting, as a radio does that is still booting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_merely_accepts_connections_does_not_answer() {
    let stage = Stage::of(&[("NEAR", "AV4100", r0()), ("FAR", "AV4100", r0())]).hop("FAR", "NEAR").start().await;
    stage.ran(&["FAR"], &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    stage.wait_status("FAR", "scheduled").await;
    stage.fault("NEAR", json!({ "kind": "refuse" }));
    stage.jump_to(NIGHT);
    let boot = |radio: &Device| radio.journal().iter().any(|entry| entry.channel == "boot");
    stage.radio_until("FAR", "the reboot", boot).await;
    // Long enough for it to come up and settle.
    stage.jump(Duration::from_secs(10 * 60));
    let looked = |radio: &Device| {
        let journal = radio.journal();
        journal.iter().skip_while(|entry| entry.channel != "boot").any(|entry| entry.input.contains("show software"))
    };
    stage.radio_until("FAR", "a look at it", looked).await;
    stage.jump(Duration::from_secs(70 * 60));
    let why = "the other end of its hop does not answer";
    let told = |row: &RadioRow| row.body["error"].as_str().is_some_and(|error| error.contains(why));
    stage.wait("FAR", "the reason", told).await;
    assert_eq!(stage.row("FAR").await["status"], "pending_verify");
    assert_eq!(stage.boots("FAR").len(), 1, "{:?}", stage.shell("FAR"));
    stage.mend("NEAR");
    let row = stage.wait_status("FAR", "success").await;
    assert_eq!(row["error"], json!(null), "{row:#}");
    assert_eq!(stage.activations("FAR").len(), 1, "{:?}", stage.shell("FAR"));
    assert!(stage.shell("NEAR").is_empty(), "nobody logs in to the other end: {:?}", stage.shell("NEAR"));
    stage.finish().await;
}
