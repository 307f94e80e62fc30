//! A scrape of a UPS through the daemon's `/probe` and through Debian's prometheus-snmp-exporter: the same simulated agents,
//! the same OIDs, which the agent's journal names; each on core 1 in its turn, clients and agents on core 0.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use towerhand::transport::snmp::{Client, Config, Oid, Value as Answer};

use crate::parts::{Daemon, Fleet, KEY, Running, Scratch, cpu, percentile};
use crate::transport::{cx, target};
use crate::{figure, say};

const AGENTS: usize = 200;
const ROUNDS: usize = 6;
/// A device that was polled within five seconds is not polled again by `/probe`: so far apart do rounds begin.
const APART: Duration = Duration::from_secs(6);
/// Scrapes under way at once.
const ABREAST: usize = 4;
/// The daemon polls nobody by itself.
const SETTINGS: &str = "[health]\ninterval = \"0s\"\n[archive]\nenabled = false\n";

/// CPU a varbind, and the slowest of a hundred scrapes.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("health: {ROUNDS} scrapes of {AGENTS} UPSes, {ABREAST} at once"));
    let fleet = Fleet::start(AGENTS, "ups-mib", &json!({}))?;
    let http = reqwest::Client::builder().pool_max_idle_per_host(ABREAST).build()?;

    let daemon = Daemon::start_in(Scratch::new("health")?, &fleet.inventory, 64, SETTINGS).await?;
    let probes: Vec<String> =
        fleet.names().iter().map(|name| format!("{}/probe?target={name}&module=health", daemon.url)).collect();
    // The first round opens what is opened once, and shows what is asked of an agent.
    round(&http, &probes, "towerhand_device_up").await?;
    forget(&http, &fleet).await?;
    let first = probes.first().context("no agent")?;
    let page = http.get(first).header("X-API-Key", KEY).send().await?.error_for_status()?.text().await?;
    let readings = page.lines().filter(|line| !line.starts_with('#') && !line.starts_with("towerhand_device_")).count();
    let (asked, requests) = (asked(&http, &fleet).await?, entries(&http, &fleet).await?.len());
    let rows = asked.rows(&fleet).await?;
    let varbinds = (rows.len() * AGENTS * ROUNDS) as f64;
    say(&format!("  {} rows an agent, of which {readings} become metrics", rows.len()));
    tokio::time::sleep(APART).await;
    forget(&http, &fleet).await?;
    let (before, mut times) = (daemon.cpu(), Vec::new());
    for _ in 0..ROUNDS {
        times.extend(round(&http, &probes, "towerhand_device_up").await?);
    }
    let ours = (daemon.cpu() - before) * 1e6 / varbinds;
    // The agent's word that each scrape was a poll.
    let again = entries(&http, &fleet).await?.len();
    anyhow::ensure!(again == requests * ROUNDS, "{again} requests came, a poll has {requests}");
    let ours_p99 = percentile(&mut times, 0.99) * 1000.0;
    drop(daemon);

    let Some(exporter) = Exporter::start(&asked, &rows, readings).await? else {
        say("  prometheus-snmp-exporter is not installed: nothing to compare with");
        figure("CPU a varbind, /probe", ours, "us", "", true);
        figure("p99 of a scrape, /probe", ours_p99, "ms", "", true);
        return Ok(());
    };
    let mut scrapes = Vec::new();
    for device in &fleet.devices {
        let at = |name: &str| device.pointer(name).context("a device without an address");
        let address = at("/address")?.as_str().context("address")?;
        scrapes.push(format!("{}/snmp?target={address}:{}&module=same", exporter.url, at("/ports/snmp")?));
    }
    round(&http, &scrapes, "same_1 ").await?;
    let (before, mut times) = (cpu(exporter.program.0.id()), Vec::new());
    for _ in 0..ROUNDS {
        times.extend(round(&http, &scrapes, "same_1 ").await?);
    }
    let theirs = (cpu(exporter.program.0.id()) - before) * 1e6 / varbinds;
    let theirs_p99 = percentile(&mut times, 0.99) * 1000.0;
    figure("CPU a varbind, prometheus-snmp-exporter", theirs, "us", "", true);
    figure("p99 of a scrape, prometheus-snmp-exporter", theirs_p99, "ms", "", true);
    figure("CPU a varbind, /probe", ours, "us", &format!("<= {:.2}", theirs / 2.0), ours <= theirs / 2.0);
    figure("p99 of a scrape, /probe", ours_p99, "ms", "", true);
    Ok(())
}

/// One scrape of each, and then a pause; seconds of each. An answer without `wanted` is no scrape.
async fn round(http: &reqwest::Client, urls: &[String], wanted: &str) -> anyhow::Result<Vec<f64>> {
    let begun = Instant::now();
    let scrapes = urls.iter().map(async |url| {
        let start = Instant::now();
        let reply = http.get(url).header("X-API-Key", KEY).send().await?;
        let (status, text) = (reply.status(), reply.text().await?);
        let well = status.is_success() && text.lines().any(|line| line.starts_with(wanted));
        anyhow::ensure!(well, "{url}: {status}\n{text}");
        Ok(start.elapsed().as_secs_f64())
    });
    let results: Vec<anyhow::Result<f64>> =
        futures_util::stream::iter(scrapes).buffer_unordered(ABREAST).collect().await;
    tokio::time::sleep(APART.saturating_sub(begun.elapsed())).await;
    results.into_iter().collect()
}

