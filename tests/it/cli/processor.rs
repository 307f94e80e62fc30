//! The daemon on a machine with one processor, where its runtimes are of another kind: `taskset` (util-linux) leaves it
//! one of those that there are.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use towerhand::clock::Clock;
use towerhand_simulators::core::Fault;
use towerhand_simulators::lab_run::Lab;

use crate::engine::wait::{commands, count, exit, hold, journal, lab, logged, release, silent_router, write_inventory};
use crate::support::Process;

const CONFIG: &str = "ido.swt.running_config";
const STOPPING: &str = "stopping: nothing new begins";

/// Far below the grace of a stop, 30 s unless a test sets another.
const AT_ONCE: Duration = Duration::from_secs(10);

/// The processors that a process may use, `0-1`.
fn processors(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim().to_owned()
}

/// A daemon on one processor over the lab; none, with a printed line, where there is no `taskset`.
async fn daemon(lab: &Lab, variables: &[(&str, &str)]) -> Option<(Process, TempDir)> {
    if !Path::new("/usr/bin/taskset").exists() {
        println!("skipped: no taskset (apt-get install util-linux)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    write_inventory(folder.path(), lab);
    let own = processors("self");
    let first = own.split([',', '-']).next().unwrap();
    let daemon = Process::serve_by(&["taskset", "-c", first], folder.path(), variables).await;
    assert_eq!(processors(&daemon.child.id().to_string()), first);
    Some((daemon, folder))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_run_and_a_signal_ends_it_when_their_steps_have_ended() {
    let lab = lab(vec![
        ("r1", "routeros", json!({ "version": "7.16" })),
        ("r2", "routeros", json!({ "version": "6.49.17" })),
        ("r3", "routeros", silent_router()),
    ])
    .await;
    let Some((daemon, folder)) = daemon(&lab, &[]).await else { return };
    // Side by side: several key exchanges on the one thread, and requests beside them on the other.
    let mut jobs = Vec::new();
    for device in ["r1", "r2", "r1", "r2", "r1", "r2"] {
        jobs.push(daemon.api.submit(CONFIG, json!({ "device": device })).await);
    }
    for job in &jobs {
        let job = daemon.api.ended(job).await;
        assert_eq!(job["status"], "success", "{job}");
    }
    hold(&lab);
    let job = daemon.api.submit(CONFIG, json!({ "device": "r3" })).await;
    let r3 = lab.device("r3").unwrap();
    journal(&r3, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.signal("TERM");
    logged(folder.path(), STOPPING).await;
    release(&lab);
    let ended = Clock::system().timeout(AT_ONCE, exit(daemon)).await.expect("it does not end");
    assert_eq!(ended, Some(0), "asked to stop, and everything ended by itself");
    for device in lab.devices() {
        journal(device, "the end of its sessions", |journal| {
            count(journal, "tcp", "open") == count(journal, "tcp", "close")
        })
        .await;
    }
    // What its last step read is stored.
    let after = Process::serve(folder.path(), &[]).await;
    assert_eq!(after.api.job(&job).await["status"], "success");
    assert_eq!(commands(&r3.journal(), "/export"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_leaves_a_mute_device_at_once() {
    let lab = lab(vec![("r1", "routeros", json!({ "version": "7.16" }))]).await;
    let r1 = lab.device("r1").unwrap();
    r1.add_fault(Fault::Mute { after: Some("/export".to_owned()) });
    let Some((daemon, folder)) = daemon(&lab, &[("TOWERHAND_STOP_GRACE", "600s")]).await else { return };
    let job = daemon.api.submit(CONFIG, json!({ "device": "r1" })).await;
    journal(&r1, "the export", |journal| commands(journal, "/export") == 1).await;
    daemon.signal("TERM");
    logged(folder.path(), STOPPING).await;
    daemon.signal("TERM");
    let ended = Clock::system().timeout(AT_ONCE, exit(daemon)).await.expect("it does not stop at once");
    assert_eq!(ended, Some(3), "asked to stop, and work was cut off");
    journal(&r1, "the end of the session", |journal| count(journal, "tcp", "close") == 1).await;
    r1.clear_faults();
    let after = Process::serve(folder.path(), &[]).await;
    assert_eq!(after.api.ended(&job).await["status"], "success");
}
