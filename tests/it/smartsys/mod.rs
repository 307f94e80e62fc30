//! SmartSys SC501 by its web interface (spec/field-devices.md 2.3 and section 5), and the other types of `ido.ups` and
//! `ido.rpc` that the contract's clients use.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;
use towerhand_simulators::lab_run::Lab;

use crate::power::{row, site, taken_for, turn, unit};
use crate::support::{Setup, TestDaemon};

const INFO: &str = "ido.ups.device_info";
const CONFIG: &str = "ido.ups.running_config";
const QUICK: &str = "[http]\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n";

fn entries(lab: &Lab, device: &str, channel: &str) -> Vec<String> {
    let journal = lab.device(device).unwrap().journal();
    journal.into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
}

#[tokio::test]
async fn f38_what_the_login_answers() {
    let page = "<html><head><script>var password='hunter2-hunter2';</script></head><body>Bitte anmelden: \
                <input name='token' value='abc-def-ghi'></body></html>";
    let long = format!("<html><body>{}</body></html>", "lorem ipsum ".repeat(60));
    let devices = vec![
        unit("wrong", "smartsys", json!({})),
        unit("page", "smartsys", json!({ "login_reply": page })),
        unit("long", "smartsys", json!({ "login_reply": long })),
        unit(
            "broken",
            "smartsys",
            json!({ "documents": { "about": "<?xml version=\"1.0\"?><homepage><siteName val=\"TX\"" } }),
        ),
    ];
    let (lab, daemon) = site(devices, "").await;
    let error = daemon.api.error(INFO, json!({ "device": "wrong", "password": "wrong-one" })).await;
    assert!(error.starts_with("auth_failed: wrong (127.7.0.1): ") && error.contains("(code 1)"), "{error}");
    assert!(!error.contains("wrong-one"), "{error}");
    assert_eq!(entries(&lab, "wrong", "auth"), ["login admin refused"], "one attempt");
    let error = daemon.api.error(INFO, json!({ "device": "page" })).await;
    assert!(error.starts_with("protocol_error: page (127.7.0.2): "), "{error}");
    assert!(error.contains("\"<html> <head> <body> Bitte anmelden: <input>\""), "{error}");
    assert!(!error.contains("hunter2") && !error.contains("abc-def-ghi"), "{error}");
    let error = daemon.api.error(INFO, json!({ "device": "long" })).await;
    let shown = error.split('"').nth(1).unwrap();
    assert!(shown.starts_with("<html> <body> lorem ipsum") && (150..=200).contains(&shown.len()), "{error}");
    let error = daemon.api.error(INFO, json!({ "device": "broken" })).await;
    assert!(error.starts_with("protocol_error: broken (127.7.0.4): ") && error.contains("cut off"), "{error}");
    assert!(error.contains("about.xml"), "{error}");
}

#[tokio::test]
async fn f39_two_units_and_the_batteries() {
    let (lab, daemon) = site(vec![unit("ups", "smartsys", json!({}))], "").await;
    let info = daemon.api.response(INFO, json!({ "device": "ups", "run_tests": true })).await;
    assert_eq!((&info["success"], &info["model"], &info["firmware"]), (&json!(true), &json!("SC501"), &json!("V201")));
    assert_eq!(
        info["units"],
        json!([{ "model": "SC501", "firmware": "V201" }, { "model": "RM48-30", "firmware": "V110" }])
    );
    assert_eq!((&info["battery_capacity"], &info["battery_capacities_ah"]), (&json!(190.0), &json!([190.0, 190.0])));
    assert_eq!((&info["site_name"], &info["site_id"]), (&json!("TX-SITE-NO-1"), &json!("S1")));
    assert_eq!((&info["site_address"], &info["altitude"]), (&json!("1 Example Rd"), &json!("12.0")));
    assert_eq!((&info["battery_type"], &info["trap_addr"]), (&json!("lead_acid"), &json!("192.0.2.50")));
    assert_eq!((&info["trap_enabled"], &info["snmp_community"]), (&json!(true), &json!("<redacted>")));
    assert_eq!((&info["battery_status"], &info["power"]["source"]), (&json!("float"), &json!("mains")));
    assert_eq!(info["power"]["battery_voltage_v"], json!(54.2));
    assert_eq!(row(&info, "Battery status"), (&json!("float"), &json!("float"), &json!(true)));
    assert_eq!(row(&info, "SC501 Firmware"), (&json!("V201"), &json!("V201"), &json!(true)));
    assert_eq!(info["status"], "ok");
    assert!(!info.to_string().contains("trap-comm-44a"), "{info}");
    assert_eq!(entries(&lab, "ups", "session"), ["opened"], "one login");
    // The controller stands behind a rectifier, and batteries differ: no one capacity.
    let state = json!({
        "units": [{ "model": "RM48-30", "version": "V110" }, { "model": "SC501", "version": "V199" }],
        "batteries": [190.0, 100.0], "battery_type": 1, "trap_enabled": false,
    });
    turn(&lab, "ups", state);
    let info = daemon.api.response(INFO, json!({ "device": "ups", "run_tests": true })).await;
    assert_eq!((&info["model"], &info["firmware"]), (&json!("SC501"), &json!("V199")));
    assert_eq!((info.get("battery_capacity"), &info["battery_capacities_ah"]), (None, &json!([190.0, 100.0])));
    assert_eq!((&info["battery_type"], &info["trap_enabled"]), (&json!("lithium"), &json!(false)));
    assert_eq!(row(&info, "SC501 Firmware"), (&json!("V201"), &json!("V199"), &json!(false)));
}

