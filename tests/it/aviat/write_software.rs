//! Load, activate, abort, roll back, restart: typed in the mode that the release wants, and believed by their own words.

use serde_json::{Value, json};
use towerhand::drivers::aviat::parse::software::State;
use towerhand::drivers::aviat::write::{AbortAnswer, ActivateAnswer, LoadAnswer, RestartAnswer, RollbackAnswer};
use towerhand::model::FailureClass;
use towerhand_simulators::core::{Fault, When};

use super::bench::Bench;

const FAMILIES: [(&str, &str); 2] = [("2.11", "AV4100"), ("6", "AV4200")];
const URI: &str = "http://127.0.0.1:9/wtm4100-6.2.4.12.59373.swpack";

async fn radio(family: &str, knobs: Value) -> Bench {
    let device_type = if family == "6" { "AV4200" } else { "AV4100" };
    let bench = Bench::start(device_type, json!({ "family": family })).await;
    bench.turn(knobs);
    bench
}

#[tokio::test]
async fn a_load_starts_and_a_second_one_does_not() {
    for (family, _) in FAMILIES {
        for immediate in [false, true] {
            let bench = radio(family, json!({})).await;
            let mut session = bench.radio().session().await.unwrap();
            assert_eq!(session.software_load(URI, immediate).await.unwrap(), LoadAnswer::Started);
            bench.turn(json!({ "software_state": "load" }));
            assert_eq!(session.software_load(URI, immediate).await.unwrap(), LoadAnswer::InProgress);
            assert!(session.software().await.unwrap().state.is_some());
            session.close().await;
            let line = format!(
                "operational: software load uri {URI} force{}",
                if immediate { " activation-immediately" } else { "" }
            );
            assert_eq!(bench.typed(), [line.clone(), line]);
        }
    }
}

#[tokio::test]
async fn a_release_that_knows_it_elsewhere_is_asked_there_once() {
    let bench = radio("6", json!({ "software_mode": "config-all" })).await;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.software_load(URI, false).await.unwrap(), LoadAnswer::Started);
    assert!(session.software().await.unwrap().active.is_some(), "it is back where one reads");
    session.close().await;
    let line = format!("software load uri {URI} force");
    let expected = [
        format!("operational: {line}"),
        "operational: config".to_owned(),
        format!("config: {line}"),
        "config: abort".to_owned(),
    ];
    assert_eq!(bench.typed(), expected);
}

#[tokio::test]
async fn a_load_that_says_otherwise_is_told_apart() {
    let bench = radio("2.11", json!({})).await;
    bench.refuse("software load", "resp Loading started with automatic activation.");
    let mut session = bench.radio().session().await.unwrap();
    let answer = session.software_load(URI, false).await.unwrap();
    let words = "Loading started with automatic activation.".to_owned();
    assert_eq!(answer, LoadAnswer::StartedOtherwise { activates: true, words });
    bench.device.clear_faults();
    for (text, expected) in [
        ("resp Not enough space.  Load not started.", "Not enough space.  Load not started."),
        ("Error: activation not permitted", "Error: activation not permitted"),
        ("-----^\r\nsyntax error: unknown argument", "syntax error: unknown argument"),
        ("Loading started with manual activation.", "Loading started with manual activation."),
        ("", "(nothing)"),
    ] {
        bench.device.clear_faults();
        bench.refuse("software load", text);
        let answer = session.software_load(URI, false).await.unwrap();
        assert_eq!(answer, LoadAnswer::Refused(expected.to_owned()), "{text}");
    }
    let failure = session.software_load("http://192.0.2.200/a;restart", false).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Validation);
    session.close().await;
}

#[tokio::test]
async fn a_command_that_is_cut_off_is_unknown_and_is_not_sent_again() {
    for when in [When::Before, When::After] {
        for command in ["software load", "software activate", "software abort", "software rollback"] {
            let bench = radio(
                "2.11",
                json!({ "software_state": if command.ends_with("rollback") { "idle" } else { "loadOk" } }),
            )
            .await;
            bench.drop_at(command, when);
            let mut session = bench.radio().session().await.unwrap();
            let failure = match command {
                "software load" => session.software_load(URI, false).await.unwrap_err(),
                "software activate" => session.software_activate().await.unwrap_err(),
                "software abort" => session.software_abort().await.unwrap_err(),
                _ => session.software_rollback().await.unwrap_err(),
            };
            assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{command} {when:?}: {failure}");
            session.close().await;
            let sent = bench.typed().iter().filter(|line| line.contains(command)).count();
            assert_eq!(sent, 1, "{:?}", bench.typed());
        }
    }
}

#[tokio::test]
async fn an_activation_is_confirmed_and_no_restart_follows() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "software_state": "loadOk", "activate_seconds": 1000 })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.software_activate().await.unwrap(), ActivateAnswer::Activating);
        assert_eq!(session.software().await.unwrap().state, Some(State::Activate));
        session.close().await;
        let answer = "answer to \"Are you sure you want to activate the new software? [no,yes]\": yes";
        let expected: &[&str] = match family {
            "6" => &[
                "operational: software activate",
                "operational: config",
                "config: software activate",
                answer,
                "config: abort",
            ],
            _ => &["operational: software activate", answer],
        };
        assert_eq!(bench.typed(), expected);
    }
}

#[tokio::test]
async fn s058_nothing_ready_is_a_thing_of_its_own() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "software_state": "idle" })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.software_activate().await.unwrap(), ActivateAnswer::NoSoftwareReady);
        session.close().await;
        assert!(!bench.everything_told().contains("restart"));
    }
}

