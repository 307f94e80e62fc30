//! Who is polled when. Pure: no clock, no I/O, so that any day can be tested.
//!
//! Each device has its own offset within its interval, from its name, so that polls are spread evenly and a restart
//! moves none. Devices that answered last time and those that did not have shares of their own of the polls at once, and
//! a poll that takes long counts with those that do not answer: whatever is dead, the good ones are polled in time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::backoff::{self, Next};
use crate::clock::add;
use crate::model::Failure;

/// How long ago a poll may have ended to count as one of now.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// Polls that take long at once, in places of all shares: they only wait.
const SLOW: usize = 4;
/// What pauses are counted in where a device is polled only when asked.
const NOMINAL: Duration = Duration::from_secs(60);
/// A clock that went back further than this was set.
const BACK: SignedDuration = SignedDuration::from_secs(1);

/// Polls at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Of devices that answer.
    pub(super) up: usize,
    /// Of those that do not.
    pub(super) down: usize,
    /// How long a device that refused the credentials is left alone.
    pub(super) refused_pause: Duration,
}

/// Which share of the polls at once a device takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Up,
    Down,
}

#[derive(Debug)]
struct Slot {
    /// Zero: only when asked.
    interval: Duration,
    /// Failures since the last success.
    failures: u32,
    /// When it is to be polled; none: when asked, or it is being polled.
    due: Option<Timestamp>,
    /// Nobody's wish counts before.
    held: Option<Timestamp>,
    /// End of the last poll.
    ended: Option<Timestamp>,
    /// Someone asked while it was being polled.
    again: bool,
    /// The poll that goes on is of the device as it was before it changed.
    foreign: bool,
}

impl Slot {
    fn share(&self) -> Share {
        if self.failures == 0 { Share::Up } else { Share::Down }
    }
}

/// What becomes of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It will be polled as soon as there is a place; or is being polled.
    Soon,
    /// It has just been polled, or must not be polled yet: what is known is the answer.
    Known,
    /// There is no such device.
    Unknown,
}

/// Whose poll ended, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The device is gone, or changed meanwhile: what the poll brought is not its own.
    Foreign,
    /// It answered.
    Well,
    /// It failed.
    Failed(Next),
}

/// How a poll was over.
#[derive(Debug, Clone, Copy)]
enum Over<'a> {
    Well,
    Skipped,
    /// And how much longer the pause is to be, 0 to 1.
    Badly(&'a Failure, f64),
}

/// The plan.
#[derive(Debug)]
pub(super) struct Plan {
    limits: Limits,
    slots: HashMap<Arc<str>, Slot>,
    /// Devices that wait, by due instant.
    up: BTreeSet<(Timestamp, Arc<str>)>,
    down: BTreeSet<(Timestamp, Arc<str>)>,
    /// Polls that go on, also of devices that are gone from the inventory.
    running: HashMap<Arc<str>, Share>,
    running_up: usize,
    running_down: usize,
    /// The latest instant seen.
    seen: Timestamp,
}

impl Plan {
    pub(super) fn new(limits: Limits, now: Timestamp) -> Self {
        Self {
            limits,
            slots: HashMap::new(),
            up: BTreeSet::new(),
            down: BTreeSet::new(),
            running: HashMap::new(),
            running_up: 0,
            running_down: 0,
            seen: now,
        }
    }

    /// Takes a device in, or one that changed: nothing of what it did before counts.
    pub(super) fn put(&mut self, name: &str, interval: Duration, now: Timestamp) {
        self.remove(name);
        let due = self.on_grid(name, interval, now);
        let name: Arc<str> = Arc::from(name);
        let foreign = self.running.contains_key(&name);
        let slot = Slot { interval, failures: 0, due: None, held: None, ended: None, again: false, foreign };
        self.slots.insert(Arc::clone(&name), slot);
        // One whose poll still goes on gets its place when that ends.
        if !foreign {
            self.wait(&name, due);
        }
    }

