//! The actions of the radios' maintenance through the whole daemon, as far as no load is needed: what is refused, what is
//! shown, what is observed. The journal of the simulated radio is the witness.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::lab_run::Lab;

use crate::support::{Setup, TestDaemon, daemon};

async fn stage(knobs: Value, settings: &str) -> (Lab, TestDaemon, String) {
    let lab = daemon::lab(vec![("radio-1", "aviat", knobs)]).await;
    let setup = Setup { inventory: Some(lab.inventory_yaml()), settings: settings.to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    (lab, daemon, "127.0.0.1".to_owned())
}

fn typed(lab: &Lab) -> Vec<String> {
    let journal = lab.device("radio-1").unwrap().journal();
    journal.into_iter().filter(|entry| entry.channel == "shell").map(|entry| entry.input).collect()
}

#[tokio::test]
async fn s001_s002_what_is_wrong_is_refused_before_a_radio_is_touched_and_no_row_is_made() {
    let (lab, daemon, ip) = stage(json!({}), "").await;
    let api = &daemon.api;
    for (action, payload, error) in [
        ("aviat.run", json!({}), "No IPs provided"),
        ("aviat.run", json!({"ips": [ip]}), "validation_error: 'tasks' must list at least one of: firmware, password"),
        (
            "aviat.run",
            json!({"ips": [ip], "tasks": ["upgrade"]}),
            "validation_error: 'tasks': 'upgrade' is none of: firmware",
        ),
        (
            "aviat.run",
            json!({"ips": [ip], "tasks": ["snmp"]}),
            "validation_error: 'tasks' has 'snmp', which needs aviat.snmp_community",
        ),
        (
            "aviat.run",
            json!({"ips": [ip], "tasks": ["firmware"]}),
            "validation_error: the firmware list has no final image for AV4100",
        ),
        (
            "aviat.run",
            json!({"ips": [ip], "tasks": ["firmware"], "maintenance_params": {"activation_at": "tomorrow"}}),
            "validation_error: 'activation_at' must be an instant with its offset",
        ),
        ("aviat.run", json!({"ips": ["203.0.113.1"], "tasks": ["buffer"]}), "address_refused: "),
        ("aviat.check_status", json!({"ips": []}), "No IPs provided"),
        ("aviat.precheck_recheck", json!({}), "Missing ip"),
        ("aviat.fix_stp", json!({"ip": ""}), "Missing ip"),
        ("aviat.reboot_required.run", json!({"ips": [ip]}), "No reboot-required devices"),
        ("aviat.scheduled.sync", json!({"ips": []}), "No scheduled IPs provided"),
        ("aviat.scheduled.sync", json!({"ips": [ip]}), "validation_error: 'ips': only radios that are loaded"),
        (
            "aviat.stream.global",
            json!({"limit": 5000}),
            "validation_error: 'limit' must be a whole number from 1 to 1000",
        ),
    ] {
        let said = api.error(action, payload.clone()).await;
        assert!(said.starts_with(error), "{action} {payload}: {said}");
    }
    assert_eq!(api.response("aviat.queue.get", json!({})).await, json!({"radios": []}));
    assert!(lab.device("radio-1").unwrap().journal().is_empty());
    daemon.stop().await;
}

#[tokio::test]
async fn s093_a_stale_snapshot_changes_nothing() {
    let (_lab, daemon, ip) = stage(json!({}), "").await;
    let api = &daemon.api;
    let add = api
        .response("aviat.queue.update", json!({"mode": "add", "radios": [ip, {"ip": ip, "status": "success"}]}))
        .await;
    let radios = add["radios"].as_array().unwrap();
    assert_eq!((radios.len(), &radios[0]["status"], &radios[0]["name"]), (1, &json!("pending"), &json!("radio-1")));
    let version = radios[0]["version"].as_i64().unwrap();
    for versions in [json!({}), json!({&ip: version + 1})] {
        let error =
            api.error("aviat.queue.update", json!({"mode": "replace", "radios": [], "versions": versions})).await;
        assert!(error.starts_with("busy: these radios changed") && error.contains(&ip), "{error}");
    }
    let error = api
        .error("aviat.queue.update", json!({"mode": "remove", "radios": [{"ip": ip, "version": version + 1}]}))
        .await;
    assert!(error.starts_with("busy: "), "{error}");
    let kept = api
        .response("aviat.queue.update", json!({"mode": "replace", "radios": [ip], "versions": {&ip: version}}))
        .await;
    assert_eq!(kept["radios"][0]["version"], json!(version));
    let gone =
        api.response("aviat.queue.update", json!({"mode": "replace", "radios": [], "versions": {&ip: version}})).await;
    assert_eq!(gone, json!({"radios": []}));
    let again = api.response("aviat.queue.update", json!({"mode": "remove", "radios": [ip]})).await;
    assert_eq!(again, json!({"radios": []}));
    daemon.stop().await;
}

#[tokio::test]
async fn s091_a_status_check_reads_keeps_and_moves_nothing() {
    let (lab, daemon, ip) = stage(json!({"active": "2.11.11", "mask": "255.255.255.0", "stp": "up"}), "").await;
    let api = &daemon.api;
    let listed = api.response("aviat.queue.update", json!({"mode": "add", "radios": [ip]})).await;
    let checked = api.response("aviat.check_status", json!({"ips": [ip, format!("::ffff:{ip}")]})).await;
    let results = checked["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{checked}");
    let result = &results[0];
    assert_eq!(
        (&result["reachable"], &result["firmware"], &result["error"]),
        (&json!(true), &json!("2.11.11"), &Value::Null)
    );
    assert_eq!((&result["subnet_ok"], &result["subnet_actual"]), (&json!(false), &json!("/24")));
    assert_eq!(result["stp_ok"], false);
    let after = api.response("aviat.queue.get", json!({})).await;
    let (before, after) = (&listed["radios"][0], &after["radios"][0]);
    assert_eq!((&before["status"], &before["version"]), (&after["status"], &after["version"]));
    assert_eq!(after["seen"]["firmware"], "2.11.11", "{after}");
    assert!(typed(&lab).iter().all(|line| !line.contains("config") || line.contains("show")), "{:?}", typed(&lab));
    // The probe's job is nobody's business but the engine's.
    let (_, jobs) = api.send(api.request(Method::GET, "/jobs?limit=500")).await;
    let actions: Vec<&str> =
        jobs["data"]["jobs"].as_array().unwrap().iter().map(|job| job["action"].as_str().unwrap()).collect();
    assert!(
        actions.contains(&"aviat.check_status") && actions.iter().all(|action| !action.starts_with('_')),
        "{actions:?}"
    );
    daemon.stop().await;
}

#[tokio::test]
async fn s033_a_radio_that_is_not_there_is_not_clear() {
    let (lab, daemon, ip) = stage(json!({}), "").await;
    lab.stop().await;
    let api = &daemon.api;
    let checked = api.response("aviat.check_status", json!({"ips": [ip]})).await;
    let result = &checked["results"][0];
    assert_eq!(result["reachable"], false, "{result}");
    assert!(result["error"].as_str().unwrap().starts_with("tcp-probe failed: "), "{result}");
    let again = api.response("aviat.precheck_recheck", json!({"ip": ip})).await;
    assert_eq!((&again["reachable"], &again["precheck_clear"]), (&json!(false), &json!(false)), "{again}");
    daemon.stop().await;
}

#[tokio::test]
async fn s028_spanning_tree_is_switched_off_and_read_back() {
    let (lab, daemon, ip) = stage(json!({"stp": "up"}), "").await;
    let api = &daemon.api;
    let before = api.response("aviat.precheck_recheck", json!({"ip": ip})).await;
    assert_eq!((&before["precheck_clear"], &before["result"]["stp_ok"]), (&json!(false), &json!(false)), "{before}");
    let fixed = api.response("aviat.fix_stp", json!({"body": {"ip": ip}})).await;
    assert_eq!((&fixed["status"], &fixed["changed"]), (&json!("ok"), &json!(true)), "{fixed}");
    assert!(
        typed(&lab).iter().any(|line| line.contains("spanning-tree administrative-status down")),
        "{:?}",
        typed(&lab)
    );
    let after = api.response("aviat.precheck_recheck", json!({"ip": ip})).await;
    assert_eq!(after["result"]["stp_ok"], true, "{after}");
    daemon.stop().await;
}

#[tokio::test]
async fn actions_of_the_engine_cannot_be_asked_for() {
    let (_lab, daemon, ip) = stage(json!({}), "").await;
    let api = &daemon.api;
    for action in ["_aviat.radio", " _aviat.probe", "_anything"] {
        let body = json!({"action": action, "payload": {"address": ip}});
        let (status, answer) = api.send(api.request(Method::POST, "/jobs").json(&body)).await;
        assert_eq!(status.as_u16(), 422, "{answer}");
    }
    daemon.stop().await;
}

/// Reads a stream until `count` events have come.
async fn events(api: &crate::support::Api, path: &str, last: Option<&str>, count: usize) -> Vec<(String, Value)> {
    let mut request = api.request(Method::GET, path);
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    let reply = request.send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let mut body = reply.bytes_stream();
    let mut text = String::new();
    let mut found = Vec::new();
    let reading = async {
        while found.len() < count {
            text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
            found = text
                .split_inclusive("\n\n")
                .filter(|block| block.ends_with("\n\n") && block.contains("data: "))
                .map(|block| {
                    let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
                    (line("id: "), serde_json::from_str(&line("data: ")).unwrap())
                })
                .collect();
        }
    };
    Clock::system().timeout(Duration::from_secs(30), reading).await.expect("30 s are over");
    found
}

#[tokio::test]
async fn s097_s098_s100_every_viewer_gets_every_event_once_and_resumes() {
    let (_lab, daemon, ip) = stage(json!({}), "").await;
    let api = &daemon.api;
    let one = events(api, "/aviat/stream", None, 3);
    let two = events(api, "/aviat/stream?task_id=", None, 3);
    let said = async {
        for mode in ["add", "remove", "add"] {
            api.response("aviat.queue.update", json!({"mode": mode, "radios": [ip]})).await;
        }
    };
    let (one, two, ()) = tokio::join!(one, two, said);
    assert_eq!(one, two);
    let ids: Vec<i64> = one.iter().map(|(id, _)| id.parse().unwrap()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let first = &one[0].1;
    for key in ["message", "level", "task_id", "ts", "ip", "status", "phase"] {
        assert!(first.get(key).is_some(), "{key}: {first}");
    }
    let resumed = events(api, "/aviat/stream", Some(&one[0].0), 2).await;
    assert_eq!(resumed, one[1..]);
    let of_one = events(api, &format!("/aviat/stream?task_id={}", first["task_id"].as_str().unwrap()), None, 1).await;
    assert_eq!(of_one, one[..1]);
    let listed = api.response("aviat.stream.global", json!({"params": {"limit": 2}})).await;
    let messages: Vec<&Value> = listed["events"].as_array().unwrap().iter().map(|event| &event["message"]).collect();
    assert_eq!(messages, [&one[1].1["message"], &one[2].1["message"]]);
    let (status, _) = api.send(api.request(Method::GET, "/aviat/stream?task_id=x")).await;
    assert_eq!(status.as_u16(), 422);
    daemon.stop().await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test writes an image")]
async fn s008_an_image_that_is_missing_or_another_is_refused_before_any_radio_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "[aviat]\nfirmware_dir = '{}'\n[[aviat.firmware]]\ntarget = 'final'\nversion = '6.2.4'\nfile = 'final.swpack'\n\
         sha256 = '6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d'\n",
        folder.path().display()
    );
    let (lab, daemon, ip) = stage(json!({}), &settings).await;
    let api = &daemon.api;
    let run = json!({"ips": [ip], "tasks": ["firmware"]});
    let error = api.error("aviat.run", run.clone()).await;
    assert!(error.starts_with("validation_error: the image 'final.swpack' cannot be read"), "{error}");
    std::fs::write(folder.path().join("final.swpack"), "imago").unwrap();
    let error = api.error("aviat.run", run).await;
    assert!(error.contains("another SHA-256"), "{error}");
    assert_eq!(api.response("aviat.queue.get", json!({})).await, json!({"radios": []}));
    assert!(lab.device("radio-1").unwrap().journal().is_empty());
    let image = api.http.get(format!("{}/api/aviat/firmware/final.swpack", api.url)).send().await.unwrap();
    assert_eq!((image.status().as_u16(), image.text().await.unwrap().as_str()), (200, "imago"));
    daemon.stop().await;
}
