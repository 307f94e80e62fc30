//! Rows that need jobs to run: the whole daemon, against loopback.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use towerhand::clock::{Clock, Stopwatch};
use towerhand::model::{Access, JobId, RequestId};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{JobStore as _, NewJob, Store as _, StoredResponse};

use crate::support::{Setup, TestDaemon};

/// How long a test waits for what must come before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A device that takes connections and never says a word: a job on it runs until it is cancelled or 20 s have passed.
struct Slow {
    listener: TcpListener,
}

impl Slow {
    fn at(address: &str) -> Self {
        Self { listener: TcpListener::bind((address, 0)).unwrap() }
    }

    fn payload(&self) -> Value {
        let address = self.listener.local_addr().unwrap();
        json!({
            "ip_address": address.ip(), "ssh_port": address.port(), "device_type": "MTROS",
            "username": "noc", "password": "hunter2",
        })
    }

    async fn submit(&self, daemon: &TestDaemon) -> String {
        daemon.api.submit("ido.swt.running_config", self.payload()).await
    }
}

async fn start(workers: usize) -> TestDaemon {
    let settings = format!("allowed_networks = ['127.0.0.0/8']\n[jobs]\nworkers = {workers}");
    TestDaemon::start(Setup { settings, ..Setup::default() }).await
}

/// Waits until so many jobs run.
async fn running(daemon: &TestDaemon, count: u64) {
    let waiting = async {
        while daemon.store.depth(Clock::system().now()).await.unwrap().running != count {
            // A claim is told to nobody but those who watch its job.
            Clock::system().sleep(Duration::from_millis(5)).await;
        }
    };
    Clock::system().timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {count} running"));
}

