//! Fault by transport.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{NO_SECRETS, at_rest, nothing_is_left, with_addresses};

/// Longer than any chain of deadlines in the settings of these tests.
const BOUND: Duration = Duration::from_secs(45);

/// What becomes of a job.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The result, as if there were no fault.
    Well,
    /// An error of this class, whose sentence holds these words.
    Error(&'static str, &'static str),
}

/// A fault, what becomes of the job, and how often what is counted was received.
struct Case {
    name: &'static str,
    faults: Vec<Fault>,
    end: End,
    /// Channel of the journal, part of the input, and how many of them there are.
    seen: (&'static str, &'static str, usize),
    /// What the result is under the fault, where it is another than without.
    sound: Option<fn(&Value, &str) -> bool>,
}

fn case(name: &'static str, fault: Fault, end: End, seen: (&'static str, &'static str, usize)) -> Case {
    Case { name, faults: vec![fault], end, seen, sound: None }
}

fn drop_after(command: &str) -> Fault {
    Fault::Drop { after: Some(command.to_owned()), bytes: None }
}

fn drop_at(bytes: u64) -> Fault {
    Fault::Drop { after: None, bytes: Some(bytes) }
}

fn mute_after(command: &str) -> Fault {
    Fault::Mute { after: Some(command.to_owned()) }
}

fn garbage(endless: bool) -> Fault {
    Fault::Garbage { bytes: None, endless }
}

fn split(after: &str) -> Fault {
    Fault::Split { after: after.to_owned(), ms: 0 }
}

/// All cases at once, each on a device of its own; then all of them again without their faults.
async fn run(net: u8, kind: &str, state: Value, action: &str, cases: Vec<Case>, sound: fn(&Value, &str) -> bool) {
    run_with("", net, kind, state, action, cases, sound).await;
}

/// The same with more settings.
async fn run_with(
    settings: &str,
    net: u8,
    kind: &str,
    state: Value,
    action: &str,
    cases: Vec<Case>,
    sound: fn(&Value, &str) -> bool,
) {
    let devices = cases.iter().map(|case| (case.name.to_owned(), kind, state.clone())).collect();
    let (lab, daemon) = with_addresses(net, devices, settings).await;
    let tasks = at_rest(&daemon).await;
    // What a device showed first is pinned: a host key can only change after that.
    for case in cases.iter().filter(|case| case.faults == [Fault::Hostkey {}]) {
        daemon.api.response(action, json!({ "device": case.name })).await;
        lab.device(case.name).unwrap().clear_journal();
    }
    let started = towerhand::clock::Stopwatch::start();
    let mut jobs = Vec::new();
    for case in &cases {
        for fault in &case.faults {
            lab.device(case.name).unwrap().add_fault(fault.clone());
        }
        jobs.push(daemon.api.submit(action, json!({ "device": case.name })).await);
    }
    for (case, id) in cases.iter().zip(jobs) {
        let job = daemon.api.ended(&id).await;
        let device = lab.device(case.name).unwrap();
        match case.end {
            End::Well => {
                assert_eq!(job["status"], "success", "{}: {job}", case.name);
                let sound = case.sound.unwrap_or(sound);
                assert!(sound(&job["result"]["response"], case.name), "{}: {job}", case.name);
            }
            End::Error(class, words) => {
                assert_eq!((&job["status"], &job["result"]), (&json!("error"), &Value::Null), "{}: {job}", case.name);
                let error = job["error"].as_str().unwrap();
                let head = format!("{class}: {} ({}): ", case.name, device.address);
                assert!(error.starts_with(&head) && error.contains(words), "{}: {error}", case.name);
                assert!(error.len() < 600, "{}: {error}", case.name);
            }
        }
        let (channel, part, times) = case.seen;
        let journal = device.journal();
        let count = journal.iter().filter(|entry| entry.channel == channel && entry.input.contains(part)).count();
        assert_eq!(count, times, "{}: {journal:?}", case.name);
    }
    assert!(started.elapsed() < BOUND, "it took {:?}", started.elapsed());

    for device in lab.devices() {
        device.clear_faults();
    }
    nothing_is_left(&lab, &daemon, &tasks).await;
    for case in &cases {
        let response = daemon.api.response(action, json!({ "device": case.name })).await;
        assert!(sound(&response, case.name), "{} afterwards: {response}", case.name);
    }
    nothing_is_left(&lab, &daemon, &tasks).await;
    daemon.stop().await;
}

