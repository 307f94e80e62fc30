//! SNMP, buffer and spanning tree, written and read back; the journal says what was typed.

use serde_json::{Value, json};
use towerhand::drivers::aviat::Session;
use towerhand::drivers::aviat::write::{Outcome, Skip};
use towerhand::model::{Failure, FailureClass, Secret};
use towerhand_simulators::core::{CommitFault, Fault, When};

use super::bench::Bench;

const FAMILIES: [(&str, &str); 2] = [("2.11", "AV4100"), ("6", "AV4200")];
const COMMUNITY: &str = "n0c-read-42";

async fn six(knobs: Value) -> Bench {
    let bench = Bench::start("AV4200", json!({ "family": "6" })).await;
    bench.turn(knobs);
    bench
}

async fn snmp(bench: &Bench) -> Result<Outcome, Failure> {
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await;
    session.close().await;
    outcome
}

/// Whether the session reads as if nothing had happened.
async fn goes_on(session: &mut Session<'_>) -> bool {
    session.is_usable() && session.software().await.unwrap().active.is_some()
}

#[tokio::test]
async fn snmp_is_written_once_and_read_back() {
    for (family, device_type) in FAMILIES {
        let bench = Bench::start(device_type, json!({ "family": family, "snmp_mode": "v3-only" })).await;
        assert_eq!(snmp(&bench).await.unwrap(), Outcome::Written { changed: true }, "{family}");
        assert_eq!((bench.knob("snmp_mode"), bench.knob("snmp_community")), (json!("v2c-only"), json!(COMMUNITY)));
        assert_eq!(
            bench.typed(),
            [
                "operational: config",
                "config: snmp v2c-only",
                &format!("config: snmp community {COMMUNITY}"),
                "config: commit",
                "config: exit"
            ]
        );
        // Read first: what is right is left alone.
        assert_eq!(snmp(&bench).await.unwrap(), Outcome::Written { changed: false });
        assert_eq!(bench.typed().len(), 5);
        assert!(bench.sent("ssh").contains(&"snmp community ***".to_owned()), "{:?}", bench.sent("ssh"));
        assert!(!bench.sent("ssh").join(" ").contains(COMMUNITY));
    }
}

#[tokio::test]
async fn s076_an_aborted_commit_leaves_no_candidate() {
    let bench = six(json!({})).await;
    bench.fault(Fault::Commit { how: CommitFault::Abort });
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap();
    let Outcome::Refused(words) = outcome else { panic!("{outcome:?}") };
    assert_eq!(words, "Aborted: the configuration database is locked by another session");
    assert!(goes_on(&mut session).await);
    session.close().await;
    assert_eq!(bench.typed().last().unwrap(), "config: abort");
    assert_eq!(bench.knob("snmp_community"), json!("public"));
    // Nothing of it comes with the next commit.
    bench.device.clear_faults();
    let mut session = bench.radio().session().await.unwrap();
    assert_eq!(session.set_buffer(1000).await.unwrap(), Outcome::Written { changed: true });
    session.close().await;
    assert_eq!((bench.knob("snmp_community"), bench.knob("buffer_kbytes")), (json!("public"), json!(1000)));
}

#[tokio::test]
async fn s077_a_syntax_error_is_a_refusal() {
    let bench = six(json!({})).await;
    for line in ["snmp v2c-only", "snmp community"] {
        bench.device.clear_faults();
        bench.refuse(line, "-------------^\r\nsyntax error: unknown element");
        let mut session = bench.radio().session().await.unwrap();
        let outcome = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap();
        assert_eq!(outcome, Outcome::Refused("syntax error: unknown element".to_owned()));
        assert!(goes_on(&mut session).await);
        session.close().await;
    }
    assert!(!bench.typed().contains(&"config: commit".to_owned()), "{:?}", bench.typed());
    assert_eq!(bench.typed().iter().filter(|line| *line == "config: abort").count(), 2);
}

#[tokio::test]
async fn a_candidate_that_cannot_be_left_goes_with_the_session() {
    let bench = six(json!({})).await;
    bench.fault(Fault::Commit { how: CommitFault::Abort });
    for line in ["abort", "end no-confirm"] {
        bench.refuse(line, "----^\r\nsyntax error: unknown command");
    }
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap();
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert!(!session.is_usable());
    let failure = session.software().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    session.close().await;
    assert_eq!(bench.knob("snmp_community"), json!("public"));
    // Behind a commit too: the way out is refused, and the other way is taken.
    bench.device.clear_faults();
    bench.refuse("exit", "Error: not now");
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap();
    assert_eq!(outcome, Outcome::Written { changed: true });
    assert!(goes_on(&mut session).await);
    session.close().await;
    assert_eq!(bench.typed().get(bench.typed().len() - 2..).unwrap(), ["config: exit", "config: abort"]);
}

