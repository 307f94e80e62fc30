//! The composition root: Config -> build -> App -> run. Everything is built here, in order, and handed down; nothing
//! else knows everything.

mod legacy;
mod polls;
mod schedule;
mod traps;
mod windows;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::actions::{Actions, GoldenTexts, Lockouts, Services, Transports};
use crate::api::{self, ApiState, Condition, HealthView, HttpMetrics, KeyRing, KeySources};
use crate::archive::{self, Archive, Hooks, Projection};
use crate::aviat::images::Images;
use crate::aviat::night::Night;
use crate::aviat::sop_checks;
use crate::catalog;
use crate::clock::{Chance, Clock};
use crate::compare::Volatile;
use crate::config::{Config, Environment};
use crate::drivers::redact::Redactor;
use crate::health::Board;
use crate::health::traps::Traps;
use crate::inventory::watch::Watcher;
use crate::inventory::{self, Inventory, InventoryHandle, Mistake};
use crate::jobs::{Parts, Runner};
use crate::lifecycle::{Ended, Lifecycle, Signals, Tasks};
use crate::model::JobStatus;
use crate::report::Chain;
use crate::schedule::Planner;
use crate::standard::Standard;
use crate::store::sqlite::{Purpose, SqliteStore};
use crate::store::{ConfigRetention, Store, StoreError};
use crate::telemetry::metrics::MetricsError;
use crate::telemetry::secrets::Held;
use crate::telemetry::{Metrics, Secrets};
use crate::vault::{MasterKeys, Vault, VaultError, keyfile};

/// The master key, where it comes from the environment.
pub const VAULT_KEY: &str = "TOWERHAND_VAULT_KEY";
/// How often the gauges that come from the store are set.
const GAUGES: Duration = Duration::from_secs(15);

/// Why the service does not start. Nothing was overwritten.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory for state cannot be used.
    #[error("state_dir {path} cannot be used ({why}); create it, or give another")]
    StateDir {
        /// Which.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The vault's key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Mistakes in the inventory, all of them.
    #[error("the inventory has {} mistakes:\n{}", .0.len(), lines(.0))]
    Inventory(Vec<Mistake>),
    /// The client of webhooks.
    #[error("no HTTP client for webhooks: {0}")]
    Webhooks(reqwest::Error),
    /// The file of the SOP's checks.
    #[error("aviat.sop_checks: {0}")]
    SopChecks(String),
    /// Windows and black-outs of the settings.
    #[error("window, blackout: {0}")]
    Windows(String),
    /// Keys of the environment.
    #[error(transparent)]
    Keys(#[from] api::KeyError),
    /// The database was used with a key file that is not there.
    #[error(
        "the key file {path} is missing, but the database holds {secrets} secrets and {keys} API keys that were made with \
         it; restore the key file, nothing was changed"
    )]
    NoKeyFile {
        /// Where the key file belongs.
        path: PathBuf,
        /// How many secrets there are.
        secrets: usize,
        /// How many API keys that are not revoked.
        keys: usize,
    },
    /// Secrets of the database that the key at hand cannot open.
    #[error(
        "the vault holds {count} secrets that the master key at hand cannot open (first: '{first}'); restore the key file {path}, \
         nothing was changed"
    )]
    LostKey {
        /// How many.
        count: usize,
        /// Name of the first one.
        first: String,
        /// Where the key file belongs.
        path: PathBuf,
    },
    /// The metric registry.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The port.
    #[error("cannot listen on {address} ({why}); stop what listens there, or set `listen`")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// The port of notifications.
    #[error(
        "cannot receive traps on {address} ({why}); stop what listens there, or set `health.traps.listen`; ports below 1024 need \
         CAP_NET_BIND_SERVICE"
    )]
    Traps {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] crate::clock::NoEntropy),
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The daemon, built and listening, not running yet.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it receives notifications; none: it does not.
    pub traps_address: Option<SocketAddr>,
    /// Durable state.
    pub store: Arc<dyn Store>,
    /// Every task of the daemon.
    pub tasks: Tasks,
    listener: TcpListener,
    router: axum::Router,
    runner: Arc<Runner>,
    polls: polls::Polls,
    night: Night,
    planner: Option<Planner>,
    traps: Option<Traps>,
    projection: Option<Projection>,
    hooks: Option<Hooks>,
    clock: Clock,
    metrics: Metrics,
    config: Config,
    inventory: InventoryHandle,
    legacy: Option<legacy::Probe>,
    /// The API's keys, masked in the log while the daemon lives.
    keys_held: Vec<Held>,
    watcher: Option<Watcher>,
}