fn said(events: &[Value]) -> Vec<(&str, &str)> {
    events.iter().map(|event| (event["level"].as_str().unwrap(), event["message"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn c35_health_get_ends_well() {
    let daemon = start(4).await;
    let watch = Stopwatch::start();
    let job = daemon.api.run("health.get", json!({})).await;
    println!("health.get took {:?}", watch.elapsed());
    let result = &job["result"];
    assert_eq!(job["status"], "success", "{job}");
    assert_eq!((&result["http_status"], &result["ok"]), (&json!(200), &json!(true)));
    assert_eq!((&result["path"], &result["method"]), (&json!("/api/health"), &json!("GET")));
    assert_eq!(result["response"]["status"], "online");
    let members: BTreeSet<&str> = result.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["http_status", "ok", "path", "method", "response"]));
    daemon.stop().await;
}

#[tokio::test]
async fn c42_an_unknown_action_ends_in_error() {
    let daemon = start(4).await;
    let job = daemon.api.run("nope.nope", json!({})).await;
    assert_eq!((&job["status"], &job["error"]), (&json!("error"), &json!("Unsupported action 'nope.nope'")));
    assert_eq!(job["result"], Value::Null);
    let events = daemon.api.events(job["job_id"].as_str().unwrap()).await;
    assert_eq!(said(&events), [("info", "Started action 'nope.nope'"), ("error", "Unsupported action 'nope.nope'")]);
    daemon.stop().await;
}

#[tokio::test]
async fn c71_c73_c96_events_of_every_end() {
    let slow = Slow::at("127.0.0.1");
    let daemon = start(4).await;
    let ok = daemon.api.run("health.get", json!({})).await;
    let failed = daemon.api.run("ido.ping", json!({"ping_count": 99})).await;
    assert_eq!((&failed["status"], &failed["result"]), (&json!("error"), &Value::Null));
    assert!(!failed["error"].as_str().unwrap().is_empty());
    let id = slow.submit(&daemon).await;
    running(&daemon, 1).await;
    daemon.api.cancel(&id).await;
    let cancelled = daemon.api.ended(&id).await;
    assert_eq!(cancelled["status"], "cancelled");
    for job in [&ok, &failed, &cancelled] {
        let events = daemon.api.events(job["job_id"].as_str().unwrap()).await;
        let said = said(&events);
        assert_eq!(said[0], ("info", format!("Started action '{}'", job["action"].as_str().unwrap()).as_str()));
        assert!(said.iter().all(|(level, _)| ["info", "warning", "success", "error"].contains(level)), "{said:?}");
        let last = match job["status"].as_str().unwrap() {
            "success" => "success",
            "error" => "error",
            _ => "warning",
        };
        assert_eq!(said.last().unwrap().0, last, "{said:?}");
    }
    let events = daemon.api.events(ok["job_id"].as_str().unwrap()).await;
    assert_eq!(said(&events).last(), Some(&("success", "Action completed")));
    daemon.stop().await;
}

#[tokio::test]
async fn c74_c75_cancel_of_a_job_at_a_silent_device() {
    let slow = Slow::at("127.0.0.1");
    let daemon = start(1).await;
    let id = slow.submit(&daemon).await;
    running(&daemon, 1).await;
    let asked = daemon.api.cancel(&id).await;
    assert_eq!(asked, json!({"job_id": id, "status": "running", "cancel_requested": true}));
    let job = daemon.api.ended(&id).await;
    assert_eq!((&job["status"], &job["result"], &job["error"]), (&json!("cancelled"), &Value::Null, &Value::Null));
    let events = daemon.api.events(&id).await;
    assert!(said(&events).contains(&("warning", "Cancel requested")), "{events:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn c76_c77_a_queued_job_behind_a_busy_worker_never_runs() {
    let (busy, other) = (Slow::at("127.0.0.1"), Slow::at("127.0.0.2"));
    let daemon = start(1).await;
    let first = busy.submit(&daemon).await;
    running(&daemon, 1).await;
    let second = other.submit(&daemon).await;
    let asked = daemon.api.cancel(&second).await;
    assert_eq!(asked["status"], "cancelled");
    let job = daemon.api.job(&second).await;
    assert_eq!((&job["status"], &job["started_at"]), (&json!("cancelled"), &Value::Null));
    assert!(job["finished_at"].is_string());

    daemon.api.cancel(&first).await;
    daemon.api.ended(&first).await;
    // The worker is free: the next job ends, and the cancelled one was passed over.
    assert_eq!(daemon.api.run("health.get", json!({})).await["status"], "success");
    let again = daemon.api.cancel(&second).await;
    assert_eq!(again["status"], "cancelled");
    let after = daemon.api.job(&second).await;
    assert_eq!(after["finished_at"], job["finished_at"]);
    assert_eq!(after["started_at"], Value::Null);
    let events = daemon.api.events(&second).await;
    assert!(said(&events).iter().all(|event| *event == ("warning", "Cancel requested")), "{events:?}");
    assert!(other.listener.set_nonblocking(true).is_ok() && other.listener.accept().is_err(), "it was connected to");
    daemon.stop().await;
}

/// A job as the API stores it.
fn row(n: u8, action: &str, access: Access) -> NewJob {
    NewJob {
        id: JobId::from_random([n; 16]),
        request_id: RequestId::from_random([n; 16]),
        action: action.to_owned(),
        payload: json!({}),
        submitted_by: "tester".to_owned(),
        scopes: vec!["admin".to_owned()],
        created_at: Clock::system().now(),
        lane: None,
        access,
        secrets: Vec::new(),
        audit: None,
        parent: None,
    }
}

#[tokio::test]
async fn c93_what_a_kill_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    // What a killed daemon leaves: a write and a read under its lease, and one job that nobody took.
    let store = SqliteStore::open(&state.join("towerhand.db"), Purpose::Daemon).await.unwrap();
    let now = Clock::system().now();
    for (n, action, access) in [(1, "configs.save", Access::Write), (2, "health.get", Access::Read)] {
        let answer = Box::new(|_: &_| StoredResponse { status: 202, body: Vec::new() });
        store.submit(row(n, action, access), None, answer).await.unwrap();
    }
    let taken = store.claim("killed", now, Duration::from_secs(3600), 10, 2).await.unwrap();
    assert_eq!(taken.len(), 2);
    let answer = Box::new(|_: &_| StoredResponse { status: 202, body: Vec::new() });
    store.submit(row(3, "health.get", Access::Read), None, answer).await.unwrap();
    store.close().await;

    let daemon = TestDaemon::start_in(folder, Setup::default()).await;
    let ended = async |n: u8| daemon.api.ended(&JobId::from_random([n; 16]).to_string()).await;
    let write = ended(1).await;
    assert_eq!(
        (&write["status"], &write["error"], &write["result"]),
        (&json!("error"), &json!("Job interrupted by service restart"), &Value::Null)
    );
    assert!(write["finished_at"].is_string());
    let events = daemon.api.events(write["job_id"].as_str().unwrap()).await;
    assert_eq!(said(&events).last(), Some(&("error", "Job interrupted by service restart")));
    // Ours: what can go on goes on, and what was queued runs.
    let read = ended(2).await;
    assert_eq!(read["status"], "success");
    let events = daemon.api.events(read["job_id"].as_str().unwrap()).await;
    assert_eq!(said(&events)[1], ("info", "Continuing action 'health.get' (attempt 2)"));
    assert_eq!(ended(3).await["status"], "success");
    daemon.stop().await;
}

#[tokio::test]
async fn c95_nine_jobs_and_eight_workers() {
    let devices: Vec<Slow> = (1..=9).map(|n| Slow::at(&format!("127.0.0.{n}"))).collect();
    let daemon = start(8).await;
    let mut ids = Vec::new();
    for device in &devices {
        ids.push(device.submit(&daemon).await);
    }
    running(&daemon, 8).await;
    let depth = daemon.store.depth(Clock::system().now()).await.unwrap();
    assert_eq!((depth.running, depth.queued), (8, 1));
    let mut states = Vec::new();
    for id in &ids {
        states.push(daemon.api.job(id).await["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states.iter().filter(|state| *state == "running").count(), 8, "{states:?}");
    assert_eq!(states.last().unwrap(), "queued");
    for id in ids.iter().rev() {
        daemon.api.cancel(id).await;
    }
    for id in &ids {
        assert_eq!(daemon.api.ended(id).await["status"], "cancelled");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn c107_ping_of_loopback() {
    let daemon = start(4).await;
    let watch = Stopwatch::start();
    let response = daemon.api.response("ido.ping", json!({"ip_address": "127.0.0.1", "ping_count": 2})).await;
    println!("ido.ping by {} took {:?}", response["method"], watch.elapsed());
    assert_eq!((&response["reachable"], &response["ping_count"]), (&json!(true), &json!(2)));
    let samples = response["samples_ms"].as_array().unwrap();
    assert!(!samples.is_empty() && samples.iter().all(|sample| sample.as_f64().unwrap() >= 0.0), "{response}");
    assert_eq!(response["results"].as_array().unwrap().len(), 2);
    daemon.stop().await;
    // Loopback is never reached unless it is configured.
    let closed = TestDaemon::start(Setup::default()).await;
    let error = closed.api.error("ido.ping", json!({"ip_address": "127.0.0.1"})).await;
    assert!(error.starts_with("address_refused: "), "{error}");
    closed.stop().await;
}

#[tokio::test]
async fn c123_a_job_is_read_by_another_key_and_its_submitter_is_a_label() {
    let keys = json!({
        "whole-submitter-key": {"scopes": ["job.submit"], "label": "night desk"},
        "whole-reader-key": ["job.read"],
    });
    let variables = vec![("NOC_API_KEYS_JSON".to_owned(), keys.to_string())];
    let daemon = TestDaemon::start(Setup { variables, ..Setup::default() }).await;
    let submitter = crate::support::Api { key: "whole-submitter-key".to_owned(), ..daemon.api.clone() };
    let reader = crate::support::Api { key: "whole-reader-key".to_owned(), ..daemon.api.clone() };
    let id = submitter.submit("health.get", json!({})).await;
    let job = reader.ended(&id).await;
    assert_eq!((&job["status"], &job["submitted_by"]), (&json!("success"), &json!("night desk")));
    assert!(!job.to_string().contains("whole-submitter-key"));
    let store = Arc::clone(&daemon.store);
    let log = store.audit_log(10).await.unwrap();
    assert!(log.iter().any(|line| line.what == "job.submit" && line.who == "night desk"), "{log:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn c108_a_radio_tells_its_carriers_and_no_secret() {
    let (lab, daemon) = crate::support::daemon::with_lab(vec![("radio-1", "aviat", json!({}))]).await;
    let response = daemon.api.response("ido.bh.device_info", json!({ "device": "radio-1" })).await;
    assert!(response["carriers"].as_array().is_some_and(|carriers| !carriers.is_empty()), "{response}");
    let community = lab.device("radio-1").unwrap().text("snmp_community", "public");
    assert!(!response.to_string().contains(&format!("community {community}")), "{response}");
    daemon.stop().await;
}
