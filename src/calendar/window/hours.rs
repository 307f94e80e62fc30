//! The hours of one device: windows less black-outs.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::when::{Bounds, When};

/// A window or black-out in the zone of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// Its name.
    pub name: Arc<str>,
    /// When.
    pub when: When,
    /// Of its local times.
    pub zone: TimeZone,
    /// How they are read.
    pub bounds: Bounds,
}

impl Timed {
    /// Whether it holds an instant.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.end(at).is_some()
    }

    /// The end of the span that holds `at`; none where none does.
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        self.when.end(at, &self.zone, self.bounds)
    }

    /// The first beginning behind `at`.
    pub fn next(&self, at: Timestamp) -> Option<Timestamp> {
        self.when.next(at, &self.zone, self.bounds)
    }
}

/// What counts for one piece of work on one device. Without windows every instant outside the black-outs is open.
#[derive(Debug, Clone, Copy)]
pub struct Hours<'a> {
    /// Work begins inside one of these.
    pub windows: &'a [Timed],
    /// And inside none of these.
    pub blackouts: &'a [Timed],
    /// Nothing begins later than this before the end of what is open.
    pub cutoff: SignedDuration,
}

/// Whether work may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Open {
        /// The end of what is open, as far as it is known.
        until: Option<Timestamp>,
    },
    /// It may not.
    Closed(Held),
}

/// Why work does not begin, and when it will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The first instant at which it may begin; none: there is none that is known.
    pub until: Option<Timestamp>,
    /// What holds it back, for people: `black-out 'x'`, `window 'y'`.
    pub by: String,
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.until {
            Some(until) => write!(f, "held back by {}; it may begin at {until}", self.by),
            None => write!(f, "held back by {}, which leaves no instant to begin at; change the windows", self.by),
        }
    }
}

/// Windows that touch are one; so many of them are put together.
const CHAIN: usize = 40;
/// So many windows and black-outs are looked at for the next opening: months of nights.
const STEPS: usize = 400;

impl Hours<'_> {
    /// Whether work may begin at `now`.
    pub fn permit(&self, now: Timestamp) -> Permit {
        match self.open(now) {
            Some(until) if self.is_enough(now, until) => Permit::Open { until },
            _ => Permit::Closed(Held { until: self.next_open(now), by: self.holder(now) }),
        }
    }

    /// Whether work may begin at `now`, without saying why not.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.open(now).is_some_and(|until| self.is_enough(now, until))
    }

    /// The first instant from `after` on at which work may begin.
    pub fn next_open(&self, after: Timestamp) -> Option<Timestamp> {
        let mut at = after;
        for _ in 0..STEPS {
            if let Some(end) = self.blackouts.iter().filter_map(|blackout| blackout.end(at)).max() {
                at = end;
                continue;
            }
            at = match self.open(at) {
                Some(until) if self.is_enough(at, until) => return Some(at),
                Some(until) => until?,
                None => self.windows.iter().filter_map(|window| window.next(at)).min()?,
            };
        }
        None
    }

    /// The end of what is open at `at`, where it has one; none where it is closed.
    fn open(&self, at: Timestamp) -> Option<Option<Timestamp>> {
        if self.blackouts.iter().any(|blackout| blackout.holds(at)) {
            return None;
        }
        let mut end = None;
        if !self.windows.is_empty() {
            let mut reached = at;
            for _ in 0..CHAIN {
                match self.windows.iter().filter_map(|window| window.end(reached)).max() {
                    Some(further) => reached = further,
                    None => break,
                }
            }
            if reached == at {
                return None;
            }
            end = Some(reached);
        }
        let blackout = self.blackouts.iter().filter_map(|blackout| blackout.next(at)).min();
        Some(end.into_iter().chain(blackout).min())
    }

    fn is_enough(&self, at: Timestamp, until: Option<Timestamp>) -> bool {
        until.is_none_or(|until| until.duration_since(at) > self.cutoff)
    }

    fn holder(&self, now: Timestamp) -> String {
        let over = names(self.blackouts.iter().filter(|blackout| blackout.holds(now)));
        if !over.is_empty() {
            return format!("black-out {over}");
        }
        let inside = names(self.windows.iter().filter(|window| window.holds(now)));
        if inside.is_empty() && !self.windows.is_empty() {
            return format!("window {}", names(self.windows.iter()));
        }
        // It is open, but not for long enough.
        let coming = self
            .blackouts
            .iter()
            .filter_map(|blackout| Some((blackout.next(now)?, blackout)))
            .min_by_key(|(at, _)| *at);
        match coming {
            Some((at, blackout)) if inside.is_empty() || self.open(now).flatten() == Some(at) => {
                format!("black-out '{}', which is near", blackout.name)
            }
            _ => format!("window {inside}, whose end is near"),
        }
    }
}

fn names<'t>(timed: impl Iterator<Item = &'t Timed>) -> String {
    timed.map(|timed| format!("'{}'", timed.name)).collect::<Vec<_>>().join(", ")
}
