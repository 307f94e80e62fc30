//! What the daemon adds to the devices' own time: 300 ms of simulated delay, 1,000 routers, 200 at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::Semaphore;

use crate::parts::{Api, Daemon, Fleet, percentile, stolen};
use crate::{figure, say};

const DEVICES: usize = 1000;
const CONCURRENCY: usize = 200;
/// Of each command, ms.
const DELAY: f64 = 300.0;

/// The first clients come one after the other over one delay, as they would in the middle of a longer run: all of them
/// in one instant would measure how long 200 key exchanges take on one core. That figure is printed too.
const PACE: Duration = Duration::from_micros(1500);

/// The figure is that of the middle round: the disk of a shared machine stands still for some hundred milliseconds now and
/// then (`machine` tells its longest sync), and in a round of two seconds that is every client's wait.
const ROUNDS: usize = 7;

/// From the client's submission to the end of its stream, less the device's delay.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("overhead: {DEVICES} routers that take {DELAY} ms a command, {CONCURRENCY} at once"));
    let fleet = Fleet::start(DEVICES, "routeros", &json!({ "export_bytes": 4000, "delay_ms": DELAY }))?;
    let daemon = Daemon::start_without_archive("overhead", &fleet.inventory, CONCURRENCY).await?;
    let api = Api::new(&daemon)?;
    let names = fleet.names();
    // Pins the host keys, and fills caches.
    all(&api, &names, "warm", PACE).await?;
    let (mut costs, mut halves, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (before, kept, begun) = (daemon.cpu(), stolen(), Instant::now());
        let mut added = all(&api, &names, &format!("paced-{round}"), PACE).await?;
        let cost = (daemon.cpu() - before) * 1000.0 / names.len() as f64;
        let (p50, p99) = (percentile(&mut added, 0.5), percentile(&mut added, 0.99));
        let kept = (stolen() - kept) * 100.0 / begun.elapsed().as_secs_f64();
        say(&format!(
            "  round {round}: p50 {p50:.1} ms, p99 {p99:.1} ms, {cost:.2} ms of CPU a device, its stream included; {kept:.0} % \
             of its core went to other guests of the machine"
        ));
        costs.push(cost);
        halves.push(p50);
        tails.push(p99);
    }
    let (p50, p99) = (percentile(&mut halves, 0.5), percentile(&mut tails, 0.5));
    say(&format!("  daemon CPU a device, its stream included: {:.2} ms", percentile(&mut costs, 0.5)));
    figure("added to the device's time, p50", p50, "ms", "<= 20", p50 <= 20.0);
    figure("added to the device's time, p99", p99, "ms", "<= 60", p99 <= 60.0);
    let mut added = all(&api, &names, "burst", Duration::ZERO).await?;
    let (p50, p99) = (percentile(&mut added, 0.5), percentile(&mut added, 0.99));
    say(&format!("  all {CONCURRENCY} in one instant at first: p50 {p50:.1} ms, p99 {p99:.1} ms"));
    Ok(())
}

async fn all(api: &Api, names: &[String], round: &str, pace: Duration) -> anyhow::Result<Vec<f64>> {
    let limit = Arc::new(Semaphore::new(CONCURRENCY));
    let begin = Instant::now();
    let mut clients = Vec::new();
    for (at, name) in names.iter().cloned().enumerate() {
        let (api, limit) = (api.clone(), Arc::clone(&limit));
        let key = format!("overhead-{round}-{at}");
        let due = begin + pace * u32::try_from(at.min(CONCURRENCY))?;
        clients.push(tokio::spawn(async move {
            let _permit = limit.acquire_owned().await?;
            tokio::time::sleep_until(due.into()).await;
            let start = Instant::now();
            let id = api.submit(&key, "ido.swt.running_config", json!({ "device": name })).await?;
            api.ended(&id).await?;
            let took = start.elapsed().as_secs_f64() * 1000.0;
            anyhow::Ok((id, took))
        }));
    }
    let (mut added, mut ids) = (Vec::new(), Vec::new());
    for client in clients {
        let (id, took) = client.await??;
        added.push(took - DELAY);
        ids.push(id);
    }
    for id in ids {
        let job = api.job(&id).await?;
        anyhow::ensure!(job.get("status").is_some_and(|status| status == "success"), "a job ended otherwise: {job}");
    }
    Ok(added)
}
