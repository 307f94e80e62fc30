//! When recurring work is due, and which instants were missed.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Cron, CronError, Zones};
use crate::clock::{add, human};
use crate::model::{Due, When};

/// Shortest and longest period of [`When::Every`].
const PERIODS: std::ops::RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(366 * 86_400);
/// So many missed instants are counted; of more it is said that they are more.
const COUNTED: u64 = 2000;
/// Windows before the end in which the newest missed instants are looked for, hours: each holds at most some thousands.
const WINDOWS: [i64; 5] = [1, 24, 40 * 24, 400 * 24, 5000 * 24];

/// A schedule's [`When`], ready to be asked.
#[derive(Debug, Clone)]
pub enum Timing {
    /// A cron line in a zone.
    Cron(Box<Cron>, TimeZone),
    /// Every so often from the anchor on.
    Every(SignedDuration, Timestamp),
    /// Once.
    At(Timestamp),
}

/// What is wrong with a [`When`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// The line.
    #[error(transparent)]
    Cron(#[from] CronError),
    /// The zone.
    #[error("'{0}' is no IANA time zone, such as America/Chicago")]
    Zone(String),
    /// No zone for a cron line or a local time.
    #[error("a cron line and a local time need a zone, such as America/Chicago")]
    NoZone,
    /// The period.
    #[error("'every' must be a whole number with its unit from 10s to 366d, such as 6h")]
    Period,
    /// The instant.
    #[error("'at' must be an instant such as 2026-07-02T02:00:00-05:00, or a local time 2026-07-02T02:00 with a zone")]
    Instant,
    /// None, or several.
    #[error("give one of 'cron', 'every' and 'at'")]
    NotOne,
}

/// A [`When`] as a person writes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written<'a> {
    /// A cron line.
    pub cron: Option<&'a str>,
    /// A duration, see [`human`].
    pub every: Option<&'a str>,
    /// An instant, or a local time.
    pub at: Option<&'a str>,
    /// The zone of the line or the local time.
    pub zone: Option<&'a str>,
}

impl Written<'_> {
    /// What is meant, and the zone: `UTC` where none is needed and none is given.
    pub fn read(self, zones: &Zones) -> Result<(When, String), TimingError> {
        let zone = self.zone.map(str::trim).filter(|zone| !zone.is_empty());
        if let Some(name) = zone {
            zones.get(name).ok_or_else(|| TimingError::Zone(name.chars().take(64).collect()))?;
        }
        let when = match (self.cron, self.every, self.at) {
            (Some(line), None, None) => {
                let cron = Cron::parse(line)?;
                zone.ok_or(TimingError::NoZone)?;
                When::Cron(cron.as_str().to_owned())
            }
            (None, Some(text), None) => {
                let period = human::parse(text.trim()).map_err(|_| TimingError::Period)?;
                if !PERIODS.contains(&period) {
                    return Err(TimingError::Period);
                }
                When::Every(period)
            }
            (None, None, Some(text)) => When::At(instant(text.trim(), zone, zones)?),
            _ => return Err(TimingError::NotOne),
        };
        Ok((when, zone.unwrap_or("UTC").to_owned()))
    }
}

/// An instant with its offset, or a local time of the zone: inside a gap it moves past it, inside a fold it is the first.
fn instant(text: &str, zone: Option<&str>, zones: &Zones) -> Result<Timestamp, TimingError> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = text.parse::<DateTime>().map_err(|_| TimingError::Instant)?;
    let zone = zones.get(zone.ok_or(TimingError::NoZone)?).ok_or(TimingError::NoZone)?;
    zone.to_timestamp(local).map_err(|_| TimingError::Instant)
}

/// Instants that nobody looked at in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The newest of them, oldest first, at most as many as were asked for.
    pub newest: Vec<Timestamp>,
    /// How many there are; none: more than could be counted.
    pub count: Option<u64>,
}

impl Timing {
    /// Of a stored schedule. `anchor`: when it was made or changed.
    pub fn of(when: &When, zone: &str, anchor: Timestamp, zones: &Zones) -> Result<Self, TimingError> {
        Ok(match when {
            When::Cron(line) => {
                let zone = zones.get(zone).ok_or_else(|| TimingError::Zone(zone.to_owned()))?;
                Timing::Cron(Box::new(Cron::parse(line)?), zone)
            }
            When::Every(period) => {
                let period = SignedDuration::try_from(*period).ok().filter(|period| period.is_positive());
                Timing::Every(period.ok_or(TimingError::Period)?, anchor)
            }
            When::At(at) => Timing::At(*at),
        })
    }

