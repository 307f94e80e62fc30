//! One full backup of 1,000 devices of mixed families: 5 % do not answer as they should, 5 % have been changed since
//! the backup before. Once over an empty archive, once over one of 100,000 versions.
//!
//! A new family is one row of [`KINDS`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::parts::{Api, Daemon, Fleet, RADIO_PASSWORD, Scratch};
use crate::{figure, say};

const DEVICES: usize = 1000;
const CONCURRENCY: usize = 100;
/// Of each answer, ms.
const DELAY: f64 = 100.0;
/// One device in so many is faulty; another one in so many was changed.
const ONE_IN: usize = 20;
/// What the archive holds before the second run.
const VERSIONS: u32 = 100_000;
/// Deadlines of the run, s: a mute device must not decide the figure more than it would at night.
const PATIENCE: f64 = 5.0;

/// A kind of simulated device.
struct Kind {
    /// The simulator's name for it.
    name: &'static str,
    /// The role of its action, `ido.ROLE.running_config`.
    role: &'static str,
    /// How many of [`DEVICES`]; the first kind takes what the others leave.
    share: usize,
    /// Its knobs beside `delay_ms`, JSON.
    knobs: &'static str,
    /// Knobs that change its running config, JSON.
    change: &'static str,
    /// Channel of its journal whose entries each wait for the delay: commands, requests.
    channel: &'static str,
    /// Waits before the first entry: a console's greeting.
    greetings: f64,
    /// Its faults.
    faults: &'static [FaultSpec],
}

/// All kinds of the mix. A kind whose names are not here is not measured.
const KINDS: &[Kind] = &[
    Kind {
        name: "routeros",
        role: "swt",
        share: 0,
        knobs: r#"{"export_bytes": 40000}"#,
        change: r#"{"export_append": ["/ip dns static add address=192.0.2.80 name=changed"]}"#,
        channel: "exec",
        greetings: 0.0,
        faults: LOGIN,
    },
    Kind {
        name: "aviat",
        role: "bh",
        share: 200,
        knobs: "{}",
        change: r#"{"location": "moved"}"#,
        channel: "shell",
        greetings: 1.0,
        faults: LOGIN,
    },
    Kind {
        name: "ict-pdu",
        role: "rpc",
        share: 75,
        knobs: "{}",
        change: r#"{"sys_location": "moved"}"#,
        channel: "snmp",
        greetings: 0.0,
        faults: AGENT,
    },
    Kind {
        name: "ict-mps",
        role: "ups",
        share: 50,
        knobs: "{}",
        change: r#"{"sys_location": "moved"}"#,
        channel: "snmp",
        greetings: 0.0,
        faults: AGENT,
    },
    Kind {
        name: "apc-ups",
        role: "ups",
        share: 75,
        knobs: "{}",
        change: r#"{"sys_location": "moved"}"#,
        channel: "snmp",
        greetings: 0.0,
        faults: AGENT,
    },
    Kind {
        name: "apc-pdu",
        role: "rpc",
        share: 50,
        knobs: "{}",
        change: r#"{"sys_location": "moved"}"#,
        channel: "snmp",
        greetings: 0.0,
        faults: AGENT,
    },
    Kind {
        name: "ups-mib",
        role: "ups",
        share: 50,
        knobs: "{}",
        change: r#"{"sys_location": "moved"}"#,
        channel: "snmp",
        greetings: 0.0,
        faults: AGENT,
    },
    Kind {
        name: "nokia",
        role: "swt",
        share: 50,
        knobs: "{}",
        change: r#"{"location": "moved"}"#,
        channel: "shell",
        greetings: 1.0,
        faults: LOGIN,
    },
    Kind {
        name: "epmp",
        role: "ap",
        share: 50,
        knobs: "{}",
        change: r#"{"config": {"systemConfigDeviceName": "moved"}}"#,
        channel: "http",
        greetings: 0.0,
        faults: LOGIN,
    },
    Kind {
        name: "tachyon",
        role: "ap",
        share: 25,
        knobs: "{}",
        change: r#"{"location": "33.00000, -98.00000"}"#,
        channel: "http",
        greetings: 0.0,
        faults: LOGIN,
    },
    Kind {
        name: "wave",
        role: "ap",
        share: 25,
        knobs: "{}",
        change: r#"{"hostname": "moved"}"#,
        channel: "http",
        greetings: 0.0,
        faults: LOGIN,
    },
    Kind {
        name: "netonix",
        role: "swt",
        share: 25,
        knobs: "{}",
        change: r#"{"location": "moved"}"#,
        channel: "shell",
        greetings: 1.0,
        faults: LOGIN,
    },
    Kind {
        name: "cnmatrix",
        role: "swt",
        share: 15,
        knobs: "{}",
        change: r#"{"interfaces": [{"alias": "vlan3001", "address": "192.0.2.7", "mask": "255.255.255.0", "broadcast": "192.0.2.255"}]}"#,
        channel: "http",
        greetings: 0.0,
        faults: LOGIN,
    },
    Kind {
        name: "smartsys",
        role: "ups",
        share: 10,
        knobs: "{}",
        change: r#"{"site_name": "moved"}"#,
        channel: "http",
        greetings: 0.0,
        faults: LOGIN,
    },
];

