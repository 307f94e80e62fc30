//! Running configs: settings only, secrets marked.

use serde_json::json;

use super::{site, turn, unit};
use crate::support::TestDaemon;

async fn config(daemon: &TestDaemon, role: &str, device: &str) -> String {
    let config = daemon.api.response(&format!("ido.{role}.running_config"), json!({ "device": device })).await;
    config.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn measurements_change_nothing() {
    let devices = vec![
        unit(
            "panel",
            "ict-pdu",
            json!({ "outputs": [{ "name": "R1", "current": "-1.1" }, { "name": "R2", "current": "-1.2" }] }),
        ),
        unit("mps", "ict-mps", json!({})),
        unit("platinum", "ict-platinum", json!({})),
        unit("apc-ups", "apc-ups", json!({})),
        unit("pdu-1", "apc-pdu", json!({ "generation": 1, "load": 1.0 })),
        unit("pdu-2", "apc-pdu", json!({ "generation": 2, "load": 1.0 })),
        unit("ups-mib", "ups-mib", json!({})),
    ];
    let (lab, daemon) = site(devices, "").await;
    let measured = [
        (
            "panel",
            "rpc",
            json!({ "system_voltage": "-51.0", "outputs": [{ "name": "R1", "current": "-9.9" }, { "name": "R2", "current": "-8.8", "fuse": "open" }], "alarms": [] }),
        ),
        (
            "mps",
            "ups",
            json!({ "input_voltage": "0", "output_voltage": "47.1", "output_current": "9.9", "soc": 12, "probe_temperature": 41, "net_ah": 3, "runtime_minutes": 5 }),
        ),
        (
            "platinum",
            "ups",
            json!({ "input_voltage": "0", "output_voltage": "47.1", "battery_current": "-9.9", "soc": 12 }),
        ),
        (
            "apc-ups",
            "ups",
            json!({ "on_battery": true, "runtime_ticks": 6000, "capacity": 12.0, "temperature": 41.0, "load": 90.0, "battery_voltage": 22.0 }),
        ),
        ("pdu-1", "rpc", json!({ "load": 9.9 })),
        ("pdu-2", "rpc", json!({ "load": 9.9 })),
        (
            "ups-mib",
            "ups",
            json!({ "on_battery": true, "minutes": 3, "battery_charge": 12, "battery_temperature": 41, "load": 90 }),
        ),
    ];
    for (device, role, knobs) in measured {
        let before = config(&daemon, role, device).await;
        assert!(before.lines().count() >= 5 && before.ends_with('\n'), "{device}: {before}");
        let mut sorted: Vec<&str> = before.lines().map(|line| line.split(['.', ':']).next().unwrap()).collect();
        let as_read = sorted.clone();
        sorted.sort();
        assert_eq!(as_read, sorted, "{device}");
        turn(&lab, device, knobs);
        assert_eq!(config(&daemon, role, device).await, before, "{device}");
    }
}

#[tokio::test]
async fn settings_show() {
    let outlets =
        |name: &str, on: bool| json!({ "outlets": [{ "name": "Radio", "on": true }, { "name": name, "on": on }] });
    let devices = vec![
        unit("panel", "ict-pdu", json!({ "outputs": [{ "name": "R1" }, { "name": "R2" }] })),
        unit("pdu", "apc-pdu", outlets("Switch", true)),
        unit("ups-mib", "ups-mib", json!({})),
    ];
    let (lab, daemon) = site(devices, "").await;
    let changed = |before: &str, after: &str| -> Vec<String> {
        after.lines().filter(|line| !before.lines().any(|old| old == *line)).map(str::to_owned).collect()
    };
    let before = config(&daemon, "rpc", "panel").await;
    turn(&lab, "panel", json!({ "outputs": [{ "name": "R1" }, { "name": "Core 2", "enabled": false }] }));
    let after = config(&daemon, "rpc", "panel").await;
    assert_eq!(changed(&before, &after), ["outputEnable.1: 2", "outputName.1: Core 2"]);
    let before = config(&daemon, "rpc", "pdu").await;
    turn(&lab, "pdu", outlets("Core", true));
    let after = config(&daemon, "rpc", "pdu").await;
    assert_eq!(changed(&before, &after), ["rPDUOutletName.2: Core"]);
    let before = config(&daemon, "ups", "ups-mib").await;
    turn(&lab, "ups-mib", json!({ "auto_restart": 2, "sys_location": "hut 7" }));
    let after = config(&daemon, "ups", "ups-mib").await;
    assert_eq!(changed(&before, &after), ["sysLocation: hut 7", "upsAutoRestart: 2"]);
}

#[tokio::test]
async fn f11_secrets_that_people_wrote_into_names_are_marked() {
    let state = json!({ "sys_contact": "noc, password: hunter22", "sys_location": "hut; snmp community qwertz9" });
    let (lab, daemon) = site(vec![unit("ups", "ups-mib", state)], "").await;
    let first = config(&daemon, "ups", "ups").await;
    assert!(!first.contains("hunter22") && !first.contains("qwertz9"), "{first}");
    assert_eq!(first.matches("<redacted:").count(), 2, "{first}");
    assert_eq!(config(&daemon, "ups", "ups").await, first, "the marks are stable");
    turn(&lab, "ups", json!({ "sys_contact": "noc, password: hunter23" }));
    assert_ne!(config(&daemon, "ups", "ups").await, first, "a changed secret shows");
    let open = json!({ "device": "ups", "show_secrets": true });
    let open = daemon.api.response("ido.ups.running_config", open).await;
    assert!(open.as_str().unwrap().contains("hunter23"), "{open}");
}

/// Bytes that are no text, and line ends inside a name, cannot forge lines.
#[tokio::test]
async fn a_name_cannot_forge_a_line() {
    let state = json!({ "sys_location": "hut\r\nsysName: other", "sys_contact": "a\u{1b}[31mb" });
    let (_lab, daemon) = site(vec![unit("ups", "ups-mib", state)], "").await;
    let config = config(&daemon, "ups", "ups").await;
    assert_eq!(config.lines().filter(|line| line.starts_with("sysName:")).count(), 1, "{config}");
    assert!(config.contains("sysLocation: hut  sysName: other\n"), "{config}");
    assert!(!config.contains('\u{1b}'), "{config}");
}