#[tokio::test]
async fn a_refusal_that_repeats_the_community_is_masked() {
    let bench = six(json!({})).await;
    bench.refuse("snmp community", &format!("Error: '{COMMUNITY}' is too simple"));
    let outcome = snmp(&bench).await.unwrap();
    assert_eq!(outcome, Outcome::Refused("Error: '***' is too simple".to_owned()));
}

#[tokio::test]
async fn words_behind_an_edit_that_are_not_known_are_no_acceptance() {
    let bench = six(json!({})).await;
    bench.refuse("snmp community", "% something happened");
    assert_eq!(snmp(&bench).await.unwrap(), Outcome::Refused("% something happened".to_owned()));
    bench.device.clear_faults();
    bench.refuse("commit", "Commit queued.");
    let failure = snmp(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    assert_eq!(bench.knob("snmp_community"), json!("public"));
    assert_eq!(bench.typed().last().unwrap(), "config: abort");
}

#[tokio::test]
async fn s072_a_commit_that_is_cut_off_is_unknown_whatever_it_did() {
    for (when, community) in [(When::Before, "public"), (When::After, COMMUNITY)] {
        let bench = six(json!({})).await;
        bench.drop_at("commit", when);
        let mut session = bench.radio().session().await.unwrap();
        let failure = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
        assert!(!session.is_usable() && !failure.sentence.contains(COMMUNITY));
        session.close().await;
        assert_eq!(bench.knob("snmp_community"), json!(community));
        // The only next step: look, and write where it is not so.
        bench.device.clear_faults();
        let changed = when == When::Before;
        assert_eq!(snmp(&bench).await.unwrap(), Outcome::Written { changed });
    }
}

#[tokio::test]
async fn a_line_of_the_candidate_that_is_cut_off_changed_nothing() {
    let bench = six(json!({})).await;
    bench.drop_at("snmp community", When::After);
    let failure = snmp(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert_eq!(bench.knob("snmp_community"), json!("public"));
}

#[tokio::test]
async fn what_was_committed_and_cannot_be_read_is_unknown() {
    let bench = six(json!({})).await;
    // The first reading is before the write: the drop comes at the line behind the commit.
    bench.drop_at("exit", When::After);
    let failure = snmp(&bench).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    assert_eq!(bench.knob("snmp_community"), json!(COMMUNITY));
}

#[tokio::test]
async fn s075_a_commit_without_an_answer_is_unknown_and_the_session_over() {
    let mut bench = six(json!({})).await;
    bench.ssh.idle_seconds = 1;
    bench.fault(Fault::Commit { how: CommitFault::Silence });
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    assert!(!session.is_usable());
    assert!(session.software().await.is_err(), "nothing more is typed in it");
    session.close().await;
    assert_eq!(bench.typed().last().unwrap(), "config: commit");
    assert_eq!(bench.knob("snmp_community"), json!("public"));
    bench.device.clear_faults();
    bench.fault(Fault::Mute { after: Some("snmp v2c-only".to_owned()) });
    bench.turn(json!({ "snmp_mode": "v3-only" }));
    assert_eq!(snmp(&bench).await.unwrap_err().class, FailureClass::Timeout);
    assert_eq!(bench.knob("snmp_mode"), json!("v3-only"));
}

#[tokio::test]
async fn a_commit_that_says_done_and_did_nothing_is_found_out() {
    let bench = six(json!({})).await;
    bench.refuse("commit", "Commit complete.");
    let outcome = snmp(&bench).await.unwrap();
    let Outcome::NotAsRead(words) = outcome else { panic!("{outcome:?}") };
    assert_eq!(words, "its SNMP mode is v2c-only (wanted v2c-only), its community is another than the one wanted");
}

#[tokio::test]
async fn nothing_to_commit_is_right_where_the_radio_shows_it() {
    let bench = six(json!({ "snmp_community": COMMUNITY })).await;
    // The reading before the write shows nothing, so it is written; the radio finds nothing to change.
    bench.refuse("show running-config snmp", "% No entries found.");
    let outcome = snmp(&bench).await.unwrap();
    let Outcome::NotAsRead(words) = outcome else { panic!("{outcome:?}") };
    assert_eq!(words, "its SNMP mode is unknown (wanted v2c-only), its community is not shown");
    assert!(bench.typed().contains(&"config: commit".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_typed_never_is() {
    let bench = six(json!({})).await;
    let mut session = bench.radio().session().await.unwrap();
    for (mode, community) in [("v2c-only", "abc\ncommit"), ("v2c-only\ncommit", "abcdef"), ("v2c-only", "a b c")] {
        let failure = session.set_snmp(mode, &Secret::new(community)).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation, "{failure}");
    }
    assert!(goes_on(&mut session).await);
    session.close().await;
    assert_eq!(bench.typed(), [""; 0]);
}

#[tokio::test]
async fn the_buffer_is_for_primary_radios_of_6() {
    let bench = six(json!({ "partner": "10g2", "buffer_kbytes": 64 })).await;
    let buffer = async || {
        let mut session = bench.radio().session().await.unwrap();
        let outcome = session.set_buffer(2500).await;
        session.close().await;
        outcome
    };
    assert_eq!(buffer().await.unwrap(), Outcome::Written { changed: true });
    assert_eq!(bench.knob("buffer_kbytes"), json!(2500));
    let line = "config: qos-default-policy ExternalBufferSize traffic-classes 0 queue-size queue-limit 2500 kbytes";
    assert_eq!(bench.typed(), ["operational: config", line, "config: commit", "config: exit"]);
    assert_eq!(buffer().await.unwrap(), Outcome::Written { changed: false });
    assert_eq!(bench.typed().len(), 4, "s023: no config session where it is right");
    // A release that does not know partners is alone.
    bench.turn(json!({ "partner": "unsupported", "buffer_kbytes": 64 }));
    assert_eq!(buffer().await.unwrap(), Outcome::Written { changed: true });
    bench.turn(json!({ "partner": "10g1", "buffer_kbytes": 64 }));
    assert_eq!(buffer().await.unwrap(), Outcome::Skipped(Skip::PartnerRadio));
    bench.turn(json!({ "partner": "none" }));
    bench.refuse("qos-default-policy", "------------^\r\nsyntax error: unknown element");
    assert_eq!(buffer().await.unwrap(), Outcome::Skipped(Skip::Unsupported));
    assert_eq!(bench.typed().last().unwrap(), "config: abort");
    assert_eq!(bench.knob("buffer_kbytes"), json!(64));
}

#[tokio::test]
async fn s024_2_11_has_no_such_buffer() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11" })).await;
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_buffer(2500).await.unwrap();
    let Outcome::Skipped(skip) = outcome else { panic!("{outcome:?}") };
    assert_eq!(skip.to_string(), "firmware 2.11.11 has none (6.x has)");
    session.close().await;
    assert_eq!(bench.typed(), [""; 0]);
}

#[tokio::test]
async fn a_radio_that_does_not_tell_its_version_is_left_alone() {
    let bench = six(json!({ "buffer_kbytes": 64 })).await;
    bench.settle();
    let mut session = bench.radio().session().await.unwrap();
    let failure = session.set_buffer(2500).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    session.close().await;
    assert_eq!(bench.typed(), [""; 0]);
}

#[tokio::test]
async fn spanning_tree_is_switched_off() {
    for (family, device_type) in FAMILIES {
        let bench = Bench::start(device_type, json!({ "family": family, "stp": "up" })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.set_spanning_tree_down().await.unwrap(), Outcome::Written { changed: true });
        assert_eq!(bench.knob("stp"), json!("down"));
        assert_eq!(session.set_spanning_tree_down().await.unwrap(), Outcome::Written { changed: false });
        assert!(goes_on(&mut session).await);
        session.close().await;
        let lines = [
            "operational: config",
            "config: spanning-tree administrative-status down",
            "config: commit",
            "config: exit",
        ];
        assert_eq!(bench.typed(), lines);
    }
}

#[tokio::test]
async fn spanning_tree_that_stays_up_is_told() {
    let bench = six(json!({ "stp": "up" })).await;
    bench.refuse("commit", "Commit complete.");
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.set_spanning_tree_down().await.unwrap();
    assert_eq!(outcome, Outcome::NotAsRead("it shows spanning tree up".to_owned()));
    session.close().await;
}

#[tokio::test]
async fn packets_and_pages_change_nothing() {
    let split = async |after: &str, ms: u64| {
        let bench = six(json!({ "pager": "always", "stp": "up" })).await;
        bench.fault(Fault::Split { after: after.to_owned(), ms });
        assert_eq!(snmp(&bench).await.unwrap(), Outcome::Written { changed: true }, "after {after}");
        assert_eq!(bench.knob("snmp_community"), json!(COMMUNITY));
    };
    tokio::join!(split(":", 300), split("]", 1_000), split("#", 300), split("", 0));
}

#[tokio::test]
async fn one_session_writes_everything_and_stays_at_the_prompt() {
    for (family, device_type) in FAMILIES {
        let bench = Bench::start(device_type, json!({ "family": family, "stp": "up" })).await;
        let mut session = bench.radio().session().await.unwrap();
        assert_eq!(session.set_spanning_tree_down().await.unwrap(), Outcome::Written { changed: true });
        let written = session.set_snmp("v2c-only", &Secret::new(COMMUNITY)).await.unwrap();
        assert_eq!(written, Outcome::Written { changed: true });
        let buffer = session.set_buffer(2500).await.unwrap();
        assert_eq!(buffer == Outcome::Written { changed: true }, family == "6", "{buffer:?}");
        assert!(goes_on(&mut session).await);
        session.close().await;
        assert!(bench.received("overlap").is_empty());
    }
}