/// Cases that strike before any command, and those that strike at `command`, the last of the action.
fn ssh_cases(command: &'static str, first: &'static str, readings: usize) -> Vec<Case> {
    let first_seen = ("exec", first, 1);
    // What came whole but is no answer of this family is read once more where a reading may be cut.
    let read = ("exec", first, readings);
    let seen = ("exec", command, 1);
    vec![
        // Nothing can have happened yet: one more attempt.
        case("refused", Fault::Refuse {}, End::Error("protocol_error", "before the login"), ("tcp", "refused", 2)),
        case("mute", Fault::Mute { after: None }, End::Error("timeout", "is that port SSH?"), ("tcp", "open", 1)),
        case("auth", Fault::Auth {}, End::Error("auth_failed", "correct the credentials"), ("auth", "password", 1)),
        case("hostkey", Fault::Hostkey {}, End::Error("host_key_changed", "accept-key"), ("auth", "", 0)),
        // A command was sent: it is not sent again behind anybody's back.
        case("drop-after", drop_after(command), End::Error("protocol_error", "see its log and the link"), seen),
        case("drop-bytes", drop_at(100), End::Error("protocol_error", "dropped the connection"), first_seen),
        case("mute-after", mute_after(command), End::Error("timeout", "raise `idle_seconds`"), seen),
        case("slow-well", Fault::Slow { ms: 200 }, End::Well, seen),
        case("slow", Fault::Slow { ms: 30_000 }, End::Error("timeout", "silence of 4 s"), first_seen),
        case("garbage", garbage(false), End::Error("protocol_error", "is it RouterOS?"), read),
        case("garbage-endless", garbage(true), End::Error("protocol_error", "2000000 bytes"), first_seen),
        case("split-lines", split("\r\n"), End::Well, seen),
        case("split-bytes", split(""), End::Well, seen),
    ]
}

/// Sizes of exports here, bytes; the answer before it is shorter than half of that.
const EXPORT: u64 = 6_000;

fn whole_config(response: &Value, name: &str) -> bool {
    response.as_str().is_some_and(|text| {
        text.ends_with('\n') && text.len() > 4_000 && text.contains(&format!("/system identity set name={name}\n"))
    })
}

/// As it is by default: the version, then the export with its secrets.
#[tokio::test]
async fn ssh_running_config() {
    let marked = |response: &Value, name: &str| {
        whole_config(response, name) && response.as_str().is_some_and(|text| text.contains("password=<redacted:"))
    };
    let state = json!({ "version": "7.16", "export_bytes": EXPORT });
    let export = "/export terse show-sensitive";
    let mut cases = ssh_cases(export, "/system resource print", 1);
    // In the middle of the export, which is not asked for again on another connection.
    let words = End::Error("protocol_error", "dropped the connection");
    cases.push(case("drop-in-export", drop_at(EXPORT / 2), words, ("exec", export, 1)));
    // What is said instead of the version, or of the config.
    let odd = Fault::RefuseCommand { command: "/system resource".to_owned(), text: "interrupted".to_owned() };
    cases.push(case("no-version", odd, End::Error("device_refused", "interrupted"), ("exec", "/export", 0)));
    let denied = Fault::RefuseCommand { command: "show-".to_owned(), text: "not enough permissions (9)".to_owned() };
    cases.push(Case { sound: Some(whole_config), ..case("denied", denied, End::Well, ("exec", "/export", 2)) });
    run(21, "routeros", state, "ido.swt.running_config", cases, marked).await;
}

