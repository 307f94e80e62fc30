//! One log line a session with a device, under its job, without a secret: read from the log of the real program.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::Process;
use crate::support::api::KEY;

/// Action, payload, and the sessions that it must leave: channel and outcome.
type Run = (&'static str, Value, Vec<(&'static str, &'static str)>);

const SSH_PASSWORD: &str = "hunter2-correct-horse";
const COMMUNITY: &str = "battery-staple-community";
const PAGE_PASSWORD: &str = "page-tr0ub4dor";
/// Sent with a job and nowhere in the inventory.
const PAYLOAD_PASSWORD: &str = "payload-only-passphrase";

async fn lab() -> Lab {
    let device = |name: &str, last: u8, kind: &str, state: Value| DeviceSpec {
        address: std::net::Ipv4Addr::new(127, 26, 0, last).into(),
        ..DeviceSpec::local(name, kind, state)
    };
    let echo = json!({
        "password": SSH_PASSWORD, "version": "7.16",
        "export_append": [format!("#error exporting \"/ip {SSH_PASSWORD}\" (timeout)")],
    });
    Lab::start(LabSpec::of(vec![
        device("r1", 1, "routeros", json!({ "password": SSH_PASSWORD, "version": "7.16" })),
        device("r2", 2, "routeros", json!({ "password": SSH_PASSWORD })),
        device("echo", 3, "routeros", echo),
        device("u1", 4, "apc-ups", json!({ "community": COMMUNITY })),
        device("p1", 5, "ict-rpc", json!({ "password": PAGE_PASSWORD })),
        device("h1", 6, "routeros", json!({ "password": SSH_PASSWORD })),
    ]))
    .await
    .unwrap()
}

/// Lines of sessions by job: channel, outcome.
fn sessions(lines: &[Value]) -> BTreeMap<String, Vec<(String, String)>> {
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.get("session.outcome").is_some()) {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let job = line["span"]["job.id"].as_str().unwrap_or("no job").to_owned();
        found.entry(job).or_default().push((text("device.channel"), text("session.outcome")));
    }
    found
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test reads and writes its own files")]
async fn one_line_a_session_with_the_ids_of_its_job_and_no_secret() {
    let lab = lab().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.yaml"), lab.inventory_yaml()).unwrap();
    let level = "debug,russh=info,hyper=info";
    let daemon =
        Process::serve(folder.path(), &[("TOWERHAND_LOG_FORMAT", "json"), ("TOWERHAND_LOG_LEVEL", level)]).await;
    let api = &daemon.api;
    lab.device("r2").unwrap().add_fault(Fault::Auth {});
    let mut expected: Vec<Run> = vec![
        ("ido.swt.running_config", json!({ "device": "r1" }), vec![("ssh", "ok")]),
        ("ido.swt.device_info", json!({ "device": "r1", "run_tests": true }), vec![("ssh", "ok"), ("icmp", "ok")]),
        ("ido.swt.running_config", json!({ "device": "r2" }), vec![("ssh", "auth_failed")]),
        (
            "ido.swt.running_config",
            json!({ "device": "r1", "username": "noc", "password": PAYLOAD_PASSWORD }),
            vec![("ssh", "auth_failed")],
        ),
        ("ido.swt.running_config", json!({ "device": "echo" }), vec![("ssh", "ok")]),
        ("ido.ups.device_info", json!({ "device": "u1" }), vec![("snmp", "ok")]),
        ("ido.rpc.device_info", json!({ "device": "p1" }), vec![("http", "ok")]),
        ("ido.ping", json!({ "device": "r1", "ping_count": 1 }), vec![("icmp", "ok")]),
        // Nothing is spoken to: no session.
        ("ido.swt.running_config", json!({ "device": "u1" }), vec![]),
        ("ido.swt.device_info", json!({ "device": "h1" }), vec![("ssh", "ok")]),
    ];
    let mut jobs = Vec::new();
    for (action, payload, _) in &expected {
        jobs.push(api.run(action, payload.clone()).await);
    }
    lab.device("h1").unwrap().add_fault(Fault::Hostkey {});
    jobs.push(api.run("ido.swt.device_info", json!({ "device": "h1" })).await);
    expected.push(("ido.swt.device_info", Value::Null, vec![("ssh", "host_key_changed")]));

    // The sentence quotes the device, and the device quoted the password.
    let echoed = jobs[4].to_string();
    assert!(echoed.contains("***"), "{echoed}");
    let mut shown = String::new();
    for job in &jobs {
        let id = job["job_id"].as_str().unwrap();
        shown.push_str(&job.to_string());
        shown.push_str(&json!(api.events(id).await).to_string());
    }
    // M18: the operator sees what was agreed on, once a connection.
    let notes = api.messages(jobs[0]["job_id"].as_str().unwrap()).await;
    let agreed = notes.iter().filter(|note| note.contains("r1 (127.26.0.1) connected: curve25519-sha256")).count();
    assert_eq!(agreed, 1, "{notes:?}");
    let metrics = api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap();
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    for secret in [SSH_PASSWORD, COMMUNITY, PAGE_PASSWORD, PAYLOAD_PASSWORD, KEY] {
        for (where_, text) in [("log", &log), ("jobs and events", &shown), ("metrics", &metrics)] {
            assert!(!text.contains(secret), "'{secret}' stands in the {where_}");
        }
    }
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told = sessions(&lines);
    assert!(!told.contains_key("no job"), "{told:?}");
    for (job, (action, payload, sessions)) in jobs.iter().zip(&expected) {
        let id = job["job_id"].as_str().unwrap();
        let sessions: Vec<(String, String)> =
            sessions.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(told.get(id).cloned().unwrap_or_default(), sessions, "{action} {payload}: {job}");
        let own: Vec<&Value> = lines.iter().filter(|line| line["span"]["job.id"] == id).collect();
        assert!(own.iter().all(|line| line["span"]["request.id"].as_str().is_some_and(|id| !id.is_empty())), "{own:?}");
        // The boundary of the action itself.
        assert_eq!(own.iter().filter(|line| line.get("job.status").is_some()).count(), 1, "{own:?}");
    }
    let first = lines.iter().find(|line| line.get("session.outcome").is_some()).unwrap();
    assert_eq!((&first["device.name"], &first["device.address"]), (&json!("r1"), &json!("127.26.0.1")));
    // Its version, which says how it is asked for its secrets, and the export.
    assert_eq!((first["session.commands"].as_u64(), &first["device.channel"]), (Some(2), &json!("ssh")));
    assert!(first["session.bytes"].as_u64().unwrap() > 1000 && first["session.seconds"].as_f64().unwrap() > 0.0);
    // The alarm is raised on the connection's own task, and still belongs to the job.
    let alarm = lines.iter().find(|line| line.get("pin.shown").is_some()).unwrap();
    assert_eq!(alarm["span"]["job.id"], jobs.last().unwrap()["job_id"]);
    let requests = lines.iter().filter(|line| line.get("http.status").is_some());
    for line in requests {
        assert!(line["span"]["request.id"].is_string(), "{line}");
    }
    for line in [
        r#"towerhand_device_sessions_total{channel="ssh",outcome="ok"} 4"#,
        r#"towerhand_device_sessions_total{channel="ssh",outcome="auth_failed"} 2"#,
        r#"towerhand_device_sessions_total{channel="ssh",outcome="host_key_changed"} 1"#,
        r#"towerhand_device_sessions_total{channel="snmp",outcome="ok"} 1"#,
        r#"towerhand_device_sessions_total{channel="http",outcome="ok"} 1"#,
        r#"towerhand_device_sessions_total{channel="icmp",outcome="ok"} 2"#,
        r#"towerhand_host_key_alarms_total 1"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\nis not in\n{metrics}");
    }
}
