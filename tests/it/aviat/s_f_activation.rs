//! Scenarios 52 to 69: activation, in its window, at the word of a person, and what becomes of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::stage::{COMMUNITY, NIGHT, SECOND_NIGHT, Stage, at, r0, r0_with};

const MINUTE: Duration = Duration::from_secs(60);

/// Loads the final image on these radios, to be activated by the night or not before `not_before`; ends when they are
/// scheduled.
async fn schedule(stage: &Stage, names: &[&str], not_before: Option<&str>) {
    let mut maintenance = json!({ "activation_mode": "scheduled" });
    if let Some(instant) = not_before {
        maintenance["activation_at"] = json!(instant);
    }
    let job = stage.ran(names, &["firmware"], maintenance).await;
    assert_eq!(job["status"], "success", "{job:#}");
    for name in names {
        assert_eq!(stage.row(name).await["status"], "scheduled");
        assert!(stage.activations(name).is_empty());
    }
}

/// The payload that activates these radios at once.
fn forced(stage: &Stage, names: &[&str]) -> Value {
    let ips: Vec<String> = names.iter().map(|name| stage.ip(name)).collect();
    json!({ "ips": ips, "force": true })
}

/// Activates these radios at once; the job when it has ended.
async fn activated(stage: &Stage, names: &[&str]) -> Value {
    let job = stage.api().submit("aviat.activate_scheduled", forced(stage, names)).await;
    stage.ended(&job).await
}

/// The job when it has ended; the daemon's clock runs ahead meanwhile.
async fn hurried(stage: &Stage, job: &str) -> Value {
    let running = async || stage.api().job(job).await["status"] == "running";
    while running().await {
        stage.jump(Duration::from_secs(10));
        stage.clock.sleep(Duration::from_millis(100)).await;
    }
    stage.ended(job).await
}

/// When activations of the radio were decided, by the daemon's clock.
async fn decided(stage: &Stage, name: &str) -> Vec<Timestamp> {
    let subject = format!("{name} ({})", stage.ip(name));
    let log = stage.audit().await.into_iter();
    log.filter(|line| line.what == "aviat.activate" && line.subject == subject).map(|line| line.at).collect()
}

/// The radio was activated once, decided at `from` or within the ten seconds after it, and runs the final image.
async fn started_at(stage: &Stage, name: &str, from: &str) {
    stage.wait_status(name, "success").await;
    let decided = decided(stage, name).await;
    let from = at(from);
    let until = from.checked_add(jiff::SignedDuration::from_secs(10)).unwrap();
    assert!(matches!(decided.as_slice(), [one] if (from..until).contains(one)), "{name}: {decided:?}, wanted {from}");
    assert_eq!(stage.activations(name).len(), 1);
    assert_eq!(stage.radio(name).text("active", ""), "6.2.4.12.59373");
}

/// A night of the calendar, in instants.
struct Night {
    /// The afternoon before.
    afternoon: &'static str,
    /// Half a second before the window begins.
    before: &'static str,
    /// The window begins.
    open: &'static str,
    /// A minute before the usual cut-off, which is an hour before its end.
    cut_off: &'static str,
    /// The cut-off, no part of it.
    after_cut_off: &'static str,
    /// A minute before its end.
    last: &'static str,
    /// Its end, no part of it.
    close: &'static str,
    /// The next night's beginning.
    next: &'static str,
}

/// Without a cut-off: inside from the first second to the last minute, and at the end no more.
async fn to_the_edges(night: &Night) {
    let radios = [("OPEN", "AV4100", r0()), ("LAST", "AV4100", r0()), ("LATE", "AV4100", r0())];
    let stage = Stage::of(&radios).real_time().from(night.afternoon).set("aviat.window_cutoff", "\"0s\"").start().await;
    schedule(&stage, &["OPEN"], None).await;
    schedule(&stage, &["LAST"], Some(night.last)).await;
    schedule(&stage, &["LATE"], Some(night.close)).await;
    stage.jump_to(night.before);
    started_at(&stage, "OPEN", night.open).await;
    stage.jump_to(night.last);
    started_at(&stage, "LAST", night.last).await;
    stage.pass(night.close);
    assert_eq!(stage.row("LATE").await["status"], "scheduled");
    stage.jump_to(night.next);
    started_at(&stage, "LATE", night.next).await;
    stage.finish().await;
}

