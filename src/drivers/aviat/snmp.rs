//! What the SNMP agent tells: a walk of the names, then one list of objects by their indexes. A handful of requests,
//! since agents before 2.11 stop answering after some 15 quick ones.

use std::collections::BTreeMap;
use std::time::Duration;

use super::parse::entities::{Entities, Naming};
use super::parse::sensors::{modulation, oper_status, scaled, tenths};
use super::parse::software::{Software, State};
use super::parse::version::Version;
use super::platform::oids;
use crate::drivers::generic::{Generic, System};
use crate::drivers::identify;
use crate::drivers::power::{code, octets};
use crate::model::{Failure, FailureClass};
use crate::transport::snmp::{Client, Config, Oid, Value, Varbind};
use crate::transport::{Cx, Target};

/// What a receiver can hear and a transmitter send, dBm, and a ratio, dB: anything else is a sentinel.
const LEVELS: std::ops::RangeInclusive<f64> = -120.0..=60.0;
/// What the electronics survive, degrees Celsius.
const DEGREES: std::ops::RangeInclusive<f64> = -60.0..=150.0;

/// What was read, by name. What the device has not is not in it.
#[derive(Debug, Default)]
struct Objects(BTreeMap<Oid, Value>);

impl Objects {
    fn extend(&mut self, varbinds: Vec<Varbind>) {
        let there = varbinds.into_iter().filter(|varbind| !varbind.value.is_missing());
        self.0.extend(there.map(|varbind| (varbind.oid, varbind.value)));
    }

    fn cell(&self, column: &'static [u32], index: u32) -> Option<&Value> {
        self.0.get(&Oid::new(column).child(&[index]))
    }

    /// Index and value of each row.
    fn column(&self, column: &'static [u32]) -> Vec<(u32, &Value)> {
        let column = Oid::new(column);
        let rows = self.0.iter().filter_map(|(oid, value)| Some((oid.suffix_after(&column)?, value)));
        rows.filter_map(|(index, value)| Some((*index.first()?, value))).collect()
    }
}

/// One carrier, as the agent sees it. What it does not have is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct AgentCarrier {
    pub rsl_dbm: Option<f64>,
    pub snr_db: Option<f64>,
    pub tx_power_dbm: Option<f64>,
    pub tx_frequency_khz: Option<u64>,
    pub rx_frequency_khz: Option<u64>,
    pub bandwidth_khz: Option<u64>,
    pub tx_capacity_kbps: Option<u64>,
    pub rx_capacity_kbps: Option<u64>,
    pub tx_modulation: Option<&'static str>,
    pub rx_modulation: Option<&'static str>,
    pub oper_status: Option<&'static str>,
}

/// Everything that was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Agent {
    pub system: System,
    pub version: Option<Version>,
    pub serial: Option<String>,
    /// Model code: `W42-11H2-WPX`.
    pub code: Option<String>,
    pub carriers: BTreeMap<String, AgentCarrier>,
    pub input_volts: Option<f64>,
    /// By the sensor's own name, degrees Celsius.
    pub temperatures: BTreeMap<String, f64>,
    /// How many alarms are active, by severity, where the release tells it.
    pub alarms: BTreeMap<&'static str, u64>,
}

impl Agent {
    /// Time since the agent started, rounds of its counter not counted.
    pub(super) fn uptime(&self) -> Option<Duration> {
        self.system.uptime
    }
}

/// Reads the agent. [`FailureClass::WrongModel`] where it is none of a WTM 4000.
pub(super) async fn read(cx: &Cx, target: &Target, config: &Config) -> Result<Agent, Failure> {
    let system = Generic::new(cx, target, config).system().await?;
    check(&system).map_err(|failure| failure.at(&target.label()))?;
    let mut client = Client::new(target, config)?;
    let mut names = Objects::default();
    names.extend(client.walk(cx, &Oid::new(oids::NAME)).await?);
    let names: Vec<(u32, String)> =
        names.column(oids::NAME).into_iter().filter_map(|(index, name)| Some((index, octets(name)?))).collect();
    let Some(entities) = Entities::of(&names) else { return Ok(Agent { system, ..Agent::default() }) };
    let mut snapshot = Objects::default();
    snapshot.extend(client.get(cx, &wanted(&entities)).await?);
    Ok(agent(system, &entities, &snapshot))
}

