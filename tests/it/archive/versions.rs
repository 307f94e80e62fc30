//! What becomes a version, and what is said of it: the API, the stream, the job.

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::{get, lab, read, refused, turn};
use crate::support::{Setup, TestDaemon};

async fn daemon(lab: &towerhand_simulators::lab_run::Lab) -> TestDaemon {
    TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await
}

#[tokio::test]
async fn an_unchanged_config_makes_no_version_and_a_changed_one_does() {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" }))]).await;
    let daemon = daemon(&lab).await;
    let api = &daemon.api;
    assert_eq!(refused(api, "/configs/r1").await, (404, "No config of this device is archived".to_owned()));
    assert_eq!(read(api, "r1").await, json!({ "version": 1, "changed": true }));
    let first = get(api, "/configs/r1/latest").await;
    assert_eq!(read(api, "r1").await, json!({ "version": 1, "changed": false }));
    let again = get(api, "/configs/r1/1").await;
    assert_eq!(again["fetched_at"], first["fetched_at"]);
    assert_eq!(get(api, "/configs/r1").await["count"], 1);
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    let job = api.run("ido.swt.running_config", json!({ "device": "r1" })).await;
    assert_eq!(job["result"]["archive"], json!({ "version": 2, "changed": true }));
    let said = api.messages(job["job_id"].as_str().unwrap()).await;
    let changed = said.iter().find(|message| message.starts_with("config.changed: ")).unwrap();
    assert!(changed.ends_with("version 2, 1 lines added, 1 removed"), "{changed}");

    let versions = get(api, "/configs/r1").await;
    let numbers: Vec<i64> =
        versions["versions"].as_array().unwrap().iter().map(|v| v["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
    let newest = &versions["versions"][0];
    assert_eq!((&newest["submitted_by"], &newest["job_id"]), (&json!("tester"), &job["job_id"]));
    assert_eq!((&newest["site"], &newest["device_type"]), (&json!("LAB"), &json!("MTROS")));
    assert_eq!(get(api, "/configs/r1?limit=1").await["next_before"], 2);
    assert_eq!(get(api, "/configs/r1?limit=1&before=2").await["versions"][0]["version"], 1);
    let devices = get(api, "/configs").await;
    assert_eq!((&devices["count"], &devices["configs"][0]["version"]), (&json!(1), &json!(2)));

    // The text is the job's response.
    let latest = get(api, "/configs/r1/latest").await;
    assert_eq!(latest["text"], job["result"]["response"]);
    let plain = api.request(Method::GET, "/configs/r1/2").header("Accept", "text/plain").send().await.unwrap();
    assert_eq!(plain.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(plain.text().await.unwrap(), latest["text"].as_str().unwrap());
    assert_eq!(refused(api, "/configs/r1/3").await.0, 404);
    assert_eq!(refused(api, "/configs/r1/x").await.0, 404);
    daemon.stop().await;
}

#[tokio::test]
async fn differences_are_between_versions_and_devices_and_the_golden_text() {
    let lab = lab(vec![
        ("r1", "routeros", json!({ "identity": "TWR-1" })),
        ("r2", "routeros", json!({ "identity": "TWR-1" })),
    ])
    .await;
    let daemon = daemon(&lab).await;
    let api = &daemon.api;
    read(api, "r1").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(api, "r1").await;
    let wanted = "-/system identity set name=TWR-1\n+/system identity set name=TWR-2\n";
    for path in ["/configs/r1/diff", "/configs/r1/diff?from=1&to=2", "/configs/r1/diff?to=2", "/configs/r1/diff?from=1"]
    {
        let found = get(api, path).await;
        let diff = found["diff"].as_str().unwrap();
        assert!(diff.starts_with("--- r1 version 1\n+++ r1 version 2\n@@ ") && diff.contains(wanted), "{path}: {diff}");
        assert_eq!((&found["lines_added"], &found["lines_removed"]), (&json!(1), &json!(1)));
    }
    let back = get(api, "/configs/r1/diff?from=2&to=1").await;
    assert!(
        back["diff"].as_str().unwrap().contains("-/system identity set name=TWR-2\n+/system identity set name=TWR-1\n")
    );
    let same = get(api, "/configs/r1/diff?from=2&to=latest").await;
    assert_eq!((&same["same"], &same["diff"]), (&json!(true), &json!("")));
    let first = get(api, "/configs/r1/diff?to=1").await;
    assert!(first["diff"].as_str().unwrap().starts_with("--- r1 nothing\n+++ r1 version 1\n@@ -0,0 +1,"));

    read(api, "r2").await;
    let other = get(api, "/configs/r1/diff?other=r2").await;
    assert_eq!((&other["from"], &other["to"]), (&json!("r1 version 2"), &json!("r2 version 1")));
    assert!(
        other["diff"]
            .as_str()
            .unwrap()
            .contains("-/system identity set name=TWR-2\n+/system identity set name=TWR-1\n")
    );
    let reply = api.request(Method::GET, "/configs/r1/diff?format=text").send().await.unwrap();
    assert!(reply.text().await.unwrap().starts_with("--- r1 version 1\n"));

    assert_eq!(refused(api, "/configs/r1/diff?from=9").await.0, 404);
    assert_eq!(refused(api, "/configs/r1/diff?from=standard").await.0, 422);
    assert_eq!(refused(api, "/configs/r1/diff?to=standard&other=r2").await.0, 422);
    assert_eq!(refused(api, "/configs/r3/diff").await.0, 404);
    let (status, sentence) = refused(api, "/configs/r1/diff?to=standard").await;
    assert!(status == 409 && sentence.contains("template"), "{status} {sentence}");
    assert_eq!(refused(api, "/configs/r1/drift").await.0, 409);
    daemon.stop().await;
}

#[tokio::test]
async fn all_newest_configs_are_searched() {
    let lab = lab(vec![
        ("r1", "routeros", json!({ "identity": "NORTH-1" })),
        ("r2", "routeros", json!({ "identity": "SOUTH-1" })),
        ("u1", "apc-ups", json!({})),
    ])
    .await;
    let daemon = daemon(&lab).await;
    let api = &daemon.api;
    read(api, "r1").await;
    read(api, "r2").await;
    api.response("ido.ups.running_config", json!({ "device": "u1" })).await;
    turn(&lab, "r2", json!({ "identity": "WEST-1" }));
    read(api, "r2").await;
    let found = get(api, "/configs/search?q=north-1").await;
    assert_eq!((&found["count"], &found["searched"], &found["truncated"]), (&json!(1), &json!(3), &json!(false)));
    assert_eq!(found["found"][0]["device"], "r1");
    assert_eq!(found["found"][0]["lines"][0]["text"], "/system identity set name=NORTH-1");
    assert_eq!(get(api, "/configs/search?q=SOUTH-1").await["count"], 0, "an older version is not searched");
    let regex = get(api, "/configs/search?regex=1&q=%5E%2Fsystem%20identity%20set%20name%3D(NORTH%7CWEST)").await;
    assert_eq!(regex["count"], 2, "{regex}");
    assert_eq!(get(api, "/configs/search?q=.%2A").await["count"], 0, "a text is a text");
    let few = get(api, "/configs/search?q=a&limit=3").await;
    let lines: usize = few["found"].as_array().unwrap().iter().map(|one| one["lines"].as_array().unwrap().len()).sum();
    assert_eq!((lines, &few["truncated"]), (3, &json!(true)));
    assert_eq!(refused(api, "/configs/search?q=%28&regex=1").await.0, 422);
    assert_eq!(refused(api, "/configs/search").await.0, 422);
    daemon.stop().await;
}

/// Id and data of each event in what came over a stream.
fn events(text: &str) -> Vec<(i64, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("data:"));
    blocks
        .map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
            assert_eq!(field("event:"), "config.changed");
            (field("id:").parse().unwrap(), serde_json::from_str(&field("data:")).unwrap())
        })
        .collect()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test that hangs fails by the machine's own time")]
async fn changes_come_over_the_stream_and_resume_after_an_id() {
    let lab = lab(vec![("r1", "routeros", json!({ "identity": "TWR-1" })), ("r2", "routeros", json!({}))]).await;
    let daemon = daemon(&lab).await;
    let api = &daemon.api;
    let live = api.request(Method::GET, "/configs/stream").send().await.unwrap();
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    read(api, "r1").await;
    read(api, "r1").await;
    read(api, "r2").await;
    turn(&lab, "r1", json!({ "identity": "TWR-2" }));
    read(api, "r1").await;
    let mut text = String::new();
    let mut parts = live.bytes_stream();
    let reading = async {
        while events(&text).len() < 3 {
            text.push_str(&String::from_utf8_lossy(&parts.next().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(super::PATIENCE, reading).await.unwrap();
    let all = events(&text);
    let shown: Vec<_> =
        all.iter().map(|(_, data)| (&data["device"], &data["version"], &data["previous_version"])).collect();
    let (r1, r2) = (json!("r1"), json!("r2"));
    assert_eq!(shown, [(&r1, &json!(1), &json!(null)), (&r2, &json!(1), &json!(null)), (&r1, &json!(2), &json!(1))]);
    assert_eq!((&all[2].1["lines_added"], &all[2].1["lines_removed"]), (&json!(1), &json!(1)));

    // The daemon's stop ends the streams, so that each is read whole.
    let after = |query: &str, id: Option<i64>| {
        let mut request = api.request(Method::GET, &format!("/configs/stream{query}"));
        if let Some(id) = id {
            request = request.header("Last-Event-ID", id.to_string());
        }
        request.send()
    };
    let resumed = after("", Some(all[1].0)).await.unwrap();
    let of_r1 = after("?device=r1", None).await.unwrap();
    let texts = tokio::spawn(async move { (resumed.text().await.unwrap(), of_r1.text().await.unwrap()) });
    daemon.stop().await;
    let (resumed, of_r1) = texts.await.unwrap();
    assert_eq!(events(&resumed), [all[2].clone()]);
    assert_eq!(events(&of_r1), [all[0].clone(), all[2].clone()]);
}

#[tokio::test]
async fn the_archive_needs_the_scope_of_jobs_and_can_be_off() {
    let lab = lab(vec![("r1", "routeros", json!({}))]).await;
    let keys = json!({
        crate::support::api::KEY: { "scopes": ["admin"], "label": "tester" },
        "key-of-the-reader": { "scopes": ["job.read"], "label": "reader" },
        "key-of-the-other": { "scopes": ["health.read", "job.submit"], "label": "other" },
    });
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: "[archive]\nenabled = false\n".to_owned(),
        variables: vec![("NOC_API_KEYS_JSON".to_owned(), keys.to_string())],
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    let job = daemon.api.run("ido.swt.running_config", json!({ "device": "r1" })).await;
    assert_eq!((&job["status"], job["result"].get("archive")), (&json!("success"), None));
    let reader = crate::support::Api::new(&daemon.api.url, "key-of-the-reader");
    assert_eq!(get(&reader, "/configs").await["count"], 0);
    let other = crate::support::Api::new(&daemon.api.url, "key-of-the-other");
    for path in [
        "/configs",
        "/configs/r1",
        "/configs/r1/latest",
        "/configs/r1/diff",
        "/configs/r1/drift",
        "/configs/search?q=x",
        "/configs/stream",
    ] {
        assert_eq!(refused(&other, path).await, (403, "Insufficient scope; need 'job.read'".to_owned()), "{path}");
    }
    let (_, folder) = daemon.stop().await;
    assert!(!super::repository(folder.path()).exists());
}