/// Without secrets it is one command, of which the version is not known.
#[tokio::test]
async fn ssh_running_config_without_secrets() {
    let state = json!({ "version": "7.16", "export_bytes": EXPORT });
    let export = "/export terse hide-sensitive";
    let kept = ["drop-after", "drop-bytes", "mute-after", "slow", "garbage", "garbage-endless", "split-bytes"];
    let mut cases = ssh_cases(export, export, 2);
    cases.retain(|case| kept.contains(&case.name));
    assert_eq!(cases.len(), kept.len());
    run_with(NO_SECRETS, 27, "routeros", state, "ido.swt.running_config", cases, whole_config).await;
}

#[tokio::test]
async fn ssh_device_info() {
    let sound = |response: &Value, name: &str| {
        response["name"] == name && response["success"] == true && response["firmware"] == "7.16"
    };
    let cases = ssh_cases("/interface print", "/system resource print", 1);
    run(22, "routeros", json!({ "version": "7.16" }), "ido.swt.device_info", cases, sound).await;
}

#[tokio::test]
async fn snmp_device_info() {
    let sound = |response: &Value, _: &str| response["success"] == true && response["model"].is_string();
    let silent = End::Error("timeout", "SNMP may be off");
    // A request that nobody answered is sent once more, as settings say; no later one is sent at all.
    let cases = vec![
        case("refused", Fault::Refuse {}, silent, ("snmp", "", 0)),
        case("mute", Fault::Mute { after: None }, silent, ("snmp", "", 2)),
        case("auth", Fault::Auth {}, End::Error("timeout", "the community may be wrong"), ("auth", "community", 2)),
        case("drop", Fault::Drop { after: None, bytes: None }, silent, ("snmp", "", 2)),
        case("drop-after", drop_after("1.3.6.1.2.1.1"), silent, ("snmp", "", 2)),
        case("drop-bytes", drop_at(10), silent, ("snmp", "", 2)),
        case("slow", Fault::Slow { ms: 20_000 }, silent, ("snmp", "", 2)),
        case("garbage", garbage(false), silent, ("snmp", "", 2)),
        case("garbage-endless", garbage(true), silent, ("snmp", "", 2)),
        case("slow-well", Fault::Slow { ms: 20 }, End::Well, ("auth", "", 0)),
        case("split", split(""), End::Well, ("auth", "", 0)),
    ];
    run(23, "apc-ups", json!({}), "ido.ups.device_info", cases, sound).await;
}

#[tokio::test]
async fn http_page() {
    let sound = |response: &Value, _: &str| response["success"] == true && response["outputs_off"].is_u64();
    let once = ("http", "GET /", 1);
    let cases = vec![
        case("refused", Fault::Refuse {}, End::Error("protocol_error", "is its page on this port?"), ("http", "", 0)),
        case("mute", Fault::Mute { after: None }, End::Error("timeout", "in a browser"), once),
        case("mute-after", mute_after("GET /"), End::Error("timeout", "within 4 s"), once),
        case("auth", Fault::Auth {}, End::Error("auth_failed", "correct the credentials"), ("auth", "refused", 1)),
        case("drop-after", drop_after("GET /"), End::Error("protocol_error", "is its page on this port?"), once),
        case("drop-bytes", drop_at(100), End::Error("protocol_error", "is its page on this port?"), once),
        case("slow", Fault::Slow { ms: 20_000 }, End::Error("timeout", "within 4 s"), once),
        case("garbage", garbage(false), End::Error("protocol_error", "is its page on this port?"), once),
        case("garbage-endless", garbage(true), End::Error("protocol_error", "is its page on this port?"), once),
        case("slow-well", Fault::Slow { ms: 200 }, End::Well, once),
        case("split", split(""), End::Well, once),
    ];
    run(24, "ict-rpc", json!({}), "ido.rpc.device_info", cases, sound).await;
}
