//! Settings of the table `[health]`.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::human;
use crate::model::{Device, DeviceType};

/// Table `[health]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether devices are polled.
    pub enabled: bool,
    /// Time between two polls of a device; zero: only when asked.
    #[serde(with = "human")]
    pub interval: Duration,
    /// The same by device type.
    pub types: Intervals,
    /// Polls at once of devices that answer.
    pub concurrency: NonZeroUsize,
    /// Polls at once of devices that did not answer last time.
    pub concurrency_down: NonZeroUsize,
    /// Longest poll.
    #[serde(with = "human")]
    pub timeout: Duration,
    /// How long a device that refused the credentials is left alone.
    #[serde(with = "human")]
    pub refused_pause: Duration,
    /// Notifications of devices.
    pub traps: super::traps::Config,
}

impl Default for Config {
    fn default() -> Self {
        let count = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            enabled: true,
            interval: Duration::from_secs(60),
            types: Intervals::default(),
            concurrency: count(64),
            concurrency_down: count(16),
            timeout: Duration::from_secs(30),
            refused_pause: Duration::from_secs(3600),
            traps: super::traps::Config::default(),
        }
    }
}

impl Config {
    /// What is wrong with each value by itself.
    pub fn mistakes(&self) -> Vec<String> {
        let mut wrong = self.traps.mistakes();
        if too_short(self.interval) {
            wrong.push("must be at least 1s, or 0s for devices that are polled only when asked".to_owned());
        }
        if self.timeout < Duration::from_secs(1) {
            wrong.push("must be at least 1s".to_owned());
        }
        if self.refused_pause < Duration::from_secs(60) {
            wrong.push("must be at least 1m: devices lock accounts that are refused again and again".to_owned());
        }
        for (code, interval) in &self.types.0 {
            if DeviceType::parse(code).is_err() {
                wrong.push(format!("'{code}' is no device type"));
            } else if too_short(*interval) {
                wrong.push(format!("the interval of {code} must be at least 1s, or 0s"));
            }
        }
        wrong
    }

    /// Time between two polls of a device: its own, that of its type, that of all; zero: only when asked.
    pub fn interval_of(&self, device: &Device) -> Duration {
        let of_type = || {
            let mut all = self.types.0.iter();
            all.find(|(code, _)| code.eq_ignore_ascii_case(device.device_type.code())).map(|(_, interval)| *interval)
        };
        device.health.interval.or_else(of_type).unwrap_or(self.interval)
    }
}

fn too_short(interval: Duration) -> bool {
    !interval.is_zero() && interval < Duration::from_secs(1)
}

/// Intervals by device type: in a file a table, `[health.types]` with `AV4100 = "30s"`; in a variable a list,
/// `AV4100=30s,MTROS=2m`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intervals(pub BTreeMap<String, Duration>);

impl Serialize for Intervals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(code, interval)| format!("{code}={}", human::format(*interval))))
    }
}

impl<'de> Deserialize<'de> for Intervals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Intervals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of device types and durations, or a list of TYPE=DURATION")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Intervals, A::Error> {
        let mut all = BTreeMap::new();
        while let Some((code, interval)) = entries.next_entry::<String, String>()? {
            all.insert(code, human::parse(&interval).map_err(serde::de::Error::custom)?);
        }
        Ok(Intervals(all))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Intervals, A::Error> {
        let mut all = BTreeMap::new();
        while let Some(item) = items.next_element::<String>()? {
            let (code, interval) = item
                .split_once('=')
                .ok_or_else(|| serde::de::Error::custom("an entry is TYPE=DURATION, AV4100=30s"))?;
            all.insert(code.trim().to_owned(), human::parse(interval.trim()).map_err(serde::de::Error::custom)?);
        }
        Ok(Intervals(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn the_defaults_are_sound_and_mistakes_are_told() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
        for (text, part) in [
            ("interval = '500ms'", "at least 1s"),
            ("timeout = '0s'", "at least 1s"),
            ("refused_pause = '1s'", "at least 1m"),
            ("types = ['NOPE=5s']", "no device type"),
            ("types = ['MTROS=10ms']", "of MTROS"),
        ] {
            let wrong = config(text).unwrap().mistakes();
            assert!(wrong.len() == 1 && wrong[0].contains(part), "{text}: {wrong:?}");
        }
        assert_eq!(config("interval = '0s'").unwrap().mistakes(), Vec::<String>::new());
        assert!(config("types = ['MTROS']").is_err() && config("types = ['MTROS=soon']").is_err());
        assert!(config("concurrency = 0").is_err());
    }

    #[test]
    fn types_are_a_table_or_a_list() {
        let table = config("[types]\nAV4100 = '30s'\nmtros = '2m'\n").unwrap();
        assert_eq!(table, config("types = ['AV4100=30s', 'mtros = 2m']").unwrap());
        let text = toml::to_string(&table).unwrap();
        assert_eq!(config(&text).unwrap(), table, "{text}");
    }
}
