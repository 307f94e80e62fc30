//! The whole daemon in this process, on a port of its own, over a database of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use towerhand::app::App;
use towerhand::clock::{Chance, Clock};
use towerhand::config::{Config, Environment};
use towerhand::lifecycle::{Ended, Signal, Signals, Tasks};
use towerhand::store::Store;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use super::api::{Api, KEY};

/// What a daemon is started with.
pub struct Setup {
    /// The inventory's YAML; none: no devices.
    pub inventory: Option<String>,
    /// Settings, TOML.
    pub settings: String,
    /// More variables.
    pub variables: Vec<(String, String)>,
    /// Time.
    pub clock: Clock,
}

impl Default for Setup {
    fn default() -> Self {
        Self { inventory: None, settings: String::new(), variables: Vec::new(), clock: Clock::system() }
    }
}

/// A running daemon.
pub struct TestDaemon {
    pub api: Api,
    pub store: Arc<dyn Store>,
    pub tasks: Tasks,
    pub folder: TempDir,
    /// Where it receives notifications.
    pub traps: Option<std::net::SocketAddr>,
    signals: mpsc::Sender<Signal>,
    ended: JoinHandle<Ended>,
}

impl TestDaemon {
    /// Starts; fails the test with the daemon's own sentence.
    pub async fn start(setup: Setup) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), setup).await
    }

    /// Starts over a folder that a daemon before has left (or an empty one).
    #[expect(clippy::disallowed_methods, reason = "a test writes its own files and owns its tasks")]
    pub async fn start_in(folder: TempDir, setup: Setup) -> Self {
        let path = folder.path();
        let mut variables = vec![
            ("NOC_API_KEYS_JSON".to_owned(), json!({ KEY: { "scopes": ["admin"], "label": "tester" } }).to_string()),
            ("TOWERHAND_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("TOWERHAND_STATE_DIR".to_owned(), path.join("state").display().to_string()),
            // A test that runs through a night has no jobs but its own.
            ("TOWERHAND_SCHEDULE_BUILTINS".to_owned(), "false".to_owned()),
        ];
        if let Some(yaml) = &setup.inventory {
            let file = path.join("inventory.yaml");
            std::fs::write(&file, yaml).unwrap();
            variables.push(("TOWERHAND_INVENTORY".to_owned(), file.display().to_string()));
        }
        // Polls would stand in journals and count as sessions: only scenarios of theirs have them.
        if !setup.settings.contains("[health") {
            variables.push(("TOWERHAND_HEALTH_ENABLED".to_owned(), "false".to_owned()));
        }
        variables.extend(setup.variables);
        let settings = path.join("towerhand.toml");
        std::fs::write(&settings, &setup.settings).unwrap();
        let environment = Environment::of(variables);
        let config = Config::load(Some(&settings), &environment).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let app = App::build(config, &environment, setup.clock, Chance::system())
            .await
            .unwrap_or_else(|wrong| panic!("{wrong}"));
        let api = Api::new(&format!("http://{}", app.address), KEY);
        let (store, tasks, traps) = (Arc::clone(&app.store), app.tasks.clone(), app.traps_address);
        let (signals, by_hand) = Signals::by_hand();
        let ended = tokio::spawn(app.run(by_hand));
        Self { api, store, tasks, folder, traps, signals, ended }
    }

    /// As a signal would.
    pub async fn signal(&self, signal: Signal) {
        self.signals.send(signal).await.unwrap();
    }

    /// Stops as SIGTERM does, and gives the folder back.
    pub async fn stop(self) -> (Ended, TempDir) {
        self.signal(Signal::Stop("SIGTERM")).await;
        (self.ended.await.unwrap(), self.folder)
    }
}

/// A lab of simulated devices on loopback ports of their own.
pub async fn lab(devices: Vec<(&str, &str, Value)>) -> Lab {
    let specs = devices.into_iter().map(|(name, kind, state)| DeviceSpec::local(name, kind, state)).collect();
    Lab::start(LabSpec::of(specs)).await.unwrap()
}

/// A lab, and a daemon that knows its devices.
pub async fn with_lab(devices: Vec<(&str, &str, Value)>) -> (Lab, TestDaemon) {
    let lab = lab(devices).await;
    let daemon = TestDaemon::start(Setup { inventory: Some(lab.inventory_yaml()), ..Setup::default() }).await;
    (lab, daemon)
}