/// What the agent tells of the software, in one request; what it does not have is none.
pub(super) async fn software(cx: &Cx, target: &Target, config: &Config) -> Result<Software, Failure> {
    let wanted = [oids::LOAD_STATUS, oids::LOAD_URI, oids::ACTIVE_VERSION, oids::INACTIVE_VERSION].map(Oid::new);
    let mut objects = Objects::default();
    objects.extend(Client::new(target, config)?.get(cx, &wanted).await?);
    let [status, uri, active, inactive] = wanted.map(|oid| objects.0.remove(&oid));
    let text = |value: Option<Value>| octets(&value?).filter(|text| !text.is_empty());
    Ok(Software {
        active: text(active).and_then(|text| Version::parse(&text)),
        inactive: text(inactive).and_then(|text| Version::parse(&text)),
        state: status.as_ref().and_then(code).and_then(State::of_code),
        uri: text(uri),
    })
}

fn check(system: &System) -> Result<(), Failure> {
    let says = system.object_id.as_deref();
    let own = says.and_then(|id| Oid::parse(id).ok()).is_some_and(|id| {
        let last = id.suffix_after(&Oid::new(oids::PRODUCTS)).and_then(<[u32]>::first).copied();
        last.is_some_and(|last| oids::WTM_4000.contains(&last))
    });
    if own {
        return Ok(());
    }
    let seems = identify::by_system(system).map_or_else(String::new, |identity| {
        let words = identity.in_words();
        format!("it seems to be {words}; ")
    });
    let says = says.unwrap_or("nothing");
    let sentence =
        format!("its sysObjectID says {says}, which is no WTM 4000; {seems}correct its type in the inventory");
    Err(Failure::new(FailureClass::WrongModel, sentence))
}

fn oper_status_column(naming: Naming) -> &'static [u32] {
    match naming {
        Naming::Flat => oids::OPER_STATUS_2,
        Naming::Path => oids::OPER_STATUS_6,
    }
}

/// The objects to ask for.
fn wanted(entities: &Entities) -> Vec<Oid> {
    let mut wanted = Vec::new();
    let mut ask = |index: u32, columns: &[&'static [u32]]| {
        wanted.extend(columns.iter().map(|column| Oid::new(column).child(&[index])));
    };
    for unit in &entities.units {
        ask(*unit, &[oids::SOFTWARE, oids::SERIAL, oids::MODEL]);
    }
    for carrier in entities.carriers.values() {
        ask(
            *carrier,
            &[
                oids::RSL,
                oids::SNR,
                oids::TX_POWER,
                oids::TX_FREQUENCY,
                oids::RX_FREQUENCY,
                oids::BANDWIDTH,
                oids::TX_CAPACITY,
                oids::RX_CAPACITY,
                oids::TX_MODULATION,
                oids::RX_MODULATION,
                oper_status_column(entities.naming),
            ],
        );
    }
    for sensor in entities.voltage.iter().chain(entities.temperatures.values()) {
        ask(*sensor, &[oids::SENSOR_SCALE, oids::SENSOR_PRECISION, oids::SENSOR_VALUE]);
    }
    if entities.naming == Naming::Path {
        for (severity, _) in oids::SEVERITIES {
            ask(severity, &[oids::ALARMS_RAISED, oids::ALARMS_CLEARED]);
        }
    }
    wanted
}

