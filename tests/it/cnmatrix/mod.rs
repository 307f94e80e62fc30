//! Cambium cnMatrix by its web interface (spec/field-devices.md 2.5 and section 5). Of scenario 49 the plan, and of 50 and
//! 51 the applying, belong to writing, which is a later action: see the table in `tests/it/power/mod.rs`.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab_run::Lab;

use crate::power::{row, site, turn, unit};
use crate::support::{Setup, TestDaemon};

const INFO: &str = "ido.swt.device_info";
const CONFIG: &str = "ido.swt.running_config";
const QUICK: &str = "[http]\ntotal_timeout_ms = 1500\nmax_body_bytes = 1048576\n";

/// How often a word stands in the journal of sessions.
fn sessions(lab: &Lab, device: &str, word: &str) -> usize {
    let journal = lab.device(device).unwrap().journal();
    journal.iter().filter(|entry| entry.channel == "session" && entry.input == word).count()
}

/// Every session that was opened was closed, or was ended by the switch.
fn nothing_is_open(lab: &Lab, device: &str) {
    let closed = sessions(lab, device, "closed") + sessions(lab, device, "ended");
    assert_eq!(sessions(lab, device, "opened"), closed, "{:?}", lab.device(device).unwrap().journal());
}

fn logins(lab: &Lab, device: &str) -> Vec<String> {
    let journal = lab.device(device).unwrap().journal();
    journal.into_iter().filter(|entry| entry.channel == "auth").map(|entry| entry.input).collect()
}

async fn received(device: &Device, input: &str) {
    let mut changes = device.changes();
    while !device.journal().iter().any(|entry| entry.input.contains(input)) {
        changes.changed().await.unwrap();
    }
}

#[tokio::test]
async fn f49_firmware_and_the_management_interface() {
    let devices = vec![
        unit("good", "cnmatrix", json!({})),
        unit(
            "old",
            "cnmatrix",
            json!({
                "version": "4.4-r31", "whitespace": false,
                "interfaces": [{ "alias": "vlan444", "address": "127.7.0.2" }, { "alias": "vlan100", "address": "192.0.2.9" }],
            }),
        ),
        unit("elsewhere", "cnmatrix", json!({ "interfaces": [{ "alias": "vlan100" }] })),
    ];
    let (lab, daemon) = site(devices, "").await;
    let ask = |device: &str| json!({ "device": device, "run_tests": true });
    let info = daemon.api.response(INFO, ask("good")).await;
    assert_eq!((&info["success"], &info["firmware"], &info["status"]), (&json!(true), &json!("4.4-r3"), &json!("ok")));
    assert_eq!(row(&info, "Firmware version"), (&json!("4.4-r3"), &json!("4.4-r3"), &json!(true)));
    assert_eq!(row(&info, "IP VLAN Interface"), (&json!("vlan444 or vlan3000"), &json!("vlan3000"), &json!(true)));
    assert_eq!(
        info["interfaces"],
        json!([{ "interface": "vlan3000", "address": "127.7.0.1", "subnet_mask": "255.255.255.0", "broadcast": "192.0.2.255" }])
    );
    // Exactly: a version that begins like the wanted one is another.
    let info = daemon.api.response(INFO, ask("old")).await;
    assert_eq!(row(&info, "Firmware version"), (&json!("4.4-r3"), &json!("4.4-r31"), &json!(false)));
    assert_eq!(row(&info, "IP VLAN Interface").1, &json!("vlan444"));
    assert_eq!((&info["status"], info["interfaces"].as_array().unwrap().len()), (&json!("degraded"), 2));
    let info = daemon.api.response(INFO, ask("elsewhere")).await;
    assert_eq!(row(&info, "IP VLAN Interface").2, &json!(false));
    let info = daemon.api.response(INFO, json!({ "device": "good" })).await;
    assert_eq!((info.get("test_results"), &info["firmware"]), (None, &json!("4.4-r3")));
    let journal = lab.device("good").unwrap().journal();
    let requests: Vec<&str> =
        journal.iter().filter(|entry| entry.channel == "http").map(|entry| entry.input.as_str()).take(4).collect();
    assert_eq!(
        requests,
        [
            "POST /iss/redirect.html Login=admin&Password=***",
            "GET /iss/specific/landing.html?Gambit=***",
            "GET /iss/specific/ivr_conf.html?Gambit=***",
            "POST /wmi/logout?Gambit=*** Gambit=***",
        ]
    );
    for device in ["good", "old", "elsewhere"] {
        nothing_is_open(&lab, device);
    }
}

