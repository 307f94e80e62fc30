//! Opens the secrets that a device needs, at the last moment.

use super::Call;
use super::opened::Opened;
use super::services::Services;
use crate::model::{Failure, FailureClass, Secret, SecretRef, SnmpAccess};
use crate::report::Chain;
use crate::transport::SnmpLogin;
use crate::vault;

/// What opens a device's secrets: whoever speaks to devices goes through it.
pub(super) struct Door<'a> {
    pub(super) services: &'a Services,
    /// Masks what is opened.
    pub(super) opened: &'a Opened,
}

impl Door<'_> {
    /// The secret behind a reference; the error names the reference, never a value.
    pub(super) async fn open(&self, reference: &SecretRef) -> Result<Secret, Failure> {
        let secret = open(self.services, reference).await?;
        self.opened.keep(&secret);
        Ok(secret)
    }

    /// SNMP credentials with their secrets opened.
    pub(super) async fn snmp_login(&self, access: &SnmpAccess) -> Result<SnmpLogin, Failure> {
        Ok(match access {
            SnmpAccess::V1 { community } => SnmpLogin::V1 { community: self.open(community).await? },
            SnmpAccess::V2c { community } => SnmpLogin::V2c { community: self.open(community).await? },
            SnmpAccess::V3 { user, auth, auth_password, privacy, priv_password } => SnmpLogin::V3 {
                user: user.clone(),
                auth: *auth,
                auth_password: self.open(auth_password).await?,
                privacy: *privacy,
                priv_password: self.open(priv_password).await?,
            },
        })
    }
}

impl Call<'_> {
    /// What opens secrets, and masks them in what the step says.
    pub(super) fn door(&self) -> Door<'_> {
        Door { services: self.services, opened: &self.opened }
    }

    /// The secret behind a reference; the error names the reference, never a value.
    pub(super) async fn open(&self, reference: &SecretRef) -> Result<Secret, Failure> {
        self.door().open(reference).await
    }

    /// The secret that a payload's member was replaced by, or that it names by reference.
    pub(super) async fn payload_secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match SecretRef::parse(text) {
            Ok(reference @ SecretRef::Vault(_)) => self.open(&reference).await.map(Some),
            _ => Err(Failure::validation(format!(
                "'{name}' did not arrive as a secret; send it as a plain string member"
            ))),
        }
    }
}

/// The secret behind a reference; the error names the reference, never a value.
pub(super) async fn open(services: &Services, reference: &SecretRef) -> Result<Secret, Failure> {
    if let Some(plain) = services.inventory.current().plain(reference) {
        return Ok(plain.clone());
    }
    match reference {
        SecretRef::Vault(name) => {
            let sealed = services.store.secret(name).await.map_err(|error| {
                Failure::new(
                    FailureClass::Internal,
                    format!("the secret '{name}' could not be read: {}", Chain(&error)),
                )
            })?;
            let Some(sealed) = sealed else {
                let sentence =
                    format!("the secret '{name}' is not in the vault; set it with `towerhand secret set {name}`");
                return Err(Failure::validation(sentence));
            };
            services.vault.unseal(&sealed).map_err(|error| {
                Failure::new(FailureClass::Internal, format!("the secret '{name}' cannot be opened: {}", Chain(&error)))
            })
        }
        SecretRef::Env(_) | SecretRef::File(_) => {
            let lookup = |name: &str| services.environment.get(name).cloned();
            vault::external(reference, lookup).map_err(|error| Failure::validation(Chain(&error).to_string()))
        }
    }
}
