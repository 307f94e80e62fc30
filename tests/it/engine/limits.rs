//! How much runs at once.

use serde_json::json;

use super::wait::{
    commands, count, hold, journal, lab, most_sessions, release, silent_router, slow_router, status, until, with_lab,
};
use crate::support::{Setup, TestDaemon};

const CONFIG: &str = "ido.swt.running_config";

#[tokio::test]
async fn c95_nine_slow_jobs_and_eight_workers() {
    let names: Vec<String> = (1..=9).map(|n| format!("r{n}")).collect();
    let lab = lab(names.iter().map(|name| (name.as_str(), "routeros", slow_router())).collect()).await;
    hold(&lab);
    let daemon = TestDaemon::start(Setup {
        inventory: Some(lab.inventory_yaml()),
        variables: vec![("NOC_API_V2_JOB_WORKERS".to_owned(), "8".to_owned())],
        ..Setup::default()
    })
    .await;
    let mut jobs = Vec::new();
    for name in &names {
        jobs.push(daemon.api.submit(CONFIG, json!({ "device": name })).await);
    }
    let (working, waiting) = lab.devices().split_at(8);
    for device in working {
        journal(device, "a command", |journal| commands(journal, "/system resource") == 1).await;
    }
    let statuses = async || {
        let mut counts = (0, 0);
        for job in &jobs {
            match daemon.api.job(job).await["status"].as_str().unwrap() {
                "running" => counts.0 += 1,
                "queued" => counts.1 += 1,
                other => panic!("{other}"),
            }
        }
        counts
    };
    assert_eq!(statuses().await, (8, 1));
    assert!(waiting[0].journal().is_empty(), "the ninth device was spoken to");
    release(&lab);
    for job in &jobs {
        assert_eq!(daemon.api.ended(job).await["status"], "success");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_device_has_two_readers_at_most() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router())], "").await;
    hold(&lab);
    let mut jobs = Vec::new();
    // By its name and by its address: the lane is the device's.
    for payload in [json!({ "device": "r1" }), json!({ "ip_address": "127.9.0.1" }), json!({ "host": "r1" })] {
        jobs.push(daemon.api.submit(CONFIG, payload).await);
    }
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "two exports", |journal| commands(journal, "/export") == 2).await;
    // Something else goes through the runner meanwhile, so it had its chance to take the third.
    daemon.api.response("health.get", json!({})).await;
    assert_eq!(daemon.api.job(&jobs[2]).await["status"], "queued");
    assert_eq!(count(&r1.journal(), "tcp", "open"), 2);
    release(&lab);
    for job in &jobs {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
    }
    let journal = journal(&r1, "the end of all sessions", |journal| count(journal, "tcp", "close") == 3).await;
    assert_eq!(most_sessions(&journal), 2, "{journal:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_cancelled_queued_job_never_touches_its_device() {
    let devices = vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))];
    let (lab, daemon) = with_lab(devices, "[jobs]\nworkers = 1\n").await;
    hold(&lab);
    let running = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let queued = daemon.api.submit(CONFIG, json!({ "device": "r2" })).await;
    let answer = daemon.api.cancel(&queued).await;
    assert_eq!((&answer["status"], &answer["cancel_requested"]), (&json!("cancelled"), &json!(true)));
    release(&lab);
    assert_eq!(daemon.api.ended(&running).await["status"], "success");
    // The one worker is free and has served another job since.
    daemon.api.response("health.get", json!({})).await;
    let job = daemon.api.job(&queued).await;
    assert_eq!((&job["status"], &job["started_at"]), (&json!("cancelled"), &json!(null)), "{job}");
    assert_eq!(daemon.api.messages(&queued).await, ["Cancel requested"]);
    assert!(lab.device("r2").unwrap().journal().is_empty());
    daemon.stop().await;
}

/// A slow device holds its own lane, not the line.
#[tokio::test]
async fn jobs_of_a_held_device_hold_nobody_else_up() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router()), ("r2", "routeros", json!({}))], "").await;
    hold(&lab);
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(daemon.api.submit(CONFIG, json!({ "device": "r1" })).await);
    }
    for _ in 0..3 {
        daemon.api.response("ido.swt.device_info", json!({ "device": "r2" })).await;
    }
    status(&daemon.api, &held[0], "running").await;
    until("two sessions", async || count(&lab.device("r1").unwrap().journal(), "tcp", "open") == 2).await;
    assert_eq!(daemon.api.job(&held[4]).await["status"], "queued");
    release(&lab);
    for job in &held {
        assert_eq!(daemon.api.ended(job).await["status"], "success");
    }
    daemon.stop().await;
}