/// Scenario 50 as far as reading goes: a session that ends in the middle costs one login, and nothing is lost.
#[tokio::test]
async fn f50a_a_session_that_is_ended_is_opened_once_more() {
    let devices = vec![
        unit("once", "cnmatrix", json!({ "expire_after": 1, "expire_times": 1 })),
        unit("always", "cnmatrix", json!({ "expire_after": 0 })),
    ];
    let (lab, daemon) = site(devices, "").await;
    let info = daemon.api.response(INFO, json!({ "device": "once" })).await;
    assert_eq!((&info["firmware"], info["interfaces"].as_array().unwrap().len()), (&json!("4.4-r3"), 1));
    assert_eq!(logins(&lab, "once"), ["login admin accepted", "login admin accepted"]);
    let error = daemon.api.error(INFO, json!({ "device": "always" })).await;
    assert!(error.starts_with("busy: always (127.7.0.2): ") && error.contains("landing.html"), "{error}");
    assert_eq!(logins(&lab, "always").len(), 2);
    // The switch ended both, and the last goodbye met an ended session.
    assert_eq!((sessions(&lab, "always", "ended"), sessions(&lab, "always", "closed")), (2, 0));
    nothing_is_open(&lab, "once");
    nothing_is_open(&lab, "always");
}

#[tokio::test]
async fn f52_a_password_goes_to_its_own_switch_alone() {
    let devices = vec![
        unit("a", "cnmatrix", json!({ "password": "password-A" })),
        unit("b", "cnmatrix", json!({ "password": "password-B" })),
    ];
    let (lab, daemon) = site(devices, "").await;
    daemon.api.response(INFO, json!({ "device": "a" })).await;
    daemon.api.response(INFO, json!({ "device": "b" })).await;
    // Sent with a job for one of them, and refused there: tried once, and never at the other.
    let error = daemon.api.error(INFO, json!({ "device": "a", "password": "password-C" })).await;
    assert!(error.starts_with("auth_failed: a (127.7.0.1): ") && !error.contains("password-C"), "{error}");
    daemon.api.response(INFO, json!({ "device": "b" })).await;
    assert_eq!(logins(&lab, "a"), ["login admin accepted", "login admin refused"]);
    assert_eq!(logins(&lab, "b"), ["login admin accepted", "login admin accepted"]);
}

#[tokio::test]
async fn f42b_a_password_arrives_as_it_is() {
    let odd = r#"a&b% "c\é+"#;
    let (lab, daemon) = site(vec![unit("switch", "cnmatrix", json!({ "password": odd, "user": "ops" }))], "").await;
    daemon.api.response(INFO, json!({ "device": "switch" })).await;
    turn(&lab, "switch", json!({ "password": "%41&=+ é" }));
    daemon.api.error(INFO, json!({ "device": "switch" })).await;
    daemon.api.response(INFO, json!({ "device": "switch", "password": "%41&=+ é" })).await;
    assert_eq!(logins(&lab, "switch"), ["login ops accepted", "login ops refused", "login ops accepted"]);
}

