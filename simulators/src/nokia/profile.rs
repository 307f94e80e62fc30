//! Algorithm profiles: what a box of a certain age or hardening offers in SSH (knob `profile`).

use std::borrow::Cow;

use russh::keys::{Algorithm, HashAlg};
use russh::{Preferred, cipher, kex, mac};

use crate::ssh::hostkey::HostKeyKind;

/// A profile by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Everything that the SSH library holds safe; ed25519 host key.
    Modern,
    /// As delivered with 22.x: group 16 and 14, then SHA-1; CTR and CBC; RSA.
    Timos22,
    /// Before 16: SHA-1 and CBC only.
    TimosOld,
    /// Hardened to one of each: group16-sha512, aes256-ctr, hmac-sha2-512, rsa-sha2-512.
    Group16Only,
    /// Only SHA-1, everywhere.
    Sha1Only,
}

const RSA_ALL: &[Algorithm] = &[
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    Algorithm::Rsa { hash: None },
];
const RSA_512: &[Algorithm] = &[Algorithm::Rsa { hash: Some(HashAlg::Sha512) }];
const RSA_1: &[Algorithm] = &[Algorithm::Rsa { hash: None }];

const KEX_22: &[kex::Name] =
    &[kex::DH_G16_SHA512, kex::DH_G14_SHA256, kex::DH_G14_SHA1, kex::DH_GEX_SHA1, kex::DH_G1_SHA1];
const KEX_OLD: &[kex::Name] = &[kex::DH_G14_SHA1, kex::DH_G1_SHA1];
const KEX_16: &[kex::Name] = &[kex::DH_G16_SHA512];

const CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
    cipher::AES_256_CBC,
    cipher::AES_192_CBC,
    cipher::AES_128_CBC,
];
const CBC: &[cipher::Name] = &[cipher::AES_256_CBC, cipher::AES_192_CBC, cipher::AES_128_CBC, cipher::TRIPLE_DES_CBC];
const CTR_256: &[cipher::Name] = &[cipher::AES_256_CTR];

const MACS: &[mac::Name] = &[mac::HMAC_SHA512, mac::HMAC_SHA256, mac::HMAC_SHA1];
const MAC_1: &[mac::Name] = &[mac::HMAC_SHA1];
const MAC_512: &[mac::Name] = &[mac::HMAC_SHA512];

impl Profile {
    /// The names that the knob takes.
    pub const NAMES: [&'static str; 5] = ["modern", "timos-22", "timos-old", "group16-only", "sha1-only"];

    /// By name; none: no such profile.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "modern" => Self::Modern,
            "timos-22" => Self::Timos22,
            "timos-old" => Self::TimosOld,
            "group16-only" => Self::Group16Only,
            "sha1-only" => Self::Sha1Only,
            _ => return None,
        })
    }

    /// What is offered.
    pub fn preferred(self) -> Preferred {
        let offer = |kex: &'static [kex::Name],
                     key: &'static [Algorithm],
                     cipher: &'static [cipher::Name],
                     mac: &'static [mac::Name]| Preferred {
            kex: Cow::Borrowed(kex),
            key: Cow::Borrowed(key),
            cipher: Cow::Borrowed(cipher),
            mac: Cow::Borrowed(mac),
            ..Preferred::DEFAULT
        };
        match self {
            Self::Modern => Preferred::DEFAULT,
            Self::Timos22 => offer(KEX_22, RSA_ALL, CIPHERS, MACS),
            Self::TimosOld => offer(KEX_OLD, RSA_1, CBC, MAC_1),
            Self::Group16Only => offer(KEX_16, RSA_512, CTR_256, MAC_512),
            Self::Sha1Only => offer(KEX_OLD, RSA_1, CIPHERS, MAC_1),
        }
    }

    /// The host key's family.
    pub fn host_key(self) -> HostKeyKind {
        if self == Self::Modern { HostKeyKind::Ed25519 } else { HostKeyKind::Rsa }
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