#[tokio::test]
async fn f41a_one_is_north_and_one_is_west() {
    let devices = vec![
        unit("texas", "smartsys", json!({})),
        unit("sydney", "smartsys", json!({ "latitude": [0, 33, 51, 30.6], "longitude": [0, 151, 12, 36] })),
        unit("nowhere", "smartsys", json!({ "latitude": [1, 32, 75, 0], "longitude": [2, 97, 30, 0] })),
    ];
    let (_lab, daemon) = site(devices, "").await;
    for (device, latitude, longitude) in [
        ("texas", json!(32.25), json!(-97.5)),
        ("sydney", json!(-33.8585), json!(151.21)),
        ("nowhere", Value::Null, Value::Null),
    ] {
        let info = daemon.api.response(INFO, json!({ "device": device })).await;
        assert_eq!((&info["latitude"], &info["longitude"]), (&latitude, &longitude), "{device}");
    }
}

#[tokio::test]
async fn f42c_a_password_arrives_as_it_is() {
    let odd = r#"a&b% "c\é+="#;
    let devices = vec![
        unit("odd", "smartsys", json!({ "password": odd, "user": "ops" })),
        // A controller that undoes no codes: a plain password goes as it is.
        unit("raw", "smartsys", json!({ "password": "Plain-pass_1.~", "login_body": "raw" })),
    ];
    let (lab, daemon) = site(devices, "").await;
    daemon.api.response(INFO, json!({ "device": "odd" })).await;
    daemon.api.response(INFO, json!({ "device": "raw" })).await;
    assert_eq!(entries(&lab, "odd", "auth"), ["login ops accepted"]);
    // A password cannot put another user into the body.
    daemon.api.error(INFO, json!({ "device": "odd", "password": "x&user=root" })).await;
    assert_eq!(entries(&lab, "odd", "auth")[1], "login ops refused");
}

#[tokio::test]
async fn the_config_is_sorted_redacted_and_without_measurements() {
    let (lab, daemon) = site(vec![unit("ups", "smartsys", json!({ "trap_community": "two words" }))], "").await;
    let text = daemon.api.response(CONFIG, json!({ "device": "ups" })).await;
    let text = text.as_str().unwrap().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.is_sorted() && text.ends_with('\n'), "{text}");
    for line in [
        "about.siteName: \"TX-SITE-NO-1\"",
        "battbasicconfig.Batt2TotCap: \"190.0\"",
        "equipment.Unit.2.model: \"RM48-30\"",
        "sysconfig.BattTyp: \"0\"",
        "SNMPconfig.TrapAddr1: \"192.0.2.50\"",
    ] {
        assert!(lines.contains(&line), "{line}: {text}");
    }
    assert!(text.contains("SNMPconfig.Community1: \"<redacted:") && !text.contains("words"), "{text}");
    assert!(!text.contains("54.2") && !text.contains("Status"), "{text}");
    // What changes by itself is no change; what an operator sets is one.
    turn(&lab, "ups", json!({ "battery_volts": "48.0", "battery_status": "0" }));
    assert_eq!(daemon.api.response(CONFIG, json!({ "device": "ups" })).await, text.as_str());
    turn(&lab, "ups", json!({ "trap_community": "three words" }));
    let changed = daemon.api.response(CONFIG, json!({ "device": "ups" })).await;
    let differing: Vec<&str> = changed.as_str().unwrap().lines().filter(|line| !lines.contains(line)).collect();
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].starts_with("SNMPconfig.Community1: \"<redacted:"), "{differing:?}");
    // A document that the controller has not is said, not invented.
    turn(&lab, "ups", json!({ "missing": ["sysconfig"] }));
    let job = daemon.api.run(CONFIG, json!({ "device": "ups" })).await;
    assert!(!job["result"]["response"].as_str().unwrap().contains("sysconfig"), "{job}");
    let said = daemon.api.messages(job["job_id"].as_str().unwrap()).await;
    assert!(said.iter().any(|line| line.contains("has no sysconfig.xml")), "{said:?}");
}

