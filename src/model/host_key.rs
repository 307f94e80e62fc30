//! Pinned identities of devices.

use jiff::Timestamp;

/// The identity that a device showed first (or that the inventory declares): an SSH host key or the certificate
/// of a TLS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKeyPin {
    /// `ssh://127.0.1.1:2201` or `https://...`: scheme, address, port.
    pub endpoint: String,
    /// `ssh-ed25519`, `rsa-sha2-256`, ..., `x509`.
    pub algorithm: String,
    /// `SHA256:` and unpadded base64, as OpenSSH prints it.
    pub fingerprint: String,
    /// When it was pinned.
    pub pinned_at: Timestamp,
    /// `first use`, `inventory` or the label of who accepted it.
    pub pinned_by: String,
    /// A different key that the device showed since, refused until an operator accepts it.
    pub offered: Option<String>,
}
