//! Reading the running config by exec: M01 to M07, M16, M17.

use std::time::Duration;

use serde_json::json;
use towerhand::drivers::ConfigOptions;
use towerhand::model::FailureClass;
use towerhand_simulators::core::Fault;

use super::bench::Bench;

const SHOWN: ConfigOptions = ConfigOptions { show_secrets: true };
const HIDDEN: ConfigOptions = ConfigOptions { show_secrets: false };

#[tokio::test]
async fn m01_an_export_comes_home_byte_for_byte() {
    let bench = Bench::start(json!({"version": "7.16", "export_bytes": 300_000})).await;
    let (facts, config) = bench.router().running_config(SHOWN).await.unwrap();
    assert_eq!(config.text, bench.held("/export terse show-sensitive"));
    assert!(config.text.len() > 290_000);
    assert_eq!((config.path, config.warnings), ("exec", vec![]));
    assert!(config.raw_bytes > config.text.len() as u64, "CR and the line of the date came over the wire");
    assert_eq!(bench.received("exec"), ["/system resource print", "/export terse show-sensitive"]);
    assert_eq!(bench.received("auth"), ["password admin"]);
    assert_eq!(facts.version.as_deref(), Some("7.16"));
    assert_eq!(facts.name.as_deref(), Some("TWR-KETTLE-1"));
    assert!(facts.serial.is_some_and(|serial| serial.starts_with("HFX")));
    let note = bench.notes().into_iter().find(|note| note.contains("of export in")).unwrap();
    assert!(note.contains(&config.raw_bytes.to_string()) && note.ends_with("exit status 0"), "{note}");
    bench.closed().await;
}

#[tokio::test]
async fn m01_however_the_packets_are_cut() {
    for cut in ["\r", "\n", "\\", "=", "\"", "/"] {
        let bench = Bench::start(json!({"version": "6.49.17", "export_bytes": 20_000})).await;
        bench.split(cut);
        let (_, config) = bench.router().running_config(SHOWN).await.unwrap();
        assert_eq!(config.text, bench.held("/export terse"), "cut after {cut:?}");
    }
}

#[tokio::test]
async fn m02_a_window_that_is_large_enough_hides_the_bug() {
    let bench = Bench::start(json!({"export_bytes": 5_000_000, "truncate_at_initial_window": true})).await;
    let (_, config) = bench.router().running_config(SHOWN).await.unwrap();
    assert!(config.text == bench.held("/export terse show-sensitive"));
    assert_eq!(config.path, "exec");
}

#[tokio::test]
async fn m02_a_window_that_is_too_small_is_noticed_and_gone_around() {
    let mut bench = Bench::start(json!({"export_bytes": 17_000_000, "truncate_at_initial_window": true})).await;
    bench.ssh.window_bytes = 16 << 20;
    let (_, config) = bench.router().running_config(SHOWN).await.unwrap();
    assert!(config.text == bench.held("/export terse show-sensitive"));
    assert_eq!(config.path, "shell");
    let warning = config.warnings.first().unwrap();
    assert!(warning.contains("16777216 bytes, exactly what a receive window holds"), "{warning}");
    assert_eq!(bench.received("exec").len(), 3);
    assert_eq!(bench.received("auth"), ["password admin", "password admin+ct511w4098h"]);
    bench.closed().await;
}

#[tokio::test]
async fn m03_each_version_is_asked_for_secrets_in_its_own_words() {
    let resource = "/system resource print";
    for (version, options, commands) in [
        ("6.49.17", SHOWN, &[resource, "/export terse"][..]),
        ("6.49.17", HIDDEN, &["/export terse hide-sensitive"]),
        ("7.16", SHOWN, &[resource, "/export terse show-sensitive"]),
        ("7.16", HIDDEN, &["/export terse hide-sensitive"]),
    ] {
        let bench = Bench::start(json!({"version": version, "secrets": {"ppp": "q7-ppp-q7"}})).await;
        let (facts, config) = bench.router().running_config(options).await.unwrap();
        assert_eq!(bench.received("exec"), commands);
        assert_eq!((facts.version.as_deref(), facts.name.as_deref()), (Some(version), Some("TWR-KETTLE-1")));
        assert_eq!(config.text.contains("q7-ppp-q7"), options.show_secrets, "{version} {options:?}");
    }
}

#[tokio::test]
async fn m04_an_error_is_not_a_backup() {
    // The version changes under us, so that the command is wrong; and the exit status says that all is well.
    let bench = Bench::start(json!({"version": "7.16", "exit_status": 0})).await;
    bench.turn_before("/export", 1, json!({"version": "6.49.17"}));
    let failure = bench.router().running_config(SHOWN).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused);
    assert!(failure.sentence.starts_with("TWR-KETTLE-1 (127.0.0.1): "), "{failure}");
    assert!(failure.sentence.contains("expected end of command"), "{failure}");
    assert_eq!(bench.received("exec").len(), 2, "a refusal is not asked for again");
    bench.closed().await;
}

#[tokio::test]
async fn something_else_is_not_an_export() {
    let bench = Bench::start(json!({"export": "# a switch of another vendor\n"})).await;
    let failure = bench.router().running_config(HIDDEN).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol);
    assert!(failure.sentence.contains("is it RouterOS?"), "{failure}");
    assert_eq!(bench.received("auth").len(), 1, "its console is left alone");
    bench.closed().await;
}

#[tokio::test]
async fn m05_partial_marks_are_read_once_more_and_then_refused() {
    for mark in ["#error exporting \"/ip/firewall\" (timeout)", "#interrupted", "#error exporting /ip socks"] {
        let bench = Bench::start(json!({"export_append": [mark]})).await;
        let failure = bench.router().running_config(HIDDEN).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Protocol);
        assert!(failure.sentence.contains("partial"), "{failure}");
        let exports = bench.received("exec").iter().filter(|command| command.starts_with("/export")).count();
        assert_eq!(exports, 2);
        assert_eq!(bench.received("auth").len(), 1, "the console would say the same");
        bench.closed().await;
    }
}

