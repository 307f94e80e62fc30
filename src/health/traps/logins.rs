//! Opens the SNMPv3 credentials of a device, at the moment they are needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::InventoryHandle;
use crate::model::{Device, Secret, SecretRef, SnmpAccess};
use crate::report::Chain;
use crate::store::Store;
use crate::transport::SnmpLogin;
use crate::vault::{self, Vault};

/// Where references lead.
pub(super) struct Logins {
    pub(super) store: Arc<dyn Store>,
    pub(super) vault: Vault,
    pub(super) inventory: InventoryHandle,
    pub(super) environment: Arc<BTreeMap<String, Secret>>,
}

impl Logins {
    /// The login of a device that has one of v3, where the user is the one that a message names; else a sentence.
    pub(super) async fn of(&self, device: &Device, named: &[u8]) -> Result<SnmpLogin, String> {
        let Some(SnmpAccess::V3 { user, auth, auth_password, privacy, priv_password }) = &device.credentials.snmp
        else {
            return Err("it came by SNMPv3, and the inventory gives the device no SNMPv3 user".to_owned());
        };
        if named != user.as_bytes() {
            return Err(format!("its SNMPv3 user is not '{user}', which the inventory gives the device"));
        }
        Ok(SnmpLogin::V3 {
            user: user.clone(),
            auth: *auth,
            auth_password: self.open(auth_password).await?,
            privacy: *privacy,
            priv_password: self.open(priv_password).await?,
        })
    }

    async fn open(&self, reference: &SecretRef) -> Result<Secret, String> {
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

/// Whether two logins of v3 have the same keys.
pub(super) fn same(a: &SnmpLogin, b: &SnmpLogin) -> bool {
    let (
        SnmpLogin::V3 { user, auth, auth_password, privacy, priv_password },
        SnmpLogin::V3 { user: user_b, auth: auth_b, auth_password: pass_b, privacy: privacy_b, priv_password: priv_b },
    ) = (a, b)
    else {
        return false;
    };
    user == user_b
        && auth == auth_b
        && privacy == privacy_b
        && auth_password.expose() == pass_b.expose()
        && priv_password.expose() == priv_b.expose()
}
