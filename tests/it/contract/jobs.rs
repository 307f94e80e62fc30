//! C64 to C73 and C96, C99: reading jobs.

use serde_json::{Value, json};

use super::server::*;

#[tokio::test]
async fn c64_c65_c96_the_list() {
    let server = Server::start().await;
    let empty = server.get(&format!("{B}/jobs"), RO).await;
    assert_eq!(empty.envelope(200, "ok", ""), &json!({"jobs": [], "count": 0}));

    let first = server.submitted("health.get").await;
    let second = server.submitted("mt.config").await;
    server.succeed(&server.claim().await, json!({"config": "/system identity"})).await;
    server.fail(&server.claim().await, "validation_error: missing config_type").await;
    let list = server.get(&format!("{B}/jobs"), RO).await;
    assert_eq!(members(list.envelope(200, "ok", "")), ["jobs", "count"]);
    assert_eq!(ids(&list), [second.clone(), first]);
    assert_eq!(list.data()["count"], 2);
    let item = &list.data()["jobs"][0];
    assert_eq!(
        members(item),
        [
            "job_id",
            "request_id",
            "action",
            "submitted_by",
            "status",
            "created_at",
            "started_at",
            "finished_at",
            "cancel_requested",
            "result",
            "error"
        ]
    );
    assert_eq!(item["status"], "error");
    assert_eq!((&item["result"], &item["error"]), (&Value::Null, &json!("validation_error: missing config_type")));
    assert_eq!(list.data()["jobs"][1]["result"], json!({"config": "/system identity"}));
    let job = server.job(&second).await;
    assert!(stamp(&job["created_at"]) <= stamp(&job["started_at"]));
    assert!(stamp(&job["started_at"]) <= stamp(&job["finished_at"]));

    let newest = server.get(&format!("{B}/jobs?limit=500&limit=1"), RO).await;
    assert_eq!(ids(&newest), [second]);
    let failed = server.get(&format!("{B}/jobs?status=error"), RO).await;
    assert_eq!(failed.data()["count"], 1);
}

#[tokio::test]
async fn c66_limits() {
    let server = Server::start().await;
    server.get(&format!("{B}/jobs?limit=500"), RO).await.is(200);
    for limit in ["501", "0", "-1", "abc", "1.5", "", "1%00", "9999999999999999999999"] {
        server.get(&format!("{B}/jobs?limit={limit}"), RO).await.refused_somehow(422);
    }
    server.get(&format!("{B}/jobs?status=done"), RO).await.refused_somehow(422);
}

#[tokio::test]
async fn c67_a_hundred_of_150_newest_first_in_order_of_submission() {
    let server = Server::start().await;
    let mut submitted = Vec::new();
    for _ in 0..150 {
        submitted.push(server.submitted("health.get").await);
    }
    submitted.reverse();
    submitted.truncate(100);
    let list = server.get(&format!("{B}/jobs"), RO).await;
    assert_eq!(ids(&list), submitted);
}

#[tokio::test]
async fn c68_to_c70_unknown_jobs() {
    let server = Server::start().await;
    let known = server.submitted("health.get").await;
    let long = "x".repeat(4096);
    for id in [
        "unknown",
        "..%2fx",
        &long,
        "%C3%A4",
        "%ff%fe",
        "%00",
        &known.to_uppercase(),
        "089d0977-cec4-4cd8-9961-5c2dc9bbb34f",
    ] {
        for path in ["", "/events", "/stream"] {
            let answer = server.get(&format!("{B}/jobs/{id}{path}"), RO).await;
            answer.refused(404, "Job not found");
        }
    }
}

#[tokio::test]
async fn c71_c72_c73_events() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    let path = format!("{B}/jobs/{id}/events");
    let queued = server.get(&path, RO).await;
    assert_eq!(queued.envelope(200, "ok", ""), &json!({"job_id": id, "status": "queued", "events": []}));

    server.succeed(&server.claim().await, json!({"http_status": 200})).await;
    let finished = server.get(&path, RO).await;
    let data = finished.envelope(200, "ok", "");
    assert_eq!(data["status"], "success");
    let events = data["events"].as_array().unwrap();
    for event in events {
        assert_eq!(members(event), ["ts", "level", "message"]);
        stamp(&event["ts"]);
    }
    let said: Vec<(&str, &str)> =
        events.iter().map(|event| (event["level"].as_str().unwrap(), event["message"].as_str().unwrap())).collect();
    assert_eq!(said, [("info", "Started action 'health.get'"), ("success", "Action completed")]);
}
