//! What the agent shows: entities, sensors, radio objects, and for 6.x the alarms; from the same knobs as the command
//! line.

use async_snmp::{Oid, Value};

use super::facts::Facts;
use super::show;
use crate::snmp::kinds::Scene;
use crate::snmp::knobs::{Knobs, whole};
use crate::snmp::tree::{Cell, Rows};

const SYSTEM: &[u32] = &[1, 3, 6, 1, 2, 1, 1];
const PRODUCT: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 11, 1, 1];
const AVIAT: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9];
const ENTITY: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1];
const SENSOR: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1];
const IF: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1];
const IFX: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1];

/// Columns of entPhysicalTable.
mod column {
    pub const DESCR: u32 = 2;
    pub const NAME: u32 = 7;
    pub const SOFTWARE: u32 = 10;
    pub const SERIAL: u32 = 11;
    pub const MODEL: u32 = 13;
}

/// Knobs in the agents' own words.
pub fn access(knobs: &Knobs) -> Knobs {
    let mut own = knobs.clone();
    let mode = knobs.text("snmp_mode", "v2c-only");
    let version = match mode.as_str() {
        "v3-only" => "3",
        "v2c-and-v3" => "all",
        _ => "2c",
    };
    own.set("snmp_version", version);
    own.set("community", knobs.text("snmp_community", "public"));
    if mode == "none" {
        // No community is as long as that: nobody is answered.
        own.set("community", "\0".repeat(300));
    }
    own.set("write_community", knobs.text("write_community", ""));
    own
}

