//! Notifications over loopback: Debian's snmptrap and snmpinform (package `snmp`; left out, aloud, where it is absent), and
//! datagrams made by hand. What came of them is read from the store, the counters, and what was to be polled.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::UdpSocket;
use towerhand::clock::{Chance, Clock};
use towerhand::health::traps::{AUDITED, Config, Nudge, Parts, TrapCounters, Traps};
use towerhand::inventory::{self, InventoryHandle};
use towerhand::lifecycle::{Reason, Tasks};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{AuditEntry, Store};
use towerhand::telemetry::Metrics;
use towerhand::vault::{MasterKeys, Vault};

use crate::support::{Setup, TestDaemon};

/// Every device has an address of its own; the last one is asked for an answer where a test has to wait.
const INVENTORY: &str = "
sites:
  - {name: north}
devices:
  - {name: ups-north, address: 127.0.0.2, type: APCUPS, site: north, credentials: {snmp: {version: 2c, community: {insecure_plain: sesame}}}}
  - {name: radio-north, address: 127.0.0.3, type: AV4200, credentials: {snmp: {version: 1, community: {insecure_plain: sesame}}}}
  - name: router-north
    address: 127.0.0.4
    type: MTROS
    credentials:
      snmp:
        version: '3'
        user: watch
        auth: sha256
        auth_password: {insecure_plain: a good passphrase}
        priv: aes128
        priv_password: {insecure_plain: another passphrase}
  - name: router-south
    address: 127.0.0.5
    type: MTROS
    credentials:
      snmp:
        version: '3'
        user: watch
        auth: md5
        auth_password: {insecure_plain: an old passphrase}
        priv: aes128
        priv_password: {insecure_plain: an older passphrase}
  - {name: barrier, address: 127.0.0.9, type: GENERIC}
";

/// Names of what was to be polled.
#[derive(Default)]
struct Nudged(Mutex<Vec<String>>);

impl Nudge for Nudged {
    fn nudge(&self, device: &str) {
        self.0.lock().unwrap().push(device.to_owned());
    }
}

/// A receiver without a daemon around it.
struct Bench {
    to: SocketAddr,
    store: Arc<dyn Store>,
    metrics: Metrics,
    nudged: Arc<Nudged>,
    clock: Clock,
    tasks: Tasks,
    folder: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Clock::manual("2026-06-01T12:00:00Z".parse().unwrap())).await
    }

    #[expect(clippy::disallowed_methods, reason = "the test writes its inventory")]
    async fn start_in(folder: TempDir, clock: Clock) -> Self {
        let file = folder.path().join("inventory.yaml");
        std::fs::write(&file, INVENTORY).unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("towerhand.db"), Purpose::Daemon).await.unwrap());
        let keys = MasterKeys::from_base64("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        let metrics = Metrics::new(["ido.ping"]).unwrap();
        let (nudged, tasks) = (Arc::new(Nudged::default()), Tasks::new());
        let parts = Parts {
            store: Arc::clone(&store),
            inventory: InventoryHandle::new(inventory::load(&file).unwrap_or_else(|wrong| panic!("{wrong:?}"))),
            vault: Vault::open(keys, clock.clone(), Chance::system()).unwrap(),
            environment: Arc::default(),
            clock: clock.clone(),
            counters: TrapCounters::register(metrics.registry()).unwrap(),
            nudge: Arc::clone(&nudged) as Arc<dyn Nudge>,
        };
        let traps = Traps::bind("127.0.0.1:0".parse().unwrap(), &Config::default(), parts).await.unwrap();
        let to = traps.address().unwrap();
        tasks.spawn("traps", traps.run(tasks.soft()));
        Self { to, store, metrics, nudged, clock, tasks, folder }
    }

    /// What has been sent before has been looked at and written when this returns: an inform is answered after it.
    async fn settle(&self) {
        static ID: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(1000);
        let id = ID.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // Its device may send so many in a minute; a test that settles more often moves the clock.
        let answer = inform(self.to, "127.0.0.9", id).await;
        assert_eq!(answer.unwrap()[PDU], 0xa2);
    }

    /// Rows of notifications, oldest first, without those of the barrier.
    async fn rows(&self) -> Vec<AuditEntry> {
        self.settle().await;
        let mut rows = self.store.audit_log(10_000).await.unwrap();
        rows.retain(|row| row.what == AUDITED && row.subject != "barrier");
        rows.reverse();
        rows
    }

    /// Of the counter, 0 where it has no such series.
    fn count(&self, kind: &str, outcome: &str) -> u64 {
        let start = format!("towerhand_traps_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} ");
        let text = self.metrics.render();
        text.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |number| number.parse().unwrap())
    }

    fn nudged(&self) -> Vec<String> {
        let mut names = self.nudged.0.lock().unwrap().clone();
        names.retain(|name| name != "barrier");
        names
    }

    async fn stop(self) -> TempDir {
        self.tasks.stop(Reason::Done);
        self.tasks.ended().await;
        self.store.close().await;
        self.folder
    }
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 0x80, "short forms only");
    [&[tag, length][..], content].concat()
}

