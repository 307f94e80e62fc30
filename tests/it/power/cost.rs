//! How often a unit is asked: small agents take tens of milliseconds for each answer.

use serde_json::json;

use super::{site, taken_for, unit};

#[tokio::test]
async fn readings_take_few_requests() {
    let outlets: Vec<_> = (1..=24).map(|number| json!({ "name": format!("Outlet {number}") })).collect();
    let devices = vec![
        unit("apc-ups", "apc-ups", json!({})),
        unit("apc-ups-v1", "apc-ups", json!({ "snmp_version": "1" })),
        unit("apc-pdu-1", "apc-pdu", json!({ "generation": 1, "outlets": outlets })),
        unit("apc-pdu-2", "apc-pdu", json!({ "generation": 2, "outlets": outlets })),
        unit("apc-pdu-v1", "apc-pdu", json!({ "generation": 2, "outlets": outlets, "snmp_version": "1" })),
        unit("platinum", "ict-platinum", json!({})),
        unit("panel", "ict-pdu", json!({ "x100": true, "alarms": [{ "name": "door" }], "buses": [{ "name": "A" }] })),
        unit("panel-v1", "ict-pdu", json!({ "snmp_version": "1" })),
        unit("mps", "ict-mps", json!({})),
        unit("ups-mib", "ups-mib", json!({})),
    ];
    let (lab, daemon) = site(devices, "").await;
    // The bounds: of scalars one request (two or three to an ICT unit, one more for each missing object with version
    // 1), of tables one a column with GETBULK, one a row without it.
    for (device, role, most) in [
        ("apc-ups", "ups", 1),
        ("apc-ups-v1", "ups", 11),
        ("apc-pdu-1", "rpc", 16),
        ("apc-pdu-2", "rpc", 16),
        ("apc-pdu-v1", "rpc", 50),
        ("platinum", "ups", 3),
        ("panel", "rpc", 14),
        ("panel-v1", "rpc", 20),
        ("mps", "ups", 22),
        ("ups-mib", "ups", 5),
    ] {
        daemon.api.response(&format!("ido.{role}.device_info"), json!({ "device": device })).await;
        let journal = lab.device(device).unwrap().journal();
        assert!(journal.iter().all(|entry| entry.channel == "snmp"), "{journal:?}");
        assert!(journal.len() <= most, "{device}: {} requests, {journal:#?}", journal.len());
        let bulk = journal.iter().any(|entry| entry.input.starts_with("getbulk"));
        assert_eq!(bulk, ["apc-pdu-1", "apc-pdu-2", "ups-mib"].contains(&device), "{device}");
    }
}

/// An agent that can only answer little at once is asked for less, and nothing is lost.
#[tokio::test]
async fn a_panel_with_small_answers_is_read_whole() {
    let small = |limit: u32, status: &str| json!({ "sys_name": "rpc", "max_varbinds": limit, "over_limit": status });
    let devices = vec![
        unit("whole", "ict-pdu", json!({ "sys_name": "rpc" })),
        unit("three", "ict-pdu", small(3, "tooBig")),
        unit("one", "ict-pdu", small(1, "tooBig")),
        unit("vague", "ict-pdu", small(4, "genErr")),
    ];
    let (_lab, daemon) = site(devices, "").await;
    let whole = daemon.api.response("ido.rpc.device_info", json!({ "device": "whole" })).await;
    assert_eq!(whole["outlets"].as_array().unwrap().len(), 12);
    for small in ["three", "one", "vague"] {
        let info = daemon.api.response("ido.rpc.device_info", json!({ "device": small })).await;
        for member in ["name", "model", "power", "outlets"] {
            assert_eq!(info[member], whole[member], "{small}: {member}");
        }
    }
}

/// A table beyond the limit is an error, not a part.
#[tokio::test]
async fn a_panel_with_endless_rows_is_an_error() {
    let (_lab, daemon) = site(vec![unit("rpc", "ict-pdu", json!({}))], "[snmp]\nmax_rows = 40\n").await;
    let error = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    assert!(error.starts_with("protocol_error: ") && error.contains("40 rows"), "{error}");
}

/// Columns side by side end with an error where their names do not increase, as a walk does.
#[tokio::test]
async fn a_panel_that_turns_in_a_circle_is_an_error() {
    let looped = json!({ "loop_at": ["1.3.6.1.4.1.39145.10.8.1.2.3"] });
    let (_lab, daemon) = site(vec![taken_for("rpc", "ict-pdu", ("ICT200DB12", "rpc"), looped)], "").await;
    let error = daemon.api.error("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    assert!(error.starts_with("protocol_error: ") && error.contains("does not end"), "{error}");
}
