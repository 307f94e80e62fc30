//! The running config: its text, its secrets, its sameness.

use serde_json::json;

use super::{all_closed, text};
use crate::power::{site, taken_for, turn, unit};

/// By hand from the knobs below.
const GOLDEN: &str = "/services.snmpAgent.community: <redacted>\n\
/services.snmpAgent.enabled: true\n\
/services.sshServer.sshPort: 22\n\
/system/airos/configuration.network.interfaces.data.ipv4.cidr: 192.0.2.40/24\n\
/system/airos/configuration.network.interfaces.data.ipv4.defaultGateway: 192.0.2.1\n\
/system/airos/configuration.wireless.radios[0].frequency: 5200\n\
/system/airos/configuration.wireless.security.psk: <redacted>\n";

fn state() -> serde_json::Value {
    json!({
        "config": {
            "wireless": { "security": { "psk": "a pre shared: key" }, "radios": [{ "frequency": 5200 }] },
            "network": { "interfaces": { "data": { "ipv4": { "defaultGateway": "192.0.2.1", "cidr": "192.0.2.40/24" } } } },
        },
        "services": { "sshServer": { "sshPort": 22 }, "snmpAgent": { "enabled": true, "community": "c0mmunity" } },
    })
}

/// With marks that say nothing of the key.
fn unmarked(text: &str) -> String {
    regex::Regex::new("<redacted:[0-9a-f]{8}>").unwrap().replace_all(text, "<redacted>").into_owned()
}

#[tokio::test]
async fn f11_the_config_is_sorted_lines_with_marked_secrets() {
    let (lab, daemon) = site(vec![unit("ap", "wave", state())], "").await;
    let ask = async || daemon.api.response("ido.ap.running_config", json!({ "device": "ap" })).await;
    let first = ask().await;
    assert_eq!(unmarked(text(&first)), GOLDEN);
    assert_eq!(ask().await, first, "an unchanged radio gives the same text, marks included");
    // A secret that has changed has another mark, and only it.
    let mut services = state()["services"].clone();
    services["snmpAgent"]["community"] = json!("an0ther");
    turn(&lab, "ap", json!({ "services": services }));
    let second = ask().await;
    assert_eq!(unmarked(text(&second)), GOLDEN);
    let differing = text(&first).lines().zip(text(&second).lines()).filter(|(one, other)| one != other).count();
    assert_eq!(differing, 1);
    // In clear for those who may, which is on record.
    let clear = daemon.api.response("ido.ap.running_config", json!({ "device": "ap", "show_secrets": true })).await;
    let lines: Vec<&str> = text(&clear)
        .lines()
        .filter(|line| line.ends_with(": an0ther") || line.ends_with(": a pre shared: key"))
        .collect();
    assert_eq!(lines.len(), 2, "{clear}");
    assert_eq!(all_closed(&lab.device("ap").unwrap()).await, 4);
}

#[tokio::test]
async fn moments_hashes_and_order_make_no_difference() {
    let (lab, daemon) = site(vec![unit("ap", "wave", state())], "").await;
    let ask = async || daemon.api.response("ido.ap.running_config", json!({ "device": "ap" })).await;
    let plain = ask().await;
    turn(&lab, "ap", json!({ "volatile": true }));
    assert_eq!(ask().await, plain);
    lab.clock().advance(100.0);
    assert_eq!(ask().await, plain);
    turn(
        &lab,
        "ap",
        json!({ "services": { "snmpAgent": { "community": "c0mmunity", "enabled": true }, "sshServer": { "sshPort": 22 } } }),
    );
    assert_eq!(ask().await, plain);
}

#[tokio::test]
async fn a_radio_of_the_other_type_is_read_with_a_warning() {
    let (_lab, daemon) = site(vec![taken_for("ap", "wave", ("UBWAPM", "ap"), state())], "").await;
    let id = daemon.api.submit("ido.ap.running_config", json!({ "device": "ap" })).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "success", "{job}");
    let messages = daemon.api.messages(&id).await;
    assert!(
        messages.iter().any(|message| message.contains("it is a Wave-AP, but UBWAPM means a Wave-AP-Micro")),
        "{messages:?}"
    );
}