/// A sensor: its index, its name, EntitySensorDataType, and its value in thousandths of the unit.
type Sensor = (u32, &'static str, i32, i32);

/// The rows of both families.
pub fn rows(scene: &Scene<'_>) -> Rows {
    let facts = Facts(scene.knobs.clone());
    let mut rows = Rows::default();
    system(&facts, &mut rows);
    let carriers = entities(&facts, &mut rows);
    radio(&facts, &mut rows, carriers);
    if facts.is_six() {
        alarms(&facts, &mut rows);
    } else {
        interfaces(&facts, &mut rows);
    }
    if facts.0.flag("software_mib", false) {
        software(&facts, &mut rows, scene.now);
    }
    rows
}

fn system(facts: &Facts, rows: &mut Rows) {
    let knobs = &facts.0;
    let unit = knobs.text("unit", "WTM4100");
    let product = if unit == "WTM4200" { 8 } else { 7 };
    // Only the recording of a 6.x radio has a description.
    if let Some(text) = knobs.maybe_text("sys_descr").or_else(|| facts.is_six().then_some(unit)) {
        rows.text(SYSTEM, &[1, 0], &text);
    }
    let object: Vec<u32> = PRODUCT.iter().copied().chain([product]).collect();
    rows.put(SYSTEM, &[2, 0], Value::ObjectIdentifier(Oid::from_slice(&object)));
    let base = knobs.number("uptime_days", 10.0) * 8_640_000.0;
    rows.cell(SYSTEM, &[3, 0], Cell::Ticks { base, since: knobs.number("up_since", 0.0) });
    rows.text(SYSTEM, &[4, 0], &knobs.text("sys_contact", ""));
    rows.text(SYSTEM, &[5, 0], &knobs.text("sys_name", &knobs.text("hostname", "radio")));
    rows.text(SYSTEM, &[6, 0], &knobs.text("sys_location", &knobs.text("location", "35.0000, -97.0000")));
    rows.int(SYSTEM, &[7, 0], 72);
}

/// Entities of 2.x, by their indexes.
const TWO: &[(u32, &str)] = &[
    (1, "Root"),
    (2, "Terminal1"),
    (10, "GigabitEthernet1/1"),
    (11, "GigabitEthernet1/2"),
    (12, "SFP+Slot1/1"),
    (13, "SFP+Slot1/2"),
    (14, "CPU1/1"),
    (16, "NVRAM1/1"),
    (55, "RFModule1/1"),
    (56, "RFModule1/2"),
    (61, "Radio1"),
];

const TWO_SENSORS: &[Sensor] = &[
    (3, "VoltageSensor1/1", 4, 47_058),
    (4, "CurrentSensor1/1", 5, 912),
    (5, "InternalTemp1/1", 8, 42_562),
    (6, "InternalTemp1/2", 8, 43_000),
    (7, "InternalTemp1/3", 8, 41_250),
    (8, "InternalTemp1/4", 8, 44_125),
    (9, "InternalTemp1/5", 8, 40_500),
    (19, "Temperature1/1", 8, 48_000),
    (20, "Temperature1/2", 8, 48_500),
];

/// Entities of 6.x.
const SIX: &[(u32, &str)] = &[
    (1, "System"),
    (2, "System/Root1"),
    (4, "System/Root1/SPM"),
    (7, "System/Root1/SPM/Radio1"),
    (15, "System/Root1/SPM/SFPPlusSlot1"),
    (16, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule"),
    (17, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/SFPPort"),
    (40, "System/Root1/RFM1"),
];

const SIX_SENSORS: &[Sensor] = &[
    (8, "System/Root1/SPM/Temperature1", 8, 43_125),
    (9, "System/Root1/SPM/Temperature2", 8, 42_500),
    (10, "System/Root1/SPM/Temperature3", 8, 44_000),
    (11, "System/Root1/SPM/Temperature4", 8, 41_750),
    (12, "System/Root1/SPM/Temperature5", 8, 43_875),
    (13, "System/Root1/SPM/Voltage", 4, 53_703),
    (14, "System/Root1/SPM/Current", 5, 803),
    (18, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/Temperature", 8, 38_000),
    (19, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/Voltage", 4, 3_301),
    (41, "System/Root1/RFM1/Temperature1", 8, 47_250),
];

/// Sensors in millionths.
const SIX_MICRO: &[Sensor] = &[
    (20, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/Bias", 5, 38_222),
    (21, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/PowerRx", 6, 476),
    (22, "System/Root1/SPM/SFPPlusSlot1/SFPPlusModule/PowerTx", 6, 582),
];

/// EntitySensorDataScale.
const MICRO: i32 = 7;
const MILLI: i32 = 8;
const UNITS: i32 = 9;

/// The entity and sensor tables; the indexes of the two carriers.
fn entities(facts: &Facts, rows: &mut Rows) -> [u32; 2] {
    let six = facts.is_six();
    let knobs = &facts.0;
    let shift = knobs.integer("entity_shift", 0).max(0).cast_unsigned();
    let (named, sensors, first) = if six { (SIX, SIX_SENSORS, 49) } else { (TWO, TWO_SENSORS, 59) };
    let carriers = [shift.saturating_add(first), shift.saturating_add(first + 1)];
    let path = if six { "System/Root1/RFM1/Carrier" } else { "Carrier1/" };
    let own: Vec<(u32, String)> =
        (1..).zip(carriers).map(|(number, index)| (index, format!("{path}{number}"))).collect();
    let micro = if six { SIX_MICRO } else { &[] };
    let all_sensors = sensors.iter().map(|sensor| (sensor, if six { MILLI } else { UNITS }));
    let all_sensors: Vec<(&Sensor, i32)> = all_sensors.chain(micro.iter().map(|sensor| (sensor, MICRO))).collect();
    let names = named.iter().map(|(index, name)| (*index, (*name).to_owned()));
    let names = names.chain(all_sensors.iter().map(|((index, name, ..), _)| (*index, (*name).to_owned()))).chain(own);
    let version = facts.maybe_version("active").map(super::version::Version::dotted).unwrap_or_default();
    for (index, name) in names {
        rows.text(ENTITY, &[column::NAME, index], &name);
        rows.text(ENTITY, &[column::DESCR, index], name.rsplit('/').next().unwrap_or_default());
        let here = index == if six { 4 } else { 2 };
        let software = match (here, six) {
            (true, true) => version.clone(),
            // The image is one for both models and is named after the first.
            (true, false) => format!("{version}-WTM4100"),
            (false, _) => String::new(),
        };
        if here || six {
            rows.text(ENTITY, &[column::SOFTWARE, index], &software);
        }
        if index == 2 {
            rows.text(ENTITY, &[column::SERIAL, index], &knobs.text("serial", "AAA0000A000"));
            rows.text(ENTITY, &[column::MODEL, index], &knobs.text("model", "W41-18L5-DPX"));
        }
    }
    for ((index, _, kind, value), scale) in all_sensors {
        rows.int(SENSOR, &[1, *index], *kind);
        rows.int(SENSOR, &[2, *index], scale);
        // 6.x scales the number and says the precision as well: only one of the two is meant.
        rows.int(SENSOR, &[3, *index], if scale == MICRO { 0 } else { 3 });
        rows.int(SENSOR, &[4, *index], *value);
        rows.int(SENSOR, &[5, *index], 1);
    }
    carriers
}

/// Tenths.
fn tenths(number: f64) -> i32 {
    whole(number * 10.0)
}

fn radio(facts: &Facts, rows: &mut Rows, carriers: [u32; 2]) {
    let six = facts.is_six();
    let signal = facts.signal();
    let khz =
        |number: u32, key: &str| show::carrier_leaf(facts, number, key).and_then(|text| text.parse().ok()).unwrap_or(0);
    for (number, carrier) in (1..).zip(carriers) {
        rows.int(AVIAT, &[15, 2, 2, 1, 4, carrier], tenths(signal.rsl));
        rows.int(AVIAT, &[33, 2, 2, 1, 3, carrier], tenths(signal.snr));
        rows.int(AVIAT, &[33, 2, 2, 1, 7, carrier], tenths(signal.tx_power));
        rows.int(AVIAT, &[5, 2, 1, 1, 1, carrier], khz(number, "tx-frequency"));
        rows.int(AVIAT, &[5, 2, 1, 1, 2, carrier], khz(number, "rx-frequency"));
        rows.int(AVIAT, &[3, 2, 1, 1, 1, carrier], whole(show::bandwidth(facts, number) * 1000.0));
        for (object, value) in [(11, 730_947), (12, 730_947)] {
            // 2.x answers with Gauge32, 6.x with INTEGER.
            if six {
                rows.int(AVIAT, &[3, 2, 1, 1, object, carrier], value);
            } else {
                rows.gauge(AVIAT, &[3, 2, 1, 1, object, carrier], value);
            }
        }
        rows.int(AVIAT, &[3, 2, 1, 1, 13, carrier], 14);
        rows.int(AVIAT, &[3, 2, 1, 1, 14, carrier], 14);
        if six {
            // What was the state of the carrier on 2.x is its largest configured capacity here.
            rows.put(AVIAT, &[3, 2, 4, 1, 2, carrier], Value::Counter64(730_947_000));
            rows.int(AVIAT, &[3, 2, 4, 1, 3, carrier], 1);
            rows.put(AVIAT, &[14, 2, 2, 1, 4, carrier], Value::Counter32(2));
            rows.text(AVIAT, &[14, 2, 2, 1, 6, carrier], "");
            rows.put(AVIAT, &[14, 2, 2, 1, 8, carrier], Value::Counter32(5));
            rows.put(AVIAT, &[14, 2, 2, 1, 11, carrier], Value::Counter32(20));
        } else {
            rows.int(AVIAT, &[3, 2, 4, 1, 2, carrier], 1);
        }
    }
}

/// Alarms ever raised and cleared, by severity: 3 critical, 4 major, 5 minor, 6 warning. The knob `alarms` is how
/// many of each are active.
fn alarms(facts: &Facts, rows: &mut Rows) {
    let active = facts.0.get("alarms").and_then(|list| list.as_array()).cloned().unwrap_or_default();
    for (index, (severity, cleared)) in [(3, 3), (4, 10), (5, 1), (6, 20)].into_iter().enumerate() {
        let now = active.get(index).and_then(serde_json::Value::as_i64).and_then(|count| i32::try_from(count).ok());
        rows.gauge(AVIAT, &[49, 2, 1, 3, 2, 1, 2, severity], cleared + now.unwrap_or(0).clamp(0, 1000));
        rows.gauge(AVIAT, &[49, 2, 1, 3, 2, 1, 3, severity], cleared);
    }
}

/// ifTable and ifXTable of 2.x.
fn interfaces(facts: &Facts, rows: &mut Rows) {
    let hostname = facts.0.text("hostname", "radio");
    for (index, name, kind, up) in [
        (1025, "GigabitEthernet1/1", 6, false),
        (1026, "GigabitEthernet1/2", 6, false),
        (1537, "Radio1", 188, true),
        (2049, "TenGigE1/1", 6, true),
        (2050, "TenGigE1/2", 6, false),
        (65_537, "Vlan1", 135, true),
    ] {
        rows.int(IF, &[1, index], index.cast_signed());
        rows.text(IF, &[2, index], if name == "Radio1" { hostname.as_str() } else { name });
        rows.int(IF, &[3, index], kind);
        rows.int(IF, &[7, index], 1);
        rows.int(IF, &[8, index], if up { 1 } else { 2 });
        rows.text(IFX, &[1, index], name);
        rows.text(IFX, &[18, index], "");
    }
}

/// aviatSmLoadStatus; what only the command line knows is a load.
fn status(state: &str) -> i32 {
    match state {
        "commit" => 2,
        "activate" => 3,
        "rollback" => 4,
        "idle" => 5,
        "loadOk" => 6,
        "activateOk" => 7,
        "rollbackOk" => 8,
        "compatibilityError" => 9,
        "loadError" => 10,
        "activateError" => 11,
        "rollbackError" => 12,
        "waitingToActivate" => 13,
        "sameVersion" => 14,
        _ => 1,
    }
}

fn software(facts: &Facts, rows: &mut Rows, now: f64) {
    let knobs = &facts.0;
    rows.int(AVIAT, &[11, 2, 1, 1, 0], 0);
    rows.int(AVIAT, &[11, 2, 2, 1, 0], 0);
    rows.int(AVIAT, &[11, 2, 2, 2, 0], status(&facts.state()));
    rows.text(AVIAT, &[11, 2, 2, 8, 0], &knobs.text("loading_uri", ""));
    let started = knobs.maybe_number("load_started").filter(|_| matches!(facts.state().as_str(), "load" | "commit"));
    let whole_load = knobs.number("load_seconds", 600.0).max(1.0);
    let progress = started.map_or(0.0, |started| ((now - started) / whole_load * 100.0).clamp(0.0, 100.0));
    rows.int(AVIAT, &[11, 2, 2, 9, 0], whole(progress));
    if started.is_some() {
        rows.changes_at(now + whole_load / 100.0);
    }
    let version = |name: &str| facts.maybe_version(name).map(super::version::Version::dotted).unwrap_or_default();
    rows.text(AVIAT, &[11, 2, 3, 1, 0], &version("active"));
    rows.text(AVIAT, &[11, 2, 3, 2, 0], &version("inactive"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn get(knobs: serde_json::Value, oid: &str) -> Option<Value> {
        let knobs = Knobs(knobs.as_object().unwrap().clone());
        let scene = Scene { knobs: &knobs, device: "r1", now: 0.0, battery_since: None };
        match rows(&scene).cells.get(&Oid::parse(oid).unwrap()) {
            Some(Cell::Fixed(value)) => Some(value.clone()),
            _ => None,
        }
    }

    #[test]
    fn families_answer_at_different_places() {
        let two = json!({"family": "2.11", "active": "2.11.11", "unit": "WTM4200"});
        let six = json!({"family": "6", "active": "6.2.4", "unit": "WTM4100"});
        let text = |text: &str| Some(Value::OctetString(text.as_bytes().to_vec().into()));
        let software = "1.3.6.1.2.1.47.1.1.1.1.10";
        assert_eq!(get(two.clone(), &format!("{software}.2")), text("2.11.11.18.6069-WTM4100"));
        assert_eq!(get(two.clone(), &format!("{software}.4")), None);
        assert_eq!(get(six.clone(), &format!("{software}.4")), text("6.2.4.12.59373"));
        assert_eq!(get(six.clone(), &format!("{software}.2")), text(""));
        let rsl = "1.3.6.1.4.1.2509.9.15.2.2.1.4";
        assert_eq!(get(two.clone(), &format!("{rsl}.59")), Some(Value::Integer(-367)));
        assert_eq!(get(six.clone(), &format!("{rsl}.50")), Some(Value::Integer(-367)));
        assert_eq!(get(six.clone(), &format!("{rsl}.59")), None);
        let state = "1.3.6.1.4.1.2509.9.3.2.4.1";
        assert_eq!(get(two.clone(), &format!("{state}.2.59")), Some(Value::Integer(1)));
        assert_eq!(get(six.clone(), &format!("{state}.3.49")), Some(Value::Integer(1)));
        let object = |number: u32| {
            Some(Value::ObjectIdentifier(Oid::parse(&format!("1.3.6.1.4.1.2509.11.1.1.{number}")).unwrap()))
        };
        assert_eq!(get(two.clone(), "1.3.6.1.2.1.1.2.0"), object(8));
        assert_eq!(get(six.clone(), "1.3.6.1.2.1.1.2.0"), object(7));
        assert_eq!(get(two, "1.3.6.1.2.1.99.1.1.1.2.3"), Some(Value::Integer(9)));
        assert_eq!(get(six, "1.3.6.1.2.1.99.1.1.1.2.13"), Some(Value::Integer(8)));
    }
}
