//! What the agent's objects mean. Memory is in KB, since bytes wrap; -128 degrees is no sensor.

use std::collections::BTreeMap;

use super::version::Version;
use crate::drivers::nokia::platform::{MODELS, oids};
use crate::drivers::power::{code, octets};
use crate::transport::snmp::{Oid, Value, Varbind};

/// What the device is, by its SNMP identity alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `7250 IXR-e`.
    pub model: &'static str,
    /// Release; none where the description does not show one.
    pub version: Option<Version>,
}

/// The identity in sysObjectID and sysDescr (which has line ends in it); none where it is no 7250 IXR that is known.
pub fn identity(object_id: Option<&str>, descr: Option<&str>) -> Option<Identity> {
    let object = Oid::parse(object_id?).ok()?;
    let [number] = *object.suffix_after(&Oid::new(oids::PRODUCTS))? else { return None };
    let (_, model) = MODELS.iter().find(|(known, _)| *known == number)?;
    Some(Identity { model, version: descr.and_then(Version::find) })
}

/// A part of the chassis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `Chassis 1 Power Supply 1`.
    pub name: String,
    /// What it is.
    pub class: Option<&'static str>,
    /// Its state.
    pub state: Option<&'static str>,
    /// Whether it has an active alarm.
    pub alarm: Option<bool>,
    /// Serial number.
    pub serial: Option<String>,
    /// Degrees Celsius; none where it has no sensor.
    pub celsius: Option<i64>,
    /// Degrees Celsius at which it gives an alarm.
    pub threshold_celsius: Option<i64>,
}

/// A fan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fan {
    /// Number, as the agent counts: `1`.
    pub number: u32,
    /// `ok`, `failed`; none where the agent says something else.
    pub state: Option<&'static str>,
    /// Percent.
    pub speed_percent: Option<i64>,
}

/// How the device is, by its agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Percent.
    pub cpu_percent: Option<i64>,
    /// Bytes.
    pub memory_used_bytes: Option<u64>,
    /// Bytes.
    pub memory_free_bytes: Option<u64>,
    /// Bytes.
    pub memory_pools_bytes: Option<u64>,
    /// Whether the chassis is too warm.
    pub over_temperature: Option<bool>,
    /// By the agent's index.
    pub parts: Vec<Part>,
    /// By number.
    pub fans: Vec<Fan>,
}

/// Reads what was asked for and walked.
pub fn health(varbinds: &[Varbind]) -> Health {
    let objects: BTreeMap<&Oid, &Value> = varbinds
        .iter()
        .filter(|varbind| !varbind.value.is_missing() && varbind.value != Value::Null)
        .map(|varbind| (&varbind.oid, &varbind.value))
        .collect();
    let number = |oid: &Oid| objects.get(oid).and_then(|value| code(value));
    let scalar = |object: &'static [u32]| number(&Oid::new(object));
    let bytes = |object| scalar(object).and_then(|kb| u64::try_from(kb).ok()).and_then(|kb| kb.checked_mul(1024));
    let rows = |column: &'static [u32]| {
        let column = Oid::new(column);
        let indexes = objects.keys().filter_map(|oid| oid.suffix_after(&column).map(<[u32]>::to_vec));
        indexes.collect::<Vec<Vec<u32>>>()
    };
    let parts = rows(oids::HW_NAME).into_iter().filter_map(|index| {
        let at = |column: &'static [u32]| Oid::new(column).child(&index);
        let text = |column| octets(objects.get(&at(column))?);
        let value = |column| number(&at(column));
        let sensor = value(oids::HW_SENSOR) == Some(1);
        let celsius = value(oids::HW_CELSIUS).filter(|degrees| sensor && (-60..=150).contains(degrees));
        Some(Part {
            name: text(oids::HW_NAME)?,
            class: value(oids::HW_CLASS).and_then(class),
            state: value(oids::HW_OPER).and_then(state),
            alarm: match value(oids::HW_ALARM) {
                Some(1) => Some(true),
                Some(2) => Some(false),
                _ => None,
            },
            serial: text(oids::HW_SERIAL),
            celsius,
            threshold_celsius: value(oids::HW_THRESHOLD).filter(|degrees| celsius.is_some() && *degrees > 0),
        })
    });
    let fans = rows(oids::FAN_STATE).into_iter().filter_map(|index| {
        let state = match number(&Oid::new(oids::FAN_STATE).child(&index)) {
            Some(3) => Some("ok"),
            Some(4) => Some("failed"),
            _ => None,
        };
        let speed = number(&Oid::new(oids::FAN_SPEED).child(&index)).filter(|speed| (0..=100).contains(speed));
        Some(Fan { number: *index.last()?, state, speed_percent: speed })
    });
    Health {
        cpu_percent: scalar(oids::CPU).filter(|percent| (0..=100).contains(percent)),
        memory_used_bytes: bytes(oids::MEMORY_USED),
        memory_free_bytes: bytes(oids::MEMORY_FREE),
        memory_pools_bytes: bytes(oids::MEMORY_POOLS),
        over_temperature: match scalar(oids::OVER_TEMPERATURE) {
            Some(1) => Some(false),
            Some(2) => Some(true),
            _ => None,
        },
        parts: parts.collect(),
        fans: fans.collect(),
    }
}