/// From what was read to what it means. Pure.
fn agent(system: System, entities: &Entities, snapshot: &Objects) -> Agent {
    let unit = |column: &'static [u32]| {
        entities.units.iter().filter_map(|index| octets(snapshot.cell(column, *index)?)).collect::<Vec<_>>()
    };
    let versions: Vec<Version> = unit(oids::SOFTWARE).iter().filter_map(|text| Version::parse(text)).collect();
    let version = versions.first().copied().filter(|first| versions.iter().all(|version| version == first));
    let number = |column: &'static [u32], index: u32| code(snapshot.cell(column, index)?);
    let level = |column, index| number(column, index).map(tenths).filter(|level| LEVELS.contains(level));
    let count = |column, index| number(column, index).and_then(|n| u64::try_from(n).ok());
    let sensor = |index: u32| {
        let [value, scale, precision] =
            [oids::SENSOR_VALUE, oids::SENSOR_SCALE, oids::SENSOR_PRECISION].map(|column| number(column, index));
        scaled(value?, scale?, precision?)
    };
    let carriers = entities.carriers.iter().map(|(name, index)| {
        let index = *index;
        let carrier = AgentCarrier {
            rsl_dbm: level(oids::RSL, index),
            snr_db: level(oids::SNR, index),
            tx_power_dbm: level(oids::TX_POWER, index),
            tx_frequency_khz: count(oids::TX_FREQUENCY, index).filter(|khz| *khz > 0),
            rx_frequency_khz: count(oids::RX_FREQUENCY, index).filter(|khz| *khz > 0),
            bandwidth_khz: count(oids::BANDWIDTH, index).filter(|khz| *khz > 0),
            tx_capacity_kbps: count(oids::TX_CAPACITY, index),
            rx_capacity_kbps: count(oids::RX_CAPACITY, index),
            tx_modulation: number(oids::TX_MODULATION, index).and_then(modulation),
            rx_modulation: number(oids::RX_MODULATION, index).and_then(modulation),
            oper_status: number(oper_status_column(entities.naming), index).and_then(oper_status),
        };
        (name.clone(), carrier)
    });
    let temperatures = entities.temperatures.iter().filter_map(|(name, index)| {
        let degrees = sensor(*index).filter(|degrees| DEGREES.contains(degrees))?;
        Some((name.clone(), degrees))
    });
    let alarms = oids::SEVERITIES.into_iter().filter_map(|(severity, name)| {
        let raised = count(oids::ALARMS_RAISED, severity)?;
        Some((name, raised.checked_sub(count(oids::ALARMS_CLEARED, severity)?)?))
    });
    Agent {
        alarms: alarms.collect(),
        version,
        serial: unit(oids::SERIAL).into_iter().next(),
        code: unit(oids::MODEL).into_iter().next(),
        carriers: carriers.collect(),
        input_volts: entities.voltage.and_then(sensor),
        temperatures: temperatures.collect(),
        system,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn integer(column: &'static [u32], index: u32, value: i64) -> Varbind {
        Varbind::new(Oid::new(column).child(&[index]), Value::Integer(value))
    }

    fn octet(column: &'static [u32], index: u32, value: &str) -> Varbind {
        Varbind::new(Oid::new(column).child(&[index]), Value::OctetString(value.as_bytes().to_vec()))
    }

    fn of(names: &[(u32, &str)], varbinds: Vec<Varbind>) -> Agent {
        let names: Vec<(u32, String)> = names.iter().map(|(index, name)| (*index, (*name).to_owned())).collect();
        let mut snapshot = Objects::default();
        snapshot.extend(varbinds);
        agent(System::default(), &Entities::of(&names).unwrap(), &snapshot)
    }

    #[test]
    fn six_has_other_indexes_scales_and_columns() {
        let names = [
            (1, "System"),
            (2, "System/Root1"),
            (4, "System/Root1/SPM"),
            (12, "System/Root1/SPM/Temperature1"),
            (17, "System/Root1/SPM/Voltage"),
            (49, "System/Root1/RFM1/Carrier1"),
        ];
        // Values of spec/aviat-device.md 13.1 and 13.3, second column.
        let agent = of(
            &names,
            vec![
                octet(oids::SOFTWARE, 2, ""),
                octet(oids::SOFTWARE, 4, "6.2.4.12.59373"),
                octet(oids::SERIAL, 2, "AAA0000A000"),
                octet(oids::MODEL, 2, "W41-18L5-DP2"),
                integer(oids::RSL, 49, -405),
                integer(oids::SNR, 49, 439),
                integer(oids::TX_POWER, 49, 135),
                integer(oids::TX_FREQUENCY, 49, 17_820_000),
                integer(oids::TX_CAPACITY, 49, 685_374),
                integer(oids::TX_MODULATION, 49, 13),
                integer(oids::OPER_STATUS_2, 49, 1_461_000_000),
                integer(oids::OPER_STATUS_6, 49, 1),
                integer(oids::SENSOR_SCALE, 17, 8),
                integer(oids::SENSOR_PRECISION, 17, 3),
                integer(oids::SENSOR_VALUE, 17, 53_703),
                integer(oids::SENSOR_SCALE, 12, 8),
                integer(oids::SENSOR_PRECISION, 12, 3),
                integer(oids::SENSOR_VALUE, 12, 43_125),
                integer(oids::ALARMS_RAISED, 4, 14),
                integer(oids::ALARMS_CLEARED, 4, 10),
                integer(oids::ALARMS_RAISED, 6, 20),
                integer(oids::ALARMS_CLEARED, 6, 20),
                integer(oids::ALARMS_RAISED, 3, 1),
            ],
        );
        assert_eq!(agent.version.unwrap().to_string(), "6.2.4.12.59373");
        assert_eq!((agent.serial.as_deref(), agent.code.as_deref()), (Some("AAA0000A000"), Some("W41-18L5-DP2")));
        assert_eq!(agent.input_volts, Some(53.703));
        assert_eq!(
            agent.alarms.iter().map(|(name, active)| (*name, *active)).collect::<Vec<_>>(),
            [("major", 4), ("warning", 0)]
        );
        assert_eq!(
            agent.temperatures.into_iter().collect::<Vec<_>>(),
            [("System/Root1/SPM/Temperature1".to_owned(), 43.125)]
        );
        let carrier = &agent.carriers["Carrier1/1"];
        assert_eq!((carrier.rsl_dbm, carrier.snr_db, carrier.tx_power_dbm), (Some(-40.5), Some(43.9), Some(13.5)));
        assert_eq!((carrier.tx_frequency_khz, carrier.tx_capacity_kbps), (Some(17_820_000), Some(685_374)));
        assert_eq!((carrier.oper_status, carrier.tx_modulation), (Some("up"), Some("qam-2048")));
        assert_eq!((carrier.rx_frequency_khz, carrier.rx_modulation), (None, None));
    }

    #[test]
    fn sentinels_and_contradictions_are_unknown() {
        let names = [(2, "Terminal1"), (3, "VoltageSensor1/1"), (5, "InternalTemp1/1"), (59, "Carrier1/1")];
        let agent = of(
            &names,
            vec![
                octet(oids::SOFTWARE, 2, "2.7.0.11.4349-WTM4100"),
                octet(oids::SOFTWARE, 3, "2.8.0.11.4349"),
                integer(oids::RSL, 59, -32_768),
                integer(oids::TX_FREQUENCY, 59, 0),
                integer(oids::TX_CAPACITY, 59, -1),
                integer(oids::SENSOR_SCALE, 5, 9),
                integer(oids::SENSOR_PRECISION, 5, 0),
                integer(oids::SENSOR_VALUE, 5, 1_000),
                integer(oids::SENSOR_VALUE, 3, 47_058),
            ],
        );
        assert_eq!((agent.version, agent.input_volts, agent.temperatures.len()), (None, None, 0));
        assert_eq!(agent.carriers["Carrier1/1"], AgentCarrier::default());
    }

    #[test]
    fn only_a_wtm_4000_is_one() {
        let says = |id: &str| check(&System { object_id: Some(id.to_owned()), ..System::default() });
        assert_eq!((says("1.3.6.1.4.1.2509.11.1.1.7"), says("1.3.6.1.4.1.2509.11.1.1.8")), (Ok(()), Ok(())));
        for id in ["1.3.6.1.4.1.2509.11.1.1.11", "1.3.6.1.4.1.2509.11.1.1", "1.3.6.1.4.1.14988.1"] {
            assert_eq!(says(id).unwrap_err().class, FailureClass::WrongModel, "{id}");
        }
        assert_eq!(check(&System::default()).unwrap_err().class, FailureClass::WrongModel);
    }

    /// Lines `OID|type|value` of a recording, for the types that this one has.
    fn recording(text: &str) -> Vec<Varbind> {
        let parts = |line: &str| {
            let mut parts = line.splitn(3, '|');
            Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned()))
        };
        let value = |kind: &str, text: &str| match kind {
            "2" => Value::Integer(text.parse().unwrap()),
            "66" => Value::Gauge32(text.parse().unwrap()),
            "67" => Value::TimeTicks(text.parse().unwrap()),
            "6" => Value::ObjectId(Oid::parse(text).unwrap()),
            _ => Value::OctetString(text.as_bytes().to_vec()),
        };
        text.lines()
            .filter_map(parts)
            .map(|(oid, kind, text)| Varbind::new(Oid::parse(&oid).unwrap(), value(&kind, &text)))
            .collect()
    }

    #[test]
    fn a_radio_of_2_as_it_was_recorded() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings/snmp/aviat-wtm.snmprec");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("skipped: there is no {}", path.display());
            return;
        };
        let mut all = Objects::default();
        all.extend(recording(&text));
        let names: Vec<(u32, String)> =
            all.column(oids::NAME).into_iter().map(|(index, name)| (index, octets(name).unwrap())).collect();
        let entities = Entities::of(&names).unwrap();
        let asked = wanted(&entities);
        assert!(asked.len() <= 100, "two requests: {}", asked.len());
        let agent = agent(System::default(), &entities, &all);
        assert_eq!(agent.version.unwrap().to_string(), "2.7.0.11.4349");
        assert_eq!((agent.serial.as_deref(), agent.code.as_deref()), (Some("AAA9999A999"), Some("W42-11H2-WPX")));
        assert_eq!(agent.input_volts, Some(47.058));
        assert_eq!(agent.temperatures.len(), 7);
        assert_eq!(agent.temperatures["InternalTemp1/1"], 42.562);
        assert_eq!(agent.temperatures["Temperature1/2"], 41.0);
        let first = &agent.carriers["Carrier1/1"];
        assert_eq!((first.rsl_dbm, first.snr_db, first.tx_power_dbm), (Some(-36.7), Some(45.0), Some(22.4)));
        assert_eq!((first.tx_frequency_khz, first.rx_frequency_khz), (Some(11_565_000), None));
        assert_eq!((first.tx_capacity_kbps, first.rx_capacity_kbps), (Some(730_947), Some(730_947)));
        assert_eq!((first.tx_modulation, first.rx_modulation, first.oper_status), (None, Some("qam-4096"), None));
        assert_eq!(agent.carriers["Carrier1/2"].rsl_dbm, Some(-37.0));
    }
}
