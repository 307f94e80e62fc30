//! Peers that say nothing, or not enough: no wait without end, no socket left behind.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use towerhand::model::FailureClass;
use towerhand::transport::ssh::{Config, Connection};

use super::{Journal, LOOPBACK, frame, open_sockets_to, target};

/// Accepts, says `greeting`, and reads until the client closes.
async fn silent(greeting: &'static [u8]) -> (u16, Journal, JoinSet<()>) {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let journal = Journal::default();
    let noted = journal.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(greeting).await.unwrap();
            noted.add("greeted");
            let mut bytes = [0; 4096];
            while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
            noted.add("closed");
        }
    });
    (port, journal, tasks)
}

const GREETING: &[u8] = b"SSH-2.0-ROSSSH\r\n";

#[tokio::test]
async fn a_silent_peer_is_a_timeout_and_leaves_no_socket() {
    let config = Config { login_seconds: 1, ..Config::default() };
    for (greeting, words) in [(&b""[..], "sends nothing"), (GREETING, "does not finish the key exchange")] {
        let (port, journal, _tasks) = silent(greeting).await;
        let frame = frame();
        let failure = Connection::open(&frame.cx, &target(port), &config, None).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Timeout);
        assert!(failure.sentence.contains(words), "{failure}");
        journal.wait("closed").await;
        assert_eq!(open_sockets_to(port), 0);
        assert_eq!(journal.count("greeted"), 1, "a deadline is not tried again");
    }
}

#[tokio::test]
async fn cancel_in_the_key_exchange_leaves_no_socket() {
    for greeting in [&b""[..], GREETING] {
        let (port, journal, _tasks) = silent(greeting).await;
        let frame = frame();
        let cx = frame.cx.clone();
        let running =
            JoinSet::from_iter([async move { Connection::open(&cx, &target(port), &Config::default(), None).await }]);
        journal.wait("greeted").await;
        frame.cx.cancel.cancel();
        assert_eq!(running.join_all().await.pop().unwrap().unwrap_err().class, FailureClass::Cancelled);
        journal.wait("closed").await;
        assert_eq!(open_sockets_to(port), 0);
    }
}

#[tokio::test]
async fn a_dropped_attempt_leaves_no_socket() {
    let (port, journal, _tasks) = silent(GREETING).await;
    let frame = frame();
    let device = target(port);
    let config = Config::default();
    let dropped =
        frame.cx.clock.timeout(Duration::from_millis(300), Connection::open(&frame.cx, &device, &config, None)).await;
    assert!(dropped.is_err());
    journal.wait("closed").await;
    assert_eq!(open_sockets_to(port), 0);
}

#[tokio::test]
async fn what_is_not_ssh_is_told_so() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(&b"HTTP/1.1 400 Bad Request\r\n".repeat(200)).await;
        }
    });
    let frame = frame();
    let failure = Connection::open(&frame.cx, &target(port), &Config::default(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
}

#[tokio::test]
async fn a_drop_before_the_login_is_tried_once_more() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (journal, mut tasks) = (Journal::default(), JoinSet::new());
    let noted = journal.clone();
    tasks.spawn(async move {
        loop {
            let _ = listener.accept().await.unwrap();
            noted.add("connected");
        }
    });
    let frame = frame();
    let failure = Connection::open(&frame.cx, &target(port), &Config::default(), None).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert_eq!(journal.count("connected"), 2);
}
