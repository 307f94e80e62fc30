//! Who sees a result with a device's secrets in clear.

use serde_json::{Value, json};
use towerhand::api::KeySources;
use towerhand::model::Secret;

use super::server::*;

const CLEAR: &str = "k-clear-0123456789";

async fn server() -> Server {
    let keys = json!({
        ADMIN: ["admin"],
        RO: ["health.read", "actions.read", "job.read"],
        CLEAR: ["job.read", "config.secrets"],
    });
    let keys = KeySources { keys_json: Some(Secret::new(keys.to_string())), ..KeySources::default() };
    Server::with(Setup { keys, ..Setup::default() }).await
}

/// A finished job with the payload; its id.
async fn read(server: &Server, payload: Value) -> String {
    let answer = server.submit(ADMIN, &json!({"action": "ido.swt.running_config", "payload": payload})).await;
    let id = answer.is(202).data()["job_id"].as_str().unwrap().to_owned();
    let result = json!({
        "http_status": 200, "ok": true, "path": "/api/ido/proxy/api/swt/running_config", "method": "GET",
        "response": "/snmp community set name=hunter2",
    });
    server.succeed(&server.claim().await, result).await;
    id
}

#[tokio::test]
async fn a_config_in_clear_is_shown_to_keys_with_the_scope() {
    let server = server().await;
    for yes in [json!(true), json!("true"), json!("1"), json!(1)] {
        let id = read(&server, json!({"ip_address": "192.0.2.9", "show_secrets": yes})).await;
        for path in [
            format!("{B}/jobs/{id}"),
            format!("/api/v2/jobs/{id}"),
            format!("{B}/jobs?limit=1"),
            "/api/v2/jobs".to_owned(),
        ] {
            let withheld = server.get(&path, RO).await;
            assert!(!withheld.is(200).text.contains("hunter2"), "{path}: {}", withheld.text);
            let data = withheld.data();
            let job = data.get("jobs").map_or(data, |jobs| &jobs[0]);
            // The rest of the result is there: the job is what it was.
            assert_eq!((&job["status"], &job["result"]["http_status"]), (&json!("success"), &json!(200)));
            assert_eq!(
                job["result"]["response"],
                "*** read with show_secrets; shown to keys with the scope 'config.secrets'"
            );
            for key in [CLEAR, ADMIN] {
                assert!(server.get(&path, key).await.is(200).text.contains("hunter2"), "{path}");
            }
        }
        for path in ["events", "stream"] {
            assert!(!server.get(&format!("{B}/jobs/{id}/{path}"), ADMIN).await.is(200).text.contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn a_redacted_config_is_shown_to_every_reader() {
    let server = server().await;
    for no in [json!(false), json!(null), json!("false"), json!(0)] {
        let id = read(&server, json!({"ip_address": "192.0.2.9", "show_secrets": no})).await;
        for path in [format!("{B}/jobs/{id}"), format!("{B}/jobs?limit=1"), format!("{B}/jobs?limit=1&status=success")]
        {
            assert!(server.get(&path, RO).await.is(200).text.contains("hunter2"), "{no} {path}");
        }
    }
}
