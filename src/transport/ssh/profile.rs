//! Which algorithms are offered. The legacy profiles append to the modern one and never replace it, so that a device
//! that can do better always does.
//!
//! The orders are by cost to us, among what is sound: Curve25519 takes a third of the hybrid ML-KEM exchange and a
//! fiftieth of a 2048-bit group; AES-GCM is one pass in hardware. A device that has only the costlier ones gets them.

use std::borrow::Cow;

use russh::client::GexParams;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{AlgorithmKind, Preferred, cipher, compression, kex, mac};

use crate::model::SshProfile;

/// Sound key exchanges. The NIST curves are what hardened boxes without Curve25519 have; the fixed group 14 stands
/// before group exchange (one round trip less), group 16 last (100 ms of computing).
const KEX: &[kex::Name] = &[
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::MLKEM768X25519_SHA256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
];

/// RouterOS 6 (group exchange and groups 14 and 1 with SHA-1), TiMOS before 16.
const KEX_LEGACY: &[kex::Name] = &[kex::DH_G14_SHA1, kex::DH_GEX_SHA1, kex::DH_G1_SHA1];

/// Not exchanges but words of the client: server signature algorithms (RFC 8308) and strict key exchange.
const KEX_WORDS: &[kex::Name] = &[kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

const HOST_KEY: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
];

/// `ssh-rsa`: an RSA key that signs with SHA-1.
const HOST_KEY_LEGACY: &[Algorithm] = &[Algorithm::Rsa { hash: None }];

const HOST_KEY_DSA: &[Algorithm] = &[Algorithm::Dsa];

const CIPHER: &[cipher::Name] = &[
    cipher::AES_128_GCM,
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_256_CTR,
];

const CIPHER_LEGACY: &[cipher::Name] =
    &[cipher::AES_128_CBC, cipher::AES_192_CBC, cipher::AES_256_CBC, cipher::TRIPLE_DES_CBC];

/// SHA-256 first: some units hang when another one leads the list.
const MAC: &[mac::Name] = &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512];

