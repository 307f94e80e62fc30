//! The ICT distribution panel by SNMP.

use serde_json::{Value, json};

use super::{row, site, unit};

#[tokio::test]
async fn outputs_names_fuses_and_alarms() {
    let outputs = json!([
        { "name": "R1", "current": "-1.1" },
        { "name": "", "current": "-0.4", "fuse": "open" },
        { "name": "2A: Switch", "current": "-2.0", "enabled": false },
        { "name": "R1 B", "current": "-0.6" },
    ]);
    let alarms = json!([{ "name": "Low volts", "state": "alarm" }, { "name": "Door", "state": "ready" }]);
    let state = json!({
        "outputs": outputs, "alarms": alarms, "system_current": "-1.7", "x100": true, "sys_name": "RPC-1",
        "sys_location": "hut", "buses": [{ "name": "Bus A" }, { "name": "Bus B" }],
    });
    let (_lab, daemon) = site(vec![unit("rpc", "ict-pdu", state)], "").await;
    let info = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc", "run_tests": true })).await;
    assert_eq!((&info["success"], &info["device_type"]), (&json!(true), &json!("ICT200DB12")));
    assert_eq!(
        (&info["model"], &info["firmware"], &info["name"]),
        (&json!("ICT200DB-12IRC"), &json!("4.01"), &json!("RPC-1"))
    );
    assert_eq!((&info["power"]["bus_voltage_v"], &info["power"]["bus_current_a"]), (&json!(-55.2), &json!(-1.7)));
    assert_eq!(info["readings"]["bus_voltage_v"], json!({ "raw": -55.2, "scale": 1.0 }));
    assert_eq!(info["notes"], json!(["voltage negative: -48 V plant"]));
    assert_eq!(info["alarms"], json!([{ "name": "Low volts" }]));
    // Four outputs of a dual-bus panel are 1A, 2A, 1B, 2B; index 0 is not lost.
    assert_eq!(
        info["outlets"],
        json!([
            { "id": "1A", "index": 0, "label": "R1", "state": "on", "fuse": "ok", "current_a": -1.1, "controllable": true },
            { "id": "2A", "index": 1, "label": null, "state": "on", "fuse": "open", "current_a": 0.0, "controllable": true },
            { "id": "1B", "index": 2, "label": "2A: Switch", "state": "off", "fuse": "ok", "current_a": 0.0, "controllable": true },
            { "id": "2B", "index": 3, "label": "R1 B", "state": "on", "fuse": "ok", "current_a": -0.6, "controllable": true },
        ])
    );
    assert_eq!(row(&info, "1A (R1)"), (&Value::Null, &json!("Enabled (-1.1A)"), &Value::Null));
    assert_eq!(row(&info, "2A"), (&Value::Null, &json!("Breaker off (0.0A)"), &json!(false)));
    assert_eq!(row(&info, "1B (2A: Switch)"), (&Value::Null, &json!("Disabled (0.0A)"), &Value::Null));
    assert_eq!(row(&info, "Firmware version"), (&json!("4.01"), &json!("4.01"), &json!(true)));
    assert_eq!(row(&info, "Ping").2, &json!(true));
    assert_eq!(info["status"], "degraded");
}

#[tokio::test]
async fn an_output_whose_state_is_not_told_does_not_pass() {
    let missing = json!(["1.3.6.1.4.1.39145.10.8.1.5.1", "1.3.6.1.4.1.39145.10.8.1.4", "1.3.6.1.4.1.39145.10.9"]);
    let (_lab, daemon) = site(vec![unit("rpc", "ict-pdu", json!({ "missing": missing }))], "").await;
    let info = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc", "run_tests": true })).await;
    assert_eq!((&info["outlets"][0]["state"], &info["outlets"][0]["fuse"]), (&json!("on"), &Value::Null));
    assert_eq!((&info["outlets"][1]["state"], &info["outlets"][1]["controllable"]), (&json!("unknown"), &json!(false)));
    assert_eq!(row(&info, "2A (Radio south A)"), (&Value::Null, &json!("Unknown (-0.8A)"), &json!(false)));
    assert_eq!(info["alarms"], json!([]));
}

/// Some firmware appends `.0` to the instance of a column.
#[tokio::test]
async fn a_bogus_zero_behind_the_index_is_passed_over() {
    let mut rows = vec!["1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.39145.10".to_owned()];
    for (column, values) in [("1", ["0", "1"]), ("5", ["1", "2"])] {
        for (index, value) in values.iter().enumerate() {
            rows.push(format!("1.3.6.1.4.1.39145.10.8.1.{column}.{index}.0|2|{value}"));
        }
    }
    let state = json!({ "rows": rows.join("\n") });
    let (_lab, daemon) = site(vec![super::taken_for("rpc", "snmp", ("ICT200DB", "rpc"), state)], "").await;
    let info = daemon.api.response("ido.rpc.device_info", json!({ "device": "rpc" })).await;
    let states: Vec<(&Value, &Value)> =
        info["outlets"].as_array().unwrap().iter().map(|outlet| (&outlet["index"], &outlet["state"])).collect();
    assert_eq!(states, [(&json!(0), &json!("on")), (&json!(1), &json!("off"))]);
    assert_eq!(info.get("model"), None, "a fact that is not known is absent");
}