/// Where the PDU's tag is in [`message`].
const PDU: usize = 13;

/// A message of v2c under the community "sesame", with linkDown (1.3.6.1.6.3.1.1.5.3) and no more.
fn message(tag: u8, id: i32) -> Vec<u8> {
    let uptime = tlv(0x30, &[&[6, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0][..], &[0x43, 1, 100]].concat());
    let name = [&[6, 10, 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0][..], &[6, 9, 0x2b, 6, 1, 6, 3, 1, 1, 5, 3]].concat();
    let list = tlv(0x30, &[uptime, tlv(0x30, &name)].concat());
    let pdu = tlv(tag, &[tlv(2, &id.to_be_bytes()), vec![2, 1, 0, 2, 1, 0], list].concat());
    tlv(0x30, &[&[2, 1, 1, 4, 6][..], b"sesame", &pdu].concat())
}

async fn socket(from: &str) -> UdpSocket {
    UdpSocket::bind((from, 0)).await.unwrap()
}

async fn send(to: SocketAddr, from: &str, bytes: &[u8]) {
    socket(from).await.send_to(bytes, to).await.unwrap();
}

/// Sends an inform; its answer, or none within a second.
async fn inform(to: SocketAddr, from: &str, id: i32) -> Option<Vec<u8>> {
    let socket = socket(from).await;
    socket.send_to(&message(0xa6, id), to).await.unwrap();
    answer(&socket).await
}

async fn answer(socket: &UdpSocket) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 2000];
    let got = Clock::system().timeout(Duration::from_secs(10), socket.recv(&mut buffer)).await.ok()?.unwrap();
    buffer.truncate(got);
    Some(buffer)
}

/// A program of net-snmp with files of its own; none, aloud, where it is not installed.
async fn net_snmp(folder: &Path, program: &str, from: &str, arguments: &[&str]) -> Option<bool> {
    let path = Path::new("/usr/bin").join(program);
    if !path.exists() {
        eprintln!("skipped: {} is not here (package snmp)", path.display());
        return None;
    }
    let output = tokio::process::Command::new(path)
        .env("SNMP_PERSISTENT_DIR", folder)
        .env("SNMPCONFPATH", folder)
        .env("MIBS", "")
        .arg(format!("--clientaddr={from}"))
        .args(["-r", "1", "-t", "5"])
        .args(arguments)
        .output()
        .await
        .unwrap();
    if !output.status.success() {
        eprintln!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Some(output.status.success())
}

/// The options of a user of SNMPv3.
fn v3<'a>(auth: &'a str, auth_password: &'a str, priv_password: &'a str) -> Vec<&'a str> {
    vec!["-v", "3", "-l", "authPriv", "-u", "watch", "-a", auth, "-A", auth_password, "-x", "AES", "-X", priv_password]
}

