//! `towerhand device`.

use serde_json::json;
use towerhand_simulators::core::Fault;

use super::{Shell, site};

#[tokio::test]
async fn devices_are_listed_shown_and_read() {
    let (_lab, _daemon, shell) =
        site(vec![("r1", "routeros", json!({ "identity": "TWR-1" })), ("u1", "apc-ups", json!({}))]).await;
    let list = shell.run("device list --json").await.json();
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["r1", "u1"]);
    assert_eq!((&list[0]["type"], &list[0]["role"]), (&json!("MTROS"), &json!("swt")));
    assert!(shell.run("device list").await.good().contains("APCUPS"));

    let config = shell.run("device config r1").await.good();
    assert!(config.contains("set name=TWR-1"), "{config}");
    let job = shell.run("device config u1 --json").await.json();
    assert_eq!((&job["action"], &job["status"]), (&json!("ido.ups.running_config"), &json!("success")));

    // The key that was pinned by that is shown.
    let shown = shell.run("device show r1").await.json();
    assert_eq!(shown["pins"].as_array().unwrap().len(), 1, "{shown}");
    assert!(shown["pins"][0]["fingerprint"].as_str().unwrap().starts_with("SHA256:"), "{shown}");
    let told = shell.run("device show r9").await.sentence();
    assert!(told.contains("there is no device 'r9' in the inventory"), "{told}");
}

#[tokio::test]
async fn a_changed_host_key_is_refused_until_it_is_accepted() {
    let (lab, daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    shell.run("device config r1").await.good();
    let endpoint = shell.run("device show r1").await.json()["pins"][0]["endpoint"].as_str().unwrap().to_owned();
    let accept = format!("device accept-key {endpoint}");
    let early = shell.run(&accept).await.sentence();
    assert!(early.contains("has shown no other key than the pinned one"), "{early}");

    lab.device("r1").unwrap().add_fault(Fault::Hostkey {});
    let told = shell.run("device config r1").await.sentence();
    assert!(told.contains("host_key_changed: ") && told.contains(&endpoint), "{told}");
    let told = daemon.api.error("ido.swt.device_info", json!({ "device": "r1" })).await;
    assert!(told.starts_with("host_key_changed: "), "{told}");
    assert_eq!(shell.run(&format!("{accept} --json")).await.json(), json!({ "endpoint": endpoint, "accepted": true }));
    shell.run("device config r1").await.good();
}

#[tokio::test]
async fn without_an_inventory_it_says_how_to_name_one() {
    let shell = Shell::new();
    let told = shell.run("device list").await.sentence();
    assert!(told.contains("TOWERHAND_INVENTORY"), "{told}");
}
