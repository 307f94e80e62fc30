//! Prompts, echoes, engines, algorithms, the limit of sessions: N05 to N08, N12 to N14.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use serde_json::json;
use towerhand::drivers::nokia::parse::notices::without_switches;
use towerhand::drivers::nokia::parse::prompt::{Edit, Engine, Prompt};
use towerhand::model::{FailureClass, SshProfile};
use towerhand::transport::ssh::Connection;
use towerhand_simulators::core::Fault;

use super::bench::{Bench, NAME};

#[tokio::test]
async fn n05_every_prompt_is_reached_and_recognised() {
    for (prompt, engine, edit, dirty, outdated, context) in [
        ("A:host# ", Engine::Classic, None, false, false, ""),
        ("*A:host# ", Engine::Classic, None, true, false, ""),
        ("B:host# ", Engine::Classic, None, false, false, ""),
        ("*B:host# ", Engine::Classic, None, true, false, ""),
        ("A:Pine Ridge, hut 2# ", Engine::Classic, None, false, false, ""),
        ("A:host>config>router>if$ ", Engine::Classic, None, false, false, "config>router>if"),
        ("[]\nA:admin@host# ", Engine::Md, None, false, false, ""),
        ("[/]\nA:admin@host# ", Engine::Md, None, false, false, ""),
        ("(ex)[]\nA:admin@host# ", Engine::Md, Some(Edit::Exclusive), false, false, ""),
        (
            "*(pr)[/configure port 1/1/7]\nA:admin@host# ",
            Engine::Md,
            Some(Edit::Private),
            true,
            false,
            "/configure port 1/1/7",
        ),
        ("!*(gl)[/]\nA:admin@host# ", Engine::Md, Some(Edit::Global), true, true, ""),
        ("[ex:/configure]\nA:admin@host# ", Engine::Md, Some(Edit::Exclusive), false, false, "/configure"),
        ("(ex:bof)[/]\nA:admin@host# ", Engine::Md, Some(Edit::Exclusive), false, false, ""),
    ] {
        let bench = Bench::start(json!({"prompt": prompt, "fragment_seed": 4, "personality": "ixr-mixed-23.10"})).await;
        let (connection, shell) = bench.shell().await;
        assert_eq!(shell.prompt(), prompt);
        let seen = Prompt::parse(shell.prompt()).unwrap();
        assert_eq!((seen.engine, seen.edit, seen.dirty, seen.outdated), (engine, edit, dirty, outdated), "{prompt}");
        assert_eq!(seen.context, context);
        connection.close().await;
        bench.closed().await;
    }
}

/// 200 commands, 50 in each of four sessions, with 100 ms between the two lines of each prompt.
#[tokio::test]
async fn n06_a_prompt_that_comes_in_two_parts_never_puts_answers_out_of_step() {
    let bench =
        Arc::new(Bench::start(json!({"personality": "ixr-md-24.10", "prompt_gap_ms": 100, "fragment_seed": 6})).await);
    let sessions = (0..4).map(async |_| {
        let (connection, mut shell) = bench.shell().await;
        bench.say(&mut shell, "environment more false").await;
        for _ in 0..25 {
            assert!(bench.say(&mut shell, "show version").await.starts_with("TiMOS-B-24.10.R2"));
            assert!(bench.say(&mut shell, "show bof").await.contains("BOF (Memory)"));
        }
        connection.close().await;
    });
    join_all(sessions).await;
    assert_eq!(bench.typed("md: show "), 200);
    bench.closed().await;
}

#[tokio::test]
async fn n07_a_completed_echo_takes_no_line_of_the_answer() {
    for seed in 0..5 {
        let bench = Bench::start(json!({"fragment_seed": seed})).await;
        let (connection, mut shell) = bench.shell().await;
        for line in ["show version", "sh ver", "show version"] {
            let answer = bench.say(&mut shell, line).await;
            let first = answer.lines().next().unwrap();
            assert_eq!(first, "TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.", "{line}");
            assert_eq!(answer.lines().count(), 3, "{answer}");
        }
        let answer = bench.say(&mut shell, "shwo version").await;
        assert!(answer.ends_with("Error: Bad command."), "{answer}");
        connection.close().await;
    }
}