/// With the usual cut-off of an hour: what is due later waits for the next night. So does what slept through the
/// window.
async fn to_the_cut_off(night: &Night) {
    let radios = [("TIMELY", "AV4100", r0()), ("TARDY", "AV4100", r0())];
    let stage = Stage::of(&radios).real_time().from(night.afternoon).start().await;
    schedule(&stage, &["TIMELY"], Some(night.cut_off)).await;
    schedule(&stage, &["TARDY"], Some(night.after_cut_off)).await;
    stage.jump_to(night.cut_off);
    started_at(&stage, "TIMELY", night.cut_off).await;
    stage.pass(night.after_cut_off);
    assert_eq!(stage.row("TARDY").await["status"], "scheduled");
    stage.jump_to(night.next);
    started_at(&stage, "TARDY", night.next).await;
    stage.finish().await;
}

const SUMMER: Night = Night {
    afternoon: "2026-07-01T14:00:00-05:00",
    before: "2026-07-02T06:59:59.5Z",
    open: "2026-07-02T07:00:00Z",
    cut_off: "2026-07-02T08:59:00Z",
    after_cut_off: "2026-07-02T09:00:00Z",
    last: "2026-07-02T09:59:00Z",
    close: "2026-07-02T10:00:00Z",
    next: "2026-07-03T07:00:00Z",
};

/// The clock goes from 02:00 to 03:00: the window has two hours.
const SPRING: Night = Night {
    afternoon: "2026-03-07T14:00:00-06:00",
    before: "2026-03-08T07:59:59.5Z",
    open: "2026-03-08T08:00:00Z",
    cut_off: "2026-03-08T08:59:00Z",
    after_cut_off: "2026-03-08T09:00:00Z",
    last: "2026-03-08T09:59:00Z",
    close: "2026-03-08T10:00:00Z",
    next: "2026-03-09T07:00:00Z",
};

