//! Activations by the schedule, by a person, and at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{add, audited, blackout, looked, remove, schedule, waiting};
use crate::aviat::stage::{NIGHT, PATIENCE, SECOND_NIGHT, Stage, at, r0, r0_with};

/// Instants as the API shows them.
fn instant(value: &Value) -> Timestamp {
    at(value.as_str().unwrap_or_else(|| panic!("no instant: {value}")))
}

/// The radio was activated once, decided at `from` or within the ten seconds after it, and came up with its image.
async fn started_at(stage: &Stage, name: &str, from: &str) {
    stage.wait_status(name, "success").await;
    let subject = format!("{name} ({})", stage.ip(name));
    let log = stage.audit().await.into_iter();
    let decided: Vec<Timestamp> =
        log.filter(|line| line.what == "aviat.activate" && line.subject == subject).map(|line| line.at).collect();
    let until = at(from).checked_add(SignedDuration::from_secs(10)).unwrap();
    assert!(
        matches!(decided.as_slice(), [one] if (at(from)..until).contains(one)),
        "{name}: {decided:?}, wanted {from}"
    );
    assert_eq!(stage.activations(name).len(), 1);
    assert_eq!(stage.boots(name), ["reboot swap"]);
}

/// The radio waits, and nobody told it to activate. The night has looked when the daemon has done a job after the jump.
async fn still_waits(stage: &Stage, name: &str) {
    stage.clock.sleep(Duration::from_millis(700)).await;
    assert_eq!(stage.row(name).await["status"], "scheduled");
    assert!(stage.activations(name).is_empty(), "{:#?}", stage.shell(name));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w01_a_named_window_takes_the_place_of_the_nightly_one() {
    let radios = [("CORE", "AV4100", r0()), ("EDGE", "AV4100", r0())];
    let stage = Stage::of(&radios).real_time().tag("CORE", "group", "core").start().await;
    // 2026-01-15 is a Thursday; Chicago is UTC-6.
    let item =
        add(&stage, json!({ "name": "core", "tag": "group=core", "days": ["fri", "sat"], "time": "22:00-01:00" }))
            .await;
    assert_eq!((&item["devices"], &item["opens_at"]), (&json!(1), &json!("2026-01-17T04:00:00Z")));
    schedule(&stage, &["CORE", "EDGE"]).await;
    let row = stage.row("CORE").await;
    assert_eq!(instant(&row["dueAt"]), at("2026-01-16T22:00:00-06:00"));
    assert_eq!(row["heldBy"], "window 'core'");
    assert_eq!(instant(&stage.row("EDGE").await["dueAt"]), at(NIGHT));
    let list = waiting(&stage).await;
    let told: Vec<_> =
        list.iter().map(|item| (item["device"].clone(), item["what"].clone(), instant(&item["starts_at"]))).collect();
    assert_eq!(
        told,
        [
            (json!("EDGE"), json!("activation"), at(NIGHT)),
            (json!("CORE"), json!("activation"), at("2026-01-16T22:00:00-06:00"))
        ]
    );

    stage.jump_to("2026-01-16T01:59:59.5-06:00");
    started_at(&stage, "EDGE", NIGHT).await;
    still_waits(&stage, "CORE").await;
    stage.jump_to("2026-01-16T21:59:59.5-06:00");
    started_at(&stage, "CORE", "2026-01-16T22:00:00-06:00").await;
    assert!(waiting(&stage).await.is_empty());
    stage.finish().await;
}

/// The cut-off counts in named windows too: half an hour before the end is too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w02_the_cut_off_counts_in_a_named_window() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().start().await;
    add(&stage, json!({ "name": "short", "site": "LAB", "time": "20:00-22:00" })).await;
    schedule(&stage, &["R0"]).await;
    let ip = stage.ip("R0");
    stage.jump_to(NIGHT);
    still_waits(&stage, "R0").await;
    let error = stage.refused("aviat.activate_scheduled", json!({ "ips": [ip] })).await;
    let told = "Outside activation window (held back by window 'short'; it may begin at 2026-01-17T02:00:00Z)";
    assert!(error.contains(told), "{error}");
    // It slept through the window up to its cut-off.
    let daemon = &stage.daemon;
    let driven = daemon.store.radios().await.unwrap().into_iter().filter(|row| row.driver.is_some()).count();
    assert_eq!(driven, 0);
    stage.jump_to("2026-01-16T21:30:00-06:00");
    // A jump into the window behind its cut-off.
    still_waits(&stage, "R0").await;
    stage.jump_to("2026-01-17T19:59:59.5-06:00");
    started_at(&stage, "R0", "2026-01-17T20:00:00-06:00").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w03_a_black_out_wins_over_window_and_force() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().start().await;
    schedule(&stage, &["R0"]).await;
    let ip = stage.ip("R0");
    add(&stage, blackout("storm", "2026-01-15T20:00:00Z", "2026-01-17T20:00:00Z")).await;
    // Saturday at two in the afternoon it ends; the night after that is Sunday's.
    let row = stage.row("R0").await;
    assert_eq!(
        (instant(&row["dueAt"]), &row["heldBy"]),
        (at("2026-01-18T02:00:00-06:00"), &json!("black-out 'storm'"))
    );
    for force in [false, true] {
        let error = stage.refused("aviat.activate_scheduled", json!({ "ips": [ip], "force": force })).await;
        assert!(error.contains("held back by black-out 'storm'"), "{error}");
    }
    assert!(audited(&stage, "aviat.force").await.is_empty());
    for night in [NIGHT, SECOND_NIGHT] {
        stage.jump_to(night);
        still_waits(&stage, "R0").await;
    }
    // A person takes it away in the middle of the window: it starts at once.
    remove(&stage, "storm").await;
    stage.wait_status("R0", "success").await;
    assert_eq!(stage.activations("R0").len(), 1);
    assert_eq!(audited(&stage, "window.add").await, [("tester".to_owned(), "storm".to_owned())]);
    assert_eq!(audited(&stage, "window.remove").await, [("tester".to_owned(), "storm".to_owned())]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w04_force_passes_a_named_window_and_is_in_the_audit_log() {
    let stage = Stage::one(r0()).await;
    add(&stage, json!({ "name": "yearly", "device": "R0", "cron": "0 2 24 12 *", "lasts": "4h" })).await;
    schedule(&stage, &["R0"]).await;
    let forced = json!({ "ips": [stage.ip("R0")], "force": true });
    let error = stage.operator().error("aviat.activate_scheduled", forced.clone()).await;
    assert!(error.contains("aviat.force"), "{error}");
    assert!(stage.activations("R0").is_empty() && audited(&stage, "aviat.force").await.is_empty());
    stage.call("aviat.activate_scheduled", forced).await;
    assert_eq!(stage.row("R0").await["status"], "success");
    assert_eq!(audited(&stage, "aviat.force").await, [("tester".to_owned(), stage.ip("R0"))]);
    stage.finish().await;
}

/// Given while a black-out was far away, and not carried out before it: the word waits for its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w05_an_immediate_activation_waits_for_its_window() {
    let stage = Stage::of(&[("R0", "AV4100", r0())])
        .windows("[[window]]\nname = \"evening\"\ndevice = \"R0\"\ntime = \"18:00-20:00\"\n")
        .start()
        .await;
    let job = stage.run(&["R0"], &["firmware", "snmp"], json!({ "activation_mode": "immediate" })).await;
    // Loaded at once, since that takes no link down; but in a way that does not activate by itself.
    stage.wait("R0", "the wait", |row| row.body["phase"]["at"] == "slot" && row.due_at.is_some()).await;
    let loads = stage.loads("R0");
    assert!(matches!(loads.as_slice(), [one] if !one.command.contains("activation-immediately")), "{loads:?}");
    let row = stage.row("R0").await;
    assert_eq!((instant(&row["dueAt"]), &row["heldBy"]), (at("2026-01-15T18:00:00-06:00"), &json!("window 'evening'")));
    let list = waiting(&stage).await;
    assert_eq!((list.len(), &list[0]["what"], &list[0]["job_id"]), (1, &json!("activation"), &json!(job)));
    assert_eq!(stage.api().job(&job).await["status"], "running");
    assert!(stage.messages(&job).await.iter().any(|message| message.contains("held back by window 'evening'")));
    let early = "2026-01-15T17:50:00-06:00";
    stage.jump_to(early);
    looked(&stage, "R0", early).await;
    assert!(stage.activations("R0").is_empty());
    stage.jump_to("2026-01-15T18:00:00-06:00");
    assert_eq!(stage.ended(&job).await["status"], "success");
    assert_eq!(stage.activations("R0").len(), 1);
    stage.finish().await;
}

/// 01:30 comes twice in the night of 2026-11-01: the window opens at the second, 07:30Z.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w06_the_hour_that_comes_twice() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().from("2026-10-31T14:00:00-05:00").start().await;
    add(&stage, json!({ "name": "late", "time": "01:30-04:00" })).await;
    schedule(&stage, &["R0"]).await;
    assert_eq!(instant(&stage.row("R0").await["dueAt"]), at("2026-11-01T07:30:00Z"));
    for outside in ["2026-11-01T06:31:00Z", "2026-11-01T07:29:00Z"] {
        stage.jump_to(outside);
        still_waits(&stage, "R0").await;
    }
    stage.jump_to("2026-11-01T07:29:59.5Z");
    started_at(&stage, "R0", "2026-11-01T07:30:00Z").await;
    stage.finish().await;
}