#[tokio::test]
async fn n08_notices_and_the_embedded_prompt_are_stripped_and_the_next_answer_is_its_own() {
    for seed in 0..5 {
        let bench = Bench::start(json!({"personality": "ixr-md-24.10", "fragment_seed": seed, "unsaved": true})).await;
        let (connection, mut shell) = bench.shell().await;
        let line = "//environment no more";
        let answer = bench.say(&mut shell, line).await;
        assert!(answer.contains("INFO: CLI #2051") && answer.contains("INFO: CLI #2052"), "{answer}");
        assert!(answer.contains(&format!("*A:{NAME}# /environment no more")), "{answer}");
        assert_eq!(without_switches(&answer, line), "");
        let answer = without_switches(&bench.say(&mut shell, "//show bof").await, "//show bof");
        assert!(answer.lines().nth(1) == Some("BOF (Memory)"), "{answer}");
        assert!(!answer.contains("INFO") && !answer.contains('#'), "{answer}");
        assert!(bench.say(&mut shell, "show version").await.starts_with("TiMOS-B-24.10.R2"));
        connection.close().await;
    }
}

#[tokio::test]
async fn n12_facts_are_those_of_the_chassis() {
    for (personality, prefixed, psu_first) in [
        ("ixr-classic-22.10", false, false),
        ("ixr-classic-22.10", true, true),
        ("ixr-md-24.10", true, false),
        ("ixr-mixed-23.10", false, true),
    ] {
        let bench = Bench::start(json!({
            "personality": personality, "prefixed": prefixed, "psu_first": psu_first, "model": "7250 IXR-R6",
            "uptime_seconds": 1_000_000, "fragment_seed": 8,
        }))
        .await;
        let facts = bench.router().facts().await.unwrap();
        assert_eq!(facts.name.as_deref(), Some(NAME));
        assert_eq!(facts.model.as_deref(), Some("7250 IXR-R6"));
        let version = match personality {
            "ixr-md-24.10" => "24.10.R2",
            "ixr-mixed-23.10" => "23.10.R4",
            _ => "22.10.R9",
        };
        assert_eq!(facts.version.as_deref(), Some(version));
        assert_eq!(facts.serial.as_deref(), Some("NS2234F0601"), "not a power supply's");
        assert!((1_000_000..1_000_100).contains(&facts.uptime.unwrap().as_secs()));
        assert_eq!(facts.more["management_address"], "192.0.2.60/24");
        assert_eq!(facts.more["part_number"], "3HE14782AARC01");
        bench.closed().await;
    }
}

async fn open(bench: &mut Bench, profile: SshProfile) -> Result<Connection, towerhand::model::Failure> {
    bench.target.ssh_profile = profile;
    Connection::open(&bench.cx, &bench.target, &bench.ssh, None).await
}

#[tokio::test]
async fn n13_a_hardened_box_and_one_as_delivered_need_nothing_weak() {
    for (profile, kex) in
        [("group16-only", "diffie-hellman-group16-sha512"), ("timos-22", "diffie-hellman-group14-sha256")]
    {
        let mut bench = Bench::start(json!({"profile": profile})).await;
        let connection = open(&mut bench, SshProfile::Modern).await.unwrap();
        assert_eq!(connection.negotiated().kex, kex);
        assert_eq!(connection.negotiated().weak(), [""; 0]);
        connection.close().await;
        bench.closed().await;
    }
}

#[tokio::test]
async fn n13_sha1_only_where_it_is_allowed() {
    for profile in ["sha1-only", "timos-old"] {
        let mut bench = Bench::start(json!({"profile": profile})).await;
        let failure = open(&mut bench, SshProfile::Modern).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.sentence.contains("legacy"), "says what to do: {failure}");
        assert_eq!(bench.received("auth"), [""; 0]);
        let connection = open(&mut bench, SshProfile::Legacy).await.unwrap();
        assert!(!connection.negotiated().weak().is_empty());
        connection.close().await;
        assert_eq!(bench.router().facts().await.unwrap().version.as_deref(), Some("22.10.R9"));
    }
}

#[tokio::test]
async fn n13_keyboard_interactive_alone() {
    let bench = Bench::start(json!({"auth": ["keyboard-interactive"]})).await;
    bench.router().facts().await.unwrap();
    assert_eq!(bench.received("auth"), ["keyboard-interactive admin accepted"]);
    bench.closed().await;
}

