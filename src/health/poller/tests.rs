use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use super::*;
use crate::inventory::InventoryHandle;
use crate::lifecycle::Reason;
use crate::model::Health;
use crate::telemetry::exposition::{Format, Page};
use crate::telemetry::{DeviceMetrics as _, NotPolled};

/// How a device of the test behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Answers,
    Fails(FailureClass),
    Hangs,
    Skipped,
    Panics,
}

/// Reads devices that are not there.
struct Script {
    ways: Mutex<BTreeMap<String, Way>>,
    /// Reads begun, by device.
    reads: watch::Sender<BTreeMap<String, usize>>,
    /// Reads that were told to stop.
    cancelled: watch::Sender<usize>,
}

impl Script {
    fn turn(&self, device: &str, way: Way) {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).insert(device.to_owned(), way);
    }

    fn count(&self, device: &str) -> usize {
        self.reads.borrow().get(device).copied().unwrap_or_default()
    }
}

#[async_trait]
impl Reader for Script {
    async fn read(&self, device: &Device, cancel: CancellationToken) -> Result<Option<Answer>, Failure> {
        self.reads.send_modify(|reads| *reads.entry(device.name.clone()).or_default() += 1);
        let way = self.ways.lock().unwrap_or_else(PoisonError::into_inner).get(&device.name).copied();
        match way.unwrap_or(Way::Answers) {
            Way::Answers => {
                let health = Health { model: Some("X".to_owned()), ..Health::default() };
                Ok(Some(Answer { health, ..Answer::default() }))
            }
            Way::Fails(class) => Err(Failure::new(class, format!("{}: as told", device.name))),
            Way::Hangs => {
                cancel.cancelled().await;
                self.cancelled.send_modify(|count| *count += 1);
                Err(Failure::new(FailureClass::Cancelled, "stopped"))
            }
            Way::Skipped => Ok(None),
            Way::Panics => panic!("as told"),
        }
    }
}

/// An inventory with these devices, each with SNMP credentials but `bare`.
fn inventory(names: &[&str]) -> Inventory {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.yaml");
    let mut text = "devices:\n".to_owned();
    for (last, name) in (1..).zip(names) {
        text.push_str(&format!("  - {{name: {name}, address: 192.0.2.{last}, type: APCUPS"));
        if *name != "bare" {
            text.push_str(", credentials: {snmp: {version: 2c, community: env:C}}");
        }
        text.push_str("}\n");
    }
    std::fs::write(&path, text).unwrap();
    crate::inventory::load(&path).unwrap()
}

struct Stage {
    clock: Clock,
    board: Board,
    script: Arc<Script>,
    inventory: InventoryHandle,
    tasks: Tasks,
}

impl Stage {
    fn start(names: &[&str], config: Config) -> Self {
        let clock = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let inventory = InventoryHandle::new(inventory(names));
        let board = Board::new(inventory.clone(), true);
        let script = Arc::new(Script {
            ways: Mutex::default(),
            reads: watch::Sender::new(BTreeMap::new()),
            cancelled: watch::Sender::new(0),
        });
        let tasks = Tasks::new();
        let poller = Poller::new(Parts {
            board: board.clone(),
            reader: Arc::clone(&script) as Arc<dyn Reader>,
            config,
            clock: clock.clone(),
            chance: Chance::seeded(1),
            devices: None,
            metrics: Metrics::new(["x"]).unwrap(),
            tasks: tasks.clone(),
        });
        tasks.spawn("health", poller.run());
        Self { clock, board, script, inventory, tasks }
    }

