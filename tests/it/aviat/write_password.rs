//! The password: typed to its questions only, and proven by a login.

use serde_json::{Value, json};
use towerhand::drivers::aviat::write::Outcome;
use towerhand::model::{Failure, FailureClass, Secret};
use towerhand_simulators::core::{CommitFault, Fault, When};

use super::bench::Bench;

const FAMILIES: [(&str, &str); 2] = [("2.11", "AV4100"), ("6", "AV4200")];
const OLD: &str = "0ld-kettle";
const NEW: &str = "n3w; kettle?|restart";

async fn radio(family: &str, knobs: Value) -> Bench {
    let device_type = if family == "6" { "AV4200" } else { "AV4100" };
    let mut bench = Bench::start(device_type, json!({ "family": family, "password": OLD })).await;
    bench.target.password = Some(Secret::new(OLD));
    bench.turn(knobs);
    bench
}

async fn change(bench: &Bench, new: &str) -> Result<Outcome, Failure> {
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.change_password(&Secret::new(OLD), &Secret::new(new)).await;
    session.close().await;
    outcome
}

/// Neither password was typed as a command, nor stands anywhere in what was told.
fn kept_secret(bench: &Bench) {
    let told = bench.everything_told();
    assert!(!told.contains(OLD) && !told.contains("kettle?"), "{told}");
}

const ANSWERS: [&str; 4] = [
    "operational: change-password",
    "answer to \"Enter current password:\": ***",
    "answer to \"Enter new password:\": ***",
    "answer to \"Confirm new password:\": ***",
];

#[tokio::test]
async fn a_password_is_changed_and_proven() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({})).await;
        assert_eq!(change(&bench, NEW).await.unwrap(), Outcome::Written { changed: true });
        assert_eq!(bench.knob("password"), json!(NEW));
        assert_eq!(bench.typed(), ANSWERS);
        assert!(bench.radio().login_works(&Secret::new(NEW)).await.unwrap());
        assert!(!bench.radio().login_works(&Secret::new(OLD)).await.unwrap());
        kept_secret(&bench);
    }
}

#[tokio::test]
async fn s078_a_refusal_leaves_the_old_one() {
    let refused = async |family: &str, variant: &str, words: &str| {
        // The other way would take it: it is not tried.
        let bench = radio(family, json!({ "change_password": variant, "self_password": "accepted" })).await;
        assert_eq!(change(&bench, NEW).await.unwrap(), Outcome::Refused(words.to_owned()));
        assert!(bench.radio().login_works(&Secret::new(OLD)).await.unwrap());
        assert!(!bench.radio().login_works(&Secret::new(NEW)).await.unwrap());
        assert!(!bench.typed().iter().any(|line| line.contains("config")), "{:?}", bench.typed());
        kept_secret(&bench);
    };
    let rules = "Error: the new password does not meet the password rules";
    let locked = "Error: the account is locked";
    tokio::join!(
        refused("2.11", "refused", rules),
        refused("6", "refused", rules),
        refused("2.11", "locked", locked),
        refused("6", "locked", locked)
    );
}

#[tokio::test]
async fn s078_a_radio_that_does_not_ask_for_the_current_one() {
    let bench = radio("2.11", json!({ "change_password": "no-current" })).await;
    assert_eq!(change(&bench, NEW).await.unwrap(), Outcome::Written { changed: true });
    assert_eq!(bench.knob("password"), json!(NEW));
    assert_eq!(bench.typed(), [ANSWERS[0], ANSWERS[2], ANSWERS[3]]);
    kept_secret(&bench);
}

#[tokio::test]
async fn a_wrong_current_one_is_a_refusal() {
    let bench = radio("6", json!({})).await;
    let mut session = bench.radio().session().await.unwrap();
    let outcome = session.change_password(&Secret::new("another-one"), &Secret::new(NEW)).await.unwrap();
    assert_eq!(outcome, Outcome::Refused("Error: invalid current password".to_owned()));
    session.close().await;
    assert_eq!(bench.knob("password"), json!(OLD));
}

#[tokio::test]
async fn no_password_is_typed_as_a_command() {
    // Each of these made others type the factory password at the prompt.
    for text in [
        "Error: change-password is not allowed for this account",
        "syntax error: unknown element password",
        "Your current password has expired",
        "Enter current password:",
        "password: ",
        "",
    ] {
        for (family, _) in FAMILIES {
            let bench = radio(family, json!({})).await;
            bench.refuse("change-password", text);
            let outcome = change(&bench, NEW).await.unwrap();
            assert!(matches!(outcome, Outcome::Refused(_)), "{text}: {outcome:?}");
            assert_eq!(bench.knob("password"), json!(OLD));
            kept_secret(&bench);
            let answers =
                bench.typed().iter().filter(|line| line.contains("***") && !line.contains("<string>")).count();
            assert_eq!(answers, 0, "{:?}", bench.typed());
        }
    }
}

