//! A daemon that can be killed in the middle of everything: it lives on a runtime of its own, which is dropped.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use towerhand::app::{App, StartError};
use towerhand::clock::{Chance, Clock};
use towerhand::config::{Config, Environment};
use towerhand::lifecycle::{Signal, Signals};
use towerhand::store::{Store, StoreError};

use crate::support::Api;
use crate::support::api::KEY;

/// What a daemon is started with, again and again over the same folder.
pub struct Home {
    /// Holds `towerhand.toml`, `inventory.yaml`, the images and the state.
    pub folder: tempfile::TempDir,
    /// Secrets by the name that the settings give.
    pub variables: Vec<(String, String)>,
    /// Where it listens, every time.
    pub listen: std::net::SocketAddr,
    /// Time.
    pub clock: Clock,
}

/// A running daemon.
pub struct Daemon {
    pub api: Api,
    pub store: Arc<dyn Store>,
    signals: mpsc::Sender<Signal>,
    runtime: Option<Runtime>,
}

impl Daemon {
    /// Starts; waits until what was killed before has let go of database and port.
    pub async fn start(home: &Home) -> Self {
        for _ in 0..200 {
            match Self::try_start(home).await {
                Ok(daemon) => return daemon,
                Err(StartError::Listen { .. } | StartError::Store(StoreError::InUse { .. })) => {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the daemon that was killed keeps its database or its port");
    }

    async fn try_start(home: &Home) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let environment = environment(home);
        let settings = home.folder.path().join("towerhand.toml");
        let mut config = Config::load(Some(&settings), &environment).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        // Thousands of logins, to simulators that paint their prompt once: the platform's own time is most of a run else.
        config.ssh.prompt_quiet = Some(Duration::from_millis(2));
        let clock = home.clock.clone();
        let (signals, by_hand) = Signals::by_hand();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let starting = runtime.spawn(async move {
            let app = App::build(config, &environment, clock, Chance::system()).await?;
            let store = Arc::clone(&app.store);
            tokio::spawn(app.run(by_hand));
            Ok::<_, StartError>(store)
        });
        let started = starting.await.unwrap();
        let api = Api::new(&format!("http://{}", home.listen), KEY);
        match started {
            Ok(store) => Ok(Self { api, store, signals, runtime: Some(runtime) }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// As `kill -9`: every task ends where it waits, nothing is told to anyone.
    pub async fn kill(mut self) {
        let runtime = self.runtime.take();
        // The handle on the database goes with it.
        drop(self);
        let dead = tokio::task::spawn_blocking(move || {
            if let Some(runtime) = runtime {
                runtime.shutdown_timeout(Duration::from_secs(10));
            }
        });
        dead.await.unwrap();
    }

    /// As SIGTERM, and a second one at once.
    pub async fn stop(self) {
        for _ in 0..2 {
            let _ = self.signals.send(Signal::Stop("SIGTERM")).await;
        }
        self.kill().await;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn environment(home: &Home) -> Environment {
    let path = |name: &str| Path::join(home.folder.path(), name).display().to_string();
    let mut variables = vec![
        ("NOC_API_KEYS_JSON".to_owned(), json!({ KEY: { "scopes": ["admin"], "label": "tester" } }).to_string()),
        ("TOWERHAND_LISTEN".to_owned(), home.listen.to_string()),
        ("TOWERHAND_STATE_DIR".to_owned(), path("state")),
        ("TOWERHAND_INVENTORY".to_owned(), path("inventory.yaml")),
        ("TOWERHAND_HEALTH_ENABLED".to_owned(), "false".to_owned()),
    ];
    variables.extend(home.variables.iter().cloned());
    Environment::of(variables)
}
