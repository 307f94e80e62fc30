//! An encrypted secret as it lies in the store.

use jiff::Timestamp;

/// A secret at rest. Only the vault can open it; the name is part of what is authenticated, so a row cannot be
/// moved under another name.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// `NAME` of `secret:NAME`; a job's own secrets are named `job/<id>/<path>`.
    pub name: String,
    /// Which master key sealed it: eight hex digits.
    pub key_id: String,
    /// 96-bit nonce.
    pub nonce: Vec<u8>,
    /// Ciphertext followed by the 128-bit tag.
    pub ciphertext: Vec<u8>,
    /// When it was sealed.
    pub sealed_at: Timestamp,
}

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedSecret").field("name", &self.name).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