#[tokio::test]
async fn the_config_is_normalised_redacted_and_said_to_be_the_saved_one() {
    let (lab, daemon) = site(vec![unit("switch", "cnmatrix", json!({}))], "").await;
    let job = daemon.api.run(CONFIG, json!({ "device": "switch" })).await;
    assert_eq!(job["status"], "success", "{job}");
    let text = job["result"]["response"].as_str().unwrap().to_owned();
    for secret in ["netman", "radius-5c2", "user-90f"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(
        text.starts_with("set switch-name SWT-CN1012-12-1.TX-SITE-NO-1\nsnmp community index <redacted:"),
        "{text}"
    );
    assert!(text.contains("interface vlan 3000\n  ip address 127.7.0.1 255.255.255.0\n"), "{text}");
    assert!(text.ends_with("exit\nend\n") && !text.contains('\r'), "{text}");
    let said = daemon.api.messages(job["job_id"].as_str().unwrap()).await;
    assert!(said.iter().any(|line| line.contains("that it has saved")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("4 secrets marked")), "{said:?}");
    // Two reads of an unchanged switch are equal; a comment that says when is no change; a changed secret is one.
    assert_eq!(daemon.api.response(CONFIG, json!({ "device": "switch" })).await, text.as_str());
    let raw = |key: &str, at: &str| format!("! written {at}\r\nradius-server host 192.0.2.60 key {key}\r\nend\r\n");
    let mut read = Vec::new();
    for (key, at) in [("one", "10:00:00"), ("one", "11:30:12"), ("two", "11:30:12")] {
        turn(&lab, "switch", json!({ "config": raw(key, at) }));
        read.push(daemon.api.response(CONFIG, json!({ "device": "switch" })).await);
    }
    assert_eq!(read[0], read[1]);
    assert_ne!(read[1], read[2]);
    let clear = daemon.api.response(CONFIG, json!({ "device": "switch", "show_secrets": true })).await;
    assert_eq!(clear, "radius-server host 192.0.2.60 key two\nend\n");
    nothing_is_open(&lab, "switch");
}

/// A device that the driver has not met: a class, and an excerpt without a secret.
#[tokio::test]
async fn what_has_not_been_met_is_an_error_with_an_excerpt() {
    let cases: [(&str, Value, &str, &str); 9] = [
        (
            "german",
            json!({ "landing_page": "<html><table><tr><td>Softwareversion</td><td>4.4-r3</td></tr></table></html>" }),
            "protocol_error",
            "begins \"<html> <table> <tr> <td> Softwareversion <td> 4.4-r3\"",
        ),
        ("nonsense", json!({ "version": "unknown" }), "protocol_error", "no version such as"),
        ("cut", json!({ "landing_page": "<html><table><tr><td>Software Version</td>" }), "protocol_error", "cut off"),
        (
            "rows",
            json!({ "interfaces_page": "<html><input name=\"ALIAS\" type=\"text\" size=\"8\" value=\"vlan1\"></html>" }),
            "protocol_error",
            "not equally long",
        ),
        (
            "other",
            json!({ "login_page": "<html><body>RouterOS <input name='password' value='hunter2-hunter2'></body></html>" }),
            "protocol_error",
            "begins \"<html> <body> RouterOS <input>\"",
        ),
        ("encrypted", json!({ "encrypted_login": true }), "protocol_error", "by SNMP as type GENERIC"),
        ("full", json!({ "max_sessions": 0 }), "protocol_error", "Maximum number of sessions reached"),
        ("gone", json!({ "missing": ["/iss/specific/landing.html"] }), "protocol_error", "HTTP status 404"),
        (
            "endless",
            json!({ "no_length": true, "landing_page": "<html><table><tr><td>Software Version</td> <td>4.4-r3</td></tr>" }),
            "protocol_error",
            "may be cut off",
        ),
    ];
    let devices = cases.iter().map(|(name, state, ..)| unit(name, "cnmatrix", state.clone())).collect();
    let (lab, daemon) = site(devices, "").await;
    for (name, _, class, words) in &cases {
        let error = daemon.api.error(INFO, json!({ "device": name })).await;
        assert!(error.starts_with(&format!("{class}: {name} (127.7.0.")) && error.contains(words), "{name}: {error}");
        assert!(!error.contains("hunter2") && error.len() < 700, "{name}: {error}");
        nothing_is_open(&lab, name);
    }
    for (config, words) in [("<html>Login</html>", "a page came"), (" ", "is empty"), ("a\u{1}b", "is no text")] {
        turn(&lab, "endless", json!({ "no_length": false, "landing_page": null, "config": config }));
        let error = daemon.api.error(CONFIG, json!({ "device": "endless" })).await;
        assert!(error.starts_with("protocol_error: ") && error.contains(words), "{error}");
        nothing_is_open(&lab, "endless");
    }
    // Without a length a page that says where it ends is whole; a configuration does not say it.
    turn(&lab, "endless", json!({ "no_length": true, "config": null }));
    daemon.api.response(INFO, json!({ "device": "endless" })).await;
    let error = daemon.api.error(CONFIG, json!({ "device": "endless" })).await;
    assert!(error.starts_with("protocol_error: ") && error.contains("may be cut off"), "{error}");
    nothing_is_open(&lab, "endless");
}

#[tokio::test]
async fn f76c_faults_end_with_a_class_and_sessions_are_closed() {
    let (lab, daemon) = site(vec![unit("switch", "cnmatrix", json!({}))], QUICK).await;
    let device = lab.device("switch").unwrap();
    let whole = daemon.api.response(INFO, json!({ "device": "switch" })).await;
    let after = |text: &str| Some(text.to_owned());
    let faults = [
        (Fault::Garbage { bytes: None, endless: false }, "protocol_error"),
        (Fault::Garbage { bytes: Some(65_536), endless: true }, "protocol_error"),
        (Fault::Mute { after: None }, "timeout"),
        (Fault::Mute { after: after("landing") }, "timeout"),
        (Fault::Slow { ms: 60_000 }, "timeout"),
        (Fault::Drop { after: after("landing"), bytes: None }, "protocol_error"),
        (Fault::Drop { after: None, bytes: Some(300) }, "protocol_error"),
        (Fault::Refuse {}, "protocol_error"),
        (Fault::Auth {}, "auth_failed"),
    ];
    for (fault, class) in faults {
        device.add_fault(fault.clone());
        let started = towerhand::clock::Stopwatch::start();
        let error = daemon.api.error(INFO, json!({ "device": "switch" })).await;
        device.clear_faults();
        assert!(started.elapsed() < Duration::from_secs(20), "{fault:?}: {:?}", started.elapsed());
        assert!(error.starts_with(&format!("{class}: switch (127.7.0.1): ")), "{fault:?}: {error}");
    }
    device.clear_journal();
    // A page that fails in the middle: the session is closed all the same.
    for fault in [Fault::Mute { after: after("ivr_conf") }, Fault::Drop { after: after("ivr_conf"), bytes: None }] {
        device.add_fault(fault);
        daemon.api.error(INFO, json!({ "device": "switch" })).await;
        device.clear_faults();
    }
    assert_eq!((sessions(&lab, "switch", "opened"), sessions(&lab, "switch", "closed")), (2, 2));
    for after in ["", ">"] {
        device.add_fault(Fault::Split { after: after.to_owned(), ms: 0 });
        assert_eq!(daemon.api.response(INFO, json!({ "device": "switch" })).await, whole);
        device.clear_faults();
    }
}

/// Someone stops the job while a page is awaited: nothing more is read, and the session is closed.
#[tokio::test]
async fn a_cancelled_job_closes_its_session() {
    let (lab, daemon) = site(vec![unit("switch", "cnmatrix", json!({}))], "").await;
    let device = lab.device("switch").unwrap();
    device.add_fault(Fault::Mute { after: Some("landing".to_owned()) });
    let id = daemon.api.submit(INFO, json!({ "device": "switch" })).await;
    received(&device, "landing").await;
    daemon.api.cancel(&id).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "cancelled", "{job}");
    let requests: Vec<String> =
        device.journal().into_iter().filter(|entry| entry.channel == "http").map(|entry| entry.input).collect();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert!(requests[2].starts_with("POST /wmi/logout"), "{requests:?}");
    nothing_is_open(&lab, "switch");
    device.clear_faults();
    daemon.api.response(INFO, json!({ "device": "switch" })).await;
}

