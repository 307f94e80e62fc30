//! From what people write to a rule.

use std::sync::Arc;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Kind, Rule, Scope, Spec, When, WindowError};
use crate::clock::human;

/// Longest name, characters.
const NAME: usize = 60;
/// Names that paths of the API, and the nightly window, have already.
const TAKEN: [&str; 2] = ["waiting", "nightly"];
/// A cron window lasts at least a minute and at most a month: beyond, `from` and `until` say it better.
const LASTS: (SignedDuration, SignedDuration) = (SignedDuration::from_mins(1), SignedDuration::from_hours(31 * 24));

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Spec {
    /// Reads it.
    pub fn rule(&self, kind: Kind) -> Result<Rule, WindowError> {
        let good = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        let named = (1..=NAME).contains(&self.name.len())
            && self.name.chars().all(good)
            && self.name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && !TAKEN.contains(&self.name.as_str());
        if !named {
            return Err(WindowError::Name);
        }
        let name = || self.name.clone();
        let zone = match &self.zone {
            None => None,
            Some(zone) => Some(TimeZone::get(zone).map_err(|_| WindowError::Zone(name()))?),
        };
        Ok(Rule { spec: self.clone(), kind, scope: self.scope()?, when: self.when()?, zone })
    }

    fn scope(&self) -> Result<Scope, WindowError> {
        let name = || self.name.clone();
        if [&self.site, &self.tag, &self.device].into_iter().flatten().any(|text| text.trim().is_empty()) {
            return Err(WindowError::EmptyScope(name()));
        }
        match (&self.site, &self.tag, &self.device) {
            (None, None, None) => Ok(Scope::All),
            (Some(site), None, None) => Ok(Scope::Site(site.clone())),
            (None, Some(tag), None) => Ok(match tag.split_once('=') {
                Some((tag, value)) => Scope::Tag(tag.trim().to_owned(), Some(value.trim().to_owned())),
                None => Scope::Tag(tag.trim().to_owned(), None),
            }),
            (None, None, Some(device)) => Ok(Scope::Device(device.clone())),
            _ => Err(WindowError::Scope(name())),
        }
    }

    fn when(&self) -> Result<When, WindowError> {
        let name = || self.name.clone();
        let stray = (self.time.is_none() && !self.days.is_empty()) || (self.cron.is_none() && self.lasts.is_some());
        match (&self.time, &self.cron, &self.from, &self.until) {
            _ if stray => Err(WindowError::When(name())),
            (Some(time), None, None, None) => {
                let (opens, closes) = range(time).ok_or_else(|| WindowError::Time(name()))?;
                let mut days = Vec::new();
                for day in &self.days {
                    let day = day.trim().to_ascii_lowercase();
                    let known = DAYS.iter().find(|(name, _)| *name == day);
                    days.push(known.ok_or_else(|| WindowError::Days(name()))?.1);
                }
                Ok(When::Weekly { days, opens, closes })
            }
            (None, Some(line), None, None) => {
                // Five fields, so that nothing begins more often than once a minute.
                let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
                let cron = parser.parse(line).map_err(|_| WindowError::Cron(name()))?;
                let lasts = self.lasts.as_deref().and_then(|text| human::parse(text).ok());
                let lasts = lasts.and_then(|lasts| SignedDuration::try_from(lasts).ok());
                let lasts = lasts.filter(|lasts| (LASTS.0..=LASTS.1).contains(lasts));
                Ok(When::Cron { cron: Arc::new(cron), lasts: lasts.ok_or_else(|| WindowError::Lasts(name()))? })
            }
            (None, None, Some(from), Some(until)) => {
                let instant = |text: &str| text.trim().parse::<Timestamp>().map_err(|_| WindowError::Once(name()));
                let (from, until) = (instant(from)?, instant(until)?);
                if from < until { Ok(When::Once { from, until }) } else { Err(WindowError::Once(name())) }
            }
            _ => Err(WindowError::When(name())),
        }
    }
}

/// `HH:MM-HH:MM`.
pub(super) fn range(text: &str) -> Option<(Time, Time)> {
    let (opens, closes) = text.split_once('-')?;
    Some((clock_time(opens)?, clock_time(closes)?))
}

fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i8>().ok());
    Time::new(two(hour)??, two(minute)??, 0, 0).ok()
}
