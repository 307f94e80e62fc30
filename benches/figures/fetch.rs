//! 1,000 routers with an export of 40 kB each through the whole daemon, 100 at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use towerhand::clock::{Chance, Clock};
use towerhand::drivers::redact::Redactor;
use towerhand::model::Family;
use towerhand::vault::{MasterKeys, Vault};
use towerhand_simulators::core::SimClock;
use towerhand_simulators::fleet::fleet;
use towerhand_simulators::routeros::export_text;

use crate::parts::{Api, Daemon, Fleet, VAULT_KEY};
use crate::{figure, say};

const DEVICES: u32 = 1000;
const CONCURRENCY: usize = 100;
/// Rounds that are measured, after one that pins the host keys.
const ROUNDS: u32 = 3;

type Hash = Vec<u8>;

/// CPU a device, devices a second, memory, failures. Every body is compared by its hash with what the simulated router
/// holds, less the line of the date, secrets marked under the same key; and with that of the round before.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("fetch: {DEVICES} routers, 40 kB each, {CONCURRENCY} at once, through the whole daemon"));
    let state = json!({ "export_bytes": 40000 });
    let expected = expected(&state)?;
    let fleet = Fleet::start(DEVICES as usize, "routeros", &state)?;
    let daemon = Daemon::start_without_archive("fetch", &fleet.inventory, CONCURRENCY).await?;
    let api = Api::new(&daemon)?;
    let names = fleet.names();
    let (mut wrong, mut costs, mut rates) = (0, Vec::new(), Vec::new());
    for number in 0..=ROUNDS {
        let round = round(&api, &daemon, &names, number).await?;
        wrong += round.hashes.iter().zip(&expected).filter(|(got, held)| got.as_ref() != Some(*held)).count();
        wrong += expected.len().saturating_sub(round.hashes.len());
        let (cost, rate) = (round.cpu * 1000.0 / f64::from(DEVICES), f64::from(DEVICES) / round.seconds);
        say(&format!("  round {number}: {cost:.2} ms of CPU a device, {rate:.0} devices a second"));
        if number > 0 {
            costs.push(cost);
            rates.push(rate);
        }
    }
    let (cost, rate) = (crate::parts::percentile(&mut costs, 0.5), crate::parts::percentile(&mut rates, 0.5));
    let (_, peak) = daemon.memory();
    figure("daemon CPU a device", cost, "ms", "<= 1.5", cost <= 1.5);
    figure("devices a second", rate, "1/s", ">= 300", rate >= 300.0);
    figure("memory, highest", peak, "MiB", "< 150", peak < 150.0);
    figure("failed or wrong bodies of 4,000", wrong as f64, "", "0", wrong == 0);
    Ok(())
}

/// Hashes of the bodies that must come, in the order of the fleet.
fn expected(state: &Value) -> anyhow::Result<Vec<Hash>> {
    let knobs = state.as_object().context("knobs")?;
    let vault = Vault::open(MasterKeys::from_base64(VAULT_KEY)?, Clock::system(), Chance::system())?;
    let redactor = Redactor::new(vault.keyed_hash("redaction", b"running configs"));
    let clock = SimClock::default();
    let mut hashes = Vec::new();
    for spec in fleet(DEVICES, "routeros", knobs)?.devices {
        let device = spec.build(clock.clone())?;
        let export = export_text(&device, "/export terse hide-sensitive").context("no export")?;
        let (_, body) = export.split_once('\n').context("an export of one line")?;
        anyhow::ensure!(body.len() > 35_000, "{}: an export of {} bytes", device.name, body.len());
        hashes.push(hash(&redactor.redact(Family::RouterOs, body).text));
    }
    let mut distinct = hashes.clone();
    distinct.sort();
    distinct.dedup();
    anyhow::ensure!(distinct.len() == hashes.len(), "two routers hold the same, so that a mix-up would not show");
    Ok(hashes)
}

fn hash(text: &str) -> Hash {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

/// All jobs, [`CONCURRENCY`] requests at once: one after the other would measure the disk.
async fn submit(api: &Api, names: &[String], number: u32) -> anyhow::Result<Vec<String>> {
    let limit = Arc::new(Semaphore::new(CONCURRENCY));
    let mut requests = Vec::new();
    for (at, name) in names.iter().cloned().enumerate() {
        let (api, permit) = (api.clone(), Arc::clone(&limit).acquire_owned().await?);
        requests.push(tokio::spawn(async move {
            let key = format!("fetch-{number}-{at}");
            let id = api.submit(&key, "ido.swt.running_config", json!({ "device": name })).await;
            drop(permit);
            id
        }));
    }
    let mut jobs = Vec::new();
    for request in requests {
        jobs.push(request.await??);
    }
    Ok(jobs)
}

struct Round {
    seconds: f64,
    cpu: f64,
    hashes: Vec<Option<Hash>>,
}

async fn round(api: &Api, daemon: &Daemon, names: &[String], number: u32) -> anyhow::Result<Round> {
    let ended_before = api.ended_in_all().await?;
    let (start, before) = (Instant::now(), daemon.cpu());
    let jobs = submit(api, names, number).await?;
    while api.ended_in_all().await? - ended_before < jobs.len() as f64 {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(120), "no end in sight:\n{}", daemon.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), daemon.cpu() - before);
    let (mut hashes, mut shown) = (Vec::new(), 0);
    for id in &jobs {
        api.ended(id).await?;
        let job = api.job(id).await?;
        let body = job.pointer("/result/response").and_then(Value::as_str);
        if body.is_none() && shown < 3 {
            shown += 1;
            say(&format!("  job {id}: {:?} {:?}", job.get("status"), job.get("error")));
        }
        hashes.push(body.map(hash));
    }
    Ok(Round { seconds, cpu, hashes })
}