/// Opens what a command beside the daemon needs too: the vault and the store.
pub async fn open_state(
    config: &Config,
    environment: &Environment,
    purpose: Purpose,
    clock: &Clock,
    chance: &Chance,
) -> Result<(Vault, Arc<dyn Store>), StartError> {
    let given = environment.secret(VAULT_KEY).map(|key| MasterKeys::from_base64(key.expose())).transpose()?;
    // Looked at before a database is made; made only when the store says that none was lost.
    make_state_dir(&config.state_dir)?;
    let found = if given.is_some() { None } else { keyfile::load(&config.key_file())? };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config.database(), purpose).await?);
    match open_vault(config, given, found, purpose, &store, clock, chance).await {
        Ok(vault) => Ok((vault, store)),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// The vault over the key that was given, or that of the key file; the first start makes the file.
async fn open_vault(
    config: &Config,
    given: Option<MasterKeys>,
    found: Option<MasterKeys>,
    purpose: Purpose,
    store: &Arc<dyn Store>,
    clock: &Clock,
    chance: &Chance,
) -> Result<Vault, StartError> {
    let path = config.key_file();
    let secrets = store.secrets().await?;
    let vault = match (given, found) {
        (Some(keys), _) => Vault::open(keys, clock.clone(), chance.clone())?,
        (None, Some(keys)) => Vault::open_file(keys, &path, clock.clone(), chance.clone())?,
        (None, None) => {
            let keys = store.keys().await?.iter().filter(|key| key.revoked_at.is_none()).count();
            if keys > 0 || !secrets.is_empty() {
                return Err(StartError::NoKeyFile { path, secrets: secrets.len(), keys });
            }
            let keys = keyfile::load_or_create(&path, chance)?;
            Vault::open_file(keys, &path, clock.clone(), chance.clone())?
        }
    };
    let mut lost = secrets.iter().filter(|secret| !vault.knows(&secret.key_id));
    if let Some(first) = lost.next() {
        let first = first.name.clone();
        return Err(StartError::LostKey { count: lost.count() + 1, first, path });
    }
    if purpose == Purpose::Daemon && vault.holds_older() {
        end_rotation(&vault, store.as_ref(), &path, chance).await?;
    }
    Ok(vault)
}

/// Ends what `secret rotate-key` began: seals what is still under an older key anew, then drops the older keys.
/// Returns how many secrets there are. Only where no daemon runs that might seal under an older key.
pub async fn end_rotation(
    vault: &Vault,
    store: &dyn Store,
    key_file: &Path,
    chance: &Chance,
) -> Result<usize, StartError> {
    let count = reseal(vault, store).await?;
    vault.rekey(&keyfile::forget_older(key_file, chance)?)?;
    Ok(count)
}

/// Seals every secret under the key that seals now; how many there are.
pub async fn reseal(vault: &Vault, store: &dyn Store) -> Result<usize, StartError> {
    let mut sealed = Vec::new();
    for secret in store.secrets().await? {
        sealed.push(vault.reseal(&secret)?.unwrap_or(secret));
    }
    let count = sealed.len();
    store.replace_secrets(sealed).await?;
    Ok(count)
}

/// The templates of golden configurations. Mistakes in them hold nobody up: they are told here, and by the jobs that
/// need the templates.
fn golden(config: &Config) -> Standard {
    let standard = config.golden();
    for mistake in standard.check() {
        tracing::warn!("a template of golden configurations is wrong: {mistake}");
    }
    standard
}

fn make_state_dir(path: &Path) -> Result<(), StartError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|why| StartError::StateDir { path: path.to_owned(), why })
}

/// The inventory that the settings name; an empty one if they name none.
pub fn load_inventory(config: &Config) -> Result<Inventory, StartError> {
    match &config.inventory {
        Some(path) => inventory::load(path).map_err(StartError::Inventory),
        None => Ok(Inventory::default()),
    }
}

