//! Schedules as a client makes, watches and removes them.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use towerhand::clock::Clock;

use super::site::at;
use crate::engine::wait::until;
use crate::support::{Api, Setup, TestDaemon};

/// A key that may do nothing but schedules, and no key to read them.
const LIMITED: &str = "test-limited-key";

async fn daemon(clock: &Clock) -> TestDaemon {
    let keys = json!({
        crate::support::api::KEY: { "scopes": ["admin"], "label": "tester" },
        LIMITED: { "scopes": ["schedule.write", "job.submit"], "label": "limited" },
    });
    let variables = vec![("NOC_API_KEYS_JSON".to_owned(), keys.to_string())];
    TestDaemon::start(Setup { clock: clock.clone(), variables, ..Setup::default() }).await
}

async fn post(api: &Api, path: &str, body: Value) -> (StatusCode, Value) {
    api.send(api.request(Method::POST, path).json(&body)).await
}

async fn get(api: &Api, path: &str) -> Value {
    let (status, answer) = api.send(api.request(Method::GET, path)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["data"].clone()
}

/// The detail of a refusal.
async fn refused(api: &Api, path: &str, body: Value, wanted: u16) -> String {
    let (status, answer) = post(api, path, body).await;
    assert_eq!(status.as_u16(), wanted, "{answer}");
    answer["detail"].as_str().unwrap().to_owned()
}

fn nightly() -> Value {
    json!({
        "name": "core-health", "action": "health.get", "payload": {"n": 1}, "cron": "30  2 * * *",
        "zone": "America/Chicago", "about": "is it there",
    })
}

/// Waits until the schedule's last run has this outcome; the run.
async fn outcome(api: &Api, name: &str, wanted: &str) -> Value {
    let path = format!("/schedules/{name}");
    until(&format!("{wanted} of {name}"), async || get(api, &path).await["last_run"]["outcome"] == wanted).await;
    get(api, &path).await["last_run"].clone()
}

#[tokio::test]
async fn a_schedule_from_its_making_to_its_end() {
    let clock = Clock::manual(at("2026-07-01T12:00:00Z"));
    let daemon = daemon(&clock).await;
    let api = &daemon.api;
    let (status, answer) = post(api, "/schedules", nightly()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let made = &answer["data"];
    assert_eq!(
        (&made["cron"], &made["source"], &made["created_by"]),
        (&json!("30 2 * * *"), &json!("api"), &json!("tester"))
    );
    assert_eq!((&made["next_due_at"], &made["enabled"]), (&json!("2026-07-02T07:30:00Z"), &json!(true)));
    assert_eq!((&made["scopes"], &made["misfire"]), (&json!(["job.submit"]), &json!("once")));
    assert!(refused(api, "/schedules", nightly(), 409).await.contains("already"));
    assert_eq!(get(api, "/schedules").await["count"], 1);

    // Due: a job of its own name, seen by everybody.
    clock.set(at("2026-07-02T07:30:00Z"));
    let run = outcome(api, "core-health", "success").await;
    assert_eq!((&run["due_at"], &run["manual"]), (&json!("2026-07-02T07:30:00Z"), &json!(false)));
    let job = api.job(run["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["submitted_by"], &job["action"]), (&json!("schedule:core-health"), &json!("health.get")));
    assert_eq!(job["payload"], json!({"n": 1}));
    assert_eq!(get(api, "/schedules/core-health").await["next_due_at"], "2026-07-03T07:30:00Z");

    // Out of turn, also where it is paused.
    let (status, answer) = post(api, "/schedules/core-health/pause", json!({})).await;
    assert_eq!((status, &answer["data"]["enabled"]), (StatusCode::OK, &json!(false)), "{answer}");
    let (status, answer) = post(api, "/schedules/core-health/run", json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    api.ended(answer["data"]["job_id"].as_str().unwrap()).await;
    clock.set(at("2026-07-05T12:00:00Z"));
    let (status, answer) = post(api, "/schedules/core-health/resume", json!({})).await;
    assert_eq!((status, &answer["data"]["next_due_at"]), (StatusCode::OK, &json!("2026-07-06T07:30:00Z")), "{answer}");

    // What was due while it was paused was not missed.
    let history = get(api, "/schedules/core-health/history").await;
    let runs: Vec<(&Value, &Value)> =
        history["runs"].as_array().unwrap().iter().map(|run| (&run["manual"], &run["outcome"])).collect();
    assert_eq!(runs, [(&json!(true), &json!("success")), (&json!(false), &json!("success"))]);
    let oldest = history["runs"][1]["run"].clone();
    let page = get(api, &format!("/schedules/core-health/history?limit=1&before={}", history["runs"][0]["run"])).await;
    assert_eq!(page["runs"][0]["run"], oldest);

    let metrics = reqwest::get(format!("{}/metrics", api.url)).await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("towerhand_schedule_runs_total{outcome=\"error\",schedule=\"core-health\"} 0"),
        "{metrics}"
    );

    let (status, _) = api.send(api.request(Method::DELETE, "/schedules/core-health")).await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = api.send(api.request(Method::GET, "/schedules/core-health")).await;
    assert_eq!((status, &answer), (StatusCode::NOT_FOUND, &json!({"detail": "Schedule not found"})));
    let audited: Vec<String> =
        daemon.store.audit_log(20).await.unwrap().into_iter().rev().map(|line| line.what).collect();
    let wanted =
        ["schedule.add", "schedule.run", "schedule.pause", "schedule.run", "schedule.resume", "schedule.remove"];
    assert_eq!(audited, wanted);
    daemon.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_without_repeating_it() {
    let daemon = daemon(&Clock::manual(at("2026-07-01T12:00:00Z"))).await;
    let api = &daemon.api;
    for (member, value, words) in [
        ("name", json!("Core"), "'name' must be"),
        ("action", json!("hunter2"), "'action' must be one of the catalog"),
        ("action", json!("_aviat.radio"), "'action' must be one of the catalog"),
        ("payload", json!([1]), "'payload' must be a JSON object"),
        ("payload", json!({"password": "hunter2"}), "no secrets"),
        ("payload", json!({"a": [{"snmp_community": "hunter2"}]}), "no secrets"),
        ("cron", json!("hunter2"), "'cron' must be minute"),
        ("cron", json!(5), "'cron' must be text"),
        ("cron", json!("0 0 30 2 *"), "would never be due"),
        ("zone", json!("Hunter/Two"), "'zone' must be an IANA time zone"),
        ("zone", Value::Null, "need a zone"),
        ("every", json!("1h"), "give one of"),
        ("jitter", json!("25h"), "'jitter' must be"),
        ("misfire", json!("hunter2"), "'misfire' must be"),
        ("catch_up", json!(101), "'catch_up' must be"),
        ("overlap", json!("yes"), "'overlap' must be true or false"),
        ("about", json!("a\nb"), "'about' must be one line"),
        ("hunter2", json!(1), "mean nothing"),
    ] {
        let mut body = nightly();
        body[member] = value;
        let detail = refused(api, "/schedules", body, 422).await;
        assert!(detail.contains(words) && !detail.contains("hunter2"), "{member}: {detail}");
    }
    let past = json!({"name": "a", "action": "health.get", "at": "2026-06-01T00:00:00Z"});
    assert!(refused(api, "/schedules", past, 422).await.contains("never be due"));
    assert_eq!(get(api, "/schedules").await["count"], 0);
    for path in ["/schedules/none/run", "/schedules/none/pause", "/schedules/none/resume"] {
        assert_eq!(refused(api, path, json!({}), 404).await, "Schedule not found");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_key_gives_no_scope_that_it_has_not() {
    let daemon = daemon(&Clock::manual(at("2026-07-01T12:00:00Z"))).await;
    let limited = Api { key: LIMITED.to_owned(), ..daemon.api.clone() };
    let (status, _) = limited.send(limited.request(Method::GET, "/schedules")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let mut body = nightly();
    body["scopes"] = json!(["config.secrets"]);
    assert!(refused(&limited, "/schedules", body.clone(), 422).await.contains("'scopes'"));
    let (status, answer) = post(&daemon.api, "/schedules", body).await;
    assert_eq!((status, &answer["data"]["scopes"]), (StatusCode::CREATED, &json!(["config.secrets", "job.submit"])));
    let mut mine = nightly();
    mine["name"] = json!("mine");
    assert_eq!(post(&limited, "/schedules", mine).await.0, StatusCode::CREATED);
    daemon.stop().await;
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_carried_out_once() {
    let daemon = daemon(&Clock::manual(at("2026-07-01T12:00:00Z"))).await;
    let api = &daemon.api;
    let send = async |path: &str, key: &str, body: Value| {
        let url = format!("{}/api/v2/omni{path}", api.url);
        let request = api.http.post(url).header("X-API-Key", &api.key).header("Idempotency-Key", key);
        api.send(request.json(&body)).await
    };
    let first = send("/schedules", "a", nightly()).await;
    assert_eq!(first.0, StatusCode::CREATED);
    assert_eq!(send("/schedules", "a", nightly()).await, first);
    let run = send("/schedules/core-health/run", "b", json!({})).await;
    assert_eq!(run.0, StatusCode::ACCEPTED);
    assert_eq!(send("/schedules/core-health/run", "b", json!({})).await, run);
    api.ended(run.1["data"]["job_id"].as_str().unwrap()).await;
    assert_eq!(get(api, "/schedules/core-health/history").await["count"], 1);
    daemon.stop().await;
}

/// The daemon's clock goes on by itself: every ten seconds means every ten seconds.
#[tokio::test]
async fn a_period_beats_through_the_whole_daemon() {
    let clock = Clock::manual(at("2026-07-01T12:00:00Z"));
    let daemon = daemon(&clock).await;
    let body = json!({"name": "beat", "action": "health.get", "every": "10s"});
    assert_eq!(post(&daemon.api, "/schedules", body).await.0, StatusCode::CREATED);
    for beat in 1..=5 {
        clock.advance(Duration::from_secs(10));
        until("a beat", async || get(&daemon.api, "/schedules/beat/history").await["count"] == beat).await;
        outcome(&daemon.api, "beat", "success").await;
    }
    daemon.stop().await;
}
