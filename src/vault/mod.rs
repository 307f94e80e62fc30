//! Secrets at rest: sealed with AES-256-GCM, the name as associated data, under a key that lies outside the store.
//!
//! Pure cryptography: rows come in and go out, nothing here opens the store. Two kinds of key, on purpose:
//! - the *sealing keys* open and close secrets; `secret rotate-key` changes the first of them;
//! - the *pepper* keys the hashes of API keys. A hash cannot be made anew without the API key itself, which nobody
//!   has kept, so the pepper outlives every rotation.

mod external;
mod inner;
pub mod keyfile;
mod keys;

pub use external::{ExternalError, external};
pub use keys::{MasterKey, MasterKeys};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce};
use zeroize::Zeroizing;

use crate::clock::{Chance, Clock, NoEntropy};
use crate::model::{SealedSecret, Secret};

/// Name of the key under which the archive seals texts with secrets, see [`Vault::inner`].
pub const ARCHIVE_KEY: &str = "archive/raw-key";

/// Longest name of a secret, bytes: a job's id, a path into its payload, and room.
const NAME_MAX: usize = 512;

/// What can go wrong with the vault. No variant carries a secret or a key.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A name that is empty, too long, or holds control characters.
    #[error("a secret's name must have 1 to {NAME_MAX} bytes and no control characters")]
    BadName,
    /// The secret was sealed by a key that is not at hand.
    #[error(
        "secret '{name}' was sealed with master key {key_id}, which this key file does not hold; restore the key file that belongs to this database, or set the secret anew"
    )]
    UnknownKey {
        /// Name of the secret.
        name: String,
        /// Id of the missing key.
        key_id: String,
    },
    /// Tag mismatch: the row was changed, or moved under another name.
    #[error("secret '{name}' does not open: its row was changed or moved under another name; set it anew")]
    Tampered {
        /// Name of the secret.
        name: String,
    },
    /// No random bytes for a nonce or a key.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The cipher refused; only for a text of many gigabytes.
    #[error("secret '{name}' could not be sealed")]
    Cipher {
        /// Name of the secret.
        name: String,
    },
    /// A key text that is not base64 of 32 bytes.
    #[error("a master key is base64 of exactly 32 bytes; make one with: head -c 32 /dev/urandom | base64")]
    BadKey,
    /// The key file can be read by others.
    #[error("the key file {path} can be read or written by others (mode {mode:04o}); run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file is not one.
    #[error("the key file {path} is damaged ({why}); it was not changed. Restore a copy of it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong; no content.
        why: &'static str,
    },
    /// The file system refused.
    #[error("the key file {path} cannot be {doing}")]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Seals, opens and hashes. Clones share the keys.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    ring: ArcSwap<Ring>,
    /// Where the keys are from; looked at again for a key that is not known, which a rotation has made meanwhile.
    file: Option<PathBuf>,
    clock: Clock,
    chance: Chance,
}

/// The keys, expanded: the first seals, all of them open.
struct Ring {
    current: Sealer,
    older: Vec<Sealer>,
    pepper: MasterKey,
}

