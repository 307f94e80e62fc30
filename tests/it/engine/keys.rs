//! `towerhand key` beside a running daemon.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::wait::{succeed, towerhand};
use crate::support::{Api, Process};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_usable_at_once_and_revoked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let daemon = Process::serve(path, &[]).await;
    let unknown = Api::new(&daemon.api.url, "thk_nobody");
    let ask = async |api: &Api, path: &str| api.send(api.request(Method::GET, path)).await;
    assert_eq!(ask(&unknown, "/whoami").await.0, StatusCode::FORBIDDEN);

    let made =
        succeed(path, &["key", "create", "--label", "omni", "--scope", "job.read", "--scope", "health.read"], "");
    let key = made.trim().to_owned();
    assert!(key.starts_with("thk_") && key.len() > 40, "{made}");
    let api = Api::new(&daemon.api.url, &key);
    let (status, who) = ask(&api, "/whoami").await;
    assert_eq!((status, &who["data"]["api_key"]), (StatusCode::OK, &json!("omni")), "{who}");
    assert_eq!(ask(&api, "/jobs").await.0, StatusCode::OK);
    let submit = api.request(Method::POST, "/jobs").json(&json!({ "action": "health.get" }));
    assert_eq!(api.send(submit).await.0, StatusCode::FORBIDDEN, "its scopes are those it was given");

    let (code, _, error) = towerhand(path, &["key", "create", "--label", "omni", "--scope", "admin"], "", &[]);
    assert!(code != 0 && error.contains("'omni'"), "{error}");
    let (code, _, error) = towerhand(path, &["key", "create", "--label", "x", "--scope", "jobs.read"], "", &[]);
    assert!(code != 0 && error.contains("'jobs.read'"), "{error}");
    let listed: Value = serde_json::from_str(&succeed(path, &["key", "list", "--json"], "")).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((&listed[0]["label"], &listed[0]["scopes"]), (&json!("omni"), &json!(["health.read", "job.read"])));
    assert!(!listed.to_string().contains(&key));

    succeed(path, &["key", "revoke", "omni"], "");
    assert_eq!(ask(&api, "/whoami").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&daemon.api, "/whoami").await.0, StatusCode::OK, "other keys stay");
    let (code, _, error) = towerhand(path, &["key", "revoke", "omni"], "", &[]);
    assert!(code != 0 && error.contains("no live key"), "{error}");
    let everything: Vec<u8> = super::wait::files(path).into_values().flatten().collect();
    assert!(!everything.windows(key.len()).any(|part| part == key.as_bytes()), "the key itself is stored somewhere");
}