    /// The first instant after `after`.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Timing::Cron(cron, zone) => cron.next(zone, after),
            Timing::Every(period, anchor) => {
                let past = after.duration_since(*anchor);
                if past.is_negative() {
                    return anchor.checked_add(*period).ok();
                }
                let beats = past.as_micros() / period.as_micros().max(1) + 1;
                beat(*period, *anchor, beats)
            }
            Timing::At(at) => (*at > after).then_some(*at),
        }
    }

    /// The same instant, or the next one that the wall clock had not shown before: after the data of the zone changed. The
    /// wall clock at `after` is what the old data made of it.
    pub fn next_unlike(&self, after: Timestamp, shown: Option<DateTime>) -> Option<Timestamp> {
        let mut next = self.next(after)?;
        if let (Timing::Cron(_, zone), Some(shown)) = (self, shown) {
            for _ in 0..8 {
                if zone.to_datetime(next) > shown {
                    break;
                }
                next = self.next(next)?;
            }
        }
        Some(next)
    }

    /// What the wall clock of the zone shows at an instant; none where there is no zone.
    pub fn shown(&self, at: Timestamp) -> Option<DateTime> {
        match self {
            Timing::Cron(_, zone) => Some(zone.to_datetime(at)),
            Timing::Every(..) | Timing::At(_) => None,
        }
    }

    /// The instants from `first`, which is one, to before `end`: the newest `want`, and how many.
    pub fn late(&self, first: Timestamp, end: Timestamp, want: usize) -> Late {
        match self {
            Timing::At(_) => Late { newest: vec![first], count: Some(1) },
            Timing::Every(period, _) => {
                let more = end.duration_since(first).as_micros().saturating_sub(1).max(0) / period.as_micros().max(1);
                let count = u64::try_from(more).unwrap_or(u64::MAX).saturating_add(1);
                let want = i128::try_from(want).unwrap_or(i128::MAX);
                let newest = ((more + 1 - want).max(0)..=more).filter_map(|beats| beat(*period, first, beats));
                Late { newest: newest.collect(), count: Some(count) }
            }
            Timing::Cron(..) => self.late_by_line(first, end, want),
        }
    }

    fn late_by_line(&self, first: Timestamp, end: Timestamp, want: usize) -> Late {
        let (newest, count) = self.walk(first, end, want, COUNTED);
        if count < COUNTED {
            return Late { newest, count: Some(count) };
        }
        for hours in WINDOWS {
            let from = end.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
            if from <= first {
                break;
            }
            let Some(start) = self.next(from) else { continue };
            let (newest, _) = self.walk(start, end, want, u64::MAX);
            if newest.len() >= want {
                return Late { newest, count: None };
            }
        }
        let (newest, _) = self.walk(first, end, want, u64::MAX);
        Late { newest, count: None }
    }

    /// From `start`, which is an instant, to before `end`, at most `most`: the last `want`, and how many.
    fn walk(&self, start: Timestamp, end: Timestamp, want: usize, most: u64) -> (Vec<Timestamp>, u64) {
        let (mut newest, mut count, mut at) = (VecDeque::new(), 0, Some(start));
        while let Some(instant) = at.filter(|at| *at < end && count < most) {
            newest.push_back(instant);
            if newest.len() > want {
                newest.pop_front();
            }
            count += 1;
            at = self.next(instant);
        }
        (newest.into(), count)
    }
}

/// `from` and so many periods.
fn beat(period: SignedDuration, from: Timestamp, beats: i128) -> Option<Timestamp> {
    let micros = i64::try_from(period.as_micros().checked_mul(beats)?).ok()?;
    from.checked_add(SignedDuration::from_micros(micros)).ok()
}

/// The next due instant after `after`, with its spread.
pub fn due(name: &str, timing: &Timing, after: Timestamp, jitter: Duration) -> Option<Due> {
    let at = timing.next(after)?;
    Some(Due { at, fire_at: add(at, spread(name, at, jitter)) })
}

