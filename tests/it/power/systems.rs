//! ICT's power supplies: Platinum (ICT800) and the modular power system (ICTMPS).

use serde_json::{Value, json};

use super::{row, site, unit};

const TESTS: &str = "run_tests";

#[tokio::test]
async fn f15_a_platinum_supply_is_read_without_any_mib() {
    let state = json!({
        "input_voltage": "119.5", "output_voltage": "54.1", "output_current": "2.3", "battery_voltage": "54.1",
        "battery_current": "-0.3", "soc": 98, "net_ah": 97, "runtime_minutes": 480, "battery_temperature": 1000,
    });
    let (_lab, daemon) = site(vec![unit("ups", "ict-platinum", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "ups", TESTS: true })).await;
    assert_eq!((&info["model"], &info["firmware"]), (&json!("ICT800-48SBC"), &json!("2.14")));
    let power = &info["power"];
    assert_eq!((&power["input_voltage_v"], &power["output_voltage_v"]), (&json!(119.5), &json!(54.1)));
    assert_eq!((&power["battery_voltage_v"], &power["battery_current_a"]), (&json!(54.1), &json!(-0.3)));
    assert_eq!((&power["battery_percent"], &power["runtime_min"]), (&json!(98.0), &json!(480.0)));
    assert_eq!((&power["temperature_c"], &power["source"]), (&Value::Null, &json!("mains")));
    assert_eq!(info["readings"]["temperature_c"], json!({ "raw": 1000.0, "scale": 1.0, "reason": "no_probe" }));
    assert_eq!(row(&info, "Input voltage"), (&json!(">90 VAC"), &json!("119.5 VAC"), &json!(true)));
    assert_eq!(row(&info, "Battery voltage"), (&json!(">46 VDC"), &json!("54.1 VDC"), &json!(true)));
    assert_eq!(row(&info, "Output current"), (&json!("<15 A"), &json!("2.3 A"), &json!(true)));
    assert_eq!(row(&info, "Battery charge state"), (&json!("100%"), &json!("98%"), &json!(false)));
}

#[tokio::test]
async fn the_bounds_of_the_tests_are_exact() {
    let state =
        json!({ "x100": false, "input_voltage": "90", "battery_voltage": "46", "output_current": "15", "soc": 100 });
    let (lab, daemon) = site(vec![unit("ups", "ict-platinum", state)], "").await;
    let ask = json!({ "device": "ups", TESTS: true });
    let info = daemon.api.response("ido.ups.device_info", ask.clone()).await;
    for (name, pass) in [
        ("Input voltage", false),
        ("Battery voltage", false),
        ("Output current", false),
        ("Battery charge state", true),
    ] {
        assert_eq!(row(&info, name).2, &json!(pass), "{name}");
    }
    let better = json!({ "input_voltage": "90.1", "battery_voltage": "46.1", "output_current": "14.9", "soc": 99 });
    super::turn(&lab, "ups", better);
    let info = daemon.api.response("ido.ups.device_info", ask.clone()).await;
    for (name, pass) in
        [("Input voltage", true), ("Battery voltage", true), ("Output current", true), ("Battery charge state", false)]
    {
        assert_eq!(row(&info, name).2, &json!(pass), "{name}");
    }
    // What is not known never passes.
    super::turn(
        &lab,
        "ups",
        json!({ "missing": ["1.3.6.1.4.1.39145.11.6", "1.3.6.1.4.1.39145.11.13"], "null": ["1.3.6.1.4.1.39145.11.8"] }),
    );
    let info = daemon.api.response("ido.ups.device_info", ask).await;
    for name in ["Input voltage", "Output current", "Battery charge state"] {
        assert_eq!((row(&info, name).1, row(&info, name).2), (&Value::Null, &json!(false)), "{name}");
    }
    assert_eq!(info["power"]["source"], "unknown");
}

#[tokio::test]
async fn f31_a_modular_system_without_run_time() {
    let state = json!({
        "input_voltage": "121", "output_voltage": "54.1", "output_current": "2.3", "soc": 0, "probe_temperature": 36,
    });
    let (_lab, daemon) = site(vec![unit("ups", "ict-mps", state)], "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "ups", TESTS: true })).await;
    let power = &info["power"];
    assert_eq!((&power["input_voltage_v"], &power["output_voltage_v"]), (&json!(121.0), &json!(54.1)));
    assert_eq!((&power["output_current_a"], &power["battery_percent"]), (&json!(2.3), &json!(0.0)));
    assert_eq!((&power["temperature_c"], &power["runtime_min"]), (&json!(36.0), &Value::Null));
    assert_eq!(row(&info, "Input voltage"), (&json!(">90 VAC"), &json!("121 VAC"), &json!(true)));
    assert_eq!(row(&info, "Output current"), (&json!("<15 A"), &json!("2.3 A"), &json!(true)));
    assert_eq!(row(&info, "Battery charge state"), (&json!("100%"), &json!("0%"), &json!(false)));
    // The branch has no battery voltage: there is no row that could not pass.
    assert!(info["test_results"].as_array().unwrap().iter().all(|row| row["name"] != "Battery voltage"));
}

#[tokio::test]
async fn a_distribution_module_has_four_outputs() {
    let modules = json!([
        { "type": "power" },
        { "type": "distribution", "currents": ["1.2", "0.7", "0.4", "0.0"], "enabled": [true, true, false, true] },
        { "type": "converter", "status": "alarm" },
    ]);
    let (_lab, daemon) = site(vec![unit("ups", "ict-mps", json!({ "modules": modules, "x100": true }))], "").await;
    let info = daemon.api.response("ido.ups.device_info", json!({ "device": "ups" })).await;
    let outlets: Vec<String> = info["outlets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outlet| format!("{} {} {}", outlet["id"], outlet["state"], outlet["current_a"]))
        .collect();
    assert_eq!(outlets, [r#""2A" "on" 1.2"#, r#""2B" "on" 0.7"#, r#""2C" "off" 0.0"#, r#""2D" "on" 0.0"#]);
    assert_eq!(info["alarms"], json!([{ "name": "module 3" }]));
}

#[tokio::test]
async fn f32_no_probe_is_no_temperature() {
    let devices = vec![
        unit("mps", "ict-mps", json!({ "probe_temperature": 1000 })),
        unit("rfc", "ups-mib", json!({ "battery_temperature": -273 })),
        unit("null", "ups-mib", json!({ "null": ["1.3.6.1.2.1.33.1.2.7"] })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    for device in ["mps", "rfc", "null"] {
        let info = daemon.api.response("ido.ups.device_info", json!({ "device": device })).await;
        assert_eq!(info["power"]["temperature_c"], Value::Null, "{device}");
        assert_eq!(info["readings"]["temperature_c"]["reason"], "no_probe", "{device}");
    }
}