#[tokio::test]
async fn traps_of_net_snmp_are_kept_and_their_devices_polled() {
    let bench = Bench::start().await;
    let to = bench.to.to_string();
    let folder = bench.folder.path();
    let apc = [
        "-v",
        "1",
        "-c",
        "sesame",
        &to,
        "1.3.6.1.4.1.318",
        "127.0.0.2",
        "6",
        "5",
        "",
        "1.3.6.1.4.1.318.2.3.3.0",
        "s",
        "on battery",
    ];
    let Some(sent) = net_snmp(folder, "snmptrap", "127.0.0.2", &apc).await else { return };
    assert!(sent);
    let aviat = [
        "-v",
        "2c",
        "-c",
        "other",
        &to,
        "",
        "1.3.6.1.4.1.2509.9.49.0.1",
        "1.3.6.1.4.1.2509.9.49.2.1.6.5.1",
        "i",
        "3",
        "1.3.6.1.4.1.2509.9.49.2.1.6.6.1",
        "s",
        "Remote Fade margin Low",
    ];
    assert_eq!(net_snmp(folder, "snmptrap", "127.0.0.3", &aviat).await, Some(true));
    let engine = ["-e", "0x80001f880472757465722d6e", &to, "", "1.3.6.1.6.3.1.1.5.1"];
    let login = v3("SHA-256", "a good passphrase", "another passphrase");
    assert_eq!(net_snmp(folder, "snmptrap", "127.0.0.4", &[&login[..], &engine].concat()).await, Some(true));
    let login = v3("MD5", "an old passphrase", "an older passphrase");
    assert_eq!(net_snmp(folder, "snmptrap", "127.0.0.5", &[&login[..], &engine].concat()).await, Some(true));

    let rows = bench.rows().await;
    let told: Vec<_> = rows.iter().map(|row| (row.subject.as_str(), row.who.as_str(), row.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "ups-north",
                "snmp 127.0.0.2",
                "on_battery v1 1.3.6.1.4.1.318.0.5: 1.3.6.1.4.1.318.2.3.3.0 = \"on battery\""
            ),
            (
                "radio-north",
                "snmp 127.0.0.3",
                "radio_alarm v2c 1.3.6.1.4.1.2509.9.49.0.1: 1.3.6.1.4.1.2509.9.49.2.1.6.5.1 = 3; \
                 1.3.6.1.4.1.2509.9.49.2.1.6.6.1 = \"Remote Fade margin Low\""
            ),
            ("router-north", "snmp 127.0.0.4", "cold_start v3 1.3.6.1.6.3.1.1.5.1"),
            ("router-south", "snmp 127.0.0.5", "cold_start v3 1.3.6.1.6.3.1.1.5.1"),
        ]
    );
    assert!(rows.iter().all(|row| row.at == "2026-06-01T12:00:00Z".parse::<Timestamp>().unwrap()));
    assert_eq!(bench.nudged(), ["ups-north", "radio-north", "router-north", "router-south"]);
    assert_eq!((bench.count("on_battery", "kept"), bench.count("radio_alarm", "kept")), (1, 1));
    assert_eq!(bench.count("cold_start", "kept"), 2);

    // The wrong passphrase, the wrong user's device, and a device without a user of v3.
    let wrong = v3("SHA-256", "a wrong passphrase", "another passphrase");
    for from in ["127.0.0.4", "127.0.0.2"] {
        assert_eq!(net_snmp(folder, "snmptrap", from, &[&wrong[..], &engine].concat()).await, Some(true));
    }
    let wrong = v3("SHA-256", "a good passphrase", "a wrong passphrase");
    assert_eq!(net_snmp(folder, "snmptrap", "127.0.0.4", &[&wrong[..], &engine].concat()).await, Some(true));
    assert_eq!(bench.rows().await.len(), 4);
    assert_eq!(bench.count("none", "refused"), 3);
}

#[tokio::test]
async fn informs_of_net_snmp_are_acknowledged_once_they_are_kept() {
    let bench = Bench::start().await;
    let to = bench.to.to_string();
    let folder = bench.folder.path();
    let plain = ["-v", "2c", "-c", "sesame", &to, "", "1.3.6.1.2.1.33.2.1", "1.3.6.1.2.1.33.1.2.3.0", "i", "42"];
    let Some(acknowledged) = net_snmp(folder, "snmpinform", "127.0.0.2", &plain).await else { return };
    assert!(acknowledged);
    let what = [to.as_str(), "", "1.3.6.1.6.3.1.1.5.3"];
    let north = v3("SHA-256", "a good passphrase", "another passphrase");
    assert_eq!(net_snmp(folder, "snmpinform", "127.0.0.4", &[&north[..], &what].concat()).await, Some(true));
    let south = v3("MD5", "an old passphrase", "an older passphrase");
    assert_eq!(net_snmp(folder, "snmpinform", "127.0.0.5", &[&south[..], &what].concat()).await, Some(true));
    let rows = bench.rows().await;
    let told: Vec<_> = rows.iter().map(|row| (row.subject.as_str(), row.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ups-north", "on_battery v2c inform 1.3.6.1.2.1.33.2.1: 1.3.6.1.2.1.33.1.2.3.0 = 42"),
            ("router-north", "link_down v3 inform 1.3.6.1.6.3.1.1.5.3"),
            ("router-south", "link_down v3 inform 1.3.6.1.6.3.1.1.5.3"),
        ]
    );
    // Each of the two asked for our name, and took our time from the answer.
    assert_eq!(bench.count("none", "introduced"), 2);

    // Nobody that is not known is answered.
    assert_eq!(
        net_snmp(
            folder,
            "snmpinform",
            "127.0.0.77",
            &["-r", "0", "-t", "1", "-v", "2c", "-c", "sesame", &to, "", "1.3.6.1.6.3.1.1.5.3"]
        )
        .await,
        Some(false)
    );
    let wrong = v3("SHA-256", "a wrong passphrase", "another passphrase");
    let quick = ["-r", "0", "-t", "1"];
    assert_eq!(net_snmp(folder, "snmpinform", "127.0.0.4", &[&quick[..], &wrong, &what].concat()).await, Some(false));
    assert_eq!(bench.rows().await.len(), 3);
    assert_eq!((bench.count("link_down", "unknown_sender"), bench.nudged().len()), (1, 3));
}

