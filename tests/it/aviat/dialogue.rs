//! Lines that ask: answered where the question is the one that was foreseen, interrupted where it is not.

use serde_json::json;
use towerhand::drivers::aviat::platform::{PTY, SHELL, USERNAME, questions};
use towerhand::model::{FailureClass, Secret};
use towerhand::transport::ssh::shell::{Ask, Said, Script, Shell, Typed};
use towerhand::transport::ssh::{Connection, Limits};
use towerhand_simulators::core::{Fault, When};

use super::bench::Bench;

const NO: &[Ask<'static>] = &[];

async fn shell(bench: &Bench) -> (Connection, Shell) {
    let mut target = bench.target.clone();
    target.username = Some(USERNAME.to_owned());
    let mut connection = Connection::open(&bench.cx, &target, &bench.ssh, None).await.unwrap();
    let shell = connection.shell(&bench.cx, PTY, &SHELL).await.unwrap();
    (connection, shell)
}

fn script<'a>(line: &'a str, asks: &'a [Ask<'a>]) -> Script<'a> {
    Script { line, asks, may_hang_up: false }
}

fn limits(bench: &Bench) -> Limits {
    bench.ssh.limits().with_effect()
}

#[tokio::test]
async fn a_question_that_was_not_foreseen_is_interrupted_and_the_shell_goes_on() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11", "software_state": "loadOk" })).await;
    let (_connection, mut shell) = shell(&bench).await;
    let secret = Secret::new("never-typed");
    let password = [Ask { question: &questions::CURRENT, answer: Typed::Secret(&secret) }];
    // Asks whether it is sure, where only a password was foreseen.
    let failure =
        shell.dialogue(&bench.cx, &script("software activate", &password), &limits(&bench)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused, "{failure}");
    assert!(failure.sentence.contains("Are you sure you want to activate the new software? [no,yes]"), "{failure}");
    // A hidden one, with nothing foreseen.
    let failure = shell.dialogue(&bench.cx, &script("change-password", NO), &limits(&bench)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused, "{failure}");
    assert_eq!(bench.knob("software_state"), json!("loadOk"));
    let said = shell.dialogue(&bench.cx, &script("show software-status status", NO), &limits(&bench)).await.unwrap();
    let Said::Reply { reply, answered: 0 } = said else { panic!("{said:?}") };
    assert_eq!(reply.text, "software-status status loadOk");
    assert_eq!(
        bench.received("shell"),
        [
            "operational: software activate",
            "answer to \"Are you sure you want to activate the new software? [no,yes]\": given up",
            "operational: change-password",
            "answer to \"Enter current password:\": given up",
            "operational: show software-status status"
        ]
    );
    assert!(!bench.everything_told().contains("never-typed"));
}

#[tokio::test]
async fn answers_come_in_their_order_and_the_text_stands_behind_the_last() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11" })).await;
    let (_connection, mut shell) = shell(&bench).await;
    let (old, new) = (Secret::new("admin"), Secret::new("kettle-77"));
    let asks = [
        Ask { question: &questions::CURRENT, answer: Typed::Secret(&old) },
        Ask { question: &questions::NEW, answer: Typed::Secret(&new) },
        Ask { question: &questions::AGAIN, answer: Typed::Secret(&new) },
    ];
    let said = shell.dialogue(&bench.cx, &script("change-password", &asks), &limits(&bench)).await.unwrap();
    let Said::Reply { reply, answered: 3 } = said else { panic!("{said:?}") };
    assert_eq!(reply.text, "Password changed successfully.");
    assert_eq!(
        bench.sent("ssh"),
        [
            "change-password",
            "*** (to the question for the current password)",
            "*** (to the question for the new password)",
            "*** (to the question for the new password again)"
        ]
    );
    // One that was not foreseen in the middle: the rest is not typed.
    let failure = shell.dialogue(&bench.cx, &script("change-password", &asks[..1]), &limits(&bench)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused, "{failure}");
    assert_eq!(bench.knob("password"), json!("kettle-77"));
    assert!(shell.is_usable());
}

#[tokio::test]
async fn a_question_in_an_answer_is_none() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11" })).await;
    let (_connection, mut shell) = shell(&bench).await;
    let secret = Secret::new("never-typed");
    let asks = [Ask { question: &questions::CURRENT, answer: Typed::Secret(&secret) }];
    // The same words as finished lines, as part of a line, and as a packet of their own that goes on a moment later.
    bench.refuse("change-password", "Enter current password: \r\nmore: Enter current password: [x]");
    bench.fault(Fault::Split { after: ":".to_owned(), ms: 1_000 });
    let said = shell.dialogue(&bench.cx, &script("change-password", &asks), &limits(&bench)).await.unwrap();
    let Said::Reply { reply, answered: 0 } = said else { panic!("{said:?}") };
    assert_eq!(reply.text, "Enter current password: \nmore: Enter current password: [x]");
    assert!(!bench.everything_told().contains("never-typed"));
}

#[tokio::test]
async fn the_end_of_the_session_is_an_answer_only_behind_the_last_answer() {
    let yes = [Ask { question: &questions::SURE, answer: Typed::Word("yes") }];
    let bench = Bench::start("AV4100", json!({ "family": "2.11", "reboot_seconds": 1000 })).await;
    let restart = Script { line: "restart", asks: &yes, may_hang_up: true };
    bench.drop_at("restart", When::Before);
    let (_connection, mut lost) = shell(&bench).await;
    let failure = lost.dialogue(&bench.cx, &restart, &limits(&bench)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    bench.device.clear_faults();
    let (_connection, mut shell) = shell(&bench).await;
    let said = shell.dialogue(&bench.cx, &restart, &limits(&bench)).await.unwrap();
    assert!(matches!(said, Said::HungUp | Said::Reply { answered: 1, .. }), "{said:?}");
    assert_eq!(bench.received("boot"), ["reboot same"]);
}

#[tokio::test]
async fn nothing_is_typed_once_someone_asked_to_stop() {
    let bench = Bench::start("AV4100", json!({ "family": "2.11" })).await;
    let mut session = bench.radio().session().await.unwrap();
    bench.cx.cancel.cancel();
    let failure = session.restart().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Cancelled, "{failure}");
    session.close().await;
    assert_eq!(bench.typed(), [""; 0]);
}
