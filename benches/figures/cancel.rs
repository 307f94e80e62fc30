//! From a cancel to the last byte that the device gets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::parts::{Api, Daemon, Fleet, percentile};
use crate::{figure, say};

const DEVICES: usize = 100;

/// Routers that fall silent in the middle of an export: the job is cancelled while it waits. The device's journal is
/// the witness: its connection's end is the last thing it hears.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("cancel: {DEVICES} jobs in the middle of an export"));
    let state = json!({ "export_bytes": 40000, "pause_after_bytes": 10000, "pause_ms": 60000 });
    let fleet = Fleet::start(DEVICES, "routeros", &state)?;
    let daemon = Daemon::start("cancel", &fleet.inventory, DEVICES).await?;
    let api = Api::new(&daemon)?;
    let control = reqwest::Client::builder().build()?;
    let clock = format!("http://{}/clock", fleet.control);
    let mut delays = Vec::new();
    for (at, name) in fleet.names().into_iter().enumerate() {
        let id = api.submit(&format!("cancel-{at}"), "ido.swt.running_config", json!({ "device": name })).await?;
        let journal = format!("http://{}/devices/{name}/journal", fleet.control);
        until(&control, &journal, "exec").await?;
        let asked: Value = control.get(&clock).send().await?.json().await?;
        let asked = asked.get("seconds").and_then(Value::as_f64).unwrap_or(f64::NAN);
        api.cancel(&id).await?;
        let closed = until(&control, &journal, "close").await?;
        delays.push((closed - asked) * 1000.0);
    }
    let (p50, p99) = (percentile(&mut delays, 0.5), percentile(&mut delays, 0.99));
    figure("cancel to the last byte, p50", p50, "ms", "", true);
    figure("cancel to the last byte, p99", p99, "ms", "<= 250", p99 <= 250.0);
    Ok(())
}

/// The simulated time of the last entry whose channel or input is `what`, once there is one.
async fn until(http: &reqwest::Client, journal: &str, what: &str) -> anyhow::Result<f64> {
    let start = Instant::now();
    loop {
        let entries: Vec<Value> = http.get(journal).send().await?.json().await?;
        let is = |entry: &&Value, key: &str| entry.get(key).and_then(Value::as_str) == Some(what);
        if let Some(entry) = entries.iter().rev().find(|entry| is(entry, "channel") || is(entry, "input")) {
            return Ok(entry.get("at").and_then(Value::as_f64).unwrap_or(f64::NAN));
        }
        anyhow::ensure!(start.elapsed() < Duration::from_secs(10), "no '{what}' in {journal}: {entries:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
