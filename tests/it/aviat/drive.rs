//! One radio's driver against a simulated radio, with the real store and without a daemon: the journal is the witness.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use towerhand::aviat::config::Config;
use towerhand::aviat::drive::{self, Agents, Deps, Ended};
use towerhand::aviat::driver;
use towerhand::aviat::firmware::RadioImages;
use towerhand::aviat::rows::Entry;
use towerhand::aviat::state::{
    Asked, End, Go, Image, Login, Outcome, Phase, Plan, Policy, Radio, Sent, Steps, Target as Goal,
};
use towerhand::aviat::window::Window;
use towerhand::clock::{Chance, Clock};
use towerhand::model::{DeviceType, JobStatus, Secret};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{Changed, RadioChange, StepEnd, Store};
use towerhand::transport::{Target, snmp, ssh};
use towerhand_simulators::core::When;

use super::bench::Bench;

/// Serves a small image under any name.
async fn image_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(|| async { vec![7_u8; 4096] });
    #[expect(clippy::disallowed_methods, reason = "a server of the test, which ends with its runtime")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

pub struct Stage {
    pub bench: Bench,
    pub store: Arc<dyn Store>,
    config: Config,
    pub images: RadioImages,
    window: Window,
    pub clock: Clock,
    chance: Chance,
    ssh: ssh::Config,
    snmp: snmp::Config,
    agents: Agents,
    ours: Option<Secret>,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub async fn set(knobs: Value) -> Self {
        let bench = Bench::start("AV4100", json!({})).await;
        bench.turn(json!({
            "active": "2.11.11", "inactive": "2.10.9", "mask": "255.255.255.248", "licences": "WZF-MLHC", "stp": "down",
            "load_seconds": 1, "reboot_seconds": 1, "boot_settle_seconds": 1, "commit_seconds": 0.3,
            "activate_seconds": 0.2, "snmp_overload": false,
        }));
        bench.turn(knobs);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("towerhand.db"), Purpose::Daemon).await.unwrap();
        let base = image_server().await;
        let image = |stage, version: &str, build: &str| Image {
            stage,
            version: version.to_owned(),
            uri: format!("{base}/wtm4100-{version}.{build}.swpack"),
        };
        let config = Config {
            poll_interval: Duration::from_millis(300),
            reboot_first_look: Duration::from_millis(1500),
            load_give_up: Duration::from_secs(15),
            reboot_give_up: Duration::from_secs(15),
            ..Config::default()
        };
        Self {
            bench,
            store: Arc::new(store),
            config,
            images: RadioImages {
                baseline: Some(image(Goal::Baseline, "2.11.11", "18.6069")),
                goal: Some(image(Goal::Final, "6.2.4", "12.59373")),
            },
            window: Window::parse("00:00-00:00", "UTC", Duration::ZERO).unwrap(),
            clock: Clock::system(),
            chance: Chance::seeded(1),
            ssh: ssh::Config { idle_seconds: 10, ..ssh::Config::default() },
            snmp: snmp::Config::default(),
            agents: Agents::default(),
            ours: Some(Secret::new("correct-horse-9")),
            _folder: folder,
        }
    }

    pub fn address(&self) -> IpAddr {
        self.bench.target.address
    }

    pub async fn entry(&self) -> Entry {
        Entry::read(self.store.radio(self.address()).await.unwrap().unwrap()).unwrap()
    }

    pub async fn plan(&self, policy: Policy, steps: Steps) {
        let radio = Radio {
            name: None,
            username: "noc".to_owned(),
            last_task: None,
            phase: Phase::Begin,
            plan: Some(Plan { steps: Vec::new(), target: Goal::Final, custom: None, policy, overrides: Vec::new() }),
            steps,
            precheck: None,
            version_before: None,
            version_now: None,
            login: Login::Unknown,
            error: None,
            abort: None,
            go: None,
            started_at: None,
            activations: 0,
        };
        let entry = Entry::new(self.address(), None, radio, self.clock.now());
        self.put(entry, false).await;
    }

    /// Stores an entry with a new driver.
    pub async fn put(&self, mut entry: Entry, slot: bool) {
        let now = self.clock.now();
        let job = driver::job(self.address(), "noc", now, &self.chance).unwrap();
        entry.row.driver = Some(job.id);
        entry.row.slot = slot;
        let change = RadioChange { writes: vec![entry.write().unwrap()], jobs: vec![job], ..RadioChange::default() };
        assert_eq!(self.store.change_radios(now, change).await.unwrap(), Changed::Done);
    }

    /// Runs the driver's steps until the radio is settled or parked, or `until` says so.
    pub async fn run(&self, until: impl Fn(&Radio) -> bool) -> Entry {
        loop {
            let now = self.clock.now();
            let claimed = self.store.claim("test", now, Duration::from_secs(60), 1, 2).await.unwrap();
            let Some(claimed) = claimed.into_iter().next() else {
                let Some(next) = self.store.next_wake(now).await.unwrap() else { return self.entry().await };
                self.clock.sleep_until(next).await;
                continue;
            };
            let deps = Deps {
                store: Arc::clone(&self.store),
                lease: &claimed.lease,
                clock: &self.clock,
                chance: &self.chance,
                config: &self.config,
                images: self.images.clone(),
                window: self.window.clone(),
                hop: None,
                other: None,
                checks: &[],
                cx: self.bench.cx.clone(),
                mask: &|text| text,
                target: Target { password: None, ..self.bench.target.clone() },
                device_type: DeviceType::parse("AV4100").unwrap(),
                ours: self.ours.clone(),
                factory: Some(Secret::new("admin")),
                community: Some(Secret::new("public")),
                ssh: &self.ssh,
                snmp: &self.snmp,
                agents: &self.agents,
            };
            let ended = drive::step(&deps, self.address()).await.unwrap();
            let over = ended == Ended::Over;
            let end = match ended {
                Ended::Over => {
                    StepEnd::Finish { status: JobStatus::Success, result: None, error: None, error_class: None }
                }
                Ended::Wait { wake_at, .. } => StepEnd::Wait { step: json!({}), wake_at },
            };
            self.store.end_step(&claimed.lease, self.clock.now(), end, Vec::new()).await.unwrap();
            let entry = self.entry().await;
            let overdue = matches!(&entry.radio.phase, Phase::Activate(outage) if outage.overdue);
            if over || overdue || until(&entry.radio) {
                return entry;
            }
        }
    }

    pub async fn said(&self) -> Vec<String> {
        let events = self.store.radio_events(0, 1000, None).await.unwrap();
        events.into_iter().map(|event| event.said.message).collect()
    }

    /// Lines with an effect on the software, as they were typed.
    fn commands(&self) -> Vec<String> {
        let typed = self.bench.typed();
        let effects = ["software load", "software activate", "software abort", "restart"];
        typed
            .into_iter()
            .filter_map(|line| {
                let line = line.split_once(": ").map_or(line.as_str(), |(_, line)| line).to_owned();
                effects.iter().any(|effect| line.starts_with(effect)).then_some(line)
            })
            .collect()
    }
}

