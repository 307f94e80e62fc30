//! The normalised record of power equipment (spec/field-devices.md 6.1): base units, and for each number the raw
//! value and the scale it was read with, so that a wrong scale is seen.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Where the load's power comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Mains, perhaps regulated.
    Mains,
    /// Battery.
    Battery,
    /// Around the inverter.
    Bypass,
    /// Mains, raised.
    Boost,
    /// Output off.
    Off,
    /// Not known; never taken for mains.
    #[default]
    Unknown,
}

/// A number as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Name with its unit: `battery_voltage_v`.
    pub name: &'static str,
    /// In the unit of the name; none where the device has no such value now.
    pub value: Option<f64>,
    /// What the device sent; none where it sent nothing and that itself says something.
    pub raw: Option<f64>,
    /// What the raw value was multiplied by.
    pub scale: f64,
    /// Why there is no value: `no_probe`, `not_supported`, `implausible`.
    pub reason: Option<&'static str>,
}

/// State of an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutletState {
    /// Switched on.
    On,
    /// Switched off.
    Off,
    /// Not told.
    Unknown,
}

impl OutletState {
    /// By the codes of the device's table; any other code, or none, is not known.
    pub fn of(code: Option<i64>, on: i64, off: i64) -> Self {
        match code {
            Some(code) if code == on => OutletState::On,
            Some(code) if code == off => OutletState::Off,
            _ => OutletState::Unknown,
        }
    }
}

/// One output of a panel or PDU.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlet {
    /// What is printed beside it: `1A`, `3`.
    pub id: String,
    /// Index in the device's own table.
    pub index: u32,
    /// The operator's name for it.
    pub label: Option<String>,
    /// On or off.
    pub state: OutletState,
    /// `ok`, `open`; none where there is no fuse that could be read.
    pub fuse: Option<&'static str>,
    /// A; keeps its sign.
    pub current_a: Option<f64>,
    /// Whether it can be switched.
    pub controllable: bool,
}

/// A module that makes DC of mains.
#[derive(Debug, Clone, PartialEq)]
pub struct Rectifier {
    /// Its number in the device's own table.
    pub id: String,
    /// Whether it works; none where the device does not say.
    pub up: Option<bool>,
    /// A.
    pub current_a: Option<f64>,
}

/// An alarm that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
}

/// What power equipment measures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Vendor's model name.
    pub model: Option<String>,
    /// Its own name.
    pub name: Option<String>,
    /// Firmware.
    pub firmware: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Measurements.
    pub measures: Vec<Measure>,
    /// Where the power comes from.
    pub source: Source,
    /// The device's own word for its state, `other(40)` for a code that no document names.
    pub state: Option<String>,
    /// `normal`, `low`, `depleted`, ... as the family's table says.
    pub battery_status: Option<String>,
    /// Whether the battery is to be replaced.
    pub replace_battery: Option<bool>,
    /// Outputs.
    pub outlets: Vec<Outlet>,
    /// Rectifiers; shown in health readings only.
    pub rectifiers: Vec<Rectifier>,
    /// Alarms that are on.
    pub alarms: Vec<Alarm>,
    /// Remarks for a person.
    pub notes: Vec<String>,
}

/// What every record shows, known or not (spec/field-devices.md 6.1).
const ALWAYS: [&str; 9] = [
    "bus_voltage_v",
    "bus_current_a",
    "input_voltage_v",
    "output_voltage_v",
    "battery_voltage_v",
    "battery_percent",
    "runtime_min",
    "load_percent",
    "temperature_c",
];

impl Record {
    /// Adds a measurement that may be negative; nothing if the device did not send it.
    pub fn measure(&mut self, name: &'static str, raw: Option<f64>, scale: f64) {
        if raw.is_some() {
            self.push(name, raw, scale, |_| None);
        }
    }

    /// Adds a measurement that cannot be negative: agents say -1 where they have no such value.
    pub fn amount(&mut self, name: &'static str, raw: Option<f64>, scale: f64) {
        match raw {
            Some(number) if is_supported(number) => self.push(name, raw, scale, |_| None),
            Some(_) => self.push(name, raw, scale, |_| Some("not_supported")),
            None => {}
        }
    }

    /// Adds the first of several forms of one amount that the device supports: raw value and scale, best first.
    pub fn best<const N: usize>(&mut self, name: &'static str, forms: [(Option<f64>, f64); N]) {
        let supported = forms.iter().find(|(raw, _)| raw.is_some_and(is_supported));
        if let Some((raw, scale)) = supported.or_else(|| forms.iter().find(|(raw, _)| raw.is_some())) {
            self.amount(name, *raw, *scale);
        }
    }

