//! 2,000 devices of seven families polled every 60 s: CPU, memory, how old what is shown is, how long a scrape takes; then
//! the same with 8 % of them dead or hostile, which must not make the others' readings older.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use serde_json::json;

use crate::parts::{Daemon, Fleet, KEY, RADIO_PASSWORD, Scratch, percentile};
use crate::{figure, say};

/// Kinds and how many of each: 2,000.
const KINDS: [(&str, usize); 7] = [
    ("aviat", 700),
    ("routeros", 500),
    ("ups-mib", 300),
    ("ict-pdu", 200),
    ("apc-ups", 150),
    ("epmp", 100),
    ("netonix", 50),
];

/// What befalls 8 %: one device in 25 twice.
const FAULTS: [&str; 4] =
    [r#"{"kind": "mute"}"#, r#"{"kind": "refuse"}"#, r#"{"kind": "slow", "ms": 20000}"#, r#"{"kind": "garbage"}"#];
const ONE_IN: usize = 25;
const OF_THEM: usize = 2;

const INTERVAL: Duration = Duration::from_secs(60);
/// Two polls of each.
const WINDOW: Duration = Duration::from_secs(120);
/// As often as Prometheus does by default; a poll's age is then seen at four points of its interval.
const SCRAPE: Duration = Duration::from_secs(15);
/// After the faults: until the dead are known as such and back off.
const SETTLE: Duration = Duration::from_secs(150);

/// Age of the readings, with and without the dead.
pub async fn run() -> anyhow::Result<()> {
    let names = names();
    say(&format!("polls: {} devices every {} s", names.len(), INTERVAL.as_secs()));
    let scratch = Scratch::new("polls")?;
    let lab = scratch.0.join("lab.toml");
    std::fs::write(&lab, lab_file(&names)?)?;
    let fleet = Fleet::of_lab(&lab)?;
    let settings = "[health]\ninterval = \"60s\"\n[archive]\nenabled = false\n";
    let daemon = Daemon::start_in(scratch, &fleet.inventory, 64, settings).await?;
    let faulty: BTreeSet<String> =
        names.iter().enumerate().filter(|(at, _)| at % ONE_IN < OF_THEM).map(|(_, (name, _))| name.clone()).collect();
    let sound = names.len() - faulty.len();
    let http = reqwest::Client::builder().build()?;
    let begun = Instant::now();
    loop {
        let ages = scrape(&http, &daemon).await?.ages;
        if ages.len() == names.len() {
            break;
        }
        if begun.elapsed() > Duration::from_secs(240) {
            let missing: Vec<&str> =
                names.iter().map(|(name, _)| name.as_str()).filter(|name| !ages.contains_key(*name)).collect();
            anyhow::bail!("{} devices were never read: {missing:.5?}\n{}", missing.len(), daemon.log());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    let well = watch(&http, &daemon, &faulty).await?;
    let (memory, _) = daemon.memory();
    figure("share of a core, a scrape every 15 s included", well.share, "%", "", true);
    say(&format!("  {:.0} polls a second, {:.2} ms of CPU a poll", well.polls, well.share * 10.0 / well.polls));
    figure("memory", memory, "MiB", "", true);
    figure("scrape, middle", well.scrape * 1000.0, "ms", "< 200", well.scrape < 0.2);
    figure("scrape, slowest", well.slowest * 1000.0, "ms", "", true);
    figure("size of a scrape", well.bytes as f64 / 1e6, "MB", "", true);
    figure("a poll begins late by, mean", well.lag, "ms", "", true);
    figure("age of a reading, mean (ideal 30)", well.mean, "s", "", true);
    figure("age of a reading, 999 of 1,000", well.oldest, "s", "", true);

    let control = format!("http://{}/devices", fleet.control);
    for (name, fault) in faulty.iter().zip(FAULTS.iter().cycle()) {
        http.post(format!("{control}/{name}/faults")).body(*fault).send().await?.error_for_status()?;
    }
    tokio::time::sleep(SETTLE).await;
    let ill = watch(&http, &daemon, &faulty).await?;
    say(&format!("  with {} of {} dead or hostile:", faulty.len(), names.len()));
    figure("share of a core", ill.share, "%", "", true);
    figure("a poll begins late by, mean", ill.lag, "ms", "", true);
    figure("age of a sound device's reading, mean", ill.mean, "s", "", true);
    figure("age of a sound device's reading, 999 of 1,000", ill.oldest, "s", "", true);
    let ratio = well.mean / ill.mean;
    figure("mean age without the dead to with them", ratio, "", ">= 0.97", ratio >= 0.97);
    figure(
        "sound devices never shown",
        (sound * ill.scrapes - ill.seen) as f64,
        "",
        "0",
        sound * ill.scrapes == ill.seen,
    );
    Ok(())
}

/// Names with their kinds, in a mixed order, so that the faulty ones are of every kind.
fn names() -> Vec<(String, &'static str)> {
    let mut left: Vec<(&'static str, usize, usize)> = KINDS.iter().map(|(kind, count)| (*kind, *count, 0)).collect();
    let total: usize = KINDS.iter().map(|(_, count)| count).sum();
    let mut names = Vec::with_capacity(total);
    // Whoever is furthest behind its share is next.
    for at in 1..=total {
        let behind = |(_, count, had): &&mut (&str, usize, usize)| (at * *count) as f64 / total as f64 - *had as f64;
        let next = left.iter_mut().max_by(|a, b| behind(a).total_cmp(&behind(b)));
        if let Some((kind, _, had)) = next {
            *had += 1;
            names.push((format!("{kind}-{had:04}"), *kind));
        }
    }
    names
}

fn lab_file(names: &[(String, &str)]) -> anyhow::Result<String> {
    let mut text = String::new();
    for (number, (name, kind)) in names.iter().enumerate() {
        let state = if *kind == "aviat" { json!({ "password": RADIO_PASSWORD }) } else { json!({}) };
        let state = toml::Value::try_from(state)?;
        let (high, low) = (number / 250, number % 250 + 1);
        writeln!(
            text,
            "[[device]]\nname = '{name}'\nkind = '{kind}'\naddress = '127.1.{high}.{low}'\nstate = {state}\n"
        )?;
    }
    Ok(text)
}

/// What a window showed of the sound devices.
struct Seen {
    /// Of a core, %.
    share: f64,
    /// Ended, of all devices, a second.
    polls: f64,
    /// Middle and slowest, s.
    scrape: f64,
    slowest: f64,
    bytes: usize,
    /// s.
    mean: f64,
    oldest: f64,
    scrapes: usize,
    /// Ages that were shown.
    seen: usize,
    /// Mean of how late polls began, ms.
    lag: f64,
}

async fn watch(http: &reqwest::Client, daemon: &Daemon, faulty: &BTreeSet<String>) -> anyhow::Result<Seen> {
    let (begun, cpu) = (Instant::now(), daemon.cpu());
    let first = scrape(http, daemon).await?;
    let (mut ages, mut times, mut last) = (Vec::new(), Vec::new(), None);
    let mut due = begun;
    while due.duration_since(begun) < WINDOW {
        due += SCRAPE;
        tokio::time::sleep_until(due.into()).await;
        let scrape = scrape(http, daemon).await?;
        ages.extend(scrape.ages.iter().filter(|(name, _)| !faulty.contains(*name)).map(|(_, age)| *age));
        times.push(scrape.took);
        last = Some(scrape);
    }
    let last = last.context("no scrape")?;
    let seconds = begun.elapsed().as_secs_f64();
    let mean = ages.iter().sum::<f64>() / ages.len().max(1) as f64;
    Ok(Seen {
        share: (daemon.cpu() - cpu) * 100.0 / seconds,
        polls: (last.polls - first.polls) / seconds,
        scrape: percentile(&mut times, 0.5),
        slowest: percentile(&mut times, 1.0),
        bytes: last.bytes,
        mean,
        oldest: percentile(&mut ages, 0.999),
        scrapes: times.len(),
        seen: ages.len(),
        lag: (last.lag - first.lag) * 1000.0 / (last.begun - first.begun).max(1.0),
    })
}

struct Scrape {
    took: f64,
    bytes: usize,
    /// By device, s.
    ages: BTreeMap<String, f64>,
    /// Ended since the start.
    polls: f64,
    /// How late those began that began since the start, s together, and how many they are.
    lag: f64,
    begun: f64,
}

async fn scrape(http: &reqwest::Client, daemon: &Daemon) -> anyhow::Result<Scrape> {
    let start = Instant::now();
    let reply = http.get(format!("{}/metrics", daemon.url)).header("X-API-Key", KEY).send().await?;
    let text = reply.error_for_status()?.text().await?;
    let took = start.elapsed().as_secs_f64();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
    let (mut ages, mut polls, mut lag, mut started) = (BTreeMap::new(), 0.0, 0.0, 0.0);
    for line in text.lines() {
        let value = || line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        if line.starts_with("towerhand_device_last_success_timestamp_seconds{") {
            let name = line.split("device=\"").nth(1).and_then(|rest| rest.split('"').next()).context("no name")?;
            ages.insert(name.to_owned(), now - value().context("no instant")?);
        } else if line.starts_with("towerhand_device_polls_total{") {
            polls += value().context("no number")?;
        } else if line.starts_with("towerhand_health_lag_seconds_sum") {
            lag = value().context("no number")?;
        } else if line.starts_with("towerhand_health_lag_seconds_count") {
            started = value().context("no number")?;
        }
    }
    Ok(Scrape { took, bytes: text.len(), ages, polls, lag, begun: started })
}