#[tokio::test]
async fn n14_two_hundred_runs_leave_no_session() {
    let benches = join_all((0..20).map(|_| Bench::start(json!({"fragment_seed": 1})))).await;
    let runs = benches.iter().flat_map(|bench| {
        (0..2).map(async |_| {
            for run in 0..5 {
                match run {
                    0 => drop(bench.router().running_config().await.unwrap()),
                    _ => drop(bench.router().facts().await.unwrap()),
                }
            }
        })
    });
    join_all(runs).await;
    for bench in &benches {
        bench.closed().await;
        let opened = bench.received("session").iter().filter(|entry| *entry == "session open").count();
        assert_eq!(opened, 10);
        assert!(!bench.received("session").contains(&"session refused".to_owned()));
    }
}

#[tokio::test]
async fn n14_the_sixth_login_waits_for_a_seat() {
    for limit_by in ["disconnect", "drop"] {
        let bench = Bench::start(json!({"limit_by": limit_by, "max_sessions": 5})).await;
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(bench.shell().await);
        }
        if limit_by == "drop" {
            // The device says nothing: it may have been anything.
            let failure = bench.router().facts().await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
            continue;
        }
        let last = Arc::new(Mutex::new(held.pop()));
        let seat = last.clone();
        bench.when_noted(move |what| {
            if what.contains("trying again in 3 s") {
                // Dropping it disconnects.
                drop(seat.lock().unwrap().take());
            }
        });
        let facts = bench.router().facts().await.unwrap();
        assert_eq!(facts.version.as_deref(), Some("22.10.R9"));
        assert!(last.lock().unwrap().is_none(), "it had to wait");
        let refused = bench.received("session").iter().filter(|entry| *entry == "session refused").count();
        assert_eq!(refused, 1);
        for (connection, _) in held {
            connection.close().await;
        }
        bench.closed().await;
    }
}

#[tokio::test]
async fn n14_where_no_seat_comes_free_the_login_is_tried_three_times_and_the_class_says_so() {
    let bench = Bench::start(json!({"max_sessions": 0})).await;
    let failure = bench.router().facts().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::SessionLimit, "{failure}");
    assert_eq!(bench.received("session").iter().filter(|entry| *entry == "session refused").count(), 3);
    bench.closed().await;
}

#[tokio::test]
async fn n15_a_wrong_password_is_presented_once() {
    let bench = Bench::start(json!({"password": "another"})).await;
    let failure = bench.router().facts().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    let failure = bench.router().running_config().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert_eq!(bench.received("auth"), ["password admin refused"; 2]);
    bench.closed().await;
}

#[tokio::test]
async fn a_lost_or_mute_session_is_closed() {
    let mut bench = Bench::start(json!({})).await;
    bench.ssh.idle_seconds = 2;
    for (fault, class) in [
        (Fault::Drop { after: Some("show chassis".to_owned()), bytes: None }, FailureClass::Protocol),
        (Fault::Mute { after: Some("show chassis".to_owned()) }, FailureClass::Timeout),
    ] {
        bench.device.clear_faults();
        bench.device.add_fault(fault);
        let failure = bench.router().device_info(true).await.unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        bench.closed().await;
    }
}

/// The driver has no need of it; the simulator answers as the device does.
#[tokio::test]
async fn an_exec_channel_runs_one_line_of_the_engine_that_a_login_finds() {
    for (personality, line, end) in [
        ("ixr-classic-22.10", "admin display-config", " UTC"),
        ("ixr-md-24.10", "admin show configuration full-context | no-more", "Z"),
    ] {
        let bench = Bench::start(json!({"personality": personality})).await;
        let mut connection = open_plain(&bench).await;
        let output = connection.exec(&bench.cx, line, &bench.ssh.limits()).await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("# TiMOS-B-") && text.trim_end().ends_with(end), "{text}");
        assert!(!text.contains("Press"), "{text}");
        assert_eq!(output.exit_status, Some(0));
        connection.close().await;
        bench.closed().await;
    }
}

async fn open_plain(bench: &Bench) -> Connection {
    Connection::open(&bench.cx, &bench.target, &bench.ssh, None).await.unwrap()
}
