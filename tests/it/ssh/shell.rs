//! Interactive shells.

use std::time::Duration;

use towerhand::model::FailureClass;
use towerhand::transport::ssh::shell::{self, Dialogue, Echo, Pager, Patterns, Platform, Prompt};
use towerhand::transport::ssh::{Connection, Limits, Pty};

use super::peer::{Login, Peer, Shell, peer};
use super::{Frame, config, frame, limits, open_sockets_to, target};

static ROUTER: Platform = Platform {
    name: "router",
    prompts: &[Prompt { lines: 1, shape: r"\[(?<id>[^\n]+)\] (?:/[^\n<>]*)?(?:<SAFE> |> )" }],
    echo: Echo::Line,
    line_end: "\r",
    pagers: &[Pager { shape: r"-- \[Q quit\|[^\n]*\]", key: "d" }],
    dialogues: &[Dialogue {
        shape: r"[^\n]*software license\? \[Y/n\]: ?",
        answer: "n",
        note: "the software license was not read",
    }],
    answers_probes: true,
    log_lines: &[r"\d\d:\d\d:\d\d echo: \S+ .*"],
    refusals: &[r"bad command name .*"],
    quiet: Duration::from_millis(150),
    patterns: Patterns::new(),
};

const PTY: Pty = Pty { term: "vt100", cols: 511, rows: 4098 };

async fn opened(how: Shell) -> (Peer, Frame, Connection, shell::Shell) {
    let (device, frame) = (peer(Login::Password, how).await, frame());
    let mut connection = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap();
    let shell = connection.shell(&frame.cx, PTY, &ROUTER).await.unwrap();
    (device, frame, connection, shell)
}

#[tokio::test]
async fn commands_get_their_answers_whole_however_they_arrive() {
    for how in [Shell::Router, Shell::RouterInBytes] {
        let (device, frame, connection, mut shell) = opened(how).await;
        assert_eq!(shell.prompt(), "[admin@r1] > ");
        assert_eq!(device.journal.count("pty vt100 511x4098"), 1);
        assert_eq!(frame.witnessed.count("noted ssh the software license was not read"), 1);
        for (line, text) in
            [("greet", "hello\nworld"), ("page", "one\ntwo"), ("log", "before\nafter"), ("greet", "hello\nworld")]
        {
            let reply = shell.command(&frame.cx, line, &limits()).await.unwrap();
            assert_eq!((reply.text.as_str(), reply.prompt.as_str()), (text, "[admin@r1] > "), "{line}, {how:?}");
        }
        assert_eq!(device.journal.count("nudged"), 1);
        shell.relearn(&frame.cx).await.unwrap();
        shell.close().await;
        connection.close().await;
        device.journal.wait("disconnected").await;
    }
}

#[tokio::test]
async fn a_refusal_and_a_question_leave_the_shell_usable() {
    let (device, frame, connection, mut shell) = opened(Shell::Router).await;
    let failure = shell.command(&frame.cx, "bad", &limits()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused);
    assert!(failure.sentence.contains("bad command name bad"), "{failure}");
    let failure = shell.command(&frame.cx, "ask", &limits()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused);
    assert!(failure.sentence.contains("numbers"), "{failure}");
    assert_eq!(device.journal.count("interrupted"), 1);
    assert_eq!(shell.command(&frame.cx, "greet", &limits()).await.unwrap().text, "hello\nworld");
    shell.close().await;
    connection.close().await;
}

#[tokio::test]
async fn part_of_an_answer_is_no_answer() {
    let short = Limits { idle: Duration::from_millis(400), ..limits() };
    let cap = Limits { max_bytes: 50_000, ..limits() };
    for (line, limits, class) in [
        ("silent", short, FailureClass::Timeout),
        ("half", short, FailureClass::Timeout),
        ("pour", cap, FailureClass::Protocol),
        ("drop", super::limits(), FailureClass::Protocol),
    ] {
        for (limits, class) in [(limits, class), (limits.with_effect(), FailureClass::OutcomeUnknown)] {
            let (device, frame, connection, mut shell) = opened(Shell::Router).await;
            let failure = shell.command(&frame.cx, line, &limits).await.unwrap_err();
            assert_eq!(failure.class, class, "{line}: {failure}");
            device.journal.wait("disconnected").await;
            let again = shell.command(&frame.cx, "greet", &super::limits()).await.unwrap_err();
            assert_eq!(again.class, FailureClass::Protocol);
            shell.close().await;
            connection.close().await;
            assert_eq!(open_sockets_to(device.port), 0);
            assert_eq!(device.journal.count("greet"), 0);
        }
    }
}

#[tokio::test]
async fn cancel_in_the_middle_of_an_answer_types_nothing_more() {
    let (device, frame, connection, mut shell) = opened(Shell::Router).await;
    let (cx, limits) = (frame.cx.clone(), limits());
    let running = tokio::task::JoinSet::from_iter([async move { shell.command(&cx, "half", &limits).await }]);
    device.journal.wait("typed \"half\"").await;
    frame.cx.cancel.cancel();
    assert_eq!(running.join_all().await.pop().unwrap().unwrap_err().class, FailureClass::Cancelled);
    device.journal.wait("disconnected").await;
    assert_eq!(device.journal.count("interrupted"), 0);
    connection.close().await;
}
