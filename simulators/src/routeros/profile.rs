//! Algorithm profiles: what a box of a certain age offers in SSH (knob `profile`).

use std::borrow::Cow;

use russh::keys::{Algorithm, HashAlg};
use russh::{Preferred, cipher, kex, mac};

use crate::ssh::hostkey::HostKeyKind;

/// A profile by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Everything that the SSH library holds safe; ed25519 host key.
    Modern,
    /// v6 as delivered: group exchange and group14/group1 with SHA-1, CTR and CBC, hmac-sha1, ssh-rsa.
    Ros6Default,
    /// v7 with strong-crypto: curve25519 and group exchange, AES CTR and GCM, SHA-2 MACs, rsa-sha2-256.
    Ros7Strong,
    /// Only group14-sha1, hmac-sha1 and ssh-rsa.
    Sha1Only,
    /// Only group exchange, and never above 2048 bits.
    Gex2048,
    /// A host key of ssh-dss and nothing else.
    Dsa,
}

const SHA1_RSA: &[Algorithm] = &[Algorithm::Rsa { hash: None }];
const V6_RSA: &[Algorithm] = &[Algorithm::Rsa { hash: Some(HashAlg::Sha256) }, Algorithm::Rsa { hash: None }];
const V7_RSA: &[Algorithm] = &[Algorithm::Rsa { hash: Some(HashAlg::Sha256) }];
const DSS: &[Algorithm] = &[Algorithm::Dsa];

const V6_KEX: &[kex::Name] = &[kex::DH_GEX_SHA256, kex::DH_GEX_SHA1, kex::DH_G14_SHA1, kex::DH_G1_SHA1];
const V7_KEX: &[kex::Name] = &[kex::CURVE25519, kex::DH_GEX_SHA256, kex::EXTENSION_SUPPORT_AS_SERVER];
const G14_SHA1: &[kex::Name] = &[kex::DH_G14_SHA1];
const GEX: &[kex::Name] = &[kex::DH_GEX_SHA256];
const DSA_KEX: &[kex::Name] = &[kex::DH_G14_SHA1, kex::DH_G1_SHA1];

const V6_CIPHERS: &[cipher::Name] = &[
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_256_CTR,
    cipher::AES_128_CBC,
    cipher::AES_192_CBC,
    cipher::AES_256_CBC,
    cipher::TRIPLE_DES_CBC,
];
const V7_CIPHERS: &[cipher::Name] = &[cipher::AES_192_CTR, cipher::AES_256_CTR, cipher::AES_256_GCM];

const SHA1_MACS: &[mac::Name] = &[mac::HMAC_SHA1];
const V7_MACS: &[mac::Name] = &[mac::HMAC_SHA256, mac::HMAC_SHA512];

impl Profile {
    /// The names that the knob takes.
    pub const NAMES: [&'static str; 6] = ["modern", "ros6-default", "ros7-strong", "sha1-only", "gex-2048", "dsa"];

    /// By name; none: no such profile.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "modern" => Self::Modern,
            "ros6-default" => Self::Ros6Default,
            "ros7-strong" => Self::Ros7Strong,
            "sha1-only" => Self::Sha1Only,
            "gex-2048" => Self::Gex2048,
            "dsa" => Self::Dsa,
            _ => return None,
        })
    }

    /// What is offered.
    pub fn preferred(self) -> Preferred {
        let offer = |kex, key, cipher, mac| Preferred {
            kex: Cow::Borrowed(kex),
            key: Cow::Borrowed(key),
            cipher: Cow::Borrowed(cipher),
            mac: Cow::Borrowed(mac),
            ..Preferred::DEFAULT
        };
        match self {
            Self::Modern => Preferred::DEFAULT,
            Self::Ros6Default => offer(V6_KEX, V6_RSA, V6_CIPHERS, SHA1_MACS),
            Self::Ros7Strong => offer(V7_KEX, V7_RSA, V7_CIPHERS, V7_MACS),
            Self::Sha1Only => offer(G14_SHA1, SHA1_RSA, V6_CIPHERS, SHA1_MACS),
            Self::Gex2048 => offer(GEX, V7_RSA, V7_CIPHERS, V7_MACS),
            Self::Dsa => offer(DSA_KEX, DSS, V6_CIPHERS, SHA1_MACS),
        }
    }

    /// The host key's family.
    pub fn host_key(self) -> HostKeyKind {
        match self {
            Self::Modern => HostKeyKind::Ed25519,
            Self::Ros6Default | Self::Ros7Strong | Self::Sha1Only | Self::Gex2048 => HostKeyKind::Rsa,
            Self::Dsa => HostKeyKind::Dsa,
        }
    }

    /// Group exchange never answers with more than 2048 bits, and refuses a client that wants more at least.
    pub fn small_groups(self) -> bool {
        !matches!(self, Self::Modern | Self::Ros7Strong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_profile() {
        for name in Profile::NAMES {
            assert!(Profile::parse(name).is_some(), "{name}");
        }
        assert_eq!(Profile::parse("modem"), None);
    }
}
