//! The interactive console: M08, M09 to M15, M19.

use serde_json::json;
use towerhand::drivers::ConfigOptions;
use towerhand::drivers::routeros::commands;
use towerhand::drivers::routeros::parse::identity;
use towerhand::drivers::routeros::parse::resource::Resource;
use towerhand::drivers::routeros::platform::{PTY, SHELL};
use towerhand::model::FailureClass;
use towerhand::transport::ssh::shell::{Patterns, Platform, Shell};
use towerhand::transport::ssh::{Connection, Pty};

use super::bench::Bench;

async fn name(bench: &Bench, shell: &mut Shell) -> Option<String> {
    let reply = shell.command(&bench.cx, commands::IDENTITY, &bench.ssh.limits()).await.unwrap();
    assert_eq!(reply.text.lines().filter(|line| !line.trim().is_empty()).count(), 1, "{:?}", reply.text);
    identity::parse(&reply.text)
}

#[tokio::test]
async fn m08_a_dumb_console_leaves_no_echo() {
    for cut in ["", "]", "\r", ">", "\x1b", " "] {
        let bench = Bench::start(json!({"version": "6.49.17", "repaint": "dumb", "echo": "char"})).await;
        bench.split(cut);
        let (connection, mut shell) = bench.router().console().await.unwrap();
        assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-KETTLE-1"), "cut after {cut:?}");
        shell.close().await;
        connection.close().await;
        assert_eq!(bench.received("auth"), ["password admin+ct511w4098h"]);
        bench.closed().await;
    }
}

#[tokio::test]
async fn m09_a_refused_suffix_is_tried_without_once() {
    let bench = Bench::start(json!({"version": "7.16", "reject_suffix": true})).await;
    let (connection, mut shell) = bench.router().console().await.unwrap();
    assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-KETTLE-1"));
    connection.close().await;
    assert_eq!(bench.received("auth"), ["password admin+ct511w4098h", "password admin"]);
}

#[tokio::test]
async fn m09_a_wrong_password_is_tried_twice_at_most() {
    let bench = Bench::start(json!({"password": "another"})).await;
    let failure = bench.router().console().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert_eq!(bench.received("auth").len(), 2);
    let failure = bench.router().facts().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    assert_eq!(bench.received("auth").len(), 3, "exec needs no suffix and has no second try");
    bench.closed().await;
}

/// [`SHELL`] for one who does not answer probes.
static DEAF: Platform = Platform {
    name: SHELL_NAME,
    prompts: &[],
    echo: towerhand::transport::ssh::shell::Echo::Line,
    line_end: "\r",
    pagers: &[],
    dialogues: &[],
    answers_probes: false,
    log_lines: &[],
    refusals: &[],
    quiet: std::time::Duration::from_millis(150),
    patterns: Patterns::new(),
};
const SHELL_NAME: &str = "RouterOS without a terminal";

#[tokio::test]
async fn m10_unanswered_probes_are_an_error_and_no_hang() {
    let mut bench = Bench::start(json!({"version": "7.16"})).await;
    bench.ssh.login_seconds = 3;
    let mut connection = Connection::open(&bench.cx, &bench.target, &bench.ssh, None).await.unwrap();
    let failure = connection.shell(&bench.cx, PTY, &DEAF).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(failure.sentence.contains("TWR-KETTLE-1"), "{failure}");
    connection.close().await;
    bench.closed().await;
}

#[tokio::test]
async fn m11_whatever_the_router_asks_first_the_prompt_is_reached() {
    let note =
        "Ring the tower's landlord first.\n[admin@TWR-KETTLE-1] > is what you will see\nkeys hang in the ] > shed\n";
    for (knob, value, asked) in [
        ("licence_question", json!(true), Some("licence question: n")),
        ("demo_page", json!(true), Some("demo page: enter")),
        ("password_nag", json!(true), Some("password nag: ctrl-c")),
        ("banner", json!(note), None),
    ] {
        let bench = Bench::start(json!({"version": "7.21", knob: value})).await;
        let (connection, mut shell) = bench.router().console().await.unwrap();
        assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-KETTLE-1"), "{knob}");
        connection.close().await;
        let answers: Vec<String> = bench.received("shell").into_iter().filter(|line| line.contains(": ")).collect();
        assert_eq!(answers, asked.into_iter().collect::<Vec<_>>());
        let noted = bench.notes().iter().any(|note| note.starts_with("the router") && note.contains("asked"));
        assert_eq!(noted, asked.is_some(), "{knob}: {:?}", bench.notes());
        assert_eq!(bench.device.text("password", "sim"), "sim");
    }
}

