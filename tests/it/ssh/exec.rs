//! Commands on exec channels.

use std::time::Duration;

use towerhand::clock::Stopwatch;
use towerhand::model::{Failure, FailureClass};
use towerhand::transport::ssh::{Connection, ExecOutput, Limits};

use super::peer::{Login, Peer, Shell, peer};
use super::{Frame, config, frame, limits, open_sockets_to, target};

async fn connected() -> (Peer, Frame, Connection) {
    let (device, frame) = (peer(Login::Password, Shell::Router).await, frame());
    let connection = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap();
    (device, frame, connection)
}

async fn fails(command: &str, limits: &Limits) -> (Peer, Failure) {
    let (device, frame, mut connection) = connected().await;
    let failure = connection.exec(&frame.cx, command, limits).await.unwrap_err();
    device.journal.wait("disconnected").await;
    connection.close().await;
    (device, failure)
}

#[tokio::test]
async fn streams_status_and_end_are_told_apart() {
    let (_device, frame, mut connection) = connected().await;
    let both = connection.exec(&frame.cx, "both", &limits()).await.unwrap();
    let expected = ExecOutput { stdout: b"out".into(), stderr: b"err".into(), exit_status: Some(3), eof: true };
    assert_eq!(both, expected);
    let cut = connection.exec(&frame.cx, "no-status", &limits()).await.unwrap();
    assert_eq!((cut.exit_status, cut.eof, cut.stdout.as_slice()), (None, false, &b"cut off"[..]));
    // The same connection, one channel after the other.
    let big = connection.exec(&frame.cx, "size 5000000", &limits()).await.unwrap();
    assert_eq!((big.stdout.len(), big.exit_status), (5_000_000, Some(0)));
    assert_eq!(frame.witnessed.count("sending ssh both"), 1);
    connection.close().await;
}

#[tokio::test]
async fn a_secret_in_a_command_is_masked_for_those_who_look_on() {
    let (device, frame, mut connection) = connected().await;
    connection.exec(&frame.cx, "set password=right-password", &limits()).await.unwrap();
    assert_eq!(device.journal.count("exec set password=right-password"), 1);
    assert_eq!(frame.witnessed.count("sending ssh set password=***"), 1);
    assert_eq!(frame.witnessed.count("right-password"), 0);
    connection.close().await;
}

#[tokio::test]
async fn a_refused_command_leaves_the_connection_usable() {
    let (_device, frame, mut connection) = connected().await;
    let failure = connection.exec(&frame.cx, "refused", &limits()).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::DeviceRefused);
    assert!(connection.exec(&frame.cx, "both", &limits()).await.is_ok());
    connection.close().await;
}

#[tokio::test]
async fn part_of_an_answer_is_no_answer() {
    let idle = Limits { idle: Duration::from_millis(200), ..limits() };
    let total = Limits { total: Duration::from_millis(300), ..limits() };
    let cap = Limits { max_bytes: 100_000, ..limits() };
    for (command, limits, class) in [
        ("half", idle, FailureClass::Timeout),
        ("hang", total, FailureClass::Timeout),
        ("pour", total, FailureClass::Timeout),
        ("pour", cap, FailureClass::Protocol),
        ("drop", super::limits(), FailureClass::Protocol),
    ] {
        let (device, failure) = fails(command, &limits).await;
        assert_eq!(failure.class, class, "{command}: {failure}");
        let (_, failure) = fails(command, &limits.with_effect()).await;
        assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{command}: {failure}");
        assert_eq!(open_sockets_to(device.port), 0, "{command}");
    }
}

#[tokio::test]
async fn cancel_in_the_middle_of_an_answer_disconnects_at_once() {
    let (device, frame, mut connection) = connected().await;
    let (cx, limits) = (frame.cx.clone(), limits());
    let running = tokio::task::JoinSet::from_iter([async move {
        let result = connection.exec(&cx, "pour", &limits).await;
        (result, connection)
    }]);
    device.journal.wait("poured").await;
    let watch = Stopwatch::start();
    frame.cx.cancel.cancel();
    device.journal.wait("disconnected").await;
    let took = watch.elapsed();
    let (result, mut connection) = running.join_all().await.pop().unwrap();
    assert_eq!(result.unwrap_err().class, FailureClass::Cancelled);
    let again = connection.exec(&frame.cx, "both", &super::limits()).await.unwrap_err();
    assert_eq!(again.class, FailureClass::Cancelled);
    connection.close().await;
    assert_eq!(device.journal.count("exec both"), 0);
    assert!(took < Duration::from_secs(2), "{took:?} on a busy machine; alone it takes a few milliseconds");
}

#[tokio::test]
async fn a_dropped_connection_disconnects() {
    let (device, _frame, connection) = connected().await;
    drop(connection);
    device.journal.wait("disconnected").await;
    assert_eq!(open_sockets_to(device.port), 0);
}

#[tokio::test]
async fn a_device_without_a_free_session_says_so() {
    let (device, frame) = (peer(Login::Full, Shell::Router).await, frame());
    let failure = match Connection::open(&frame.cx, &target(device.port), &config(), None).await {
        Ok(mut connection) => connection.exec(&frame.cx, "both", &limits()).await.unwrap_err(),
        Err(failure) => failure,
    };
    assert_eq!(failure.class, FailureClass::SessionLimit, "{failure}");
    assert!(failure.sentence.contains("no vty free"), "{failure}");
}
