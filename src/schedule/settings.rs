//! Settings of recurring work, table `[schedule]`.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::calendar::{Cron, Written, Zones};
use crate::catalog;
use crate::clock::human;
use crate::model::{Misfire, ScheduleSource, is_schedule_name};
use crate::store::ScheduleSpec;

/// Longest spread of a run.
pub const JITTER_MAX: Duration = Duration::from_secs(86_400);
/// Most missed instants that one schedule makes up for.
pub const CATCH_UP_MAX: u32 = 100;

/// Table `[schedule]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether anything is planned at all.
    pub enabled: bool,
    /// Whether the built-in schedules are there; each has its own key too.
    pub builtins: bool,
    /// Zone of the built-in ones, and of those of the settings that name none. The network that this was built for is in
    /// Texas.
    pub zone: String,
    /// A run that begins later than this after its instant and its spread was missed.
    #[serde(with = "human")]
    pub grace: Duration,
    /// The history keeps so many runs of a schedule, the newest.
    pub keep_runs: NonZeroU64,
    /// Shows the nightly activation of Aviat radios.
    pub aviat_night: bool,
    /// Cron line of the backup of all running configs; empty: none. Before the maintenance of the night begins.
    pub backup: String,
    /// Devices of a sweep that are asked at once.
    pub at_once: NonZeroU32,
    /// Cron line of the sweep for radios that have been up too long; empty: none.
    pub reboot_required: String,
    /// Cron line of the report on firmware; empty: none.
    pub firmware_drift: String,
    /// Cron line of the upkeep of the archive; empty: none.
    pub archive_upkeep: String,
    /// More, `[[schedule.job]]`.
    pub job: Vec<Entry>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            builtins: true,
            zone: "America/Chicago".to_owned(),
            grace: Duration::from_secs(300),
            keep_runs: NonZeroU64::new(500).unwrap_or(NonZeroU64::MIN),
            aviat_night: true,
            backup: "30 0 * * *".to_owned(),
            at_once: NonZeroU32::new(32).unwrap_or(NonZeroU32::MIN),
            reboot_required: "0 6 * * *".to_owned(),
            firmware_drift: "0 7 * * 1".to_owned(),
            archive_upkeep: "30 5 * * *".to_owned(),
            job: Vec::new(),
        }
    }
}

/// One schedule of the settings, `[[schedule.job]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unique name.
    pub name: String,
    /// Action of its jobs.
    pub action: String,
    /// Their payload, without secrets.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub payload: Map<String, Value>,
    /// A cron line; or `every`, or `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// A period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// An instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Its zone; none: that of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Spread of its runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    /// `skip`, `once` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misfire: Option<String>,
    /// Most missed instants that are made up for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<u32>,
    /// Whether runs may overlap.
    #[serde(default)]
    pub overlap: bool,
    /// Scopes of its jobs, beside `job.submit`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

impl Entry {
    /// The schedule that is meant, or what is wrong with it.
    pub fn spec(&self, zone: &str) -> Result<ScheduleSpec, String> {
        let named = |why: String| format!("schedule '{}': {why}", self.name.chars().take(64).collect::<String>());
        if !is_schedule_name(&self.name) {
            return Err(named(
                "a name is lower-case letters, digits, '.', '_' and '-', at most 64 characters".to_owned(),
            ));
        }
        if catalog::find(&self.action).is_none() {
            return Err(named(format!("there is no action '{}'", self.action.chars().take(64).collect::<String>())));
        }
        let written = Written {
            cron: self.cron.as_deref(),
            every: self.every.as_deref(),
            at: self.at.as_deref(),
            zone: Some(self.zone.as_deref().unwrap_or(zone)),
        };
        let (when, zone) = written.read(&Zones::system()).map_err(|error| named(error.to_string()))?;
        let jitter = self.jitter.as_deref().map_or(Ok(Duration::ZERO), human::parse);
        let jitter = jitter.ok().filter(|jitter| *jitter <= JITTER_MAX);
        let misfire = self.misfire.as_deref().map_or(Some(Misfire::Once), Misfire::parse);
        let catch_up = self.catch_up.unwrap_or(1);
        let mut scopes = self.scopes.clone();
        scopes.push("job.submit".to_owned());
        scopes.sort();
        scopes.dedup();
        Ok(ScheduleSpec {
            name: self.name.clone(),
            source: ScheduleSource::Settings,
            about: self.about.clone(),
            action: Some(self.action.clone()),
            payload: Value::Object(self.payload.clone()),
            scopes,
            owner: "settings".to_owned(),
            when,
            zone,
            jitter: jitter
                .ok_or_else(|| named("'jitter' must be a duration of at most 24h, such as 10m".to_owned()))?,
            misfire: misfire.ok_or_else(|| named("'misfire' must be skip, once or all".to_owned()))?,
            catch_up: Some(catch_up)
                .filter(|count| (1..=CATCH_UP_MAX).contains(count))
                .ok_or_else(|| named(format!("'catch_up' must be a number from 1 to {CATCH_UP_MAX}")))?,
            overlap: self.overlap,
        })
    }
}

