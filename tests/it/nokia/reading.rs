//! The running config: N01 to N04, N09 to N11, and what is no SR OS.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use towerhand::drivers::RunningConfig;
use towerhand::model::{Failure, FailureClass};
use towerhand_simulators::core::Fault;

use super::bench::{Bench, NAME};

async fn read(bench: &Bench) -> Result<RunningConfig, Failure> {
    bench.router().running_config().await.map(|(_, config)| config)
}

/// Head of a normalised config, and the body as the simulator holds it.
fn expected(bench: &Bench, release: &str, md: bool) -> String {
    let format = if md { "# Configuration format version 24.10 revision 0\n" } else { "" };
    let head = format!(
        "# {release} both/hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.\n\
         # All rights reserved. All use subject to applicable license agreements.\n{format}\n"
    );
    let mut body = String::new();
    for line in bench.held(md).lines() {
        body.push_str(line.trim_end());
        body.push('\n');
    }
    head + &body
}

#[tokio::test]
async fn n01_a_classic_config_behind_a_banner_in_pieces() {
    // 20 seeds, so 20 ways to cut what the device says.
    join_all((0..20).map(async |seed| {
        let knobs =
            json!({"fragment_seed": seed, "pre_banner": "SITE-PINE - authorised use only", "config_bytes": 20_000});
        let bench = Bench::start(knobs).await;
        let config = read(&bench).await.unwrap();
        assert_eq!(config.text, expected(&bench, "TiMOS-B-22.10.R9", false), "seed {seed}");
        assert_eq!((config.path, config.warnings), ("shell", Vec::new()));
        assert_eq!(bench.typed("classic: admin display-config"), 1);
        assert_eq!(bench.received("auth"), ["password admin accepted"]);
        bench.closed().await;
    }))
    .await;
}

#[tokio::test]
async fn n01_the_text_that_is_kept_is_whole() {
    let bench = Bench::start(json!({"config_bytes": 300_000, "login_ms": 2})).await;
    let (facts, config) = bench.router().running_config().await.unwrap();
    assert!(config.text.len() > 290_000 && config.raw_bytes > 290_000);
    assert!(config.text.contains("\nexit all\nconfigure\n") && config.text.ends_with("\nexit all\n"));
    assert_eq!(facts.version.as_deref(), Some("22.10.R9"));
    assert!(facts.more["generated"].as_str().unwrap().ends_with(" UTC"));
}

#[tokio::test]
async fn n02_without_its_last_line_it_is_read_once_more_and_then_refused() {
    let bench = Bench::start(json!({"no_trailer": true})).await;
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol);
    assert!(failure.sentence.contains("partial") && failure.sentence.contains("# Finished"), "{failure}");
    assert!(failure.sentence.starts_with(NAME), "{failure}");
    assert_eq!(bench.typed("classic: admin display-config"), 2);
    bench.closed().await;
}

#[tokio::test]
async fn n02_a_second_reading_that_is_whole_is_kept() {
    let bench = Bench::start(json!({"no_trailer": true})).await;
    bench.before("admin display-config", 2, |device| device.merge(super::bench::object(json!({"no_trailer": null}))));
    let config = read(&bench).await.unwrap();
    assert_eq!(config.text, expected(&bench, "TiMOS-B-22.10.R9", false));
    assert_eq!(config.warnings.len(), 1);
    assert!(config.warnings[0].contains("the first reading was not whole"), "{:?}", config.warnings);
}

#[tokio::test]
async fn n02_a_channel_that_closes_or_falls_silent_is_no_config() {
    let mut bench = Bench::start(json!({"config_bytes": 100_000})).await;
    bench.device.add_fault(Fault::Drop { after: None, bytes: Some(50_000) });
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert_eq!(bench.typed("classic: admin display-config"), 2, "once more, and no third time");
    bench.closed().await;

    bench.device.clear_faults();
    bench.ssh.idle_seconds = 2;
    bench.turn(json!({"pause_ms": 60_000, "pause_after_bytes": 5_000}));
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert_eq!(bench.typed("classic: admin display-config"), 4);
    bench.closed().await;
}