impl App {
    /// [`App::build_with`] where nobody else masks secrets in a log.
    pub async fn build(
        config: Config,
        environment: &Environment,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, StartError> {
        Self::build_with(config, environment, clock, chance, Secrets::default()).await
    }

    /// Builds everything and binds the port; any mistake ends here, before a single job runs. `secrets` is the net
    /// under the log that was set up: what is opened is held in it.
    pub async fn build_with(
        config: Config,
        environment: &Environment,
        clock: Clock,
        chance: Chance,
        secrets: Secrets,
    ) -> Result<Self, StartError> {
        let tasks = Tasks::new();
        let sources = key_sources(&config);
        sources.check()?;
        let inventory = InventoryHandle::default();
        // The watcher first, so that no change between the two is missed.
        let watcher = config.inventory.clone().map(|path| Watcher::new(path, inventory.clone()));
        inventory.replace(load_inventory(&config)?);
        let keys_held = sources.secrets()?.iter().map(|key| secrets.hold(key)).collect();
        // Before the database: where the port is taken, no file is touched.
        let listener =
            TcpListener::bind(config.listen).await.map_err(|why| StartError::Listen { address: config.listen, why })?;
        let address = listener.local_addr().map_err(|why| StartError::Listen { address: config.listen, why })?;
        let (vault, store) = open_state(&config, environment, Purpose::Daemon, &clock, &chance).await?;
        let metrics =
            Metrics::new(catalog::ALL.iter().chain(catalog::BESIDE).chain(catalog::INTERNAL).map(|action| action.id))?;
        metrics.inventory_devices(inventory.current().devices().len());
        let told = metrics.clone();
        store.observe(Arc::new(move |operation, took: Duration| told.store_took(operation, took.as_secs_f64())));
        let keys = KeyRing::build(&sources, vault.clone())?;
        let http = HttpMetrics::register(metrics.registry()).map_err(MetricsError::from)?;
        let health = HealthView::default();
        let legacy = config.legacy_base.as_deref().map(|base| legacy::Probe::new(base, health.clone(), clock.clone()));
        let images = Arc::new(Images::new(&config.aviat, &format!("http://{address}")));
        let maintenance = Arc::new(config.aviat.clone());
        let checks = config.aviat.sop_checks.as_deref().map(sop_checks::load).transpose();
        let checks = checks.map_err(StartError::SopChecks)?.unwrap_or_default();
        let book = windows::book(&config, &inventory.current())?;
        let night = Night {
            book: Arc::clone(&book),
            metrics: metrics.clone(),
            store: Arc::clone(&store),
            clock: clock.clone(),
            chance: chance.clone(),
            config: Arc::clone(&maintenance),
            inventory: inventory.clone(),
            stop: tasks.soft(),
        };
        let archive = Archive::new(archive::Parts {
            config: config.archive.clone(),
            repository: config.repository(),
            store: Arc::clone(&store),
            vault: vault.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
        });
        let projection = archive.enabled().then(|| Projection::new(archive.clone(), repository_told(health.clone())));
        let lookup = archive::Secrets {
            store: Arc::clone(&store),
            vault: vault.clone(),
            inventory: inventory.clone(),
            environment: environment.secrets(),
        };
        let hooks = archive.enabled().then(|| Hooks::new(archive.clone(), lookup));
        let hooks = hooks.transpose().map_err(StartError::Webhooks)?;
        let images_served = Arc::new(images.served());
        let services = Arc::new(Services {
            store: Arc::clone(&store),
            book: Arc::clone(&book),
            inventory: inventory.clone(),
            archive,
            policy: config.address_policy(),
            redactor: Arc::new(Redactor::new(vault.keyed_hash("redaction", b"running configs"))),
            vault,
            environment: environment.secrets(),
            aviat: Arc::clone(&maintenance),
            checks: Arc::new(checks),
            standard: golden(&config),
            images,
            agents: Arc::default(),
            chance: chance.clone(),
            transports: Transports { ssh: config.ssh.clone(), snmp: config.snmp.clone(), http: config.http.clone() },
            clock: clock.clone(),
            lockouts: Lockouts::default(),
            metrics: metrics.clone(),
            secrets,
        });
        let board = Board::new(inventory.clone(), config.health.enabled);
        let polls = polls::Polls::new(&config.health, &board, &services, &tasks);
        let traps = traps::receiver(&config, &services, Arc::new(board.clone())).await?;
        let router = api::router(ApiState {
            volatile: Arc::new(Volatile::new(&config.archive.drift_ignore).unwrap_or_default()),
            images: images_served,
            windows: Arc::new(windows::view(&config, Arc::clone(&book), Arc::clone(&services))),
            config: Arc::new(config.api.clone()),
            keys: Arc::new(keys),
            store: Arc::clone(&store),
            vault: services.vault.clone(),
            inventory: inventory.clone(),
            golden: Arc::new(GoldenTexts(Arc::clone(&services))),
            metrics: metrics.clone(),
            devices: Arc::new(board),
            http,
            health: health.clone(),
            legacy_base: config.legacy_base.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            shutdown: tasks.soft(),
        });
        let owner = format!("{}-{:016x}", std::process::id(), chance.number()?);
        let (time, stop) = ((&clock, &chance), tasks.soft());
        let planner = schedule::planner(&config, &store, &inventory, time, &metrics, owner.clone(), stop)?;
        let actions = Arc::new(Actions::new(services));
        let runner = Runner::new(Parts {
            store: Arc::clone(&store),
            actions,
            clock: clock.clone(),
            metrics: metrics.clone(),
            config: config.jobs.clone(),
            owner,
            tasks: tasks.clone(),
            soft: tasks.soft(),
            hard: tasks.hard(),
        });
        Ok(Self {
            address,
            traps_address: traps.as_ref().and_then(|traps| traps.address().ok()),
            store,
            tasks,
            listener,
            router,
            runner,
            polls,
            night,
            planner,
            traps,
            projection,
            hooks,
            clock,
            metrics,
            config,
            inventory,
            watcher,
            legacy,
            keys_held,
        })
    }

    /// Serves until a signal, a fault, or [`Tasks::stop`]; then ends within the grace period.
    pub async fn run(self, signals: Signals) -> Ended {
        let Self {
            address,
            traps_address,
            store,
            tasks,
            listener,
            router,
            runner,
            polls,
            night,
            planner,
            traps,
            projection,
            hooks,
            clock,
            metrics,
            config,
            inventory,
            watcher,
            legacy,
            keys_held,
        } = self;
        let lifecycle = Lifecycle::new(tasks.clone(), clock.clone(), config.stop_grace);
        let (stop, hard) = (tasks.soft(), tasks.hard());
        let listener = api::Listener::new(listener, &config.api, clock.clone());
        tasks.spawn_vital("api", async move {
            tokio::select! {
                served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()) => served,
                // A client that never ends its request keeps nobody.
                () = hard.cancelled() => Ok(()),
            }
        });
        {
            // What the runner spawns stays on the runtime it was spawned on itself.
            let _devices = config.ssh.runtime.as_ref().map(tokio::runtime::Handle::enter);
            tasks.spawn_vital("jobs", runner.run());
        }
        polls.spawn(&tasks);
        tasks.spawn("aviat-night", night.run());
        if let Some(planner) = planner {
            tasks.spawn("schedules", planner.run());
        }
        if let (Some(traps), Some(address)) = (traps, traps_address) {
            tracing::info!(listen = %address, "SNMP notifications are received on {address}");
            tasks.spawn("traps", traps.run(tasks.soft()));
        }
        if let Some(projection) = projection {
            tasks.spawn("archive-git", projection.run(tasks.soft()));
        }
        if let Some(hooks) = hooks {
            tasks.spawn("archive-webhooks", hooks.run(tasks.soft()));
        }
        if let Some(watcher) = watcher {
            tasks.spawn("inventory", watcher.run(clock.clone(), lifecycle.reloads(), tasks.soft()));
        }
        if let Some(probe) = legacy {
            let stop = tasks.soft();
            tasks.spawn("legacy-probe", async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = probe.run() => {}
                }
            });
        }
        tasks.spawn(
            "windows",
            windows::gauges(Arc::clone(&store), clock.clone(), metrics.clone(), config.clone(), tasks.soft()),
        );
        let upkeep =
            Upkeep { store: Arc::clone(&store), clock: clock.clone(), metrics, config: config.clone(), inventory };
        let stop = tasks.soft();
        tasks.spawn("upkeep", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = upkeep.run() => {}
            }
        });
        tracing::info!(listen = %address, state_dir = %config.state_dir.display(), "towerhand {} is ready on http://{address}", env!("CARGO_PKG_VERSION"));
        let ended = lifecycle.run(signals).await;
        store.close().await;
        drop(keys_held);
        ended
    }
}

