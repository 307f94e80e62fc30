//! The settings: one file, then the environment; every mistake told at once, each with its place.
//!
//! Each module has its own `Config` struct, which is a table here. **Adding a table is one field of [`Config`]** (its
//! struct with `Serialize`, `Deserialize` and `#[serde(deny_unknown_fields, default)]`), its checks in
//! `Config::meaning`, and its rows in `docs/configuration.md`; a test compares the two.

mod contract;
mod environment;
mod settings;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use contract::Contract;
pub use environment::Environment;

use crate::archive;
use crate::aviat;
use crate::calendar::window::{Book, Spec};
use crate::clock::human;
use crate::inventory::{AddressPolicy, Mistake};
use crate::schedule;
use crate::standard::{self, Standard};
use crate::transport::{http, snmp, ssh};
use crate::{api, health, jobs, telemetry};

/// All settings. Texts that may be missing are empty in the file where they are not set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Directory of the database and the key file.
    pub state_dir: PathBuf,
    /// Database; none: SQLite in `state_dir`.
    #[serde(with = "unset")]
    pub database_url: Option<String>,
    /// File or directory of the inventory; none: no devices.
    #[serde(with = "unset")]
    pub inventory: Option<PathBuf>,
    /// Networks whose addresses jobs may name without an entry in the inventory.
    pub allowed_networks: Vec<IpNet>,
    /// Address of the older service behind this one; none: there is none.
    #[serde(with = "unset")]
    pub legacy_base: Option<String>,
    /// Time between the soft stop and the hard one.
    #[serde(with = "human")]
    pub stop_grace: Duration,
    /// Maintenance windows, `[[window]]`.
    pub window: Vec<Spec>,
    /// Black-outs, `[[blackout]]`.
    pub blackout: Vec<Spec>,
    /// The contract plane.
    pub api: api::Config,
    /// The runner.
    pub jobs: jobs::Config,
    /// SSH to devices.
    pub ssh: ssh::Config,
    /// SNMP to devices.
    pub snmp: snmp::Config,
    /// HTTP to devices.
    pub http: http::Config,
    /// Maintenance of Aviat radios.
    pub aviat: aviat::config::Config,
    /// Golden configurations.
    pub standard: standard::Config,
    /// Running configs that are kept.
    pub archive: archive::Config,
    /// Health polls.
    pub health: health::Config,
    /// Recurring work.
    pub schedule: schedule::Config,
    /// The log.
    pub log: telemetry::Config,
    /// Where the master keys are.
    pub vault: VaultConfig,
    /// How long things are kept.
    pub retention: Retention,
    /// What the contract's own variables say.
    #[serde(skip)]
    pub contract: Contract,
    /// The file that was read; none: defaults.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// Table `[vault]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// The key file; none: `vault.key` in `state_dir`.
    #[serde(with = "unset")]
    pub key_file: Option<PathBuf>,
}

/// Table `[retention]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// How long a job that ended is kept, with its events.
    #[serde(with = "human")]
    pub jobs: Duration,
    /// How many ended jobs are kept at most.
    pub keep_jobs: NonZeroU64,
    /// How long a line of the audit log is kept; zero: for ever.
    #[serde(with = "human")]
    pub audit: Duration,
    /// How often what is over is deleted.
    #[serde(with = "human")]
    pub sweep: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            state_dir: PathBuf::from("./state"),
            database_url: None,
            inventory: None,
            allowed_networks: Vec::new(),
            legacy_base: None,
            stop_grace: Duration::from_secs(30),
            window: Vec::new(),
            blackout: Vec::new(),
            api: api::Config::default(),
            jobs: jobs::Config::default(),
            ssh: ssh::Config::default(),
            snmp: snmp::Config::default(),
            http: http::Config::default(),
            aviat: aviat::config::Config::default(),
            standard: standard::Config::default(),
            archive: archive::Config::default(),
            health: health::Config::default(),
            schedule: schedule::Config::default(),
            log: telemetry::Config::default(),
            vault: VaultConfig::default(),
            retention: Retention::default(),
            contract: Contract::default(),
            file: None,
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            jobs: Duration::from_secs(90 * 86_400),
            keep_jobs: NonZeroU64::new(100_000).unwrap_or(NonZeroU64::MIN),
            audit: Duration::from_secs(400 * 86_400),
            sweep: Duration::from_secs(3600),
        }
    }
}

