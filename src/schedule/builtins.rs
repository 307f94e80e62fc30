//! The schedules that are there without being asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::settings::Config;
use crate::model::{Misfire, ScheduleSource, When};
use crate::store::ScheduleSpec;

/// Shows the nightly activation of Aviat radios.
pub const AVIAT_NIGHT: &str = "aviat-night";
const BACKUP: &str = "nightly-backup";
const REBOOT_REQUIRED: &str = "reboot-required";
const FIRMWARE_DRIFT: &str = "firmware-drift";
const ARCHIVE_UPKEEP: &str = "archive-upkeep";

/// Names that no other schedule may have.
pub const NAMES: [&str; 5] = [AVIAT_NIGHT, BACKUP, REBOOT_REQUIRED, FIRMWARE_DRIFT, ARCHIVE_UPKEEP];

/// The hours of the nightly activation, of the settings of the maintenance.
#[derive(Debug, Clone)]
pub struct AviatNight {
    /// `HH:MM-HH:MM`.
    pub window: String,
    /// IANA name.
    pub zone: String,
}

impl AviatNight {
    /// A cron line for when the window opens.
    fn line(&self) -> Option<String> {
        let (opens, _) = self.window.split_once('-')?;
        let (hour, minute) = opens.split_once(':')?;
        let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
        Some(format!("{minute} {hour} * * *"))
    }
}

/// The built-in schedules that are switched on, then those of the settings. What is wrong with one of the latter has been
/// told when the settings were read.
pub fn specs(config: &Config, aviat: &AviatNight) -> Vec<ScheduleSpec> {
    let mut specs = Vec::new();
    if config.builtins {
        if let Some(line) = aviat.line().filter(|_| config.aviat_night) {
            let about =
                "Radios that are loaded and wait for the window are activated by the maintenance; this shows when";
            specs.push(ScheduleSpec {
                action: None,
                zone: aviat.zone.clone(),
                misfire: Misfire::Skip,
                ..builtin(config, AVIAT_NIGHT, about, &line, "")
            });
        }
        let sweep = json!({ "at_once": config.at_once });
        for (name, line, action, about, payload) in [
            (
                BACKUP,
                &config.backup,
                "fleet.backup",
                "Reads the running config of every device into the archive",
                &sweep,
            ),
            (
                REBOOT_REQUIRED,
                &config.reboot_required,
                "fleet.reboot_required",
                "Looks for Aviat radios that have been up too long; restarts none",
                &sweep,
            ),
            (
                FIRMWARE_DRIFT,
                &config.firmware_drift,
                "fleet.firmware_drift",
                "Reads the firmware of every device and tells which differ from their like",
                &sweep,
            ),
            (
                ARCHIVE_UPKEEP,
                &config.archive_upkeep,
                "archive.upkeep",
                "Deletes what the archive no longer keeps and checks what it does",
                &json!({}),
            ),
        ] {
            if !line.is_empty() {
                specs.push(ScheduleSpec { payload: payload.clone(), ..builtin(config, name, about, line, action) });
            }
        }
    }
    specs.extend(config.job.iter().filter_map(|entry| entry.spec(&config.zone).ok()));
    specs
}

fn builtin(config: &Config, name: &str, about: &str, line: &str, action: &str) -> ScheduleSpec {
    ScheduleSpec {
        name: name.to_owned(),
        source: ScheduleSource::Builtin,
        about: about.to_owned(),
        action: Some(action.to_owned()),
        payload: Value::Object(serde_json::Map::new()),
        scopes: vec!["job.submit".to_owned()],
        owner: "towerhand".to_owned(),
        when: When::Cron(line.split_ascii_whitespace().collect::<Vec<_>>().join(" ")),
        zone: config.zone.clone(),
        jitter: Duration::ZERO,
        misfire: Misfire::Once,
        catch_up: 1,
        overlap: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aviat() -> AviatNight {
        AviatNight { window: "02:00-05:00".to_owned(), zone: "America/Denver".to_owned() }
    }

    fn names(config: &Config) -> Vec<String> {
        specs(config, &aviat()).into_iter().map(|spec| spec.name).collect()
    }

    #[test]
    fn each_can_be_switched_off() {
        assert_eq!(names(&Config::default()), NAMES);
        let mut config = Config { aviat_night: false, backup: String::new(), ..Config::default() };
        assert_eq!(names(&config), [REBOOT_REQUIRED, FIRMWARE_DRIFT, ARCHIVE_UPKEEP]);
        config.reboot_required.clear();
        config.firmware_drift.clear();
        config.archive_upkeep.clear();
        assert!(names(&config).is_empty());
        assert!(names(&Config { builtins: false, ..Config::default() }).is_empty());
    }

    #[test]
    fn the_night_is_shown_in_its_own_zone_and_submits_nothing() {
        let night = specs(&Config::default(), &aviat()).swap_remove(0);
        assert_eq!((night.action, night.zone.as_str()), (None, "America/Denver"));
        assert_eq!(night.when, When::Cron("0 2 * * *".to_owned()));
    }

    #[test]
    fn every_action_is_of_the_catalog() {
        for spec in specs(&Config::default(), &aviat()) {
            if let Some(action) = spec.action {
                assert!(crate::catalog::find(&action).is_some(), "{action}");
            }
        }
    }
}