impl Health {
    /// The chassis' serial number.
    pub fn serial(&self) -> Option<&str> {
        self.parts.iter().find(|part| part.class == Some("chassis")).and_then(|part| part.serial.as_deref())
    }

    /// Names of the parts that have an active alarm; none where no part says whether it has one.
    pub fn alarms(&self) -> Option<Vec<&str>> {
        if self.parts.iter().all(|part| part.alarm.is_none()) {
            return None;
        }
        Some(self.parts.iter().filter(|part| part.alarm == Some(true)).map(|part| part.name.as_str()).collect())
    }
}

fn class(code: i64) -> Option<&'static str> {
    Some(match code {
        3 => "chassis",
        5 => "power_supply",
        6 => "fan",
        8 => "io_module",
        9 => "control_module",
        11 => "mda",
        12 => "flash",
        _ => return None,
    })
}

/// TmnxHwOperState of TIMETRA-TC-MIB, as far as it matters here.
fn state(code: i64) -> Option<&'static str> {
    Some(match code {
        2 => "in service",
        3 => "out of service",
        4 => "diagnosing",
        5 => "failed",
        6 => "booting",
        7 => "empty",
        8 => "provisioned",
        9 => "unprovisioned",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(object: &[u32], tail: &[u32], value: i64) -> Varbind {
        Varbind::new(Oid::from(object).child(tail), Value::Integer(value))
    }

    fn text(object: &[u32], tail: &[u32], value: &str) -> Varbind {
        Varbind::new(Oid::from(object).child(tail), Value::OctetString(value.as_bytes().to_vec()))
    }

    #[test]
    fn s03_no_sensor_no_temperature_and_the_threshold_is_carried() {
        let (chassis, slot) = ([1, 50_331_649], [1, 134_217_729]);
        let health = health(&[
            text(oids::HW_NAME, &chassis, "Chassis 1"),
            integer(oids::HW_CLASS, &chassis, 3),
            integer(oids::HW_SENSOR, &chassis, 2),
            integer(oids::HW_CELSIUS, &chassis, -128),
            integer(oids::HW_THRESHOLD, &chassis, -1),
            integer(oids::HW_ALARM, &chassis, 2),
            text(oids::HW_SERIAL, &chassis, "NS2234F0601"),
            text(oids::HW_NAME, &slot, "Slot 1"),
            integer(oids::HW_SENSOR, &slot, 1),
            integer(oids::HW_CELSIUS, &slot, 42),
            integer(oids::HW_THRESHOLD, &slot, 94),
            integer(oids::HW_OPER, &slot, 2),
            integer(oids::HW_ALARM, &slot, 1),
            integer(oids::FAN_STATE, &[3, 1, 1], 3),
            integer(oids::FAN_STATE, &[3, 1, 2], 4),
            integer(oids::FAN_STATE, &[3, 1, 3], 9),
            integer(oids::FAN_SPEED, &[3, 1, 1], 40),
        ]);
        let temperatures: Vec<_> =
            health.parts.iter().map(|part| (part.name.as_str(), part.celsius, part.threshold_celsius)).collect();
        assert_eq!(temperatures, [("Chassis 1", None, None), ("Slot 1", Some(42), Some(94))]);
        let fans: Vec<_> = health.fans.iter().map(|fan| (fan.number, fan.state, fan.speed_percent)).collect();
        assert_eq!(fans, [(1, Some("ok"), Some(40)), (2, Some("failed"), None), (3, None, None)]);
        assert_eq!((health.serial(), health.alarms()), (Some("NS2234F0601"), Some(vec!["Slot 1"])));
        assert_eq!(Health::default().alarms(), None);
    }

    #[test]
    fn s04_memory_is_that_of_the_kb_objects() {
        let bytes = [1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 2, 0];
        let health = health(&[
            integer(&bytes, &[], 1_000),
            Varbind::new(Oid::new(oids::MEMORY_USED), Value::Gauge32(6_000_000)),
            Varbind::new(Oid::new(oids::MEMORY_FREE), Value::Gauge32(1_587_200)),
        ]);
        // 6,000,000 KB are more than 32 bits hold.
        assert_eq!((health.memory_used_bytes, health.memory_free_bytes), (Some(6_144_000_000), Some(1_625_292_800)));
        assert_eq!(health.memory_pools_bytes, None);
    }

    #[test]
    fn s01_only_a_7250_is_one() {
        let descr = "TiMOS-C-22.10.R11 cpm/x86hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.\nAll rights\r\nBuilt on x\r\n";
        let seen = identity(Some("1.3.6.1.4.1.6527.1.3.25"), Some(descr)).unwrap();
        assert_eq!((seen.model, seen.version.unwrap().release.as_str()), ("7250 IXR-e", "22.10.R11"));
        for other in
            ["1.3.6.1.4.1.6527.1.3.14", "1.3.6.1.4.1.6527.1.3", "1.3.6.1.4.1.6527.1.3.25.1", "1.3.6.1.4.1.14988.1", "x"]
        {
            assert_eq!(identity(Some(other), Some(descr)), None, "{other}");
        }
        assert_eq!(identity(None, Some(descr)), None);
        assert_eq!(identity(Some("1.3.6.1.4.1.6527.1.3.23"), None).unwrap().version, None);
    }
}
