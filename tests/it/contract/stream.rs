//! The stream of a job.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand::api::Config;
use towerhand::model::{Level, NewEvent};
use towerhand::store::JobStore as _;

use super::server::*;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    id: Option<i64>,
    kind: String,
    data: Value,
}

/// Reads events off a response.
struct Reader {
    response: reqwest::Response,
    buffer: String,
}

impl Reader {
    async fn open(server: &Server, id: &str, last: Option<i64>) -> Self {
        let mut ask = server.ask("GET", &format!("{B}/jobs/{id}/stream")).key(RO);
        if let Some(last) = last {
            ask = ask.header("Last-Event-ID", &last.to_string());
        }
        let response = ask.open().await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// The next block of the stream, comments included; none at its end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                return Some(block);
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn next(&mut self) -> Option<Sent> {
        loop {
            let block = self.block().await?;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
            if let Some(data) = field("data") {
                return Some(Sent {
                    id: field("id").map(|id| id.parse().unwrap()),
                    kind: field("event").unwrap_or_else(|| "message".to_owned()),
                    data: serde_json::from_str(&data).unwrap(),
                });
            }
        }
    }

    async fn rest(mut self) -> Vec<Sent> {
        let mut all = Vec::new();
        while let Some(sent) = self.next().await {
            all.push(sent);
        }
        all
    }
}

fn state(sent: &Sent) -> &str {
    assert_eq!((sent.kind.as_str(), sent.id), ("state", None));
    sent.data["status"].as_str().unwrap()
}

#[tokio::test]
async fn a_stream_follows_a_job_to_its_end() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    let mut reader = Reader::open(&server, &id, None).await;
    let first = reader.next().await.unwrap();
    assert_eq!(state(&first), "queued");
    assert_eq!(first.data, json!({"job_id": id, "status": "queued", "cancel_requested": false, "error": null}));

    let claimed = server.claim().await;
    let started = reader.next().await.unwrap();
    assert_eq!(started.kind, "message");
    assert_eq!(members(&started.data), ["ts", "level", "message"]);
    assert_eq!(started.data["message"], "Started action 'health.get'");
    assert_eq!(state(&reader.next().await.unwrap()), "running");

    let progress = NewEvent { at: server.clock.now(), level: Level::Info, message: "half way".to_owned() };
    server.store.append(&claimed.lease, vec![progress]).await.unwrap();
    let half = reader.next().await.unwrap();
    assert_eq!(half.data["message"], "half way");
    assert!(half.id > started.id);

    server.succeed(&claimed, json!({"http_status": 200})).await;
    let rest = reader.rest().await;
    assert_eq!(rest.len(), 2, "{rest:?}");
    assert_eq!(rest[0].data["message"], "Action completed");
    assert_eq!(state(&rest[1]), "success");

    // A client that comes back gets what it missed, and the end.
    let resumed = Reader::open(&server, &id, half.id).await.rest().await;
    assert_eq!(resumed, rest);
    let whole = Reader::open(&server, &id, None).await.rest().await;
    let messages: Vec<&str> = whole.iter().filter_map(|sent| sent.data["message"].as_str()).collect();
    assert_eq!(messages, ["Started action 'health.get'", "half way", "Action completed"]);
}

#[tokio::test]
async fn a_stream_ends_when_the_daemon_does() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    let mut reader = Reader::open(&server, &id, None).await;
    assert_eq!(state(&reader.next().await.unwrap()), "queued");
    server.shutdown.cancel();
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_is_there() {
    let config = Config { keepalive_seconds: 1, ..Default::default() };
    let server = Server::with(Setup { config, ..Setup::default() }).await;
    let id = server.submitted("health.get").await;
    let mut reader = Reader::open(&server, &id, None).await;
    assert_eq!(state(&reader.next().await.unwrap()), "queued");
    let quiet = server.clock.timeout(Duration::from_secs(10), reader.block()).await.unwrap().unwrap();
    assert!(quiet.starts_with(':'), "{quiet:?}");
}
