//! Submitting with full sync: 500 jobs a second for 30 s, while others read.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::parts::{Api, Daemon, percentile};
use crate::{figure, say};

const RATE: u32 = 500;
const SECONDS: u32 = 30;

/// Open loop: a submission starts when its time has come, however long the others take.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("submit: {RATE} jobs a second for {SECONDS} s, full sync"));
    let daemon = Daemon::start("submit", "sites: []\ndevices: []\n", 64).await?;
    let api = Api::new(&daemon)?;
    let (start, before, total) = (Instant::now(), daemon.cpu(), RATE * SECONDS);
    let mut clients = Vec::new();
    for at in 0..total {
        let due = start + Duration::from_secs(1) * at / RATE;
        tokio::time::sleep_until(due.into()).await;
        let api = api.clone();
        clients.push(tokio::spawn(async move {
            let begun = Instant::now();
            let id = api.submit(&format!("submit-{at}"), "ido.capabilities", json!({})).await?;
            let submitted = begun.elapsed();
            // One in ten reads its job back at once.
            let mut read = None;
            if at % 10 == 0 {
                let begun = Instant::now();
                api.job(&id).await?;
                read = Some(begun.elapsed());
            }
            anyhow::Ok((submitted, read))
        }));
    }
    let (mut submits, mut reads) = (Vec::new(), Vec::new());
    let mut failed = 0_u32;
    for client in clients {
        match client.await? {
            Ok((submitted, read)) => {
                submits.push(submitted.as_secs_f64() * 1000.0);
                reads.extend(read.map(|read| read.as_secs_f64() * 1000.0));
            }
            Err(_) => failed += 1,
        }
    }
    let rate = f64::from(total - failed) / start.elapsed().as_secs_f64();
    figure("submissions a second", rate, "1/s", ">= 500", rate >= f64::from(RATE) * 0.99);
    let p99 = percentile(&mut submits, 0.99);
    figure("submission, p99", p99, "ms", "<= 10", p99 <= 10.0);
    let p99 = percentile(&mut reads, 0.99);
    figure("GET /jobs/{id} meanwhile, p99", p99, "ms", "< 20", p99 < 20.0);
    let cost = (daemon.cpu() - before) * 1000.0 / f64::from(total);
    say(&format!("  daemon CPU a job, submitted, run and read: {cost:.2} ms"));
    figure("failed", f64::from(failed), "", "0", failed == 0);
    Ok(())
}