#[tokio::test]
async fn without_the_command_it_goes_into_the_config() {
    for (family, _) in FAMILIES {
        let bench = radio(family, json!({ "self_password": "accepted" })).await;
        bench.refuse("change-password", "------^\r\nsyntax error: unknown command");
        assert_eq!(change(&bench, NEW).await.unwrap(), Outcome::Written { changed: true });
        assert_eq!(bench.knob("password"), json!(NEW));
        assert_eq!(
            bench.typed(),
            [
                "operational: change-password",
                "operational: config",
                "config: user admin password",
                "answer to \"(<string>):\": ***",
                "config: commit",
                "config: exit"
            ]
        );
        assert!(bench.radio().login_works(&Secret::new(NEW)).await.unwrap());
        kept_secret(&bench);
    }
}

#[tokio::test]
async fn the_config_may_refuse_the_own_password() {
    let bench = radio("6", json!({})).await;
    bench.refuse("change-password", "------^\r\nsyntax error: unknown command");
    let outcome = change(&bench, NEW).await.unwrap();
    let words = "Aborted: 'user admin password': please use the change-password command to change your own password";
    assert_eq!(outcome, Outcome::Refused(words.to_owned()));
    assert_eq!(bench.typed().last().unwrap(), "config: abort");
    assert!(bench.radio().login_works(&Secret::new(OLD)).await.unwrap());
    kept_secret(&bench);
    // There a text that begins like a hash would be one.
    let outcome = change(&bench, "$1$kettle?").await.unwrap();
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(bench.typed().last().unwrap(), "operational: change-password");
}

#[tokio::test]
async fn a_change_that_is_cut_off_is_unknown() {
    for (when, password) in [(When::Before, OLD), (When::After, NEW)] {
        let bench = radio("2.11", json!({})).await;
        bench.drop_at("change-password", when);
        let failure = change(&bench, NEW).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
        assert_eq!(bench.knob("password"), json!(password));
        // Which of the two it is a login tells.
        assert!(bench.radio().login_works(&Secret::new(password)).await.unwrap());
        kept_secret(&bench);
    }
}

#[tokio::test]
async fn a_commit_of_the_password_that_fails_or_is_silent() {
    let mut bench = radio("6", json!({ "self_password": "accepted" })).await;
    bench.ssh.idle_seconds = 1;
    bench.refuse("change-password", "------^\r\nsyntax error: unknown command");
    bench.fault(Fault::Commit { how: CommitFault::Silence });
    assert_eq!(change(&bench, NEW).await.unwrap_err().class, FailureClass::OutcomeUnknown);
    assert_eq!(bench.knob("password"), json!(OLD));
    kept_secret(&bench);
}

#[tokio::test]
async fn packets_that_end_at_a_colon_ask_nothing() {
    let split = async |after: &str, ms: u64| {
        let bench = radio("2.11", json!({})).await;
        bench.fault(Fault::Split { after: after.to_owned(), ms });
        assert_eq!(change(&bench, NEW).await.unwrap(), Outcome::Written { changed: true }, "after {after:?}");
        assert_eq!(bench.typed(), ANSWERS);
        kept_secret(&bench);
    };
    tokio::join!(split(":", 500), split(" ", 50), split("", 0));
}

#[tokio::test]
async fn what_does_not_fit_a_line_is_not_typed() {
    let bench = radio("2.11", json!({})).await;
    for new in ["", "ab", "abc\nrestart", " abc", "abc\x03"] {
        let failure = change(&bench, new).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Validation, "{failure}");
    }
    assert_eq!(bench.typed(), [""; 0]);
}

#[tokio::test]
async fn whether_a_login_works_is_known_or_not() {
    let bench = radio("2.11", json!({})).await;
    assert!(!bench.radio().login_works(&Secret::new("admin")).await.unwrap());
    assert_eq!(bench.received("auth").len(), 1, "{:?}", bench.received("auth"));
    bench.fault(Fault::Refuse {});
    assert!(bench.radio().login_works(&Secret::new(OLD)).await.is_err());
    bench.device.clear_faults();
    // The factory's is offered to the caller, who decides.
    bench.turn(json!({ "password": "admin" }));
    let failure = bench.radio().session().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::AuthRefused);
    bench.radio().session_with(&Secret::new("admin")).await.unwrap().close().await;
}
