//! Facts, ports, tests over the console.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{all_closed, received};
use crate::power::{row, site, taken_for, turn, unit};

const COMMANDS: [&str; 4] = [
    "cli: show interface status",
    "cli: cmdline",
    "linux: cat /www/version.txt; echo",
    "linux: cat /www/config.json; echo",
];

/// Holds what every variant of the same switch must give.
fn is_whole(info: &Value) {
    let ports = info["ports"].as_array().unwrap();
    let numbers: Vec<u64> = ports.iter().map(|port| port["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=14).collect::<Vec<_>>());
    assert_eq!(
        ports[0],
        json!({ "number": 1, "name": "ROUTER", "link": "1G", "sfp": false, "poe": "48VH", "poe_w": 12.4 })
    );
    assert_eq!(
        ports[13],
        json!({ "number": 14, "name": "Port 14", "link": "Down", "sfp": true, "poe": null, "poe_w": null })
    );
    let shown = |name: &str| (row(info, name).1.as_str().unwrap().to_owned(), row(info, name).2.clone());
    let of = |text: &str| (text.to_owned(), Value::Null);
    assert_eq!(shown("Port 1 (ROUTER)"), of("Ethernet - Link status: 1G, PoE: 48VH (12.4 W)"));
    assert_eq!(shown("Port 2 (Port 2)"), of("Ethernet - Link status: Down, PoE: Off (0.0 W)"));
    assert_eq!(shown("Port 13 (Port 13)"), of("SFP - Link status: 1G"));
    assert_eq!(row(info, "Firmware version"), (&json!("1.5.25"), &json!("1.5.25"), &json!(true)));
    assert_eq!(row(info, "Device name"), (&Value::Null, &json!("SWT-NXWS12-14-1.TX"), &Value::Null));
    assert_eq!((&info["name"], &info["firmware"]), (&json!("SWT-NXWS12-14-1.TX"), &json!("1.5.25")));
    assert_eq!((&info["latitude"], &info["longitude"]), (&json!(32.25), &json!(-97.5)));
    assert_eq!((&info["success"], &info["status"]), (&json!(true), &json!("ok")));
}

#[tokio::test]
async fn f44_every_form_of_the_console_gives_the_same_ports() {
    let name = json!({ "name": "SWT-NXWS12-14-1.TX" });
    let (lab, daemon) = site(vec![unit("swt", "netonix", name)], "").await;
    let device = lab.device("swt").unwrap();
    let ask = async || daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "run_tests": true })).await;
    is_whole(&ask().await);
    assert_eq!(received(&device, "shell"), COMMANDS);
    for knobs in [
        json!({ "line_end": "lf" }),
        json!({ "line_end": "crlf", "header": false }),
        json!({ "pad": true }),
        json!({ "banner": "Welcome # to the\nswitch > of somebody" }),
        json!({ "prompt": "> ", "shell_prompt": "~ # " }),
        json!({ "prompt": "Türm 5 / North (cli)#", "shell_prompt": "$ " }),
        json!({ "prompt": "# ", "shell_prompt": "# " }),
    ] {
        turn(&lab, "swt", knobs.clone());
        let info = ask().await;
        is_whole(&info);
        let back: serde_json::Map<String, Value> =
            knobs.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null)).collect();
        turn(&lab, "swt", Value::Object(back));
    }
    for after in ["", "\t", "\n", "#", "{"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        is_whole(&ask().await);
        device.clear_faults();
    }
    assert_eq!(all_closed(&device).await, 13);
}

/// Late answers, up to three seconds: what ends a reading is the prompt, not a time.
#[tokio::test]
async fn f44b_late_answers_are_waited_for_and_quick_ones_are_not() {
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({ "name": "SWT-NXWS12-14-1.TX" }))], "").await;
    let ask = async || daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "run_tests": true })).await;
    for ms in [300, 3000] {
        turn(&lab, "swt", json!({ "delay_ms": ms }));
        is_whole(&ask().await);
    }
    turn(&lab, "swt", json!({ "delay_ms": 0 }));
    let started = towerhand::clock::Stopwatch::start();
    let payload = json!({ "device": "swt" });
    daemon.api.response("ido.swt.device_info", payload).await;
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn large_switches_and_odd_ports() {
    let ports = json!([{ "link": "100M-F", "poe": "24V", "watts": "3.1", "name": "GENERATOR" }, { "name": "" }]);
    let state = json!({ "ports": ports, "version": "1.5.24", "gps": ["", ""] });
    let (_lab, daemon) = site(vec![taken_for("swt", "netonix", ("NXWS26", "swt"), state)], "").await;
    let info = daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "run_tests": true })).await;
    assert_eq!(info["ports"].as_array().unwrap().len(), 26);
    assert_eq!(row(&info, "Port 1 (GENERATOR)").1, &json!("Ethernet - Link status: 100M-F, PoE: 24V (3.1 W)"));
    assert_eq!(row(&info, "Port 2").1, &json!("Ethernet - Link status: Down, PoE: Off (0.0 W)"));
    assert_eq!(row(&info, "Port 25 (Port 25)").1, &json!("SFP - Link status: 1G"));
    assert_eq!(row(&info, "Firmware version"), (&json!("1.5.25"), &json!("1.5.24"), &json!(false)));
    assert_eq!((&info["status"], &info["latitude"]), (&json!("degraded"), &Value::Null));
}

#[tokio::test]
async fn f42_a_password_arrives_as_it_is() {
    let odd = r#"a&b% "c\é$(x)"#;
    let (lab, daemon) = site(vec![unit("swt", "netonix", json!({ "password": odd }))], "").await;
    daemon.api.response("ido.swt.device_info", json!({ "device": "swt" })).await;
    turn(&lab, "swt", json!({ "password": "%41&=+ é\\\"?" }));
    daemon.api.error("ido.swt.device_info", json!({ "device": "swt" })).await;
    daemon.api.response("ido.swt.device_info", json!({ "device": "swt", "password": "%41&=+ é\\\"?" })).await;
}
