//! Scenarios 84 to 86: what is stored, and what becomes of it when the daemon dies or is put elsewhere.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Device;

use super::lives::Lives;
use super::stage::{COMMUNITY, NIGHT, OLD_COMMUNITY, Stage, done, done_with, r0, r0_with};
use crate::engine::wait::{files, towerhand};

const SCHEDULED: &str = "scheduled";

fn scheduled() -> Value {
    json!({ "activation_mode": "scheduled" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_after_the_request_was_accepted() {
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", r0())]).real_time()).await;
    let job = lives.run(&["R0"], &["firmware"], scheduled()).await;
    lives.kill();
    lives.serve().await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    assert_eq!(lives.api().ended(&job).await["status"], "success");
    assert_eq!(lives.count("R0", "software load"), 1);
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_in_the_load() {
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", r0())]).real_time()).await;
    lives.hold();
    let job = lives.run(&["R0"], &["firmware"], scheduled()).await;
    lives.radio_until("R0", |radio| radio.text("software_state", "") == "prepareLoad").await;
    lives.kill();
    lives.serve().await;
    lives.flow();
    lives.wait_status("R0", &[SCHEDULED]).await;
    assert_eq!(lives.api().ended(&job).await["status"], "success");
    assert_eq!((lives.count("R0", "software load"), lives.count("R0", "software activate")), (1, 0));
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_at_the_end_of_the_load() {
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", r0())]).real_time()).await;
    lives.hold();
    lives.run(&["R0"], &["firmware"], scheduled()).await;
    // The image is asked for while there is a daemon that has it.
    lives.slow();
    lives.radio_until("R0", |radio| radio.journal().iter().any(|entry| entry.input.starts_with("200, "))).await;
    lives.kill();
    lives.flow();
    lives.radio_until("R0", |radio| radio.text("software_state", "") == "loadOk").await;
    lives.serve().await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    // And once more where it waits.
    lives.kill();
    lives.serve().await;
    assert_eq!(lives.row("R0").await["status"], SCHEDULED);
    assert_eq!((lives.count("R0", "software load"), lives.count("R0", "software activate")), (1, 0));
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_in_the_activation() {
    // A radio that stays in `activate` for longer than twice this needs a restart, which it does not.
    let plan = Stage::of(&[("R0", "AV4100", r0())]).real_time().set("aviat.reboot_first_look", "\"4s\"");
    let mut lives = Lives::begin(plan).await;
    lives.run(&["R0"], &["firmware", "snmp"], scheduled()).await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    lives.hold();
    let job = lives.activate(&["R0"]).await;
    lives.radio_until("R0", |radio| radio.text("software_state", "") == "activate").await;
    lives.kill();
    lives.serve().await;
    lives.flow();
    lives.wait_status("R0", &["success"]).await;
    assert_eq!(lives.api().ended(&job).await["status"], "success");
    assert_eq!((lives.count("R0", "software load"), lives.count("R0", "software activate")), (1, 1));
    assert_eq!((lives.count("R0", "restart"), lives.boots("R0")), (0, 1));
    assert_eq!(lives.radio("R0").text("snmp_community", ""), COMMUNITY);
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_during_the_reboot() {
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", r0())]).real_time()).await;
    lives.run(&["R0"], &["firmware", "snmp"], scheduled()).await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    let job = lives.activate(&["R0"]).await;
    lives.radio_until("R0", |radio| radio.journal().iter().any(|entry| entry.channel == "boot")).await;
    lives.hold();
    lives.kill();
    lives.serve().await;
    lives.flow();
    lives.wait_status("R0", &["success"]).await;
    assert_eq!(lives.api().ended(&job).await["status"], "success");
    assert_eq!((lives.count("R0", "software load"), lives.count("R0", "software activate")), (1, 1));
    assert_eq!((lives.count("R0", "restart"), lives.boots("R0")), (0, 1));
    assert_eq!(lives.radio("R0").text("snmp_community", ""), COMMUNITY);
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_killed_in_the_configuration() {
    let radio = done_with(json!({ "snmp_community": OLD_COMMUNITY }));
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", radio)]).real_time()).await;
    // In the middle of the candidate, at a commit that is lost, and at one that takes effect and is not answered.
    for (fault, line) in [
        (json!({ "kind": "mute", "after": "snmp community" }), "config: snmp community"),
        (json!({ "kind": "mute", "after": "commit" }), "config: commit"),
        (json!({ "kind": "drop", "after": "commit", "when": "after" }), "config: commit"),
    ] {
        lives.turn("R0", json!({ "snmp_community": OLD_COMMUNITY }));
        let lines = |radio: &Device| radio.journal().iter().filter(|entry| entry.input.starts_with(line)).count();
        let before = lines(&lives.radio("R0"));
        lives.fault("R0", fault);
        let job = lives.run(&["R0"], &["snmp"], json!({})).await;
        lives.radio_until("R0", |radio| lines(radio) > before).await;
        lives.kill();
        lives.mend("R0").await;
        lives.serve().await;
        lives.wait_status("R0", &["success"]).await;
        assert_eq!(lives.api().ended(&job).await["status"], "success");
        assert_eq!(lives.radio("R0").text("snmp_community", ""), COMMUNITY);
    }
    lives.finish().await;
}

/// The command went out, and with the daemon died the answer; the radio had never got it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s084_a_command_is_lost_with_the_daemon() {
    let mut lives = Lives::begin(Stage::of(&[("R0", "AV4100", r0())]).real_time()).await;
    lives.fault("R0", json!({ "kind": "mute", "after": "software load" }));
    lives.run(&["R0"], &["firmware"], scheduled()).await;
    lives.radio_until("R0", |radio| radio.journal().iter().any(|entry| entry.input.contains(": software load"))).await;
    lives.kill();
    lives.mend("R0").await;
    lives.serve().await;
    lives.wait_status("R0", &[SCHEDULED]).await;
    assert!(lives.count("R0", "software load") <= 2);
    let fetched = lives
        .radio("R0")
        .journal()
        .iter()
        .filter(|entry| entry.channel == "fetch" && entry.input.starts_with("GET "))
        .count();
    assert_eq!(fetched, 1, "one load took effect");

    lives.fault("R0", json!({ "kind": "mute", "after": "software activate" }));
    lives.activate(&["R0"]).await;
    lives
        .radio_until("R0", |radio| radio.journal().iter().any(|entry| entry.input.contains(": software activate")))
        .await;
    lives.kill();
    lives.mend("R0").await;
    lives.serve().await;
    let row = lives.wait_status("R0", &["success", "error"]).await;
    assert!(lives.count("R0", "software activate") <= 2);
    assert_eq!(lives.count("R0", "restart"), 0);
    assert_eq!(lives.boots("R0"), usize::from(row["status"] == "success"), "{row:#}");
    lives.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s085_killed_while_it_writes() {
    let names: Vec<String> = (0..12).map(|n| format!("R{n}")).collect();
    let radios: Vec<(&str, &str, Value)> = names.iter().map(|name| (name.as_str(), "AV4100", r0())).collect();
    let mut lives = Lives::begin(Stage::of(&radios).real_time()).await;
    let mut chance = fastrand::Rng::with_seed(20_260_115);
    // What the queue must hold, as it was acknowledged; the one whose request was cut off may be either.
    let mut known = vec![false; names.len()];
    for life in 0..6 {
        let work = async {
            let mut doubtful = None;
            for turn in 0..1_000 {
                let n = (life * 7 + turn * 5) % names.len();
                let mode = if known[n] { "remove" } else { "add" };
                if !lives.try_update(mode, &names[n]).await {
                    doubtful = Some(n);
                    break;
                }
                known[n] = !known[n];
            }
            doubtful
        };
        // The instant is the thing under test.
        let pid = lives.pid();
        let killer = async {
            lives.clock.sleep(Duration::from_micros(chance.u64(50_000..250_000))).await;
            super::lives::kill_process(pid);
        };
        let (doubtful, ()) = tokio::join!(work, killer);
        lives.gone();
        lives.serve().await;
        // The request that was cut off goes on: what it came to counts.
        lives.at_rest().await;
        let queue = lives.queue().await;
        for (n, name) in names.iter().enumerate() {
            let there = queue.iter().any(|row| row["ip"] == lives.ip(name));
            if Some(n) == doubtful {
                known[n] = there;
            }
            assert_eq!(there, known[n], "life {life}: {name}");
        }
    }
    // A damaged store is told of, and left as it is. What was written last stands beside it until an orderly stop.
    let queue = lives.queue().await;
    lives.stop().await;
    let database = lives.folder().join("state/towerhand.db");
    let whole = std::fs::read(&database).unwrap();
    let mut damaged = whole.clone();
    damaged[16..100].fill(0xff);
    lives.write("state/towerhand.db", &damaged);
    let (code, out, error) = towerhand(lives.folder(), &["serve"], "", &[("TOWERHAND_LISTEN", "127.0.0.1:0")]);
    assert_eq!(code, 1, "{out}{error}");
    assert!(format!("{out}{error}").contains("damaged"), "{out}{error}");
    assert!(files(lives.folder())[&database] == damaged, "it was changed");
    lives.write("state/towerhand.db", &whole);
    lives.serve().await;
    assert_eq!(lives.queue().await, queue);
    lives.finish().await;
}

/// A stage with a radio in each state in which one can stay, but those in which somebody drives it.
pub async fn parked() -> (Stage, Vec<&'static str>) {
    let radios = [
        ("LISTED", "AV4100", r0()),
        ("BLOCKED", "AV4100", r0_with(json!({ "stp": "up" }))),
        ("OLD", "AV4100", r0_with(json!({ "uptime_days": 300 }))),
        ("SCHEDULED", "AV4100", r0()),
        ("MANUAL", "AV4100", r0()),
        ("DONE", "AV4100", done()),
        ("FAILED", "AV4100", r0_with(json!({ "password": "somebody-elses-77" }))),
    ];
    let names = radios.iter().map(|(name, ..)| *name).collect();
    let stage = Stage::of(&radios).set("ssh.login_seconds", "2").start().await;
    stage.call("aviat.queue.update", json!({ "mode": "add", "radios": [stage.ip("LISTED")] })).await;
    let jobs = [
        stage.run(&["BLOCKED", "OLD", "SCHEDULED"], &["firmware", "snmp"], scheduled()).await,
        stage.run(&["MANUAL"], &["firmware"], json!({ "activation_mode": "manual" })).await,
        stage.run(&["DONE", "FAILED"], &["snmp"], json!({})).await,
    ];
    for job in jobs {
        stage.ended(&job).await;
    }
    for (name, status) in [
        ("LISTED", "pending"),
        ("BLOCKED", "pending"),
        ("OLD", "reboot_required"),
        ("SCHEDULED", "scheduled"),
        ("MANUAL", "manual"),
        ("DONE", "success"),
        ("FAILED", "error"),
    ] {
        assert_eq!(stage.row(name).await["status"], status, "{name}");
    }
    (stage, names)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s086_redeploy() {
    let (stage, _) = parked().await;
    async fn all(stage: &Stage) -> (Vec<Value>, Vec<String>, Vec<String>, Value) {
        let reboot = stage.call("aviat.reboot_required.get", json!({})).await;
        (stage.queue().await, stage.listed("scheduled").await, stage.listed("loading").await, reboot)
    }
    let before = all(&stage).await;
    assert_eq!(before.1, [stage.ip("SCHEDULED")]);
    let stage = stage.restart().await;
    assert_eq!(all(&stage).await, before);
    // And they are more than text: the night goes on.
    stage.jump_to(NIGHT);
    stage.wait_status("SCHEDULED", "success").await;
    stage.finish().await;
}
