//! Recordings of real units, played by the SNMP agent and read by the whole daemon. Expected values by hand.

use serde_json::{Value, json};
use towerhand_simulators::lab::DeviceSpec;

use super::{row, site, taken_for};
use crate::support::{TestDaemon, recording};

/// The recording played as a unit of a type; none where the recordings are not here.
fn played(name: &str, recorded: &str, device_type: (&str, &str)) -> Option<DeviceSpec> {
    let file = recording::path(&format!("snmp/{recorded}.snmprec"))?;
    Some(taken_for(name, "snmp", device_type, json!({ "file": file.display().to_string() })))
}

/// The agent's clock goes on from the recorded time.
fn up_for(info: &Value, recorded: u64) -> bool {
    info["uptime_seconds"].as_u64().is_some_and(|seconds| (recorded..recorded + 600).contains(&seconds))
}

async fn info(daemon: &TestDaemon, role: &str, device: &str) -> Value {
    daemon.api.response(&format!("ido.{role}.device_info"), json!({ "device": device, "run_tests": true })).await
}

#[tokio::test]
async fn f28_the_dual_bus_panel() {
    let Some(panel) = played("rpc", "ict-pdu_ict200db-12irc", ("ICT200DB12", "rpc")) else { return };
    let (_lab, daemon) = site(vec![panel], "").await;
    let info = info(&daemon, "rpc", "rpc").await;
    assert_eq!((&info["model"], &info["firmware"]), (&json!("ICT200DB-12IRC"), &json!("3.10")));
    assert_eq!((&info["power"]["bus_voltage_v"], &info["power"]["bus_current_a"]), (&json!(-55.2), &json!(-3.1)));
    let outlets = info["outlets"].as_array().unwrap();
    let ids: Vec<&str> = outlets.iter().map(|outlet| outlet["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1A", "2A", "3A", "4A", "5A", "6A", "1B", "2B", "3B", "4B", "5B", "6B"]);
    assert_eq!((&outlets[0]["index"], &outlets[11]["index"]), (&json!(0), &json!(11)));
    assert!(outlets.iter().all(|outlet| outlet["fuse"] == "ok" && outlet["state"] == "on"));
    let currents: Vec<f64> = outlets.iter().map(|outlet| outlet["current_a"].as_f64().unwrap()).collect();
    assert_eq!(currents, [-1.9, -1.2, 0.0, 0.0, 0.0, 0.0, -1.7, -1.0, 0.0, 0.0, 0.0, 0.0]);
    // 3.10 is not the fleet's release.
    assert_eq!(row(&info, "Firmware version"), (&json!("4.01"), &json!("3.10"), &json!(false)));
    assert_eq!(info["status"], "degraded");
    let config = daemon.api.response("ido.rpc.running_config", json!({ "device": "rpc" })).await;
    let config = config.as_str().unwrap();
    let names: Vec<&str> = config.lines().filter(|line| line.starts_with("outputName.")).collect();
    assert_eq!((names.len(), names[0], names[11]), (12, "outputName.0: 1A: MX204 (A)", "outputName.11: 6B: BLANK 6B"));
    assert!(!config.contains("-55.2") && !config.contains("outputCurrent"), "{config}");
}

#[tokio::test]
async fn f31_the_modular_power_system() {
    let Some(mps) = played("ups", "ict-mps", ("ICTMPS", "ups")) else { return };
    let (_lab, daemon) = site(vec![mps], "").await;
    let info = info(&daemon, "ups", "ups").await;
    assert_eq!((&info["model"], &info["firmware"]), (&json!("Modular Power Series 48V"), &json!("1.04")));
    assert_eq!(info["name"], "my_ict_ups");
    assert!(up_for(&info, 2_654_505), "{info}");
    let power = &info["power"];
    assert_eq!((&power["input_voltage_v"], &power["output_voltage_v"]), (&json!(121.0), &json!(54.1)));
    assert_eq!((&power["output_current_a"], &power["battery_percent"]), (&json!(2.3), &json!(0.0)));
    assert_eq!((&power["temperature_c"], &power["runtime_min"]), (&json!(36.0), &Value::Null));
    assert_eq!((&power["source"], &info["outlets"], &info["alarms"]), (&json!("mains"), &json!([]), &json!([])));
}

