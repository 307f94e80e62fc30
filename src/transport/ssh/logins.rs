//! What the devices took at their last login, so that it need not be asked again: a round trip less each time, and
//! over a slow link the longest one after the key exchange.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use russh::{MethodKind, MethodSet};

/// So many devices are remembered; then it begins anew. About 200 bytes each.
const MOST: usize = 16_384;

/// Shared by all connections; in memory only, since asking again costs one round trip.
#[derive(Debug, Clone, Default)]
pub struct Logins(Arc<Mutex<HashMap<(SocketAddr, String), Known>>>);

/// What one device said, and who it was then.
#[derive(Debug)]
struct Known {
    /// `SHA256:...` of its host key: another key is another device, or another firmware.
    fingerprint: String,
    offered: MethodSet,
}

impl Logins {
    /// What the device took when `user` last got in, if it still is that device.
    pub(super) fn known(&self, to: SocketAddr, user: &str, fingerprint: &str) -> Option<MethodSet> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&(to, user.to_owned()))?;
        (known.fingerprint == fingerprint).then(|| known.offered.clone())
    }

    /// `user` got in.
    pub(super) fn took(&self, to: SocketAddr, user: &str, fingerprint: &str, offered: &MethodSet) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let (fingerprint, offered) = (fingerprint.to_owned(), offered.clone());
        known.insert((to, user.to_owned()), Known { fingerprint, offered });
    }

    /// `user` did not: the next login asks first.
    pub(super) fn refused(&self, to: SocketAddr, user: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(to, user.to_owned()));
    }
}

/// Whether a device that took passwords only has never looked at the one it was sent, and now asks questions instead:
/// new firmware. Where it had offered both, its refusal is one.
pub(super) fn moved_to_questions(before: &MethodSet, now: &MethodSet) -> bool {
    !before.contains(&MethodKind::KeyboardInteractive)
        && !now.contains(&MethodKind::Password)
        && now.contains(&MethodKind::KeyboardInteractive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(kinds: &[MethodKind]) -> MethodSet {
        MethodSet::from(kinds)
    }

    #[test]
    fn a_device_is_known_by_its_address_its_user_and_its_key() {
        let (logins, to) = (Logins::default(), "127.0.0.1:22".parse().unwrap());
        let offered = set(&[MethodKind::Password]);
        assert!(logins.known(to, "admin", "SHA256:a").is_none());
        logins.took(to, "admin", "SHA256:a", &offered);
        assert_eq!(logins.known(to, "admin", "SHA256:a"), Some(offered));
        assert!(logins.known(to, "admin", "SHA256:b").is_none(), "another key");
        assert!(logins.known(to, "noc", "SHA256:a").is_none(), "another user");
        logins.refused(to, "admin");
        assert!(logins.known(to, "admin", "SHA256:a").is_none());
    }

    #[test]
    fn a_password_is_presented_again_only_to_who_never_looked_at_it() {
        let (password, questions) = (MethodKind::Password, MethodKind::KeyboardInteractive);
        assert!(moved_to_questions(&set(&[password]), &set(&[questions])));
        assert!(!moved_to_questions(&set(&[password, questions]), &set(&[questions])), "it drops what was tried");
        assert!(!moved_to_questions(&set(&[password]), &set(&[password])), "refused");
        assert!(!moved_to_questions(&set(&[password]), &set(&[])), "refused");
    }
}