/// The condition of the git repository is a part of the daemon's health.
fn repository_told(health: HealthView) -> archive::Report {
    Arc::new(move |wrong| {
        health.report("config repository", wrong.map_or(Condition::Ok, Condition::Failed));
    })
}

/// Deletes what is over, and sets the gauges that come from the store.
struct Upkeep {
    store: Arc<dyn Store>,
    clock: Clock,
    metrics: Metrics,
    config: Config,
    inventory: InventoryHandle,
}

impl Upkeep {
    async fn run(self) {
        tokio::join!(self.gauges(), self.sweep());
    }

    async fn gauges(&self) {
        loop {
            self.metrics.inventory_devices(self.inventory.current().devices().len());
            if let Ok(depth) = self.store.depth(self.clock.now()).await {
                for (status, count) in [
                    (JobStatus::Queued, depth.queued),
                    (JobStatus::Running, depth.running),
                    (JobStatus::Success, depth.success),
                    (JobStatus::Error, depth.error),
                    (JobStatus::Cancelled, depth.cancelled),
                ] {
                    self.metrics.jobs_in(status, count);
                }
                let oldest = (depth.queued > 0).then(|| Duration::from_secs(depth.oldest_queued_seconds));
                self.metrics.queue_oldest(oldest);
            }
            self.clock.sleep(GAUGES).await;
        }
    }

