//! C01 to C20, and keys of the store.

use serde_json::{Value, json};
use towerhand::api::{KeyRing, KeySources, hash_key};
use towerhand::model::Secret;
use towerhand::store::{ApiKeyRow, KeyStore as _};

use super::server::*;

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text))
}

async fn with_keys(keys: KeySources) -> Server {
    Server::with(Setup { keys, ..Setup::default() }).await
}

fn whoami() -> String {
    format!("{B}/whoami")
}

#[tokio::test]
async fn c01_c02_c13_no_key_and_wrong_keys() {
    let server = Server::start().await;
    server.ask("GET", &whoami()).send().await.refused(401, "Missing API key");
    server.get(&whoami(), "wrong").await.refused(403, "Invalid API key");
    server.get(&whoami(), &ADMIN.to_uppercase()).await.refused(403, "Invalid API key");
    let basic = server.ask("GET", &whoami()).header("Authorization", "Basic azE6eA==").send().await;
    basic.refused(401, "Missing API key");
    assert!(basic.headers.contains_key("www-authenticate"));
    let bearer = server.ask("GET", &whoami()).header("Authorization", &format!("bearer   {ADMIN}")).send().await;
    bearer.envelope(200, "ok", "");
}

#[tokio::test]
async fn c03_c04_identity_is_a_label_and_scopes_are_sorted() {
    let server = Server::start().await;
    let admin = server.get(&whoami(), ADMIN).await;
    let data = admin.envelope(200, "ok", "");
    assert_eq!(members(data), ["api_key", "scopes"]);
    assert_eq!(data["scopes"], json!(["admin"]));
    let label = data["api_key"].as_str().unwrap();
    assert!(label.starts_with("key-") && label.len() == 12, "{label}");
    assert!(ALL_KEYS.iter().all(|key| !admin.text.contains(key)));
    let ro = server.get(&whoami(), RO).await;
    assert_eq!(ro.envelope(200, "ok", "")["scopes"], json!(["actions.read", "health.read", "job.read"]));
    assert_ne!(ro.data()["api_key"], data["api_key"]);
}

#[tokio::test]
async fn c05_to_c12_each_endpoint_asks_for_its_scope() {
    let server = Server::start().await;
    for (path, key, scope) in [
        ("/whoami", SUB, "health.read"),
        ("/whoami", NONE, "health.read"),
        ("/health", SUB, "health.read"),
        ("/actions", SUB, "actions.read"),
        ("/bootstrap", SUB, "actions.read"),
        ("/workflows", CAN, "actions.read"),
        ("/jobs", CAN, "job.read"),
        ("/jobs/x", CAN, "job.read"),
        ("/jobs/x/events", CAN, "job.read"),
        ("/jobs/x/stream", CAN, "job.read"),
    ] {
        let answer = server.get(&format!("{B}{path}"), key).await;
        answer.refused(403, &format!("Insufficient scope; need '{scope}'"));
    }
    let submit = server.submit(RO, &json!({"action": "health.get", "payload": {}})).await;
    submit.refused(403, "Insufficient scope; need 'job.submit'");
    for (method, path) in [("POST", "/jobs/x/cancel"), ("PUT", "/jobs/x/cancel"), ("PATCH", "/jobs/x")] {
        let ask = server.ask(method, &format!("{B}{path}")).key(RO).ik().json(&json!({"op": "cancel"}));
        ask.send().await.refused(403, "Insufficient scope; need 'job.cancel'");
    }
}

#[tokio::test]
async fn c14_c15_a_server_without_keys() {
    let server = with_keys(KeySources::default()).await;
    server
        .get(&whoami(), "any")
        .await
        .refused(503, "API keys are not configured for /api/v2 (set NOC_API_KEYS_JSON or NOC_API_KEYS)");
    server.ask("GET", &whoami()).send().await.refused(401, "Missing API key");
}

#[tokio::test]
async fn c16_c17_the_list_of_keys() {
    let server = with_keys(KeySources { keys: secret("a:job.read;b;c:"), ..KeySources::default() }).await;
    assert_eq!(server.get(&whoami(), "b").await.envelope(200, "ok", "")["scopes"], json!(["admin"]));
    server.get(&whoami(), "c").await.refused(403, "Insufficient scope; need 'health.read'");
    server.get(&whoami(), "a").await.refused(403, "Insufficient scope; need 'health.read'");
    server.get(&format!("{B}/jobs"), "a").await.is(200);
}

#[tokio::test]
async fn c18_c19_the_single_key_and_comma_text() {
    let keys = KeySources {
        keys_json: secret(r#"{"t": " job.read , health.read ", "l": {"scopes": ["health.read"], "label": "desk"}}"#),
        key: secret("solo"),
        ..KeySources::default()
    };
    let server = with_keys(keys).await;
    assert_eq!(server.get(&whoami(), "solo").await.data()["scopes"], json!(["admin"]));
    assert_eq!(server.get(&whoami(), "t").await.data()["scopes"], json!(["health.read", "job.read"]));
    assert_eq!(server.get(&whoami(), "l").await.data(), &json!({"api_key": "desk", "scopes": ["health.read"]}));
}

#[tokio::test]
async fn c20_broken_keys_are_refused() {
    let server = with_keys(KeySources::default()).await;
    let broken = KeySources { keys_json: secret("{\"hunter2\":"), ..KeySources::default() };
    let error = KeyRing::build(&broken, server.vault.clone()).err().unwrap().to_string();
    assert!(error.starts_with("NOC_API_KEYS_JSON is not a JSON object") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn keys_of_the_store_work_and_are_revoked_without_a_restart() {
    let server = with_keys(KeySources::default()).await;
    let row = ApiKeyRow {
        label: "night desk".to_owned(),
        hash: hash_key(&server.vault, b"th-made-key").to_vec(),
        scopes: vec!["health.read".to_owned()],
        created_at: server.clock.now(),
        revoked_at: None,
    };
    server.get(&whoami(), "th-made-key").await.is(503);
    server.store.add_key(row).await.unwrap();
    let answer = server.get(&whoami(), "th-made-key").await;
    assert_eq!(answer.envelope(200, "ok", "")["api_key"], "night desk");
    server.get(&whoami(), "th-other").await.refused(403, "Invalid API key");
    assert!(server.store.revoke_key("night desk", server.clock.now()).await.unwrap());
    server.get(&whoami(), "th-made-key").await.is(503);
}

#[tokio::test]
async fn c52_a_stranger_is_refused_before_the_body_is_read() {
    let server = Server::start().await;
    let path = format!("{B}/jobs");
    server.ask("POST", &path).ik().raw("application/json", "{bad").send().await.refused(401, "Missing API key");
    server
        .ask("POST", &path)
        .key(RO)
        .raw("application/json", "{bad")
        .send()
        .await
        .refused(403, "Insufficient scope; need 'job.submit'");
}

#[tokio::test]
async fn c123_who_submitted_shows_as_a_label() {
    let server = Server::start().await;
    let submitted = server.submit(SUB, &json!({"action": "health.get", "payload": {}})).await;
    let id = submitted.is(202).data()["job_id"].as_str().unwrap().to_owned();
    let seen = server.get(&format!("{B}/jobs/{id}"), RO).await;
    let by: &Value = &seen.is(200).data()["submitted_by"];
    assert!(by.as_str().unwrap().starts_with("key-"));
    assert!(!seen.text.contains(SUB));
}
