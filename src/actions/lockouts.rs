//! Devices that lock an account after a few refused logins are left alone before that: the memory of refusals, by
//! device and user, as long as this process lives.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Call;
use super::target::Subject;
use crate::clock::Clock;
use crate::drivers::Lockout;
use crate::model::{Failure, FailureClass, Family};
use crate::transport::Target;

/// When to come back where only logins that go on are in the way.
const SOON: Duration = Duration::from_secs(30);

/// Address, port and user of a login.
type Account = (IpAddr, Option<u16>, Option<String>);

/// Refused logins in a row, and when the last of them was.
#[derive(Debug, Clone, Copy)]
struct Refusals {
    count: usize,
    last: Timestamp,
    /// Logins that go on now: each may be refused, and two at once could be one too many.
    under_way: usize,
}

/// A login that goes on; over when it is dropped, however that comes.
struct Attempt<'a> {
    memory: &'a Lockouts,
    account: Account,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut known = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(refusals) = known.get_mut(&self.account) {
            refusals.under_way = refusals.under_way.saturating_sub(1);
            if refusals.under_way == 0 && refusals.count == 0 {
                known.remove(&self.account);
            }
        }
    }
}

/// The memory of refusals.
#[derive(Debug, Default)]
pub struct Lockouts(Mutex<HashMap<Account, Refusals>>);

impl Lockouts {
    /// A login, where none of those that go on could be one too many; else how long none may be tried.
    fn begin(&self, account: &Account, rule: Lockout, now: Timestamp) -> Result<Attempt<'_>, Duration> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Refusals { count: 0, last: now, under_way: 0 };
        let refusals = known.entry(account.clone()).or_insert(fresh);
        let since = Duration::try_from(now.duration_since(refusals.last)).unwrap_or_default();
        let left = rule.within.saturating_sub(since);
        if left.is_zero() {
            refusals.count = 0;
        }
        if refusals.count.saturating_add(refusals.under_way) >= rule.refusals {
            // Those that go on are soon over.
            return Err(if refusals.count >= rule.refusals { left } else { SOON });
        }
        refusals.under_way = refusals.under_way.saturating_add(1);
        Ok(Attempt { memory: self, account: account.clone() })
    }

    /// Notes what became of a login.
    fn note(&self, account: Account, refused: bool, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused {
            let refusals = known.entry(account).or_insert(Refusals { count: 0, last: now, under_way: 0 });
            refusals.count = refusals.count.saturating_add(1);
            refusals.last = now;
        } else if let Some(refusals) = known.get_mut(&account) {
            refusals.count = 0;
        }
    }
}

impl Call<'_> {
    /// Carries out `work` on a device unless too many logins were refused there lately, see [`guarded`].
    pub(super) async fn guarded<T>(
        &self,
        subject: &Subject,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let (lockouts, clock) = (&self.services.lockouts, &self.services.clock);
        guarded(lockouts, clock, subject.device_type.family(), &subject.target, work).await
    }
}

/// Carries out `work` on a device unless too many logins were refused there lately: then nothing is tried, and the
/// failure is [`FailureClass::Locked`] with the time to come back.
pub(super) async fn guarded<T>(
    lockouts: &Lockouts,
    clock: &Clock,
    family: Family,
    target: &Target,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Some(rule) = Lockout::of(family) else { return work.await };
    let account = (target.address, target.ports.ssh, target.username.clone());
    let attempt = lockouts.begin(&account, rule, clock.now());
    let attempt = attempt.map_err(|left| {
        let user = target.username.as_deref().unwrap_or("nobody");
        let sentence = format!(
            "it refused logins of {user} or may be about to, and locks the account after {} and one more; none is tried for another {} s: correct the credentials meanwhile",
            rule.refusals,
            left.as_secs().max(1)
        );
        Failure { retry_after: Some(left), ..Failure::new(FailureClass::Locked, sentence) }
    })?;
    let result = work.await;
    match &result {
        Err(failure) if failure.class == FailureClass::AuthRefused => lockouts.note(account, true, clock.now()),
        // Whatever else went wrong says nothing of the credentials.
        Err(_) => {}
        Ok(_) => lockouts.note(account, false, clock.now()),
    }
    drop(attempt);
    result
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
        let left = |user: &str, second| lockouts.begin(&account(user), rule, at(second)).err();
        lockouts.note(account("a"), true, at(0));
        assert_eq!(left("a", 1), None);
        lockouts.note(account("a"), false, at(2));
        lockouts.note(account("a"), true, at(3));
        assert_eq!(left("a", 4), None, "a success in between counts");
        lockouts.note(account("a"), true, at(10));
        assert_eq!(left("a", 11), Some(Duration::from_secs(599)));
        assert_eq!(left("b", 11), None);
        assert_eq!(left("a", 610), None);
        assert_eq!(left("a", 11), None, "forgotten");
    }

    #[test]
    fn logins_at_once_are_never_one_too_many() {
        let rule = Lockout { refusals: 2, within: Duration::from_secs(600) };
        let lockouts = Lockouts::default();
        let account = (IpAddr::from(Ipv4Addr::LOCALHOST), None, None);
        let now = Timestamp::UNIX_EPOCH;
        let first = lockouts.begin(&account, rule, now);
        let second = lockouts.begin(&account, rule, now);
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(lockouts.begin(&account, rule, now).err(), Some(SOON), "a third at once");
        drop((first, second));
        lockouts.note(account.clone(), true, now);
        let only = lockouts.begin(&account, rule, now);
        assert!(only.is_ok());
        assert_eq!(lockouts.begin(&account, rule, now).err(), Some(SOON), "one was refused, one goes on");
        drop(only);
        assert!(lockouts.begin(&account, rule, now).is_ok(), "it was cut off, and says nothing");
        assert_eq!(lockouts.0.lock().unwrap().len(), 1);
    }
}