#[tokio::test]
async fn n02_a_pause_below_the_limit_is_waited_for() {
    let mut bench = Bench::start(json!({"pause_ms": 12_000, "pause_after_bytes": 1_000})).await;
    bench.ssh.idle_seconds = 3;
    // 1.2 s of the machine's time.
    bench.device.clock.set_rate(10.0);
    let config = read(&bench).await.unwrap();
    assert_eq!(config.text, expected(&bench, "TiMOS-B-22.10.R9", false));
}

#[tokio::test]
async fn n03_a_pager_that_stays_on_is_answered_and_never_kept() {
    for (personality, pager, md) in
        [("ixr-classic-22.10", "Press any key", false), ("ixr-md-24.10", "Press Q to quit", true)]
    {
        // Where `| no-more` is known, the pager is seen with `show`.
        let bench = Bench::start(json!({"personality": personality, "pager": "stuck", "height": 24, "config_bytes": 9_000, "fragment_seed": 3})).await;
        let config = read(&bench).await.unwrap();
        let release = if md { "TiMOS-B-24.10.R2" } else { "TiMOS-B-22.10.R9" };
        assert_eq!(config.text, expected(&bench, release, md));
        assert!(!config.text.contains(pager));
        assert!(!bench.received("pager").is_empty(), "pages were shown: {:?}", bench.received("pager"));
        let noted = bench.notes().iter().any(|note| note.contains("has no effect"));
        assert!(noted, "{:?}", bench.notes());
    }
}

#[tokio::test]
async fn n04_what_only_looks_like_a_prompt_cuts_nothing() {
    for (personality, md) in [("ixr-classic-22.10", false), ("ixr-md-24.10", true)] {
        for seed in 0..4 {
            let bench = Bench::start(json!({"personality": personality, "fragment_seed": seed})).await;
            let config = read(&bench).await.unwrap();
            for trap in [
                "description \"A:other# \"",
                "description \"[/]\"",
                "description \"A:admin@x# \"",
                "\"# Finished by the crew\"",
            ] {
                assert!(config.text.contains(trap), "{trap}: {}", config.text);
            }
            let facts = bench.router().facts().await.unwrap();
            // Behind the header of the last boot, which looks like a config's.
            assert_eq!(facts.more["management_address"], "192.0.2.60/24");
            assert_eq!(facts.more["unsaved_changes"], false, "{:?}", md);
        }
    }
}

#[tokio::test]
async fn n09_a_mixed_box_is_read_by_the_classic_command_wherever_the_login_lands() {
    for engine in ["classic", "md"] {
        let bench = Bench::start(json!({"personality": "ixr-mixed-23.10", "engine": engine, "cpm": "B", "unsaved": true, "fragment_seed": 5})).await;
        let config = read(&bench).await.unwrap();
        assert_eq!(config.text, expected(&bench, "TiMOS-B-23.10.R4", false), "{engine}");
        assert_eq!(bench.typed("classic: admin display-config"), 1);
        assert_eq!(bench.typed("md: /!classic-cli"), usize::from(engine == "md"));
        let noted = bench.notes().iter().any(|note| note.starts_with("configuration mode mixed"));
        assert!(noted, "{:?}", bench.notes());
        let facts = bench.router().facts().await.unwrap();
        assert_eq!(facts.more["configuration_mode"], "mixed");
        bench.closed().await;
    }
}

