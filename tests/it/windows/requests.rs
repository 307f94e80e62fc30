//! The API: what it takes, what it refuses, and who may.

use reqwest::Method;
use serde_json::{Value, json};

use super::{add, audited, remove};
use crate::aviat::stage::{Stage, done};
use crate::engine::wait::until;
use crate::support::Api;

const SETTINGS: &str = "[[window]]\nname = \"fixed\"\nsite = \"LAB\"\ntime = \"02:00-05:00\"\n\n\
                        [[blackout]]\nname = \"new-year\"\ncron = \"0 0 31 12 *\"\nlasts = \"2d\"\nzone = \"UTC\"\n";

async fn send(api: &Api, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = api.request(method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let (status, answer) = api.send(request).await;
    (status.as_u16(), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w30_windows_are_listed_added_and_removed() {
    let stage = Stage::of(&[("R0", "AV4100", done())]).windows(SETTINGS).start().await;
    let tuesday =
        json!({ "name": "tuesday", "device": "R0", "days": ["tue"], "time": "23:00-01:00", "zone": "Europe/Dublin" });
    add(&stage, tuesday.clone()).await;
    let (status, answer) = send(stage.api(), Method::GET, "/windows", None).await;
    assert_eq!((status, &answer["data"]["count"]), (200, &json!(3)));
    let list = answer["data"]["windows"].as_array().unwrap();
    let told: Vec<_> = list
        .iter()
        .map(|item| {
            let cell = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
            (
                cell("name"),
                cell("kind"),
                cell("scope"),
                cell("source"),
                cell("opens_at"),
                item["open"].as_bool().unwrap(),
            )
        })
        .collect();
    let row = |name: &str, kind: &str, scope: &str, source: &str, opens: &str| {
        (name.to_owned(), kind.to_owned(), scope.to_owned(), source.to_owned(), opens.to_owned(), false)
    };
    assert_eq!(
        told,
        [
            row("fixed", "window", "site:LAB", "settings", "2026-01-16T08:00:00Z"),
            row("new-year", "blackout", "all", "settings", "2026-12-31T00:00:00Z"),
            row("tuesday", "window", "device:R0", "api", "2026-01-20T23:00:00Z"),
        ]
    );
    assert_eq!(list[2]["made_by"], "tester");

    // Taken names, and what stands in the settings.
    for name in ["tuesday", "fixed"] {
        let mut again = tuesday.clone();
        again["name"] = json!(name);
        let (status, answer) = send(stage.api(), Method::POST, "/windows", Some(again)).await;
        assert_eq!(status, 409, "{answer}");
    }
    let (status, answer) = send(stage.api(), Method::DELETE, "/windows/fixed", None).await;
    assert_eq!((status, answer["detail"].as_str().unwrap().contains("settings")), (409, true), "{answer}");
    let (status, _) = send(stage.api(), Method::DELETE, "/windows/nothing", None).await;
    assert_eq!(status, 404);
    remove(&stage, "tuesday").await;
    assert_eq!(audited(&stage, "window.remove").await, [("tester".to_owned(), "tuesday".to_owned())]);
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w31_what_is_no_window_is_refused_and_nothing_is_kept() {
    let stage = Stage::of(&[("R0", "AV4100", done())]).start().await;
    for (body, told) in [
        (json!({}), "the body must be an object"),
        (json!({ "name": "a", "time": "02:00-05:00", "colour": "red" }), "the body must be an object"),
        (json!({ "name": "a", "time": "02:00-05:00", "kind": "siesta" }), "'kind'"),
        (json!({ "name": "a" }), "say when"),
        (json!({ "name": "a", "time": "2am" }), "'time'"),
        (json!({ "name": "a", "cron": "0 2 * * *" }), "'lasts'"),
        (json!({ "name": "a", "time": "02:00-05:00", "zone": "Mars/Base" }), "'zone'"),
        (json!({ "name": "waiting", "time": "02:00-05:00" }), "'name'"),
        // A slip of the pen protects nothing.
        (json!({ "name": "a", "time": "02:00-05:00", "site": "LAP" }), "'site' is not in the inventory"),
        (json!({ "name": "a", "time": "02:00-05:00", "device": "R1" }), "'device'"),
        (json!({ "name": "a", "time": "02:00-05:00", "tag": "group=core" }), "'tag'"),
    ] {
        let (status, answer) = send(stage.api(), Method::POST, "/windows", Some(body.clone())).await;
        let detail = answer["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains(told), "{body}: {status} {detail}");
    }
    // Who may not.
    let body = json!({ "name": "a", "time": "02:00-05:00" });
    let operator = stage.operator();
    for (method, path, body) in [
        (Method::GET, "/windows", None),
        (Method::GET, "/windows/waiting", None),
        (Method::POST, "/windows", Some(body)),
        (Method::DELETE, "/windows/a", None),
    ] {
        let (status, answer) = send(&operator, method, path, body).await;
        assert!(status == 403 && answer["detail"].as_str().unwrap().contains("window."), "{status} {answer}");
    }
    let (_, answer) = send(stage.api(), Method::GET, "/windows", None).await;
    assert_eq!(answer["data"]["count"], 0);
    assert!(audited(&stage, "window.add").await.is_empty());
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w32_the_same_request_twice_adds_one() {
    let stage = Stage::of(&[("R0", "AV4100", done())]).start().await;
    let api = stage.api();
    let body = json!({ "name": "a", "time": "02:00-05:00" });
    let post = async |body: &Value| {
        let request = api.http.post(format!("{}/api/v2/windows", api.url)).header("X-API-Key", &api.key);
        let (status, answer) = api.send(request.header("Idempotency-Key", "one").json(body)).await;
        (status.as_u16(), answer)
    };
    let first = post(&body).await;
    assert_eq!(first.0, 201, "{}", first.1);
    assert_eq!(post(&body).await, first);
    assert_eq!(post(&json!({ "name": "b", "time": "02:00-05:00" })).await.0, 409);
    assert_eq!(audited(&stage, "window.add").await.len(), 1);

    // The gauge of what is open: neither the nightly window nor the other, at two in the afternoon.
    let shown = async || api.http.get(format!("{}/metrics", api.url)).send().await.unwrap().text().await.unwrap();
    let lines = [
        "towerhand_window_open{window=\"nightly\"} 0",
        "towerhand_window_open{window=\"a\"} 0",
        "towerhand_window_overruns_total 0",
    ];
    // A gauge tells nobody when it was set.
    until("the gauges", async || {
        let text = shown().await;
        lines.iter().all(|line| text.lines().any(|found| found == *line))
    })
    .await;
    stage.finish().await;
}
