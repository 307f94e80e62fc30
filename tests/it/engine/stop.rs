//! SIGTERM, SIGHUP and what they leave behind.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::wait::{
    commands, count, exit, hold, journal, lab, logged, release, silent_router, slow_router, until, write_inventory,
};
use crate::support::Process;

const CONFIG: &str = "ido.swt.running_config";
const STOPPING: &str = "stopping: nothing new begins";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_the_step_end_closes_streams_and_begins_nothing() {
    let lab = lab(vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    hold(&lab);
    let daemon = Process::serve(folder.path(), &[("TOWERHAND_JOBS_WORKERS", "1")]).await;
    let api = daemon.api.clone();
    let running = api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let queued = api.submit(CONFIG, json!({ "device": "r2" })).await;
    let stream = api.request(Method::GET, &format!("/jobs/{queued}/stream")).send().await.unwrap();

    daemon.signal("TERM");
    logged(folder.path(), STOPPING).await;
    // The stream ends while the step is still under way.
    let told = tokio::time::timeout(Duration::from_secs(20), stream.bytes()).await.expect("the stream stays open");
    assert!(!String::from_utf8_lossy(&told.unwrap()).contains("Started action"), "the queued job must not begin");
    until("the end of listening", async || api.http.get(format!("{}/healthz", api.url)).send().await.is_err()).await;
    release(&lab);
    assert_eq!(exit(daemon).await, Some(0));
    assert!(lab.device("r2").unwrap().journal().is_empty(), "work began after the signal");

    let daemon = Process::serve(folder.path(), &[]).await;
    let job = daemon.api.job(&running).await;
    assert_eq!(job["status"], "success", "its step was let end: {job}");
    assert_eq!(daemon.api.ended(&queued).await["status"], "success");
    assert_eq!(commands(&r1.journal(), "/export"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_outlasts_the_grace_is_left_and_continues() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    hold(&lab);
    let daemon = Process::serve(folder.path(), &[("TOWERHAND_STOP_GRACE", "1s")]).await;
    let job = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(3), "asked to stop, and work was cut off");
    journal(&r1, "the end of the session", |journal| count(journal, "tcp", "close") == 1).await;

    release(&lab);
    let daemon = Process::serve(folder.path(), &[]).await;
    let ended = daemon.api.ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    let told = daemon.api.messages(&job).await;
    let left = told.iter().position(|message| message.contains("the job continues when it is back")).unwrap();
    assert_eq!(told[left + 1], format!("Continuing action '{CONFIG}' after a stop of the service"), "{told:?}");
    assert_eq!(commands(&r1.journal(), "/export"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_stops_at_once() {
    let lab = lab(vec![("r1", "routeros", slow_router())]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    hold(&lab);
    let daemon = Process::serve(folder.path(), &[("TOWERHAND_STOP_GRACE", "600s")]).await;
    let job = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the first command", |journal| commands(journal, "/system resource") == 1).await;
    // A client that never ends its request keeps nobody either.
    let mut half = tokio::net::TcpStream::connect(daemon.api.url.trim_start_matches("http://")).await.unwrap();
    half.write_all(b"POST /api/v2/omni/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await.unwrap();
    daemon.signal("TERM");
    logged(folder.path(), STOPPING).await;
    daemon.signal("TERM");
    let code = tokio::time::timeout(Duration::from_secs(4), exit(daemon)).await.expect("it does not stop at once");
    assert_eq!(code, Some(3));
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest).await;

    release(&lab);
    let daemon = Process::serve(folder.path(), &[]).await;
    assert_eq!(daemon.api.ended(&job).await["status"], "success");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hangup_reloads_the_inventory_and_keeps_the_old_one_if_the_new_is_wrong() {
    let lab = lab(vec![("r1", "routeros", json!({})), ("r2", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    let both = lab.inventory_yaml();
    let (one, _) = both.split_once("  - name: \"r2\"").unwrap();
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, one).unwrap();
    let daemon = Process::serve(folder.path(), &[]).await;
    let api = daemon.api.clone();
    let error = api.error(CONFIG, json!({ "device": "r2" })).await;
    assert!(error.starts_with("validation_error: ") && error.contains("r2"), "{error}");

    std::fs::write(&path, &both).unwrap();
    daemon.signal("HUP");
    logged(folder.path(), "inventory reloaded").await;
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.lines().any(|line| line.contains("inventory reloaded") && line.contains("r2")), "{log}");
    api.response(CONFIG, json!({ "device": "r2" })).await;

    std::fs::write(&path, format!("{both}  - name: r3\n    adress: 192.0.2.3\n")).unwrap();
    daemon.signal("HUP");
    logged(folder.path(), "the old one stays in use").await;
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    assert!(log.contains("inventory.yaml:") && log.contains("adress"), "the mistake has its place: {log}");
    api.response(CONFIG, json!({ "device": "r2" })).await;
    daemon.signal("INT");
    assert_eq!(exit(daemon).await, Some(0));
}
