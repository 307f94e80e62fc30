//! What was read, as facts, members of the result, and rows of tests (spec/field-devices.md 2.7).

use serde_json::{Map, Value, json};

use super::parse::status::Status;
use super::platform::{Kind, Model};
use crate::drivers::power::{informational, verdict};
use crate::drivers::{DeviceInfo, Facts, TestResult};

/// A device that is the model that was asked for.
pub(super) struct Observed {
    pub status: Status,
    pub model: &'static Model,
}

impl Observed {
    pub(super) fn facts(&self) -> Facts {
        Facts {
            name: self.status.name.clone(),
            model: Some(self.status.model.clone()),
            version: self.status.firmware.clone().filter(|firmware| !firmware.trim().is_empty()),
            ..Facts::default()
        }
    }

    pub(super) fn device_info(&self, run_tests: bool) -> DeviceInfo {
        let tests = if run_tests { self.tests() } else { Vec::new() };
        DeviceInfo { facts: self.facts(), members: self.members(), running_config: None, tests }
    }

    fn members(&self) -> Map<String, Value> {
        let status = &self.status;
        let mut members = Map::new();
        if let Some(location) = &status.location {
            members.insert("location".to_owned(), json!(location));
        }
        if let Some(place) = status.place() {
            members.insert("latitude".to_owned(), json!(place.latitude));
            members.insert("longitude".to_owned(), json!(place.longitude));
        }
        if self.model.kind != Kind::Switch {
            members.insert("ssid".to_owned(), json!(status.ssid));
            members.insert("wireless_mac".to_owned(), json!(status.mac));
        }
        if self.model.kind == Kind::AccessPoint {
            members.insert("sm_count".to_owned(), json!(status.peers));
        }
        members
    }

    /// In the order of the contract; compared exactly, whole against whole.
    fn tests(&self) -> Vec<TestResult> {
        let (status, model) = (&self.status, self.model);
        let firmware = status.firmware.as_deref() == Some(model.firmware);
        let mut rows = vec![
            verdict("Firmware Version", model.firmware, status.firmware.clone(), firmware),
            verdict("Model", model.name, Some(status.model.clone()), status.model == model.name),
        ];
        if model.kind != Kind::Switch {
            rows.push(informational("SSID", status.ssid.clone()));
            rows.push(informational("Wireless MAC", status.mac.clone()));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::tachyon::platform;
    use crate::model::DeviceType;

    fn observed(code: &str, firmware: Option<&str>) -> Observed {
        let model = platform::model(DeviceType::parse(code).unwrap()).unwrap();
        let status = Status {
            model: model.name.to_owned(),
            firmware: firmware.map(str::to_owned),
            location: Some("32.25000, -97.50000".to_owned()),
            ssid: Some("090-1.X".to_owned()),
            mac: Some("02:00:00:00:00:21".to_owned()),
            peers: Some(2),
            ..Status::default()
        };
        Observed { status, model }
    }

    #[test]
    fn firmware_is_compared_whole() {
        for (code, firmware, pass) in [
            ("TYN301", Some("1.12.0 rev 54573"), true),
            ("TYN302", Some("1.12.0 rev 54573"), true),
            ("TYN301", Some("1.12.0"), false),
            ("TYN301", Some("1.12.0 rev 545731"), false),
            ("TYN301", Some(""), false),
            ("TYN301", None, false),
            ("TYT100", Some("1.12.7 rev 54717"), true),
            ("TYT100", Some("1.12.0 rev 54573"), false),
        ] {
            let rows = observed(code, firmware).device_info(true).tests;
            let row = rows.iter().find(|row| row.name == "Firmware Version").unwrap();
            assert_eq!((row.actual.as_deref(), row.pass), (firmware, Some(pass)), "{code} {firmware:?}");
        }
    }

    #[test]
    fn a_western_position_is_read_and_peers_are_a_number() {
        let info = observed("TYN301", None).device_info(true);
        assert_eq!((&info.members["latitude"], &info.members["longitude"]), (&json!("32.25000"), &json!("-97.50000")));
        assert_eq!(info.members["sm_count"], json!(2));
        let names: Vec<&str> = info.tests.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Firmware Version", "Model", "SSID", "Wireless MAC"]);
        let switch = observed("TYT100", None).device_info(true);
        assert_eq!(switch.tests.len(), 2);
        assert!(!switch.members.contains_key("ssid") && !switch.members.contains_key("sm_count"));
        assert!(!observed("TYN302", None).device_info(false).members.contains_key("sm_count"));
    }
}
