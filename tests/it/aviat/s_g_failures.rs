//! Scenarios 70 to 83: what goes wrong on the way to the radio and on its command line.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::stage::{COMMUNITY, FACTORY, OLD_COMMUNITY, OURS, Stage, done, done_with, r0, r0_with};

/// Runs one step on one radio; the job and the radio's entry.
async fn step(stage: &Stage, name: &str, step: &str) -> (Value, Value) {
    let job = stage.ran(&[name], &[step], json!({})).await;
    let row = stage.row(name).await;
    (job, row)
}

/// The step failed, and everything that tells of it says so.
async fn failed(stage: &Stage, name: &str, task: &str, words: &str) {
    let (job, row) = step(stage, name, task).await;
    assert_eq!(job["status"], "error", "{job:#}");
    assert_eq!((&row["status"], &row[format!("{task}Status")]), (&json!("error"), &json!("error")), "{row:#}");
    let error = row["error"].as_str().unwrap();
    assert!(error.contains(words), "'{words}' is not in: {error}");
}

/// Sessions of the command line that are open.
fn open_sessions(stage: &Stage, name: &str) -> i64 {
    let tcp = stage.channel(name, "tcp");
    tcp.iter().map(|entry| i64::from(entry == "open") - i64::from(entry == "close")).sum()
}

/// Nothing was typed that the radio was to keep to itself: secrets are answers to questions, never commands.
fn no_secret_typed(stage: &Stage, name: &str) {
    for line in stage.shell(name) {
        for secret in [FACTORY, OURS] {
            assert!(!line.command.contains(secret), "{}", line.text());
        }
    }
}

