//! The spans of a window or black-out in a zone.

use std::sync::Arc;

use croner::Cron;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// When, in local time but for what happens once.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// On days of the week (none: on every day) from one time to another, past midnight where that is not later.
    Weekly {
        /// The days on which it begins.
        days: Vec<Weekday>,
        /// Its beginning.
        opens: Time,
        /// Its end, no part of it.
        closes: Time,
    },
    /// From the minutes of a cron line on, so long.
    Cron {
        /// The line.
        cron: Arc<Cron>,
        /// Real time from the beginning to the end.
        lasts: SignedDuration,
    },
    /// Once.
    Once {
        /// Its beginning.
        from: Timestamp,
        /// Its end, no part of it.
        until: Timestamp,
    },
}

/// How local times are read that the clocks show twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// The shorter span: for what allows.
    Inner,
    /// The longer span: for what forbids.
    Outer,
}

/// Days around an instant in which a weekly span is looked for: two weeks and a day ahead, since clocks that change may
/// leave nothing of one.
const AHEAD: i64 = 15;
/// No fold of the clocks is longer, seconds; it costs a cron line that begins every minute so many steps.
const FOLD: SignedDuration = SignedDuration::from_hours(3);
/// Steps of a cron line from one minute to the next within that, and some to spare.
const STEPS: usize = 400;

impl When {
    /// The latest end of a span that holds `at`; none where no span does. A beginning belongs to its span, an end does not.
    pub fn end(&self, at: Timestamp, zone: &TimeZone, bounds: Bounds) -> Option<Timestamp> {
        match self {
            Self::Once { from, until } => (*from <= at && at < *until).then_some(*until),
            Self::Weekly { days, opens, closes } => {
                let today = zone.to_datetime(at).date();
                let spans = (-2..=1)
                    .filter_map(|day| on(today.checked_add(day.days()).ok()?, days, *opens, *closes, zone, bounds));
                spans.filter(|(from, until)| *from <= at && at < *until).map(|(_, until)| until).max()
            }
            Self::Cron { cron, lasts } => {
                let (from, last) = self.begun(at, cron, zone, bounds)?;
                // Where a black-out's beginning comes twice, it lasts from the second one on.
                let until = match bounds {
                    Bounds::Inner => from,
                    Bounds::Outer => last,
                };
                until.checked_add(*lasts).ok().filter(|until| at < *until)
            }
        }
    }

    /// The first beginning of a span behind `at`.
    pub fn next(&self, at: Timestamp, zone: &TimeZone, bounds: Bounds) -> Option<Timestamp> {
        match self {
            Self::Once { from, .. } => (*from > at).then_some(*from),
            Self::Weekly { days, opens, closes } => {
                let today = zone.to_datetime(at).date();
                let mut spans = (-2..=AHEAD)
                    .filter_map(|day| on(today.checked_add(day.days()).ok()?, days, *opens, *closes, zone, bounds));
                spans.find(|(from, _)| *from > at).map(|(from, _)| from)
            }
            Self::Cron { cron, .. } => {
                let mut local = zone.to_datetime(at.checked_sub(FOLD).ok()?);
                for _ in 0..STEPS {
                    local = cron.find_next_occurrence(&local, false).ok()?;
                    let (first, second) = readings(zone, local)?;
                    let from = match bounds {
                        Bounds::Inner => second,
                        Bounds::Outer => first,
                    };
                    if from > at {
                        return Some(from);
                    }
                }
                None
            }
        }
    }

    /// The latest beginning of a cron line that is not behind `at`, and its last reading.
    fn begun(&self, at: Timestamp, cron: &Cron, zone: &TimeZone, bounds: Bounds) -> Option<(Timestamp, Timestamp)> {
        // The clocks may have gone back: a beginning behind what they show now may be over already.
        let mut local = zone.to_datetime(at).checked_add(FOLD).ok()?;
        for _ in 0..STEPS {
            local = cron.find_previous_occurrence(&local, false).ok()?;
            let (first, second) = readings(zone, local)?;
            let from = match bounds {
                Bounds::Inner => second,
                Bounds::Outer => first,
            };
            if from <= at {
                return Some((from, second));
            }
        }
        None
    }
}

/// The span that begins on a day; none where it does not, or nothing is left of it.
fn on(
    date: Date,
    days: &[Weekday],
    opens: Time,
    closes: Time,
    zone: &TimeZone,
    bounds: Bounds,
) -> Option<(Timestamp, Timestamp)> {
    if !days.is_empty() && !days.contains(&date.weekday()) {
        return None;
    }
    let end = if closes > opens { date } else { date.tomorrow().ok()? };
    let opens = readings(zone, date.to_datetime(opens))?;
    let closes = readings(zone, end.to_datetime(closes))?;
    let (from, until) = match bounds {
        Bounds::Outer => (opens.0, closes.1),
        Bounds::Inner if closes.0 > opens.1 => (opens.1, closes.0),
        // Both lie in the hour that comes twice: the second time.
        Bounds::Inner => (opens.1, closes.1),
    };
    (from < until).then_some((from, until))
}

/// The first and the last instant at which clocks show a local time: the same one but in a fold. In a gap both are its end.
fn readings(zone: &TimeZone, local: DateTime) -> Option<(Timestamp, Timestamp)> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible().ok().map(|at| (at, at)),
        AmbiguousOffset::Fold { .. } => Some((ambiguous.earlier().ok()?, ambiguous.later().ok()?)),
        AmbiguousOffset::Gap { .. } => {
            let before = ambiguous.earlier().ok()?;
            let end = zone.following(before).next()?.timestamp();
            Some((end, end))
        }
    }
}
