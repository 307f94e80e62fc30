//! Doing nothing with 2,000 devices known.

use std::fmt::Write as _;
use std::time::Duration;

use crate::parts::Daemon;
use crate::{figure, say};

const DEVICES: u32 = 2000;
const SECONDS: u64 = 20;

/// Memory and CPU of a daemon without work.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("idle: {DEVICES} devices known, {SECONDS} s"));
    let mut inventory = "sites:\n  - {name: LAB, zone: UTC}\ndevices:\n".to_owned();
    for number in 0..DEVICES {
        let (high, low) = (number / 250, number % 250 + 1);
        writeln!(inventory, "  - {{name: d{number}, address: 127.9.{high}.{low}, type: MTROS, site: LAB}}")?;
    }
    let daemon = Daemon::start("idle", &inventory, 64).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = daemon.cpu();
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let share = (daemon.cpu() - before) * 100.0 / SECONDS as f64;
    let (now, _) = daemon.memory();
    figure("memory", now, "MiB", "< 40", now < 40.0);
    figure("share of a core", share, "%", "< 1", share < 1.0);
    Ok(())
}
