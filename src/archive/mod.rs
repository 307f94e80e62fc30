//! A memory for running configs: each one that a job reads becomes a version where it differs from the one before.
//!
//! The store is the truth (`store/configs.rs`). The git repository is made of its rows: by one task, in their order, so
//! that a kill at any moment leaves a commit that is found again or written again, the same. Webhooks are rows of the
//! store too until they have arrived.
//!
//! - `keep` decides whether a config is a version, and says so;
//! - `project` writes rows into the repository (`git`, the only file that knows gix), or makes it anew (`rebuild`);
//! - `webhook` tells others.

pub mod config;
mod git;
mod keep;
mod project;
mod rebuild;
mod secrets;
mod sign;
mod unset;
mod webhook;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OnceCell;

pub use self::config::{Config, Webhook};
pub use self::git::GitError;
pub use self::keep::{KeepError, Kept, Read, sha256};
pub use self::project::{Projection, Report};
pub use self::rebuild::{Aside, RebuildError, Rebuilt, rebuild, set_aside};
pub use self::secrets::Secrets;
pub use self::sign::signature;
pub use self::webhook::Hooks;

use crate::clock::{Chance, Clock};
use crate::store::{ConfigRetention, Store};
use crate::vault::Vault;

/// What the archive works with. Clones share it.
#[derive(Clone)]
pub struct Archive(Arc<Inner>);

struct Inner {
    parts: Parts,
    /// Seals texts with secrets; made when the first one is kept.
    raw: OnceCell<Vault>,
}

/// Handed down from the composition root.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// The git repository.
    pub repository: PathBuf,
    /// Durable state.
    pub store: Arc<dyn Store>,
    /// Seals texts with secrets.
    pub vault: Vault,
    /// Time.
    pub clock: Clock,
    /// Ids of deliveries.
    pub chance: Chance,
}

impl Archive {
    /// Over its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner { parts, raw: OnceCell::new() }))
    }

    /// Whether configs are kept.
    pub fn enabled(&self) -> bool {
        self.0.parts.config.enabled
    }

    /// What the settings keep, as of now.
    pub fn retention(&self) -> ConfigRetention {
        let parts = &self.0.parts;
        let age = jiff::SignedDuration::try_from(parts.config.keep).unwrap_or(jiff::SignedDuration::MAX);
        let before = parts.clock.now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
        ConfigRetention { versions: parts.config.keep_versions.get(), before }
    }

    /// Whether texts with secrets are kept too.
    pub fn keeps_raw(&self) -> bool {
        self.0.parts.config.keep_raw
    }

    /// Whether devices that hide secrets are asked for them.
    pub fn reads_secrets(&self) -> bool {
        self.0.parts.config.enabled && self.0.parts.config.read_secrets
    }
}