#[tokio::test]
async fn an_engine_keeps_its_name_and_its_boots_rise() {
    let bench = Bench::start().await;
    let north = v3("SHA-256", "a good passphrase", "another passphrase");
    // Asked for by hand: the question for an engine is the same in every run.
    let question = [
        &[0x30, 62, 2, 1, 3, 0x30, 17, 2, 4, 1, 2, 3, 4, 2, 3, 0, 0xff, 0xe3, 4, 1, 4, 2, 1, 3][..],
        &[4, 16, 0x30, 14, 4, 0, 2, 1, 0, 2, 1, 0, 4, 0, 4, 0, 4, 0],
        &[0x30, 20, 4, 0, 4, 0, 0xa0, 14, 2, 4, 1, 2, 3, 4, 2, 1, 0, 2, 1, 0, 0x30, 0],
    ]
    .concat();
    let ask = async |to: SocketAddr| {
        let socket = socket("127.0.0.4").await;
        socket.send_to(&question, to).await.unwrap();
        answer(&socket).await.unwrap()
    };
    // 80 00 7e d9 05: an engine's name in our form; then sixteen bytes, then the boots.
    let engine = |bytes: &[u8]| {
        let at = bytes.windows(5).position(|part| part == [0x80, 0, 0x7e, 0xd9, 5]).unwrap();
        (bytes[at..at + 21].to_vec(), bytes[at + 21..at + 27].to_vec())
    };
    let (name, boots) = engine(&ask(bench.to).await);
    bench.clock.advance(Duration::from_secs(60));
    let clock = bench.clock.clone();
    let bench = Bench::start_in(bench.stop().await, clock).await;
    let (again, later) = engine(&ask(bench.to).await);
    assert_eq!(name, again);
    assert!(later > boots, "{later:?} {boots:?}");
    let to = bench.to.to_string();
    let what = [&north[..], &[&to, "", "1.3.6.1.6.3.1.1.5.3"]].concat();
    let acknowledged = net_snmp(bench.folder.path(), "snmpinform", "127.0.0.4", &what).await;
    assert_ne!(acknowledged, Some(false));
    // Who is not in the inventory gets no name either.
    let stranger = socket("127.0.0.77").await;
    stranger.send_to(&question, bench.to).await.unwrap();
    bench.settle().await;
    assert_eq!(stranger.try_recv(&mut [0; 100]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_trap_of_v1_is_its_agents() {
    let bench = Bench::start().await;
    let trap = |agent: [u8; 4]| {
        let body = [
            vec![6, 7, 0x2b, 6, 1, 4, 1, 0x82, 0x3e],
            tlv(0x40, &agent),
            vec![2, 1, 6, 2, 1, 9, 0x43, 1, 5],
            vec![0x30, 0],
        ]
        .concat();
        tlv(0x30, &[&[2, 1, 0, 4, 6][..], b"sesame", &tlv(0xa4, &body)].concat())
    };
    // Named and known; not named; named and not known, so that it is its sender's.
    send(bench.to, "127.0.0.77", &trap([127, 0, 0, 2])).await;
    send(bench.to, "127.0.0.3", &trap([0, 0, 0, 0])).await;
    send(bench.to, "127.0.0.3", &trap([192, 0, 2, 1])).await;
    send(bench.to, "127.0.0.77", &trap([192, 0, 2, 1])).await;
    let rows = bench.rows().await;
    let told: Vec<_> = rows.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(told, ["ups-north", "radio-north", "radio-north"]);
    assert!(rows.iter().all(|row| row.detail == "mains_back v1 1.3.6.1.4.1.318.0.9"));
    assert_eq!(bench.count("mains_back", "unknown_sender"), 1);
}

#[tokio::test]
async fn an_inform_that_comes_again_is_answered_again_and_kept_once() {
    let bench = Bench::start().await;
    let first = inform(bench.to, "127.0.0.2", 7).await.unwrap();
    assert_eq!(first, message(0xa2, 7));
    assert_eq!(inform(bench.to, "127.0.0.2", 7).await.unwrap(), first);
    assert_eq!(inform(bench.to, "127.0.0.2", 8).await.unwrap(), message(0xa2, 8));
    assert_eq!(bench.rows().await.len(), 2);
    assert_eq!((bench.count("link_down", "repeated"), bench.nudged().len()), (1, 2));
}

#[tokio::test]
async fn a_flood_is_bounded_and_holds_up_nobody_else() {
    let bench = Bench::start().await;
    let flood = socket("127.0.0.2").await;
    for id in 0..200 {
        flood.send_to(&message(0xa7, id), bench.to).await.unwrap();
        // The system keeps so many datagrams as its buffer holds.
        if id % 50 == 49 {
            bench.settle().await;
        }
    }
    send(bench.to, "127.0.0.3", &message(0xa7, 1)).await;
    let rows = bench.rows().await;
    let of = |name: &str| rows.iter().filter(|row| row.subject == name).count();
    assert_eq!((of("ups-north"), of("radio-north")), (10, 1));
    assert_eq!(bench.count("link_down", "limited"), 190);
    assert_eq!(bench.nudged().iter().filter(|name| *name == "ups-north").count(), 10);
    // An inform that is too much is not acknowledged: the next answer that comes is the barrier's.
    let over = socket("127.0.0.2").await;
    over.send_to(&message(0xa6, 500), bench.to).await.unwrap();
    bench.settle().await;
    assert_eq!(over.try_recv(&mut [0; 100]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // A minute later there is room again, also for that one.
    bench.clock.advance(Duration::from_secs(60));
    assert!(inform(bench.to, "127.0.0.2", 500).await.is_some());
    assert_eq!(bench.rows().await.iter().filter(|row| row.subject == "ups-north").count(), 11);
}

#[tokio::test]
async fn garbage_is_counted_and_hurts_nothing() {
    let bench = Bench::start().await;
    let chance = Chance::seeded(7);
    for round in 0..100_usize {
        let mut bytes = vec![0; round * 7];
        chance.fill(&mut bytes).unwrap();
        send(bench.to, "127.0.0.2", &bytes).await;
        if round == 50 {
            bench.settle().await;
        }
    }
    // A request and an answer are none either.
    send(bench.to, "127.0.0.2", &message(0xa0, 1)).await;
    send(bench.to, "127.0.0.2", &message(0xa2, 1)).await;
    assert_eq!(bench.rows().await.len(), 0);
    assert_eq!(bench.count("none", "unreadable"), 102);
    assert_eq!(bench.nudged(), Vec::<String>::new());
}

#[tokio::test]
async fn no_community_is_in_any_file_of_the_store() {
    let bench = Bench::start().await;
    send(bench.to, "127.0.0.2", &message(0xa7, 1)).await;
    assert_eq!(bench.rows().await.len(), 1);
    let folder = bench.stop().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") || path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"sesame"), "{}", path.display());
    }
}

#[tokio::test]
async fn a_daemon_receives_where_it_is_told_to() {
    let daemon = TestDaemon::start(Setup {
        inventory: Some(INVENTORY.to_owned()),
        settings: "[health.traps]\nlisten = '127.0.0.1:0'\n".to_owned(),
        ..Setup::default()
    })
    .await;
    let to = daemon.traps.unwrap();
    assert_eq!(inform(to, "127.0.0.2", 7).await.unwrap(), message(0xa2, 7));
    let rows = daemon.store.audit_log(10).await.unwrap();
    let row = rows.iter().find(|row| row.what == AUDITED).unwrap();
    assert_eq!((row.subject.as_str(), row.detail.as_str()), ("ups-north", "link_down v2c inform 1.3.6.1.6.3.1.1.5.3"));
    let (ended, _) = daemon.stop().await;
    assert_eq!((ended.hard, ended.left.len()), (false, 0));
}

#[tokio::test]
async fn a_daemon_that_is_told_nothing_receives_nothing() {
    let daemon = TestDaemon::start(Setup::default()).await;
    assert_eq!(daemon.traps, None);
    let (ended, _) = daemon.stop().await;
    assert_eq!(ended.exit_code(), 0);
}
