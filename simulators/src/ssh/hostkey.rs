//! Host keys: the same device always shows the same one, and another when a test wants that.

use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;

/// The family of a host key, as a profile demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKeyKind {
    /// Made from the device's name.
    Ed25519,
    /// One of two that all devices share: making RSA keys takes seconds.
    Rsa,
    /// One of two that all devices share.
    Dsa,
}

// Made for this simulator; they guard nothing.
const RSA: [&str; 2] = [include_str!("hostkeys/rsa_a"), include_str!("hostkeys/rsa_b")];
const DSA: [&str; 2] = [include_str!("hostkeys/dsa_a"), include_str!("hostkeys/dsa_b")];

/// The host key of a device; `other` is the one of the `hostkey` fault. Errors: none that a test run meets (a key
/// file of this crate that does not parse).
pub fn host_key(name: &str, kind: HostKeyKind, other: bool) -> anyhow::Result<PrivateKey> {
    let pick = |pair: [&'static str; 2]| {
        let [first, second] = pair;
        PrivateKey::from_openssh(if other { second } else { first })
    };
    match kind {
        HostKeyKind::Ed25519 => Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed(name, other)))),
        HostKeyKind::Rsa => Ok(pick(RSA)?),
        HostKeyKind::Dsa => Ok(pick(DSA)?),
    }
}

/// 32 bytes that depend on the name alone. Not a secret, so no cryptography.
fn seed(name: &str, other: bool) -> [u8; 32] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(other);
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut random = fastrand::Rng::with_seed(hash);
    std::array::from_fn(|_| random.u8(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_name() {
        let key = |name, kind, other| host_key(name, kind, other).unwrap().public_key().clone();
        assert_eq!(key("r1", HostKeyKind::Ed25519, false), key("r1", HostKeyKind::Ed25519, false));
        for kind in [HostKeyKind::Ed25519, HostKeyKind::Rsa, HostKeyKind::Dsa] {
            assert_ne!(key("r1", kind, false), key("r1", kind, true));
        }
        assert_ne!(key("r1", HostKeyKind::Ed25519, false), key("r2", HostKeyKind::Ed25519, false));
    }
}
