//! `towerhand job`.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{Shell, site};

#[tokio::test]
async fn a_job_is_submitted_shown_and_listed() {
    let (_lab, daemon, shell) = site(vec![("r1", "routeros", json!({ "identity": "TWR-1" }))]).await;
    let payload = r#"{"device": "r1"}"#;
    let watched =
        shell.words(&["job", "submit", "ido.swt.running_config", "--payload", payload, "--watch"], "").await.good();
    assert!(watched.contains("Started action 'ido.swt.running_config'"), "{watched}");
    assert!(watched.contains("/system identity"), "{watched}");

    // The payload from a file and from standard input.
    shell.write("payload.json", payload);
    let id = shell.words(&["job", "submit", "ido.ping", "--payload", "@payload.json"], "").await.good();
    assert_eq!(daemon.api.ended(id.trim()).await["status"], "success");
    let words = ["job", "submit", "ido.ping", "--payload", "@-", "--json"];
    let answer: Value = serde_json::from_str(&shell.words(&words, payload).await.good()).unwrap();
    let id = answer["job_id"].as_str().unwrap();
    assert_eq!(daemon.api.ended(id).await["status"], "success");

    let shown = shell.run(&format!("job show {id}")).await.json();
    assert_eq!((&shown["job_id"], &shown["action"]), (&json!(id), &json!("ido.ping")));
    let events = shell.run(&format!("job events {id} --json")).await.json();
    assert_eq!(events["events"], json!(daemon.api.events(id).await));
    let text = shell.run(&format!("job events {id}")).await.good();
    for message in daemon.api.messages(id).await {
        assert!(text.contains(&message), "{message}: {text}");
    }
    let list = shell.run("job list --json --limit 2").await.json();
    let ids: Vec<&str> = list["jobs"].as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), ids[0]), (2, id));
    let failed = shell.run("job list --json --status error").await.json();
    assert_eq!(failed["jobs"], json!([]));
    assert!(shell.run("job list").await.good().contains("ido.swt.running_config"));
}

#[tokio::test]
async fn a_watched_job_that_fails_is_status_1_with_the_reason() {
    let (lab, daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    lab.device("r1").unwrap().add_fault(Fault::Auth {});
    let words = ["job", "submit", "ido.swt.device_info", "--payload", r#"{"device": "r1"}"#, "--watch"];
    let ran = shell.words(&words, "").await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: auth_failed: "), "{}", ran.err);
    // The API tells the same sentence.
    let told = daemon.api.error("ido.swt.device_info", json!({ "device": "r1" })).await;
    assert!(told.starts_with("auth_failed: "), "{told}");

    // As JSON: a value a line, the job last.
    let words: Vec<&str> = words.into_iter().chain(["--json"]).collect();
    let ran = shell.words(&words, "").await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"].as_str().is_some_and(|text| text.starts_with("Started action"))));
    assert_eq!(lines.last().unwrap()["status"], "error");
}

#[tokio::test]
async fn a_job_is_cancelled() {
    let (lab, daemon, shell) = site(vec![("r1", "routeros", json!({}))]).await;
    let device = lab.device("r1").unwrap();
    device.add_fault(Fault::Mute { after: Some("export".to_owned()) });
    let mut changes = device.changes();
    let id = daemon.api.submit("ido.swt.running_config", json!({ "device": "r1" })).await;
    while !device.journal().iter().any(|entry| entry.channel == "exec") {
        changes.changed().await.unwrap();
    }
    let answer = shell.run(&format!("job cancel {id} --json")).await.json();
    assert_eq!((&answer["job_id"], &answer["cancel_requested"]), (&json!(id), &json!(true)));
    let ran = shell.run(&format!("job watch {id}")).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("Cancel requested") && ran.err.starts_with("cancelled: "), "{} {}", ran.out, ran.err);
    // Once more changes nothing.
    let again = daemon.api.cancel(&id).await;
    assert_eq!(again["status"], "cancelled");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_a_sentence() {
    let (_lab, daemon, mut shell) = site(vec![]).await;
    for (words, sentence) in [
        (vec!["job", "submit", "ido.ping", "--payload", "{"], "the payload is not JSON"),
        (vec!["job", "submit", "ido.ping", "--payload", "[]"], "must be a JSON object"),
        (vec!["job", "submit", "ido.ping", "--payload", "@nowhere.json"], "cannot read the payload from nowhere.json"),
        (vec!["job", "show", "00000000-0000-4000-8000-000000000000"], "404"),
        (vec!["job", "watch", "00000000-0000-4000-8000-000000000000"], "404"),
        (vec!["job", "cancel", "../actions"], "'../actions' is not a job id"),
        (vec!["job", "show", "a/b"], "'a/b' is not a job id"),
    ] {
        let told = shell.words(&words, "").await.sentence();
        assert!(told.starts_with("towerhand: ") && told.contains(sentence), "{words:?}: {told}");
    }
    shell.key = "wrong".to_owned();
    let told = shell.run("job list").await.sentence();
    assert!(told.contains("Invalid API key (403"), "{told}");
    assert!(!told.contains("wrong"), "{told}");
    daemon.kill();
    let told = shell.run("job list").await.sentence();
    assert!(told.contains(&format!("no answer from {}; is the daemon running?", shell.url)), "{told}");
    let told = shell.run("job watch 00000000-0000-4000-8000-000000000000").await.sentence();
    assert!(told.contains("is the daemon running?"), "{told}");
}

#[tokio::test]
async fn without_a_key_or_an_address_nothing_is_sent() {
    let mut shell = Shell::new();
    shell.key = String::new();
    let told = shell.run("job list").await.sentence();
    assert!(told.contains("TOWERHAND_API_KEY is not set"), "{told}");
    shell.key = "k".to_owned();
    for url in ["127.0.0.1:8080", "ftp://127.0.0.1", "http://me:word@127.0.0.1"] {
        shell.url = url.to_owned();
        let told = shell.run("job list").await.sentence();
        assert!(told.contains("TOWERHAND_URL is not an address") && !told.contains("word"), "{told}");
    }
}