/// How much later than its instant a run begins: below `jitter`, and for one schedule and instant always the same,
/// whoever asks and however often.
pub fn spread(name: &str, at: Timestamp, jitter: Duration) -> Duration {
    let millis = u64::try_from(jitter.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return Duration::ZERO;
    }
    // FNV-1a, then the finish of splitmix64: neighbours in, strangers out.
    let bytes = name.bytes().chain(at.as_second().to_le_bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Duration::from_millis((hash ^ (hash >> 31)) % millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn timing(when: &When, zone: &str) -> Timing {
        Timing::of(when, zone, at("2026-01-01T00:00:00Z"), &Zones::system()).unwrap()
    }

    #[test]
    fn every_so_often_counts_from_the_anchor() {
        let timing = timing(&When::Every(Duration::from_secs(6 * 3600)), "UTC");
        for (after, next) in [
            ("2025-12-31T00:00:00Z", "2026-01-01T06:00:00Z"),
            ("2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z"),
            ("2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z"),
            ("2026-01-01T05:59:59Z", "2026-01-01T06:00:00Z"),
            ("2026-03-08T08:00:01Z", "2026-03-08T12:00:00Z"),
        ] {
            assert_eq!(timing.next(at(after)), Some(at(next)), "{after}");
        }
        let late = timing.late(at("2026-01-01T06:00:00Z"), at("2026-01-03T00:00:00Z"), 2);
        let newest = vec![at("2026-01-02T12:00:00Z"), at("2026-01-02T18:00:00Z")];
        assert_eq!(late, Late { newest, count: Some(7) });
    }

    #[test]
    fn late_instants_of_a_line_are_found_however_long_it_was() {
        let nightly = timing(&When::Cron("30 2 * * *".to_owned()), "America/Chicago");
        let late = nightly.late(at("2026-03-07T08:30:00Z"), at("2026-03-09T12:00:00Z"), 2);
        let newest = vec![at("2026-03-08T08:00:00Z"), at("2026-03-09T07:30:00Z")];
        assert_eq!(late, Late { newest, count: Some(3) });
        // Every minute for a year: the newest without walking it all.
        let minutely = timing(&When::Cron("* * * * *".to_owned()), "UTC");
        let late = minutely.late(at("2026-01-01T00:01:00Z"), at("2027-01-01T00:00:00Z"), 100);
        assert_eq!((late.newest.len(), late.count), (100, None));
        assert_eq!(late.newest.last(), Some(&at("2026-12-31T23:59:00Z")));
        assert_eq!(late.newest.first(), Some(&at("2026-12-31T22:20:00Z")));
        let once = timing(&When::At(at("2026-02-01T00:00:00Z")), "UTC");
        let late = once.late(at("2026-02-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 5);
        assert_eq!(late, Late { newest: vec![at("2026-02-01T00:00:00Z")], count: Some(1) });
    }

    #[test]
    fn once_is_once() {
        let once = timing(&When::At(at("2026-02-01T00:00:00Z")), "UTC");
        assert_eq!(once.next(at("2026-01-01T00:00:00Z")), Some(at("2026-02-01T00:00:00Z")));
        assert_eq!(once.next(at("2026-02-01T00:00:00Z")), None);
    }

    #[test]
    fn what_is_written_is_read_or_told() {
        let read = |cron, every, at, zone| Written { cron, every, at, zone }.read(&Zones::system());
        let chicago = Some("America/Chicago");
        assert_eq!(
            read(Some("30  2 * * *"), None, None, chicago),
            Ok((When::Cron("30 2 * * *".to_owned()), "America/Chicago".to_owned()))
        );
        assert_eq!(
            read(None, Some("6h"), None, None),
            Ok((When::Every(Duration::from_secs(21_600)), "UTC".to_owned()))
        );
        let instant = at("2026-07-02T07:00:00Z");
        assert_eq!(read(None, None, Some("2026-07-02T02:00:00-05:00"), None).unwrap().0, When::At(instant));
        assert_eq!(read(None, None, Some("2026-07-02T02:00"), chicago).unwrap().0, When::At(instant));
        // In the gap: its end as far behind as the time lies in it.
        let gap = read(None, None, Some("2026-03-08T02:30"), chicago).unwrap().0;
        assert_eq!(gap, When::At(at("2026-03-08T08:30:00Z")));
        assert_eq!(read(Some("30 2 * * *"), None, None, None), Err(TimingError::NoZone));
        assert_eq!(read(None, None, Some("2026-07-02T02:00"), None), Err(TimingError::NoZone));
        assert_eq!(read(None, None, None, chicago), Err(TimingError::NotOne));
        assert_eq!(read(Some("* * * * *"), Some("6h"), None, chicago), Err(TimingError::NotOne));
        for period in ["9s", "367d", "6", "often"] {
            assert_eq!(read(None, Some(period), None, None), Err(TimingError::Period), "{period}");
        }
        let mars = read(Some("* * * * *"), None, None, Some("Mars/Base"));
        assert_eq!(mars, Err(TimingError::Zone("Mars/Base".to_owned())));
    }

    #[test]
    fn a_spread_is_stable_below_its_limit_and_unlike_its_neighbours() {
        let limit = Duration::from_secs(600);
        let instant = at("2026-07-02T07:00:00Z");
        assert_eq!(spread("a", instant, limit), spread("a", instant, limit));
        assert_eq!(spread("a", instant, Duration::ZERO), Duration::ZERO);
        let spreads: Vec<Duration> = (0..1000).map(|n| spread(&format!("site-{n}"), instant, limit)).collect();
        assert!(spreads.iter().all(|spread| *spread < limit));
        // Even: a tenth of the span holds about a tenth of them.
        let early = spreads.iter().filter(|spread| **spread < limit / 10).count();
        assert!((60..140).contains(&early), "{early}");
        let other = add(instant, Duration::from_secs(86_400));
        assert_ne!(spread("a", instant, limit), spread("a", other, limit));
    }

    #[test]
    fn after_new_data_of_a_zone_the_same_hour_is_not_due_again() {
        let old = TimeZone::posix("CST6").unwrap();
        let new = TimeZone::posix("CST7").unwrap();
        let cron = Box::new(Cron::parse("0 2 * * *").unwrap());
        let ran = at("2026-07-02T08:00:00Z");
        let before = Timing::Cron(cron.clone(), old);
        let after = Timing::Cron(cron, new);
        assert_eq!(after.next(ran), Some(at("2026-07-02T09:00:00Z")), "two o'clock again by the new data");
        assert_eq!(after.next_unlike(ran, before.shown(ran)), Some(at("2026-07-03T09:00:00Z")));
    }
}
