//! What a client should not send, and what it gets for it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::*;

/// Sends bytes as they are and reads until the server closes the connection.
async fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    server.clock.timeout(std::time::Duration::from_secs(20), reading).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_header_that_decides_is_given_once() {
    let server = Server::start().await;
    let path = format!("{B}/whoami");
    for keys in [[RO, ADMIN], [ADMIN, RO], [ADMIN, ADMIN]] {
        let ask = server.ask("GET", &path).header("X-API-Key", keys[0]).header("X-API-Key", keys[1]);
        ask.send().await.refused(422, "Header 'X-API-Key' is given more than once");
    }
    let bearer = |key: &str| format!("Bearer {key}");
    let ask = server.ask("GET", &path).header("Authorization", &bearer(RO)).header("Authorization", &bearer(ADMIN));
    ask.send().await.refused(422, "Header 'Authorization' is given more than once");
    // One of each: the contract's own header counts.
    let ask = server.ask("GET", &path).header("X-API-Key", RO).header("Authorization", &bearer(ADMIN));
    assert_eq!(ask.send().await.is(200).data()["scopes"], json!(["actions.read", "health.read", "job.read"]));

    let body = json!({"action": "health.get"});
    let ask = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).header("Idempotency-Key", "a");
    ask.header("Idempotency-Key", "b")
        .json(&body)
        .send()
        .await
        .refused(422, "Header 'Idempotency-Key' is given more than once");
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn an_action_with_control_characters_is_refused() {
    let server = Server::start().await;
    for action in ["health.get\nINFO forged", "a\u{0}b", "a\u{1b}[31mb", "a\u{9b}b", "a\u{2028}b", "a\u{202e}b"] {
        let answer = server.submit(ADMIN, &json!({"action": action})).await;
        answer.refused(422, "'action' has control characters");
    }
    // At its ends they are blanks.
    let answer = server.submit(ADMIN, &json!({"action": "\thealth.get\n"})).await;
    assert_eq!(answer.is(202).data()["action"], "health.get");
    assert_eq!(server.count().await, 1);
}

#[tokio::test]
async fn unicode_and_numbers_of_a_payload_survive() {
    let server = Server::start().await;
    let payload = json!({
        "name": "Südhang \u{1F4E1} \u{0}\u{2028}", "": {"": []}, "__proto__": {"x": 1}, "$.show_secrets": "no",
        "max": u64::MAX, "min": i64::MIN, "small": 1e-300
    });
    let answer = server.submit(ADMIN, &json!({"action": "health.get", "payload": payload})).await;
    let id = answer.is(202).data()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(server.job(&id).await["payload"], payload);
    for body in [
        "{\"action\":\"a\",\"payload\":{\"x\":1e999}}".to_owned(),
        "{\"action\":\"\\ud800\"}".to_owned(),
        format!("{}{{\"action\":\"a\"}}", '\u{feff}'),
        "{\"action\":\"a\"}{\"action\":\"b\"}".to_owned(),
        "{\"action\":\"a\",}".to_owned(),
        "{\"action\":NaN}".to_owned(),
    ] {
        let ask = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).ik();
        ask.raw("application/json", body.clone()).send().await.refused_somehow(422);
    }
    let ask = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).ik();
    ask.raw("application/json", b"{\"action\":\"a\xff\"}".to_vec()).send().await.refused_somehow(422);
    // The last of two members of one name counts, as in every parser that clients use.
    let twice = "{\"action\":\"nope\",\"action\":\"health.get\"}";
    let ask = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).ik().raw("application/json", twice);
    assert_eq!(ask.send().await.is(202).data()["action"], "health.get");
}