/// A fault: JSON for the control interface, and the seconds that such a device takes of a worker by the daemon's own
/// deadlines.
type FaultSpec = (&'static str, f64);

/// What befalls equipment that is logged in to, dealt out in turn.
const LOGIN: &[FaultSpec] =
    &[(r#"{"kind": "refuse"}"#, 0.0), (r#"{"kind": "mute"}"#, PATIENCE), (r#"{"kind": "auth"}"#, 0.0)];

/// What befalls SNMP agents: all silence looks alike.
const AGENT: &[FaultSpec] = &[(r#"{"kind": "refuse"}"#, PATIENCE), (r#"{"kind": "mute"}"#, PATIENCE)];

/// One device of the mix.
struct Unit {
    name: String,
    kind: &'static Kind,
    part: Part,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Sound,
    Changed,
    /// Which of its kind's faults.
    Faulty(FaultSpec),
}

/// Both runs.
pub async fn run() -> anyhow::Result<()> {
    say(&format!(
        "backup: {DEVICES} devices of {} kinds that take {DELAY} ms an answer, {CONCURRENCY} at once, 5 % faulty, 5 % changed",
        KINDS.len()
    ));
    one("over an empty archive", 0).await?;
    one("over 100,000 versions", VERSIONS).await
}

/// How many versions the git repository does not have yet.
fn uncommitted(database: &Path) -> anyhow::Result<i64> {
    let conn = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(conn.query_row("select count(*) from config_version where committed is null", [], |row| row.get(0))?)
}

/// Number of versions in a database, and the bytes that they take there.
fn size(database: &Path) -> anyhow::Result<(u64, u64)> {
    let conn = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let count = conn.query_row("select count(*) from config_version", [], |row| row.get::<_, i64>(0))?;
    let pages =
        conn.query_row("select page_count * page_size from pragma_page_count, pragma_page_size", [], |row| {
            row.get::<_, i64>(0)
        })?;
    Ok((u64::try_from(count)?, u64::try_from(pages)?))
}

async fn one(what: &str, versions: u32) -> anyhow::Result<()> {
    say(&format!("  {what}"));
    let scratch = Scratch::new("backup")?;
    let units = units();
    let lab = scratch.0.join("lab.toml");
    std::fs::write(&lab, lab_file(&units)?)?;
    let fleet = Fleet::of_lab(&lab)?;
    let database = scratch.0.join("state/towerhand.db");
    if versions > 0 {
        crate::archive::filled(&scratch, versions).await?;
    }
    let settings = format!(
        "[ssh]\nconnect_seconds = {PATIENCE}\nlogin_seconds = {PATIENCE}\nretries = 0\n[snmp]\ntimeout_ms = {}\nretries = 0\n\
         [http]\nconnect_timeout_ms = {0}\ntotal_timeout_ms = {0}\n",
        PATIENCE * 1000.0
    );
    let daemon = Daemon::start_in(scratch, &fleet.inventory, CONCURRENCY, &settings).await?;
    let api = Api::new(&daemon)?;
    // Not while the git repository is made of what the archive held before.
    let begun = Instant::now();
    while uncommitted(&database)? > 0 {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(300), "the repository is not made:\n{}", daemon.log());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Pins host keys, and is the backup before.
    let (_, before) = round(&api, &daemon, &units, "first").await?;
    let lost: Vec<&str> =
        units.iter().filter(|unit| !before.contains_key(&unit.name)).map(|u| u.name.as_str()).collect();
    anyhow::ensure!(lost.is_empty(), "{} of {DEVICES} were not read at first: {lost:.3?}", lost.len());
    let own = own_times(&fleet, &units).await?;
    let control = format!("http://{}/devices", fleet.control);
    let http = reqwest::Client::builder().build()?;
    for unit in &units {
        let (path, body) = match unit.part {
            Part::Sound => continue,
            Part::Changed => ("state", unit.kind.change),
            Part::Faulty((fault, _)) => ("faults", fault),
        };
        http.post(format!("{control}/{}/{path}", unit.name)).body(body).send().await?.error_for_status()?;
    }
    let (versions, _) = size(&database)?;
    let (took, after) = round(&api, &daemon, &units, "second").await?;
    let ideal = makespan(units.iter().map(|unit| own_time(unit, &own)));
    let ratio = took.seconds / ideal;
    let cost = took.cpu * 1000.0 / DEVICES as f64;
    say(&format!("  {:.2} s, the devices' own time on {CONCURRENCY} workers {ideal:.2} s", took.seconds));
    figure("wall time by the devices' own", ratio, "", "<= 1.2", ratio <= 1.2);
    figure("daemon CPU a device", cost, "ms", "<= 5", cost <= 5.0);
    let (_, peak) = daemon.memory();
    figure("memory, highest", peak, "MiB", "< 150", peak < 150.0);
    let wrong = wrong(&units, &before, &after);
    figure("devices whose outcome is another than theirs", wrong as f64, "", "0", wrong == 0);
    let more = size(&database)?.0.saturating_sub(versions);
    let changed = units.iter().filter(|unit| unit.part == Part::Changed).count();
    figure("versions that were added", more as f64, "", "50", more == changed as u64);
    listing(&api, &units).await
}

/// Listing the versions of a device, p99 of one look at each.
async fn listing(api: &Api, units: &[Unit]) -> anyhow::Result<()> {
    let mut samples = Vec::new();
    for unit in units {
        let start = Instant::now();
        api.get(&format!("/configs/{}", unit.name)).await?.error_for_status()?.bytes().await?;
        samples.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    let p99 = crate::parts::percentile(&mut samples, 0.99);
    figure("listing the versions of a device, p99", p99, "ms", "< 20", p99 < 20.0);
    Ok(())
}

/// The mix: kinds in blocks, and in each block one faulty and one changed device in [`ONE_IN`].
fn units() -> Vec<Unit> {
    let others: usize = KINDS.iter().map(|kind| kind.share).sum();
    let mut units = Vec::new();
    let (mut at, mut faulty) = (0, 0);
    for (place, kind) in KINDS.iter().enumerate() {
        let count = if place == 0 { DEVICES - others } else { kind.share };
        for number in 0..count {
            let part = match at % ONE_IN {
                3 => {
                    faulty += 1;
                    kind.faults.get(faulty % kind.faults.len().max(1)).map_or(Part::Sound, |fault| Part::Faulty(*fault))
                }
                11 => Part::Changed,
                _ => Part::Sound,
            };
            at += 1;
            units.push(Unit { name: format!("{}-{number:04}", kind.name), kind, part });
        }
    }
    units
}

/// A lab of these devices, TOML: each on an address of its own, on its kind's own ports.
fn lab_file(units: &[Unit]) -> anyhow::Result<String> {
    let mut text = String::new();
    for (number, unit) in units.iter().enumerate() {
        let mut state: Map<String, Value> = serde_json::from_str(unit.kind.knobs)?;
        state.insert("delay_ms".to_owned(), json!(DELAY));
        if unit.kind.name == "aviat" {
            state.insert("password".to_owned(), json!(RADIO_PASSWORD));
        }
        let state = toml::Value::try_from(state)?;
        let (high, low) = (number / 250, number % 250 + 1);
        writeln!(
            text,
            "[[device]]\nname = '{}'\nkind = '{}'\naddress = '127.1.{high}.{low}'",
            unit.name, unit.kind.name
        )?;
        writeln!(text, "state = {state}\n")?;
    }
    Ok(text)
}

/// How long the first sound device of each kind took by itself, s: the entries of its journal by the delay.
async fn own_times(fleet: &Fleet, units: &[Unit]) -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let mut times = BTreeMap::new();
    for kind in KINDS {
        let unit = units.iter().find(|unit| unit.kind.name == kind.name).context("a kind without a device")?;
        let url = format!("http://{}/devices/{}/journal", fleet.control, unit.name);
        let entries: Vec<Value> = reqwest::get(url).await?.json().await?;
        let is_ours = |entry: &&Value| entry.get("channel").and_then(Value::as_str) == Some(kind.channel);
        let entries = entries.iter().filter(is_ours).count();
        anyhow::ensure!(entries > 0, "{}: nothing in the journal's channel {}", unit.name, kind.channel);
        times.insert(kind.name, (entries as f64 + kind.greetings) * DELAY / 1000.0);
    }
    let told: Vec<String> = times.iter().map(|(name, seconds)| format!("{name} {seconds:.1}")).collect();
    say(&format!("  a device's own time, s: {}", told.join(", ")));
    Ok(times)
}

/// How long the devices' own times take on so many workers, begun in this order, s: nobody knows beforehand which device
/// will be mute, so one at the end of the list is waited for at the end.
fn makespan(times: impl Iterator<Item = f64>) -> f64 {
    let mut free = [0.0_f64; CONCURRENCY];
    for time in times {
        if let Some(next) = free.iter_mut().min_by(|one, other| one.total_cmp(other)) {
            *next += time;
        }
    }
    free.iter().copied().fold(0.0, f64::max)
}

fn own_time(unit: &Unit, own: &BTreeMap<&'static str, f64>) -> f64 {
    match unit.part {
        Part::Faulty((_, seconds)) => seconds,
        Part::Sound | Part::Changed => own.get(unit.kind.name).copied().unwrap_or(0.0),
    }
}

/// Devices that did not end as they had to: a faulty one read, a sound one not read, or read otherwise than before, a
/// changed one read as before.
fn wrong(units: &[Unit], before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> usize {
    let is_wrong = |unit: &&Unit| {
        let (old, new) = (before.get(&unit.name), after.get(&unit.name));
        match unit.part {
            Part::Faulty(_) => new.is_some(),
            Part::Sound => new.is_none() || new != old,
            Part::Changed => new.is_none() || new == old,
        }
    };
    units.iter().filter(is_wrong).count()
}

struct Took {
    seconds: f64,
    cpu: f64,
}

/// Reads every device's config; the texts of those that ended well.
async fn round(
    api: &Api,
    daemon: &Daemon,
    units: &[Unit],
    name: &str,
) -> anyhow::Result<(Took, BTreeMap<String, String>)> {
    let ended_before = api.ended_in_all().await?;
    let (start, cpu) = (Instant::now(), daemon.cpu());
    let limit = Arc::new(Semaphore::new(CONCURRENCY));
    let mut requests = Vec::new();
    for unit in units {
        let (api, permit) = (api.clone(), Arc::clone(&limit).acquire_owned().await?);
        let key = format!("backup-{name}-{}", unit.name);
        let action = format!("ido.{}.running_config", unit.kind.role);
        let payload = json!({ "device": unit.name });
        requests.push(tokio::spawn(async move {
            let id = api.submit(&key, &action, payload).await;
            drop(permit);
            id
        }));
    }
    let mut jobs = Vec::new();
    for request in requests {
        jobs.push(request.await??);
    }
    while api.ended_in_all().await? - ended_before < jobs.len() as f64 {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(300), "no end in sight:\n{}", daemon.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = Took { seconds: start.elapsed().as_secs_f64(), cpu: daemon.cpu() - cpu };
    let mut texts = BTreeMap::new();
    for (unit, id) in units.iter().zip(&jobs) {
        api.ended(id).await?;
        let job = api.job(id).await?;
        if let Some(text) = job.pointer("/result/response").and_then(Value::as_str) {
            texts.insert(unit.name.clone(), text.to_owned());
        }
    }
    Ok((took, texts))
}
