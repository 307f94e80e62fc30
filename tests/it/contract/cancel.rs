//! C74 to C91: cancelling.

use serde_json::{Value, json};
use towerhand::model::{JobStatus, Level};
use towerhand::store::StepEnd;

use super::server::*;

async fn cancel(server: &Server, method: &str, id: &str, body: Option<Value>) -> Answer {
    let path = if method == "PATCH" { format!("{B}/jobs/{id}") } else { format!("{B}/jobs/{id}/cancel") };
    let ask = server.ask(method, &path).key(CAN).ik();
    match body {
        Some(body) => ask.json(&body).send().await,
        None => ask.send().await,
    }
}

async fn said(server: &Server, id: &str) -> Vec<(String, String)> {
    let answer = server.get(&format!("{B}/jobs/{id}/events"), RO).await;
    let events = answer.is(200).data()["events"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    events.iter().map(|event| (text(&event["level"]), text(&event["message"]))).collect()
}

#[tokio::test]
async fn c74_c75_a_running_job_is_asked_to_stop() {
    let server = Server::start().await;
    let id = server.submitted("ido.ping").await;
    let claimed = server.claim().await;
    let answer = cancel(&server, "POST", &id, Some(json!({}))).await;
    assert_eq!(
        answer.envelope(200, "ok", "Cancel request accepted"),
        &json!({"job_id": id, "status": "running", "cancel_requested": true})
    );
    let end = StepEnd::Finish { status: JobStatus::Cancelled, result: None, error: None, error_class: None };
    server.end(&claimed, end, Level::Warning, "Stopped before the next command").await;
    assert_eq!(server.job(&id).await["status"], "cancelled");
    assert!(said(&server, &id).await.contains(&("warning".to_owned(), "Cancel requested".to_owned())));
}

#[tokio::test]
async fn c76_c77_a_queued_job_is_cancelled_at_once_and_once() {
    let server = Server::start().await;
    let id = server.submitted("ido.ping").await;
    let answer = cancel(&server, "POST", &id, Some(json!({}))).await;
    assert_eq!(answer.is(200).data(), &json!({"job_id": id, "status": "cancelled", "cancel_requested": true}));
    let job = server.job(&id).await;
    assert_eq!((&job["status"], &job["started_at"], &job["result"]), (&json!("cancelled"), &Value::Null, &Value::Null));
    stamp(&job["finished_at"]);
    // Nothing is left to run.
    let other = server.submitted("health.get").await;
    assert_eq!(server.claim().await.job.id.to_string(), other);
    let again = cancel(&server, "PUT", &id, None).await;
    assert_eq!(again.is(200).data()["status"], "cancelled");
    assert_eq!(server.job(&id).await["finished_at"], job["finished_at"]);
}

#[tokio::test]
async fn c78_a_finished_job_stays_as_it_is() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    server.succeed(&server.claim().await, json!({"http_status": 200})).await;
    let before = server.job(&id).await;
    let answer = cancel(&server, "POST", &id, Some(json!({}))).await;
    assert_eq!(answer.is(200).data(), &json!({"job_id": id, "status": "success", "cancel_requested": true}));
    let after = server.job(&id).await;
    for kept in ["status", "result", "error", "started_at", "finished_at"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
}

#[tokio::test]
async fn c79_to_c83_every_way_to_ask() {
    let server = Server::start().await;
    for (method, body) in [
        ("PUT", Some(json!({}))),
        ("PUT", None),
        ("POST", None),
        ("PATCH", Some(json!({"op": "cancel"}))),
        ("PATCH", Some(json!({"op": " CANCEL "}))),
        ("PATCH", Some(json!({"action": "stop"}))),
    ] {
        let id = server.submitted("ido.ping").await;
        let answer = cancel(&server, method, &id, body).await;
        assert_eq!(answer.envelope(200, "ok", "Cancel request accepted")["status"], "cancelled", "{method}");
    }
    let id = server.submitted("ido.ping").await;
    let ignored = server.ask("POST", &format!("{B}/jobs/{id}/cancel")).key(CAN).ik();
    ignored.raw("text/plain", "whatever {").send().await.is(200);
}

#[tokio::test]
async fn c84_to_c86_other_patches() {
    let server = Server::start().await;
    let id = server.submitted("ido.ping").await;
    for body in [json!({"op": "retry"}), json!({}), json!({"op": null})] {
        cancel(&server, "PATCH", &id, Some(body.clone())).await.refused(422, "Supported PATCH ops: cancel");
        // Before the idempotency key, and before the job is looked up.
        let ask = server.ask("PATCH", &format!("{B}/jobs/unknown")).key(CAN).json(&body);
        ask.send().await.refused(422, "Supported PATCH ops: cancel");
    }
    for body in [Some(json!({"op": 1})), None, Some(json!([1]))] {
        cancel(&server, "PATCH", &id, body).await.refused_somehow(422);
    }
    assert_eq!(server.job(&id).await["status"], "queued");
}

#[tokio::test]
async fn c87_c88_without_a_key_and_without_a_job() {
    let server = Server::start().await;
    let id = server.submitted("ido.ping").await;
    for (method, path) in [("POST", "/cancel"), ("PUT", "/cancel"), ("PATCH", "")] {
        let ask = server.ask(method, &format!("{B}/jobs/{id}{path}")).key(CAN).json(&json!({"op": "cancel"}));
        ask.send().await.refused(400, "Missing Idempotency-Key");
        for unknown in ["unknown", "%ff", "089d0977-cec4-4cd8-9961-5c2dc9bbb34f"] {
            cancel(&server, method, unknown, Some(json!({"op": "cancel"}))).await.refused(404, "Job not found");
        }
    }
}

#[tokio::test]
async fn c89_to_c91_the_same_key_again() {
    let server = Server::start().await;
    let id = server.submitted("ido.ping").await;
    let ask = |method: &str, body: Value| {
        let path = format!("{B}/jobs/{id}/cancel");
        server.ask(method, &path).key(CAN).header("Idempotency-Key", "one").json(&body).send()
    };
    let first = ask("POST", json!({})).await;
    let again = ask("POST", json!({})).await;
    assert_eq!((first.is(200).text.as_str(), again.status), (again.text.as_str(), 200));
    ask("POST", json!({"x": 1})).await.refused(409, "Idempotency-Key reused with different payload");
    let put = ask("PUT", json!({})).await;
    assert_ne!(put.is(200).body["request_id"], first.body["request_id"]);
}
