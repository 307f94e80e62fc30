//! Happy paths: section 7 B of spec/aviat-workflow.md.

use serde_json::json;

use super::stage::{
    BASELINE, COMMUNITY, FINAL, NIGHT, OURS, SECOND_NIGHT, Stage, at, done, done_with, r0, r0_with, step, step_text,
};

const FINAL_NUMBER: &str = "6.2.4.12.59373";
const BASELINE_NUMBER: &str = "2.11.11.18.6069";

/// The places of the first line of each kind in the radio's journal rise.
fn assert_order(stage: &Stage, name: &str, commands: &[&str]) {
    let shell = stage.shell(name);
    let places: Vec<usize> = commands
        .iter()
        .map(|command| {
            let found = shell.iter().position(|line| line.command.starts_with(command));
            found.unwrap_or_else(|| panic!("{command} was not told: {shell:#?}"))
        })
        .collect();
    assert!(places.is_sorted(), "{commands:?} at {places:?}: {shell:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s012_scheduled_upgrade_whole_life() {
    let stage = Stage::one(r0()).await;
    stage.hold();
    let maintenance = json!({ "activation_mode": "scheduled", "activation_at": NIGHT });
    let job = stage.run(&["R0"], &["firmware", "password", "snmp", "buffer", "sop"], maintenance).await;
    let row = stage.wait_status("R0", "loading").await;
    assert_eq!((&row["firmwareStatus"], &row["targetVersion"]), (&json!("loading"), &json!("6.2.4")));
    assert_eq!(stage.listed("loading").await, [stage.ip("R0")]);
    stage.flow();
    let row = stage.wait_status("R0", "scheduled").await;
    assert_eq!((&row["firmwareStatus"], &row["snmpStatus"]), (&json!("scheduled"), &json!("pending")));
    assert_eq!(row["dueAt"].as_str().map(at), Some(at(NIGHT)));
    assert_eq!(stage.listed("scheduled").await, [stage.ip("R0")]);
    assert_eq!(stage.radio("R0").text("software_state", ""), "loadOk");
    let loads = stage.loads("R0");
    assert_eq!(loads.len(), 1, "{loads:?}");
    assert!(loads[0].command.starts_with("software load uri http://127.0.0.1:"), "{loads:?}");
    assert!(loads[0].command.ends_with(&format!("/{FINAL} force")), "{loads:?}");

    stage.jump_to("2026-01-16T01:50:00-06:00");
    assert_eq!(stage.row("R0").await["status"], "scheduled");
    assert!(stage.activations("R0").is_empty() && stage.boots("R0").is_empty());
    stage.jump_to(NIGHT);
    stage.wait("R0", "processing", |row| row.status.as_str() == "processing").await;
    stage.wait_status("R0", "success").await;

    assert_eq!((stage.loads("R0").len(), stage.activations("R0").len()), (1, 1));
    assert_eq!((stage.boots("R0"), stage.restarts("R0").len()), (vec!["reboot swap".to_owned()], 0));
    let radio = stage.radio("R0");
    assert_eq!((radio.text("active", ""), radio.text("password", "")), (FINAL_NUMBER.to_owned(), OURS.to_owned()));
    assert_eq!((radio.text("snmp_community", ""), radio.number("buffer_kbytes", 0.0)), (COMMUNITY.to_owned(), 2500.0));
    let configured = ["change-password", "snmp community", "qos-default-policy"];
    assert_order(&stage, "R0", &[&["software load", "software activate"], configured.as_slice()].concat());
    let audit = stage.audit().await;
    let told = audit.iter().find(|entry| entry.what == "aviat.activate").unwrap_or_else(|| panic!("{audit:#?}"));
    assert!(told.at >= at(NIGHT) && told.at < at("2026-01-16T02:20:00-06:00"), "{told:?}");

    assert_eq!(stage.ended(&job).await["status"], "success");
    let result = stage.outcome(&job, "R0").await;
    assert_eq!((&result["success"], &result["status"]), (&json!(true), &json!("success")));
    assert_eq!(result["firmware_version_before"], "2.11.11");
    assert_eq!(result["firmware_version_after"], "6.2.4");
    for name in ["firmware", "password", "snmp", "buffer", "sop"] {
        assert_eq!(step(&result, name), "ok", "{name}: {result:#}");
    }
    for flag in ["firmware_downloaded", "firmware_activated", "password_changed", "snmp_configured", "sop_passed"] {
        assert_eq!(result[flag], true, "{flag}: {result:#}");
    }
    let row = stage.row("R0").await;
    for name in ["firmwareStatus", "passwordStatus", "snmpStatus", "bufferStatus", "sopStatus"] {
        assert_eq!(row[name], "success", "{name}: {row:#}");
    }
    assert!(stage.listed("scheduled").await.is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s013_immediate_upgrade() {
    let stage = Stage::one(r0()).await;
    let maintenance = json!({ "activation_mode": "immediate", "activate_now": true });
    let job = stage.run(&["R0"], &["firmware"], maintenance).await;
    stage.radio_until("R0", "the reboot", |_| !stage.boots("R0").is_empty()).await;
    stage.hold();
    // Down: nobody may call that a success.
    let row = stage.row("R0").await;
    assert!(["processing", "loading", "pending_verify"].contains(&row["status"].as_str().unwrap()), "{row:#}");
    assert_eq!(stage.api().job(&job).await["status"], "running");
    stage.flow();
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let result = stage.result(&job, "R0");
    assert_eq!((&result["status"], &result["firmware_version_after"]), (&json!("success"), &json!("6.2.4")));
    assert_eq!(stage.radio("R0").text("active", ""), FINAL_NUMBER);
    let loads = stage.loads("R0");
    assert_eq!(loads.len(), 1, "{loads:?}");
    assert!(loads[0].command.ends_with(&format!("/{FINAL} force activation-immediately")), "{loads:?}");
    assert_eq!((stage.activations("R0").len(), stage.restarts("R0").len(), stage.boots("R0").len()), (0, 0, 1));
    // Looked at again when it was back.
    let boot = stage.journal("R0").into_iter().find(|entry| entry.channel == "boot").unwrap();
    let back = boot.at + stage.radio("R0").number("reboot_seconds", 0.0);
    assert!(stage.shell("R0").iter().any(|line| line.at >= back && line.command.starts_with("show ")));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s014_two_step_immediate() {
    let stage = Stage::one(r0_with(json!({ "active": "2.10.0", "inactive": "2.9.1" }))).await;
    let maintenance = json!({ "activation_mode": "immediate", "activate_now": true });
    let job = stage.run(&["R0"], &["firmware"], maintenance).await;
    let ended = stage.ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended:#}");
    let told: Vec<String> = stage
        .journal("R0")
        .into_iter()
        .filter(|entry| entry.channel == "boot" || entry.input.contains("software load"))
        .map(|entry| entry.input.rsplit('/').next().unwrap().to_owned())
        .collect();
    let load = |file: &str| format!("{file} force activation-immediately");
    assert_eq!(told, [load(BASELINE), "reboot swap".to_owned(), load(FINAL), "reboot swap".to_owned()]);
    assert_eq!(stage.radio("R0").text("active", ""), FINAL_NUMBER);
    assert_eq!(stage.radio("R0").text("inactive", ""), BASELINE_NUMBER);
    let messages = stage.messages(&job).await;
    for version in ["2.11.11", "6.2.4"] {
        assert!(messages.iter().any(|message| message.contains(version)), "{version}: {messages:#?}");
    }
    assert_eq!(stage.result(&ended, "R0")["firmware_version_after"], "6.2.4");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s015_two_step_scheduled() {
    let stage = Stage::one(r0_with(json!({ "active": "2.10.0", "inactive": "2.9.1" }))).await;
    let job = stage.run(&["R0"], &["firmware", "snmp"], json!({ "activation_mode": "scheduled" })).await;
    let row = stage.wait_status("R0", "scheduled").await;
    assert_eq!(row["task_id"], json!(job));
    assert_eq!(stage.loads("R0").len(), 1);
    assert!(stage.loads("R0")[0].command.ends_with(&format!("/{BASELINE} force")));
    stage.jump_to(NIGHT);
    stage.wait("R0", "second load", |row| row.status.as_str() == "loading" && stage.loads("R0").len() == 2).await;
    assert_eq!(stage.radio("R0").text("active", ""), BASELINE_NUMBER);
    assert!(stage.loads("R0")[1].command.ends_with(&format!("/{FINAL} force")));
    // The same night has hours left.
    let row = stage.wait_status("R0", "success").await;
    assert_eq!(row["task_id"], json!(job), "it stays one job");
    assert_eq!((stage.loads("R0").len(), stage.activations("R0").len(), stage.boots("R0").len()), (2, 2, 2));
    let radio = stage.radio("R0");
    assert_eq!(
        (radio.text("active", ""), radio.text("snmp_community", "")),
        (FINAL_NUMBER.to_owned(), COMMUNITY.to_owned())
    );
    for entry in stage.audit().await.iter().filter(|entry| entry.what == "aviat.activate") {
        assert!(entry.at >= at(NIGHT) && entry.at < at(SECOND_NIGHT), "{entry:?}");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s016_already_final() {
    let stage = Stage::one(done()).await;
    let job = stage.ran(&["R0"], &["firmware", "activate", "snmp", "buffer"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let result = stage.result(&job, "R0");
    assert_eq!(step(&result, "firmware"), "skipped");
    assert!(step_text(&result, "firmware").contains("already at target"), "{result:#}");
    assert_eq!((step(&result, "buffer"), stage.radio("R0").number("buffer_kbytes", 0.0)), ("ok", 2500.0));
    assert_eq!(stage.row("R0").await["status"], "success");
    assert!(stage.loads("R0").is_empty() && stage.activations("R0").is_empty() && stage.boots("R0").is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s017_newer_than_final() {
    let stage =
        Stage::one(done_with(json!({ "active": "6.3.0", "inactive": "6.2.4", "software_state": "loadOk" }))).await;
    for mode in ["scheduled", "immediate", "manual"] {
        let maintenance = json!({ "activation_mode": mode, "activate_now": mode == "immediate" });
        let job = stage.ran(&["R0"], &["firmware", "activate"], maintenance).await;
        assert_eq!(job["status"], "success", "{job:#}");
        assert_eq!(step(&stage.result(&job, "R0"), "firmware"), "skipped");
    }
    stage.jump_to(NIGHT);
    assert_eq!(stage.row("R0").await["status"], "success");
    stage.assert_untouched("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s018_baseline_downgrade_scheduled() {
    let knobs = json!({ "active": "6.1.0", "inactive": "2.10.9" });
    let stage = Stage::one(done_with(knobs)).await;
    let job = stage.run(&["R0"], &["firmware"], json!({ "firmware_target": "baseline" })).await;
    let row = stage.wait_status("R0", "scheduled").await;
    assert_eq!((&row["targetVersion"], &row["firmwareStatus"]), (&json!("2.11.11"), &json!("scheduled")));
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.radio("R0").text("active", ""), BASELINE_NUMBER);
    let loads = stage.loads("R0");
    assert!(loads.len() == 1 && loads[0].command.ends_with(&format!("/{BASELINE} force")), "{loads:?}");
    assert_eq!((stage.activations("R0").len(), stage.boots("R0").len()), (1, 1));
    assert_eq!(stage.outcome(&job, "R0").await["firmware_version_after"], "2.11.11");
    stage.finish().await;
}

/// The other radio, which is scheduled, shows that the night came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s019_manual_mode() {
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("R1", "AV4100", r0())]).start().await;
    stage.hold();
    let job = stage.run(&["R0"], &["firmware"], json!({ "activation_mode": "manual" })).await;
    stage.wait_status("R0", "loading").await;
    stage.flow();
    stage.wait_status("R0", "manual").await;
    assert_eq!(stage.radio("R0").text("software_state", ""), "loadOk");
    let loads = stage.loads("R0");
    assert!(loads.len() == 1 && loads[0].command.ends_with(&format!("/{FINAL} force")), "{loads:?}");
    stage.run(&["R1"], &["firmware"], json!({})).await;
    stage.wait_status("R1", "scheduled").await;
    assert_eq!(stage.listed("scheduled").await, [stage.ip("R1")]);
    stage.jump_to(NIGHT);
    stage.wait_status("R1", "success").await;
    assert_eq!(stage.row("R0").await["status"], "manual");
    assert!(stage.activations("R0").is_empty());
    let activation = stage.api().run("aviat.activate_scheduled", json!({ "ips": [stage.ip("R0")] })).await;
    assert_eq!(activation["status"], "success", "{activation:#}");
    assert_eq!(stage.row("R0").await["status"], "success");
    assert_eq!((stage.activations("R0").len(), stage.radio("R0").text("active", "")), (1, FINAL_NUMBER.to_owned()));
    assert_eq!(stage.loads("R0").len(), 1);
    assert_eq!(stage.ended(&job).await["status"], "success");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s020_all() {
    let stage = Stage::one(r0()).await;
    let job = stage.run(&["R0"], &["all"], json!({})).await;
    stage.wait_status("R0", "scheduled").await;
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    let order = ["software load", "software activate", "change-password", "snmp community", "qos-default-policy"];
    assert_order(&stage, "R0", &order);
    let result = stage.outcome(&job, "R0").await;
    for name in ["firmware", "activate", "password", "snmp", "buffer", "sop"] {
        assert_eq!(step(&result, name), "ok", "{name}: {result:#}");
    }
    let items = result["sop_results"].as_array().unwrap();
    assert!(!items.is_empty() && items.iter().all(|item| item["pass"] == true), "{result:#}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s021_image_already_loaded() {
    let loaded = || r0_with(json!({ "inactive": "6.2.4", "software_state": "loadOk" }));
    let stage = Stage::of(&[("S", "AV4100", loaded()), ("M", "AV4100", loaded())]).start().await;
    stage.run(&["S"], &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    stage.run(&["M"], &["firmware"], json!({ "activation_mode": "manual" })).await;
    stage.wait_status("S", "scheduled").await;
    stage.wait_status("M", "manual").await;
    for name in ["S", "M"] {
        stage.assert_untouched(name);
        assert!(stage.channel(name, "fetch").is_empty());
    }
    stage.jump_to(NIGHT);
    stage.wait_status("S", "success").await;
    assert!(stage.loads("S").is_empty() && stage.activations("S").len() == 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s022_snmp_only() {
    // What would block an upgrade does not block this.
    let knobs = json!({ "snmp_mode": "v3-only", "mask": "/24", "stp": "up", "uptime_days": 300, "licences": [] });
    let stage = Stage::one(r0_with(knobs)).await;
    let job = stage.ran(&["R0"], &["snmp"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let lines = stage.changes("R0");
    let community = format!("config: snmp community {COMMUNITY}");
    assert_eq!(lines, ["config: snmp v2c-only".to_owned(), community, "config: commit".to_owned()]);
    let shell = stage.shell("R0");
    let commit = shell.iter().position(|line| line.command == "commit").unwrap();
    let read_back = |line: &super::stage::Line| line.command.starts_with("show ") && line.command.contains("config");
    assert!(shell[commit..].iter().any(read_back), "{shell:#?}");
    let radio = stage.radio("R0");
    assert_eq!(
        (radio.text("snmp_mode", ""), radio.text("snmp_community", "")),
        ("v2c-only".to_owned(), COMMUNITY.to_owned())
    );
    assert_eq!(step(&stage.result(&job, "R0"), "snmp"), "ok");
    let row = stage.row("R0").await;
    assert_eq!((&row["status"], &row["snmpStatus"]), (&json!("success"), &json!("success")));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s023_idempotent_configuration() {
    let stage = Stage::one(done_with(json!({ "buffer_kbytes": 2500 }))).await;
    let before = stage.radio("R0").state();
    for _ in 0..2 {
        let job = stage.ran(&["R0"], &["snmp", "buffer"], json!({})).await;
        assert_eq!(job["status"], "success", "{job:#}");
        let result = stage.result(&job, "R0");
        for name in ["snmp", "buffer"] {
            assert!(["ok", "skipped"].contains(&step(&result, name)), "{result:#}");
        }
    }
    assert_eq!(stage.radio("R0").state(), before);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s024_buffer_skips() {
    let radios = [
        ("OLD", "AV4100", r0()),
        ("PARTNER", "AV4200", done_with(json!({ "partner": "10g1" }))),
        ("PRIMARY", "AV4200", done_with(json!({ "partner": "10g2" }))),
        ("ALONE", "AV4200", done_with(json!({ "partner": "unsupported" }))),
    ];
    let stage = Stage::of(&radios).start().await;
    let job = stage.ran(&["OLD", "PARTNER", "PRIMARY", "ALONE"], &["buffer"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    for (name, why) in [("OLD", "2.11"), ("PARTNER", "10g1")] {
        let result = stage.result(&job, name);
        assert_eq!(step(&result, "buffer"), "skipped", "{result:#}");
        assert!(step_text(&result, "buffer").contains(why), "{result:#}");
        stage.assert_untouched(name);
        assert_eq!(stage.row(name).await["bufferStatus"], "skipped");
    }
    for name in ["PRIMARY", "ALONE"] {
        assert_eq!(step(&stage.result(&job, name), "buffer"), "ok");
        assert_eq!(stage.radio(name).number("buffer_kbytes", 0.0), 2500.0);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s025_password_change_proven() {
    let stage = Stage::one(r0()).await;
    let job = stage.ran(&["R0"], &["password"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.radio("R0").text("password", ""), OURS);
    let journal = stage.journal("R0");
    let changed = journal.iter().rposition(|entry| entry.input.contains("Confirm new password")).unwrap();
    let logins = |entries: &[towerhand_simulators::core::Entry]| -> Vec<String> {
        entries.iter().filter(|entry| entry.channel == "auth").map(|entry| entry.input.clone()).collect()
    };
    let (before, after) = (logins(&journal[..changed]), logins(&journal[changed..]));
    assert!(before.iter().any(|login| login.contains("accepted, factory")), "{before:?}");
    assert!(after.iter().any(|login| login.contains("accepted") && !login.contains("factory")), "{after:?}");
    assert!(!after.iter().any(|login| login.contains("accepted, factory")), "{after:?}");
    assert_eq!(step(&stage.result(&job, "R0"), "password"), "ok");
    assert_eq!(stage.row("R0").await["passwordStatus"], "success");
    // What is known of the password is remembered: the next job logs in at once.
    let logins = stage.channel("R0", "auth").len();
    assert_eq!(stage.ran(&["R0"], &["snmp"], json!({})).await["status"], "success");
    let later = stage.channel("R0", "auth").split_off(logins);
    assert!(!later.is_empty() && later.iter().all(|login| login.ends_with("accepted")), "{later:?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s026_password_already_new() {
    let stage = Stage::one(done()).await;
    let job = stage.ran(&["R0"], &["password"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(step(&stage.result(&job, "R0"), "password"), "skipped");
    stage.assert_untouched("R0");
    let logins = stage.channel("R0", "auth");
    assert!(logins.iter().all(|login| !login.contains("factory")), "{logins:?}");
    stage.finish().await;
}
