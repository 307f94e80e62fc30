//! C122, short: a mixed load. Only statuses decide; the times are printed.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use towerhand::clock::{Clock, Stopwatch};
use towerhand::model::JobStatus;
use towerhand::store::StepEnd;

use super::server::*;

const RATE: u64 = 200;
const SECONDS: u64 = 5;
/// Ended jobs with a result of 100 kB each.
const FILLED: usize = 20;

#[tokio::test]
async fn c122_two_hundred_requests_a_second_for_five_seconds() {
    let server = Server::start().await;
    let result = json!({"http_status": 200, "response": "x".repeat(100_000)});
    let mut known = String::new();
    for _ in 0..FILLED {
        known = server.submitted("health.get").await;
        let end = StepEnd::Finish {
            status: JobStatus::Success,
            result: Some(result.clone()),
            error: None,
            error_class: None,
        };
        server.end(&server.claim().await, end, towerhand::model::Level::Success, "Action completed").await;
    }
    let clock = Clock::system();
    let whole = Stopwatch::start();
    let requests = (0..RATE * SECONDS).map(|n| {
        let (server, clock, known) = (&server, &clock, &known);
        async move {
            clock.sleep(Duration::from_micros(1_000_000 / RATE * n)).await;
            let (what, ask) = match n % 10 {
                0..=3 => (
                    "submit",
                    server
                        .ask(Method::POST.as_str(), &format!("{B}/jobs"))
                        .key(ADMIN)
                        .ik()
                        .json(&json!({"action": "health.get"})),
                ),
                4..=6 => ("detail", server.ask("GET", &format!("{B}/jobs/{known}")).key(ADMIN)),
                7 => ("events", server.ask("GET", &format!("{B}/jobs/{known}/events")).key(ADMIN)),
                8 => ("health", server.ask("GET", &format!("{B}/health")).key(ADMIN)),
                _ => ("list", server.ask("GET", &format!("{B}/jobs?status=success&limit=5")).key(ADMIN)),
            };
            let watch = Stopwatch::start();
            let answer = ask.send().await;
            (what, answer.status, watch.elapsed())
        }
    });
    let answers = futures_util::future::join_all(requests).await;
    for (what, status, _) in &answers {
        assert_eq!(*status, if *what == "submit" { 202 } else { 200 }, "{what}");
    }
    for kind in ["submit", "detail", "events", "health", "list"] {
        let mut times: Vec<Duration> =
            answers.iter().filter(|(what, ..)| *what == kind).map(|(.., took)| *took).collect();
        times.sort();
        let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        println!("{kind}: {} requests, median {median:?}, p99 {p99:?}", times.len());
    }
    println!("{} requests in {:?}, on a debug build", answers.len(), whole.elapsed());
}
