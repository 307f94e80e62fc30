//! From what was read to facts, members and rows.

use serde_json::{Map, Value};

use super::parse::config::Config;
use super::parse::port::Port;
use super::platform::FIRMWARE;
use crate::drivers::{DeviceInfo, Facts, TestResult};

/// What one session has brought.
#[derive(Debug, Default)]
pub struct Observed {
    pub ports: Vec<Port>,
    /// None where the face does not show it.
    pub version: Option<String>,
    /// None where the account may not see it.
    pub config: Option<Config>,
}

impl Observed {
    fn name(&self) -> Option<String> {
        self.config.as_ref().and_then(Config::name).map(str::to_owned)
    }

    pub fn facts(&self) -> Facts {
        let mut more = Map::new();
        if let Some(location) = self.config.as_ref().and_then(Config::location) {
            more.insert("location".to_owned(), Value::from(location));
        }
        Facts { name: self.name(), version: self.version.clone(), more, ..Facts::default() }
    }

    pub fn device_info(self, run_tests: bool) -> DeviceInfo {
        let mut members = Map::new();
        if let Some((latitude, longitude)) = self.config.as_ref().and_then(Config::position) {
            members.insert("latitude".to_owned(), Value::from(latitude));
            members.insert("longitude".to_owned(), Value::from(longitude));
        }
        members.insert("ports".to_owned(), self.ports.iter().map(Port::member).collect());
        let tests = if run_tests { self.rows() } else { Vec::new() };
        let running_config = self.config.as_ref().map(Config::normalised);
        DeviceInfo { facts: self.facts(), members, running_config, tests }
    }

    /// spec/field-devices.md 2.4; the firmware is compared whole, and what is not known does not pass.
    fn rows(&self) -> Vec<TestResult> {
        let row = |name: String, expected: Option<&str>, actual: Option<String>, pass: Option<bool>| TestResult {
            name,
            expected: expected.map(str::to_owned),
            actual,
            pass,
        };
        let mut rows: Vec<TestResult> =
            self.ports.iter().map(|port| row(port.title(), None, Some(port.shown()), None)).collect();
        let passes = self.version.as_deref() == Some(FIRMWARE);
        rows.push(row("Firmware version".to_owned(), Some(FIRMWARE), self.version.clone(), Some(passes)));
        rows.push(row("Device name".to_owned(), None, self.name(), None));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmware_is_compared_whole() {
        for (version, pass) in [
            (Some("1.5.25"), true),
            (Some("1.5.25rc1"), false),
            (Some("11.5.25"), false),
            (Some("1.5.2"), false),
            (None, false),
        ] {
            let observed = Observed { version: version.map(str::to_owned), ..Observed::default() };
            let info = observed.device_info(true);
            let row = info.tests.iter().find(|row| row.name == "Firmware version").unwrap();
            assert_eq!((row.pass, row.actual.as_deref()), (Some(pass), version), "{version:?}");
            assert!(info.running_config.is_none() && info.facts.name.is_none());
        }
    }
}
