//! kill -9 at any instant costs at most one step: every job that was accepted is there afterwards, once, and ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::wait::{commands, count, hold, journal, lab, release, silent_router, write_inventory};
use crate::support::{Api, Process};

const CONFIG: &str = "ido.swt.running_config";

/// C93, as the issue has it: jobs continue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c93_a_running_and_a_queued_job_continue_after_a_kill() {
    let lab = lab(vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    hold(&lab);
    let one_worker = [("TOWERHAND_JOBS_WORKERS", "1")];
    let daemon = Process::serve(folder.path(), &one_worker).await;
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let queued = daemon.api.submit(CONFIG, json!({ "device": "r2" })).await;
    assert_eq!(daemon.api.job(&queued).await["status"], "queued");
    assert_eq!(daemon.api.job(&running).await["status"], "running");
    daemon.kill();

    release(&lab);
    let daemon = Process::serve(folder.path(), &one_worker).await;
    for job in [&running, &queued] {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
        assert!(job["result"]["response"].as_str().unwrap().contains("/system identity"));
    }
    let told = daemon.api.messages(&running).await;
    assert_eq!(told[0], format!("Started action '{CONFIG}'"), "{told:?}");
    let continued = format!("Continuing action '{CONFIG}' (attempt 2)");
    assert_eq!(told.iter().filter(|message| **message == continued).count(), 1, "{told:?}");
    assert_eq!(told.last().unwrap(), "Action completed");
    let told = daemon.api.messages(&queued).await;
    assert_eq!(told[0], format!("Started action '{CONFIG}'"), "{told:?}");
    assert!(!told.iter().any(|message| message.starts_with("Continuing")), "{told:?}");
    assert_eq!(commands(&r1.journal(), "/export"), 2, "the step that was cut off began again, once");
    assert_eq!(commands(&lab.device("r2").unwrap().journal(), "/export"), 1);
}

/// A job that takes the service down each time ends, in the contract's words, instead of doing so for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_never_ends_its_step_is_given_up() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    hold(&lab);
    let r1 = lab.device("r1").unwrap();
    let twice = [("TOWERHAND_JOBS_MAX_ATTEMPTS", "2")];
    let daemon = Process::serve(folder.path(), &twice).await;
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1", "password": "sim" })).await;
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.kill();
    let daemon = Process::serve(folder.path(), &twice).await;
    journal(&r1, "the second export", |journal| commands(journal, "/export") == 2).await;
    daemon.kill();
    let sessions = count(&r1.journal(), "tcp", "open");
    let daemon = Process::serve(folder.path(), &twice).await;
    let job = daemon.api.ended(&id).await;
    assert_eq!((&job["status"], &job["result"]), (&json!("error"), &json!(null)), "{job}");
    assert_eq!(job["error"], "Job interrupted by service restart");
    assert!(job["finished_at"].is_string());
    let last = daemon.api.events(&id).await.pop().unwrap();
    assert_eq!((&last["level"], &last["message"]), (&json!("error"), &json!("Job interrupted by service restart")));
    assert_eq!(count(&r1.journal(), "tcp", "open"), sessions, "the device was spoken to again");
    // C94: what has ended stays as it is.
    daemon.kill();
    let daemon = Process::serve(folder.path(), &twice).await;
    assert_eq!(daemon.api.job(&id).await, job);
    release(&lab);
    daemon.api.response(CONFIG, json!({ "device": "r1" })).await;
}

/// What was sent and what came back, by idempotency key.
#[derive(Default)]
struct Sent {
    bodies: BTreeMap<String, Value>,
    accepted: HashMap<String, String>,
}

async fn submit(api: &Api, key: &str, body: &Value) -> Option<(StatusCode, Value)> {
    let request = api
        .http
        .request(Method::POST, format!("{}/api/v2/omni/jobs", api.url))
        .header("X-API-Key", &api.key)
        .header("Idempotency-Key", key)
        .json(body);
    let reply = request.send().await.ok()?;
    let status = reply.status();
    // An answer that was cut off is no answer.
    Some((status, reply.json().await.ok()?))
}

fn id(answer: &Value) -> String {
    answer["data"]["job_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_or_doubles_an_accepted_job() {
    const KILLS: usize = 22;
    const STREAMS: usize = 3;
    const PER_STREAM: usize = 6;
    // So many kills within seconds would have jobs given up, which is another test's business.
    let patient = [("TOWERHAND_JOBS_MAX_ATTEMPTS", "1000")];
    let seed = match std::env::var("TOWERHAND_IT_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => fastrand::Rng::new().u64(..),
    };
    println!("TOWERHAND_IT_SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let lab = lab(vec![("r1", "routeros", json!({ "export_bytes": 20_000 }))]).await;
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), &lab);
    let sent = Arc::new(Mutex::new(Sent::default()));
    for life in 0..KILLS {
        let daemon = Process::serve(folder.path(), &patient).await;
        // Side by side, so that some of them share a transaction.
        let streams: Vec<_> = (0..STREAMS)
            .map(|stream| {
                let (sent, api) = (Arc::clone(&sent), daemon.api.clone());
                tokio::spawn(async move {
                    for n in 0..PER_STREAM {
                        let key = format!("life-{life}-{stream}-{n}");
                        let body = match n % 3 {
                            0 => json!({ "action": CONFIG, "payload": { "device": "r1" } }),
                            _ => json!({ "action": "health.get", "payload": { "n": n } }),
                        };
                        sent.lock().unwrap().bodies.insert(key.clone(), body.clone());
                        match submit(&api, &key, &body).await {
                            Some((StatusCode::ACCEPTED, answer)) => {
                                sent.lock().unwrap().accepted.insert(key, id(&answer));
                            }
                            Some((other, answer)) => panic!("{other}: {answer}"),
                            None => return,
                        }
                    }
                })
            })
            .collect();
        // The instant is the thing under test.
        tokio::time::sleep(Duration::from_micros(chance.u64(0..250_000))).await;
        daemon.kill();
        for stream in streams {
            stream.await.unwrap();
        }
    }
    let sent = Arc::into_inner(sent).unwrap().into_inner().unwrap();
    println!("{} submitted, {} acknowledged over {KILLS} kills", sent.bodies.len(), sent.accepted.len());
    assert!(sent.accepted.len() > KILLS, "too few to mean anything");
    assert!(sent.bodies.len() <= 500, "one list must show them all");

    let daemon = Process::serve(folder.path(), &patient).await;
    for (key, job) in &sent.accepted {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{key}: {job}");
    }
    let mut jobs = HashMap::new();
    for (key, body) in &sent.bodies {
        let (status, answer) = submit(&daemon.api, key, body).await.unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{key}: {answer}");
        let job = id(&answer);
        if let Some(accepted) = sent.accepted.get(key) {
            assert_eq!(&job, accepted, "{key}: the replay names another job");
        }
        assert_eq!(jobs.insert(job, key), None, "{key}: two keys, one job");
    }
    let (_, list) = daemon.api.send(daemon.api.request(Method::GET, "/jobs?limit=500")).await;
    let listed = list["data"]["jobs"].as_array().unwrap();
    assert_eq!(listed.len(), sent.bodies.len(), "a job for each key and none twice");
    assert!(listed.iter().all(|job| jobs.contains_key(job["job_id"].as_str().unwrap())));
    for (job, key) in &jobs {
        let ended = daemon.api.ended(job).await;
        assert_eq!(ended["status"], "success", "{key}: {ended}");
        let told = daemon.api.messages(job).await;
        let ends = told.iter().filter(|message| *message == "Action completed").count();
        assert_eq!(ends, 1, "{told:?}");
    }
}