#[tokio::test]
async fn m05_a_second_reading_that_is_whole_is_kept() {
    let bench = Bench::start(json!({"export_append": ["#error exporting \"/ip/firewall\" (timeout)"]})).await;
    bench.turn_before("/export", 2, json!({"export_append": null}));
    let (_, config) = bench.router().running_config(HIDDEN).await.unwrap();
    assert_eq!(config.text, bench.held("/export terse hide-sensitive"));
    assert_eq!(config.warnings.len(), 1);
    assert!(config.warnings.iter().all(|warning| warning.contains("/ip/firewall")), "{:?}", config.warnings);
}

#[tokio::test]
async fn m05_a_menu_that_the_board_has_not_is_a_warning() {
    let bench = Bench::start(json!({"export_append": ["#error exporting \"/system/routerboard/mode-button\""]})).await;
    let (_, config) = bench.router().running_config(HIDDEN).await.unwrap();
    assert_eq!(config.warnings, ["the device cannot export \"/system/routerboard/mode-button\""]);
    assert!(!config.text.contains("mode-button"));
}

#[tokio::test]
async fn m06_a_minute_later_nothing_has_changed() {
    for version in ["6.49.17", "7.9.1", "7.16"] {
        let bench = Bench::start(json!({"version": version, "status_comments": ["# ether5 not ready"]})).await;
        let (_, first) = bench.router().running_config(HIDDEN).await.unwrap();
        let comments = json!(["# poe-out status: short_circuit", "# inactive time"]);
        bench.turn(json!({"clock_offset": 86_460, "status_comments": comments, "wrap": "all"}));
        let (_, second) = bench.router().running_config(HIDDEN).await.unwrap();
        assert_eq!(first.text, second.text, "{version}");
        assert_ne!(first.raw_bytes, second.raw_bytes);
    }
}

#[tokio::test]
async fn m07_wrapped_text_becomes_the_terse_form() {
    let bench = Bench::start(json!({"version": "7.16", "wrap": "all"})).await;
    let (_, config) = bench.router().running_config(SHOWN).await.unwrap();
    bench.turn(json!({"wrap": "none"}));
    assert_eq!(config.text, bench.held("/export terse show-sensitive"));
    assert!(config.text.contains("\\r\\n") && config.text.contains("\\C3\\91orte"), "{}", config.text);
}

#[tokio::test]
async fn m16_a_virtual_router_is_never_asked_for_its_board() {
    let bench = Bench::start(json!({"version": "7.16", "board": "CHR"})).await;
    let facts = bench.router().facts().await.unwrap();
    assert_eq!((facts.model.as_deref(), facts.serial), (Some("CHR"), None));
    let info = bench.router().device_info(true).await.unwrap();
    assert_eq!(info.members.get("health"), Some(&json!(null)));
    assert!(info.tests.iter().all(|test| test.name != "RouterBOOT Version"));
    bench.router().running_config(HIDDEN).await.unwrap();
    assert!(
        bench.received("exec").iter().all(|command| !command.contains("routerboard") && !command.contains("health"))
    );
    assert_eq!(bench.received("log"), [""; 0]);
}

#[tokio::test]
async fn m17_a_slow_board_is_waited_for_and_a_dead_one_is_not() {
    let mut bench = Bench::start(json!({"pause_ms": 45_000, "pause_after_bytes": 1000})).await;
    bench.ssh.idle_seconds = 3;
    bench.device.clock.set_rate(30.0);
    // 1.5 s of silence, below the limit of 3 s.
    bench.router().running_config(HIDDEN).await.unwrap();
    // 6.7 s of silence, above it.
    bench.turn(json!({"pause_ms": 200_000}));
    let failure = bench.router().running_config(HIDDEN).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout);
    bench.closed().await;
}

#[tokio::test]
async fn a_channel_that_ends_without_a_status_is_read_in_the_console() {
    let bench = Bench::start(json!({"version": "7.16"})).await;
    bench.turn_before("/export", 1, json!({"no_exit_status": true}));
    let (_, config) = bench.router().running_config(HIDDEN).await.unwrap();
    assert_eq!(config.path, "shell");
    assert_eq!(config.text, bench.held("/export terse hide-sensitive"));
    assert!(config.warnings.iter().any(|warning| warning.contains("without an exit status")), "{:?}", config.warnings);
    bench.closed().await;
}

#[tokio::test]
async fn a_drop_in_the_middle_is_no_answer() {
    let bench = Bench::start(json!({"export_bytes": 200_000})).await;
    bench.device.add_fault(Fault::Drop { after: None, bytes: Some(100_000) });
    let failure = bench.router().running_config(HIDDEN).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol);
    bench.closed().await;
}

#[tokio::test]
async fn a_stopped_reading_leaves_no_connection() {
    let bench = Bench::start(json!({})).await;
    bench.device.add_fault(Fault::Mute { after: Some("/export".to_owned()) });
    let cancel = bench.cx.cancel.clone();
    let mut changes = bench.device.changes();
    let stop = async {
        while !bench.received("exec").iter().any(|command| command.starts_with("/export")) {
            bench.cx.clock.timeout(Duration::from_secs(10), changes.changed()).await.unwrap().unwrap();
        }
        cancel.cancel();
    };
    let router = bench.router();
    let (read, ()) = tokio::join!(router.running_config(HIDDEN), stop);
    assert_eq!(read.unwrap_err().class, FailureClass::Cancelled);
    bench.closed().await;
}
