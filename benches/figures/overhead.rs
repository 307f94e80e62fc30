//! What the daemon adds to the devices' own time: 300 ms of simulated delay, 1,000 routers, 200 at once.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::sync::Semaphore;

use crate::parts::{Api, Daemon, Fleet, percentile};
use crate::{figure, say};

const DEVICES: usize = 1000;
const CONCURRENCY: usize = 200;
/// Of each command, ms.
const DELAY: f64 = 300.0;

/// From the client's submission to the end of its stream, less the device's delay.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("overhead: {DEVICES} routers that take {DELAY} ms a command, {CONCURRENCY} at once"));
    let fleet = Fleet::start(DEVICES, "routeros", &json!({ "export_bytes": 4000, "delay_ms": DELAY }))?;
    let daemon = Daemon::start("overhead", &fleet.inventory, CONCURRENCY).await?;
    let api = Api::new(&daemon)?;
    let limit = Arc::new(Semaphore::new(CONCURRENCY));
    let mut clients = Vec::new();
    for (at, name) in fleet.names().into_iter().enumerate() {
        let (api, limit) = (api.clone(), Arc::clone(&limit));
        clients.push(tokio::spawn(async move {
            let _permit = limit.acquire().await?;
            let start = Instant::now();
            let id = api.submit(&format!("overhead-{at}"), "ido.swt.running_config", json!({ "device": name })).await?;
            api.ended(&id).await?;
            anyhow::Ok(start.elapsed().as_secs_f64() * 1000.0)
        }));
    }
    let mut added = Vec::new();
    for client in clients {
        let took = client.await??;
        added.push(took - DELAY);
    }
    let (p50, p99) = (percentile(&mut added, 0.5), percentile(&mut added, 0.99));
    figure("added to the device's time, p50", p50, "ms", "<= 20", p50 <= 20.0);
    figure("added to the device's time, p99", p99, "ms", "<= 60", p99 <= 60.0);
    Ok(())
}