    async fn sweep(&self) {
        let retention = &self.config.retention;
        loop {
            let now = self.clock.now();
            let before = back(now, retention.jobs);
            match self.store.sweep(now, before, retention.keep_jobs.get()).await {
                Ok(0) => {}
                Ok(deleted) => {
                    tracing::info!(jobs = deleted, "{deleted} jobs were older than the retention and are deleted")
                }
                Err(error) => tracing::error!(error = %Chain(&error), "old jobs could not be deleted"),
            }
            self.sweep_audit(now).await;
            self.sweep_configs(now).await;
            self.clock.sleep(retention.sweep).await;
        }
    }

    async fn sweep_audit(&self, now: jiff::Timestamp) {
        let kept = self.config.retention.audit;
        if kept.is_zero() {
            return;
        }
        let before = back(now, kept);
        match self.store.sweep_audit(before).await {
            Ok(0) => {}
            Ok(deleted) => {
                tracing::info!(
                    lines = deleted,
                    "{deleted} lines of the audit log were older than the retention and are deleted"
                )
            }
            Err(error) => tracing::error!(error = %Chain(&error), "old lines of the audit log could not be deleted"),
        }
    }

    async fn sweep_configs(&self, now: jiff::Timestamp) {
        let archive = &self.config.archive;
        let before = back(now, archive.keep);
        match self.store.sweep_configs(ConfigRetention { versions: archive.keep_versions.get(), before }).await {
            Ok(0) => {}
            Ok(deleted) => {
                tracing::info!(
                    versions = deleted,
                    "{deleted} versions of configs were beyond the retention and are deleted"
                )
            }
            Err(error) => tracing::error!(error = %Chain(&error), "old versions of configs could not be deleted"),
        }
    }
}

/// `now - age`, at least the beginning of time.
fn back(now: jiff::Timestamp, age: std::time::Duration) -> jiff::Timestamp {
    let age = jiff::SignedDuration::try_from(age).unwrap_or(jiff::SignedDuration::MAX);
    now.checked_sub(age).unwrap_or(jiff::Timestamp::MIN)
}

/// The variables that hold API keys and signing keys.
pub fn key_sources(config: &Config) -> KeySources {
    let contract = &config.contract;
    KeySources {
        keys_json: contract.api_keys_json.clone(),
        keys: contract.api_keys.clone(),
        key: contract.api_key.clone(),
        signing_json: contract.signing_keys_json.clone(),
        signing_list: contract.signing_keys.clone(),
    }
}