#[tokio::test]
async fn n09_the_engine_is_changed_there_and_back() {
    let bench = Bench::start(json!({"personality": "ixr-mixed-23.10", "cpm": "B", "unsaved": true})).await;
    let (connection, mut shell) = bench.shell().await;
    let limits = bench.ssh.limits();
    assert_eq!(shell.prompt(), format!("*B:{NAME}# "));
    shell.enter(&bench.cx, "/!md-cli", &limits).await.unwrap();
    assert_eq!(shell.prompt(), format!("[/]\nB:admin@{NAME}# "));
    bench.say(&mut shell, "environment more false").await;
    shell.enter(&bench.cx, "/!classic-cli", &limits).await.unwrap();
    assert_eq!(shell.prompt(), format!("*B:{NAME}# "));
    assert!(bench.say(&mut shell, "show version").await.starts_with("TiMOS-B-23.10.R4"));
    connection.close().await;
}

#[tokio::test]
async fn n09_each_mode_is_read_by_its_own_command() {
    for (personality, mode, command, md) in [
        ("ixr-classic-22.10", Some("classic"), "classic: admin display-config", false),
        ("ixr-md-24.10", Some("model-driven"), "md: admin show configuration | no-more", true),
        ("timos-19-md", None, "md: admin show configuration | no-more", true),
        ("reboot-upgrade", Some("classic"), "classic: admin display-config", false),
    ] {
        let bench = Bench::start(json!({"personality": personality, "fragment_seed": 1})).await;
        let config = read(&bench).await.unwrap();
        assert_eq!(bench.typed(command), 1, "{personality}");
        assert!(config.text.ends_with(&bench.held(md).lines().last().map(|line| format!("{line}\n")).unwrap()));
        let facts = bench.router().facts().await.unwrap();
        assert_eq!(facts.more.get("configuration_mode").and_then(|mode| mode.as_str()), mode, "{personality}");
    }
}

#[tokio::test]
async fn n09_a_model_driven_box_reached_in_classic_is_read_by_md() {
    let bench = Bench::start(json!({"personality": "ixr-md-24.10", "engine": "classic"})).await;
    let config = read(&bench).await.unwrap();
    assert_eq!(config.text, expected(&bench, "TiMOS-B-24.10.R2", true));
    assert_eq!((bench.typed("classic: /!md-cli"), bench.typed("md: admin show configuration")), (1, 1));
}

#[tokio::test]
async fn n09_where_the_engine_may_not_be_changed_its_own_command_is_used() {
    let bench = Bench::start(json!({"personality": "ixr-mixed-23.10", "engine": "md", "md_switch": "refused"})).await;
    let config = read(&bench).await.unwrap();
    assert!(config.text.contains("\nconfigure {\n") && config.text.ends_with("\n}\n"), "{}", config.text);
    assert_eq!((bench.typed("md: admin show configuration"), bench.typed("classic: ")), (1, 0));
}

#[tokio::test]
async fn n10_two_readings_of_an_unchanged_device_are_equal() {
    for personality in ["ixr-classic-22.10", "ixr-mixed-23.10", "ixr-md-24.10", "timos-19-md"] {
        let bench = Bench::start(json!({"personality": personality})).await;
        let (facts, first) = bench.router().running_config().await.unwrap();
        bench.turn(json!({"clock_offset": 86_460, "modified_at": 5, "commit_id": 7, "unsaved": true, "crlf": "classic", "fragment_seed": 9}));
        let (later, second) = bench.router().running_config().await.unwrap();
        assert_eq!(first.text, second.text, "{personality}");
        assert!(!first.text.contains(['\r', '\u{7}']) && !first.text.contains("# Generated"), "{personality}");
        // Who and when are kept beside it.
        assert_ne!(facts.more["generated"], later.more["generated"], "{personality}");
        if personality == "ixr-md-24.10" {
            assert!(later.more["last_modified"].as_str().unwrap().contains(" by jdoe (MD-CLI) from 192.0.2.77"));
            assert_eq!(later.more["commit_id"], "7");
        }
    }
}