fn all() -> Steps {
    Steps {
        firmware: Outcome::Waiting,
        activate: Outcome::NotRequested,
        password: Outcome::Waiting,
        snmp: Outcome::Waiting,
        buffer: Outcome::Waiting,
        sop: Outcome::Waiting,
        sop_items: Vec::new(),
    }
}

pub fn firmware() -> Steps {
    Steps { firmware: Outcome::Waiting, ..Steps::default() }
}

fn settled(end: End) -> Phase {
    Phase::Settled { end }
}

#[tokio::test]
async fn a_scheduled_upgrade_is_loaded_parked_and_then_activated_and_configured() {
    let stage = Stage::set(json!({})).await;
    stage.plan(Policy::Scheduled { at: None }, all()).await;
    let entry = stage.run(|_| false).await;
    assert_eq!(entry.radio.phase, Phase::Scheduled, "{:#?}", stage.said().await);
    assert!(entry.row.due_at.is_some() && entry.row.driver.is_none());
    assert_eq!(stage.commands().len(), 1, "{:?}", stage.commands());
    assert!(!stage.commands()[0].contains("activation"), "{:?}", stage.commands());
    // The night.
    let mut entry = entry;
    entry.radio.phase = Phase::Begin;
    stage.put(entry, true).await;
    let entry = stage.run(|_| false).await;
    let said = stage.said().await;
    assert_eq!(entry.radio.phase, settled(End::Success), "{said:#?} {:#?}", entry.radio);
    assert_eq!(entry.radio.version_now.as_deref(), Some("6.2.4"));
    assert_eq!(entry.radio.version_before.as_deref(), Some("2.11.11"));
    assert_eq!(entry.radio.login, Login::Ours);
    let steps = &entry.radio.steps;
    for outcome in [&steps.firmware, &steps.password, &steps.snmp, &steps.buffer, &steps.sop] {
        assert_eq!(*outcome, Outcome::Ok, "{said:#?}");
    }
    let commands = stage.commands();
    assert_eq!(commands.iter().filter(|line| line.starts_with("software load")).count(), 1, "{commands:?}");
    assert_eq!(commands.iter().filter(|line| line.starts_with("software activate")).count(), 1, "{commands:?}");
    assert!(!commands.iter().any(|line| line.starts_with("restart")), "{commands:?}");
    assert!(!entry.row.slot && entry.row.task.is_none());
}

