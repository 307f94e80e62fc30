//! Devices that lock an account after a few refused logins are left alone before that: the memory of refusals, by
//! device and user, as long as this process lives.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Call;
use super::target::Subject;
use crate::drivers::Lockout;
use crate::model::{Failure, FailureClass};

/// Address, port and user of a login.
type Account = (IpAddr, Option<u16>, Option<String>);

/// Refused logins in a row, and when the last of them was.
#[derive(Debug, Clone, Copy)]
struct Refusals {
    count: usize,
    last: Timestamp,
}

/// The memory of refusals.
#[derive(Debug, Default)]
pub struct Lockouts(Mutex<HashMap<Account, Refusals>>);

impl Lockouts {
    /// How long no login may be tried yet; none: one may.
    fn left(&self, account: &Account, rule: Lockout, now: Timestamp) -> Option<Duration> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals = *known.get(account)?;
        let since = Duration::try_from(now.duration_since(refusals.last)).unwrap_or_default();
        let left = rule.within.saturating_sub(since);
        if left.is_zero() {
            known.remove(account);
            return None;
        }
        (refusals.count >= rule.refusals).then_some(left)
    }

    /// Notes what became of a login.
    fn note(&self, account: Account, refused: bool, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused {
            let refusals = known.entry(account).or_insert(Refusals { count: 0, last: now });
            refusals.count = refusals.count.saturating_add(1);
            refusals.last = now;
        } else {
            known.remove(&account);
        }
    }
}

impl Call<'_> {
    /// Carries out `work` on a device unless too many logins were refused there lately: then nothing is tried, and the
    /// failure is [`FailureClass::Locked`] with the time to come back.
    pub(super) async fn guarded<T>(
        &self,
        subject: &Subject,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Some(rule) = Lockout::of(subject.device_type.family()) else { return work.await };
        let target = &subject.target;
        let account = (target.address, target.ports.ssh, target.username.clone());
        let (lockouts, clock) = (&self.services.lockouts, &self.services.clock);
        if let Some(left) = lockouts.left(&account, rule, clock.now()) {
            let user = target.username.as_deref().unwrap_or("nobody");
            let sentence = format!(
                "it refused {} logins of {user}, and locks the account after one more; none is tried for another {} s: correct the credentials meanwhile",
                rule.refusals,
                left.as_secs().max(1)
            );
            return Err(Failure { retry_after: Some(left), ..Failure::new(FailureClass::Locked, sentence) });
        }
        let result = work.await;
        match &result {
            Err(failure) if failure.class == FailureClass::AuthRefused => lockouts.note(account, true, clock.now()),
            // Whatever else went wrong says nothing of the credentials.
            Err(_) => {}
            Ok(_) => lockouts.note(account, false, clock.now()),
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn two_refusals_in_a_row_are_enough_and_time_heals() {
        let rule = Lockout { refusals: 2, within: Duration::from_secs(600) };
        let lockouts = Lockouts::default();
        let account = |user: &str| (IpAddr::from(Ipv4Addr::LOCALHOST), Some(22), Some(user.to_owned()));
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        lockouts.note(account("a"), true, at(0));
        assert_eq!(lockouts.left(&account("a"), rule, at(1)), None);
        lockouts.note(account("a"), false, at(2));
        lockouts.note(account("a"), true, at(3));
        assert_eq!(lockouts.left(&account("a"), rule, at(4)), None, "a success in between counts");
        lockouts.note(account("a"), true, at(10));
        assert_eq!(lockouts.left(&account("a"), rule, at(11)), Some(Duration::from_secs(599)));
        assert_eq!(lockouts.left(&account("b"), rule, at(11)), None);
        assert_eq!(lockouts.left(&account("a"), rule, at(610)), None);
        assert_eq!(lockouts.left(&account("a"), rule, at(11)), None, "forgotten");
    }
}
