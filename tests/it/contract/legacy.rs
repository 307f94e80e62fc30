//! C22 with the older service behind the daemon: asked in the background, told in `/health`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use towerhand::clock::Clock;

use crate::support::{Setup, TestDaemon};

/// An older service: answers every request with one status, and tells the request's first line.
pub(super) struct Older {
    pub(super) base: String,
    pub(super) status: Arc<AtomicU16>,
    pub(super) asked: mpsc::UnboundedReceiver<String>,
}

impl Older {
    #[expect(clippy::disallowed_methods, reason = "it lives as long as its test")]
    pub(super) async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/noc", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(status));
        let (tell, asked) = mpsc::unbounded_channel();
        let answer = Arc::clone(&status);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { break };
                    head.push(byte);
                }
                let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
                let _ = tell.send(line);
                let status = answer.load(Ordering::SeqCst);
                let reply = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
                let _ = stream.write_all(reply.as_bytes()).await;
            }
        });
        Self { base, status, asked }
    }
}

pub(super) async fn health(daemon: &TestDaemon) -> Value {
    daemon.api.send(daemon.api.request(Method::GET, "/health")).await.1
}

/// Asks until `/health` has this status: the probe runs in the background.
#[expect(
    clippy::disallowed_methods,
    reason = "the health view sends no signal; the wait is bounded and decides nothing"
)]
async fn becomes(daemon: &TestDaemon, status: &str) -> Value {
    for _ in 0..1000 {
        let answer = health(daemon).await;
        if answer["status"] == status {
            return answer["data"].clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {status}: {}", health(daemon).await);
}

#[tokio::test]
async fn c22_the_older_service_goes_down_and_comes_back() {
    let mut older = Older::start(200).await;
    let clock = Clock::manual("2026-02-18T05:10:00Z".parse().unwrap());
    let settings = format!("legacy_base = '{}'", older.base);
    let daemon = TestDaemon::start(Setup { settings, clock: clock.clone(), ..Setup::default() }).await;
    let data = becomes(&daemon, "ok").await;
    assert_eq!(
        (&data["legacy_api_base"], &data["legacy_health"]["ok"]),
        (&Value::from(older.base.clone()), &true.into())
    );
    assert_eq!(older.asked.recv().await.unwrap(), "GET /noc/api/health HTTP/1.1");

    older.status.store(503, Ordering::SeqCst);
    clock.advance(Duration::from_secs(30));
    let data = becomes(&daemon, "degraded").await;
    assert_eq!(data["legacy_health"]["error"], "legacy service: GET /api/health was answered with 503");
    // Half a minute between two questions, not less.
    clock.advance(Duration::from_secs(29));
    older.status.store(200, Ordering::SeqCst);
    assert_eq!(health(&daemon).await["status"], "degraded");
    clock.advance(Duration::from_secs(1));
    becomes(&daemon, "ok").await;
    daemon.stop().await;
}

#[tokio::test]
async fn c22_nobody_there_and_nobody_answering() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_base = format!("http://{}", silent.local_addr().unwrap());
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed_base = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let daemon =
        TestDaemon::start(Setup { settings: format!("legacy_base = '{closed_base}'"), ..Setup::default() }).await;
    let error = told(&daemon, "found no connection").await;
    assert_eq!(error, "legacy service: GET /api/health found no connection");
    daemon.stop().await;

    let clock = Clock::manual("2026-02-18T05:10:00Z".parse().unwrap());
    let settings = format!("legacy_base = '{silent_base}'");
    let daemon = TestDaemon::start(Setup { settings, clock: clock.clone(), ..Setup::default() }).await;
    let (_kept_open, _) = silent.accept().await.unwrap();
    assert_eq!(health(&daemon).await["data"]["legacy_health"]["error"], "legacy service: not known yet");
    clock.advance(Duration::from_secs(5));
    told(&daemon, "had no answer within 5 s").await;
    daemon.stop().await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the health view sends no signal; the wait is bounded and decides nothing"
)]
async fn told(daemon: &TestDaemon, what: &str) -> String {
    for _ in 0..1000 {
        let answer = health(daemon).await;
        let error = answer["data"]["legacy_health"]["error"].as_str().unwrap_or_default().to_owned();
        if error.contains(what) {
            assert_eq!(answer["status"], "degraded");
            return error;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never told: {}", health(daemon).await);
}