#[tokio::test]
async fn two_lengths_or_two_framings_never_become_two_requests() {
    let server = Server::start().await;
    let smuggled = format!("GET {B}/whoami HTTP/1.1\r\nHost: x\r\nX-API-Key: {ADMIN}\r\n\r\n");
    let head = format!(
        "POST {B}/jobs HTTP/1.1\r\nHost: x\r\nX-API-Key: {ADMIN}\r\nIdempotency-Key: s\r\nContent-Type: application/json\r\n"
    );
    for framing in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ] {
        let answer = raw(&server, &format!("{head}{framing}\r\n0\r\n\r\n{smuggled}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing}: {answer}");
    }
    // Both: the chunks count (RFC 9112 6.3), and what follows is not taken for part of the body.
    let both = format!(
        "{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n{smuggled}"
    );
    let answer = raw(&server, &both).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn head_answers_as_get_without_a_body_and_options_is_refused() {
    let server = Server::start().await;
    for path in ["/whoami", "/jobs", "/health"] {
        let path = format!("{B}{path}");
        let answer = server.ask("HEAD", &path).key(RO).send().await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        let answer = server.ask("HEAD", &path).send().await;
        assert_eq!(answer.status, 401);
        let options = server.ask("OPTIONS", &path).send().await;
        options.refused(405, "Method Not Allowed");
        // No page of another origin is told that it may ask.
        assert!(options.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
    let id = server.submitted("health.get").await;
    let answer = server.ask("HEAD", &format!("{B}/jobs/{id}/stream")).key(RO).send().await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn paths_are_taken_as_they_are() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    for path in [
        format!("{B}/jobs/"),
        format!("{B}/jobs/{id}/"),
        format!("{B}/jobs/{id}/events/"),
        format!("{B}/jobs//events"),
        format!("{B}//jobs"),
        "//api/v2/omni/jobs".to_owned(),
        "/API/v2/omni/jobs".to_owned(),
        format!("{B}/jobs;x=1"),
        format!("{B}/%6aobs/{id}/x"),
    ] {
        server.get(&path, ADMIN).await.refused_somehow(404);
    }
    for path in [
        format!("{B}/jobs/{id}%20"),
        format!("{B}/jobs/%20{id}"),
        format!("{B}/jobs/{id}%00"),
        format!("{B}/jobs/{id}%2fevents"),
    ] {
        server.get(&path, ADMIN).await.refused(404, "Job not found");
    }
}

#[tokio::test]
async fn long_idempotency_keys_differ_by_their_last_character() {
    let server = Server::start().await;
    let long = "k".repeat(9000);
    let ask = |key: String| {
        let ask = server.ask("POST", &format!("{B}/jobs")).key(ADMIN).header("Idempotency-Key", &key);
        ask.json(&json!({"action": "health.get"})).send()
    };
    let (one, two) = (ask(format!("{long}1")).await, ask(format!("{long}2")).await);
    assert_ne!(one.is(202).data()["job_id"], two.is(202).data()["job_id"]);
    assert_eq!(ask(format!("{long}1")).await.text, one.text);
}

#[tokio::test]
async fn a_hundred_viewers_of_one_stream_all_see_the_end() {
    let server = Server::start().await;
    let id = server.submitted("health.get").await;
    let path = format!("{B}/jobs/{id}/stream");
    let mut viewers = Vec::new();
    for _ in 0..100 {
        viewers.push(server.ask("GET", &path).key(RO).open().await);
    }
    server.succeed(&server.claim().await, json!({"http_status": 200})).await;
    let texts = futures_util::future::join_all(viewers.into_iter().map(reqwest::Response::text)).await;
    for text in texts {
        let text = text.unwrap();
        assert!(text.contains("Action completed"), "{text}");
        assert!(text.trim_end().ends_with(r#""cancel_requested":false,"error":null}"#), "{text}");
    }
}

#[tokio::test]
async fn names_of_secrets_that_people_use() {
    let server = Server::start().await;
    let payload = json!({
        "pass": "hunter2-1", "user_pass": "hunter2-2", "wpa_psk": "hunter2-3", "pre_shared_key": "hunter2-4", "authKey": "hunter2-5",
        "sharedKey": "hunter2-6", "priv_key": "hunter2-7", "enable_secret": "hunter2-8", "bearer": "hunter2-9", "snmp": {"ro_community": "hunter2-0"}
    });
    let answer = server.submit(ADMIN, &json!({"action": "ido.swt.device_info", "payload": payload})).await;
    let id = answer.is(202).data()["job_id"].as_str().unwrap().to_owned();
    let shown: Value = server.job(&id).await["payload"].clone();
    assert!(!shown.to_string().contains("hunter2"), "{shown}");
}
