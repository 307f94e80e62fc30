//! Maintenance windows and black-outs: when work with an effect on a device may begin. Pure; every instant is UTC, a
//! window is wall-clock time of a zone.
//!
//! Where windows cover a device, work begins inside one of them and nowhere else; inside a black-out nothing begins. On
//! the day that skips an hour a bound inside the gap is the gap's end. On the day that repeats an hour a bound inside the
//! fold is read so that less is allowed: a window opens at the second and closes at the first, a black-out begins at the
//! first and ends at the second.

mod book;
mod hours;
mod parse;
#[cfg(test)]
mod tests;
mod waiting;
mod when;

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use book::{Book, BookError, Source, Subject};
pub use hours::{Held, Hours, Permit, Timed};
pub use waiting::{Waiting, Waits};
pub use when::{Bounds, When};

use crate::model::Device;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Work may begin inside it.
    Window,
    /// No work begins inside it.
    Blackout,
}

impl Kind {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Blackout => "blackout",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Window, Self::Blackout].into_iter().find(|kind| kind.as_str() == text)
    }

    /// For people.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Blackout => "black-out",
        }
    }
}

/// A window or a black-out as people write it: an entry of the settings, or the body of a request. Exactly one of `time`,
/// `cron` and `from` says when; at most one of `site`, `tag` and `device` says for which devices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Unique among windows and black-outs.
    pub name: String,
    /// Devices of this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Devices with this tag, `NAME=VALUE`, or `NAME` with whatever value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// This device, by its name or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// With `time`: on these days, `mon` to `sun`; none: every day. A window that passes midnight belongs to the day on
    /// which it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<String>,
    /// `HH:MM-HH:MM`, local time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// A cron line of five fields, local time: when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// With `cron`: how long it lasts, such as `3h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<String>,
    /// Once: from this instant, with its offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Once: until this instant, no part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// IANA name; none: the zone of the device's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// Which devices a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every one, also those that only their address is known of.
    All,
    /// Those of a site.
    Site(String),
    /// Those with a tag; the value, where it counts.
    Tag(String, Option<String>),
    /// One, by name or address.
    Device(String),
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Site(name) => write!(f, "site:{name}"),
            Self::Tag(name, None) => write!(f, "tag:{name}"),
            Self::Tag(name, Some(value)) => write!(f, "tag:{name}={value}"),
            Self::Device(name) => write!(f, "device:{name}"),
        }
    }
}

impl Scope {
    /// Whether it is about a device.
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        let of =
            |wanted: fn(&Device, &str) -> bool, name: &str| subject.device.is_some_and(|device| wanted(device, name));
        match self {
            Self::All => true,
            Self::Site(site) => of(|device, site| device.site.as_deref() == Some(site), site),
            Self::Tag(name, value) => subject.device.is_some_and(|device| {
                let there = device.tags.get(name);
                there.is_some_and(|there| value.as_ref().is_none_or(|value| value == there))
            }),
            Self::Device(name) => of(|device, name| device.name == name, name) || subject.address.to_string() == *name,
        }
    }
}

/// A window or a black-out, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub spec: Spec,
    /// What it does.
    pub kind: Kind,
    /// For which devices.
    pub scope: Scope,
    /// When.
    pub when: When,
    /// Its own zone; none: that of the device's site.
    pub zone: Option<TimeZone>,
}

impl Rule {
    /// For a device whose site's zone is `zone`.
    pub fn timed(&self, zone: &TimeZone) -> Timed {
        let bounds = match self.kind {
            Kind::Window => Bounds::Inner,
            Kind::Blackout => Bounds::Outer,
        };
        Timed {
            name: Arc::from(self.spec.name.as_str()),
            when: self.when.clone(),
            zone: self.zone.clone().unwrap_or_else(|| zone.clone()),
            bounds,
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} '{}' ({})", self.kind.spoken(), self.spec.name, self.scope)
    }
}

/// Why a text is no window. The sentence names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The name cannot be one.
    #[error(
        "'name' must have 1 to 60 letters, digits, '.', '_' or '-', begin with a letter or digit, and not be 'waiting' or 'nightly'"
    )]
    Name,
    /// More than one scope.
    #[error("'{0}': give one of site, tag, device, or none of them for every device")]
    Scope(String),
    /// A scope that is empty.
    #[error("'{0}': site, tag and device must not be empty; leave them out for every device")]
    EmptyScope(String),
    /// Not exactly one way of saying when.
    #[error("'{0}': say when by one of: time (with days), cron with lasts, from with until")]
    When(String),
    /// Not `HH:MM-HH:MM`.
    #[error("'{0}': 'time' must be HH:MM-HH:MM, such as 02:00-05:00; it may pass midnight")]
    Time(String),
    /// No weekday.
    #[error("'{0}': 'days' must be a list of: mon, tue, wed, thu, fri, sat, sun")]
    Days(String),
    /// No cron line.
    #[error(
        "'{0}': 'cron' must have five fields, such as \"0 2 * * SUN#2\" (minute, hour, day of the month, month, weekday)"
    )]
    Cron(String),
    /// No length.
    #[error("'{0}': 'lasts' must be a duration from 1m to 31d, such as 3h")]
    Lasts(String),
    /// No instants.
    #[error(
        "'{0}': 'from' and 'until' must be instants with their offsets, such as 2026-12-24T00:00:00-06:00, 'until' behind 'from'"
    )]
    Once(String),
    /// No such zone.
    #[error("'{0}': 'zone' must be an IANA time zone, such as America/Chicago")]
    Zone(String),
}
