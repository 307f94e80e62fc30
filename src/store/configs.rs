//! Versions of running configs: the truth of the archive. The git repository beside it is made of these rows.

use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;
use crate::model::{JobId, SealedSecret};

/// A config that was read, to be kept where it differs from the newest version.
#[derive(Debug, Clone)]
pub struct NewConfig {
    /// The inventory's name of the device, or its address.
    pub device: String,
    /// Its address.
    pub address: IpAddr,
    /// Its type's code.
    pub device_type: String,
    /// Its site.
    pub site: Option<String>,
    /// Where it stands in the git repository, `SITE/DEVICE.cfg`.
    pub path: String,
    /// When it was read.
    pub at: Timestamp,
    /// The job that read it.
    pub job: Option<JobId>,
    /// Label of the key that asked for it.
    pub author: String,
    /// What asked for it, one line.
    pub message: String,
    /// The config, normalised, secrets marked.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// The text with its secrets, sealed, where it is to be kept.
    pub raw: Option<SealedSecret>,
    /// Lines that it has and the version `expect` has not.
    pub added: u64,
    /// Lines that the version `expect` has and it has not.
    pub removed: u64,
    /// Webhooks that are told where it becomes a version.
    pub hooks: Vec<NewDelivery>,
}

/// A webhook that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Id of the delivery, unique, the same at every attempt.
    pub id: String,
    /// Which webhook.
    pub hook: String,
}

/// A version of a device's config, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigVersion {
    /// Rises over all versions of all devices.
    pub seq: i64,
    /// The inventory's name of the device at that time, or its address.
    pub device: String,
    /// Rises by device, from 1.
    pub number: i64,
    /// Its address at that time.
    pub address: String,
    /// Its type's code.
    pub device_type: String,
    /// Its site at that time.
    pub site: Option<String>,
    /// Where it stands in the git repository.
    pub path: String,
    /// When it was first read.
    pub fetched_at: Timestamp,
    /// When a read last found it unchanged.
    pub last_seen_at: Timestamp,
    /// The job that first read it.
    pub job: Option<JobId>,
    /// Label of the key that asked for it.
    pub author: String,
    /// What asked for it.
    pub message: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Size of the text.
    pub bytes: u64,
    /// Lines of the text.
    pub lines: u64,
    /// The text with its secrets is kept too, sealed.
    pub has_raw: bool,
    /// The git commit that holds it; none yet where it is still to be written.
    pub committed: Option<String>,
}

/// What became of a config that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// It is the newest version, which was seen again.
    Same(ConfigVersion),
    /// It is a version of its own.
    New(ConfigVersion),
    /// The newest version is not the one it was compared with; nothing was stored.
    Stale,
}

/// A version that is not in the git repository yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncommitted {
    /// The version.
    pub version: ConfigVersion,
    /// Its text.
    pub text: String,
    /// Path of the version before it, where there is one.
    pub former_path: Option<String>,
}

/// A config changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEvent {
    /// Sequence number: the id of a stream's event.
    pub seq: i64,
    /// When the new version was read.
    pub at: Timestamp,
    /// The device.
    pub device: String,
    /// Its address.
    pub address: String,
    /// Its type's code.
    pub device_type: String,
    /// Its site.
    pub site: Option<String>,
    /// The new version.
    pub number: i64,
    /// The version before it; none where this is the device's first.
    pub previous: Option<i64>,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// SHA-256 of the new text, hex.
    pub sha256: String,
    /// The job that read it.
    pub job: Option<JobId>,
    /// Label of the key that asked for it.
    pub author: String,
}

/// A webhook that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same at every attempt.
    pub id: String,
    /// Which webhook.
    pub hook: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Attempts that failed so far.
    pub attempts: u32,
    /// What it tells.
    pub event: ConfigEvent,
}

/// How long versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigRetention {
    /// At most so many versions a device, the newest.
    pub versions: u64,
    /// Versions last seen before this go; never the newest of a device.
    pub before: Timestamp,
}

/// Versions of running configs, their changes, and who is still to be told.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// Keeps a config. Where its hash is that of the device's newest version, that one's `last_seen_at` is moved
    /// forward. Otherwise it becomes a version, with its event and its deliveries, in one transaction, if the newest
    /// version's number is still `expect` (none: there is no version).
    async fn keep_config(&self, config: NewConfig, expect: Option<i64>) -> Result<Keeping>;

    /// The newest version of every device, by name.
    async fn config_devices(&self) -> Result<Vec<ConfigVersion>>;

    /// Versions of a device with a number below `before` (none: from the newest), newest first.
    async fn config_versions(&self, device: &str, before: Option<i64>, limit: u32) -> Result<Vec<ConfigVersion>>;

    /// One version, or the newest.
    async fn config_version(&self, device: &str, number: Option<i64>) -> Result<Option<ConfigVersion>>;

    /// The text of a version.
    async fn config_text(&self, seq: i64) -> Result<Option<String>>;

    /// The sealed text of a version, where one was kept.
    async fn config_raw(&self, seq: i64) -> Result<Option<SealedSecret>>;

    /// The newest versions of devices whose name comes after `after`, with their texts, by name: for a search.
    async fn current_configs(&self, after: &str, limit: u32) -> Result<Vec<(ConfigVersion, String)>>;

    /// Versions above `after` that have no commit, in their order, with their texts.
    async fn uncommitted_configs(&self, after: i64, limit: u32) -> Result<Vec<Uncommitted>>;

    /// How many versions have no commit.
    async fn uncommitted_count(&self) -> Result<u64>;

    /// The last version that has a commit, and that commit.
    async fn last_commit(&self) -> Result<Option<(i64, String)>>;

    /// Notes the commits of versions.
    async fn note_commits(&self, commits: Vec<(i64, String)>) -> Result<()>;

    /// Forgets all commits: the repository is to be made anew. How many there were.
    async fn forget_commits(&self) -> Result<u64>;

    /// Events with a number above `after`, oldest first, of one device where one is named. The newest 20,000 are kept.
    async fn config_events(&self, after: i64, limit: u32, device: Option<String>) -> Result<Vec<ConfigEvent>>;

    /// The number of the newest event; 0 if there is none.
    async fn last_config_event(&self) -> Result<i64>;

    /// Deliveries that are due, oldest first.
    async fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>>;

    /// When the next delivery is due.
    async fn next_delivery(&self) -> Result<Option<Timestamp>>;

    /// A delivery is over: it arrived, or was given up.
    async fn end_delivery(&self, id: &str) -> Result<()>;

    /// A delivery failed and is to be tried again at `due_at`.
    async fn postpone_delivery(&self, id: &str, due_at: Timestamp) -> Result<()>;

    /// Deletes versions that are over, and events beyond the newest 20,000 that nobody is still to be told. How many
    /// versions went.
    async fn sweep_configs(&self, retention: ConfigRetention) -> Result<u64>;
}
