//! 1,000 routers with an export of 40 kB each through the whole daemon, 100 at once.

use std::time::Instant;

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::parts::{Api, Daemon, Fleet};
use crate::{figure, say};

const DEVICES: usize = 1000;
const CONCURRENCY: usize = 100;

/// CPU a device, devices a second, memory, failures; every body is compared with that of a second fetch by its hash.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("fetch: {DEVICES} routers, 40 kB each, {CONCURRENCY} at once, through the whole daemon"));
    let fleet = Fleet::start(DEVICES, "routeros", &json!({ "export_bytes": 40000 }))?;
    let daemon = Daemon::start("fetch", &fleet.inventory, CONCURRENCY).await?;
    let api = Api::new(&daemon)?;
    let first = round(&api, &daemon, &fleet.names(), 1).await?;
    let second = round(&api, &daemon, &fleet.names(), 2).await?;
    let same = first.hashes.iter().zip(&second.hashes).filter(|(a, b)| a == b && a.is_some()).count();
    let per_device = second.cpu * 1000.0 / DEVICES as f64;
    let rate = DEVICES as f64 / second.seconds;
    let (_, peak) = daemon.memory();
    let failed = DEVICES - same;
    figure("daemon CPU a device", per_device, "ms", "<= 1.5", per_device <= 1.5);
    figure("devices a second", rate, "1/s", ">= 300", rate >= 300.0);
    figure("memory, highest", peak, "MiB", "< 150", peak < 150.0);
    figure("failed or different bodies", failed as f64, "", "0", failed == 0);
    Ok(())
}

struct Round {
    seconds: f64,
    cpu: f64,
    hashes: Vec<Option<Vec<u8>>>,
}

async fn round(api: &Api, daemon: &Daemon, names: &[String], number: u32) -> anyhow::Result<Round> {
    let (start, before) = (Instant::now(), daemon.cpu());
    let mut jobs = Vec::new();
    for (at, name) in names.iter().enumerate() {
        jobs.push(
            api.submit(&format!("fetch-{number}-{at}"), "ido.swt.running_config", json!({ "device": name })).await?,
        );
    }
    for id in &jobs {
        api.ended(id).await?;
    }
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), daemon.cpu() - before);
    let mut hashes = Vec::new();
    for id in &jobs {
        let job = api.job(id).await?;
        let body = job.pointer("/result/response").and_then(Value::as_str).filter(|body| body.len() > 30_000);
        if body.is_none() && hashes.iter().filter(|hash: &&Option<Vec<u8>>| hash.is_none()).count() < 3 {
            say(&format!(
                "  job {id}: {} {}",
                job.get("status").unwrap_or(&Value::Null),
                job.get("error").unwrap_or(&Value::Null)
            ));
        }
        hashes.push(body.map(|body| digest(&SHA256, body.as_bytes()).as_ref().to_vec()));
    }
    Ok(Round { seconds, cpu, hashes })
}
