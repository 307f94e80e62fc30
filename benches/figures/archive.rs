//! The archive with 100,000 versions: listing, reading, comparing, searching, and how fast the git repository is made.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use towerhand::archive;
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{ConfigStore as _, Keeping, NewConfig, Store};

use crate::parts::{Api, Daemon, Scratch, percentile};
use crate::{figure, say};

const DEVICES: usize = 1000;
const VERSIONS: usize = 100;
/// Versions of which a repository is made; it costs the same a version however many there are.
const COMMITS: usize = 2000;
const REQUESTS: usize = 2000;
/// Stored at once.
const BATCH: usize = 250;

/// A config of a few kilobytes; versions differ in a line.
fn text(device: usize, version: usize) -> String {
    let mut text = format!("/system identity set name=r{device}\n/system note set note=\"change {version}\"\n");
    for line in 0..60 {
        let comment = format!("customer {:06}, sector {}", device * 61 + line, line % 12);
        text.push_str(&format!(
            "/ip firewall address-list add address=10.{}.{}.{line} comment=\"{comment}\" list=customers\n",
            device / 250,
            device % 250
        ));
    }
    text
}

fn config(device: usize, version: usize, at: Timestamp) -> NewConfig {
    let text = text(device, version);
    let sha256 = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("r{device}");
    NewConfig {
        path: format!("site-{}/{name}.cfg", device / 20),
        device: name,
        address: IpAddr::from([10, 0, (device / 250) as u8, (device % 250 + 1) as u8]),
        device_type: "MTROS".to_owned(),
        site: Some(format!("site-{}", device / 20)),
        at,
        job: None,
        author: "bench".to_owned(),
        message: "ido.swt.running_config".to_owned(),
        text,
        sha256,
        raw: None,
        added: 1,
        removed: 1,
        hooks: Vec::new(),
    }
}

async fn fill(store: &SqliteStore, devices: usize, versions: usize) -> anyhow::Result<()> {
    let now = Timestamp::now();
    for version in 0..versions {
        let expect = i64::try_from(version).ok().filter(|before| *before > 0);
        let all: Vec<usize> = (0..devices).collect();
        for chunk in all.chunks(BATCH) {
            let kept =
                join_all(chunk.iter().map(|device| store.keep_config(config(*device, version, now), expect))).await;
            for kept in kept {
                anyhow::ensure!(matches!(kept?, Keeping::New(_)), "a version was not stored");
            }
        }
    }
    Ok(())
}

/// So many versions of [`DEVICES`] devices in a new database.
pub async fn filled(scratch: &Scratch, versions: u32) -> anyhow::Result<()> {
    let store = open(scratch).await?;
    fill(&store, DEVICES, versions as usize / DEVICES).await?;
    store.close().await;
    Ok(())
}

async fn open(scratch: &Scratch) -> anyhow::Result<SqliteStore> {
    let state = scratch.0.join("state");
    std::fs::create_dir_all(&state)?;
    Ok(SqliteStore::open(&state.join("towerhand.db"), Purpose::Daemon).await?)
}

/// Milliseconds of each request.
async fn timed(api: &Api, path: impl Fn(usize) -> String, count: usize) -> anyhow::Result<Vec<f64>> {
    let mut took = Vec::with_capacity(count);
    for at in 0..count {
        let begun = Instant::now();
        let reply = api.get(&path(at)).await?;
        anyhow::ensure!(reply.status().is_success(), "{} {}", path(at), reply.status());
        reply.bytes().await?;
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(took)
}

/// Figures of the API over a full archive, then those of the repository.
pub async fn run() -> anyhow::Result<()> {
    let total = DEVICES * VERSIONS;
    say(&format!("archive: {DEVICES} devices, {total} versions"));
    let scratch = Scratch::new("archive")?;
    let begun = Instant::now();
    let store = open(&scratch).await?;
    fill(&store, DEVICES, VERSIONS).await?;
    store.close().await;
    let rate = total as f64 / begun.elapsed().as_secs_f64();
    say(&format!("  {:<46} {rate:>10.0} a second", "versions stored"));
    let bytes = std::fs::metadata(scratch.0.join("state/towerhand.db"))?.len() as f64 / total as f64;
    let plain = text(1, 1).len();
    say(&format!("  {:<46} {bytes:>10.0} bytes, of {plain} of text", "database a version"));
    // Without the repository, which would be made of all versions meanwhile.
    let daemon = Daemon::start_in(scratch, "sites: []\ndevices: []\n", 4, "[archive]\nenabled = false\n").await?;
    let api = Api::new(&daemon)?;
    let device = |at: usize| (at * 7919) % DEVICES;
    let mut took = timed(&api, |at| format!("/configs/r{}", device(at)), REQUESTS).await?;
    let p99 = percentile(&mut took, 0.99);
    figure("listing the versions of a device, p99", p99, "ms", "< 20", p99 < 20.0);
    let mut took = timed(&api, |at| format!("/configs/r{}/{}", device(at), at % VERSIONS + 1), REQUESTS).await?;
    let p99 = percentile(&mut took, 0.99);
    figure("reading a version, p99", p99, "ms", "< 20", p99 < 20.0);
    let mut took = timed(&api, |at| format!("/configs/r{}/diff", device(at)), REQUESTS / 4).await?;
    say(&format!("  {:<46} {:>10.2} ms", "difference of two versions, p99", percentile(&mut took, 0.99)));
    let mut took = timed(&api, |_| "/configs".to_owned(), 50).await?;
    say(&format!("  {:<46} {:>10.2} ms", "listing all devices, p99", percentile(&mut took, 0.99)));
    let mut took = timed(&api, |at| format!("/configs/search?q=customer%200{at:05}"), 20).await?;
    say(&format!("  {:<46} {:>10.2} ms", "searching all devices, p99", percentile(&mut took, 0.99)));
    drop(daemon);
    repository().await
}

async fn repository() -> anyhow::Result<()> {
    let scratch = Scratch::new("archive-git")?;
    let store = open(&scratch).await?;
    fill(&store, COMMITS / 2, 2).await?;
    let store: Arc<dyn Store> = Arc::new(store);
    let begun = Instant::now();
    let rebuilt = archive::rebuild(&scratch.0.join("configs.git"), Arc::clone(&store)).await?;
    let rate = rebuilt.commits as f64 / begun.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    say(&format!("  {:<46} {rate:>10.0} a second", "versions committed"));
    store.close().await;
    Ok(())
}
