//! What was read, as facts, members of the result, and rows of tests (spec/field-devices.md 2.6).

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::parse::status::Status;
use super::platform::Model;
use crate::drivers::generic::Place;
use crate::drivers::power::{informational, verdict};
use crate::drivers::{DeviceInfo, Facts, TestResult};

/// Farther apart, the radio is not where its settings say.
const NEAR_METRES: f64 = 100.0;

/// Mean radius of the earth, metres.
const EARTH_METRES: f64 = 6_371_008.8;

/// Azimuth of three digits, number, site: `090-1.TX-SITE-NO-1`.
static SSID: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\d{3}-\d{1,2}\.").ok());

/// A radio that is the model that was asked for.
pub(super) struct Observed {
    pub status: Status,
    pub model: &'static Model,
}

impl Observed {
    pub(super) fn facts(&self) -> Facts {
        Facts {
            name: self.status.name.clone(),
            // Without SKUs the type is the operator's word, not the radio's.
            model: (!self.model.skus.is_empty()).then(|| self.model.name.to_owned()),
            version: self.status.firmware.clone(),
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
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        let latitude = |place: &Option<Place>| place.as_ref().map(|place| json!(place.latitude));
        let longitude = |place: &Option<Place>| place.as_ref().map(|place| json!(place.longitude));
        put("gps_latitude", latitude(&status.gps));
        put("gps_longitude", longitude(&status.gps));
        put("latitude", latitude(&status.declared));
        put("longitude", longitude(&status.declared));
        put("wireless_mac", status.mac.as_ref().map(|mac| json!(mac)));
        put("sm_count", status.modules.filter(|_| self.model.access_point).map(|count| json!(count)));
        put("sku", status.sku.as_ref().map(|sku| json!(sku)));
        put(
            "radio",
            Some(json!({
                "frequency_mhz": status.mhz, "bandwidth_mhz": status.width(), "ssid": status.ssid,
                "tx_power_dbm": status.power, "antenna_gain_dbi": status.gain,
            })),
        );
        members
    }

    /// In the order of the contract. What has an expectation and is not known does not pass.
    fn tests(&self) -> Vec<TestResult> {
        let status = &self.status;
        let mut rows = vec![
            self.place("GPS Location", status.gps.as_ref()),
            self.place("Device Location", status.declared.as_ref()),
            self.distance(),
        ];
        if !self.model.access_point && status.mac.is_some() {
            rows.push(informational("MAC Address", status.mac.clone()));
        }
        if let Some(count) = status.modules.filter(|count| self.model.access_point && *count > 0) {
            rows.push(informational("Connected SMs", Some(count.to_string())));
        }
        rows.push(informational("Frequency", status.mhz.map(|mhz| format!("{mhz} MHz"))));
        let width = status.width().map(|width| format!("{width} MHz"));
        let unknown = || status.width_code.as_ref().map(|code| format!("unknown code {code}"));
        rows.push(informational("Bandwidth", width.or_else(unknown)));
        let good = status.ssid.as_ref().is_some_and(|ssid| SSID.as_ref().is_some_and(|rule| rule.is_match(ssid)));
        rows.push(verdict("SSID Format", "NNN-N. or NNN-NN. and the site", status.ssid.clone(), good));
        rows.push(self.eirp());
        rows.push(match self.model.firmware {
            Some(expected) => {
                let good = status.firmware.as_deref() == Some(expected);
                verdict("Firmware Version", expected, status.firmware.clone(), good)
            }
            None => informational("Firmware Version", status.firmware.clone()),
        });
        rows.push(informational("Device Name", status.name.clone()));
        rows.push(if self.model.skus.is_empty() {
            informational("Device SKU", status.sku.clone())
        } else {
            let good = status.sku.as_deref().is_some_and(|sku| self.model.skus.contains(&sku));
            verdict("Device SKU", &self.model.skus.join(", "), status.sku.clone(), good)
        });
        rows
    }

    /// An access point must know where it is; a subscriber module need not.
    fn place(&self, name: &str, place: Option<&Place>) -> TestResult {
        let pass = match place {
            Some(_) => Some(true),
            None if self.model.access_point => Some(false),
            None => None,
        };
        let actual = place.map(|place| format!("{}, {}", place.latitude, place.longitude));
        TestResult { name: name.to_owned(), expected: None, actual, pass }
    }

    fn distance(&self) -> TestResult {
        let name = "GPS Location/Device Location".to_owned();
        let expected = Some(format!("< {NEAR_METRES:.0} m"));
        let apart = self.status.gps.as_ref().zip(self.status.declared.as_ref()).and_then(|(a, b)| metres(a, b));
        match apart {
            None if self.model.access_point => TestResult { name, expected, actual: None, pass: Some(false) },
            // Nothing is expected of a subscriber module, which has no receiver.
            None => informational(&name, None),
            Some(apart) => {
                let near = apart < NEAR_METRES;
                let (word, sign) = if near { ("In range", "<") } else { ("Out of range", ">=") };
                let actual = Some(format!("{word} ({apart:.2} m {sign} {NEAR_METRES:.0} m)"));
                TestResult { name, expected, actual, pass: Some(near) }
            }
        }
    }

    /// Radiated power against the limit of the channel; for models whose limits are not known it is only shown.
    fn eirp(&self) -> TestResult {
        let status = &self.status;
        let radiated = status.power.zip(status.gain).and_then(|(power, gain)| power.checked_add(gain));
        let actual = radiated.map(|dbm| format!("{dbm} dBm"));
        if !self.model.has_limits() {
            return informational("EIRP", actual);
        }
        let limit = status.mhz.zip(status.width()).and_then(|(mhz, width)| self.model.limit(mhz, width));
        match limit {
            Some(limit) => {
                let expected = format!("<= {limit} dBm");
                verdict("EIRP", &expected, actual, radiated.is_some_and(|dbm| dbm <= limit))
            }
            None => verdict("EIRP", "a channel whose limit is known", actual, false),
        }
    }
}

/// The distance of two places over the ground.
fn metres(a: &Place, b: &Place) -> Option<f64> {
    let radians = |text: &str| text.parse::<f64>().ok().map(f64::to_radians);
    let (lat_a, lon_a) = (radians(&a.latitude)?, radians(&a.longitude)?);
    let (lat_b, lon_b) = (radians(&b.latitude)?, radians(&b.longitude)?);
    let (north, east) = (((lat_b - lat_a) / 2.0).sin(), ((lon_b - lon_a) / 2.0).sin());
    let part = (north * north + lat_a.cos() * lat_b.cos() * east * east).clamp(0.0, 1.0);
    Some(2.0 * EARTH_METRES * part.sqrt().asin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::epmp::platform;
    use crate::model::DeviceType;

    fn place(latitude: &str, longitude: &str) -> Option<Place> {
        Some(Place { latitude: latitude.to_owned(), longitude: longitude.to_owned() })
    }

    fn observed(code: &str) -> Observed {
        let text = |text: &str| Some(text.to_owned());
        let status = Status {
            name: text("AP-EX"),
            firmware: text("5.10.1"),
            sku: text("37"),
            gps: place("32.25000", "-97.50000"),
            declared: place("32.25010", "-97.50010"),
            mac: text("02:00:00:00:00:11"),
            modules: Some(3),
            mhz: Some(5600),
            width_code: text("2"),
            ssid: text("090-1.TX-SITE-NO-1"),
            power: Some(13),
            gain: Some(17),
        };
        Observed { status, model: platform::model(DeviceType::parse(code).unwrap()).unwrap() }
    }

    type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<bool>);

    fn assert_rows(observed: &Observed, expected: &[Row<'_>]) {
        let info = observed.device_info(true);
        let rows: Vec<Row<'_>> = info
            .tests
            .iter()
            .map(|row| (row.name.as_str(), row.expected.as_deref(), row.actual.as_deref(), row.pass))
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_good_access_point_passes_everything() {
        const SKUS: Option<&str> = Some("37, 40");
        // 0.0001 degrees: 11.12 m north, 9.40 m west at this latitude, 14.56 m together.
        assert_rows(
            &observed("CNEP3K"),
            &[
                ("GPS Location", None, Some("32.25000, -97.50000"), Some(true)),
                ("Device Location", None, Some("32.25010, -97.50010"), Some(true)),
                ("GPS Location/Device Location", Some("< 100 m"), Some("In range (14.56 m < 100 m)"), Some(true)),
                ("Connected SMs", None, Some("3"), None),
                ("Frequency", None, Some("5600 MHz"), None),
                ("Bandwidth", None, Some("40 MHz"), None),
                ("SSID Format", Some("NNN-N. or NNN-NN. and the site"), Some("090-1.TX-SITE-NO-1"), Some(true)),
                ("EIRP", Some("<= 30 dBm"), Some("30 dBm"), Some(true)),
                ("Firmware Version", Some("5.10.1"), Some("5.10.1"), Some(true)),
                ("Device Name", None, Some("AP-EX"), None),
                ("Device SKU", SKUS, Some("37"), Some(true)),
            ],
        );
        assert!(observed("CNEP3K").device_info(false).tests.is_empty());
    }

    #[test]
    fn nothing_passes_for_being_similar() {
        let mut near = observed("CNEP3K");
        near.status.firmware = Some("5.10.10".to_owned());
        near.status.gain = Some(18);
        near.status.ssid = Some("90-1.TX".to_owned());
        near.status.declared = place("32.26000", "-97.50000");
        near.status.modules = Some(0);
        let failed: Vec<String> = near
            .device_info(true)
            .tests
            .into_iter()
            .filter(|row| row.pass == Some(false))
            .map(|row| row.name)
            .collect();
        assert_eq!(failed, ["GPS Location/Device Location", "SSID Format", "EIRP", "Firmware Version"]);
        let rows = near.device_info(true).tests;
        assert!(!rows.iter().any(|row| row.name == "Connected SMs"));
        let far = rows.iter().find(|row| row.name == "GPS Location/Device Location").unwrap();
        assert_eq!(far.actual.as_deref(), Some("Out of range (1111.95 m >= 100 m)"));
    }

    #[test]
    fn what_is_not_known_never_passes() {
        let empty = Observed { status: Status::default(), model: observed("CN4600").model };
        let info = empty.device_info(true);
        assert!(info.tests.iter().all(|row| row.pass != Some(true) && row.actual.is_none()), "{:?}", info.tests);
        let failed = info.tests.iter().filter(|row| row.pass == Some(false)).count();
        assert_eq!(failed, 7, "{:?}", info.tests);
        assert!(!info.members.contains_key("latitude") && !info.members.contains_key("sm_count"));
        let mut odd = observed("CNEP3K");
        odd.status.width_code = Some("9".to_owned());
        let rows = odd.device_info(true).tests;
        let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!((row("Bandwidth").actual.as_deref(), row("Bandwidth").pass), (Some("unknown code 9"), None));
        assert_eq!((row("EIRP").actual.as_deref(), row("EIRP").pass), (Some("30 dBm"), Some(false)));
    }

    #[test]
    fn a_subscriber_module_has_rows_of_its_own() {
        let mut module = observed("F300-25");
        module.status.gps = None;
        module.status.sku = None;
        let rows = module.device_info(true).tests;
        let row = |name: &str| rows.iter().find(|row| row.name == name).map(|row| (row.actual.as_deref(), row.pass));
        assert_eq!(row("GPS Location"), Some((None, None)));
        assert_eq!(row("GPS Location/Device Location"), Some((None, None)));
        assert_eq!(row("MAC Address"), Some((Some("02:00:00:00:00:11"), None)));
        assert_eq!(row("Connected SMs"), None);
        assert_eq!(row("EIRP"), Some((Some("30 dBm"), None)));
        assert_eq!(row("Firmware Version"), Some((Some("5.10.1"), None)));
        assert_eq!(module.facts().model, None);
        assert_eq!(observed("CNEP3K").facts().model.as_deref(), Some("EP3K"));
    }

    #[test]
    fn a_quarter_of_a_degree_is_far() {
        let places = (place("0", "0").unwrap(), place("0", "1").unwrap());
        // One degree of the equator of a sphere of this radius.
        assert!((metres(&places.0, &places.1).unwrap() - 111_195.08).abs() < 0.01);
        assert_eq!(metres(&places.0, &places.0), Some(0.0));
    }
}