#[tokio::test]
async fn without_a_password_nothing_is_sent() {
    let (lab, _) = site(vec![unit("switch", "cnmatrix", json!({}))], "").await;
    let port = lab.device("switch").unwrap().ports().http.unwrap();
    let inventory =
        format!("devices:\n  - {{name: switch, address: 127.7.0.1, type: CN1012, ports: {{http: {port}}}}}\n");
    let bare = TestDaemon::start(Setup { inventory: Some(inventory), ..Setup::default() }).await;
    for action in [INFO, CONFIG] {
        let error = bare.api.error(action, json!({ "device": "switch" })).await;
        assert!(error.starts_with("validation_error: switch (127.7.0.1): ") && error.contains("password"), "{error}");
    }
    assert!(lab.device("switch").unwrap().journal().is_empty());
    let capabilities = bare.api.response("ido.capabilities", json!({})).await;
    for code in ["CN1012", "SS", "ICT800", "ICTMPS", "ICT200DB"] {
        let families = capabilities["families"].as_array().unwrap();
        let family = families.iter().find(|family| family["device_type"] == code).unwrap();
        assert_eq!(family["supports"], json!(["facts", "running_config", "device_info", "standard_config"]), "{code}");
    }
}

/// The known pages name no model; the agent does, and then no password goes to other equipment.
#[tokio::test]
async fn with_snmp_in_the_inventory_model_and_health_are_known() {
    let rows = |model: &str| {
        json!({ "rows": [
            format!("1.3.6.1.2.1.1.1.0|4|Cambium Networks cnMatrix {model} Ethernet Switch HW:01 SW:4.4-r3"),
            "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.17713.24",
            "1.0.8802.1.1.2.1.5.4795.1.2.5.0|4|SN-1",
            "1.3.6.1.4.1.2076.81.1.66.0|2|41",
            "1.3.6.1.4.1.2076.103.1.3.1.4.1.3|2|536",
        ] })
    };
    // The agent of the switch is a device of its own in the lab, at the same address.
    let at = |mut device: towerhand_simulators::lab::DeviceSpec| {
        device.address = [127, 7, 1, 1].into();
        device
    };
    let devices = vec![at(unit("pages", "cnmatrix", json!({}))), at(unit("agent", "snmp", rows("TX1012-P-DC")))];
    let lab = Lab::start(towerhand_simulators::lab::LabSpec::of(devices)).await.unwrap();
    let (http, snmp) =
        (lab.device("pages").unwrap().ports().http.unwrap(), lab.device("agent").unwrap().ports().snmp.unwrap());
    let inventory = format!(
        "devices:\n  - name: switch\n    address: 127.7.1.1\n    type: CN1012\n    ports: {{http: {http}, snmp: {snmp}}}\n    \
         credentials: {{username: admin, password: {{insecure_plain: sim}}, snmp: {{version: '2c', community: {{insecure_plain: public}}}}}}\n"
    );
    let settings = "[snmp]\ntimeout_ms = 300\nretries = 0\n".to_owned();
    let daemon = TestDaemon::start(Setup { inventory: Some(inventory), settings, ..Setup::default() }).await;
    let ask = json!({ "device": "switch", "run_tests": true });
    let info = daemon.api.response(INFO, ask.clone()).await;
    assert_eq!(
        (&info["model"], &info["serial"], &info["firmware"]),
        (&json!("TX1012-P-DC"), &json!("SN-1"), &json!("4.4-r3"))
    );
    assert_eq!(row(&info, "Model"), (&json!("TX1012-P-DC"), &json!("TX1012-P-DC"), &json!(true)));
    assert_eq!(info["health"][0], json!({ "name": "temperature_c", "value": 41.0, "raw": 41.0, "scale": 1.0 }));
    assert_eq!((&info["health"][1]["of"], &info["health"][1]["value"]), (&json!("port 3"), &json!(53.6)));
    // Silent: a row that fails, and nothing invented.
    let agent = lab.device("agent").unwrap();
    agent.add_fault(Fault::Mute { after: None });
    let info = daemon.api.response(INFO, ask.clone()).await;
    assert_eq!(row(&info, "SNMP"), (&Value::Null, &json!("SNMP failed (timeout)"), &json!(false)));
    assert_eq!((info.get("model"), info.get("health"), &info["status"]), (None, None, &json!("degraded")));
    agent.clear_faults();
    // Another model: found out before anybody logs in.
    let before = logins(&lab, "pages").len();
    turn(&lab, "agent", rows("EX2010-P"));
    let error = daemon.api.error(INFO, ask).await;
    assert!(error.starts_with("wrong_model: switch (127.7.1.1): ") && error.contains("model EX2010-P"), "{error}");
    assert_eq!(logins(&lab, "pages").len(), before);
    nothing_is_open(&lab, "pages");
}

