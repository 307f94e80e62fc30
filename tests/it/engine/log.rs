//! What the log says, for machines.

use serde_json::{Value, json};

use super::wait::{exit, hold, journal, lab, release, silent_router, write_inventory};
use crate::support::Process;

/// The members of the span around a line.
fn span<'a>(line: &'a Value, name: &str) -> &'a Value {
    &line["span"][name]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_a_job_names_the_job_and_its_request() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    let daemon = Process::serve(folder.path(), &[("TOWERHAND_LOG_FORMAT", "json")]).await;
    hold(&lab);
    let id = daemon.api.submit("ido.swt.running_config", json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| journal.iter().any(|entry| entry.input.starts_with("/export"))).await;
    release(&lab);
    let job = daemon.api.ended(&id).await;
    assert_eq!(job["status"], "success", "{job}");
    daemon.signal("TERM");
    assert_eq!(exit(daemon).await, Some(0));
    let log = std::fs::read_to_string(folder.path().join("daemon.log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let own: Vec<&Value> = lines.iter().filter(|line| *span(line, "job.id") == json!(id)).collect();
    assert!(own.iter().all(|line| span(line, "request.id") == &job["request_id"]), "{own:?}");
    let says = |words: &str| own.iter().filter(|line| line["message"].as_str().unwrap().contains(words)).count();
    assert_eq!(says("Action completed"), 1, "one line at the end of the action: {own:?}");
    assert_eq!(says("bytes of export"), 1, "{own:?}");
    let end = own.iter().find(|line| line["job.outcome"].is_string()).expect("the outcome");
    assert_eq!((&end["job.outcome"], &end["level"]), (&json!("success"), &json!("INFO")));
    assert!(end["job.seconds"].as_f64().unwrap() > 0.0);
    let submitted = lines
        .iter()
        .find(|line| *span(line, "request.id") == job["request_id"] && line["http.status"].is_u64())
        .expect("the request's line");
    assert_eq!((&submitted["http.status"], &submitted["key.label"]), (&json!(202), &json!("tester")));
}
