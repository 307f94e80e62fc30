//! The composition root: Config -> build -> App -> run. Everything is built here, in order, and handed down; nothing
//! else knows everything.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::actions::{Actions, Services, Transports};
use crate::api::{self, ApiState, HealthView, HttpMetrics, KeyRing, KeySources};
use crate::catalog;
use crate::clock::{Chance, Clock};
use crate::config::{Config, Environment};
use crate::drivers::redact::Redactor;
use crate::inventory::watch::Watcher;
use crate::inventory::{self, Inventory, InventoryHandle, Mistake};
use crate::jobs::{Parts, Runner};
use crate::lifecycle::{Ended, Lifecycle, Signals, Tasks};
use crate::model::JobStatus;
use crate::report::Chain;
use crate::store::sqlite::{Purpose, SqliteStore};
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;
use crate::telemetry::metrics::MetricsError;
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
    /// Keys of the environment.
    #[error(transparent)]
    Keys(#[from] api::KeyError),
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
    /// Durable state.
    pub store: Arc<dyn Store>,
    /// Every task of the daemon.
    pub tasks: Tasks,
    listener: TcpListener,
    router: axum::Router,
    runner: Arc<Runner>,
    clock: Clock,
    metrics: Metrics,
    config: Config,
    inventory: InventoryHandle,
}

/// Opens what a command beside the daemon needs too: the vault and the store.
pub async fn open_state(
    config: &Config,
    environment: &Environment,
    purpose: Purpose,
    clock: &Clock,
    chance: &Chance,
) -> Result<(Vault, Arc<dyn Store>), StartError> {
    make_state_dir(&config.state_dir)?;
    // The store first: a second daemon is refused before it can touch the key file.
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&config.database(), purpose).await?);
    let keys = match environment.secret(VAULT_KEY) {
        Some(key) => MasterKeys::from_base64(key.expose())?,
        None => keyfile::load_or_create(&config.key_file(), chance)?,
    };
    let vault = Vault::open(keys, clock.clone(), chance.clone())?;
    let lost: Vec<String> = store
        .secrets()
        .await?
        .into_iter()
        .filter(|secret| !vault.knows(&secret.key_id))
        .map(|secret| secret.name)
        .collect();
    match lost.first() {
        None => Ok((vault, store)),
        Some(first) => Err(StartError::LostKey { count: lost.len(), first: first.clone(), path: config.key_file() }),
    }
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
    /// Builds everything and binds the port; any mistake ends here, before a single job runs.
    pub async fn build(
        config: Config,
        environment: &Environment,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, StartError> {
        let tasks = Tasks::new();
        let inventory = InventoryHandle::new(load_inventory(&config)?);
        let (vault, store) = open_state(&config, environment, Purpose::Daemon, &clock, &chance).await?;
        let metrics = Metrics::new(catalog::ALL.iter().map(|action| action.id))?;
        metrics.inventory_devices(inventory.current().devices().len());
        let keys = KeyRing::build(&key_sources(&config), vault.clone())?;
        let http = HttpMetrics::register(metrics.registry()).map_err(MetricsError::from)?;
        let listener =
            TcpListener::bind(config.listen).await.map_err(|why| StartError::Listen { address: config.listen, why })?;
        let address = listener.local_addr().map_err(|why| StartError::Listen { address: config.listen, why })?;
        let router = api::router(ApiState {
            config: Arc::new(config.api.clone()),
            keys: Arc::new(keys),
            store: Arc::clone(&store),
            vault: vault.clone(),
            inventory: inventory.clone(),
            metrics: metrics.clone(),
            http,
            health: HealthView::default(),
            legacy_base: config.legacy_base.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            shutdown: tasks.soft(),
        });
        let actions = Arc::new(Actions::new(Services {
            store: Arc::clone(&store),
            inventory: inventory.clone(),
            policy: config.address_policy(),
            redactor: Arc::new(Redactor::new(vault.keyed_hash("redaction", b"running configs"))),
            vault,
            environment: environment.secrets(),
            transports: Transports { ssh: config.ssh.clone(), snmp: config.snmp.clone(), http: config.http.clone() },
            clock: clock.clone(),
            metrics: metrics.clone(),
        }));
        let runner = Runner::new(Parts {
            store: Arc::clone(&store),
            actions,
            clock: clock.clone(),
            metrics: metrics.clone(),
            config: config.jobs.clone(),
            owner: format!("{}-{:016x}", std::process::id(), chance.number()?),
            tasks: tasks.clone(),
            soft: tasks.soft(),
            hard: tasks.hard(),
        });
        Ok(Self { address, store, tasks, listener, router, runner, clock, metrics, config, inventory })
    }

    /// Serves until a signal, a fault, or [`Tasks::stop`]; then ends within the grace period.
    pub async fn run(self, signals: Signals) -> Ended {
        let Self { address, store, tasks, listener, router, runner, clock, metrics, config, inventory } = self;
        let lifecycle = Lifecycle::new(tasks.clone(), clock.clone(), config.stop_grace);
        let stop = tasks.soft();
        // Without this the last part of an answer waits for the client's acknowledgement of the one before, 40 ms.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused; the connection works, slower");
            }
        });
        tasks.spawn_vital("api", async move {
            axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
        });
        {
            // What the runner spawns stays on the runtime it was spawned on itself.
            let _devices = config.ssh.runtime.as_ref().map(tokio::runtime::Handle::enter);
            tasks.spawn_vital("jobs", runner.run());
        }
        if let Some(path) = config.inventory.clone() {
            let watcher = Watcher::new(path, inventory.clone());
            tasks.spawn("inventory", watcher.run(clock.clone(), lifecycle.reloads(), tasks.soft()));
        }
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
        ended
    }
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
            let age = jiff::SignedDuration::try_from(retention.jobs).unwrap_or(jiff::SignedDuration::MAX);
            let before = now.checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
            match self.store.sweep(now, before, retention.keep_jobs.get()).await {
                Ok(0) => {}
                Ok(deleted) => {
                    tracing::info!(jobs = deleted, "{deleted} jobs were older than the retention and are deleted")
                }
                Err(error) => tracing::error!(error = %Chain(&error), "old jobs could not be deleted"),
            }
            self.clock.sleep(retention.sweep).await;
        }
    }
}

fn key_sources(config: &Config) -> KeySources {
    let contract = &config.contract;
    KeySources {
        keys_json: contract.api_keys_json.clone(),
        keys: contract.api_keys.clone(),
        key: contract.api_key.clone(),
        signing_json: contract.signing_keys_json.clone(),
        signing_list: contract.signing_keys.clone(),
    }
}