/// Sessions are secrets as passwords are.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
async fn f10b_no_session_and_no_password_is_shown_or_stored() {
    let devices = vec![
        unit("switch", "cnmatrix", json!({ "password": "switch-Pa55-word", "gambit": "gambit-of-the-session-" })),
        unit(
            "broken",
            "cnmatrix",
            json!({
                "password": "switch-Pa55-word", "gambit": "gambit-of-the-session-",
                "landing_page": "<html><a href='?Gambit=gambit-of-the-session-1'>gambit-of-the-session-1 switch-Pa55-word</a></html>",
            }),
        ),
        unit("ups", "smartsys", json!({ "password": "ups-Pa55-word", "session_name": "cookie-of-the-session-" })),
    ];
    let lab = crate::power::lab(devices).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let process = crate::support::Process::serve(folder.path(), &[("TOWERHAND_LOG_LEVEL", "trace")]).await;
    let api = &process.api;
    let mut seen = String::new();
    for (action, device) in [
        (INFO, "switch"),
        (CONFIG, "switch"),
        (INFO, "broken"),
        ("ido.ups.device_info", "ups"),
        ("ido.ups.running_config", "ups"),
    ] {
        let id = api.submit(action, json!({ "device": device })).await;
        let job = api.ended(&id).await;
        assert_eq!(job["status"], if device == "broken" { "error" } else { "success" }, "{job}");
        seen.push_str(&job.to_string());
        seen.push_str(&json!(api.events(&id).await).to_string());
    }
    assert_eq!(sessions(&lab, "switch", "closed"), 2);
    seen.push_str(&api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap());
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains(INFO), "the log is that of the jobs:\n{log}");
    seen.push_str(&log);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("state")).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(bytes.len() > 10_000, "the database is among the files");
    let secrets = [
        "switch-Pa55-word",
        "ups-Pa55-word",
        "gambit-of-the-session-",
        "cookie-of-the-session-",
        "trap-comm-44a",
        "radius-5c2",
        "netman-7d1",
    ];
    for secret in secrets {
        if let Some(line) = seen.lines().find(|line| line.contains(secret)) {
            panic!("{secret} is shown: {}", line.chars().take(600).collect::<String>());
        }
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is stored");
    }
}
