//! Many devices at once: each its own, and none in the way of another.

use std::sync::Arc;

use serde_json::{Map, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use towerhand_simulators::core::Ports;
use towerhand_simulators::fleet::fleet;
use towerhand_simulators::lab_run::Lab;

use crate::support::*;

/// `SIM_FLEET` sets another number of devices, to measure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_device_of_a_fleet_answers_for_itself() {
    let count = std::env::var("SIM_FLEET").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let state: Map<_, _> = json!({"export_bytes": 40_000}).as_object().unwrap().clone();
    let mut spec = fleet(count, "routeros", &state).unwrap();
    for device in &mut spec.devices {
        device.ports = Ports { ssh: Some(0), ..Ports::default() };
    }
    let started = std::time::Instant::now();
    let lab = Lab::start(spec).await.unwrap();
    println!("{count} devices started in {:?}", started.elapsed());
    let started = std::time::Instant::now();
    let (gate, mut reads) = (Arc::new(Semaphore::new(50)), JoinSet::new());
    for device in lab.devices().iter().cloned() {
        let gate = Arc::clone(&gate);
        reads.spawn(async move {
            let _permit = gate.acquire().await.unwrap();
            let ended = exec(&login(&device, "admin").await, "/export terse").await;
            assert_eq!(ended.status, Some(0));
            assert!(ended.text.contains(&format!("/system identity set name={}\r\n", device.name)), "{}", device.name);
            assert_eq!(journal(&device, "exec"), ["/export terse"]);
        });
    }
    while let Some(read) = reads.join_next().await {
        read.unwrap();
    }
    println!("{count} exports read in {:?}", started.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or(""));
    lab.stop().await;
}