    /// Lets time pass in steps of a second, with all that happens in it.
    async fn pass(&self, seconds: u32) {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn page(&self) -> String {
        let mut page = Page::new(Format::Text);
        self.board.write(&mut page);
        page.finish()
    }

    #[track_caller]
    fn shows(&self, line: &str) {
        let page = self.page();
        assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
    }
}

#[tokio::test]
async fn each_device_is_polled_once_an_interval() {
    let stage = Stage::start(&["a", "b", "bare"], Config::default());
    stage.pass(600).await;
    assert_eq!((stage.script.count("a"), stage.script.count("b"), stage.script.count("bare")), (10, 10, 0));
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 1"#);
    stage.shows(r#"towerhand_device_polls_total{device="b",site="-",outcome="ok"} 10"#);
    stage.shows("towerhand_health_unpolled 1");
    assert!(!stage.page().contains("bare"));
}

#[tokio::test]
async fn a_device_that_hangs_is_stopped_and_the_other_is_polled_in_time() {
    let one = NonZeroUsize::MIN;
    let config = Config { concurrency: one, concurrency_down: one, ..Config::default() };
    let stage = Stage::start(&["a", "b"], config);
    stage.script.turn("a", Way::Hangs);
    stage.pass(1200).await;
    // Begun after at most 60 s, then after the timeout of 30 s and pauses of 60, 120, 240, 480 s and a fifth more at most.
    assert!((4..=5).contains(&stage.script.count("a")), "{}", stage.script.count("a"));
    let closed = *stage.script.cancelled.borrow();
    assert!(closed + 1 >= stage.script.count("a"), "its sessions were closed, but for those of a poll that goes on");
    assert!(stage.script.count("b") >= 19, "{}", stage.script.count("b"));
    stage.shows(r#"towerhand_device_unreachable{device="a",site="-",reason="timeout"} 1"#);
    stage.script.turn("a", Way::Answers);
    stage.pass(630).await;
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 1"#);
}

#[tokio::test]
async fn refused_credentials_are_offered_once_an_hour_until_they_are_changed() {
    let stage = Stage::start(&["a"], Config::default());
    stage.script.turn("a", Way::Fails(FailureClass::AuthRefused));
    stage.pass(3500).await;
    assert_eq!(stage.script.count("a"), 1);
    stage.board.nudge("a");
    let mut page = Page::new(Format::Text);
    stage.board.probe("a", &mut page).await.unwrap();
    assert!(page.finish().contains(r#"reason="auth_failed""#));
    assert_eq!(stage.script.count("a"), 1, "a wish changes nothing");
    stage.pass(200).await;
    assert_eq!(stage.script.count("a"), 2);
    // Other credentials: at once, at the device's own instant.
    stage.script.turn("a", Way::Answers);
    let text =
        "devices: [{name: a, address: 192.0.2.1, type: APCUPS, credentials: {snmp: {version: 2c, community: env:D}}}]";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.yaml");
    std::fs::write(&path, text).unwrap();
    stage.inventory.replace(crate::inventory::load(&path).unwrap());
    stage.pass(63).await;
    assert_eq!(stage.script.count("a"), 3);
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 1"#);
}

#[tokio::test]
async fn a_panic_in_a_driver_is_a_failure_of_that_poll_alone() {
    let stage = Stage::start(&["a", "b"], Config::default());
    stage.script.turn("a", Way::Panics);
    stage.pass(61).await;
    stage.shows(r#"towerhand_device_unreachable{device="a",site="-",reason="internal"} 1"#);
    stage.shows(r#"towerhand_device_up{device="b",site="-"} 1"#);
}

#[tokio::test]
async fn what_is_missing_makes_no_device_dead() {
    let stage = Stage::start(&["a"], Config::default());
    stage.script.turn("a", Way::Fails(FailureClass::Validation));
    stage.pass(61).await;
    stage.shows("towerhand_health_unpolled 1");
    assert!(!stage.page().contains("towerhand_device_up"));
    let mut page = Page::new(Format::Text);
    let refused = stage.board.probe("a", &mut page).await;
    assert_eq!(refused, Err(NotPolled::Never("a: as told".to_owned())));
    stage.script.turn("a", Way::Answers);
    stage.pass(660).await;
    stage.shows("towerhand_health_unpolled 0");
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 1"#);
}

#[tokio::test]
async fn a_device_that_is_taken_out_leaves_nothing_behind() {
    let stage = Stage::start(&["a", "b"], Config::default());
    stage.pass(61).await;
    stage.inventory.replace(inventory(&["b", "c"]));
    stage.pass(61).await;
    let page = stage.page();
    assert!(
        !page.contains(r#"device="a""#) && page.contains(r#"towerhand_device_up{device="c",site="-"} 1"#),
        "{page}"
    );
    let mut page = Page::new(Format::Text);
    assert_eq!(stage.board.probe("a", &mut page).await, Err(NotPolled::Unknown));
}

#[tokio::test]
async fn a_trap_is_answered_by_a_poll() {
    let stage = Stage::start(&["a"], Config { interval: Duration::ZERO, ..Config::default() });
    stage.pass(300).await;
    assert_eq!(stage.script.count("a"), 0, "only when asked");
    stage.board.nudge("a");
    stage.board.nudge("nobody");
    stage.pass(1).await;
    assert_eq!(stage.script.count("a"), 1);
    assert!(!stage.page().contains("towerhand_device_up"), "what is not renewed is not shown");
    stage.pass(10).await;
    let mut page = Page::new(Format::Text);
    stage.board.probe("a", &mut page).await.unwrap();
    assert!(page.finish().contains(r#"towerhand_device_up{device="a",site="-"} 1"#));
    assert_eq!(stage.script.count("a"), 2);
}

#[tokio::test]
async fn it_ends_with_the_daemon() {
    let stage = Stage::start(&["a"], Config::default());
    stage.script.turn("a", Way::Hangs);
    stage.pass(60).await;
    stage.tasks.stop(Reason::Done);
    stage.tasks.ended().await;
    assert_eq!(*stage.script.cancelled.borrow(), 1);
}

/// A poll that is not carried out is no failure, no success, and none of the next one's business.
#[tokio::test]
async fn a_poll_that_is_skipped_changes_nothing_that_is_known() {
    let stage = Stage::start(&["a"], Config::default());
    stage.pass(60).await;
    stage.script.turn("a", Way::Skipped);
    stage.pass(120).await;
    assert_eq!(stage.script.count("a"), 3);
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 1"#);
    stage.shows(r#"towerhand_device_polls_total{device="a",site="-",outcome="ok"} 1"#);
    stage.shows(r#"towerhand_device_polls_total{device="a",site="-",outcome="skipped"} 2"#);
    // One that does not answer stays so, and its pauses do not begin anew.
    stage.script.turn("a", Way::Fails(FailureClass::Timeout));
    stage.pass(60).await;
    stage.script.turn("a", Way::Skipped);
    stage.pass(200).await;
    stage.shows(r#"towerhand_device_up{device="a",site="-"} 0"#);
    stage.shows(r#"towerhand_device_polls_total{device="a",site="-",outcome="failed"} 1"#);
}