/// What the daemon asks an agent for.
struct Asked {
    /// By GET.
    gets: BTreeSet<String>,
    /// Where its walks begin.
    roots: BTreeSet<String>,
}

fn journal(fleet: &Fleet) -> anyhow::Result<String> {
    let first = fleet.names().into_iter().next().context("no agent")?;
    Ok(format!("http://{}/devices/{first}/journal", fleet.control))
}

async fn forget(http: &reqwest::Client, fleet: &Fleet) -> anyhow::Result<()> {
    http.delete(journal(fleet)?).send().await?.error_for_status()?;
    Ok(())
}

async fn entries(http: &reqwest::Client, fleet: &Fleet) -> anyhow::Result<Vec<Value>> {
    Ok(http.get(journal(fleet)?).send().await?.json().await?)
}

/// What the first agent's journal says.
async fn asked(http: &reqwest::Client, fleet: &Fleet) -> anyhow::Result<Asked> {
    let entries = entries(http, fleet).await?;
    let mut asked = Asked { gets: BTreeSet::new(), roots: BTreeSet::new() };
    for entry in entries.iter().filter_map(|entry| entry.get("input")?.as_str()) {
        let (request, rest) = entry.split_once(' ').unwrap_or((entry, ""));
        let oids = rest.split([',', ' ']).filter(|part| part.starts_with("1.")).map(str::to_owned);
        match request {
            "get" => asked.gets.extend(oids),
            "getnext" | "getbulk" => {
                for oid in oids {
                    // A walk goes on below its root.
                    if !asked.roots.iter().any(|root| oid.starts_with(&format!("{root}."))) {
                        asked.roots.insert(oid);
                    }
                }
            }
            _ => {}
        }
    }
    anyhow::ensure!(!asked.gets.is_empty() || !asked.roots.is_empty(), "the agent was asked nothing: {entries:?}");
    Ok(asked)
}

impl Asked {
    /// The rows that this gives: OID, and whether it is a number.
    async fn rows(&self, fleet: &Fleet) -> anyhow::Result<Vec<(String, bool)>> {
        let target = target(fleet.devices.first().context("no agent")?)?;
        let mut client = Client::new(&target, &Config::default())?;
        let mut rows = Vec::new();
        for root in &self.roots {
            rows.extend(client.walk(&cx(), &Oid::parse(root)?).await?);
        }
        for oid in &self.gets {
            rows.extend(client.get(&cx(), &[Oid::parse(oid)?]).await?);
        }
        let number = |value: &Answer| matches!(value, Answer::Integer(_) | Answer::Gauge32(_) | Answer::Counter32(_));
        Ok(rows.iter().map(|row| (row.oid.to_string(), number(&row.value))).collect())
    }

    /// A module of the exporter (the format of its 0.21) that asks for the same, and makes as many metrics of it.
    fn module(&self, rows: &[(String, bool)], metrics: usize) -> String {
        let mut text = "same:\n".to_owned();
        for (key, oids) in [("walk", &self.roots), ("get", &self.gets)] {
            if !oids.is_empty() {
                let list: Vec<&str> = oids.iter().map(String::as_str).collect();
                let _ = writeln!(text, "  {key}: [{}]", list.join(", "));
            }
        }
        text.push_str("  version: 2\n  max_repetitions: 50\n  retries: 2\n  timeout: 2s\n");
        text.push_str("  auth: {community: public}\n  metrics:\n");
        for (number, (oid, _)) in (1..).zip(rows.iter().filter(|(_, number)| *number).take(metrics)) {
            let _ = writeln!(text, "  - {{name: same_{number}, oid: {oid}, type: gauge, help: A row.}}");
        }
        text
    }
}

/// Debian's exporter on core 1.
struct Exporter {
    url: String,
    program: Running,
    _scratch: Scratch,
}

impl Exporter {
    /// None where it is not installed.
    async fn start(asked: &Asked, rows: &[(String, bool)], metrics: usize) -> anyhow::Result<Option<Self>> {
        let program = "/usr/bin/prometheus-snmp-exporter";
        if !Path::new(program).exists() {
            return Ok(None);
        }
        let scratch = Scratch::new("exporter")?;
        let file = scratch.0.join("snmp.yml");
        std::fs::write(&file, asked.module(rows, metrics))?;
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = std::fs::File::create(scratch.0.join("log"))?;
        let child = Command::new("taskset")
            .args(["-c", "1", program])
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--web.listen-address={listen}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let exporter = Self { url: format!("http://{listen}"), program: Running(child), _scratch: scratch };
        for _ in 0..100 {
            if reqwest::get(format!("{}/metrics", exporter.url)).await.is_ok_and(|reply| reply.status().is_success()) {
                return Ok(Some(exporter));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(exporter._scratch.0.join("log")).unwrap_or_default();
        anyhow::bail!("the exporter is not ready:\n{log}")
    }
}
