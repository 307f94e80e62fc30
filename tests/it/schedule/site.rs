//! A planner, its store and its clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use towerhand::calendar::{Timing, Zones, due};
use towerhand::clock::{Chance, Clock};
use towerhand::inventory::InventoryHandle;
use towerhand::model::{JobStatus, Misfire, ScheduleSource, When};
use towerhand::schedule::{Config, Parts, Planner, ScheduleMetrics};
use towerhand::store::sqlite::{Purpose, SqliteStore};
use towerhand::store::{
    JobStore as _, ScheduleChange, ScheduleChanged, ScheduleOp, ScheduleRow, ScheduleRun, ScheduleSpec,
    ScheduleStore as _, StepEnd, Store as _, StoredResponse,
};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A schedule of a client that runs `health.get`.
pub fn spec(name: &str, line: &str, zone: &str) -> ScheduleSpec {
    ScheduleSpec {
        name: name.to_owned(),
        source: ScheduleSource::Api,
        about: String::new(),
        action: Some("health.get".to_owned()),
        payload: json!({}),
        scopes: vec!["job.submit".to_owned()],
        owner: "desk".to_owned(),
        when: When::Cron(line.to_owned()),
        zone: zone.to_owned(),
        jitter: Duration::ZERO,
        misfire: Misfire::Once,
        catch_up: 1,
        overlap: false,
    }
}

/// A database, and who plans over it.
pub struct Site {
    pub store: Arc<SqliteStore>,
    pub clock: Clock,
    pub zones: Zones,
    pub folder: TempDir,
    starts: u32,
}

impl Site {
    pub async fn new(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("x.db"), Purpose::Daemon).await.unwrap());
        Self { store, clock: Clock::manual(at(now)), zones: Zones::system(), folder, starts: 0 }
    }

    /// The process is gone and another one begins.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        let path = self.folder.path().join("x.db");
        self.store = Arc::new(SqliteStore::open(&path, Purpose::Daemon).await.unwrap());
    }

    /// A planner as a process of its own.
    pub fn planner(&mut self) -> Planner {
        self.starts += 1;
        Planner::new(Parts {
            store: self.store.clone(),
            inventory: InventoryHandle::default(),
            clock: self.clock.clone(),
            chance: Chance::system(),
            zones: self.zones.clone(),
            config: Config { keep_runs: std::num::NonZeroU64::new(100_000).unwrap(), ..Config::default() },
            specs: Vec::new(),
            metrics: ScheduleMetrics::register(&prometheus::Registry::new()).unwrap(),
            owner: format!("process-{}", self.starts),
            stop: CancellationToken::new(),
        })
    }

    pub async fn add(&self, spec: ScheduleSpec) {
        let now = self.clock.now();
        let timing = Timing::of(&spec.when, &spec.zone, now, &self.zones).unwrap();
        let next = due(&spec.name, &timing, now, spec.jitter);
        let name = spec.name.clone();
        let op = ScheduleOp::Add { spec: Box::new(spec), enabled: true, next };
        let render = Box::new(|_: &ScheduleRow| StoredResponse { status: 201, body: Vec::new() });
        let change = ScheduleChange { name, op, audit: None };
        let made = self.store.change_schedule(now, change, None, render).await.unwrap();
        assert!(matches!(made, ScheduleChanged::Answered(_)), "{made:?}");
    }

    /// Looks, and ends the jobs that it made.
    pub async fn look(&self, planner: &mut Planner) {
        planner.look().await.unwrap();
        self.finish().await;
    }

    /// Every job that waits ends well.
    pub async fn finish(&self) {
        let now = self.clock.now();
        let lease = Duration::from_secs(60);
        loop {
            let claimed = self.store.claim("worker", now, lease, 256, 2).await.unwrap();
            if claimed.is_empty() {
                return;
            }
            let end = || StepEnd::Finish {
                status: JobStatus::Success,
                result: Some(json!({})),
                error: None,
                error_class: None,
            };
            let ends = claimed.iter().map(|claimed| self.store.end_step(&claimed.lease, now, end(), Vec::new()));
            for end in futures_util::future::join_all(ends).await {
                end.unwrap();
            }
        }
    }

    /// Goes from due instant to due instant until `end`, looking at each.
    pub async fn pass(&self, planner: &mut Planner, end: Timestamp) {
        self.look(planner).await;
        while let Some(next) = self.store.next_schedule().await.unwrap().filter(|next| *next <= end) {
            assert!(next > self.clock.now(), "{next} was left behind");
            self.clock.set(next);
            self.look(planner).await;
        }
        self.clock.set(end);
        self.look(planner).await;
    }

    /// The history, oldest first.
    pub async fn runs(&self, name: &str) -> Vec<ScheduleRun> {
        let mut runs = self.store.schedule_runs(name, None, 1_000_000).await.unwrap();
        runs.reverse();
        runs
    }

    /// Due instant and outcome of each run, oldest first.
    pub async fn told(&self, name: &str) -> Vec<(String, &'static str)> {
        let runs = self.runs(name).await;
        runs.into_iter().map(|run| (run.due_at.to_string(), run.outcome.as_str())).collect()
    }

    /// How many jobs there are.
    pub async fn jobs(&self) -> u64 {
        let depth = self.store.depth(self.clock.now()).await.unwrap();
        depth.queued + depth.running + depth.success + depth.error + depth.cancelled
    }
}
