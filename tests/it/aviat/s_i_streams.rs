//! Scenarios 97 to 101: what is told while it happens, and to those who come later.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use towerhand::clock::Stopwatch;

use super::stage::{NIGHT, Stage, done, r0};

/// Somebody who looks at the stream of all maintenance.
struct Viewer {
    response: reqwest::Response,
    buffer: String,
}

/// One event of it.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: i64,
    data: Value,
}

impl Viewer {
    /// Opens it; `query` with its question mark, or empty.
    async fn open(stage: &Stage, query: &str, last: Option<i64>) -> Self {
        let mut request = stage.api().request(Method::GET, &format!("/aviat/stream{query}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// The next block, comments included; none at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                return Some(self.buffer.drain(..end + 2).collect());
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            if let (Some(id), Some(data)) = (field("id"), field("data")) {
                return Some(Told { id: id.parse().unwrap(), data: serde_json::from_str(data).unwrap() });
            }
        }
    }

    /// Everything up to the event that is asked for.
    async fn until(&mut self, stage: &Stage, what: &str, last: impl Fn(&Value) -> bool) -> Vec<Told> {
        let mut all = Vec::new();
        let reading = async {
            while let Some(told) = self.next().await {
                let end = last(&told.data);
                all.push(told);
                if end {
                    return true;
                }
            }
            false
        };
        match stage.clock.timeout(Duration::from_secs(30), reading).await {
            Ok(true) => all,
            Ok(false) => panic!("the stream ended before {what}: {all:#?}"),
            Err(_) => panic!("{what} did not come: {all:#?}"),
        }
    }
}

/// The radio is done, or has failed: the marker that clients wait for.
fn ended(data: &Value, ip: &str) -> bool {
    data["ip"] == ip && matches!(data["status"].as_str(), Some("success" | "error" | "aborted"))
}

/// Of the contract: who says what about which task, when.
fn assert_shape(told: &[Told]) {
    for one in told {
        assert!(one.data["message"].is_string() && one.data["ts"].is_string(), "{one:?}");
        assert!(["info", "success", "warning", "error"].contains(&one.data["level"].as_str().unwrap()), "{one:?}");
        assert!(one.data.get("task_id").is_some(), "{one:?}");
    }
    assert!(told.windows(2).all(|two| two[0].id < two[1].id), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s097_two_viewers() {
    let stage = Stage::of(&[("R0", "AV4100", r0()), ("R1", "AV4100", done())]).start().await;
    let ip = stage.ip("R0");
    let mut first = Viewer::open(&stage, "", None).await;
    let mut second = Viewer::open(&stage, "", None).await;
    let job = stage.run(&["R0"], &["firmware", "snmp"], json!({ "activation_mode": "immediate" })).await;
    let other = stage.run(&["R1"], &["snmp"], json!({})).await;
    let mut only = Viewer::open(&stage, &format!("?task_id={job}"), Some(0)).await;
    stage.ended(&other).await;
    let done = |data: &Value| ended(data, &ip);
    let (one, two) = tokio::join!(first.until(&stage, "the end", done), second.until(&stage, "the end", done));
    assert_shape(&one);
    assert_eq!(one, two, "each gets every event, each once");
    assert!(one.iter().any(|told| told.data["task_id"] == job) && one.iter().any(|told| told.data["task_id"] == other));
    // One task alone, from its beginning.
    let alone = only.until(&stage, "the end", done).await;
    let wanted: Vec<Told> = one.iter().filter(|told| told.data["task_id"] == job).cloned().collect();
    assert_eq!(alone, wanted);
    // Typed: nobody has to search the text for what the state is.
    let states: Vec<&str> = wanted.iter().filter_map(|told| told.data["status"].as_str()).collect();
    for state in ["loading", "success"] {
        assert!(states.contains(&state), "{states:?}");
    }
    // The stream of the task, as a job's, has its end too.
    let job_stream = stage.api().request(Method::GET, &format!("/jobs/{job}/stream")).send().await.unwrap();
    assert!(job_stream.text().await.unwrap().contains("\"status\":\"success\""));
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s098_resume() {
    let radios: Vec<(String, Value)> = (0..6).map(|n| (format!("R{n}"), done())).collect();
    let radios: Vec<(&str, &str, Value)> =
        radios.iter().map(|(name, knobs)| (name.as_str(), "AV4100", knobs.clone())).collect();
    let stage = Stage::of(&radios).start().await;
    let mut steady = Viewer::open(&stage, "", None).await;
    let mut jobs = Vec::new();
    for (name, ..) in &radios {
        jobs.push(stage.run(&[name], &["snmp", "buffer"], json!({})).await);
    }
    // One that drops off after every second event, while they go on, and comes back.
    let mut broken = Vec::new();
    let mut last = Some(0);
    let mut left: Vec<String> = radios.iter().map(|(name, ..)| stage.ip(name)).collect();
    let mut open: Vec<String> = left.clone();
    while !open.is_empty() {
        let mut viewer = Viewer::open(&stage, "", last).await;
        for _ in 0..2 {
            let next = stage.clock.timeout(Duration::from_secs(30), viewer.next()).await.expect("an event");
            let told = next.expect("an event");
            open.retain(|ip| !ended(&told.data, ip));
            last = Some(told.id);
            broken.push(told);
            if open.is_empty() {
                break;
            }
        }
    }
    let mut whole = Vec::new();
    while !left.is_empty() {
        let told = steady.next().await.expect("an event");
        left.retain(|ip| !ended(&told.data, ip));
        whole.push(told);
    }
    assert_shape(&whole);
    assert_eq!(broken, whole, "no gap, nothing twice");
    for job in jobs {
        stage.ended(&job).await;
    }
    // And over a restart of the daemon.
    let stage = stage.restart().await;
    let middle = whole[whole.len() / 2].id;
    let mut late = Viewer::open(&stage, "", Some(middle)).await;
    for wanted in whole.iter().filter(|told| told.id > middle) {
        let told = stage.clock.timeout(Duration::from_secs(30), late.next()).await.expect("an event");
        assert_eq!(told.as_ref(), Some(wanted));
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s099_keep_alive() {
    // Fifteen seconds are the default; a second, so that the test ends.
    let text = stage_settings("api.keepalive_seconds");
    assert_eq!(text, "15");
    let stage = Stage::of(&[("R0", "AV4100", r0())]).set("api.keepalive_seconds", "1").start().await;
    let mut viewer = Viewer::open(&stage, "", None).await;
    for _ in 0..2 {
        let started = Stopwatch::start();
        let block = stage.clock.timeout(Duration::from_secs(10), viewer.block()).await.expect("a comment").unwrap();
        assert_eq!(block, ": keep-alive\n\n");
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }
    stage.finish().await;
}

/// A default as `towerhand` itself has it.
fn stage_settings(key: &str) -> String {
    let defaults = toml::Table::try_from(towerhand::config::Config::default()).unwrap();
    let (table, key) = key.split_once('.').unwrap();
    defaults[table][key].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s100_backlog() {
    let stage = Stage::one(r0()).await;
    let job = stage.run(&["R0"], &["firmware"], json!({ "activation_mode": "scheduled" })).await;
    stage.ended(&job).await;
    let before = stage.call("aviat.stream.global", json!({ "limit": 1000 })).await;
    let known = before["events"].as_array().unwrap().len();
    // The night: no job of anybody's waits for it.
    stage.jump_to(NIGHT);
    stage.wait_status("R0", "success").await;
    let after = stage.call("aviat.stream.global", json!({ "limit": 1000 })).await;
    let events = after["events"].as_array().unwrap();
    let ip = stage.ip("R0");
    let new = &events[known..];
    assert!(new.iter().any(|event| ended(event, &ip)), "{new:#?}");
    for event in events {
        for member in ["message", "level", "task_id", "ts"] {
            assert!(event.get(member).is_some(), "{event:#}");
        }
    }
    // The same, and in the same order, for a viewer who comes later; also after a restart.
    let stage = stage.restart().await;
    let mut late = Viewer::open(&stage, "", Some(0)).await;
    let told = late.until(&stage, "the end", |data| ended(data, &ip)).await;
    assert_shape(&told);
    let ids: Vec<i64> = told.iter().map(|one| one.id).collect();
    let listed: Vec<i64> = events.iter().map(|event| event["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, listed[..ids.len()]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s101_many_viewers() {
    let stage = Stage::one(done()).await;
    let mut viewers = Vec::new();
    for _ in 0..200 {
        viewers.push(Viewer::open(&stage, "", None).await);
    }
    // Others are answered, jobs run.
    let started = Stopwatch::start();
    for _ in 0..20 {
        stage.call("health.get", json!({})).await;
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let job = stage.ran(&["R0"], &["snmp"], json!({})).await;
    assert_eq!(job["status"], "success", "{job:#}");
    let ip = stage.ip("R0");
    for viewer in &mut viewers {
        viewer.until(&stage, "the end", |data| ended(data, &ip)).await;
    }
    // The log by the job API is a list that ends, and no longer than was asked for.
    for _ in 0..5 {
        stage.ran(&["R0"], &["snmp"], json!({})).await;
    }
    let few = stage.call("aviat.stream.global", json!({ "limit": 3 })).await;
    let few = few["events"].as_array().unwrap();
    let all = stage.call("aviat.stream.global", json!({})).await;
    let all = all["events"].as_array().unwrap();
    assert!(all.len() > 3 && all.len() <= 200, "{}", all.len());
    assert_eq!(few.as_slice(), &all[all.len() - 3..], "the last ones");
    for limit in [json!(0), json!(1001), json!("ten"), json!(-1)] {
        let error = stage.refused("aviat.stream.global", json!({ "limit": limit })).await;
        assert!(error.contains("limit") && error.contains("1000"), "{error}");
    }
    drop(viewers);
    stage.finish().await;
}
