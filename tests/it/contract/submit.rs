//! C32 to C54: submission.

use serde_json::{Value, json};

use super::server::*;

fn jobs() -> String {
    format!("{B}/jobs")
}

#[tokio::test]
async fn c32_c33_c63_an_idempotency_key_is_needed_unless_switched_off() {
    let server = Server::start().await;
    let body = json!({"action": "health.get", "payload": {}});
    server.ask("POST", &jobs()).key(ADMIN).json(&body).send().await.refused(400, "Missing Idempotency-Key");
    let blank = server.ask("POST", &jobs()).key(ADMIN).header("Idempotency-Key", "   ").json(&body).send().await;
    blank.refused(400, "Missing Idempotency-Key");
    assert_eq!(server.count().await, 0);

    let config = towerhand::api::Config { require_idempotency: false, ..Default::default() };
    let server = Server::with(Setup { config, ..Setup::default() }).await;
    server.ask("POST", &jobs()).key(ADMIN).json(&body).send().await.envelope(202, "accepted", "Job accepted");
}

#[tokio::test]
async fn c34_c36_c37_a_job_is_accepted_and_shown() {
    let server = Server::start().await;
    let answer = server.submit(ADMIN, &json!({"action": "health.get", "payload": {}})).await;
    let data = answer.envelope(202, "accepted", "Job accepted").clone();
    assert_eq!(members(&data), ["job_id", "request_id", "action", "status"]);
    assert_eq!(data["request_id"], answer.body["request_id"]);
    assert_eq!((&data["action"], &data["status"]), (&json!("health.get"), &json!("queued")));

    let job = server.job(data["job_id"].as_str().unwrap()).await;
    assert_eq!(
        members(&job),
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
            "error",
            "payload"
        ]
    );
    assert_eq!(job["request_id"], data["request_id"]);
    let whoami = server.get(&format!("{B}/whoami"), ADMIN).await;
    assert_eq!(job["submitted_by"], whoami.data()["api_key"]);
    stamp(&job["created_at"]);
    for empty in ["started_at", "finished_at", "result", "error"] {
        assert_eq!(job[empty], Value::Null, "{empty}");
    }
    assert_eq!((&job["cancel_requested"], &job["payload"]), (&json!(false), &json!({})));
}

