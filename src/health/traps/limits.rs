//! Bounds: how much of a device is taken, how often a sentence is said, what has been seen before. Pure, by the instants
//! that they are given.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// How long a sentence is not said again.
const QUIET: SignedDuration = SignedDuration::from_mins(1);

/// How long an inform may be repeated and be the same one: senders give up within a minute.
const REPEATS: SignedDuration = SignedDuration::from_mins(1);

/// Informs of a device that are remembered.
const REMEMBERED: usize = 64;

/// RFC 3414, 2.2.3: how much older than another a message may be, seconds.
const WINDOW: i64 = 150;

/// So many at once, and as many again in each minute.
#[derive(Debug)]
pub(super) struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Bucket {
    pub(super) fn full(size: u32, now: Timestamp) -> Self {
        Self { left: f64::from(size), at: now }
    }

    /// Whether one more may be taken. A clock that goes back gives nothing and takes nothing.
    pub(super) fn take(&mut self, size: u32, now: Timestamp) -> bool {
        let size = f64::from(size);
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + passed * size / 60.0).min(size);
        self.at = now;
        let has = self.left >= 1.0;
        if has {
            self.left -= 1.0;
        }
        has
    }
}

/// A sentence that is said once a minute at most.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    said: Option<Timestamp>,
    held: u64,
}

impl Quiet {
    /// How often it would have been said since it was said last, this time included; none while it is not to be said.
    pub(super) fn say(&mut self, now: Timestamp) -> Option<u64> {
        self.held += 1;
        let soon = |said: Timestamp| (SignedDuration::ZERO..QUIET).contains(&now.duration_since(said));
        if self.said.is_some_and(soon) {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.held))
    }
}

/// Informs that have come.
#[derive(Debug, Default)]
pub(super) struct Informs(VecDeque<(Timestamp, i32)>);

impl Informs {
    /// Whether it has come before; remembers it where not.
    pub(super) fn repeated(&mut self, id: i32, now: Timestamp) -> bool {
        self.0.retain(|(at, _)| now.duration_since(*at) < REPEATS);
        if self.0.iter().any(|(_, known)| *known == id) {
            return true;
        }
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((now, id));
        false
    }

    /// It is as if it had not come.
    pub(super) fn forget(&mut self, id: i32) {
        self.0.retain(|(_, known)| *known != id);
    }
}

/// The newest message of a sender's engine, by its own clock. Time that passes here is not added to it, as RFC 3414
/// would: agents whose clock stands are believed, and a message that is sent again costs a poll.
#[derive(Debug, Default)]
pub(super) struct Newest(Option<(Vec<u8>, i64, i64)>);

impl Newest {
    /// Whether a message under a good digest is not older than another by more than the window; remembers it then.
    pub(super) fn fresh(&mut self, engine: &[u8], boots: i64, time: i64) -> bool {
        if let Some((known, newest, at)) = &self.0
            && known == engine
        {
            if boots < *newest || (boots == *newest && time < at - WINDOW) {
                return false;
            }
            if boots == *newest && time < *at {
                return true;
            }
        }
        self.0 = Some((engine.to_vec(), boots, time));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_fills_in_a_minute() {
        let mut bucket = Bucket::full(6, at(0));
        let taken = (0..20).filter(|_| bucket.take(6, at(0))).count();
        assert_eq!(taken, 6);
        assert!(!bucket.take(6, at(9)));
        assert!(bucket.take(6, at(10)));
        assert!(!bucket.take(6, at(11)), "one in ten seconds");
        assert!(!bucket.take(6, at(0)), "back in time");
        let taken = (0..20).filter(|_| bucket.take(6, at(3600))).count();
        assert_eq!(taken, 6, "never more than it holds");
    }

    #[test]
    fn a_sentence_is_said_once_a_minute_with_its_count() {
        let mut quiet = Quiet::default();
        assert_eq!(quiet.say(at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(quiet.say(at(second)), None);
        }
        assert_eq!(quiet.say(at(60)), Some(60));
        assert_eq!(quiet.say(at(10)), Some(1), "a clock that goes back silences nobody");
    }

    #[test]
    fn an_inform_is_the_same_for_a_minute() {
        let mut informs = Informs::default();
        assert!(!informs.repeated(7, at(0)));
        assert!(informs.repeated(7, at(59)));
        assert!(!informs.repeated(8, at(59)));
        assert!(!informs.repeated(7, at(60)), "later it is another");
        informs.forget(8);
        assert!(!informs.repeated(8, at(61)));
    }

    #[test]
    fn what_is_older_than_the_newest_is_not_fresh() {
        let mut newest = Newest::default();
        assert!(newest.fresh(b"a", 3, 1000));
        assert!(newest.fresh(b"a", 3, 850));
        assert!(!newest.fresh(b"a", 3, 849));
        assert!(!newest.fresh(b"a", 2, 5000));
        assert!(newest.fresh(b"a", 4, 0));
        assert!(!newest.fresh(b"a", 3, 1001));
        assert!(newest.fresh(b"b", 1, 0), "another engine");
    }
}
