//! Master keys: 32 random bytes each, wiped when dropped. They are never used as they are: each use has its own
//! subkey, HKDF-SHA-256 (RFC 5869) with the use as its info.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use super::VaultError;
use crate::clock::Chance;

/// Fixed salt: separates our subkeys from anyone else's made of the same bytes.
const SALT: &[u8] = b"towerhand vault 1";

/// 32 secret bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

impl MasterKey {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new one.
    pub fn draw(chance: &Chance) -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        chance.fill(&mut *key)?;
        Ok(Self(key))
    }

    /// From base64 (RFC 4648, padded) of 32 bytes, blanks around it ignored.
    pub fn from_base64(text: &str) -> Result<Self, VaultError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| VaultError::BadKey)?);
        <[u8; 32]>::try_from(bytes.as_slice()).map(Self::new).map_err(|_| VaultError::BadKey)
    }

    /// The base64 form, for the key file only.
    pub(super) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.0))
    }

    /// Eight hex digits that name the key without telling anything of it.
    pub fn id(&self) -> String {
        use std::fmt::Write as _;
        self.subkey("key id").iter().take(4).fold(String::with_capacity(8), |mut id, byte| {
            // Writing to a String cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        })
    }

    /// The 32-byte subkey for one use.
    pub(super) fn subkey(&self, usage: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        let info = [usage.as_bytes()];
        // `expand` fails only for more than 255 blocks, `fill` only where the lengths differ: 32 is one block.
        let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT)
            .extract(&*self.0)
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *out));
        debug_assert!(filled.is_ok());
        out
    }
}

/// HMAC-SHA-256.
pub(super) fn hmac(key: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes);
    let mut out = [0; 32];
    // Both are 32 bytes long; a zip cannot panic.
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

/// What a vault is opened with.
#[derive(Clone, Debug)]
pub struct MasterKeys {
    /// Seals, and opens.
    pub current: MasterKey,
    /// Open what was sealed before a rotation that has not been finished.
    pub older: Vec<MasterKey>,
    /// Keys the hashes; never rotated.
    pub pepper: MasterKey,
}

impl MasterKeys {
    /// New keys.
    pub fn draw(chance: &Chance) -> Result<Self, VaultError> {
        Ok(Self { current: MasterKey::draw(chance)?, older: Vec::new(), pepper: MasterKey::draw(chance)? })
    }

    /// From the value of `TOWERHAND_VAULT_KEY` (base64 of 32 bytes). The pepper is derived from it, so that one value
    /// is enough: another value makes both the secrets and the API keys unknown.
    pub fn from_base64(text: &str) -> Result<Self, VaultError> {
        let current = MasterKey::from_base64(text)?;
        let pepper = MasterKey::new(*current.subkey("pepper"));
        Ok(Self { current, older: Vec::new(), pepper })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, is for a short key; this one is test case 1 with its 20-byte key padded to 32 bytes by
    /// zeros, which HMAC does anyway.
    #[test]
    fn hmac_is_the_standard_one() {
        let mut key = [0; 32];
        key[..20].copy_from_slice(&[0x0b; 20]);
        let hex: String = hmac(&key, b"Hi There").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn a_key_is_base64_of_32_bytes() {
        let key = MasterKey::from_base64(" AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
        assert_eq!(key.0[31], 31);
        assert_eq!(key.id().len(), 8);
        for wrong in ["", "AAEC", "not base64!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ=="] {
            assert!(matches!(MasterKey::from_base64(wrong), Err(VaultError::BadKey)), "{wrong}");
        }
    }

    /// Computed with another HKDF and HMAC (Python's), and frozen: rows and hashes in databases depend on them.
    #[test]
    fn derivations_stay_as_they_are() {
        let keys = MasterKeys::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        assert_eq!(keys.current.id(), "7ae8063b");
        let hash = hmac(&keys.pepper.subkey("api-key"), b"thk_1");
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "177bac79de754174ddd9224e800356af6e7b25db1afe14d97fd78e321a3db59e");
    }
}
