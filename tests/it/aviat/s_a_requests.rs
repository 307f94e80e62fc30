//! Requests and validation: section 7 A of spec/aviat-workflow.md.

use serde_json::{Value, json};

use super::stage::{BASELINE, FACTORY, FINAL, OPERATOR_LABEL, Stage, done, r0, r0_with};

/// Knobs of a radio that answers nothing while the lab's clock is held.
fn slow() -> Value {
    r0_with(json!({ "delay_ms": 1_000 }))
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s001_run_accepted() {
    let stage = Stage::one(slow()).await;
    let (operator, ip) = (stage.operator(), stage.ip("R0"));
    operator.response("aviat.queue.update", json!({ "mode": "add", "radios": [ip] })).await;
    assert_eq!(stage.row("R0").await["status"], "pending");
    stage.hold();
    let job = operator.submit("aviat.run", stage.payload(&["R0"], &["snmp"], json!({}))).await;
    assert!(is_uuid(&job), "{job}");
    stage.wait_status("R0", "processing").await;
    let seen = operator.response("aviat.queue.get", json!({})).await;
    let entry = &seen["radios"][0];
    assert_eq!((&entry["ip"], &entry["status"], &entry["task_id"]), (&json!(ip), &json!("processing"), &json!(job)));
    assert_eq!(stage.api().job(&job).await["status"], "running");
    stage.flow();
    let job = operator.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(job["result"]["response"]["task_id"], job["job_id"]);
    assert_eq!(stage.result(&job, "R0")["status"], "success");
    assert_eq!(stage.row("R0").await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s002_no_ips() {
    let stage = Stage::one(r0()).await;
    let ip = stage.ip("R0");
    for ips in [
        Value::Null,
        json!([]),
        json!(ip),
        json!(["not-an-address"]),
        json!([ip, "192.0.2.300"]),
        json!([7]),
        json!([""]),
        json!({ "ip": ip }),
    ] {
        let error = stage.refused("aviat.run", json!({ "ips": ips, "tasks": ["snmp"] })).await;
        assert!(error.to_lowercase().contains("ips"), "{ips}: {error}");
    }
    let error = stage.refused("aviat.run", json!({ "tasks": ["snmp"] })).await;
    assert!(error.contains("No IPs provided"), "{error}");
    assert!(stage.queue().await.is_empty());
    stage.assert_no_contact("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s003_unknown_or_empty_tasks() {
    let stage = Stage::one(r0()).await;
    let ips = [stage.ip("R0")];
    for tasks in [json!([]), json!(["upgrade"]), json!(["snmp", "backup"]), json!("snmp"), Value::Null, json!([1])] {
        let error = stage.refused("aviat.run", json!({ "ips": ips, "tasks": tasks })).await;
        for name in ["tasks", "firmware", "password", "snmp", "buffer", "sop", "activate", "all"] {
            assert!(error.contains(name), "{tasks}: {error} does not name {name}");
        }
    }
    assert!(stage.queue().await.is_empty());
    stage.assert_no_contact("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s004_duplicate_ips() {
    let stage = Stage::one(r0()).await;
    let ip = stage.ip("R0");
    let ips = json!([ip, ip, format!("::ffff:{ip}"), format!("0:0:0:0:0:FFFF:{ip}")]);
    let response = stage.call("aviat.run", json!({ "ips": ips, "tasks": ["snmp"] })).await;
    assert_eq!(response["ips"], json!([ip]));
    assert_eq!(response["results"].as_array().unwrap().len(), 1, "{response:#}");
    assert_eq!(stage.queue().await.len(), 1);
    assert_eq!(stage.commits("R0").len(), 1, "{:?}", stage.shell("R0"));
    stage.finish().await;
}

/// Two radios, one with the mode and one without it: nothing tells them apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s005_default_mode() {
    let stage = Stage::of(&[("A", "AV4100", r0()), ("B", "AV4100", r0())]).start().await;
    stage.run(&["A"], &["firmware"], json!({})).await;
    stage.run(&["B"], &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    let mut told = Vec::new();
    for name in ["A", "B"] {
        let row = stage.wait_status(name, "scheduled").await;
        let loads: Vec<String> = stage.loads(name).iter().map(super::stage::Line::text).collect();
        told.push((row["firmwareStatus"].clone(), row["dueAt"].clone(), loads));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].2.len(), 1);
    assert!(told[0].2[0].ends_with(&format!("/{FINAL} force")), "{:?}", told[0].2);
    assert_eq!(stage.listed("scheduled").await, [stage.ip("A"), stage.ip("B")]);
    stage.jump_to(super::stage::NIGHT);
    for name in ["A", "B"] {
        stage.wait_status(name, "success").await;
        assert_eq!(stage.activations(name).len(), 1);
        assert_eq!(stage.radio(name).text("active", ""), "6.2.4.12.59373");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s006_inconsistent_mode() {
    let stage = Stage::one(r0()).await;
    for (mode, now) in [("immediate", false), ("scheduled", true), ("manual", true)] {
        let maintenance = json!({ "activation_mode": mode, "activate_now": now });
        let error = stage.refused("aviat.run", stage.payload(&["R0"], &["firmware"], maintenance)).await;
        assert!(error.contains("activate_now") && error.contains("activation_mode"), "{error}");
    }
    let maintenance = json!({ "activation_mode": "tonight" });
    let error = stage.refused("aviat.run", stage.payload(&["R0"], &["firmware"], maintenance)).await;
    for name in ["activation_mode", "scheduled", "immediate", "manual"] {
        assert!(error.contains(name), "{error} does not name {name}");
    }
    assert!(stage.queue().await.is_empty());
    stage.assert_no_contact("R0");
    stage.finish().await;
}

/// All or nothing: the free radio of a request with a busy one is left alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s007_busy_radio() {
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("R1", "AV4100", r0())]).start().await;
    stage.hold();
    let owner = stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "loading").await;
    let ip = stage.ip("R0");
    for (action, payload) in [
        ("aviat.run", stage.payload(&["R0"], &["snmp"], json!({}))),
        ("aviat.run", stage.payload(&["R1", "R0"], &["snmp"], json!({}))),
        ("aviat.activate_scheduled", json!({ "ips": [ip], "force": true })),
        ("aviat.reboot_required.run", json!({ "ips": [ip] })),
        ("aviat.fix_stp", json!({ "ip": ip })),
    ] {
        let error = stage.refused(action, payload).await;
        assert!(error.contains(&ip) && error.contains(&owner), "{action}: {error}");
        if action == "aviat.run" {
            assert!(error.contains(&format!("Already processing: {ip}")), "{error}");
        }
    }
    stage.assert_no_contact("R1");
    assert_eq!(stage.queue().await.len(), 1);
    stage.flow();
    stage.wait_status("R0", "scheduled").await;
    assert_eq!((stage.loads("R0").len(), stage.commits("R0").len()), (1, 0));
    assert_eq!((stage.restarts("R0").len(), stage.activations("R0").len()), (0, 0));
    // The free one alone.
    assert_eq!(stage.ran(&["R1"], &["snmp"], json!({})).await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s008_missing_image() {
    let two_steps = || r0_with(json!({ "active": "2.10.0" }));
    let stages = [
        (Stage::of(&[("R0", "AV4100", r0())]).without(FINAL), FINAL),
        (Stage::of(&[("R0", "AV4100", r0())]).changed(FINAL), FINAL),
        (Stage::of(&[("R0", "AV4100", two_steps())]).without(BASELINE), BASELINE),
        (Stage::of(&[("R0", "AV4100", two_steps())]).changed(BASELINE), BASELINE),
    ];
    for (plan, file) in stages {
        let stage = plan.start().await;
        for mode in ["scheduled", "immediate", "manual"] {
            let maintenance = json!({ "activation_mode": mode, "activate_now": mode == "immediate" });
            let error = stage.refused("aviat.run", stage.payload(&["R0"], &["firmware"], maintenance)).await;
            assert!(error.contains(file), "{error}");
        }
        assert!(stage.refused("aviat.run", stage.payload(&["R0"], &["all"], json!({}))).await.contains(file));
        assert!(stage.queue().await.is_empty());
        stage.assert_no_contact("R0");
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s009_operator_identity() {
    let stage = Stage::one(r0()).await;
    let mut payload = stage.payload(&["R0"], &["snmp"], json!({}));
    payload["username"] = json!("other");
    let job = stage.operator().run("aviat.run", payload).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let audit = stage.audit().await;
    let own: Vec<_> = audit.iter().filter(|entry| entry.what.starts_with("aviat.")).collect();
    assert!(!own.is_empty(), "{audit:#?}");
    for entry in own {
        assert_eq!(entry.who, OPERATOR_LABEL, "{entry:?}");
    }
    assert!(audit.iter().any(|entry| entry.what == "job.submit" && entry.who == OPERATOR_LABEL), "{audit:#?}");
    assert!(audit.iter().all(|entry| entry.who != "other"), "{audit:#?}");
    assert_eq!(stage.row("R0").await["username"], OPERATOR_LABEL);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s010_proxy_truth() {
    let knobs = json!({ "password": "another-password", "factory_password": FACTORY });
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("R1", "AV4100", r0_with(knobs))]).start().await;
    // Bad credentials, and what would have been a 4xx.
    let job = stage.ran(&["R1"], &["snmp"], json!({})).await;
    assert_eq!(job["status"], "error", "{job:#}");
    assert!(job["error"].as_str().unwrap().contains(&stage.ip("R1")), "{job:#}");
    stage.refused("aviat.run", json!({ "ips": [], "tasks": ["snmp"] })).await;
    stage.refused("aviat.status", json!({ "task_id": "00000000-0000-0000-0000-000000000000" })).await;
    // The parameters reach the engine: another target, another mode.
    let maintenance = json!({ "activation_mode": "manual", "firmware_target": "baseline" });
    stage.turn("R0", json!({ "active": "2.10.0" }));
    let payload = stage.payload(&["R0"], &["firmware"], maintenance);
    let job = stage.api().submit("aviat.run", payload.clone()).await;
    assert_eq!(stage.api().job(&job).await["payload"], payload);
    stage.wait_status("R0", "manual").await;
    let loads = stage.loads("R0");
    assert_eq!(loads.len(), 1, "{loads:?}");
    assert!(loads[0].command.ends_with(&format!("/{BASELINE} force")), "{loads:?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s011_empty_update_payload() {
    let stage = Stage::of(&[("R0", "AV4100", done()), ("R1", "AV4100", r0())]).start().await;
    let (first, second) = (stage.ip("R0"), stage.ip("R1"));
    stage.call("aviat.queue.update", json!({ "mode": "add", "radios": [first, second] })).await;
    let before = stage.queue().await;
    assert_eq!(before.len(), 2);
    for payload in [
        json!({ "entries": [{ "ip": first }] }),
        json!({}),
        json!({ "mode": "replace" }),
        json!({ "mode": "add" }),
        json!({ "mode": "add", "radios": [] }),
        json!({ "mode": "add", "radios": [{ "address": first }] }),
        json!({ "mode": "shuffle", "radios": [first] }),
    ] {
        stage.refused("aviat.queue.update", payload).await;
        assert_eq!(stage.queue().await, before);
    }
    // What is listed already stays as it is, whatever a client says about it.
    let radio = json!({ "ip": first, "status": "success", "firmwareStatus": "success" });
    stage.call("aviat.queue.update", json!({ "mode": "add", "radios": [radio] })).await;
    assert_eq!(stage.queue().await, before);
    stage.assert_no_contact("R0");
    stage.finish().await;
}
