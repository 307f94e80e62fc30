//! When work on a radio may begin: the nightly window of the settings, or the named windows that are about it, and never in
//! a black-out. Pure.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar::window::{Book, Bounds, Held, Hours, Kind, Permit, Subject, Timed, When};

/// What is about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// An activation by the schedule, or by a person within the window: inside the named windows, or the nightly one
    /// where no named one is about the radio.
    Activation,
    /// What takes the radio down because a person asked for it now (an immediate activation, a restart): at any hour
    /// unless named windows are about the radio, and then inside them.
    Outage,
    /// What changes its configuration: likewise, to the last moment of a window.
    Configuration,
}

/// The hours of one radio.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// One: that of the settings.
    nightly: [Timed; 1],
    named: Vec<Timed>,
    blackouts: Vec<Timed>,
    /// Nothing that takes a radio down starts later than this before the end of what is open.
    cutoff: SignedDuration,
}

/// A setting that is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not `HH:MM-HH:MM`.
    #[error("'{0}' is no window; write HH:MM-HH:MM, such as 02:00-05:00")]
    Form(String),
    /// No such zone.
    #[error("'{0}' is no IANA time zone, such as America/Chicago")]
    Zone(String),
    /// Nothing could ever start.
    #[error("the cut-off leaves nothing of the window {0}; make it shorter than the window")]
    Empty(String),
}

impl Window {
    /// From the settings. `zone` is an IANA name.
    pub fn parse(text: &str, zone: &str, cutoff: Duration) -> Result<Self, WindowError> {
        let zone = TimeZone::get(zone).map_err(|_| WindowError::Zone(zone.to_owned()))?;
        Self::of(text, zone, cutoff)
    }

    /// The same with a zone that is known already, such as a site's.
    pub fn of(text: &str, zone: TimeZone, cutoff: Duration) -> Result<Self, WindowError> {
        let form = || WindowError::Form(text.to_owned());
        let (opens, closes) = text.split_once('-').ok_or_else(form)?;
        let (opens, closes) = (clock_time(opens).ok_or_else(form)?, clock_time(closes).ok_or_else(form)?);
        let cutoff = SignedDuration::try_from(cutoff).unwrap_or(SignedDuration::MAX);
        let mut length = opens.duration_until(closes);
        if length <= SignedDuration::ZERO {
            length += SignedDuration::from_hours(24);
        }
        if cutoff >= length {
            return Err(WindowError::Empty(text.to_owned()));
        }
        let when = When::Weekly { days: Vec::new(), opens, closes };
        let nightly = Timed { name: Arc::from(NIGHTLY), when, zone, bounds: Bounds::Inner };
        Ok(Self { nightly: [nightly], named: Vec::new(), blackouts: Vec::new(), cutoff })
    }

    /// With the windows and black-outs of a book that are about the radio.
    #[must_use]
    pub fn with(self, book: &Book, subject: &Subject<'_>) -> Self {
        Self { named: book.about(Kind::Window, subject), blackouts: book.about(Kind::Blackout, subject), ..self }
    }

    /// Whether named windows or black-outs are about the radio: then it does nothing by itself that takes it down.
    pub fn is_governed(&self) -> bool {
        !self.named.is_empty() || !self.blackouts.is_empty()
    }

    /// Whether some work may begin now. `force` passes the windows, never a black-out.
    pub fn may(&self, work: Work, force: bool, now: Timestamp) -> bool {
        self.hours(work, force).is_open(now)
    }

    /// Why some work may not begin now; none: it may.
    pub fn held(&self, work: Work, force: bool, now: Timestamp) -> Option<Held> {
        match self.hours(work, force).permit(now) {
            Permit::Open { .. } => None,
            Permit::Closed(held) => Some(held),
        }
    }

    /// The first instant from `after` on at which some work may begin; none: none is known.
    pub fn next(&self, work: Work, force: bool, after: Timestamp) -> Option<Timestamp> {
        self.hours(work, force).next_open(after)
    }

    /// Whether an activation may start now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.may(Work::Activation, false, now)
    }

    /// The first instant, `after` itself included, at which an activation may start. None: none is known.
    pub fn next_open(&self, after: Timestamp) -> Option<Timestamp> {
        self.next(Work::Activation, false, after)
    }

    /// When what is open now ends; none where it is closed, or has no end that is known.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = Hours { cutoff: SignedDuration::ZERO, ..self.hours(Work::Activation, false) };
        match hours.permit(now) {
            Permit::Open { until } => until,
            Permit::Closed(_) => None,
        }
    }

    /// When an activation that is not to begin before `at` may begin: inside a window, from now on.
    pub fn due(&self, now: Timestamp, at: Option<Timestamp>) -> Option<Timestamp> {
        self.next_open(at.map_or(now, |at| at.max(now)))
    }

    fn hours(&self, work: Work, force: bool) -> Hours<'_> {
        let windows: &[Timed] = match work {
            _ if force => &[],
            Work::Activation if self.named.is_empty() => &self.nightly,
            Work::Activation | Work::Outage | Work::Configuration => &self.named,
        };
        let cutoff = match work {
            Work::Activation | Work::Outage => self.cutoff,
            Work::Configuration => SignedDuration::ZERO,
        };
        Hours { windows, blackouts: &self.blackouts, cutoff }
    }
}

/// What the window of the settings is called beside those that have names.
pub const NIGHTLY: &str = "nightly";

fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i8>().ok());
    Time::new(two(hour)??, two(minute)??, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn chicago(cutoff_minutes: u64) -> Window {
        Window::parse("02:00-05:00", "America/Chicago", Duration::from_secs(60 * cutoff_minutes)).unwrap()
    }

    #[test]
    fn s052_starts_only_inside_and_before_the_cut_off() {
        let whole = chicago(0);
        // Summer: Chicago is UTC-5.
        for (instant, open) in [
            ("2026-07-02T06:59:59Z", false),
            ("2026-07-02T07:00:00Z", true),
            ("2026-07-02T09:59:59Z", true),
            ("2026-07-02T10:00:00Z", false),
            ("2026-07-02T19:00:00Z", false),
        ] {
            assert_eq!(whole.is_open(at(instant)), open, "{instant}");
        }
        let hour = chicago(60);
        for (instant, open) in [
            ("2026-07-02T06:59:59Z", false),
            ("2026-07-02T07:00:00Z", true),
            ("2026-07-02T08:59:59Z", true),
            ("2026-07-02T09:00:00Z", false),
            ("2026-07-02T09:59:00Z", false),
        ] {
            assert_eq!(hour.is_open(at(instant)), open, "{instant}");
        }
        assert_eq!(hour.ends_at(at("2026-07-02T08:00:00Z")), Some(at("2026-07-02T10:00:00Z")));
    }

    #[test]
    fn s052_the_days_on_which_clocks_change() {
        // 2026-03-08: 02:00 CST becomes 03:00 CDT (08:00Z); the window is 03:00 to 05:00 CDT.
        let window = chicago(60);
        for (instant, open) in [
            ("2026-03-08T07:59:59Z", false),
            ("2026-03-08T08:00:00Z", true),
            ("2026-03-08T08:59:59Z", true),
            ("2026-03-08T09:00:00Z", false),
        ] {
            assert_eq!(window.is_open(at(instant)), open, "{instant}");
        }
        // 2026-11-01: 02:00 CDT becomes 01:00 CST (07:00Z); 02:00 CST is 08:00Z, 05:00 CST 11:00Z.
        for (instant, open) in [
            ("2026-11-01T07:30:00Z", false),
            ("2026-11-01T07:59:59Z", false),
            ("2026-11-01T08:00:00Z", true),
            ("2026-11-01T09:59:59Z", true),
            ("2026-11-01T10:00:00Z", false),
        ] {
            assert_eq!(window.is_open(at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn a_cut_off_longer_than_the_short_night_skips_it() {
        let window = chicago(150);
        assert_eq!(window.next_open(at("2026-03-08T06:00:00Z")), Some(at("2026-03-09T07:00:00Z")));
    }

    #[test]
    fn s053_two_oclock_in_chicago_in_both_halves_of_the_year() {
        let window = chicago(60);
        assert_eq!(window.due(at("2026-07-01T20:00:00Z"), None), Some(at("2026-07-02T07:00:00Z")));
        assert_eq!(window.due(at("2026-01-01T20:00:00Z"), None), Some(at("2026-01-02T08:00:00Z")));
        let asked = Some(at("2026-07-02T02:00:00-05:00"));
        assert_eq!(window.due(at("2026-07-01T20:00:00Z"), asked), Some(at("2026-07-02T07:00:00Z")));
        // Not before what was asked, and inside the window.
        let later = Some(at("2026-07-03T08:15:00Z"));
        assert_eq!(window.due(at("2026-07-01T20:00:00Z"), later), later);
        let noon = Some(at("2026-07-03T17:00:00Z"));
        assert_eq!(window.due(at("2026-07-01T20:00:00Z"), noon), Some(at("2026-07-04T07:00:00Z")));
        // What was asked is past: as soon as the window allows.
        assert_eq!(window.due(at("2026-07-02T07:30:00Z"), asked), Some(at("2026-07-02T07:30:00Z")));
        assert_eq!(window.due(at("2026-07-02T09:30:00Z"), asked), Some(at("2026-07-03T07:00:00Z")));
    }

    #[test]
    fn a_window_may_pass_midnight() {
        let window = Window::parse("23:00-01:00", "UTC", Duration::ZERO).unwrap();
        for (instant, open) in [
            ("2026-07-02T22:59:59Z", false),
            ("2026-07-02T23:00:00Z", true),
            ("2026-07-03T00:59:59Z", true),
            ("2026-07-03T01:00:00Z", false),
        ] {
            assert_eq!(window.is_open(at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn what_is_no_window_is_said() {
        for text in ["", "2:00-5:00", "02:00", "02:00-25:00", "02:00 - 05:00", "02:0x-05:00", "+2:00-05:00"] {
            assert_eq!(Window::parse(text, "UTC", Duration::ZERO), Err(WindowError::Form(text.to_owned())), "{text}");
        }
        assert!(matches!(Window::parse("02:00-05:00", "Mars/Base", Duration::ZERO), Err(WindowError::Zone(_))));
        assert!(matches!(Window::parse("02:00-03:00", "UTC", Duration::from_secs(3600)), Err(WindowError::Empty(_))));
    }

    proptest::proptest! {
        /// Whatever the instant: the next opening is open, and nothing between was.
        #[test]
        fn the_next_opening_is_open(second in 1_700_000_000_i64..1_900_000_000, cutoff in 0_u64..170, probe in 0.0_f64..1.0) {
            let (window, now) = (chicago(cutoff), Timestamp::from_second(second).unwrap());
            let next = window.next_open(now).unwrap();
            proptest::prop_assert!(window.is_open(next) && next >= now);
            let between = now + SignedDuration::from_secs_f64((next - now).total(jiff::Unit::Second).unwrap() * probe);
            proptest::prop_assert!(between >= next || !window.is_open(between));
            proptest::prop_assert_eq!(window.is_open(now), next == now);
        }
    }
}