#[tokio::test]
async fn m12_log_lines_are_neither_failures_nor_configuration() {
    for version in ["6.49.17", "7.16"] {
        for place in ["login", "idle", "mid"] {
            let bench = Bench::start(json!({
                "version": version,
                "log_line": "login failure for user admin from 192.0.2.31 via api",
                "log_line_at": [place],
            }))
            .await;
            let (connection, mut shell) = bench.router().console().await.unwrap();
            let reply = shell.command(&bench.cx, "/export terse", &bench.ssh.limits()).await.unwrap();
            let (_, text) = reply.text.split_once('\n').unwrap();
            assert_eq!(text.trim_end(), bench.held("/export terse").trim_end(), "{version} {place}");
            let reply = shell.command(&bench.cx, commands::RESOURCE, &bench.ssh.limits()).await.unwrap();
            let resource = Resource::parse(&reply.text).unwrap();
            assert_eq!(resource.installed.unwrap().version.to_string(), version);
            connection.close().await;
        }
    }
}

#[tokio::test]
async fn m12_a_log_line_does_not_spoil_the_second_path() {
    let bench = Bench::start(json!({
        "log_line": "login failure for user admin from 192.0.2.31 via api",
        "log_line_at": ["login", "mid"],
    }))
    .await;
    bench.turn_before("/export", 1, json!({"no_exit_status": true}));
    let (_, config) = bench.router().running_config(ConfigOptions::default()).await.unwrap();
    assert_eq!((config.path, config.text), ("shell", bench.held("/export terse")));
}

#[tokio::test]
async fn m13_prompts_of_every_shape() {
    let sixty = "t".repeat(60);
    for (index, identity) in ["Tower 5 / North", "a]b>c", "O'Brien", &sixty, "Türm ñ 塔", "x] > y"].iter().enumerate()
    {
        let version = if index % 2 == 0 { "7.16" } else { "6.49.17" };
        let bench = Bench::start(json!({"version": version, "identity": identity})).await;
        bench.split("]");
        let (connection, mut shell) = bench.router().console().await.unwrap();
        for _ in 0..5 {
            assert_eq!(name(&bench, &mut shell).await.as_deref(), Some(*identity));
            let reply = shell.command(&bench.cx, commands::RESOURCE, &bench.ssh.limits()).await.unwrap();
            assert!(Resource::parse(&reply.text).is_some(), "{:?}", reply.text);
        }
        connection.close().await;
    }
}

#[tokio::test]
async fn m14_a_new_name_is_learned() {
    let bench = Bench::start(json!({"version": "7.16"})).await;
    let (connection, mut shell) = bench.router().console().await.unwrap();
    let limits = bench.ssh.limits().with_effect();
    shell.enter(&bench.cx, "/system identity set name=TWR-NEW", &limits).await.unwrap();
    assert_eq!(shell.prompt(), "[admin@TWR-NEW] > ");
    assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-NEW"));
    connection.close().await;
}

#[tokio::test]
async fn m15_no_pager_gets_into_an_answer() {
    for version in ["6.49.17", "7.16"] {
        let bench = Bench::start(json!({"version": version, "routes": 100})).await;
        let mut connection = Connection::open(&bench.cx, &bench.target, &bench.ssh, Some("+ct200w24h")).await.unwrap();
        let pty = Pty { term: "vt100", cols: 200, rows: 24 };
        let mut shell = connection.shell(&bench.cx, pty, &SHELL).await.unwrap();
        let reply = shell.command(&bench.cx, "/ip route print", &bench.ssh.limits()).await.unwrap();
        let routes: Vec<&str> = reply.text.lines().filter(|line| line.trim_start().starts_with("DA")).collect();
        assert_eq!(routes.len(), 100, "{}", reply.text);
        assert!(!reply.text.contains("Q quit"), "{}", reply.text);
        assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-KETTLE-1"));
        connection.close().await;
    }
}

#[tokio::test]
async fn m19_a_question_for_an_argument_is_not_waited_on() {
    let bench = Bench::start(json!({"version": "7.16"})).await;
    let (connection, mut shell) = bench.router().console().await.unwrap();
    let failure = shell.command(&bench.cx, "/ip address remove", &bench.ssh.limits()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused);
    assert!(failure.sentence.contains("numbers"), "{failure}");
    assert_eq!(bench.received("shell").last().map(String::as_str), Some("numbers:: ctrl-c"));
    assert_eq!(name(&bench, &mut shell).await.as_deref(), Some("TWR-KETTLE-1"));
    connection.close().await;
}
