//! Faults on the command line.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use crate::support::*;

async fn in_config(device: &towerhand_simulators::core::Device) -> Console {
    let mut console = Console::open(device).await;
    console.config("config").await;
    console.config("snmp community changed").await;
    console
}

#[tokio::test]
async fn commits_that_fail() {
    let (_lab, device) = lab(json!({})).await;
    fault(&device, json!({"kind": "commit", "how": "abort"}));
    let mut console = in_config(&device).await;
    let said = console.config("commit").await;
    assert!(said.starts_with("Aborted: "), "{said}");
    assert_eq!(device.text("snmp_community", ""), "public");
    // The candidate is kept.
    device.clear_faults();
    assert_eq!(console.config("commit").await, "Commit complete.\r\n");
    assert_eq!(device.text("snmp_community", ""), "changed");
    turn(&device, json!({"snmp_community": "public"}));
    fault(&device, json!({"kind": "commit", "how": "silence"}));
    let mut console = in_config(&device).await;
    console.send("commit\n").await;
    console.until("commit\r\n").await;
    let silent = tokio::time::timeout(std::time::Duration::from_millis(300), console.channel.wait()).await;
    assert!(silent.is_err(), "{silent:?}");
    assert_eq!(device.text("snmp_community", ""), "public");
}

#[tokio::test]
async fn connections_drop_before_or_after_the_effect() {
    let (_lab, device) = lab(json!({})).await;
    for (when, community) in [("before", "public"), ("after", "changed")] {
        device.clear_faults();
        fault(&device, json!({"kind": "drop", "after": "commit", "when": when}));
        let mut console = in_config(&device).await;
        console.send("commit\n").await;
        assert!(!console.ended().await.contains("Commit complete"));
        assert_eq!(device.text("snmp_community", ""), community, "{when}");
    }
    // Of a command that asks, the effect comes with the answer.
    device.clear_faults();
    turn(&device, json!({"software_state": "loadOk", "inactive": "6.2.4"}));
    fault(&device, json!({"kind": "drop", "after": "software activate", "when": "after"}));
    let mut console = Console::open(&device).await;
    console.ask_until("software activate", "[no,yes] ").await;
    console.send("yes\n").await;
    assert!(!console.ended().await.contains("resp"));
    assert_eq!(device.text("software_state", ""), "activate");
}

#[tokio::test]
async fn commands_are_refused_with_a_text() {
    let (_lab, device) = lab(json!({"software_state": "loadOk", "inactive": "6.2.4"})).await;
    fault(
        &device,
        json!({"kind": "refuse", "command": "software activate", "text": "Error: activation not permitted"}),
    );
    let mut console = Console::open(&device).await;
    assert_eq!(console.ask("software activate").await, "Error: activation not permitted\r\n");
    assert_eq!(device.text("software_state", ""), "loadOk");
    assert_eq!(console.ask("show software-status status").await, "software-status status loadOk\r\n");
}

#[tokio::test]
async fn packets_end_where_told_and_answers_take_their_time() {
    let (lab, device) = lab(json!({"delay_ms": 30_000})).await;
    lab.clock().set_rate(100.0);
    fault(&device, json!({"kind": "split", "after": ":]", "ms": 1000}));
    let mut console = Console::open(&device).await;
    let before = device.clock.seconds();
    console.ask_until("restart", "[no,yes] ").await;
    assert!(device.clock.seconds() - before >= 31.0, "the delay, and the pause after the bracket");
}

#[test]
fn faults_in_json_old_and_new() {
    let same = |json: Value, fault: Fault| {
        assert_eq!(serde_json::from_value::<Fault>(json.clone()).unwrap(), fault);
        assert_eq!(serde_json::to_value(&fault).unwrap(), json);
    };
    same(json!({"kind": "refuse"}), Fault::Refuse {});
    same(json!({"kind": "drop", "after": "x"}), Fault::Drop { after: Some("x".to_owned()), bytes: None });
    same(json!({"kind": "drop", "bytes": 5}), Fault::Drop { after: None, bytes: Some(5) });
    same(json!({"kind": "garbage", "endless": true}), Fault::Garbage { bytes: None, endless: true });
    same(
        json!({"kind": "refuse", "command": "a", "text": "b"}),
        Fault::RefuseCommand { command: "a".to_owned(), text: "b".to_owned() },
    );
    for bad in [
        json!({"kind": "drop", "bytes": 1, "when": "after"}),
        json!({"kind": "refuse", "text": "b"}),
        json!({"kind": "commit"}),
        json!({"kind": "drop", "when": "never"}),
    ] {
        assert!(serde_json::from_value::<Fault>(bad.clone()).is_err(), "{bad}");
    }
}
