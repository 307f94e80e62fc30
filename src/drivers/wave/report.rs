//! From what was read to facts, members and rows.

use serde_json::{Map, Value};

use super::parse::device::Identity;
use super::platform::{FIRMWARE, model_of};
use crate::drivers::{DeviceInfo, Facts, TestResult};
use crate::model::DeviceType;

/// What one session has brought.
pub struct Observed {
    pub identity: Identity,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
    /// The configuration's lines; none where the account may not see it.
    pub config: Option<String>,
}

impl Observed {
    pub fn facts(&self) -> Facts {
        let mut more = Map::new();
        if let Some(mac) = &self.identity.mac {
            more.insert("mac".to_owned(), Value::from(mac.as_str()));
        }
        Facts {
            name: self.identity.hostname.clone(),
            model: Some(self.identity.model.clone()),
            version: Some(self.identity.firmware.clone()),
            more,
            ..Facts::default()
        }
    }

    pub fn device_info(self, device_type: DeviceType, run_tests: bool) -> DeviceInfo {
        let mut members = Map::new();
        if let Some((latitude, longitude)) = self.position {
            members.insert("gps_latitude".to_owned(), Value::from(latitude));
            members.insert("gps_longitude".to_owned(), Value::from(longitude));
        }
        let tests = if run_tests { rows(&self.identity, device_type) } else { Vec::new() };
        DeviceInfo { facts: self.facts(), members, running_config: self.config, tests }
    }
}

/// spec/field-devices.md 2.8: both compared whole.
fn rows(identity: &Identity, device_type: DeviceType) -> Vec<TestResult> {
    let row = |name: &str, expected: Option<&str>, actual: &str| TestResult {
        name: name.to_owned(),
        expected: expected.map(str::to_owned),
        actual: Some(actual.to_owned()),
        pass: expected.map(|expected| expected == actual),
    };
    vec![
        row("Firmware Version", Some(FIRMWARE), &identity.firmware),
        row("Device Model", model_of(device_type), &identity.model),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(firmware: &str, model: &str, code: &str) -> Vec<(Option<String>, Option<String>, Option<bool>)> {
        let identity = Identity { model: model.into(), firmware: firmware.into(), mac: None, hostname: None };
        let rows = rows(&identity, DeviceType::parse(code).unwrap());
        rows.into_iter().map(|row| (row.expected, row.actual, row.pass)).collect()
    }

    #[test]
    fn rows_compare_whole_texts_and_say_which_is_which() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            verdicts("3.4.0", "Wave-AP", "UBWAP"),
            [(text("3.4.0"), text("3.4.0"), Some(true)), (text("Wave-AP"), text("Wave-AP"), Some(true))]
        );
        assert_eq!(
            verdicts("3.4.0-rc1", "Wave-AP-Micro", "UBWAP"),
            [(text("3.4.0"), text("3.4.0-rc1"), Some(false)), (text("Wave-AP"), text("Wave-AP-Micro"), Some(false))]
        );
        assert_eq!(verdicts("13.4.0", "Wave-AP-Micro", "UBWAPM")[0].2, Some(false));
        assert_eq!(verdicts("13.4.0", "Wave-AP-Micro", "UBWAPM")[1].2, Some(true));
    }
}