#[tokio::test]
async fn the_apc_ups() {
    let Some(ups) = played("ups", "apc_smt750x-nmc2", ("APCUPS", "ups")) else { return };
    let (_lab, daemon) = site(vec![ups], "").await;
    let info = info(&daemon, "ups", "ups").await;
    assert_eq!((&info["model"], &info["serial"]), (&json!("Smart-UPS X 750"), &json!("AS1907242163")));
    assert_eq!(info["firmware"], "UPS 09.8 (ID20)");
    assert!(up_for(&info, 719_178), "{info}");
    let power = &info["power"];
    assert_eq!((&power["battery_percent"], &power["temperature_c"]), (&json!(100.0), &json!(23.4)));
    assert_eq!((&power["battery_voltage_v"], &power["runtime_min"]), (&json!(54.7), &json!(1_829.366_667)));
    assert_eq!((&power["input_voltage_v"], &power["output_voltage_v"]), (&json!(119.1), &json!(119.1)));
    assert_eq!((&power["load_percent"], &power["source"]), (&json!(0.0), &json!("mains")));
    // The recording has no basic battery status: its row cannot pass.
    assert_eq!((info.get("battery_status"), &info["status"]), (None, &json!("degraded")));
    assert_eq!((&info["replace_battery"], &info["alarms"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn the_apc_pdu() {
    let Some(pdu) = played("rpc", "apc_ap7900b", ("APCPDU", "rpc")) else { return };
    let (_lab, daemon) = site(vec![pdu], "").await;
    let info = info(&daemon, "rpc", "rpc").await;
    assert_eq!(
        (&info["model"], &info["serial"], &info["name"]),
        (&json!("AP7900B"), &json!("ZA1732000177"), &json!("alamo"))
    );
    assert_eq!((&info["power"]["output_current_a"], &info["power"]["output_power_w"]), (&json!(2.7), &json!(312.0)));
    let outlets = info["outlets"].as_array().unwrap();
    assert_eq!((outlets.len(), &outlets[1]["label"], &outlets[1]["state"]), (8, &json!("opnSense PSU"), &json!("on")));
}

#[tokio::test]
async fn the_delta_ups() {
    let Some(ups) = played("ups", "deltaups_rfc1628string", ("UPSMIB", "ups")) else { return };
    let (_lab, daemon) = site(vec![ups], "").await;
    let info = info(&daemon, "ups", "ups").await;
    let power = &info["power"];
    assert_eq!((&power["input_voltage_v"], &power["output_voltage_v"]), (&json!(236.0), &json!(230.0)));
    assert_eq!((&power["battery_voltage_v"], &power["battery_percent"]), (&json!(55.4), &json!(29.0)));
    assert_eq!((&power["runtime_min"], &power["temperature_c"]), (&json!(338.0), &json!(14.0)));
    assert_eq!((&power["load_percent"], &power["output_power_w"]), (&json!(8.0), &json!(122.0)));
    assert_eq!((&info["state"], &power["source"]), (&json!("normal"), &json!("mains")));
    assert_eq!((info.get("model"), info["notes"].as_array().unwrap().len()), (None, 2));
}

#[tokio::test]
async fn routers_by_the_standard_mib() {
    let generic = ("GENERIC", "other");
    let Some(devices) = ["crs317", "ltap-mini", "rb2011il", "rb760igs"]
        .iter()
        .map(|name| played(name, &format!("routeros_{name}"), generic))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let (_lab, daemon) = site(devices, "").await;
    for (device, description, uptime) in [
        ("crs317", "RouterOS CRS317-1G-16S+", Some(3_113_733)),
        ("ltap-mini", "RouterOS RB912R-2nD", Some(103_950)),
        ("rb2011il", "RouterOS RB2011iL", None),
        ("rb760igs", "RouterOS RB760iGS", Some(2681)),
    ] {
        let info = daemon.api.response("ido.generic.device_info", json!({ "device": device })).await;
        assert_eq!(info["description"], description, "{device}");
        assert!(uptime.is_none_or(|recorded| up_for(&info, recorded)), "{info}");
        assert_eq!(info["sys_object_id"], "1.3.6.1.4.1.14988.1");
        assert_eq!((info.get("latitude"), info.get("test_results")), (None, None));
    }
}

/// Equipment of another kind is never read as what it is not.
#[tokio::test]
async fn what_is_not_of_the_type_is_a_wrong_model() {
    let pairs = [
        ("eatonups", ("UPSMIB", "ups")),
        ("cyberpower", ("UPSMIB", "ups")),
        ("cyberpower", ("APCUPS", "ups")),
        ("cyberpower", ("APCPDU", "rpc")),
        ("ict-swi", ("ICTMPS", "ups")),
        ("ict-swi", ("ICT800", "ups")),
        ("ict-swi", ("ICT200DB12", "rpc")),
        ("ict-mps", ("ICT800", "ups")),
        ("ict-mps", ("ICT200DB12", "rpc")),
        ("ict-pdu_ict200db-12irc", ("ICTMPS", "ups")),
        ("ict-pdu_ict200db-12irc", ("APCPDU", "rpc")),
        ("apc_smt750x-nmc2", ("APCPDU", "rpc")),
        ("apc_smt750x-nmc2", ("UPSMIB", "ups")),
        ("apc_ap7900b", ("APCUPS", "ups")),
        ("deltaups_rfc1628string", ("APCUPS", "ups")),
        ("routeros_crs317", ("UPSMIB", "ups")),
        ("routeros_rb760igs", ("APCPDU", "rpc")),
        ("routeros_rb2011il", ("ICTMPS", "ups")),
    ];
    let name = |recorded: &str, device_type: &str| format!("{recorded}-as-{device_type}");
    let Some(devices) = pairs
        .iter()
        .map(|(recorded, device_type)| played(&name(recorded, device_type.0), recorded, *device_type))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let (lab, daemon) = site(devices, "").await;
    for (recorded, (device_type, role)) in pairs {
        let device = name(recorded, device_type);
        for action in ["device_info", "running_config"] {
            let error = daemon.api.error(&format!("ido.{role}.{action}"), json!({ "device": device })).await;
            assert!(
                error.starts_with("wrong_model: ") && error.contains("sysObjectID says 1.3.6.1.4.1."),
                "{device}: {error}"
            );
            assert!(error.contains(&device), "{error}");
        }
        // Found out in a few requests, whatever else the unit has.
        let requests = lab.device(&device).unwrap().journal().len();
        assert!(requests <= 2 * 22, "{device}: {requests}");
    }
}