    /// Adds the battery's charge, %, as [`Record::best`]; more than 100 is none.
    pub fn charge<const N: usize>(&mut self, forms: [(Option<f64>, f64); N]) {
        self.best("battery_percent", forms);
        if let Some(charge) = self.measures.iter_mut().find(|measure| measure.name == "battery_percent")
            && charge.value.is_some_and(|percent| percent > 100.0)
        {
            (charge.value, charge.reason) = (None, Some("implausible"));
        }
    }

    /// Adds a temperature, °C: agents say 1000 (ICT), -273 (RFC 1628) or nothing where there is no probe.
    pub fn temperature(&mut self, raw: Option<f64>, scale: f64) {
        // What equipment cabinets see, with a wide margin.
        self.push("temperature_c", raw, scale, |celsius| (!(-60.0..=150.0).contains(&celsius)).then_some("no_probe"));
    }

    fn push(&mut self, name: &'static str, raw: Option<f64>, scale: f64, wrong: impl Fn(f64) -> Option<&'static str>) {
        let value = raw.map(|raw| rounded(raw * scale));
        let reason = value.map_or(Some("no_probe"), wrong);
        self.measures.push(Measure { name, value: value.filter(|_| reason.is_none()), raw, scale, reason });
    }

    /// A measurement's value.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name)?.value
    }

    /// The members of a result: `power`, `readings`, `outlets`, `alarms`, `notes`.
    pub fn members(&self) -> Map<String, Value> {
        let mut power = Map::new();
        for name in ALWAYS {
            power.insert(name.to_owned(), Value::Null);
        }
        let mut readings = Map::new();
        for measure in &self.measures {
            power.insert(measure.name.to_owned(), json!(measure.value));
            let mut reading = json!({ "raw": measure.raw, "scale": measure.scale });
            if let (Some(reason), Some(reading)) = (measure.reason, reading.as_object_mut()) {
                reading.insert("reason".to_owned(), Value::from(reason));
            }
            readings.insert(measure.name.to_owned(), reading);
        }
        power.insert("source".to_owned(), json!(self.source));
        let mut members = Map::new();
        members.insert("power".to_owned(), Value::Object(power));
        members.insert("readings".to_owned(), Value::Object(readings));
        for (key, value) in [("state", &self.state), ("battery_status", &self.battery_status)] {
            if let Some(value) = value {
                members.insert(key.to_owned(), Value::from(value.as_str()));
            }
        }
        if let Some(replace) = self.replace_battery {
            members.insert("replace_battery".to_owned(), Value::Bool(replace));
        }
        members.insert("outlets".to_owned(), json!(self.outlets));
        members.insert("alarms".to_owned(), json!(self.alarms));
        members.insert("notes".to_owned(), json!(self.notes));
        members
    }
}

/// Agents say -1 where they have no such value, some of them in 32 bits without a sign.
fn is_supported(raw: f64) -> bool {
    (0.0..f64::from(u32::MAX)).contains(&raw)
}

/// Six decimal places: 545 x 0.1 is 54.5, not 54.50000000000001.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_probe_is_no_temperature() {
        for sentinel in [Some(1000.0), Some(-273.0), None] {
            let mut record = Record::default();
            record.temperature(sentinel, 1.0);
            assert_eq!(record.value("temperature_c"), None);
            assert_eq!(record.members()["readings"]["temperature_c"]["reason"], "no_probe");
            assert_eq!(record.members()["power"]["temperature_c"], Value::Null);
        }
    }

    #[test]
    fn minus_one_is_not_supported() {
        for sentinel in [-1.0, 4_294_967_295.0] {
            let mut record = Record::default();
            record.amount("output_power_w", Some(sentinel), 10.0);
            record.best("input_voltage_v", [(Some(sentinel), 0.1), (Some(120.0), 1.0)]);
            record.charge([(Some(255.0), 1.0)]);
            assert_eq!((record.value("output_power_w"), record.value("battery_percent")), (None, None));
            assert_eq!(record.value("input_voltage_v"), Some(120.0));
            let members = record.members();
            assert_eq!(members["readings"]["output_power_w"]["reason"], "not_supported");
            assert_eq!(members["readings"]["battery_percent"]["reason"], "implausible");
        }
    }

    #[test]
    fn what_is_not_known_is_null_and_the_source_unknown() {
        let members = Record::default().members();
        assert_eq!(members["power"]["battery_percent"], Value::Null);
        assert_eq!(members["power"]["source"], "unknown");
    }
}
