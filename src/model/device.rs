//! A device as the inventory declares it. References to secrets, never secrets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{DeviceType, Role};

/// Where a secret is to be found: `secret:NAME` (the vault), `env:NAME`, `file:PATH`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// In the vault.
    Vault(String),
    /// In an environment variable of the daemon.
    Env(String),
    /// In a file, whose trailing line end is not part of the secret.
    File(String),
}

/// A text that is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret is given by reference: secret:NAME, env:NAME or file:PATH, never as plain text")]
pub struct SecretRefError;

impl SecretRef {
    /// Parses `secret:NAME`, `env:NAME` or `file:PATH`.
    pub fn parse(text: &str) -> Result<Self, SecretRefError> {
        match text.split_once(':') {
            Some(("secret", name)) if !name.is_empty() => Ok(SecretRef::Vault(name.to_owned())),
            Some(("env", name)) if !name.is_empty() => Ok(SecretRef::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(SecretRef::File(path.to_owned())),
            _ => Err(SecretRefError),
        }
    }
}

impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SecretRef::Vault(name) => write!(f, "secret:{name}"),
            SecretRef::Env(name) => write!(f, "env:{name}"),
            SecretRef::File(path) => write!(f, "file:{path}"),
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        SecretRef::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Which algorithms an SSH connection may use. Legacy is never on unless asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SshProfile {
    /// Curve25519, group 14 and 16 with SHA-2, CTR, GCM, ChaCha20, SHA-2 MACs.
    #[default]
    Modern,
    /// Also SHA-1 key exchange, host keys and MACs, and CBC; DSA host keys stay off.
    Legacy,
    /// Legacy and DSA host keys.
    #[serde(rename = "legacy-dsa")]
    LegacyDsa,
}

/// Ports other than the protocols' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ports {
    /// SSH, usually 22.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh: Option<u16>,
    /// SNMP, usually 161.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp: Option<u16>,
    /// HTTP, usually 80.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// HTTPS, usually 443.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https: Option<u16>,
}

/// SNMPv3 authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnmpAuth {
    /// Old equipment only.
    Md5,
    /// Old equipment only.
    Sha1,
    /// HMAC-SHA-256 (RFC 7860).
    Sha256,
    /// HMAC-SHA-512 (RFC 7860).
    Sha512,
}

/// SNMPv3 privacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnmpPriv {
    /// Old equipment only.
    Des,
    /// AES-128 CFB (RFC 3826).
    Aes128,
    /// AES-256 CFB, key extension as net-snmp does it.
    Aes256,
}

/// How SNMP is spoken to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version", deny_unknown_fields)]
pub enum SnmpAccess {
    /// Version 1.
    #[serde(rename = "1")]
    V1 {
        /// Reference to the community.
        community: SecretRef,
    },
    /// Version 2c.
    #[serde(rename = "2c")]
    V2c {
        /// Reference to the community.
        community: SecretRef,
    },
    /// Version 3 with authentication and privacy.
    #[serde(rename = "3")]
    V3 {
        /// Security name.
        user: String,
        /// Authentication protocol.
        auth: SnmpAuth,
        /// Reference to the authentication passphrase.
        auth_password: SecretRef,
        /// Privacy protocol.
        #[serde(rename = "priv")]
        privacy: SnmpPriv,
        /// Reference to the privacy passphrase.
        priv_password: SecretRef,
    },
}

/// How to log in to a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Credentials {
    /// User of SSH and HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Reference to the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// Reference to an OpenSSH private key (PEM text).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<SecretRef>,
    /// Reference to the passphrase of the private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key_passphrase: Option<SecretRef>,
    /// SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp: Option<SnmpAccess>,
}

/// What the inventory says of a device's health polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polling {
    /// Time between two polls; zero: only when asked. None: that of its type.
    pub interval: Option<Duration>,
    /// Whether it is left out.
    pub off: bool,
}

/// A device of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Unique name.
    pub name: String,
    /// Management address, unique.
    pub address: IpAddr,
    /// Type.
    pub device_type: DeviceType,
    /// Role; that of the type unless declared.
    pub role: Role,
    /// Name of its site.
    pub site: Option<String>,
    /// Ports other than the usual ones.
    pub ports: Ports,
    /// How to log in.
    pub credentials: Credentials,
    /// `SHA256:...` fingerprint that its SSH host key must have; none: pinned on first use.
    pub host_key: Option<String>,
    /// `SHA256:...` fingerprint that its TLS certificate must have; none: pinned on first use.
    pub tls_pin: Option<String>,
    /// SSH algorithms.
    pub ssh_profile: SshProfile,
    /// Name of the device through which SSH goes.
    pub jump: Option<String>,
    /// Of a radio: the name of the device at the other end of its hop, or a name that both ends have.
    pub hop: Option<String>,
    /// How its health is polled.
    pub health: Polling,
    /// Free labels.
    pub tags: BTreeMap<String, String>,
}