const MAC_LEGACY: &[mac::Name] = &[mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

/// None: it costs more than the link saves, and old implementations get it wrong.
const COMPRESSION: &[compression::Name] = &[compression::NONE];

fn joined<T: Clone>(lists: &[&'static [T]]) -> Cow<'static, [T]>
where
    [T]: ToOwned<Owned = Vec<T>>,
{
    Cow::Owned(lists.concat())
}

/// What a profile offers.
pub(super) fn preferred(profile: SshProfile) -> Preferred {
    let (kex, key, cipher, mac) = match profile {
        SshProfile::Modern => {
            (joined(&[KEX, KEX_WORDS]), Cow::Borrowed(HOST_KEY), Cow::Borrowed(CIPHER), Cow::Borrowed(MAC))
        }
        SshProfile::Legacy | SshProfile::LegacyDsa => (
            joined(&[KEX, KEX_LEGACY, KEX_WORDS]),
            match profile {
                SshProfile::LegacyDsa => joined(&[HOST_KEY, HOST_KEY_LEGACY, HOST_KEY_DSA]),
                SshProfile::Legacy | SshProfile::Modern => joined(&[HOST_KEY, HOST_KEY_LEGACY]),
            },
            joined(&[CIPHER, CIPHER_LEGACY]),
            joined(&[MAC, MAC_LEGACY]),
        ),
    };
    Preferred {
        kex,
        key,
        host_key_certificates: Cow::Borrowed(&[]),
        cipher,
        mac,
        compression: Cow::Borrowed(COMPRESSION),
    }
}

/// Bits of a group exchange: at least 2048 (RouterOS 6 has no more, russh allows no less), and no more wanted, since
/// 8192 bits cost 50 times as much.
pub(super) fn gex() -> GexParams {
    GexParams::new(2048, 2048, 8192).unwrap_or_default()
}

/// The name of a profile in the settings.
pub(super) fn name(profile: SshProfile) -> &'static str {
    match profile {
        SshProfile::Modern => "modern",
        SshProfile::Legacy => "legacy",
        SshProfile::LegacyDsa => "legacy-dsa",
    }
}

/// Whether an algorithm of that name is in the modern profile.
pub(super) fn is_modern(name: &str) -> bool {
    KEX.iter().any(|ours| ours.as_ref() == name)
        || HOST_KEY.iter().any(|ours| ours.as_str() == name)
        || CIPHER.iter().any(|ours| ours.as_ref() == name)
        || MAC.iter().any(|ours| ours.as_ref() == name)
        || name == super::connection::IMPLICIT_MAC
}

/// The first profile, by weakness, that shares an algorithm of this kind with the device; none where no profile does.
pub(super) fn first_that_has(kind: &AlgorithmKind, theirs: &[String]) -> Option<SshProfile> {
    let has = |profile: SshProfile| {
        let ours = preferred(profile);
        theirs.iter().any(|name| match kind {
            AlgorithmKind::Kex => {
                let words: Vec<&str> = KEX_WORDS.iter().map(AsRef::as_ref).collect();
                ours.kex.iter().any(|ours| ours.as_ref() == name && !words.contains(&name.as_str()))
            }
            AlgorithmKind::Key => ours.key.iter().any(|ours| ours.as_str() == name),
            AlgorithmKind::Cipher => ours.cipher.iter().any(|ours| ours.as_ref() == name),
            AlgorithmKind::Mac => ours.mac.iter().any(|ours| ours.as_ref() == name),
            AlgorithmKind::Compression => ours.compression.iter().any(|ours| ours.as_ref() == name),
        })
    };
    [SshProfile::Modern, SshProfile::Legacy, SshProfile::LegacyDsa].into_iter().find(|profile| has(*profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(profile: SshProfile) -> Vec<String> {
        let offered = preferred(profile);
        let mut names: Vec<String> = offered.kex.iter().map(|n| n.as_ref().to_owned()).collect();
        names.extend(offered.key.iter().map(|n| n.as_str().to_owned()));
        names.extend(offered.cipher.iter().map(|n| n.as_ref().to_owned()));
        names.extend(offered.mac.iter().map(|n| n.as_ref().to_owned()));
        names
    }

    #[test]
    fn the_modern_profile_has_no_sha1_cbc_or_dsa() {
        for name in names(SshProfile::Modern) {
            assert!(
                !name.contains("sha1") && !name.contains("cbc") && name != "ssh-rsa" && name != "ssh-dss",
                "{name}"
            );
        }
    }

    #[test]
    fn legacy_appends_and_dsa_is_on_only_by_its_own_name() {
        let (modern, legacy, dsa) =
            (preferred(SshProfile::Modern), preferred(SshProfile::Legacy), preferred(SshProfile::LegacyDsa));
        assert!(legacy.cipher.starts_with(&modern.cipher) && legacy.mac.starts_with(&modern.mac));
        assert!(legacy.key.starts_with(&modern.key) && legacy.kex.starts_with(KEX));
        assert!(!legacy.key.contains(&Algorithm::Dsa) && dsa.key.contains(&Algorithm::Dsa));
        for needed in ["diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "ssh-rsa", "3des-cbc", "hmac-sha1"]
        {
            assert!(names(SshProfile::Legacy).iter().any(|name| name == needed), "{needed}");
        }
    }

    #[test]
    fn a_device_without_common_algorithm_is_told_which_profile_helps() {
        let offers = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(first_that_has(&AlgorithmKind::Mac, &offers(&["hmac-sha1", "hmac-md5"])), Some(SshProfile::Legacy));
        assert_eq!(first_that_has(&AlgorithmKind::Key, &offers(&["ssh-dss"])), Some(SshProfile::LegacyDsa));
        assert_eq!(first_that_has(&AlgorithmKind::Mac, &offers(&["hmac-md5"])), None);
        assert_eq!(first_that_has(&AlgorithmKind::Kex, &offers(&["kex-strict-c-v00@openssh.com"])), None);
    }

    #[test]
    fn group_exchange_accepts_2048_bits() {
        assert_eq!(format!("{:?}", gex()), format!("{:?}", GexParams::new(2048, 2048, 8192).unwrap()));
    }
}
