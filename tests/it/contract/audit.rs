//! `GET /audit`: who did what, as a client reads it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Api, Setup, TestDaemon, api};

/// A key that may read the audit log and nothing else.
const READER: &str = "test-audit-key";
/// One that may do all else that an operator needs.
const OTHER: &str = "test-other-key";

async fn daemon() -> TestDaemon {
    let keys = json!({
        api::KEY: { "scopes": ["admin"], "label": "tester" },
        READER: { "scopes": ["audit.read"], "label": "reader" },
        OTHER: { "scopes": ["health.read", "actions.read", "job.read", "job.submit", "config.read"], "label": "other" },
    });
    let variables = vec![("NOC_API_KEYS_JSON".to_owned(), keys.to_string())];
    TestDaemon::start(Setup { variables, ..Setup::default() }).await
}

async fn page(api: &Api, query: &str) -> Value {
    let (status, answer) = api.send(api.request(Method::GET, &format!("/audit{query}"))).await;
    assert_eq!(status.as_u16(), 200, "{answer}");
    answer["data"].clone()
}

fn column(page: &Value, name: &str) -> Vec<String> {
    page["lines"].as_array().unwrap().iter().map(|line| line[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_was_done_is_read_newest_first_and_by_subject() {
    let daemon = daemon().await;
    let api = &daemon.api;
    let secret = "hunter2-of-the-payload";
    let mut jobs = Vec::new();
    for action in ["health.get", "health.get", "ido.capabilities"] {
        jobs.push(api.submit(action, json!({"password": secret})).await);
    }
    for job in &jobs {
        api.ended(job).await;
    }
    let reader = Api::new(&api.url, READER);
    let all = page(&reader, "").await;
    assert_eq!(column(&all, "what"), ["job.submit"; 3]);
    assert_eq!(column(&all, "who"), ["tester"; 3]);
    assert_eq!(column(&all, "subject"), ["ido.capabilities", "health.get", "health.get"]);
    jobs.reverse();
    assert_eq!(column(&all, "job_id"), jobs);
    assert_eq!((&all["count"], &all["next_before"]), (&json!(3), &json!(null)));
    assert!(!all.to_string().contains(secret), "{all}");
    let at = all["lines"][0]["at"].as_str().unwrap();
    assert!(at.ends_with('Z') && at.len() == 20, "{at}");

    let first = page(&reader, "?subject=health.get&limit=1").await;
    assert_eq!(column(&first, "job_id"), [jobs[1].clone()]);
    let second = page(&reader, &format!("?subject=health.get&limit=1&before={}", first["next_before"])).await;
    assert_eq!(column(&second, "job_id"), [jobs[2].clone()]);
    let end = page(&reader, &format!("?subject=health.get&limit=1&before={}", second["next_before"])).await;
    assert_eq!((&end["lines"], &end["next_before"]), (&json!([]), &json!(null)));
    assert_eq!(page(&reader, "?what=job.").await["count"], 3);
    assert_eq!(page(&reader, "?what=job.submit&subject=ido.capabilities").await["count"], 1);
    assert_eq!(page(&reader, "?what=job").await["count"], 0);
    // Reading leaves no line, and is refused to those who lack its scope.
    assert_eq!(page(&reader, "").await["count"], 3);
    let other = Api::new(&api.url, OTHER);
    let (status, answer) = other.send(other.request(Method::GET, "/audit")).await;
    assert_eq!(status.as_u16(), 403, "{answer}");
    for (query, words) in [
        ("?limit=0", "'limit' must be"),
        ("?limit=501", "'limit' must be"),
        ("?before=hunter2", "'before' must be the number of a line"),
        ("?before=0", "'before' must be the number of a line"),
    ] {
        let (status, answer) = reader.send(reader.request(Method::GET, &format!("/audit{query}"))).await;
        assert_eq!(status.as_u16(), 422, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(words), "{answer}");
    }
    daemon.stop().await;
}

/// Lines older than the retention go with the sweep, younger ones stay.
#[tokio::test]
async fn old_lines_go_with_the_sweep() {
    let clock = towerhand::clock::Clock::shifted(jiff::Timestamp::from_second(1_800_000_000).unwrap(), 1.0);
    let settings = "[retention]\naudit = \"10d\"\nsweep = \"1s\"\n".to_owned();
    let daemon = TestDaemon::start(Setup { clock: clock.clone(), settings, ..Setup::default() }).await;
    let api = &daemon.api;
    api.run("health.get", json!({})).await;
    clock.jump(jiff::SignedDuration::from_hours(9 * 24));
    api.run("ido.capabilities", json!({})).await;
    assert_eq!(page(api, "").await["count"], 2);
    clock.jump(jiff::SignedDuration::from_hours(2 * 24));
    crate::engine::wait::until("the sweep", async || page(api, "").await["count"] == 1).await;
    assert_eq!(column(&page(api, "").await, "subject"), ["ido.capabilities"]);
    daemon.stop().await;
}