/// A daemon that comes back finds what was added, and keeps to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w07_windows_outlive_the_daemon() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().start().await;
    add(&stage, blackout("storm", "2026-01-15T20:00:00Z", "2026-01-16T20:00:00Z")).await;
    schedule(&stage, &["R0"]).await;
    let stage = stage.restart().await;
    stage.jump_to(NIGHT);
    still_waits(&stage, "R0").await;
    stage.jump_to("2026-01-17T01:59:59.5-06:00");
    started_at(&stage, "R0", SECOND_NIGHT).await;
    stage.finish().await;
}

/// Told to go down before the cut-off, and still down when the window ends: counted once, for the alert.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w08_an_outage_that_outlasts_its_window_is_counted() {
    let radio = r0_with(json!({ "reboot_seconds": 1_000_000 }));
    let stage = Stage::of(&[("R0", "AV4100", radio)]).real_time().start().await;
    schedule(&stage, &["R0"]).await;
    stage.jump_to("2026-01-16T03:58:00-06:00");
    let told = |phase: &Value| phase["at"] == "activate" && phase["sent"] != "intended";
    stage.wait("R0", "the outage", |row| told(&row.body["phase"])).await;
    stage.jump_to("2026-01-16T04:59:00-06:00");
    let overruns = async || {
        let text = get_text(&stage, "/metrics").await;
        let line =
            text.lines().find_map(|line| line.strip_prefix("towerhand_window_overruns_total ")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{text}"))
    };
    assert_eq!(overruns().await, "0");
    let mut signals = stage.daemon.store.signals();
    stage.jump_to("2026-01-16T05:00:01-06:00");
    // What is said of it is said after it was counted.
    let told = async || {
        let events = stage.daemon.store.radio_events(0, 1_000, None).await.unwrap();
        events
            .iter()
            .filter(|event| event.said.message.ends_with(": Not back and proven at the end of its window"))
            .count()
    };
    let counted = async {
        while told().await == 0 {
            // A signal that was overtaken counts as one.
            let _ = signals.recv().await;
        }
    };
    stage.clock.timeout(PATIENCE, counted).await.expect("it is counted");
    assert_eq!((overruns().await, stage.activations("R0").len()), ("1".to_owned(), 1));
    stage.finish().await;
}

async fn get_text(stage: &Stage, path: &str) -> String {
    let api = stage.api();
    let request = api.http.get(format!("{}{path}", api.url)).header("X-API-Key", api.key.as_str());
    request.send().await.unwrap().text().await.unwrap()
}
