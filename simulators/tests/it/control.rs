//! The control interface over plain HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use towerhand_simulators::control;

use crate::support::*;

/// Status and body, asked as `curl -d` does; an empty body is `null`.
async fn ask(at: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn shows_and_turns_everything() {
    let (lab, device) = lab(json!({"version": "7.16"})).await;
    let lab = Arc::new(lab);
    let (at, _running) = control::serve(Arc::clone(&lab), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = device.ports().ssh.unwrap();
    let row =
        json!({"name": "r1", "kind": "routeros", "type": "MTROS", "address": "127.0.0.1", "ports": {"ssh": port}});
    assert_eq!(ask(at, "GET", "/devices", "").await, (200, json!([row])));
    let mut with_state = row.clone();
    with_state["state"] = json!({"version": "7.16"});
    assert_eq!(ask(at, "GET", "/devices/r1", "").await, (200, with_state));

    let (status, state) = ask(at, "POST", "/devices/r1/state", r#"{"identity": "x", "version": null}"#).await;
    assert_eq!((status, state), (200, json!({"identity": "x"})));
    let (status, error) = ask(at, "POST", "/devices/r1/state", r#"{"idenity": "x"}"#).await;
    assert!(status == 422 && error["error"].as_str().unwrap().contains("no knob `idenity`"), "{status} {error}");
    assert_eq!(ask(at, "POST", "/devices/r1/state", "[1]").await.0, 422);
    assert_eq!(ask(at, "POST", "/devices/r1/state", "{").await.0, 422);

    let handle = login(&device, "admin").await;
    assert_eq!(exec(&handle, "/system identity print").await.text, "  name: x\r\n");
    let (_, journal) = ask(at, "GET", "/devices/r1/journal", "").await;
    let entries: Vec<(&str, &str)> = journal
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["channel"].as_str().unwrap(), entry["input"].as_str().unwrap()))
        .collect();
    assert_eq!(entries, [("tcp", "open"), ("auth", "password admin"), ("exec", "/system identity print")]);
    assert!(journal[0]["at"].is_number());
    assert_eq!(ask(at, "DELETE", "/devices/r1/journal", "").await.0, 204);
    assert_eq!(ask(at, "GET", "/devices/r1/journal", "").await.1, json!([]));

    let (status, faults) = ask(at, "POST", "/devices/r1/faults", r#"{"kind": "slow", "ms": 5}"#).await;
    assert_eq!((status, faults), (201, json!([{"kind": "slow", "ms": 5}])));
    let (status, error) = ask(at, "POST", "/devices/r1/faults", r#"{"kind": "explode"}"#).await;
    assert!(status == 422 && error["error"].as_str().unwrap().contains("explode"), "{status} {error}");
    assert_eq!(ask(at, "DELETE", "/devices/r1/faults", "").await.0, 204);
    assert!(device.faults().is_empty());

    assert_eq!(ask(at, "POST", "/clock", r#"{"rate": 60}"#).await.1["rate"], json!(60.0));
    assert_eq!(ask(at, "GET", "/clock", "").await.1["rate"], json!(60.0));
    let before = ask(at, "GET", "/clock", "").await.1["seconds"].as_f64().unwrap();
    let after = ask(at, "POST", "/clock", r#"{"advance": 7200}"#).await.1["seconds"].as_f64().unwrap();
    assert!(after - before >= 7200.0, "{before} {after}");
    assert_eq!(ask(at, "POST", "/clock", r#"{"rate": -1}"#).await.0, 422);
    assert_eq!(ask(at, "POST", "/clock", r#"{"advance": -1}"#).await.0, 422);
    for path in ["/devices/r2", "/devices/r2/journal", "/nothing"] {
        let (status, error) = ask(at, "GET", path, "").await;
        assert!(status == 404 && error["error"].is_string(), "{path}: {status} {error}");
    }
}
