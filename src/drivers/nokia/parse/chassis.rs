//! `show chassis`, with or without `detail`: the chassis' own hardware data, LEDs, fans, power supplies. Every part
//! has a serial number under the same label, so sections are told apart.

use super::fields::{field, told};

/// A fan tray or a power supply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit {
    /// Its number.
    pub number: u32,
    /// `up`, `failed`, `not equipped`, ...; none where it is not said.
    pub state: Option<String>,
}

/// What `show chassis` tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chassis {
    /// `7250 IXR-e`.
    pub model: Option<String>,
    /// Base MAC address.
    pub mac: Option<String>,
    /// Part number of the chassis.
    pub part: Option<String>,
    /// Serial number of the chassis.
    pub serial: Option<String>,
    /// When it started, as the device writes it.
    pub booted_at: Option<String>,
    /// `Off`, `Red`, ...
    pub critical_led: Option<String>,
    /// The same.
    pub major_led: Option<String>,
    /// The same.
    pub minor_led: Option<String>,
    /// `OK`, or something else.
    pub over_temperature: Option<String>,
    /// `alarm cleared`, `alarm active`.
    pub alarm: Option<String>,
    /// Fan trays.
    pub fans: Vec<Unit>,
    /// Power supplies.
    pub supplies: Vec<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Chassis,
    Supplies,
    Fans,
    Other,
}

impl Chassis {
    /// Reads the answer.
    pub fn parse(text: &str) -> Self {
        let mut chassis = Self::default();
        let mut section = Section::Other;
        let mut hardware = false;
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with("===") || line.starts_with("---") {
                continue;
            }
            let Some((label, value)) = field(line) else {
                (section, hardware) = heading(line, section);
                continue;
            };
            match label {
                "Power supply number" => (section, hardware) = (Section::Supplies, false),
                "Fan tray number" | "Fan number" | "Fan module number" => (section, hardware) = (Section::Fans, false),
                _ => {}
            }
            match section {
                Section::Chassis => chassis.own(label, value, hardware),
                Section::Supplies => unit(&mut chassis.supplies, label, "Power supply number", value),
                Section::Fans => unit(&mut chassis.fans, label, "Fan", value),
                Section::Other => {}
            }
        }
        chassis
    }

    fn own(&mut self, label: &str, value: &str, hardware: bool) {
        let place = match (label, hardware) {
            ("Type", false) => &mut self.model,
            ("Critical LED state", false) => &mut self.critical_led,
            ("Major LED state", false) => &mut self.major_led,
            ("Minor LED state", false) => &mut self.minor_led,
            ("Over Temperature state", false) => &mut self.over_temperature,
            ("Base MAC address", false) => &mut self.mac,
            ("Part number", true) => &mut self.part,
            ("Serial number", true) => &mut self.serial,
            ("Time of last boot", true) => &mut self.booted_at,
            ("Current alarm state", true) => &mut self.alarm,
            _ => return,
        };
        if place.is_none() {
            *place = told(value);
        }
    }
}

fn heading(line: &str, section: Section) -> (Section, bool) {
    if line == "Hardware Data" {
        return (section, true);
    }
    let lower = line.to_ascii_lowercase();
    let next = if lower.starts_with("chassis") {
        Section::Chassis
    } else if lower.contains("power suppl") {
        Section::Supplies
    } else if lower.contains("environment") || lower.contains("fan") {
        Section::Fans
    } else {
        Section::Other
    };
    (next, false)
}

fn unit(units: &mut Vec<Unit>, label: &str, numbered: &str, value: &str) {
    if label.starts_with(numbered) && label.ends_with("number") {
        if let Ok(number) = value.parse() {
            units.push(Unit { number, state: None });
        }
    } else if label == "Status"
        && let Some(unit) = units.last_mut()
        && unit.state.is_none()
    {
        unit.state = told(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Chassis Information\n===\n    Name                              : host\n    \
        Type                              : 7250 IXR-e\n    Critical LED state                : Off\n    \
        Major LED state                   : Red\n    Over Temperature state            : OK\n    \
        Base MAC address                  : 02:00:5e:00:60:01\n";
    const OWN: &str = "Hardware Data\n    Part number                       : 3HE14782AARC01\n    CLEI code : \n    \
        Serial number                     : NS2234F0601\n    Time of last boot : 2026/02/01 10:00:00\n    \
        Current alarm state               : alarm cleared\n";
    const SUPPLIES: &str = "Power Supply Information\n    Number of power supplies : 2\n    Power supply number : 1\n      \
        Status : up\n  Hardware Data\n      Part number : 3HE14785AARB01\n      Serial number : NSPSU00001\n    \
        Power supply number : 2\n      Status : failed\n  Hardware Data\n      Serial number : NSPSU00002\n";
    const FANS: &str = "Environment Information\n    Number of fan trays : 1\n    Number of fans : 3\n    Fan tray number : 1\n      \
        Speed : half speed\n      Status : up\n";

    fn unit(number: u32, state: &str) -> Unit {
        Unit { number, state: Some(state.to_owned()) }
    }

    #[test]
    fn n12_the_serial_is_that_of_the_chassis_wherever_it_stands() {
        for text in [
            format!("{HEAD}\n{OWN}---\n{FANS}\n{SUPPLIES}"),
            format!("{SUPPLIES}---\n{HEAD}{OWN}{FANS}"),
            format!("{FANS}{HEAD}{OWN}{SUPPLIES}")
                .replace("Chassis Information", "Chassis 1 Detail")
                .replace('\n', "\r\n"),
        ] {
            let chassis = Chassis::parse(&text);
            assert_eq!(chassis.serial.as_deref(), Some("NS2234F0601"), "{text}");
            assert_eq!(chassis.part.as_deref(), Some("3HE14782AARC01"));
            assert_eq!(chassis.model.as_deref(), Some("7250 IXR-e"));
            assert_eq!((chassis.critical_led.as_deref(), chassis.major_led.as_deref()), (Some("Off"), Some("Red")));
            assert_eq!(chassis.minor_led, None);
            assert_eq!(chassis.supplies, [unit(1, "up"), unit(2, "failed")]);
            assert_eq!(chassis.fans, [unit(1, "up")]);
        }
    }

    #[test]
    fn a_supply_alone_is_no_chassis() {
        let chassis = Chassis::parse(SUPPLIES);
        assert_eq!((chassis.serial, chassis.part, chassis.model), (None, None, None));
        assert_eq!(Chassis::parse("Error: Bad command."), Chassis::default());
    }
}