    /// Forgets a device.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some((name, _)) = self.slots.get_key_value(name) {
            let name = Arc::clone(name);
            self.wait(&name, None);
            self.slots.remove(&name);
        }
    }

    /// Whether it is planned for.
    pub(super) fn has(&self, name: &str) -> bool {
        self.slots.contains_key(name)
    }

    /// Someone wants a device polled now.
    pub(super) fn ask(&mut self, name: &str, now: Timestamp) -> Asked {
        let Some((name, slot)) = self.slots.get_key_value(name) else { return Asked::Unknown };
        let name = Arc::clone(name);
        if self.running.contains_key(&name) {
            if slot.foreign
                && let Some(slot) = self.slots.get_mut(&name)
            {
                slot.again = true;
            }
            return Asked::Soon;
        }
        let fresh = slot.ended.is_some_and(|ended| ended <= now && add(ended, FRESH) > now);
        if fresh || slot.held.is_some_and(|held| held > now) {
            return Asked::Known;
        }
        let due = slot.due.map_or(now, |due| due.min(now));
        self.wait(&name, Some(due));
        Asked::Soon
    }

    /// Something happened to a device (it sent a trap): it is polled at once, also after a poll that has just ended or
    /// goes on, which may have come before. Not more often than every [`FRESH`].
    pub(super) fn nudge(&mut self, name: &str, now: Timestamp) -> Asked {
        let Some((name, slot)) = self.slots.get_key_value(name) else { return Asked::Unknown };
        let name = Arc::clone(name);
        if slot.held.is_some_and(|held| held > now) {
            return Asked::Known;
        }
        if self.running.contains_key(&name) {
            if let Some(slot) = self.slots.get_mut(&name) {
                slot.again = true;
            }
            return Asked::Soon;
        }
        let soonest = slot.ended.map_or(now, |ended| add(ended, FRESH).max(now));
        let due = slot.due.map_or(soonest, |due| due.min(soonest));
        self.wait(&name, Some(due));
        Asked::Soon
    }

    /// The next device to be polled now, and how late that is; none where nobody is due or has a place.
    pub(super) fn start(&mut self, now: Timestamp) -> Option<(Arc<str>, Duration)> {
        self.rebase(now);
        let of = |due: &BTreeSet<(Timestamp, Arc<str>)>| due.first().filter(|(at, _)| *at <= now).cloned();
        let up = if self.running_up < self.limits.up { of(&self.up) } else { None };
        let down = || if self.running_down < self.limits.down { of(&self.down) } else { None };
        let (due, name) = up.or_else(down)?;
        let share = self.slots.get(&name).map_or(Share::Down, Slot::share);
        self.wait(&name, None);
        self.count(share, true);
        self.running.insert(Arc::clone(&name), share);
        Some((name, Duration::try_from(now.duration_since(due)).unwrap_or_default()))
    }

    /// A poll takes long: its place is free for a device that answers. At most [`SLOW`] times as many of these go on as
    /// there are places in all; false where it keeps its place.
    pub(super) fn slow(&mut self, name: &str) -> bool {
        let room = self.running_down < self.limits.up.saturating_add(self.limits.down).saturating_mul(SLOW);
        match self.running.get_mut(name) {
            Some(share) if *share == Share::Up && room => {
                *share = Share::Down;
                self.count(Share::Up, false);
                self.count(Share::Down, true);
                true
            }
            _ => false,
        }
    }

    /// A poll ended. `spread` is between 0 and 1, drawn.
    pub(super) fn end(&mut self, name: &str, failure: Option<&Failure>, now: Timestamp, spread: f64) -> Ended {
        self.over(name, failure.map_or(Over::Well, |failure| Over::Badly(failure, spread)), now)
    }

    /// A poll was not carried out, because a job writes to the device: nothing is known that was not known before, and the
    /// device has its turn again after one interval, or when someone asks.
    pub(super) fn skip(&mut self, name: &str, now: Timestamp) -> Ended {
        self.over(name, Over::Skipped, now)
    }

    fn over(&mut self, name: &str, over: Over<'_>, now: Timestamp) -> Ended {
        if let Some(share) = self.running.remove(name) {
            self.count(share, false);
        }
        let limits = self.limits;
        let Some((name, slot)) = self.slots.get_key_value(name) else { return Ended::Foreign };
        let (name, interval) = (Arc::clone(name), slot.interval);
        let on_grid = self.on_grid(&name, interval, now);
        let Some(slot) = self.slots.get_mut(&name) else { return Ended::Foreign };
        if std::mem::take(&mut slot.foreign) {
            let due = if std::mem::take(&mut slot.again) { Some(now) } else { on_grid };
            self.wait(&name, due);
            return Ended::Foreign;
        }
        let again = std::mem::take(&mut slot.again);
        let pausing = if interval.is_zero() { NOMINAL } else { interval };
        let next = match over {
            Over::Well => {
                (slot.failures, slot.held, slot.ended) = (0, None, Some(now));
                None
            }
            Over::Skipped => None,
            Over::Badly(failure, spread) => {
                slot.ended = Some(now);
                let failures = slot.failures.saturating_add(1);
                Some((failures, backoff::next(failure, failures, pausing, limits.refused_pause, spread)))
            }
        };
        let due = match next {
            None => {
                if again {
                    Some(add(now, FRESH))
                } else {
                    on_grid
                }
            }
            Some((failures, Next::Try(pause))) => {
                (slot.failures, slot.held) = (failures, None);
                let planned = (!interval.is_zero()).then(|| add(now, pause));
                if again { Some(add(now, FRESH)) } else { planned }
            }
            Some((failures, Next::Hold(pause))) => {
                (slot.failures, slot.held) = (failures, Some(add(now, pause)));
                (!interval.is_zero()).then(|| add(now, pause))
            }
            // It costs nothing and is no failure of the device's.
            Some((_, Next::Missing(pause))) => {
                (slot.failures, slot.held) = (0, None);
                (!interval.is_zero()).then(|| add(now, pause))
            }
        };
        self.wait(&name, due);
        next.map_or(Ended::Well, |(_, next)| Ended::Failed(next))
    }

    /// When something is to be done by the passing of time; none: not before a poll ends or someone asks.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let first = |due: &BTreeSet<(Timestamp, Arc<str>)>| due.first().map(|(at, _)| *at);
        let up = if self.running_up < self.limits.up { first(&self.up) } else { None };
        let down = if self.running_down < self.limits.down { first(&self.down) } else { None };
        [up, down].into_iter().flatten().min()
    }

    /// Where the clock was set back, what was planned by it is planned anew.
    fn rebase(&mut self, now: Timestamp) {
        let back = now < self.seen.checked_sub(BACK).unwrap_or(Timestamp::MIN);
        if now < self.seen && !back {
            return;
        }
        let by = self.seen.duration_since(now);
        self.seen = now;
        if !back {
            return;
        }
        let moved = |at: Timestamp| at.checked_sub(by).unwrap_or(Timestamp::MIN);
        let names: Vec<Arc<str>> = self.slots.keys().cloned().collect();
        for name in names {
            let Some(slot) = self.slots.get_mut(&name) else { continue };
            (slot.held, slot.ended) = (slot.held.map(moved), slot.ended.map(moved));
            let (due, interval, failing) = (slot.due, slot.interval, slot.failures > 0);
            let due = match due {
                Some(due) if failing || interval.is_zero() => Some(moved(due)),
                Some(_) => self.on_grid(&name, interval, now),
                None => None,
            };
            self.wait(&name, due);
        }
    }

    /// Puts a device that is not being polled where it belongs.
    fn wait(&mut self, name: &Arc<str>, due: Option<Timestamp>) {
        let Some(slot) = self.slots.get_mut(name) else { return };
        if let Some(before) = slot.due {
            // In whichever it is: its failures may have changed since.
            let key = (before, Arc::clone(name));
            self.up.remove(&key);
            self.down.remove(&key);
        }
        slot.due = due;
        if let Some(due) = due {
            match slot.share() {
                Share::Up => self.up.insert((due, Arc::clone(name))),
                Share::Down => self.down.insert((due, Arc::clone(name))),
            };
        }
    }

    fn count(&mut self, share: Share, begins: bool) {
        let running = match share {
            Share::Up => &mut self.running_up,
            Share::Down => &mut self.running_down,
        };
        *running = if begins { running.saturating_add(1) } else { running.saturating_sub(1) };
    }

    /// The device's next instant after `now`: the same ones within the interval at every start of the daemon.
    fn on_grid(&self, name: &str, interval: Duration, now: Timestamp) -> Option<Timestamp> {
        let every = i64::try_from(interval.as_millis()).ok().filter(|every| *every > 0)?;
        let offset = i64::try_from(hash(name) % u64::try_from(every).ok()?).ok()?;
        let since = now.as_millisecond().checked_sub(offset)?.checked_rem_euclid(every)?;
        Timestamp::from_millisecond(now.as_millisecond().checked_add(every.checked_sub(since)?)?).ok()
    }
}

/// FNV-1a, 64 bits, its high bits folded in: the same at every start and in every version.
fn hash(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests;
