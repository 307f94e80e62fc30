//! C55 to C62.

use std::time::Duration;

use serde_json::{Value, json};
use towerhand::clock::Clock;

use super::server::*;

fn health() -> Value {
    json!({"action": "health.get", "payload": {}})
}

async fn submit(server: &Server, path: &str, key: &str, ik: &str, body: &Value) -> Answer {
    server.ask("POST", path).key(key).header("Idempotency-Key", ik).json(body).send().await
}

#[tokio::test]
async fn c55_c56_c57_the_same_key_again() {
    let server = Server::start().await;
    let path = format!("{B}/jobs");
    let first = submit(&server, &path, ADMIN, "one", &health()).await;
    let again = submit(&server, &path, ADMIN, " one ", &health()).await;
    assert_eq!((first.is(202).text.as_str(), again.status), (again.text.as_str(), 202));
    assert_eq!(server.count().await, 1);

    let other = json!({"action": "health.get", "payload": {"x": 1}});
    let reuse = submit(&server, &path, ADMIN, "one", &other).await;
    reuse.refused(409, "Idempotency-Key reused with different payload");
    let spaced = server.ask("POST", &path).key(ADMIN).header("Idempotency-Key", "one");
    let spaced = spaced.raw("application/json", format!("{} ", health())).send().await;
    spaced.refused(409, "Idempotency-Key reused with different payload");

    let theirs = submit(&server, &path, SUB, "one", &health()).await;
    assert_ne!(theirs.is(202).data()["job_id"], first.data()["job_id"]);
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn c58_both_prefixes_are_one() {
    let server = Server::start().await;
    let long = submit(&server, &format!("{B}/jobs"), ADMIN, "two", &health()).await;
    let short = submit(&server, "/api/v2/jobs", ADMIN, "two", &health()).await;
    assert_eq!(long.is(202).data()["job_id"], short.is(202).data()["job_id"]);
    assert_eq!(server.count().await, 1);
}

#[tokio::test]
async fn c59_twenty_at_once_make_one_job() {
    let server = Server::start().await;
    let (path, body) = (format!("{B}/jobs"), health());
    let asked = (0..20).map(|_| submit(&server, &path, ADMIN, "three", &body));
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(distinct(answers.iter().map(|answer| answer.is(202).text.clone())), 1);
    assert_eq!(server.count().await, 1);
}

#[tokio::test]
async fn c60_c94_a_restart_forgets_neither_answers_nor_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let path = format!("{B}/jobs");
    let server = Server::at(dir.path(), Setup::default()).await;
    let first = submit(&server, &path, ADMIN, "four", &health()).await;
    server.succeed(&server.claim().await, json!({"http_status": 200})).await;
    let id = first.data()["job_id"].as_str().unwrap().to_owned();
    let (job, events) = (server.job(&id).await, server.get(&format!("{B}/jobs/{id}/events"), ADMIN).await);
    server.stop().await;

    let server = Server::at(dir.path(), Setup::default()).await;
    let again = submit(&server, &path, ADMIN, "four", &health()).await;
    assert_eq!(first.text, again.is(202).text);
    assert_eq!(server.job(&id).await, job);
    assert_eq!(server.get(&format!("{B}/jobs/{id}/events"), ADMIN).await.data(), events.data());
}

#[tokio::test]
async fn c61_a_refusal_does_not_burn_the_key() {
    let server = Server::start().await;
    let path = format!("{B}/jobs");
    submit(&server, &path, ADMIN, "five", &json!({"payload": {}})).await.is(422);
    submit(&server, &path, ADMIN, "five", &health()).await.is(202);

    let id = server.submitted("health.get").await;
    let cancel = |id: String| {
        let path = format!("{B}/jobs/{id}/cancel");
        server.ask("POST", &path).key(CAN).header("Idempotency-Key", "six").json(&json!({})).send()
    };
    cancel("unknown".to_owned()).await.is(404);
    cancel(id).await.is(200);
}

#[tokio::test]
async fn c62_an_expired_key_is_a_new_one() {
    let clock = Clock::manual("2026-02-18T05:10:00Z".parse().unwrap());
    let config = towerhand::api::Config { idempotency_ttl_seconds: 1, ..Default::default() };
    let server = Server::with(Setup { config, clock: clock.clone(), ..Setup::default() }).await;
    let path = format!("{B}/jobs");
    let first = submit(&server, &path, ADMIN, "seven", &health()).await;
    assert_eq!(first.is(202).body["timestamp"], "2026-02-18T05:10:00Z");
    let again = submit(&server, &path, ADMIN, "seven", &health()).await;
    assert_eq!(first.text, again.text);
    clock.advance(Duration::from_secs(2));
    let later = submit(&server, &path, ADMIN, "seven", &health()).await;
    assert_ne!(first.data()["job_id"], later.is(202).data()["job_id"]);
}

#[tokio::test]
async fn a_key_of_five_thousand_characters_is_a_key() {
    let server = Server::start().await;
    let (path, key) = (format!("{B}/jobs"), "k".repeat(5000));
    let first = submit(&server, &path, ADMIN, &key, &health()).await;
    assert_eq!(first.is(202).text, submit(&server, &path, ADMIN, &key, &health()).await.text);
}