#[tokio::test]
async fn n11_what_is_not_configured_is_empty_and_what_is_forbidden_is_said() {
    let bench = Bench::start(json!({"denied": ["display-config", "configuration"]})).await;
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::ForbiddenReadonly, "{failure}");
    assert!(failure.sentence.contains("'admin display-config'"), "{failure}");
    assert_eq!(bench.typed("classic: admin display-config"), 1, "a refusal is not asked for again");
    let (connection, mut shell) = bench.shell().await;
    let answer = bench.say(&mut shell, "show router bgp summary").await;
    assert_eq!(answer, "MINOR: CLI BGP is not configured.");
    connection.close().await;
    bench.closed().await;
}

#[tokio::test]
async fn an_event_that_bursts_in_is_not_kept() {
    for place in ["login", "mid"] {
        for personality in ["ixr-classic-22.10", "ixr-md-24.10"] {
            let event = "223 2025/04/13 15:49:21.501 CEST minor: DEBUG #2001 vprn2043 GTP";
            let bench =
                Bench::start(json!({"personality": personality, "log_line": event, "log_line_at": [place]})).await;
            let config = read(&bench).await.unwrap();
            assert!(!config.text.contains("DEBUG"), "{place} {personality}");
            assert!(config.text.contains("neighbor"), "{place} {personality}");
        }
    }
}

#[tokio::test]
async fn a_progress_indicator_is_switched_off_or_leaves_nothing() {
    let bench = Bench::start(json!({"personality": "ixr-md-24.10", "progress": true, "fragment_seed": 2})).await;
    let config = read(&bench).await.unwrap();
    assert_eq!(config.text, expected(&bench, "TiMOS-B-24.10.R2", true));
}

#[tokio::test]
async fn a_context_is_left_before_reading() {
    let bench = Bench::start(json!({"context": ">config>router>if$"})).await;
    read(&bench).await.unwrap();
    assert_eq!(bench.typed("classic: exit all"), 1);
}

#[tokio::test]
async fn what_is_no_7250_gets_an_error_and_no_fact() {
    let bench = Bench::start(json!({"product": "Nokia 7750 SR", "model": "7750 SR-1"})).await;
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::WrongModel, "{failure}");
    assert!(failure.sentence.contains("7750 SR"), "{failure}");
    let failure = bench.router().facts().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::WrongModel, "{failure}");

    let bench = Bench::start(json!({})).await;
    let foreign = "Informations du systeme\nmot de passe password \"hunter2-hunter2\"".to_owned();
    bench.device.add_fault(Fault::RefuseCommand { command: "show system information".to_owned(), text: foreign });
    let failure = bench.router().facts().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert!(failure.sentence.contains("Informations du systeme"), "{failure}");

    bench.device.clear_faults();
    let foreign = "interface Vlan1 password \"hunter2-hunter2\"".to_owned();
    bench.device.add_fault(Fault::RefuseCommand { command: "admin display-config".to_owned(), text: foreign });
    let failure = read(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert!(failure.sentence.contains("interface Vlan1") && !failure.sentence.contains("hunter2"), "{failure}");
    bench.closed().await;
}

#[tokio::test]
async fn garbage_is_no_config() {
    let mut bench = Bench::start(json!({})).await;
    bench.ssh.idle_seconds = 2;
    bench.ssh.login_seconds = 3;
    bench.device.add_fault(Fault::Garbage { bytes: None, endless: false });
    let failure = read(&bench).await.unwrap_err();
    assert!(matches!(failure.class, FailureClass::Protocol | FailureClass::Timeout), "{failure}");
    bench.closed().await;
}

#[tokio::test]
async fn a_stopped_reading_leaves_no_session() {
    let bench = Bench::start(json!({})).await;
    bench.device.add_fault(Fault::Mute { after: Some("admin display-config".to_owned()) });
    let cancel = bench.cx.cancel.clone();
    let mut changes = bench.device.changes();
    let stop = async {
        while bench.typed("classic: admin display-config") == 0 {
            bench.cx.clock.timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
        }
        cancel.cancel();
    };
    let router = bench.router();
    let (read, ()) = tokio::join!(router.running_config(), stop);
    assert_eq!(read.unwrap_err().class, FailureClass::Cancelled);
    bench.closed().await;
}
