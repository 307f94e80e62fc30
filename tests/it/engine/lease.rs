//! A worker that has lost its lease stores nothing, and leaves the device.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use towerhand::clock::{Clock, add};
use towerhand::model::JobStatus;
use towerhand::store::StepEnd;

use super::wait::{commands, count, hold, journal, lab, release, silent_router, until, with_lab};
use crate::support::{Setup, TestDaemon};

const CONFIG: &str = "ido.swt.running_config";

/// Another worker takes a job over. `settings` decide whether the first one notices while the device is silent.
async fn taken_over(settings: &str, notices: bool) {
    // One worker, busy with the job itself: the daemon cannot take it again.
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router())], settings).await;
    hold(&lab);
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let now = Timestamp::now();
    daemon.store.release_foreign("other", now).await.unwrap();
    let claimed = daemon.store.claim("other", now, Duration::from_secs(3600), 10, 2).await.unwrap();
    let [claimed] = claimed.try_into().unwrap();
    assert_eq!((claimed.job.id.to_string(), claimed.job.attempt), (id.clone(), 2));
    if !notices {
        release(&lab);
    }
    journal(&r1, "the end of the session", |journal| count(journal, "tcp", "close") == 1).await;
    // The worker is free again, so its step is over.
    daemon.api.response("health.get", json!({})).await;
    let job = daemon.api.job(&id).await;
    assert_eq!((&job["status"], &job["result"], &job["error"]), (&json!("running"), &json!(null), &json!(null)));
    let told = daemon.api.messages(&id).await;
    assert_eq!(told.last().unwrap(), &format!("Continuing action '{CONFIG}' (attempt 2)"), "{told:?}");

    let end = StepEnd::Finish {
        status: JobStatus::Success,
        result: Some(json!("the other's")),
        error: None,
        error_class: None,
    };
    daemon.store.end_step(&claimed.lease, Timestamp::now(), end, Vec::new()).await.unwrap();
    assert_eq!(daemon.api.ended(&id).await["result"], "the other's");
    daemon.stop().await;
}

#[tokio::test]
async fn the_end_of_a_step_without_lease_is_not_stored() {
    taken_over("[jobs]\nworkers = 1\nlease = \"10m\"\n", false).await;
}

#[tokio::test]
async fn a_worker_that_cannot_renew_leaves_the_device() {
    taken_over("[jobs]\nworkers = 1\nlease = \"2s\"\n", true).await;
}

/// A step may outlast its lease many times over: the worker renews it, and nobody takes the job meanwhile.
#[tokio::test]
async fn a_worker_at_work_keeps_its_lease() {
    let (lab, daemon) = with_lab(vec![("r1", "routeros", silent_router())], "[jobs]\nlease = \"2s\"\n").await;
    hold(&lab);
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    let over = Timestamp::now().checked_add(jiff::SignedDuration::from_secs(6)).unwrap();
    while Timestamp::now() < over {
        let taken = daemon.store.claim("other", Timestamp::now(), Duration::from_secs(60), 10, 2).await.unwrap();
        assert!(taken.is_empty(), "{taken:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    release(&lab);
    assert_eq!(daemon.api.ended(&id).await["status"], "success");
    assert!(!daemon.api.messages(&id).await.iter().any(|message| message.starts_with("Continuing")));
    assert_eq!(count(&r1.journal(), "tcp", "open"), 1);
    daemon.stop().await;
}

/// Whether the one lease there is lasts half a minute from now on; asked again for a second.
async fn renewed(daemon: &TestDaemon, clock: &Clock) -> bool {
    let now = clock.now();
    let wanted = Some(add(now, Duration::from_secs(30)));
    for _ in 0..50 {
        if daemon.store.next_wake(now).await.unwrap() == wanted {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// Events are written so seldom here that the lease would run out between two writes.
#[tokio::test]
async fn a_lease_shorter_than_the_time_between_two_writes_is_kept() {
    let lab = lab(vec![("r1", "routeros", silent_router())]).await;
    let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
    let settings = "[jobs]\nlease = \"30s\"\nflush = \"10m\"\n[ssh]\ncommand_seconds = 1000000\n\
                    idle_seconds = 1000000\nlogin_seconds = 1000000\n";
    let setup = Setup {
        inventory: Some(lab.inventory_yaml()),
        settings: settings.to_owned(),
        clock: clock.clone(),
        ..Setup::default()
    };
    let daemon = TestDaemon::start(setup).await;
    hold(&lab);
    let id = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    let r1 = lab.device("r1").unwrap();
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    // Four leases long.
    for _ in 0..12 {
        clock.advance(Duration::from_secs(10));
        // Whoever stored the last renewal a moment ago may not have waited yet when the clock moved: then it comes with the
        // next third.
        if !renewed(&daemon, &clock).await {
            clock.advance(Duration::from_secs(10));
            until("the renewal", async || renewed(&daemon, &clock).await).await;
        }
    }
    release(&lab);
    assert_eq!(daemon.api.ended(&id).await["status"], "success");
    assert!(!daemon.api.messages(&id).await.iter().any(|message| message.starts_with("Continuing")));
    assert_eq!(count(&r1.journal(), "tcp", "open"), 1);
    daemon.stop().await;
}