#[tokio::test]
async fn an_immediate_upgrade_in_two_steps() {
    let stage = Stage::set(json!({"active": "2.10.0", "load_seconds": 4})).await;
    stage.plan(Policy::Immediate, firmware()).await;
    let entry = stage.run(|_| false).await;
    let said = stage.said().await;
    assert_eq!(entry.radio.phase, settled(End::Success), "{said:#?}");
    assert_eq!(entry.radio.version_now.as_deref(), Some("6.2.4"));
    let loads: Vec<String> = stage.commands();
    assert_eq!(loads.len(), 2, "{loads:?}");
    assert!(loads.iter().all(|line| line.ends_with("activation-immediately")), "{loads:?}");
    assert!(loads[0].contains("2.11.11") && loads[1].contains("6.2.4"), "{loads:?}");
}

#[tokio::test]
async fn a_load_whose_answer_was_lost_is_not_sent_twice() {
    for (when, expected) in [(When::After, 1), (When::Before, 2)] {
        let stage = Stage::set(json!({})).await;
        stage.bench.drop_at("software load", when);
        stage.plan(Policy::Manual, firmware()).await;
        stage.run(|radio| matches!(&radio.phase, Phase::Load(load) if load.sent == Sent::Unknown)).await;
        stage.bench.device.clear_faults();
        let entry = stage.run(|_| false).await;
        assert_eq!(entry.radio.phase, Phase::Manual, "{:#?}", stage.said().await);
        assert_eq!(stage.commands().len(), expected, "{:?}", stage.commands());
    }
}

#[tokio::test]
async fn an_activation_that_waits_for_a_restart_gets_one() {
    let stage = Stage::set(json!({"activation_needs_restart": true})).await;
    stage.plan(Policy::Manual, firmware()).await;
    let mut entry = stage.run(|_| false).await;
    assert_eq!(entry.radio.phase, Phase::Manual);
    entry.radio.phase = Phase::Begin;
    let asked = Asked { by: "noc".to_owned(), at: Timestamp::UNIX_EPOCH };
    entry.radio.go = Some(Go { asked, force: true });
    stage.put(entry, true).await;
    let entry = stage.run(|_| false).await;
    assert_eq!(entry.radio.phase, settled(End::Success), "{:#?}", stage.said().await);
    let restarts = stage.commands().iter().filter(|line| line.starts_with("restart")).count();
    assert_eq!(restarts, 1, "{:?}", stage.commands());
}

#[tokio::test]
async fn a_radio_that_rolls_back_is_no_success() {
    let stage = Stage::set(json!({"rolls_back": true})).await;
    stage.plan(Policy::Immediate, firmware()).await;
    let entry = stage.run(|_| false).await;
    assert_eq!(entry.radio.phase, settled(End::Error), "{:#?}", stage.said().await);
    assert!(entry.radio.error.unwrap().starts_with("rollback"));
}