#[tokio::test]
async fn s059_a_refusal_that_contains_activation_restarts_nothing() {
    let bench = radio("2.11", json!({ "software_state": "loadOk" })).await;
    for text in ["Error: activation not permitted", "resp activation not permitted, rebooting is not allowed", ""] {
        bench.device.clear_faults();
        bench.refuse("software activate", text);
        let mut session = bench.radio().session().await.unwrap();
        let answer = session.software_activate().await.unwrap();
        assert!(matches!(answer, ActivateAnswer::Refused(_)), "{answer:?}");
        session.close().await;
    }
    assert!(!bench.everything_told().contains("restart") && bench.received("boot").is_empty());
    assert_eq!(bench.knob("software_state"), json!("loadOk"));
}

#[tokio::test]
async fn s060_a_mute_radio_is_not_restarted() {
    let mut bench = radio("2.11", json!({ "software_state": "loadOk" })).await;
    bench.ssh.idle_seconds = 1;
    bench.fault(Fault::Mute { after: Some("software activate".to_owned()) });
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.software_activate().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    assert!(!session.is_usable());
    session.close().await;
    assert!(!bench.everything_told().contains("restart"));
}

#[tokio::test]
async fn an_error_is_cleared_and_an_activation_is_not() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "software_state": "loadError" })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.software_load(URI, false).await.unwrap(), LoadAnswer::InProgress);
        assert_eq!(session.software_abort().await.unwrap(), AbortAnswer::Aborted);
        assert_eq!(bench.knob("software_state"), json!("idle"));
        bench.turn(json!({ "software_state": "activate" }));
        let refused = AbortAnswer::Refused("Software operation cannot be aborted.".to_owned());
        assert_eq!(session.software_abort().await.unwrap(), refused);
        session.close().await;
    }
}

#[tokio::test]
async fn a_rollback_is_ok_or_not() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "software_state": "idle", "activate_seconds": 1000 })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.software_rollback().await.unwrap(), RollbackAnswer::RollingBack);
        assert_eq!(bench.knob("software_state"), json!("rollback"));
        let refused = RollbackAnswer::Refused("Software rollback not possible.".to_owned());
        assert_eq!(session.software_rollback().await.unwrap(), refused);
        session.close().await;
    }
}

#[tokio::test]
async fn a_restart_is_confirmed_once() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "reboot_seconds": 1000 })).await;
        let mut session = bench.radio().session().await.unwrap();
        let answer = session.restart().await.unwrap();
        assert!(matches!(answer, RestartAnswer::Confirmed { .. }), "{answer:?}");
        assert!(!session.is_usable());
        session.close().await;
        assert_eq!(
            bench.typed(),
            ["operational: restart", "answer to \"Are you sure you want to restart the system? [no,yes]\": yes"]
        );
        assert_eq!(bench.received("boot"), ["reboot same"]);
    }
}

#[tokio::test]
async fn a_restart_that_did_not_get_that_far_is_unknown_or_refused() {
    let bench = radio("2.11", json!({})).await;
    bench.drop_at("restart", When::Before);
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.restart().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    session.close().await;
    for text in ["Error: access denied", "-----^\r\nsyntax error: unknown command", "System is busy"] {
        bench.device.clear_faults();
        bench.refuse("restart", text);
        let mut session = bench.radio().session().await.unwrap();
        assert!(matches!(session.restart().await.unwrap(), RestartAnswer::Refused(_)), "{text}");
        assert!(session.is_usable());
        session.close().await;
    }
    bench.device.clear_faults();
    bench.refuse("restart", "");
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.restart().await.unwrap_err().class, FailureClass::OutcomeUnknown, "it did not ask");
    session.close().await;
    assert!(bench.received("boot").is_empty());
}

#[tokio::test]
async fn radios_that_do_not_ask() {
    let bench =
        radio("2.11", json!({ "software_state": "loadOk", "activate_asks": false, "activate_seconds": 1000 })).await;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.software_activate().await.unwrap(), ActivateAnswer::Activating);
    session.close().await;
    assert_eq!(bench.typed(), ["operational: software activate"]);
    // A restart without a question is one that was never confirmed: its uptime tells.
    let bench = radio("2.11", json!({ "restart": "direct", "reboot_seconds": 1000 })).await;
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.restart().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    session.close().await;
    assert_eq!(bench.typed(), ["operational: restart"]);
}

#[tokio::test]
async fn s061_a_restart_is_sent_by_its_own_operation_only() {
    let knobs = json!({ "software_state": "loadOk", "activation_needs_restart": true, "reboot_seconds": 1000 });
    let bench = radio("2.11", knobs).await;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.software_activate().await.unwrap(), ActivateAnswer::Activating);
    assert_eq!(session.software().await.unwrap().state, Some(State::Activate));
    assert!(bench.received("boot").is_empty());
    assert!(matches!(session.restart().await.unwrap(), RestartAnswer::Confirmed { .. }));
    session.close().await;
    assert_eq!(bench.received("boot").len(), 1);
}

#[tokio::test]
async fn a_radio_that_stays_up_gives_its_prompt_back() {
    let bench = radio("2.11", json!({ "restart": "ignore" })).await;
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.restart().await.unwrap(), RestartAnswer::Confirmed { dropped: false });
    assert!(!session.is_usable(), "nothing is typed to a radio that may be on its way down");
    session.close().await;
}