/// Nobody was told to keep what was not committed.
fn nothing_saved_by_the_way(stage: &Stage, name: &str) {
    let saved = stage.shell(name).into_iter().filter(|line| line.mode == "answer" && line.command.contains("yes"));
    assert_eq!(saved.count(), 0, "{:#?}", stage.shell(name));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s070_wrong_credentials() {
    let other = r0_with(json!({ "password": "somebody-elses-77" }));
    let radios = [("SNMP", "AV4100", other.clone()), ("FIRMWARE", "AV4100", other)];
    let stage = Stage::of(&radios).start().await;
    for (name, task) in [("SNMP", "snmp"), ("FIRMWARE", "firmware")] {
        let (job, row) = step(&stage, name, task).await;
        assert_eq!(job["status"], "error", "{job:#}");
        assert_eq!(row["status"], "error", "{row:#}");
        assert!(row["error"].as_str().unwrap().contains("auth"), "{row:#}");
        stage.assert_untouched(name);
    }
    let logins = |name: &str| stage.channel(name, "auth");
    let before = (logins("SNMP"), logins("FIRMWARE"));
    for tries in [&before.0, &before.1] {
        // Ours, then the factory's: once each.
        assert_eq!(tries.len(), 2, "{tries:?}");
        assert_eq!(tries.iter().filter(|login| login.contains("factory")).count(), 1, "{tries:?}");
    }
    // No repeated logins, whatever time passes.
    stage.jump(Duration::from_secs(7200));
    stage.clock.sleep(Duration::from_millis(600)).await;
    assert_eq!(before, (logins("SNMP"), logins("FIRMWARE")));
    assert!(stage.listed("loading").await.is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s071_unreachable_at_the_start() {
    let stage = Stage::of(&[("SNMP", "AV4100", r0()), ("FIRMWARE", "AV4100", r0())]).start().await;
    // Nobody listens there any more.
    stage.lab.stop().await;
    for (name, task) in [("SNMP", "snmp"), ("FIRMWARE", "firmware")] {
        let (job, row) = step(&stage, name, task).await;
        assert_eq!(job["status"], "error", "{job:#}");
        assert_eq!(row["status"], "error", "{row:#}");
        assert!(row["error"].as_str().unwrap().contains("unreachable"), "{row:#}");
        stage.assert_no_contact(name);
    }
    stage.finish().await;
}

/// Somebody listens, and hangs up at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s071_hung_up_at_the_start() {
    let stage = Stage::of(&[("SNMP", "AV4100", r0()), ("FIRMWARE", "AV4100", r0())]).start().await;
    for (name, task) in [("SNMP", "snmp"), ("FIRMWARE", "firmware")] {
        stage.fault(name, json!({ "kind": "refuse" }));
        let (job, row) = step(&stage, name, task).await;
        assert_eq!(job["status"], "error", "{job:#}");
        assert_eq!(row["status"], "error", "{row:#}");
        assert!(row["error"].as_str().unwrap().contains("dropped the connection"), "{row:#}");
        assert!(stage.shell(name).is_empty());
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s072_drop_in_the_middle_of_a_step() {
    let stage = Stage::of(&[("TOOK", "AV4100", r0()), ("LOST", "AV4100", r0())]).start().await;
    for (name, when) in [("TOOK", "after"), ("LOST", "before")] {
        stage.fault(name, json!({ "kind": "drop", "after": "commit", "when": when }));
        let job = stage.run(&[name], &["snmp"], json!({})).await;
        stage
            .radio_until(name, "the commit", |radio| {
                radio.journal().iter().any(|entry| entry.input == "config: commit")
            })
            .await;
        stage.mend(name);
        let job = stage.ended(&job).await;
        let row = stage.row(name).await;
        let committed = stage.radio(name).text("snmp_community", "") == COMMUNITY;
        // It says what is, and it has looked: in a session after the one that broke.
        assert_eq!(row["status"] == "success", committed, "{row:#}");
        assert_eq!(job["status"] == "success", committed, "{job:#}");
        let lines = stage.shell(name);
        let commit = lines.iter().position(|line| line.command == "commit").unwrap();
        let read_back = lines[commit..].iter().any(|line| line.command.starts_with("show running-config"));
        assert!(read_back, "{lines:#?}");
        assert!(stage.commits(name).len() <= 2);
    }
    // What took effect is found to be done, and not done again.
    assert_eq!(stage.row("TOOK").await["status"], "success");
    assert_eq!(stage.commits("TOOK").len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s073_colon_and_bracket() {
    let radio = done_with(json!({ "snmp_community": OLD_COMMUNITY, "location": "Ridge [north]: tower" }));
    let stage = Stage::of(&[("R0", "AV4100", radio)]).start().await;
    // A fifth of a second by the machine's clock after each of them.
    stage.fault("R0", json!({ "kind": "split", "after": ":]", "ms": 200_000 }));
    let job = stage.ran(&["R0"], &["snmp", "buffer"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let radio = stage.radio("R0");
    assert_eq!((radio.text("snmp_community", ""), radio.number("buffer_kbytes", 0.0)), (COMMUNITY.to_owned(), 2500.0));
    // Each command in the mode in which it means something: no answer was taken for another's.
    for line in stage.shell("R0") {
        let config = line.mode == "config";
        match line.command.split(' ').next().unwrap() {
            "snmp" | "qos-default-policy" | "commit" => assert!(config, "{}", line.text()),
            "config" => assert!(!config, "{}", line.text()),
            _ => {}
        }
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s074_pager_that_cannot_be_switched_off() {
    let mut radio = done_with(json!({ "pager": "always", "snmp_community": OLD_COMMUNITY }));
    // Long enough for pages on any screen: what is wanted stands at the end.
    let lines: Vec<String> = (0..600).map(|n| format!("spanning-tree vlan {n} bridge-priority 32768")).collect();
    radio["stp_lines"] = json!(lines);
    let stage = Stage::of(&[("R0", "AV4100", radio)]).start().await;
    let job = stage.ran(&["R0"], &["snmp", "buffer", "sop"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.radio("R0").text("snmp_community", ""), COMMUNITY);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s075_silent_device() {
    for command in ["snmp community", "commit"] {
        let stage = Stage::of(&[("R0", "AV4100", r0())]).set("ssh.idle_seconds", "2").start().await;
        match command {
            "commit" => stage.fault("R0", json!({ "kind": "commit", "how": "silence" })),
            _ => stage.fault("R0", json!({ "kind": "mute", "after": command })),
        }
        let (job, row) = step(&stage, "R0", "snmp").await;
        assert_eq!(job["status"], "error", "{job:#}");
        assert_eq!((&row["status"], &row["snmpStatus"]), (&json!("error"), &json!("error")), "{row:#}");
        assert_eq!(stage.radio("R0").text("snmp_community", ""), OLD_COMMUNITY, "nothing is committed");
        // The session is closed: its candidate goes with it.
        stage
            .radio_until("R0", "the end of all sessions", |radio| {
                let journal = radio.journal();
                let count = |what: &str| journal.iter().filter(|one| one.channel == "tcp" && one.input == what).count();
                count("open") == count("close")
            })
            .await;
        assert_eq!(open_sessions(&stage, "R0"), 0);
        nothing_saved_by_the_way(&stage, "R0");
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s076_commit_aborted() {
    let fresh = done_with(json!({ "snmp_community": OLD_COMMUNITY, "password": FACTORY }));
    let stage = Stage::of(&[("R0", "AV4100", fresh)]).start().await;
    stage.fault("R0", json!({ "kind": "commit", "how": "abort" }));
    for task in ["snmp", "buffer"] {
        failed(&stage, "R0", task, "Aborted: the configuration database is locked by another session").await;
    }
    let radio = stage.radio("R0");
    assert_eq!(radio.text("snmp_community", ""), OLD_COMMUNITY);
    assert_ne!(radio.number("buffer_kbytes", 0.0), 2500.0);
    nothing_saved_by_the_way(&stage, "R0");
    // A password that is changed by a commit, since the other way is closed.
    stage.fault(
        "R0",
        json!({
            "kind": "refuse", "command": "change-password", "text": "syntax error: unknown command",
        }),
    );
    stage.turn("R0", json!({ "self_password": "accepted" }));
    let (job, row) = step(&stage, "R0", "password").await;
    assert_eq!((&job["status"], &row["passwordStatus"]), (&json!("error"), &json!("error")), "{row:#}");
    assert_eq!(radio.text("password", ""), FACTORY);
    no_secret_typed(&stage, "R0");
    // No part of it comes with the next commit.
    stage.mend("R0");
    let (job, _) = step(&stage, "R0", "buffer").await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(radio.number("buffer_kbytes", 0.0), 2500.0);
    assert_eq!((radio.text("snmp_community", ""), radio.text("password", "")), (OLD_COMMUNITY.into(), FACTORY.into()));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s077_snmp_syntax_error() {
    let stage = Stage::one(r0()).await;
    stage.fault(
        "R0",
        json!({
            "kind": "refuse", "command": "snmp community", "text": "syntax error: unknown element",
        }),
    );
    failed(&stage, "R0", "snmp", "syntax error: unknown element").await;
    assert_eq!(stage.radio("R0").text("snmp_community", ""), OLD_COMMUNITY);
    nothing_saved_by_the_way(&stage, "R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s078_password_refused() {
    let radios = [
        ("RULES", "AV4100", r0_with(json!({ "change_password": "refused" }))),
        ("LOCKED", "AV4100", r0_with(json!({ "change_password": "locked" }))),
        ("UNKNOWN", "AV4100", r0()),
    ];
    let stage = Stage::of(&radios).start().await;
    stage.fault(
        "UNKNOWN",
        json!({
            "kind": "refuse", "command": "change-password", "text": "syntax error: unknown command change-password",
        }),
    );
    for (name, words) in [("RULES", "password rules"), ("LOCKED", "locked"), ("UNKNOWN", "change-password")] {
        failed(&stage, name, "password", words).await;
        assert_eq!(stage.radio(name).text("password", ""), FACTORY);
        no_secret_typed(&stage, name);
        // Reachable as before, with the old one.
        stage.mend(name);
        let (job, _) = step(&stage, name, "snmp").await;
        assert_eq!(job["status"], "success", "{job:#}");
    }
    stage.finish().await;
}

/// A radio that does not ask for the current password, and one that knows only the other way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s078_order_of_the_questions() {
    let radios = [
        ("BRIEF", "AV4100", r0_with(json!({ "change_password": "no-current" }))),
        ("OTHER", "AV4100", r0_with(json!({ "self_password": "accepted" }))),
    ];
    let stage = Stage::of(&radios).start().await;
    stage.fault(
        "OTHER",
        json!({
            "kind": "refuse", "command": "change-password", "text": "syntax error: unknown command",
        }),
    );
    for name in ["BRIEF", "OTHER"] {
        let (job, row) = step(&stage, name, "password").await;
        assert_eq!((&job["status"], &row["passwordStatus"]), (&json!("success"), &json!("success")), "{row:#}");
        assert_eq!(stage.radio(name).text("password", ""), OURS);
        no_secret_typed(&stage, name);
        // Proven by a login of its own.
        let last = stage.channel(name, "auth").pop().unwrap();
        assert!(last.contains("accepted") && !last.contains("factory"), "{last}");
    }
    stage.finish().await;
}

/// The agent tells nothing, since it has another community.
async fn unknown_version(knobs: Value) {
    let stage = Stage::one(r0_with(knobs)).await;
    let (job, row) = step(&stage, "R0", "firmware").await;
    assert_eq!(job["status"], "error", "{job:#}");
    assert_eq!(row["status"], "error", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("unknown version"), "{row:#}");
    stage.assert_untouched("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s079_uri_as_version() {
    unknown_version(json!({
        "software_lines": ["loading-uri"], "loading_uri": "http://127.0.0.1:9/wtm4100-6.2.4.12.59373.swpack",
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s080_inactive_only() {
    unknown_version(json!({ "software_lines": ["inactive-version"], "inactive": "6.2.4" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s081_unknown_active_version() {
    unknown_version(json!({ "software_lines": [] })).await;
    unknown_version(json!({ "software_lines": ["status", "inactive-version"] })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s082_port_of_its_own() {
    let stage = Stage::one(r0()).await;
    let radio = stage.radio("R0");
    assert_ne!(radio.ports().ssh, Some(22));
    // Somebody listens where SSH usually is; where that is not allowed, a connection there fails the scenario anyway.
    let usual = TcpListener::bind(SocketAddr::new(radio.address, 22)).await.ok();
    let tasks = ["firmware", "password", "snmp", "buffer", "sop"];
    let job = stage.ran(&["R0"], &tasks, json!({ "activation_mode": "immediate" })).await;
    assert_eq!(job["status"], "success", "{job:#}");
    stage.call("aviat.check_status", json!({ "ips": [stage.ip("R0")] })).await;
    if let Some(usual) = usual {
        let came = stage.clock.timeout(Duration::ZERO, usual.accept()).await;
        assert!(came.is_err(), "{came:?}");
    }
    stage.finish().await;
}

async fn alarms(stage: &Stage) -> u64 {
    let url = format!("{}/metrics", stage.api().url);
    let text = stage.api().http.get(url).send().await.unwrap().text().await.unwrap();
    text.lines().find_map(|line| line.strip_prefix("towerhand_host_key_alarms_total ")).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s083_host_key_change() {
    let stage = Stage::one(done()).await;
    let (job, _) = step(&stage, "R0", "snmp").await;
    assert_eq!(job["status"], "success", "{job:#}");
    let (logins, changes) = (stage.channel("R0", "auth"), stage.changes("R0"));
    assert_eq!(alarms(&stage).await, 0);
    stage.fault("R0", json!({ "kind": "hostkey" }));
    let (job, row) = step(&stage, "R0", "buffer").await;
    assert_eq!(job["status"], "error", "{job:#}");
    assert_eq!(row["status"], "error", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("host_key_changed"), "{row:#}");
    assert_eq!((stage.channel("R0", "auth"), stage.changes("R0")), (logins, changes), "no credential went there");
    assert!(alarms(&stage).await >= 1);
    let endpoint = format!("ssh://{}:{}", stage.ip("R0"), stage.radio("R0").ports().ssh.unwrap());
    assert!(row["error"].as_str().unwrap().contains(&endpoint), "{row:#}");
    assert!(stage.daemon.store.accept_offered(&endpoint, "operator", stage.clock.now()).await.unwrap());
    let (job, _) = step(&stage, "R0", "buffer").await;
    assert_eq!(job["status"], "success", "{job:#}");
    stage.finish().await;
}
