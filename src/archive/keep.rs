//! Whether a config that was read is a version of its own.

use std::fmt::Write as _;
use std::net::IpAddr;

use ring::digest;

use super::{Archive, Webhook};
use crate::compare;
use crate::model::{JobId, SealedSecret, Secret};
use crate::report::Chain;
use crate::store::{ConfigVersion, Keeping, NewConfig, NewDelivery, StoreError};
use crate::vault::{ARCHIVE_KEY, Vault, VaultError};

/// A config as it was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The inventory's name of the device, or its address.
    pub device: String,
    /// Its address.
    pub address: IpAddr,
    /// Its type's code.
    pub device_type: String,
    /// Its site.
    pub site: Option<String>,
    /// The job that read it.
    pub job: Option<JobId>,
    /// Label of the key that asked for it.
    pub author: String,
    /// What asked for it, one line: the action.
    pub message: String,
    /// Normalised, secrets marked.
    pub text: String,
    /// The text with its secrets; kept only where the settings say so, and sealed.
    pub raw: Option<Secret>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The version that it is now.
    pub version: ConfigVersion,
    /// It differs from the version before, or is the first.
    pub changed: bool,
    /// Lines added since the version before.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
}

/// Why a config could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Others kept configs of the same device again and again meanwhile.
    #[error("the newest version of {0} changed while it was compared, again and again")]
    Contended(String),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] crate::clock::NoEntropy),
}

/// Comparisons with a newest version that is not the newest any more.
const ATTEMPTS: usize = 8;

/// Where a device without a site stands in the repository; no site can have this name.
const NO_SITE: &str = "_no-site";

/// A site of this name would be a folder that git refuses.
const NOT_A_FOLDER: &str = ".git";

/// Of a config's text, hex digits.
pub fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

impl Archive {
    /// Makes a version of what was read where it differs from the newest one; else that one was seen again.
    ///
    /// # Errors
    /// Where it could not be stored; nothing of it is.
    pub async fn keep(&self, read: Read) -> Result<Kept, KeepError> {
        let parts = &self.0.parts;
        let sha256 = sha256(&read.text);
        for _ in 0..ATTEMPTS {
            let newest = parts.store.config_version(&read.device, None).await?;
            let same = newest.as_ref().is_some_and(|newest| newest.sha256 == sha256);
            let (added, removed) = match &newest {
                _ if same => (0, 0),
                None => (read.text.lines().count() as u64, 0),
                Some(newest) => {
                    let before = parts.store.config_text(newest.seq).await?.unwrap_or_default();
                    let after = read.text.clone();
                    // Large texts that differ much take a while to compare.
                    let counted = tokio::task::spawn_blocking(move || {
                        let unified = compare::unified(&before, &after, "", "");
                        (unified.added, unified.removed)
                    });
                    counted.await.unwrap_or_default()
                }
            };
            let config = NewConfig {
                device: read.device.clone(),
                address: read.address,
                device_type: read.device_type.clone(),
                site: read.site.clone(),
                path: path(read.site.as_deref(), &read.device),
                at: parts.clock.now(),
                job: read.job,
                author: read.author.clone(),
                message: read.message.clone(),
                text: read.text.clone(),
                sha256: sha256.clone(),
                raw: if same { None } else { self.sealed(&read, &sha256).await? },
                added,
                removed,
                hooks: if same { Vec::new() } else { self.deliveries()? },
            };
            match parts.store.keep_config(config, newest.map(|newest| newest.number)).await? {
                Keeping::Same(version) => return Ok(Kept { version, changed: false, added: 0, removed: 0 }),
                Keeping::New(version) => return Ok(Kept { version, changed: true, added, removed }),
                Keeping::Stale => {}
            }
        }
        Err(KeepError::Contended(read.device))
    }

    async fn sealed(&self, read: &Read, sha256: &str) -> Result<Option<SealedSecret>, KeepError> {
        let Some(raw) = read.raw.as_ref().filter(|_| self.0.parts.config.keep_raw) else { return Ok(None) };
        let vault = self.0.raw.get_or_try_init(|| self.raw_vault()).await?;
        Ok(Some(vault.seal(&format!("archive/{}/{sha256}", read.device), raw)?))
    }

    /// The vault of texts with secrets; its key is made at the first use. Only the daemon makes it, once.
    async fn raw_vault(&self) -> Result<Vault, KeepError> {
        let parts = &self.0.parts;
        let key = match parts.store.secret(ARCHIVE_KEY).await? {
            Some(key) => key,
            None => {
                let key = parts.vault.draw_inner(ARCHIVE_KEY)?;
                parts.store.put_secret(key.clone()).await?;
                key
            }
        };
        Ok(parts.vault.inner(&key)?)
    }

    fn deliveries(&self) -> Result<Vec<NewDelivery>, KeepError> {
        let parts = &self.0.parts;
        let mut made = Vec::new();
        for hook in &parts.config.webhook {
            let id = uuid::Builder::from_random_bytes(parts.chance.bytes()?).into_uuid();
            made.push(NewDelivery { id: id.as_hyphenated().to_string(), hook: hook_id(hook) });
        }
        Ok(made)
    }
}

/// By what a webhook is known in the store: its URL may hold a key, so it is not the URL.
pub(super) fn hook_id(hook: &Webhook) -> String {
    hex(digest::digest(&digest::SHA256, hook.url.as_bytes()).as_ref()).chars().take(16).collect()
}

/// Where a device stands in the repository. Names of the inventory are names of files as they are; an address is made
/// one.
pub(super) fn path(site: Option<&str>, device: &str) -> String {
    let name = |text: &str| -> String {
        text.chars()
            .map(|letter| if letter.is_alphanumeric() || ".-_".contains(letter) { letter } else { '_' })
            .collect()
    };
    let site = site.map(name).filter(|site| !site.is_empty() && !site.eq_ignore_ascii_case(NOT_A_FOLDER));
    format!("{}/{}.cfg", site.as_deref().unwrap_or(NO_SITE), name(device))
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A failure in one line, for an event.
impl KeepError {
    /// With its causes.
    pub fn sentence(&self) -> String {
        Chain(self).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SecretRef;

    #[test]
    fn a_place_in_the_repository() {
        assert_eq!(path(Some("north-ridge"), "core.1"), "north-ridge/core.1.cfg");
        assert_eq!(path(None, "192.0.2.1"), "_no-site/192.0.2.1.cfg");
        assert_eq!(path(Some(".git"), "2001:db8::1"), "_no-site/2001_db8__1.cfg");
        assert_eq!(path(Some("../up"), "a/b"), ".._up/a_b.cfg");
    }

    #[test]
    fn a_webhook_is_known_by_a_hash() {
        let hook = |url: &str| Webhook { url: url.to_owned(), secret: SecretRef::Env("X".to_owned()) };
        // printf http://127.0.0.1/hook?key=1 | sha256sum
        assert_eq!(hook_id(&hook("http://127.0.0.1/hook?key=1")), "aa6702d789b16de7");
        assert_ne!(hook_id(&hook("http://127.0.0.1/hook?key=2")), hook_id(&hook("http://127.0.0.1/hook?key=1")));
    }
}
