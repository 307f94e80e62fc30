//! 5,000 radios that wait: half of them load an image and are looked at now and then, half are scheduled for a night to
//! come.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use towerhand::aviat::drive::look_interval;
use towerhand::aviat::rows::Entry;
use towerhand::aviat::state::{Image, Load, Login, Phase, Plan, Policy, Radio, Sent, Step, Steps, Target};
use towerhand::clock::{Chance, add};
use towerhand::model::{Access, JobId, RequestId};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{Changed, JobStore as _, NewJob, RadioChange, RadioStore as _, StepEnd, Store as _};

use crate::parts::{Api, Daemon, Fleet, RADIO_PASSWORD, Scratch};
use crate::{figure, say};

const LOADING: usize = 2500;
const SCHEDULED: usize = 2500;
const SECONDS: u64 = 90;
/// Between two scrapes, s.
const SAMPLE: u64 = 15;
const URI: &str = "http://127.0.0.1:9/wtm4100-6.2.4.12.59373.swpack";

/// `poll_interval` as it is without settings.
const POLL: Duration = Duration::from_secs(60);

/// Rows changed at once while they are prepared.
const BATCH: usize = 250;

/// Share of a core, and how the looks at loading radios are spread.
pub async fn run() -> anyhow::Result<()> {
    say(&format!("waiting: {LOADING} radios loading, {SCHEDULED} scheduled, {SECONDS} s"));
    let state = json!({
        "software_state": "load", "loading_uri": URI, "inactive": "", "password": RADIO_PASSWORD,
    });
    let fleet = Fleet::start(LOADING, "aviat", &state)?;
    let mut inventory = fleet.inventory.clone();
    let mut addresses = Vec::new();
    for device in &fleet.devices {
        addresses.push(device.get("address").and_then(Value::as_str).context("address")?.parse()?);
    }
    let mut waiting = Vec::new();
    for number in 0..SCHEDULED {
        let (high, low) = (number / 250, number % 250 + 1);
        let address = format!("127.99.{high}.{low}");
        inventory
            .push_str(&format!("  - {{name: s{number}, address: {address}, type: AV4100, role: bh, site: LAB}}\n"));
        waiting.push(address.parse()?);
    }
    let scratch = Scratch::new("waiting")?;
    prepare(&scratch, &addresses, &waiting).await?;
    let settings = "[aviat]\npassword = 'env:RADIO_PASSWORD'\nfactory_password = 'env:RADIO_PASSWORD'\n";
    let daemon = Daemon::start_in(scratch, &inventory, 64, settings).await?;
    let api = Api::new(&daemon)?;
    // Past the start.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let sessions = || api.counted("towerhand_device_sessions_total{channel=\"ssh\"");
    let (start, before, first) = (Instant::now(), daemon.cpu(), sessions().await?);
    // A scrape costs too: not more often than a hasty Prometheus.
    let mut each = Vec::new();
    let mut last = first;
    while start.elapsed() < Duration::from_secs(SECONDS) {
        tokio::time::sleep(Duration::from_secs(SAMPLE)).await;
        let now = sessions().await?;
        each.push(now - last);
        last = now;
    }
    let seconds = start.elapsed().as_secs_f64();
    let (cpu, looks) = (daemon.cpu() - before, last - first);
    let share = cpu * 100.0 / seconds;
    let mean = looks / seconds;
    let most = each.iter().copied().fold(0.0, f64::max);
    let (memory, _) = daemon.memory();
    figure("share of a core", share, "%", "< 1", share < 1.0);
    say(&format!(
        "  {:<46} {mean:>10.2} a second, {:.2} ms of CPU each",
        "looks at radios",
        cpu * 1000.0 / looks.max(1.0)
    ));
    // Independent looks are scattered as their mean is; three times the mean and ten is far outside.
    let mean = mean * SAMPLE as f64;
    figure("most looks in fifteen seconds", most, "", "<= 3 x mean + 10", most <= 3.0 * mean + 10.0);
    figure("memory", memory, "MiB", "", true);
    Ok(())
}

