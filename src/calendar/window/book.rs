//! All windows and black-outs together, and which of them are about a device.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Kind, Rule, Scope, Spec, Timed, WindowError};
use crate::model::Device;

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The settings: only there it can be changed.
    Settings,
    /// The API.
    Stored,
}

/// A device as far as windows are concerned.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its address.
    pub address: IpAddr,
    /// Its entry in the inventory; none: only its address is known.
    pub device: Option<&'a Device>,
    /// Zone of its site, or the daemon's: that of windows which name none.
    pub zone: TimeZone,
}

/// Every rule there is, those of the settings first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book {
    rules: Vec<Rule>,
    settings: usize,
}

/// A stored rule that cannot be read. Nothing may begin on a guess, so there is no book without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored window '{name}' cannot be read ({why}), so nothing that windows are about may begin; remove it, or run \
     the version of towerhand that wrote it"
)]
pub struct BookError {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

impl Book {
    /// Of the settings. All mistakes, not only the first.
    pub fn of_settings(windows: &[Spec], blackouts: &[Spec]) -> Result<Self, Vec<String>> {
        let (mut rules, mut wrong, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (kind, spec) in
            windows.iter().map(|spec| (Kind::Window, spec)).chain(blackouts.iter().map(|spec| (Kind::Blackout, spec)))
        {
            match spec.rule(kind) {
                Ok(rule) => rules.push(rule),
                Err(error) => wrong.push(error.to_string()),
            }
            if !names.insert(spec.name.as_str()) {
                wrong.push(format!("the name '{}' stands twice among windows and black-outs", spec.name));
            }
        }
        let settings = rules.len();
        if wrong.is_empty() { Ok(Self { rules, settings }) } else { Err(wrong) }
    }

    /// With what is stored: name, kind and body of each row. A stored rule whose name the settings have meanwhile is theirs.
    pub fn with<'r>(&self, stored: impl IntoIterator<Item = (&'r str, &'r str, &'r Value)>) -> Result<Self, BookError> {
        let mut book = self.clone();
        for (name, kind, body) in stored {
            let wrong = |why: String| BookError { name: name.to_owned(), why };
            let kind = Kind::parse(kind).ok_or_else(|| wrong(format!("it is a '{kind}'")))?;
            let spec: Spec =
                serde::Deserialize::deserialize(body).map_err(|error: serde_json::Error| wrong(error.to_string()))?;
            if self.rules.iter().any(|rule| rule.spec.name == spec.name) {
                continue;
            }
            book.rules.push(spec.rule(kind).map_err(|error: WindowError| wrong(error.to_string()))?);
        }
        Ok(book)
    }

    /// Every rule with its source.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, Source)> {
        let settings = self.settings;
        self.rules
            .iter()
            .enumerate()
            .map(move |(at, rule)| (rule, if at < settings { Source::Settings } else { Source::Stored }))
    }

    /// A rule of the settings by its name.
    pub fn of_settings_named(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().take(self.settings).find(|rule| rule.spec.name == name)
    }

    /// Rules that are about none of these devices: a name in them is wrong, or of a device that is not there yet.
    pub fn idle<'b>(&'b self, devices: &'b [Arc<Device>]) -> impl Iterator<Item = &'b Rule> {
        self.rules.iter().filter(|rule| {
            rule.scope != Scope::All
                && !devices.iter().any(|device| {
                    let subject = Subject { address: device.address, device: Some(device), zone: TimeZone::UTC };
                    rule.scope.covers(&subject)
                })
        })
    }

    /// The windows, or the black-outs, that are about a device.
    pub fn about(&self, kind: Kind, subject: &Subject<'_>) -> Vec<Timed> {
        let about = self.rules.iter().filter(|rule| rule.kind == kind && rule.scope.covers(subject));
        about.map(|rule| rule.timed(&subject.zone)).collect()
    }
}