#[tokio::test]
async fn c38_to_c41_without_an_action() {
    let server = Server::start().await;
    for body in [
        json!({"payload": {}}),
        json!({"action": "", "payload": {}}),
        json!({"action": "   "}),
        json!({"action": null}),
        json!({"action": 7}),
    ] {
        server.submit(ADMIN, &body).await.refused(422, "Missing 'action'");
    }
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn c42_an_unknown_action_is_taken() {
    let server = Server::start().await;
    let answer = server.submit(ADMIN, &json!({"action": "nope.nope", "payload": {}})).await;
    assert_eq!(answer.envelope(202, "accepted", "Job accepted")["action"], "nope.nope");
}

#[tokio::test]
async fn c43_only_an_object_is_a_payload() {
    let server = Server::start().await;
    for payload in [json!([1]), json!("hunter2"), json!(3), json!(true)] {
        let answer = server.submit(ADMIN, &json!({"action": "health.get", "payload": payload})).await;
        answer.refused_somehow(422);
        assert!(!answer.text.contains("hunter2"));
    }
    assert_eq!(server.count().await, 0);
}

async fn stored(server: &Server, body: Value) -> Value {
    let answer = server.submit(ADMIN, &body).await;
    let id = answer.is(202).data()["job_id"].as_str().unwrap().to_owned();
    server.job(&id).await["payload"].clone()
}

#[tokio::test]
async fn c44_to_c48_the_payload_is_kept_as_sent() {
    let server = Server::start().await;
    assert_eq!(stored(&server, json!({"action": "health.get", "payload": null})).await, json!({}));
    assert_eq!(stored(&server, json!({"action": "configs.get", "config_id": 3})).await, json!({"config_id": 3}));
    let folded = json!({"action": "health.get", "method": "GET", "path": "/api/health"});
    assert_eq!(stored(&server, folded).await, json!({"method": "GET", "path": "/api/health"}));
    let both = json!({"action": "health.get", "payload": {"a": 1}, "extra": true});
    assert_eq!(stored(&server, both).await, json!({"a": 1}));

    let run = json!({
        "ips": ["192.0.2.1", "192.0.2.2"],
        "tasks": ["firmware", "snmp"],
        "maintenance_params": {"activation_mode": "scheduled", "firmware_target": "final", "nothing": null},
        "username": "noc",
        "deep": {"list": [1, 2.5, -3, "ä", {"empty": {}}]}
    });
    assert_eq!(stored(&server, json!({"action": "aviat.run", "payload": run})).await, run);
    let nokia = json!({"backhauls": [{"name": "B", "ip": "192.0.2.5/30"}]});
    assert_eq!(stored(&server, json!({"action": "nokia.generate_7250", "payload": nokia})).await, nokia);
}

#[tokio::test]
async fn c51_bodies_that_are_none() {
    let server = Server::start().await;
    let deep =
        format!("{{\"action\":\"a\",\"payload\":{}{}}}", "{\"a\":".repeat(100), "1".to_owned() + &"}".repeat(100));
    let long = format!("{{\"action\":\"{}\"}}", "a".repeat(201));
    for body in ["[]", "", "{bad-hunter2", "\"hunter2\"", "null", deep.as_str(), long.as_str()] {
        let answer = server.ask("POST", &jobs()).key(ADMIN).ik().raw("application/json", body.to_owned()).send().await;
        answer.refused_somehow(422);
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }
    let form = server.ask("POST", &jobs()).key(ADMIN).ik();
    form.raw("application/x-www-form-urlencoded", "action=health.get").send().await.refused_somehow(422);
    let text = server.ask("POST", &jobs()).key(ADMIN).ik().raw("text/plain", "{\"action\":\"health.get\"}");
    text.send().await.refused_somehow(422);
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn c53_a_large_body_is_refused_announced_or_not() {
    let server = Server::start().await;
    let large = format!("{{\"action\":\"health.get\",\"payload\":{{\"x\":\"{}\"}}}}", "x".repeat(10 * 1024 * 1024));
    let announced = server.ask("POST", &jobs()).key(ADMIN).ik().raw("application/json", large.clone());
    announced.send().await.refused_somehow(413);
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        large.as_bytes().chunks(64 * 1024).map(|piece| Ok(piece.to_vec())).collect();
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let chunked = server.ask("POST", &jobs()).key(ADMIN).ik().raw("application/json", chunked);
    chunked.send().await.refused_somehow(413);
    let cancel = server.ask("POST", &format!("{B}/jobs/x/cancel")).key(CAN).ik().raw("application/json", large);
    cancel.send().await.refused_somehow(413);
    assert_eq!(server.count().await, 0);
    // Just fits: 1 MiB.
    let frame = "{\"action\":\"health.get\",\"payload\":{\"x\":\"\"}}".len();
    let fits = format!("{{\"action\":\"health.get\",\"payload\":{{\"x\":\"{}\"}}}}", "x".repeat(1024 * 1024 - frame));
    server.ask("POST", &jobs()).key(ADMIN).ik().raw("application/json", fits).send().await.is(202);
}

#[tokio::test]
async fn c54_secrets_of_a_payload_are_never_seen_again() {
    use towerhand::model::SecretRef;
    use towerhand::store::SecretStore as _;
    let server = Server::start().await;
    let payload = json!({
        "ip_address": "192.0.2.9",
        "password": "hunter2-a",
        "snmp": {"community": "hunter2-b", "version": "2c"},
        "ssh": [{"private_key": "hunter2-c"}]
    });
    let answer = server.submit(ADMIN, &json!({"action": "ido.swt.device_info", "payload": payload})).await;
    let id = answer.is(202).data()["job_id"].as_str().unwrap().to_owned();
    let shown = server.job(&id).await;
    assert_eq!(
        shown["payload"],
        json!({
            "ip_address": "192.0.2.9",
            "password": "***",
            "snmp": {"community": "***", "version": "2c"},
            "ssh": [{"private_key": "***"}]
        })
    );
    for path in ["/jobs".to_owned(), format!("/jobs/{id}"), format!("/jobs/{id}/events")] {
        assert!(!server.get(&format!("{B}{path}"), ADMIN).await.text.contains("hunter2"));
    }
    // What a worker gets: a reference that the vault opens.
    let claimed = server.claim().await;
    let reference = SecretRef::parse(claimed.job.payload["snmp"]["community"].as_str().unwrap()).unwrap();
    let SecretRef::Vault(name) = reference else { panic!("{reference}") };
    assert_eq!(name, format!("job/{id}/snmp/community"));
    let sealed = server.store.secret(&name).await.unwrap().unwrap();
    assert_eq!(server.vault.unseal(&sealed).unwrap().expose(), "hunter2-b");
    assert_eq!(claimed.job.lane.as_deref(), Some("192.0.2.9"));
    server.succeed(&claimed, json!({"ok": true})).await;
    assert!(server.store.secret(&name).await.unwrap().is_none(), "they die with the job");
}
