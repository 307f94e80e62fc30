//! Prechecks and uptime: section 7 C of spec/aviat-workflow.md.

use serde_json::{Value, json};

use super::stage::{OPERATOR_LABEL, Stage, done, r0, r0_with};

/// A run of firmware that a precheck stops; the radio's entry.
async fn blocked(stage: &Stage, name: &str) -> Value {
    let job = stage.ran(&[name], &["firmware"], json!({})).await;
    assert_eq!(job["status"], "success", "parked is no error: {job:#}");
    let row = stage.row(name).await;
    assert_eq!((&row["status"], &row["precheckStatus"]), (&json!("pending"), &json!("blocked")), "{row:#}");
    assert_eq!(row["firmwareStatus"], "pending");
    stage.assert_untouched(name);
    row
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_else(|| panic!("no {member}: {row:#}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s027_wrong_mask() {
    let stage = Stage::one(r0_with(json!({ "mask": "/24" }))).await;
    let row = blocked(&stage, "R0").await;
    assert_eq!(row["subnetStatus"], "error");
    let detail = text(&row, "precheckDetail");
    assert!(detail.contains("/29") && detail.contains("/24"), "expected and actual: {detail}");
    let recheck = stage.call("aviat.precheck_recheck", json!({ "ip": stage.ip("R0") })).await;
    assert_eq!((&recheck["reachable"], &recheck["precheck_clear"]), (&json!(true), &json!(false)), "{recheck:#}");
    stage.turn("R0", json!({ "mask": "/29" }));
    let recheck = stage.call("aviat.precheck_recheck", json!({ "ip": stage.ip("R0") })).await;
    assert_eq!((&recheck["reachable"], &recheck["precheck_clear"]), (&json!(true), &json!(true)), "{recheck:#}");
    let row = stage.row("R0").await;
    assert_eq!(row["subnetStatus"], "success", "{row:#}");
    assert_ne!(row["precheckStatus"], "blocked", "{row:#}");
    stage.assert_untouched("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s028_stp_enabled() {
    let stage = Stage::one(r0_with(json!({ "stp": "up" }))).await;
    assert_eq!(blocked(&stage, "R0").await["stpStatus"], "error");
    assert_eq!(stage.call("aviat.fix_stp", json!({ "ip": stage.ip("R0") })).await["status"], "ok");
    let told = ["config: spanning-tree administrative-status down", "config: commit"];
    assert_eq!(stage.changes("R0"), told);
    let shell = stage.shell("R0");
    let commit = shell.iter().position(|line| line.command == "commit").unwrap();
    let read_back = shell[commit..].iter().any(|line| line.command.starts_with("show "));
    assert!(read_back, "{shell:#?}");
    assert_eq!(stage.radio("R0").text("stp", ""), "down");
    assert_eq!(stage.row("R0").await["stpStatus"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s029_fix_stp_refused() {
    let refuse = json!({
        "kind": "refuse", "command": "spanning-tree administrative-status down", "text": "syntax error: unknown element",
    });
    for (fault, words) in
        [(refuse, "unknown element"), (json!({ "kind": "commit", "how": "abort" }), "database is locked")]
    {
        let stage = Stage::one(r0_with(json!({ "stp": "up" }))).await;
        let before = blocked(&stage, "R0").await;
        stage.fault("R0", fault);
        let error = stage.refused("aviat.fix_stp", json!({ "ip": stage.ip("R0") })).await;
        assert!(error.contains(words) && error.contains(&stage.ip("R0")), "{error}");
        let row = stage.row("R0").await;
        for member in ["status", "stpStatus", "precheckStatus"] {
            assert_eq!(row[member], before[member], "{member}");
        }
        assert_eq!(stage.radio("R0").text("stp", ""), "up");
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s030_stp_text_trap() {
    let lines = json!({ "stp": "up", "stp_lines": ["spanning-tree bpdu-guard disabled"], "hostname": "BH-OFFICE" });
    let stage = Stage::one(r0_with(lines)).await;
    assert_eq!(blocked(&stage, "R0").await["stpStatus"], "error");
    stage.finish().await;
}

/// The simulator shows no licence that has expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s031_licences() {
    let radios = [
        ("TRIAL", "AV4100", r0_with(json!({ "licences": "trial" }))),
        ("NONE", "AV4100", r0_with(json!({ "licences": [] }))),
        ("SOME", "AV4100", r0_with(json!({ "licences": ["WZL-CE1", "WZF-XPIC"] }))),
        ("LATE", "AV4100", r0_with(json!({ "licences_first_read": ["WZL-CE1"] }))),
    ];
    let required = r#"["WZL-CE1", "WZL-ENTERPRISE5", "WZF-MLHC"]"#;
    let stage = Stage::of(&radios).set("aviat.required_licences", required).start().await;
    for name in ["TRIAL", "NONE", "SOME"] {
        let row = blocked(&stage, name).await;
        assert_ne!(row["licenseStatus"], "success", "{row:#}");
        let detail = text(&row, "licenseDetail");
        for missing in ["WZL-ENTERPRISE5", "WZF-MLHC"] {
            assert!(
                detail.contains(missing) || name != "SOME" && detail.to_lowercase().contains(&name.to_lowercase()),
                "{detail}"
            );
        }
    }
    // The first answer of a session is known to be short: it is asked again.
    stage.run(&["LATE"], &["firmware"], json!({})).await;
    stage.wait_status("LATE", "scheduled").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s032_unknown_precheck() {
    let silent = |command: &str| json!({ "kind": "refuse", "command": command, "text": "" });
    let cases = [
        ("licence", "licenseStatus", vec![silent("licensing")]),
        ("subnet", "subnetStatus", vec![silent("lan1"), silent("running-config")]),
        ("stp", "stpStatus", vec![silent("spanning-tree"), silent("running-config")]),
        ("uptime", "", vec![]),
    ];
    for (check, member, faults) in cases {
        let stage = Stage::one(r0()).await;
        for fault in faults {
            stage.fault("R0", fault);
        }
        if check == "uptime" {
            // 2.11 has no command for it, and the agent has another community.
            stage.turn("R0", json!({ "web": false }));
        }
        let row = blocked(&stage, "R0").await;
        assert!(text(&row, "precheckDetail").to_lowercase().contains("unknown"), "{row:#}");
        if !member.is_empty() {
            assert_eq!(row[member], "unknown", "neither good nor bad: {row:#}");
        }
        // A person may say that it does not matter, and that stands in the audit log.
        let mut overridden = json!({ "precheck_override": [check] });
        let without = stage.payload(&["R0"], &["firmware"], overridden.clone());
        let error = stage.refused("aviat.run", without).await;
        assert!(error.contains("override_reason"), "{error}");
        overridden["override_reason"] = json!("read on site");
        let payload = stage.payload(&["R0"], &["firmware"], overridden.clone());
        let denied = stage.operator().error("aviat.run", payload).await;
        assert!(denied.contains("aviat.override"), "{denied}");
        stage.run(&["R0"], &["firmware"], overridden).await;
        stage.wait_status("R0", "scheduled").await;
        assert_eq!(stage.loads("R0").len(), 1);
        let audit = stage.audit().await;
        let line =
            audit.iter().find(|entry| entry.what == "aviat.precheck_override").unwrap_or_else(|| panic!("{audit:#?}"));
        assert_eq!(line.who, "tester");
        assert!(line.who != OPERATOR_LABEL && line.detail.contains("read on site"), "{line:?}");
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s033_unreachable_recheck() {
    let stage = Stage::one(done()).await;
    stage.lab.stop().await;
    let recheck = stage.call("aviat.precheck_recheck", json!({ "ip": stage.ip("R0") })).await;
    assert_eq!((&recheck["reachable"], &recheck["precheck_clear"]), (&json!(false), &json!(false)), "{recheck:#}");
    stage.finish().await;
}

/// The limit itself blocks: such a radio may reboot by itself while it loads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s034_uptime_boundary() {
    let days = |days: u32| r0_with(json!({ "uptime_days": days }));
    let radios = [("U249", "AV4100", days(249)), ("U250", "AV4100", days(250)), ("U251", "AV4100", days(251))];
    let stage = Stage::of(&radios).start().await;
    let job = stage.run(&["U249", "U250", "U251"], &["firmware", "snmp"], json!({})).await;
    stage.wait_status("U249", "scheduled").await;
    assert_eq!(stage.loads("U249").len(), 1);
    for name in ["U250", "U251"] {
        let row = stage.wait_status(name, "reboot_required").await;
        assert_eq!(row["task_id"], json!(job));
        stage.assert_untouched(name);
    }
    let listed = stage.call("aviat.reboot_required.get", json!({})).await;
    let listed = listed["reboot_required"].as_array().unwrap();
    let ips: Vec<&str> = listed.iter().map(|entry| entry["ip"].as_str().unwrap()).collect();
    assert_eq!(ips, [stage.ip("U250"), stage.ip("U251")]);
    for (entry, days) in listed.iter().zip(["250", "251"]) {
        assert!(entry["reason"].as_str().unwrap().contains(days), "{entry:#}");
        assert_eq!(entry["remaining_tasks"], json!(["firmware", "snmp"]), "the whole of what was asked: {entry:#}");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s035_combined() {
    let stage = Stage::one(r0_with(json!({ "mask": "/24", "uptime_days": 300 }))).await;
    stage.ran(&["R0"], &["firmware"], json!({})).await;
    let row = stage.row("R0").await;
    assert_eq!(row["status"], "reboot_required", "{row:#}");
    let detail = text(&row, "precheckDetail");
    assert!(detail.contains("300") && detail.contains("/24"), "both reasons: {detail}");
    stage.assert_untouched("R0");
    let job = stage.api().submit("aviat.reboot_required.run", json!({ "ips": [stage.ip("R0")] })).await;
    stage.ended(&job).await;
    let row = stage.wait_status("R0", "pending").await;
    assert_eq!((stage.boots("R0"), row["precheckStatus"].clone()), (vec!["reboot same".to_owned()], json!("blocked")));
    assert!(text(&row, "precheckDetail").contains("/24"), "{row:#}");
    assert!(stage.loads("R0").is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s036_carrier_time_is_no_uptime() {
    let stage = Stage::one(r0_with(json!({ "uptime_days": 3 }))).await;
    let carrier = "radio-carrier status Carrier1/1\r\n oper-status        up\r\n active-rx-time     300 days 00:00:00";
    stage.fault("R0", json!({ "kind": "refuse", "command": "radio-carrier status", "text": carrier }));
    stage.run(&["R0"], &["firmware"], json!({})).await;
    stage.wait_status("R0", "scheduled").await;
    assert_eq!(stage.loads("R0").len(), 1);
    stage.finish().await;
}
