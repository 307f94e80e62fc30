//! A vault whose key is a secret of another one: for what is sealed by the hundred thousand. `secret rotate-key` then
//! seals one key anew, not all of that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{MasterKeys, Vault, VaultError};
use crate::model::{SealedSecret, Secret};

impl Vault {
    /// A new key for an inner vault, sealed under `name`.
    pub fn draw_inner(&self, name: &str) -> Result<SealedSecret, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        self.0.chance.fill(&mut *key)?;
        self.seal(name, &Secret::new(STANDARD.encode(*key)))
    }

    /// The vault over the key that [`Vault::draw_inner`] made.
    pub fn inner(&self, key: &SealedSecret) -> Result<Self, VaultError> {
        let keys = MasterKeys::from_base64(self.unseal(key)?.expose())?;
        Self::open(keys, self.0.clock.clone(), self.0.chance.clone())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::{Chance, Clock};
    use crate::vault::MasterKey;

    #[test]
    fn what_an_inner_vault_sealed_outlives_a_rotation() {
        let chance = Chance::seeded(1);
        let keys = MasterKeys::draw(&chance).unwrap();
        let outer = Vault::open(keys.clone(), Clock::manual(Timestamp::UNIX_EPOCH), chance.clone()).unwrap();
        let key = outer.draw_inner("archive/raw-key").unwrap();
        let sealed = outer.inner(&key).unwrap().seal("a", &Secret::new("text")).unwrap();
        assert!(!outer.knows(&sealed.key_id), "under a key of its own");
        let newer =
            MasterKeys { current: MasterKey::draw(&chance).unwrap(), older: vec![keys.current.clone()], ..keys };
        outer.rekey(&newer).unwrap();
        let key = outer.reseal(&key).unwrap().unwrap();
        outer.rekey(&MasterKeys { older: Vec::new(), ..newer }).unwrap();
        assert_eq!(outer.inner(&key).unwrap().unseal(&sealed).unwrap().expose(), "text");
    }
}
