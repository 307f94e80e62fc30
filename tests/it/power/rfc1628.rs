//! UPS by RFC 1628.

use serde_json::{Value, json};

use super::{row, site, turn, unit};

fn ask() -> Value {
    json!({ "device": "ups", "run_tests": true })
}

#[tokio::test]
async fn f33_a_ups_on_mains() {
    let state = json!({
        "battery_status": 2, "minutes": 42, "battery_charge": 97, "battery_voltage": 54.5, "input_voltage": 120,
        "output_source": 3, "load": 18,
    });
    let (_lab, daemon) = site(vec![unit("ups", "ups-mib", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    let power = &info["power"];
    assert_eq!((&power["source"], &info["state"]), (&json!("mains"), &json!("normal")));
    assert_eq!((&power["battery_percent"], &power["battery_voltage_v"]), (&json!(97.0), &json!(54.5)));
    assert_eq!(info["readings"]["battery_voltage_v"], json!({ "raw": 545.0, "scale": 0.1 }));
    assert_eq!((&power["input_voltage_v"], &power["load_percent"]), (&json!(120.0), &json!(18.0)));
    assert_eq!((&power["runtime_min"], &info["battery_status"]), (&json!(42.0), &json!("normal")));
    assert_eq!(info["notes"], json!([]));
    assert_eq!(row(&info, "Output source"), (&json!("normal"), &json!("normal"), &json!(true)));
    assert_eq!(row(&info, "Battery status"), (&json!("normal"), &json!("normal"), &json!(true)));
    assert_eq!(row(&info, "Input voltage"), (&json!(">90 VAC"), &json!("120 VAC"), &json!(true)));
    assert_eq!(row(&info, "Load"), (&json!("<80%"), &json!("18%"), &json!(true)));
    assert_eq!(row(&info, "Battery charge state"), (&Value::Null, &json!("97%"), &Value::Null));
    assert_eq!(row(&info, "Run time"), (&Value::Null, &json!("42 min"), &Value::Null));
    assert_eq!(info["status"], "ok");
}

#[tokio::test]
async fn f34_tenths_of_a_volt_are_seen_on_both_sides() {
    let state = json!({ "decivolt": true, "input_voltage": 120.3, "output_voltage": 120.0 });
    let (lab, daemon) = site(vec![unit("ups", "ups-mib", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!((&info["power"]["input_voltage_v"], &info["power"]["output_voltage_v"]), (&json!(120.3), &json!(120.0)));
    assert_eq!(info["readings"]["input_voltage_v"], json!({ "raw": 1203.0, "scale": 0.1 }));
    let notes = info["notes"].as_array().unwrap();
    assert!(
        notes.len() == 2 && notes.iter().all(|note| note.as_str().unwrap().starts_with("scale_adjusted")),
        "{notes:?}"
    );
    // A brown-out of 30.5 V is not 305 V: the other side shows the scale.
    turn(&lab, "ups", json!({ "input_voltage": 30.5 }));
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!(info["power"]["input_voltage_v"], 30.5);
    assert_eq!(row(&info, "Input voltage").2, &json!(false));
}

#[tokio::test]
async fn f35_a_ups_goes_to_battery_and_back() {
    let (lab, daemon) = site(vec![unit("ups", "ups-mib", json!({}))], "").await;
    let state = json!({ "on_battery": true, "output_source": 5, "seconds_on_battery": 30, "minutes": 17 });
    turn(&lab, "ups", state);
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!((&info["power"]["source"], &info["state"]), (&json!("battery"), &json!("battery")));
    assert_eq!((&info["power"]["seconds_on_battery"], &info["power"]["runtime_min"]), (&json!(30.0), &json!(17.0)));
    assert_eq!(info["alarms"], json!([{ "name": "on battery" }, { "name": "input bad" }]));
    assert_eq!(row(&info, "Output source"), (&json!("normal"), &json!("battery"), &json!(false)));
    assert_eq!(row(&info, "Input voltage"), (&json!(">90 VAC"), &json!("0 VAC"), &json!(false)));
    assert_eq!(info["status"], "degraded");
    turn(&lab, "ups", json!({ "on_battery": null, "output_source": null, "seconds_on_battery": null }));
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!((&info["power"]["source"], &info["alarms"]), (&json!("mains"), &json!([])));
}

#[tokio::test]
async fn quirks_of_agents_change_nothing() {
    let devices = vec![
        unit("plain", "ups-mib", json!({ "sys_name": "ups" })),
        unit("strings", "ups-mib", json!({ "sys_name": "ups", "strings": true })),
        unit("suffix", "ups-mib", json!({ "sys_name": "ups", "no_suffix": true })),
        unit("zero", "ups-mib", json!({ "sys_name": "ups", "index_from_zero": true })),
        unit("old", "ups-mib", json!({ "sys_name": "ups", "snmp_version": "1" })),
        unit("nobulk", "ups-mib", json!({ "sys_name": "ups", "max_repetitions": 4, "over_limit": "genErr" })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    let plain = daemon.api.response("ido.ups.device_info", json!({ "device": "plain" })).await;
    assert_eq!(plain["power"]["input_voltage_v"], 121.0);
    for quirk in ["strings", "suffix", "zero", "old", "nobulk"] {
        let info = daemon.api.response("ido.ups.device_info", json!({ "device": quirk })).await;
        for member in ["name", "model", "firmware", "power", "readings", "state", "battery_status", "alarms", "notes"] {
            assert_eq!(info[member], plain[member], "{quirk}: {member}");
        }
    }
}

#[tokio::test]
async fn groups_that_are_missing_are_not_known() {
    let missing = json!(["1.3.6.1.2.1.33.1.1", "1.3.6.1.2.1.33.1.3", "1.3.6.1.2.1.33.1.4", "1.3.6.1.2.1.33.1.6"]);
    let state = json!({ "missing": missing, "minutes": -1, "battery_charge": 255 });
    let (_lab, daemon) = site(vec![unit("ups", "ups-mib", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!((&info["power"]["source"], &info["power"]["input_voltage_v"]), (&json!("unknown"), &Value::Null));
    assert_eq!((&info["power"]["runtime_min"], &info["power"]["battery_percent"]), (&Value::Null, &Value::Null));
    assert_eq!(info["readings"]["runtime_min"], json!({ "raw": -1.0, "scale": 1.0, "reason": "not_supported" }));
    assert_eq!(info["readings"]["battery_percent"]["reason"], "implausible");
    assert_eq!((info.get("model"), info.get("state")), (None, None));
    for name in ["Output source", "Input voltage", "Load"] {
        assert_eq!((row(&info, name).1, row(&info, name).2), (&Value::Null, &json!(false)), "{name}");
    }
}

#[tokio::test]
async fn three_lines_are_summed_and_the_busiest_is_the_load() {
    let (_lab, daemon) =
        site(vec![unit("ups", "ups-mib", json!({ "lines": 3, "output_current": 2.0, "output_watts": 300 }))], "").await;
    let info = daemon.api.response("ido.ups.device_info", ask()).await;
    assert_eq!((&info["power"]["output_current_a"], &info["power"]["output_power_w"]), (&json!(6.0), &json!(900.0)));
    assert_eq!(info["power"]["load_percent"], 18.0);
    assert_eq!(info["notes"], json!(["3 lines: current and power are sums, the load is the busiest line's"]));
}
