//! `aviat.check_status` of 500 radios that take 300 ms for each command, 100 at once.

use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::parts::{Api, Daemon, Fleet, RADIO_PASSWORD, Scratch};
use crate::{figure, say};

const RADIOS: usize = 500;
const CONCURRENCY: usize = 100;
/// Of each command, s.
const DELAY: f64 = 0.3;
/// Rounds that are measured, after one that pins the host keys.
const ROUNDS: u32 = 3;

/// Wall time beside the radios' own, CPU a radio, memory. How many commands a probe takes is counted in a radio's
/// journal, one more for the greeting, which comes as late as an answer.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("aviat: check_status of {RADIOS} radios that take 300 ms a command, {CONCURRENCY} at once"));
    let state = json!({ "delay_ms": DELAY * 1000.0, "password": RADIO_PASSWORD });
    let fleet = Fleet::start(RADIOS, "aviat", &state)?;
    let settings = "[aviat]\npassword = 'env:RADIO_PASSWORD'\nfactory_password = 'env:RADIO_PASSWORD'\n";
    let daemon = Daemon::start_in(Scratch::new("aviat")?, &fleet.inventory, CONCURRENCY, settings).await?;
    let api = Api::new(&daemon)?;
    let addresses: Vec<Value> = fleet.devices.iter().filter_map(|device| device.get("address").cloned()).collect();
    let (mut ratios, mut costs) = (Vec::new(), Vec::new());
    for number in 0..=ROUNDS {
        let typed = commands(&fleet, "tcp").await?;
        let (start, before) = (Instant::now(), daemon.cpu());
        let id = api.submit(&format!("aviat-{number}"), "aviat.check_status", json!({ "ips": addresses })).await?;
        api.ended(&id).await?;
        let (seconds, cost) = (start.elapsed().as_secs_f64(), (daemon.cpu() - before) * 1000.0 / RADIOS as f64);
        let job = api.job(&id).await?;
        let results = job.pointer("/result/response/results").or_else(|| job.pointer("/result/results"));
        let good = results.and_then(Value::as_array).map_or(0, |results| {
            results
                .iter()
                .filter(|row| {
                    row.get("reachable") == Some(&Value::Bool(true)) && row.get("error").is_none_or(Value::is_null)
                })
                .count()
        });
        anyhow::ensure!(good == RADIOS, "{good} of {RADIOS} radios were read: {:.2000}", job.to_string());
        let each = commands(&fleet, "shell").await? / f64::from(number + 1) + 1.0;
        let sessions = commands(&fleet, "tcp").await? - typed;
        let ideal = each * DELAY * RADIOS as f64 / CONCURRENCY as f64;
        say(&format!(
            "  round {number}: {seconds:.2} s, {each} commands a radio in {sessions} session, ideal {ideal:.2} s; {cost:.2} ms of CPU a radio"
        ));
        if number > 0 {
            ratios.push(seconds / ideal);
            costs.push(cost);
        }
    }
    let (ratio, cost) = (crate::parts::percentile(&mut ratios, 0.5), crate::parts::percentile(&mut costs, 0.5));
    let (_, peak) = daemon.memory();
    figure("wall time by the radios' own", ratio, "", "<= 1.2", ratio <= 1.2);
    figure("daemon CPU a radio", cost, "ms", "<= 5", cost <= 5.0);
    figure("memory, highest", peak, "MiB", "< 120", peak < 120.0);
    Ok(())
}

/// Entries of a channel that the first radio has had so far; of `tcp` only those that open a session.
async fn commands(fleet: &Fleet, channel: &str) -> anyhow::Result<f64> {
    let first = fleet.names().into_iter().next().context("no radio")?;
    let url = format!("http://{}/devices/{first}/journal", fleet.control);
    let entries: Vec<Value> = reqwest::get(url).await?.json().await?;
    let counted = entries.iter().filter(|entry| {
        let is = |key: &str, wanted: &str| entry.get(key).and_then(Value::as_str) == Some(wanted);
        is("channel", channel) && (channel != "tcp" || is("input", "open"))
    });
    Ok(counted.count() as f64)
}