struct Sealer {
    id: String,
    key: LessSafeKey,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over `keys`; the clock stamps what is sealed, `chance` draws nonces (never a seeded one outside
    /// tests).
    pub fn open(keys: MasterKeys, clock: Clock, chance: Chance) -> Result<Self, VaultError> {
        Self::over(&keys, None, clock, chance)
    }

    /// As [`Vault::open`], over the keys of a key file. A secret under a key that is not known makes it read the file
    /// again, so that `secret rotate-key` works beside a daemon.
    pub fn open_file(keys: MasterKeys, file: &Path, clock: Clock, chance: Chance) -> Result<Self, VaultError> {
        Self::over(&keys, Some(file.to_owned()), clock, chance)
    }

    fn over(keys: &MasterKeys, file: Option<PathBuf>, clock: Clock, chance: Chance) -> Result<Self, VaultError> {
        let ring = ArcSwap::from_pointee(Ring::of(keys)?);
        Ok(Self(Arc::new(Inner { ring, file, clock, chance })))
    }

    /// Whether older keys are still at hand: a rotation has not ended.
    pub fn holds_older(&self) -> bool {
        !self.0.ring.load().older.is_empty()
    }

    /// The keys, with those of the key file if `key_id` is not among them.
    fn ring_with(&self, key_id: &str) -> Result<Arc<Ring>, VaultError> {
        let ring = self.0.ring.load_full();
        let Some(file) = self.0.file.as_ref().filter(|_| ring.by_id(key_id).is_none()) else { return Ok(ring) };
        match keyfile::load(file)? {
            Some(keys) => {
                self.rekey(&keys)?;
                Ok(self.0.ring.load_full())
            }
            None => Ok(ring),
        }
    }

    /// Takes other keys from now on, in every clone: the old ones must be among them for as long as a row sealed
    /// with them exists.
    pub fn rekey(&self, keys: &MasterKeys) -> Result<(), VaultError> {
        self.0.ring.store(Arc::new(Ring::of(keys)?));
        Ok(())
    }

    /// Id of the key that seals now: eight hex digits.
    pub fn key_id(&self) -> String {
        self.0.ring.load().current.id.clone()
    }

    /// Whether a row sealed by `key_id` can be opened; for the check at start.
    pub fn knows(&self, key_id: &str) -> bool {
        self.0.ring.load().by_id(key_id).is_some()
    }

    /// Seals `secret` under `name`.
    pub fn seal(&self, name: &str, secret: &Secret) -> Result<SealedSecret, VaultError> {
        if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(VaultError::BadName);
        }
        let ring = self.0.ring.load();
        let nonce: [u8; NONCE_LEN] = self.0.chance.bytes()?;
        // `in_out` holds the plain text until it is sealed in place; if sealing fails it is wiped.
        let mut in_out = Zeroizing::new(Vec::with_capacity(secret.expose().len() + AES_256_GCM.tag_len()));
        in_out.extend_from_slice(secret.expose().as_bytes());
        ring.current
            .key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(name), &mut *in_out)
            .map_err(|_| VaultError::Cipher { name: name.to_owned() })?;
        Ok(SealedSecret {
            name: name.to_owned(),
            key_id: ring.current.id.clone(),
            nonce: nonce.to_vec(),
            ciphertext: std::mem::take(&mut *in_out),
            sealed_at: self.0.clock.now(),
        })
    }

    /// Opens a row. Fails when the row was touched or stands under another name.
    pub fn unseal(&self, sealed: &SealedSecret) -> Result<Secret, VaultError> {
        let tampered = || VaultError::Tampered { name: sealed.name.clone() };
        let ring = self.ring_with(&sealed.key_id)?;
        let sealer = ring
            .by_id(&sealed.key_id)
            .ok_or_else(|| VaultError::UnknownKey { name: sealed.name.clone(), key_id: sealed.key_id.clone() })?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).map_err(|_| tampered())?;
        let mut in_out = Zeroizing::new(sealed.ciphertext.clone());
        let plain = sealer.key.open_in_place(nonce, aad(&sealed.name), &mut in_out).map_err(|_| tampered())?;
        std::str::from_utf8(plain).map(Secret::new).map_err(|_| tampered())
    }

    /// The same secret under the key that seals now, for `secret rotate-key`; none if it is already.
    pub fn reseal(&self, sealed: &SealedSecret) -> Result<Option<SealedSecret>, VaultError> {
        if sealed.key_id == self.key_id() {
            return Ok(None);
        }
        self.seal(&sealed.name, &self.unseal(sealed)?).map(Some)
    }

    /// HMAC-SHA-256 of `bytes` under a subkey for `purpose`: the same after a restart and after a rotation, another
    /// one for another purpose. Compare with `subtle`.
    pub fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let ring = self.0.ring.load();
        keys::hmac(&ring.pepper.subkey(purpose), bytes)
    }
}

impl Ring {
    fn of(keys: &MasterKeys) -> Result<Self, VaultError> {
        Ok(Self {
            current: Sealer::of(&keys.current)?,
            older: keys.older.iter().map(Sealer::of).collect::<Result<_, _>>()?,
            pepper: keys.pepper.clone(),
        })
    }

    fn by_id(&self, id: &str) -> Option<&Sealer> {
        std::iter::once(&self.current).chain(&self.older).find(|sealer| sealer.id == id)
    }
}

impl Sealer {
    fn of(master: &MasterKey) -> Result<Self, VaultError> {
        let key = ring::aead::UnboundKey::new(&AES_256_GCM, &*master.subkey("aes-256-gcm"))
            .map_err(|_| VaultError::BadKey)?;
        Ok(Self { id: master.id(), key: LessSafeKey::new(key) })
    }
}