/// The clock goes from 02:00 to 01:00: the hour before the window comes twice.
const AUTUMN: Night = Night {
    afternoon: "2026-10-31T14:00:00-05:00",
    before: "2026-11-01T07:59:59.5Z",
    open: "2026-11-01T08:00:00Z",
    cut_off: "2026-11-01T09:59:00Z",
    after_cut_off: "2026-11-01T10:00:00Z",
    last: "2026-11-01T10:59:00Z",
    close: "2026-11-01T11:00:00Z",
    next: "2026-11-02T08:00:00Z",
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s052_window_in_summer() {
    tokio::join!(to_the_edges(&SUMMER), to_the_cut_off(&SUMMER));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s052_window_when_the_clock_goes_forward() {
    tokio::join!(to_the_edges(&SPRING), to_the_cut_off(&SPRING));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s052_window_when_the_clock_goes_back() {
    tokio::join!(to_the_edges(&AUTUMN), to_the_cut_off(&AUTUMN));
}

/// 01:59 of the night in which that minute comes twice: neither of them is inside. And who slept through the window
/// does nothing in the morning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s052_nothing_starts_outside() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().from(AUTUMN.afternoon).start().await;
    schedule(&stage, &["R0"], None).await;
    for outside in ["2026-11-01T06:59:00Z", "2026-11-01T07:59:00Z", AUTUMN.close, "2026-11-01T18:00:00Z"] {
        stage.jump_to(outside);
        // The schedule has looked when the daemon has done a job after the jump.
        stage.clock.sleep(Duration::from_millis(100)).await;
        assert_eq!(stage.row("R0").await["status"], "scheduled", "{outside}");
        assert!(stage.activations("R0").is_empty(), "{outside}");
    }
    stage.jump_to(AUTUMN.next);
    started_at(&stage, "R0", AUTUMN.next).await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s053_zone() {
    for (afternoon, before, wanted) in [
        ("2026-07-01T19:00:00Z", "2026-07-02T06:59:59.5Z", "2026-07-02T07:00:00Z"),
        ("2026-12-01T19:00:00Z", "2026-12-02T07:59:59.5Z", "2026-12-02T08:00:00Z"),
    ] {
        let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().from(afternoon).start().await;
        schedule(&stage, &["R0"], Some(wanted)).await;
        stage.jump_to(before);
        started_at(&stage, "R0", wanted).await;
        stage.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s054_offsets() {
    let radios = [("LOCAL", "AV4100", r0()), ("ZERO", "AV4100", r0()), ("SOON", "AV4100", r0())];
    let stage = Stage::of(&radios).real_time().from("2026-06-30T14:00:00-05:00").start().await;
    schedule(&stage, &["LOCAL"], Some("2026-07-02T02:00:00-05:00")).await;
    schedule(&stage, &["ZERO"], Some("2026-07-02T08:30:00+00:00")).await;
    schedule(&stage, &["SOON"], None).await;
    // The night before theirs.
    stage.jump_to("2026-07-01T07:00:00Z");
    started_at(&stage, "SOON", "2026-07-01T07:00:00Z").await;
    for name in ["LOCAL", "ZERO"] {
        assert_eq!(stage.row(name).await["status"], "scheduled");
        assert!(stage.activations(name).is_empty());
    }
    stage.jump_to("2026-07-02T06:59:59.5Z");
    started_at(&stage, "LOCAL", "2026-07-02T07:00:00Z").await;
    assert!(stage.activations("ZERO").is_empty());
    stage.jump_to("2026-07-02T08:30:00Z");
    started_at(&stage, "ZERO", "2026-07-02T08:30:00Z").await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s054_bad_times_are_refused_at_the_door() {
    let stage = Stage::one(r0()).await;
    for bad in [json!("tomorrow"), json!("02:00"), json!("2026-07-02T02:00:00"), json!(1_782_979_200)] {
        let maintenance = json!({ "activation_mode": "scheduled", "activation_at": bad });
        let error = stage.refused("aviat.run", stage.payload(&["R0"], &["firmware"], maintenance)).await;
        assert!(error.contains("activation_at"), "{bad}: {error}");
    }
    assert!(stage.queue().await.is_empty());
    stage.assert_no_contact("R0");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s055_force() {
    let stage = Stage::one(r0()).await;
    schedule(&stage, &["R0"], None).await;
    let ip = stage.ip("R0");
    for payload in [
        json!({ "ips": [ip], "force": false }),
        json!({ "ips": [ip], "force": false, "client_hour": 3 }),
        json!({ "ips": [ip], "force": false, "client_hour": "3" }),
        // Force is not the default.
        json!({ "ips": [ip] }),
        json!({}),
    ] {
        stage.refused("aviat.activate_scheduled", payload).await;
    }
    let error = stage.refused("aviat.activate_scheduled", json!({ "ips": [ip], "force": false })).await;
    assert!(error.contains("Outside activation window (2:00 AM - 5:00 AM)"), "{error}");
    let error = stage.operator().error("aviat.activate_scheduled", forced(&stage, &["R0"])).await;
    assert!(error.contains("aviat.force"), "{error}");
    assert!(stage.activations("R0").is_empty());
    assert_eq!(stage.row("R0").await["status"], "scheduled");
    assert!(!stage.audit().await.iter().any(|line| line.what == "aviat.force"));

    let job = activated(&stage, &["R0"]).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.row("R0").await["status"], "success");
    assert_eq!(stage.activations("R0").len(), 1);
    let audit = stage.audit().await;
    let force = audit.iter().position(|line| line.what == "aviat.force").expect("a line of the audit log");
    assert_eq!(audit[force].who, "tester");
    let sent = audit.iter().position(|line| line.what == "aviat.activate").expect("a line of the audit log");
    assert!(force < sent, "{audit:#?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s056_not_in_the_schedule() {
    let radios = [("LISTED", "AV4100", r0()), ("STRANGE", "AV4100", r0()), ("DONE", "AV4100", r0())];
    let stage = Stage::of(&radios).start().await;
    stage.call("aviat.queue.update", json!({ "mode": "add", "radios": [stage.ip("LISTED")] })).await;
    stage.ran(&["DONE"], &["snmp"], json!({})).await;
    stage.wait_status("DONE", "success").await;
    let changes = stage.changes("DONE");
    for name in ["LISTED", "STRANGE", "DONE"] {
        let error = stage.refused("aviat.activate_scheduled", forced(&stage, &[name])).await;
        assert!(error.contains(&stage.ip(name)), "{error}");
        assert!(stage.activations(name).is_empty());
    }
    assert_eq!(stage.row("LISTED").await["status"], "pending");
    assert_eq!(stage.row("DONE").await["status"], "success");
    assert_eq!(stage.changes("DONE"), changes);
    stage.assert_no_contact("LISTED");
    stage.assert_no_contact("STRANGE");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s057_double_activation() {
    let stage = Stage::of(&[("R0", "AV4100", r0())]).real_time().start().await;
    schedule(&stage, &["R0"], None).await;
    // Half a second before the window: two people, and the night.
    stage.jump_to("2026-01-16T01:59:59.7-06:00");
    let payload = forced(&stage, &["R0"]);
    let all = json!({ "force": true });
    let api = stage.api();
    let (first, second, third) = tokio::join!(
        api.submit("aviat.activate_scheduled", payload.clone()),
        api.submit("aviat.activate_scheduled", payload.clone()),
        api.submit("aviat.activate_scheduled", all),
    );
    let mut good = 0;
    for job in [first, second, third] {
        let job = stage.ended(&job).await;
        good += usize::from(job["status"] == "success");
    }
    assert!(good <= 1, "one job has the radio, or the night has it");
    stage.wait_status("R0", "success").await;
    // What the night still had in mind comes to nothing.
    stage.jump(MINUTE);
    stage.call("health.get", json!({})).await;
    assert_eq!(stage.activations("R0").len(), 1);
    assert_eq!(stage.boots("R0"), ["reboot swap"]);
    assert_eq!(decided(&stage, "R0").await.len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s058_nothing_ready() {
    let stage = Stage::one(r0()).await;
    schedule(&stage, &["R0"], None).await;
    stage.fault(
        "R0",
        json!({
            "kind": "refuse", "command": "software activate", "text": "resp No software ready to activate",
        }),
    );
    let job = activated(&stage, &["R0"]).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("R0").await;
    let owned = ["loading", "scheduled", "manual", "pending_verify", "error"];
    assert!(owned.contains(&row["status"].as_str().unwrap()), "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("no software ready to activate"), "{row:#}");
    assert!(stage.activations("R0").len() <= 2);
    assert!(stage.loads("R0").iter().all(|line| !line.command.contains("activation")), "{:?}", stage.loads("R0"));
    assert!(stage.restarts("R0").is_empty() && stage.boots("R0").is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s059_refusal_with_the_word_activation() {
    let stage = Stage::one(r0()).await;
    schedule(&stage, &["R0"], None).await;
    stage.fault(
        "R0",
        json!({
            "kind": "refuse", "command": "software activate", "text": "Error: activation not permitted",
        }),
    );
    let job = activated(&stage, &["R0"]).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("R0").await;
    assert_eq!(row["status"], "error", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("activation not permitted"), "{row:#}");
    assert!(stage.restarts("R0").is_empty() && stage.boots("R0").is_empty());
    assert_eq!(stage.activations("R0").len(), 1);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s060_mute_command_line() {
    // Time enough to look at what is known before it is looked at again.
    let plan = Stage::of(&[("R0", "AV4100", r0())]).real_time().set("aviat.reboot_first_look", "\"30s\"");
    let stage = plan.set("ssh.idle_seconds", "2").start().await;
    schedule(&stage, &["R0"], None).await;
    stage.fault("R0", json!({ "kind": "mute", "after": "software activate" }));
    let job = stage.api().submit("aviat.activate_scheduled", forced(&stage, &["R0"])).await;
    // Nobody knows whether it did: it is looked at, not restarted.
    stage.wait_status("R0", "pending_verify").await;
    assert!(stage.restarts("R0").is_empty());
    assert_eq!(stage.activations("R0").len(), 1);
    stage.mend("R0");
    let job = hurried(&stage, &job).await;
    assert!(stage.restarts("R0").is_empty(), "{:?}", stage.shell("R0"));
    assert!(stage.activations("R0").len() <= 2, "{:?}", stage.shell("R0"));
    let row = stage.row("R0").await;
    // It had no effect: either that is told, or it was decided anew, with a line of its own in the audit log.
    match job["status"].as_str().unwrap() {
        "success" => {
            assert_eq!(row["status"], "success", "{row:#}");
            assert_eq!(stage.radio("R0").text("active", ""), "6.2.4.12.59373");
            assert_eq!(decided(&stage, "R0").await.len(), 2);
        }
        _ => {
            assert_eq!(row["status"], "error", "{row:#}");
            assert!(stage.boots("R0").is_empty());
        }
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s061_separate_restart() {
    let radios = [("WAITS", "AV4100", r0_with(json!({ "activation_needs_restart": true }))), ("SWAPS", "AV4100", r0())];
    let stage = Stage::of(&radios).start().await;
    schedule(&stage, &["WAITS", "SWAPS"], None).await;
    let job = activated(&stage, &["WAITS", "SWAPS"]).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.restarts("WAITS").len(), 1, "{:?}", stage.shell("WAITS"));
    assert_eq!(stage.restarts("SWAPS").len(), 0, "{:?}", stage.shell("SWAPS"));
    for name in ["WAITS", "SWAPS"] {
        assert_eq!(stage.row(name).await["status"], "success");
        assert_eq!(stage.activations(name).len(), 1);
        assert_eq!(stage.boots(name), ["reboot swap"]);
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s062_version_unchanged() {
    let stage = Stage::one(r0()).await;
    schedule(&stage, &["R0"], None).await;
    let job = stage.api().submit("aviat.activate_scheduled", forced(&stage, &["R0"])).await;
    stage.radio_until("R0", "the reboot", |radio| radio.journal().iter().any(|entry| entry.channel == "boot")).await;
    // It has booted, and into the image that it had.
    stage.turn("R0", json!({ "family": "2.11", "active": "2.11.11", "inactive": "6.2.4" }));
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("R0").await;
    assert!(["error", "pending_verify"].contains(&row["status"].as_str().unwrap()), "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("2.11.11"), "{row:#}");
    assert_eq!((stage.activations("R0").len(), stage.boots("R0").len()), (1, 1));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s063_version_unreadable_after_the_boot() {
    // Logins are taken from the first second on, tables are empty for six minutes.
    let stage = Stage::one(r0_with(json!({ "boot_settle_seconds": 360, "boot_auth_seconds": 0 }))).await;
    schedule(&stage, &["R0"], None).await;
    let job = stage.api().submit("aviat.activate_scheduled", forced(&stage, &["R0"])).await;
    stage.radio_until("R0", "the reboot", |radio| radio.journal().iter().any(|entry| entry.channel == "boot")).await;
    // Slow enough to be looked at meanwhile.
    stage.lab.clock().set_rate(200.0);
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert_eq!(stage.row("R0").await["status"], "success");
    let up = stage.radio("R0").number("up_since", 0.0);
    let early = stage.commands("R0", "show ").into_iter().filter(|line| (up..up + 360.0).contains(&line.at)).count();
    assert!(early > 0, "it was looked at while it told nothing");
    assert_eq!((stage.activations("R0").len(), stage.restarts("R0").len()), (1, 0));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s064_does_not_come_back() {
    let stage = Stage::one(r0_with(json!({ "reboot_seconds": 1e9 }))).await;
    schedule(&stage, &["R0"], None).await;
    let job = stage.api().submit("aviat.activate_scheduled", forced(&stage, &["R0"])).await;
    stage.radio_until("R0", "the reboot", |radio| radio.journal().iter().any(|entry| entry.channel == "boot")).await;
    stage.jump(76 * MINUTE);
    let job = stage.ended(&job).await;
    assert_eq!(job["status"], "error", "not proven is not done: {job:#}");
    assert!(job["error"].as_str().unwrap().contains("unreachable after activation"), "{job:#}");
    let row = stage.row("R0").await;
    assert_eq!(row["status"], "pending_verify", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("unreachable after activation"), "{row:#}");
    // It reappears, hours later.
    stage.jump(120 * MINUTE);
    let now = stage.lab.clock().seconds();
    stage.turn("R0", json!({ "down_until": now, "up_since": now, "software_state": "idle" }));
    let row = stage.wait_status("R0", "success").await;
    assert!(row["error"].is_null(), "{row:#}");
    assert_eq!((stage.activations("R0").len(), stage.boots("R0").len()), (1, 1));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s065_rolled_back_by_itself() {
    let later = r0_with(json!({ "rolls_back": true, "rollback_seconds": 200 }));
    let radios = [("AT-ONCE", "AV4100", r0_with(json!({ "rolls_back": true }))), ("LATER", "AV4100", later)];
    let stage = Stage::of(&radios).start().await;
    schedule(&stage, &["AT-ONCE", "LATER"], None).await;
    let job = activated(&stage, &["AT-ONCE"]).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("AT-ONCE").await;
    assert_eq!(row["status"], "error", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("rollback"), "{row:#}");
    assert_eq!((stage.activations("AT-ONCE").len(), stage.boots("AT-ONCE").len()), (1, 1));
    // One that stays for some minutes, in `commit`, and goes back then: `commit` is not the end.
    stage.turn("LATER", json!({ "commit_seconds": 1000 }));
    let job = activated(&stage, &["LATER"]).await;
    assert_eq!(job["status"], "error", "{job:#}");
    let row = stage.row("LATER").await;
    assert_eq!(row["status"], "error", "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("rollback"), "{row:#}");
    assert_eq!(stage.boots("LATER"), ["reboot swap", "reboot back"]);
    stage.finish().await;
}

/// Neither end is told to go down while the other one is away, and the near one only when the far one is proven.
fn far_before_near(stage: &Stage, far: &str, near: &str) {
    let (first, second) = (stage.activations(far), stage.activations(near));
    assert_eq!((first.len(), second.len()), (1, 1));
    let back = stage.radio(far).number("up_since", f64::MAX);
    assert!(first[0].at < second[0].at && second[0].at > back, "{first:?} {back} {second:?}");
    let proven = stage.commands(far, "show ").into_iter().any(|line| line.at > back && line.at < second[0].at);
    assert!(proven, "{far} was not looked at before {near} was activated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s066_both_ends_of_a_hop() {
    // The far end is the one that names the other.
    let radios = [("BH-A.B", "AV4100", r0()), ("BH-B.A", "AV4100", r0())];
    for (far, near) in [("BH-A.B", "BH-B.A"), ("BH-B.A", "BH-A.B")] {
        let stage = Stage::of(&radios).hop(far, near).start().await;
        schedule(&stage, &[near, far], None).await;
        stage.jump_to(NIGHT);
        stage.wait_status(near, "success").await;
        stage.wait_status(far, "success").await;
        far_before_near(&stage, far, near);
        stage.finish().await;
    }
    // A name of the hop that both have: the one with the tag.
    let plan = Stage::of(&radios).hop("BH-A.B", "ridge").hop("BH-B.A", "ridge").tag("BH-A.B", "end", "far");
    let stage = plan.start().await;
    schedule(&stage, &["BH-A.B", "BH-B.A"], None).await;
    let job = activated(&stage, &["BH-B.A", "BH-A.B"]).await;
    assert_eq!(job["status"], "success", "{job:#}");
    far_before_near(&stage, "BH-A.B", "BH-B.A");
    stage.finish().await;
}

/// While the far end has its turn, the near one's entry says what it waits for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s066_the_near_end_says_what_it_waits_for() {
    let stage = Stage::of(&[("NEAR", "AV4100", r0()), ("FAR", "AV4100", r0())]).hop("FAR", "NEAR").start().await;
    schedule(&stage, &["NEAR", "FAR"], None).await;
    assert_eq!(stage.row("NEAR").await["error"], json!(null));
    // The far end does not get on.
    stage.hold();
    stage.jump_to(NIGHT);
    let why = "waits for FAR, the far end of its hop, which goes first";
    stage.wait("NEAR", "the reason", |row| row.body["error"] == why).await;
    let row = stage.row("NEAR").await;
    assert_eq!((&row["status"], &row["error"]), (&json!("scheduled"), &json!(why)), "{row:#}");
    let log = stage.call("aviat.stream.global", json!({ "limit": 1000 })).await.to_string();
    assert_eq!(log.matches(why).count(), 1, "said once: {log}");
    stage.flow();
    let row = stage.wait_status("NEAR", "success").await;
    assert_eq!(row["error"], json!(null), "{row:#}");
    stage.finish().await;
}

/// Where the far end is not proven the near one stays as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s066_the_far_end_fails() {
    let radios = [
        ("NEAR", "AV4100", r0()),
        ("FAR", "AV4100", r0_with(json!({ "rolls_back": true }))),
        ("ALONE", "AV4100", r0()),
    ];
    let stage = Stage::of(&radios).hop("FAR", "NEAR").start().await;
    schedule(&stage, &["NEAR", "FAR", "ALONE"], None).await;
    stage.jump_to(NIGHT);
    stage.wait_status("FAR", "error").await;
    stage.wait_status("ALONE", "success").await;
    stage.wait("NEAR", "a reason", |row| row.body["error"].is_string()).await;
    let row = stage.row("NEAR").await;
    assert!(["pending", "scheduled", "manual"].contains(&row["status"].as_str().unwrap()), "{row:#}");
    assert!(row["error"].as_str().unwrap().contains("FAR"), "{row:#}");
    stage.jump_to(SECOND_NIGHT);
    stage.call("health.get", json!({})).await;
    assert!(stage.activations("NEAR").is_empty() && stage.boots("NEAR").is_empty());
    stage.finish().await;
}

/// Two ends that are to be activated at once, by the radio itself after its load: still one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s066_immediate_upgrades_of_a_hop() {
    let stage = Stage::of(&[("NEAR", "AV4100", r0()), ("FAR", "AV4100", r0())]).hop("FAR", "NEAR").start().await;
    let job = stage.ran(&["NEAR", "FAR"], &["firmware"], json!({ "activation_mode": "immediate" })).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let down = |name: &str| {
        let boots = stage.journal(name).into_iter().filter(|entry| entry.channel == "boot");
        let boots: Vec<f64> = boots.map(|entry| entry.at).collect();
        assert_eq!(boots.len(), 1, "{name}");
        (boots[0], stage.radio(name).number("up_since", 0.0))
    };
    let (near, far) = (down("NEAR"), down("FAR"));
    assert!(near.0 > far.1 || far.0 > near.1, "both were away: {near:?} {far:?}");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s067_steps_after_the_activation() {
    let radios = [("GOOD", "AV4100", r0()), ("BAD", "AV4100", r0())];
    let stage = Stage::of(&radios).start().await;
    let tasks = ["firmware", "snmp", "buffer", "sop"];
    let job = stage.ran(&["GOOD", "BAD"], &tasks, json!({ "activation_mode": "scheduled" })).await;
    assert_eq!(job["status"], "success", "{job:#}");
    assert!(stage.commits("GOOD").is_empty() && stage.commits("BAD").is_empty(), "nothing before the activation");
    stage.fault("BAD", json!({ "kind": "commit", "how": "abort" }));
    stage.jump_to(NIGHT);
    let good = stage.wait_status("GOOD", "success").await;
    let bad = stage.wait_status("BAD", "error").await;
    for name in ["GOOD", "BAD"] {
        assert_eq!(stage.radio(name).text("active", ""), "6.2.4.12.59373");
        let up = stage.radio(name).number("up_since", f64::MAX);
        assert!(stage.commands(name, "snmp ").iter().all(|line| line.at > up));
        assert!(!stage.commands(name, "snmp ").is_empty());
    }
    assert_eq!(stage.radio("GOOD").text("snmp_community", ""), COMMUNITY);
    assert_eq!(stage.radio("GOOD").number("buffer_kbytes", 0.0), 2500.0);
    for step in ["firmwareStatus", "snmpStatus", "bufferStatus", "sopStatus"] {
        assert_eq!(good[step], "success", "{good:#}");
    }
    assert_eq!((&bad["firmwareStatus"], &bad["snmpStatus"]), (&json!("success"), &json!("error")), "{bad:#}");
    assert!(bad["error"].as_str().unwrap().contains("Aborted"), "{bad:#}");
    assert_ne!(stage.radio("BAD").text("snmp_community", ""), COMMUNITY);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s068_removed_while_scheduled() {
    let stage = Stage::of(&[("GONE", "AV4100", r0()), ("STAYS", "AV4100", r0())]).real_time().start().await;
    schedule(&stage, &["GONE", "STAYS"], None).await;
    stage.call("aviat.queue.update", json!({ "mode": "remove", "radios": [stage.ip("GONE")] })).await;
    assert_eq!(stage.listed("scheduled").await, [stage.ip("STAYS")]);
    stage.jump_to(NIGHT);
    started_at(&stage, "STAYS", NIGHT).await;
    stage.jump_to(SECOND_NIGHT);
    stage.call("health.get", json!({})).await;
    assert!(stage.activations("GONE").is_empty() && stage.boots("GONE").is_empty());
    assert!(stage.queue().await.iter().all(|row| row["ip"] != stage.ip("GONE")));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s069_schedule_edits() {
    let radios = [("A1", "AV4100", r0()), ("A2", "AV4100", r0()), ("B1", "AV4100", r0())];
    let stage = Stage::of(&radios).real_time().start().await;
    schedule(&stage, &["A1", "A2"], None).await;
    let other = stage.operator();
    let payload = stage.payload(
        &["B1"],
        &["firmware", "snmp"],
        json!({
            "activation_mode": "scheduled", "activation_at": "2026-01-16T03:00:00-06:00",
        }),
    );
    assert_eq!(other.run("aviat.run", payload).await["status"], "success");
    let before = stage.row("B1").await;
    // A moves one of hers to the second night.
    let sync = json!({ "ips": [stage.ip("A1")], "activation_at": "2026-01-17T02:00:00-06:00" });
    stage.call("aviat.scheduled.sync", sync).await;
    assert_eq!(stage.row("B1").await, before);
    let mut scheduled = stage.listed("scheduled").await;
    scheduled.sort();
    assert_eq!(scheduled, [stage.ip("A1"), stage.ip("A2"), stage.ip("B1")]);
    stage.jump_to(NIGHT);
    started_at(&stage, "A2", NIGHT).await;
    stage.jump_to("2026-01-16T03:00:00-06:00");
    started_at(&stage, "B1", "2026-01-16T03:00:00-06:00").await;
    assert_eq!(stage.radio("B1").text("snmp_community", ""), COMMUNITY, "with the steps that B had asked for");
    assert!(stage.activations("A1").is_empty());
    // And empties what is left of hers.
    let error = stage.refused("aviat.scheduled.sync", json!({ "ips": [] })).await;
    assert!(error.contains("No scheduled IPs provided"), "{error}");
    stage.call("aviat.scheduled.sync", json!({ "ips": [], "own": true })).await;
    assert!(stage.listed("scheduled").await.is_empty());
    stage.jump_to(SECOND_NIGHT);
    stage.call("health.get", json!({})).await;
    assert!(stage.activations("A1").is_empty());
    stage.finish().await;
}

/// What B has scheduled stays when A empties hers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s069_emptying_touches_nobody_else() {
    let stage = Stage::of(&[("A", "AV4100", r0()), ("B", "AV4100", r0())]).real_time().start().await;
    schedule(&stage, &["A"], None).await;
    let other = stage.operator();
    let payload = stage.payload(&["B"], &["firmware"], json!({ "activation_mode": "scheduled" }));
    assert_eq!(other.run("aviat.run", payload).await["status"], "success");
    let before = stage.row("B").await;
    stage.call("aviat.scheduled.sync", json!({ "ips": [], "own": true })).await;
    assert_eq!(stage.listed("scheduled").await, [stage.ip("B")]);
    assert_eq!(stage.row("B").await, before);
    stage.jump_to(NIGHT);
    started_at(&stage, "B", NIGHT).await;
    assert!(stage.activations("A").is_empty());
    stage.finish().await;
}