impl Config {
    /// Reads the file (none: defaults), then the environment over it: `TOWERHAND_<KEY>`, `TOWERHAND_<TABLE>_<KEY>`. The
    /// contract's variables count where neither sets the key. Either settings that mean something, or every mistake.
    pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Self, Vec<Mistake>> {
        settings::load(path, environment)
    }

    /// As [`Config::load`], but what is right counts also where something else is wrong: the settings without their
    /// mistakes, and the mistakes. For looking at, never for running.
    pub fn load_leniently(path: Option<&Path>, environment: &Environment) -> (Self, Vec<Mistake>) {
        settings::load_leniently(path, environment)
    }

    /// The database file of SQLite.
    pub fn database(&self) -> PathBuf {
        match self.database_url.as_deref().and_then(|url| url.strip_prefix("sqlite:")) {
            Some(path) => PathBuf::from(path.strip_prefix("//").unwrap_or(path)),
            None => self.state_dir.join("towerhand.db"),
        }
    }

    /// The key file of the vault.
    pub fn key_file(&self) -> PathBuf {
        self.vault.key_file.clone().unwrap_or_else(|| self.state_dir.join("vault.key"))
    }

    /// The folder of the operator's templates: `templates` beside the settings file unless they name another.
    pub fn templates(&self) -> PathBuf {
        let beside = || self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join("templates");
        self.standard.templates.clone().unwrap_or_else(beside)
    }

    /// Golden configurations, from where the settings say.
    pub fn golden(&self) -> Standard {
        Standard::new(self.templates(), self.standard.examples)
    }

    /// The git repository of running configs.
    pub fn repository(&self) -> PathBuf {
        self.archive.repository.clone().unwrap_or_else(|| self.state_dir.join("configs.git"))
    }

    /// Which addresses outside the inventory may be spoken to.
    pub fn address_policy(&self) -> AddressPolicy {
        AddressPolicy::new(self.allowed_networks.clone())
    }

    /// What types cannot tell: one sentence for each value that makes no sense. Values may hold a password in a URL
    /// and are not repeated.
    fn meaning(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.state_dir.as_os_str().is_empty() {
            wrong.push("must name a directory".to_owned());
        }
        if let Some(url) = &self.database_url
            && url.strip_prefix("sqlite:").is_none_or(|path| path.trim_start_matches('/').is_empty())
        {
            wrong.push(
                "only sqlite:PATH is supported by this version (PostgreSQL is not); leave it out for a database in state_dir"
                    .to_owned(),
            );
        }
        for network in &self.allowed_networks {
            if network.addr() != network.network() {
                wrong.push(format!("{network} has bits after its prefix; write {}", network.trunc()));
            }
        }
        if let Some(url) = &self.legacy_base {
            wrong.extend(not_a_base(url).map(str::to_owned));
        }
        wrong.extend(Book::of_settings(&self.window, &self.blackout).err().into_iter().flatten());
        wrong.extend(self.api.mistakes());
        wrong.extend(self.jobs.mistakes());
        wrong.extend(self.aviat.mistakes());
        wrong.extend(self.archive.mistakes());
        wrong.extend(self.health.mistakes());
        wrong.extend(self.schedule.mistakes());
        for entry in &self.schedule.job {
            if api::holds_secrets(&entry.payload) {
                wrong.push(format!(
                    "schedule '{}': its payload holds a secret; devices' are taken from the inventory",
                    entry.name
                ));
            }
        }
        if let Err(error) = self.log.check() {
            wrong.push(error.to_string());
        }
        if self.retention.sweep < Duration::from_secs(1) {
            wrong.push("must be at least 1s".to_owned());
        }
        wrong
    }

    /// What is wrong with keys that are right by themselves: each sentence names its key.
    fn meaning_together(&self) -> Vec<String> {
        self.aviat.mistakes_together(self.listen)
    }
}

fn not_a_base(url: &str) -> Option<&'static str> {
    let Ok(url) = reqwest::Url::parse(url) else {
        return Some("must be an address such as http://127.0.0.1:5000");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Some("must begin with http:// or https:// and name a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must not hold a user or password: addresses get into logs");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("must not hold a query or fragment");
    }
    None
}

/// A text that may be missing, `""` in the file where it is: so that every key stands in a printed default file.
mod unset {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: From<String>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        Ok(if text.is_empty() { None } else { Some(T::from(text)) })
    }
}