impl Config {
    /// One sentence for each value that makes no sense.
    pub fn mistakes(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if Zones::system().get(&self.zone).is_none() {
            wrong.push(format!("'{}' is no IANA time zone, such as America/Chicago", self.zone));
        }
        for line in [&self.backup, &self.reboot_required, &self.firmware_drift, &self.archive_upkeep] {
            if let Some(error) = Some(line).filter(|line| !line.is_empty()).and_then(|line| Cron::parse(line).err()) {
                wrong.push(error.to_string());
            }
        }
        for (at, entry) in self.job.iter().enumerate() {
            wrong.extend(entry.spec(&self.zone).err());
            if self.job.iter().take(at).any(|other| other.name == entry.name) {
                wrong.push(format!("schedule '{}' stands twice", entry.name));
            }
            if super::builtins::NAMES.contains(&entry.name.as_str()) {
                wrong.push(format!("schedule '{}' has the name of a built-in one", entry.name));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_defaults_are_right() {
        assert_eq!(Config::default().mistakes(), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_told() {
        let wrong = config(
            "zone = 'Mars/Base'\nbackup = 'x'\narchive_upkeep = ''\n[[job]]\nname = 'A'\naction = 'health.get'\nevery = '1h'\n\
             [[job]]\nname = 'a'\naction = 'nope'\nevery = '1h'\n[[job]]\nname = 'b'\naction = 'health.get'\n\
             [[job]]\nname = 'b'\naction = 'health.get'\nevery = '1h'\njitter = '25h'\n\
             [[job]]\nname = 'nightly-backup'\naction = 'health.get'\nevery = '1h'\nmisfire = 'maybe'\n\
             [[job]]\nname = 'c'\naction = 'health.get'\ncron = '0 2 * * *'\nzone = 'UTC'\ncatch_up = 101\n",
        )
        .mistakes();
        for words in [
            "'Mars/Base' is no IANA time zone",
            "'x' is no cron line",
            "schedule 'A': a name is",
            "there is no action 'nope'",
            "schedule 'b' stands twice",
            "has the name of a built-in one",
            "schedule 'c': 'catch_up' must be",
        ] {
            assert!(wrong.iter().any(|found| found.contains(words)), "{words}: {wrong:?}");
        }
    }

    #[test]
    fn an_entry_is_a_schedule() {
        let config = config(
            "[[job]]\nname = 'ping-core'\naction = 'ido.ping'\ncron = '*/5 * * * *'\npayload = {device = 'core-1', ping_count = 2}\n\
             jitter = '30s'\nmisfire = 'all'\ncatch_up = 3\nscopes = ['aviat.force']\n",
        );
        let spec = config.job[0].spec(&config.zone).unwrap();
        assert_eq!(
            (spec.zone.as_str(), spec.jitter, spec.misfire),
            ("America/Chicago", Duration::from_secs(30), Misfire::All)
        );
        assert_eq!(spec.scopes, ["aviat.force", "job.submit"]);
        assert_eq!(spec.payload, serde_json::json!({"device": "core-1", "ping_count": 2}));
    }
}