/// Puts the rows into a database, as they would stand in the middle of a roll-out: each loading radio was looked at
/// some time within the last interval that so many have, so its next look is some time within the next one.
async fn prepare(scratch: &Scratch, loading: &[IpAddr], scheduled: &[IpAddr]) -> anyhow::Result<()> {
    let state = scratch.0.join("state");
    std::fs::create_dir_all(&state)?;
    let store = SqliteStore::open(&state.join("towerhand.db"), Purpose::Daemon).await?;
    let (chance, now) = (Chance::system(), Timestamp::now());
    for batch in loading.chunks(BATCH) {
        let mut change = RadioChange::default();
        for address in batch {
            let id = JobId::from_random(chance.bytes()?);
            let mut entry = Entry::new(*address, None, radio(load(now), Policy::Scheduled { at: None }, now), now);
            entry.row.driver = Some(id);
            change.writes.push(entry.write().map_err(|failure| anyhow::anyhow!("{failure:?}"))?);
            change.jobs.push(driver(id, *address, &chance, now)?);
        }
        anyhow::ensure!(store.change_radios(now, change).await? == Changed::Done, "rows were not stored");
    }
    let night = now + SignedDuration::from_hours(48);
    for batch in scheduled.chunks(BATCH) {
        let mut change = RadioChange::default();
        for address in batch {
            let radio = radio(Phase::Scheduled, Policy::Scheduled { at: Some(night) }, now);
            let mut entry = Entry::new(*address, None, radio, now);
            entry.row.due_at = Some(night);
            change.writes.push(entry.write().map_err(|failure| anyhow::anyhow!("{failure:?}"))?);
        }
        anyhow::ensure!(store.change_radios(now, change).await? == Changed::Done, "rows were not stored");
    }
    let apart = look_interval(POLL, LOADING as u64) / LOADING as u32;
    let mut at: u32 = 0;
    loop {
        let claimed = store.claim("bench", now, Duration::from_secs(3600), 200, 2).await?;
        if claimed.is_empty() {
            break;
        }
        for job in claimed {
            let wake_at = add(now, Duration::from_secs(5) + apart * at);
            at += 1;
            store.end_step(&job.lease, now, StepEnd::Wait { step: json!({}), wake_at }, Vec::new()).await?;
        }
    }
    anyhow::ensure!(at == LOADING as u32, "{at} of {LOADING} drivers wait");
    store.close().await;
    Ok(())
}

fn driver(id: JobId, address: IpAddr, chance: &Chance, now: Timestamp) -> anyhow::Result<NewJob> {
    Ok(NewJob {
        id,
        request_id: RequestId::from_random(chance.bytes()?),
        action: "_aviat.radio".to_owned(),
        payload: json!({ "address": address.to_string() }),
        submitted_by: "bench".to_owned(),
        scopes: vec!["admin".to_owned()],
        created_at: now,
        lane: Some(address.to_string()),
        access: Access::Write,
        secrets: Vec::new(),
        audit: None,
        parent: None,
    })
}

fn image() -> Image {
    Image { stage: Target::Final, version: "6.2.4".to_owned(), uri: URI.to_owned() }
}

fn load(now: Timestamp) -> Phase {
    Phase::Load(Load {
        image: image(),
        sent: Sent::Accepted,
        since: now,
        immediate: false,
        retries: 0,
        unreadable: 0,
        uptime_before: None,
    })
}

fn radio(phase: Phase, policy: Policy, now: Timestamp) -> Radio {
    Radio {
        name: None,
        username: "bench".to_owned(),
        last_task: None,
        phase,
        plan: Some(Plan {
            steps: vec![Step::Firmware],
            target: Target::Final,
            custom: Some(image()),
            policy,
            overrides: Vec::new(),
        }),
        steps: Steps::default(),
        precheck: None,
        version_before: Some("2.11.11".to_owned()),
        version_now: Some("2.11.11".to_owned()),
        login: Login::Ours,
        error: None,
        abort: None,
        go: None,
        started_at: Some(now),
        activations: 0,
    }
}