/// Table, row, column: a row that is copied under another name does not open.
fn aad(name: &str) -> Aad<String> {
    Aad::from(format!("secrets:{name}:value"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn keys(seed: u8) -> MasterKeys {
        MasterKeys { current: MasterKey::new([seed; 32]), older: Vec::new(), pepper: MasterKey::new([99; 32]) }
    }

    fn vault(keys: MasterKeys) -> Vault {
        Vault::open(keys, Clock::manual(Timestamp::UNIX_EPOCH), Chance::seeded(1)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_is_not_readable_before() {
        let vault = vault(keys(1));
        let sealed = vault.seal("radio", &Secret::new("correct horse")).unwrap();
        assert_eq!(sealed.nonce.len(), 12);
        assert_eq!(sealed.ciphertext.len(), "correct horse".len() + 16);
        assert!(!sealed.ciphertext.windows(5).any(|part| part == b"horse"));
        assert_eq!(sealed.sealed_at, Timestamp::UNIX_EPOCH);
        assert_eq!(vault.unseal(&sealed).unwrap().expose(), "correct horse");
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let vault = vault(keys(1));
        let (one, two) = (vault.seal("a", &Secret::new("x")).unwrap(), vault.seal("a", &Secret::new("x")).unwrap());
        assert_ne!(one.nonce, two.nonce);
        assert_ne!(one.ciphertext, two.ciphertext);
    }

    #[test]
    fn a_row_under_another_name_does_not_open() {
        let vault = vault(keys(1));
        let mut sealed = vault.seal("a", &Secret::new("x")).unwrap();
        sealed.name = "b".to_owned();
        assert!(matches!(vault.unseal(&sealed), Err(VaultError::Tampered { name }) if name == "b"));
    }

    #[test]
    fn a_row_of_another_key_names_the_key() {
        let sealed = vault(keys(1)).seal("a", &Secret::new("x")).unwrap();
        let other = vault(keys(2));
        assert!(!other.knows(&sealed.key_id));
        assert!(matches!(other.unseal(&sealed), Err(VaultError::UnknownKey { key_id, .. }) if key_id == sealed.key_id));
    }

    #[test]
    fn rotation_opens_the_old_seals_the_new_and_keeps_the_hashes() {
        let vault = vault(keys(1));
        let sealed = vault.seal("a", &Secret::new("x")).unwrap();
        let hash = vault.keyed_hash("api-key", b"thk_1");
        vault
            .rekey(&MasterKeys { current: MasterKey::new([2; 32]), older: vec![MasterKey::new([1; 32])], ..keys(1) })
            .unwrap();
        let again = vault.reseal(&sealed).unwrap().unwrap();
        assert_ne!(again.key_id, sealed.key_id);
        assert_eq!(again.key_id, vault.key_id());
        assert!(vault.reseal(&again).unwrap().is_none());
        vault.rekey(&keys(2)).unwrap();
        assert_eq!(vault.unseal(&again).unwrap().expose(), "x");
        assert_eq!(vault.keyed_hash("api-key", b"thk_1"), hash);
        assert_ne!(vault.keyed_hash("idempotency", b"thk_1"), hash);
        assert_ne!(vault.keyed_hash("api-key", b"thk_2"), hash);
    }

    #[test]
    fn names_are_checked() {
        let vault = vault(keys(1));
        for name in ["", "a\nb", &"x".repeat(513)] {
            assert!(matches!(vault.seal(name, &Secret::new("x")), Err(VaultError::BadName)));
        }
    }

    #[test]
    fn nothing_prints_a_key() {
        let text = format!("{:?} {:?}", vault(keys(7)), keys(7));
        assert!(!text.contains("7, 7") && !text.contains("0707"), "{text}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(name in "[a-z/.-]{1,40}", text in any::<String>()) {
            let vault = vault(keys(3));
            let sealed = vault.seal(&name, &Secret::new(text.clone())).unwrap();
            let opened = vault.unseal(&sealed).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }

        #[test]
        fn any_flipped_bit_is_noticed(text in any::<String>(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let vault = vault(keys(3));
            let mut sealed = vault.seal("a", &Secret::new(text)).unwrap();
            let at = at.index(sealed.ciphertext.len());
            sealed.ciphertext[at] ^= 1 << bit;
            prop_assert!(vault.unseal(&sealed).is_err());
        }
    }
}
