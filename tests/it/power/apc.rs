//! APC UPS and switched rack PDUs.

use serde_json::{Value, json};

use super::{row, site, turn, unit};

#[tokio::test]
async fn f36_a_ups_on_battery_that_wants_a_new_one() {
    let state =
        json!({ "runtime_ticks": 360_000, "replace": true, "on_battery": true, "capacity": 42.5, "load": 21.3 });
    let (_lab, daemon) = site(vec![unit("ups", "apc-ups", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "ups", "run_tests": true })).await;
    assert_eq!((&info["power"]["runtime_min"], &info["replace_battery"]), (&json!(60.0), &json!(true)));
    assert_eq!((&info["power"]["source"], &info["state"]), (&json!("battery"), &json!("on battery")));
    assert_eq!(info["alarms"], json!([{ "name": "on battery" }, { "name": "replace battery" }]));
    assert_eq!((&info["power"]["battery_percent"], &info["power"]["load_percent"]), (&json!(42.5), &json!(21.3)));
    assert_eq!(row(&info, "Output status"), (&json!("on line"), &json!("on battery"), &json!(false)));
    assert_eq!(row(&info, "Battery status"), (&json!("normal"), &json!("normal"), &json!(true)));
    assert_eq!(row(&info, "Replace battery"), (&json!("ok"), &json!("replace"), &json!(false)));
    assert_eq!(row(&info, "Load"), (&json!("<80%"), &json!("21.3%"), &json!(true)));
    assert_eq!(row(&info, "Run time"), (&Value::Null, &json!("60 min"), &Value::Null));
}

#[tokio::test]
async fn f37_a_code_that_no_document_names() {
    let (lab, daemon) = site(vec![unit("ups", "apc-ups", json!({ "output_status": 40 }))], "").await;
    let ask = json!({ "device": "ups", "run_tests": true });
    let info = daemon.api.response("ido.ups.device_info", ask.clone()).await;
    assert_eq!((&info["state"], &info["power"]["source"]), (&json!("other(40)"), &json!("unknown")));
    assert_eq!(row(&info, "Output status"), (&json!("on line"), &json!("other(40)"), &json!(false)));
    // Raised or lowered mains are mains.
    for (code, state, source) in [(4, "on smart boost", "boost"), (12, "on smart trim", "mains"), (13, "eco", "mains")]
    {
        turn(&lab, "ups", json!({ "output_status": code }));
        let info = daemon.api.response("ido.ups.device_info", ask.clone()).await;
        assert_eq!((&info["state"], &info["power"]["source"]), (&json!(state), &json!(source)));
        assert_eq!(row(&info, "Output status").2, &json!(true), "{state}");
    }
}

/// High precision that is absent, and high precision that says -1.
#[tokio::test]
async fn whole_numbers_stand_in_for_tenths() {
    let minus = "1.3.6.1.4.1.318.1.1.1.3.3.1.0|2|-1\n1.3.6.1.4.1.318.1.1.1.3.2.1.0|66|119\n\
                 1.3.6.1.4.1.318.1.1.1.4.3.3.0|66|4294967295\n1.3.6.1.4.1.318.1.1.1.4.2.3.0|66|22";
    let devices = vec![
        unit("coarse", "apc-ups", json!({ "high_precision": false })),
        super::taken_for("minus", "snmp", ("APCUPS", "ups"), json!({ "rows": minus })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "coarse" })).await;
    assert_eq!((&info["power"]["input_voltage_v"], &info["power"]["load_percent"]), (&json!(120.0), &json!(21.0)));
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "minus" })).await;
    assert_eq!((&info["power"]["input_voltage_v"], &info["power"]["load_percent"]), (&json!(119.0), &json!(22.0)));
    assert_eq!(info["power"]["battery_percent"], Value::Null);
}

/// An agent that leaves the instance out is found out by a walk.
#[tokio::test]
async fn scalars_without_their_instance() {
    let rows = "1.3.6.1.4.1.318.1.1.1.1.1.1|4|Smart-UPS\n1.3.6.1.4.1.318.1.1.1.4.1.1|2|2";
    let (_lab, daemon) =
        site(vec![super::taken_for("ups", "snmp", ("APCUPS", "ups"), json!({ "rows": rows }))], "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "ups" })).await;
    assert_eq!((&info["model"], &info["power"]["source"]), (&json!("Smart-UPS"), &json!("mains")));
}

#[tokio::test]
async fn the_two_generations_of_pdu_mean_the_opposite() {
    let outlets = json!([
        { "name": "Radio", "on": true, "current": 0.5 }, { "name": "Switch", "on": false }, { "name": "", "on": true },
    ]);
    let devices = vec![
        unit("one", "apc-pdu", json!({ "generation": 1, "outlets": outlets, "load": 0.5 })),
        unit("two", "apc-pdu", json!({ "generation": 2, "outlets": outlets, "load": 0.5 })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    for (device, model) in [("one", "AP7900B"), ("two", "AP8941")] {
        let info = daemon.api.response("ido.rpc.device_info", json!({ "device": device, "run_tests": true })).await;
        assert_eq!((&info["model"], &info["name"]), (&json!(model), &json!(device)));
        let outlets: Vec<String> = info["outlets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|outlet| format!("{} {} {}", outlet["id"], outlet["label"], outlet["state"]))
            .collect();
        assert_eq!(outlets, [r#""1" "Radio" "on""#, r#""2" "Switch" "off""#, r#""3" null "on""#], "{device}");
        assert_eq!((&info["power"]["output_current_a"], &info["power"]["output_power_w"]), (&json!(0.5), &json!(60.0)));
        assert_eq!(row(&info, "1 (Radio)"), (&Value::Null, &json!("On"), &Value::Null));
        assert_eq!(row(&info, "2 (Switch)"), (&Value::Null, &json!("Off"), &Value::Null));
        assert_eq!(row(&info, "3"), (&Value::Null, &json!("On"), &Value::Null));
    }
}
