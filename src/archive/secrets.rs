//! Opens the keys of webhooks, at the moment they are needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::InventoryHandle;
use crate::model::{Secret, SecretRef};
use crate::report::Chain;
use crate::store::Store;
use crate::vault::{self, Vault};

/// Where references lead.
#[derive(Clone)]
pub struct Secrets {
    /// Sealed secrets.
    pub store: Arc<dyn Store>,
    /// Opens them.
    pub vault: Vault,
    /// Secrets that stand in the inventory.
    pub inventory: InventoryHandle,
    /// `env:` references, by name.
    pub environment: Arc<BTreeMap<String, Secret>>,
}

impl Secrets {
    /// The secret behind a reference, or a sentence that names the reference.
    pub(super) async fn open(&self, reference: &SecretRef) -> Result<Secret, String> {
        if let Some(plain) = self.inventory.current().plain(reference) {
            return Ok(plain.clone());
        }
        let SecretRef::Vault(name) = reference else {
            let lookup = |name: &str| self.environment.get(name).cloned();
            return vault::external(reference, lookup).map_err(|error| Chain(&error).to_string());
        };
        let sealed = self.store.secret(name).await.map_err(|error| Chain(&error).to_string())?;
        let sealed = sealed.ok_or_else(|| {
            format!("the secret '{name}' is not in the vault; set it with `towerhand secret set {name}`")
        })?;
        self.vault.unseal(&sealed).map_err(|error| Chain(&error).to_string())
    }
}