#[tokio::test]
async fn a_session_that_is_over_is_opened_once_more() {
    let devices = vec![
        unit("once", "smartsys", json!({ "session_requests": 3, "session_ends": 1 })),
        unit(
            "always",
            "smartsys",
            json!({ "session_requests": 0, "expired_reply": "<html>Session over, password: hunter2-x</html>" }),
        ),
        unit("by-hand", "smartsys", json!({ "cookie": false })),
    ];
    let (lab, daemon) = site(devices, "").await;
    let info = daemon.api.response(INFO, json!({ "device": "once" })).await;
    assert_eq!((&info["battery_capacity"], &info["trap_addr"]), (&json!(190.0), &json!("192.0.2.50")));
    assert_eq!(entries(&lab, "once", "session"), ["opened", "ended", "opened"]);
    let error = daemon.api.error(INFO, json!({ "device": "always" })).await;
    assert!(error.starts_with("protocol_error: always (127.7.0.2): ") && error.contains("Session over"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert_eq!(entries(&lab, "always", "auth").len(), 2, "one more login, and no third");
    daemon.api.response(INFO, json!({ "device": "by-hand" })).await;
}

/// A device that the driver has not met: a class, and never a wrong fact.
#[tokio::test]
async fn what_has_not_been_met_is_an_error() {
    let about = |content: &str| json!({ "documents": { "about": format!("<?xml version='1.0'?>{content}") } });
    let cases: [(&str, Value, &str, &str); 7] = [
        (
            "other",
            json!({ "units": [{ "model": "SC300", "version": "V9" }, { "model": "RM48-30" }] }),
            "wrong_model",
            "its units are SC300, RM48-30, and none is SC501",
        ),
        ("empty", json!({ "units": [] }), "wrong_model", "its units are none"),
        ("root", about("<Startseite><siteName val='S'/></Startseite>"), "protocol_error", "and is 'Startseite'"),
        (
            "french",
            about("<homepage><nomDuSite val='S'/></homepage>"),
            "protocol_error",
            "none of the elements that are known",
        ),
        (
            "bomb",
            json!({ "documents": { "about": "<!DOCTYPE a [<!ENTITY x 'y'>]><homepage>&x;</homepage>" } }),
            "protocol_error",
            "declares a type of its own",
        ),
        ("absent", json!({ "missing": ["equipment"] }), "protocol_error", "has no equipment.xml"),
        ("entity", about("<homepage><siteName val='&nbsp;'/></homepage>"), "protocol_error", "an entity"),
    ];
    let devices = cases.iter().map(|(name, state, ..)| unit(name, "smartsys", state.clone())).collect();
    let (_lab, daemon) = site(devices, "").await;
    for (name, _, class, words) in &cases {
        for action in [INFO, CONFIG] {
            let error = daemon.api.error(action, json!({ "device": name })).await;
            assert!(
                error.starts_with(&format!("{class}: {name} (127.7.0.")) && error.contains(words),
                "{name}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn battery_states_that_are_not_known_do_not_pass() {
    let (lab, daemon) = site(vec![unit("ups", "smartsys", json!({}))], "").await;
    let ask = async |knobs: Value| {
        turn(&lab, "ups", knobs);
        daemon.api.response(INFO, json!({ "device": "ups", "run_tests": true })).await
    };
    for (code, word, source, pass) in [
        ("0", "discharge", "battery", false),
        ("1", "boost", "mains", false),
        ("4", "boost", "mains", false),
        ("7", "other(7)", "unknown", false),
        ("2", "float", "mains", true),
    ] {
        let info = ask(json!({ "battery_status": code })).await;
        assert_eq!(row(&info, "Battery status"), (&json!("float"), &json!(word), &json!(pass)), "{code}");
        assert_eq!(info["power"]["source"], source, "{code}");
    }
    let info = ask(json!({ "missing": ["batt_data"] })).await;
    assert_eq!(row(&info, "Battery status"), (&json!("float"), &json!("unsupported"), &Value::Null));
    assert_eq!((&info["power"]["source"], info.get("battery_status")), (&json!("unknown"), None));
}

#[tokio::test]
async fn f76d_faults_end_with_a_class_and_a_sentence() {
    let (lab, daemon) = site(vec![unit("ups", "smartsys", json!({}))], QUICK).await;
    let device = lab.device("ups").unwrap();
    let whole = daemon.api.response(INFO, json!({ "device": "ups" })).await;
    let after = |text: &str| Some(text.to_owned());
    for (fault, class) in [
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Mute { after: after("SNMPconfig") }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: after("equipment"), bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(400) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ] {
        device.add_fault(fault.clone());
        let error = daemon.api.error(INFO, json!({ "device": "ups" })).await;
        device.clear_faults();
        assert!(error.starts_with(&format!("{class}: ups (127.7.0.1): ")), "{fault:?}: {error}");
    }
    for after in ["", ">"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        assert_eq!(daemon.api.response(INFO, json!({ "device": "ups" })).await, whole);
        device.clear_faults();
    }
    // Slow, but in time.
    device.add_fault(Fault::Slow { ms: 50 });
    assert_eq!(daemon.api.response(INFO, json!({ "device": "ups" })).await, whole);
}

#[tokio::test]
async fn without_a_password_nothing_is_sent() {
    let (lab, _) = site(vec![unit("ups", "smartsys", json!({}))], "").await;
    let port = lab.device("ups").unwrap().ports().http.unwrap();
    let inventory = format!("devices:\n  - {{name: ups, address: 127.7.0.1, type: SS, ports: {{http: {port}}}}}\n");
    let bare = TestDaemon::start(Setup { inventory: Some(inventory), ..Setup::default() }).await;
    let error = bare.api.error(INFO, json!({ "device": "ups" })).await;
    assert!(error.starts_with("validation_error: ups (127.7.0.1): ") && error.contains("password"), "{error}");
    assert!(lab.device("ups").unwrap().journal().is_empty());
}

/// The types of `ido.ups` and `ido.rpc` that the contract's clients use, each read by SNMP under its own name, with config.
#[tokio::test]
async fn the_contracts_power_types_are_served_by_their_actions() {
    let types = [
        ("ict800", "ict-platinum", ("ICT800", "ups"), "ICT800-48SBC"),
        ("ictmps", "ict-mps", ("ICTMPS", "ups"), ""),
        ("ict200db", "ict-pdu", ("ICT200DB", "rpc"), "ICT200DB-12IRC"),
        ("ict200db12", "ict-pdu", ("ICT200DB12", "rpc"), "ICT200DB-12IRC"),
        ("200db12", "ict-pdu", ("200DB12", "rpc"), "ICT200DB-12IRC"),
    ];
    let devices = types.iter().map(|(name, kind, of, _)| taken_for(name, kind, *of, json!({}))).collect();
    let (_lab, daemon) = site(devices, "").await;
    for (name, _, (code, role), model) in types {
        let ask = json!({ "device": name, "run_tests": true });
        let info = daemon.api.response(&format!("ido.{role}.device_info"), ask).await;
        assert_eq!((&info["success"], &info["device_type"]), (&json!(true), &json!(code)));
        assert!(model.is_empty() || info["model"] == model, "{name}: {info}");
        assert!(info["test_results"].as_array().unwrap().len() > 1, "{name}: {info}");
        let config = daemon.api.response(&format!("ido.{role}.running_config"), json!({ "device": name })).await;
        assert!(config.as_str().unwrap().contains("deviceFirmware: "), "{name}: {config}");
        // Under the other role's action it is refused before anything is sent.
        let other = if role == "ups" { "rpc" } else { "ups" };
        let error = daemon.api.error(&format!("ido.{other}.device_info"), json!({ "device": name })).await;
        assert!(error.starts_with("validation_error: ") || error.starts_with("wrong_model: "), "{name}: {error}");
    }
}
