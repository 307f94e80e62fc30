//! The health of a router: from its agent (spec/mikrotik-nokia.md 1.14), or from what its console prints. Both give the
//! same names: those of the device's own sensors, `all` for its processors, `fan1` and `psu1`.

use std::time::Duration;

use super::parse::health::Value as Sensor;
use super::parse::interfaces::Interface as Printed;
use super::platform::oids;
use super::report::Observed;
use crate::drivers::identify::{SYS_DESCR, SYS_OBJECT_ID, identify};
use crate::drivers::interfaces::{self, Interface};
use crate::drivers::power::{Branch, Snapshot, code, number, octets, shown};
use crate::model::{Failure, FailureClass, Health, Metric};
use crate::transport::snmp::{Client, Config, Oid, Value};
use crate::transport::{Cx, Target};

/// Rows of a table that are looked at: the largest router has 72 cores, the largest switch 48 powered ports.
const MOST_ROWS: usize = 512;
/// The label of a value that is that of all processors together.
const ALL: &str = "all";
/// What sensors of electronics can show, degrees Celsius: anything else is a sentinel.
const DEGREES: std::ops::RangeInclusive<f64> = -60.0..=150.0;
/// Interfaces of the console that have a wire or an antenna, or are bundles of such.
const TYPES: [&str; 7] = ["ether", "wlan", "wifi", "wifiwave2", "w60g", "lte", "bond"];

/// Asks the agent. `WrongModel` where it is none of RouterOS.
///
/// Fails as [`Client::get`] and [`Client::walk`] do.
pub(in crate::drivers) async fn by_agent(cx: &Cx, target: &Target, config: &Config) -> Result<Health, Failure> {
    let mut client = Client::new(target, config)?;
    let mut snapshot = Snapshot::default();
    snapshot.extend(client.get(cx, &oids::SCALARS.map(Oid::new)).await?);
    check(&snapshot).map_err(|failure| failure.at(&target.label()))?;
    for table in [oids::GAUGES, oids::CPU_LOAD, oids::POE] {
        snapshot.extend(client.walk_first(cx, &Oid::new(table), MOST_ROWS).await?);
    }
    let interfaces = interfaces::read(cx, &mut client).await?;
    Ok(of_agent(&snapshot, &interfaces))
}

fn check(snapshot: &Snapshot) -> Result<(), Failure> {
    let says = snapshot.under(&[]).scalar(SYS_OBJECT_ID);
    if matches!(says, Some(Value::ObjectId(id)) if id.starts_with(&Oid::new(oids::PRODUCT))) {
        return Ok(());
    }
    let seems = identify(snapshot).map_or_else(String::new, |seen| format!("it seems to be {}; ", seen.in_words()));
    let says = says.map_or_else(|| "nothing".to_owned(), shown);
    let sentence =
        format!("its sysObjectID says {says}, which is no RouterOS; {seems}correct its type in the inventory");
    Err(Failure::new(FailureClass::WrongModel, sentence))
}

/// What the agent said. Pure.
fn of_agent(snapshot: &Snapshot, interfaces: &[Interface]) -> Health {
    let all = snapshot.under(&[]);
    let ticks = all.number(oids::UP_TIME);
    let mut health = Health {
        model: all.text(SYS_DESCR).and_then(|text| text.strip_prefix("RouterOS ").map(str::to_owned)),
        firmware: all.text(oids::VERSION),
        uptime: ticks.map(|ticks| Duration::from_millis((ticks * 10.0) as u64)),
        ..Health::default()
    };
    let loads: Vec<f64> = all.column(oids::CPU_LOAD).into_iter().filter_map(|(_, load)| number(load)).collect();
    let cores = u32::try_from(loads.len()).map_or(0.0, f64::from);
    let load = loads.iter().sum::<f64>() / cores / 100.0;
    health.put(Metric::CpuBusy, ALL, Some(load).filter(|load| (0.0..=1.0).contains(load)));
    if let Some(unit) = all.number(oids::MEMORY_UNIT).filter(|unit| *unit > 0.0) {
        health.put(Metric::MemorySize, "", all.number(oids::MEMORY_SIZE).map(|blocks| blocks * unit));
        health.put(Metric::MemoryUsed, "", all.number(oids::MEMORY_USED).map(|blocks| blocks * unit));
    }
    // Never both: they show the same sensors, with other scales.
    if all.has(oids::GAUGES) {
        gauges(&all, &mut health)
    } else {
        scalars(&all, &mut health)
    }
    powered_ports(&all, &mut health);
    interfaces::put(&mut health, interfaces);
    health
}

/// The table of newer releases: whole degrees, tenths of volts, amperes and watts.
fn gauges(all: &Branch<'_>, health: &mut Health) {
    for (at, value) in all.column(oids::GAUGE_VALUE) {
        let Some(name) = all.cell(oids::GAUGE_NAME, at).and_then(octets) else { continue };
        let value = number(value);
        match all.cell(oids::GAUGE_UNIT, at).and_then(code) {
            Some(1) => celsius(health, &name, value),
            Some(2) => health.put(Metric::FanSpeed, fan(&name), value),
            Some(3) => health.put(Metric::Voltage, &name, tenths(value)),
            Some(4) => health.put(Metric::Current, &name, tenths(value)),
            Some(5) => health.put(Metric::PowerDrawn, &name, tenths(value)),
            Some(6) => state(health, &name, value.and_then(|fault| zero_or_one(fault).map(|fault| !fault))),
            // A unit that no document names has no scale.
            _ => {}
        }
    }
}

/// The scalars of older releases: tenths, but milliamperes.
fn scalars(all: &Branch<'_>, health: &mut Health) {
    health.put(Metric::Voltage, "voltage", tenths(all.number(oids::VOLTAGE)));
    celsius(health, "temperature", tenths(all.number(oids::TEMPERATURE)));
    celsius(health, "cpu-temperature", tenths(all.number(oids::CPU_TEMPERATURE)));
    health.put(Metric::PowerDrawn, "power-consumption", tenths(all.number(oids::POWER)));
    health.put(Metric::Current, "current", all.number(oids::CURRENT).map(|milli| milli / 1000.0));
    for (object, name) in [(oids::FAN_1, "fan1"), (oids::FAN_2, "fan2")] {
        health.put(Metric::FanSpeed, name, all.number(object));
    }
    for (object, name) in [(oids::SUPPLY, "psu1"), (oids::BACKUP_SUPPLY, "psu2")] {
        health.put_state(Metric::SupplyUp, name, all.number(object).and_then(zero_or_one));
    }
}

fn powered_ports(all: &Branch<'_>, health: &mut Health) {
    for (at, status) in all.column(oids::POE_STATUS) {
        let Some(port) = all.cell(oids::POE_NAME, at).and_then(octets) else { continue };
        // 1 is off, 3 feeds; up to 15 are reasons why it does not.
        let feeds = code(status).filter(|status| (1..=15).contains(status)).map(|status| status == 3);
        health.put_state(Metric::PoeUp, &port, feeds);
        let power = all.cell(oids::POE_POWER, at).and_then(number).filter(|power| *power >= 0.0);
        health.put(Metric::PoePower, &port, tenths(power));
    }
}

/// What the console printed. Pure.
pub(super) fn of_console(observed: &Observed) -> Health {
    let (facts, resource) = (observed.facts(), &observed.resource);
    let mut health = Health { model: facts.model, firmware: facts.version, uptime: facts.uptime, ..Health::default() };
    let percent = resource.cpu_load.and_then(|percent| u32::try_from(percent).ok()).filter(|percent| *percent <= 100);
    health.put(Metric::CpuBusy, ALL, percent.map(|percent| f64::from(percent) / 100.0));
    health.put(Metric::MemorySize, "", resource.total_memory.map(|bytes| bytes as f64));
    let used = resource.total_memory.zip(resource.free_memory).and_then(|(total, free)| total.checked_sub(free));
    health.put(Metric::MemoryUsed, "", used.map(|bytes| bytes as f64));
    for reading in observed.health.iter().flatten() {
        let name = reading.name.as_str();
        match &reading.value {
            Sensor::Volts(volts) => health.put(Metric::Voltage, name, Some(*volts)),
            Sensor::Celsius(degrees) => celsius(&mut health, name, Some(*degrees)),
            Sensor::Amperes(amperes) => health.put(Metric::Current, name, Some(*amperes)),
            Sensor::Watts(watts) => health.put(Metric::PowerDrawn, name, Some(*watts)),
            Sensor::Rpm(speed) => health.put(Metric::FanSpeed, fan(name), Some(*speed)),
            Sensor::Text(word) if name.ends_with("-state") => state(
                &mut health,
                name,
                match word.as_str() {
                    "ok" => Some(true),
                    "fail" => Some(false),
                    _ => None,
                },
            ),
            Sensor::Text(_) => {}
        }
    }
    let printed =
        observed.interfaces.iter().flatten().filter(|one| one.get("type").is_some_and(|kind| TYPES.contains(&kind)));
    let interfaces: Vec<Interface> = printed.filter_map(interface).collect();
    interfaces::put(&mut health, &interfaces);
    health
}

fn interface(printed: &Printed) -> Option<Interface> {
    let name = printed.get("name")?.to_owned();
    Some(Interface { name, up: (!printed.disabled).then_some(printed.running), speed: None })
}

fn celsius(health: &mut Health, name: &str, degrees: Option<f64>) {
    health.put(Metric::Temperature, name, degrees.filter(|degrees| DEGREES.contains(degrees)));
}

/// A part that is well or not: a power supply, a fan, or something else that then is an alarm.
fn state(health: &mut Health, name: &str, well: Option<bool>) {
    let part = name.strip_suffix("-state").unwrap_or(name);
    if part.starts_with("psu") {
        health.put_state(Metric::SupplyUp, part, well);
    } else if part.starts_with("fan") {
        health.put_state(Metric::FanUp, part, well);
    } else {
        health.put_state(Metric::AlarmActive, name, well.map(|well| !well));
    }
}

fn fan(name: &str) -> &str {
    name.strip_suffix("-speed").unwrap_or(name)
}

fn tenths(value: Option<f64>) -> Option<f64> {
    value.map(|value| value / 10.0)
}

fn zero_or_one(value: f64) -> Option<bool> {
    match value {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::resource::Resource;
    use super::super::parse::{health as sensors, interfaces as printed};
    use super::*;
    use crate::transport::snmp::Varbind;

    fn integer(object: &[u32], value: i64) -> Varbind {
        Varbind::new(Oid::from(object), Value::Integer(value))
    }

    fn row(column: &[u32], at: u32, value: Value) -> Varbind {
        Varbind::new(Oid::from(column).child(&[at]), value)
    }

    fn text(text: &str) -> Value {
        Value::OctetString(text.as_bytes().to_vec())
    }

    fn of(varbinds: Vec<Varbind>) -> Health {
        let mut snapshot = Snapshot::default();
        snapshot.extend(varbinds);
        of_agent(&snapshot, &[])
    }

    fn list(health: &Health) -> Vec<(Metric, &str, f64)> {
        health.readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect()
    }

    fn gauge(at: u32, name: &str, value: u32, unit: i64) -> Vec<Varbind> {
        vec![
            row(oids::GAUGE_NAME, at, text(name)),
            row(oids::GAUGE_VALUE, at, Value::Gauge32(value)),
            row(oids::GAUGE_UNIT, at, Value::Integer(unit)),
        ]
    }

    #[test]
    fn the_table_wins_over_the_scalars_and_has_other_scales() {
        let health = of([
            // 44.0 degrees by the scalar, which is not read.
            vec![integer(oids::CPU_TEMPERATURE, 440), integer(oids::FAN_1, 4200), integer(oids::SUPPLY, 1)],
            gauge(14, "temperature", 45, 1),
            gauge(15, "sfp-temperature", 255, 1),
            gauge(7001, "fan1-speed", 4290, 2),
            gauge(7101, "voltage", 241, 3),
            gauge(7201, "psu1-current", 3, 4),
            gauge(7301, "power-consumption", 182, 5),
            gauge(7401, "psu1-state", 0, 6),
            gauge(7402, "psu2-state", 1, 6),
            gauge(7403, "psu3-state", 2, 6),
            gauge(7404, "door", 1, 6),
            gauge(8000, "mystery", 7, 9),
        ]
        .concat());
        assert_eq!(
            list(&health),
            [
                (Metric::Temperature, "temperature", 45.0),
                (Metric::FanSpeed, "fan1", 4290.0),
                (Metric::Voltage, "voltage", 24.1),
                (Metric::Current, "psu1-current", 0.3),
                (Metric::PowerDrawn, "power-consumption", 18.2),
                (Metric::SupplyUp, "psu1", 1.0),
                (Metric::SupplyUp, "psu2", 0.0),
                (Metric::AlarmActive, "door", 1.0),
            ]
        );
    }

    #[test]
    fn scalars_are_tenths_and_milliamperes() {
        let health = of(vec![
            integer(oids::VOLTAGE, 243),
            integer(oids::TEMPERATURE, 350),
            integer(oids::CPU_TEMPERATURE, 12_700),
            integer(oids::POWER, 125),
            integer(oids::CURRENT, 512),
            integer(oids::FAN_2, 3990),
            integer(oids::SUPPLY, 1),
            integer(oids::BACKUP_SUPPLY, 0),
        ]);
        assert_eq!(
            list(&health),
            [
                (Metric::Voltage, "voltage", 24.3),
                (Metric::Temperature, "temperature", 35.0),
                (Metric::PowerDrawn, "power-consumption", 12.5),
                (Metric::Current, "current", 0.512),
                (Metric::FanSpeed, "fan2", 3990.0),
                (Metric::SupplyUp, "psu1", 1.0),
                (Metric::SupplyUp, "psu2", 0.0),
            ]
        );
    }

    #[test]
    fn load_memory_and_powered_ports() {
        let health = of(vec![
            row(oids::CPU_LOAD, 1, Value::Integer(10)),
            row(oids::CPU_LOAD, 7, Value::Integer(25)),
            integer(oids::MEMORY_UNIT, 1024),
            integer(oids::MEMORY_SIZE, 262_144),
            integer(oids::MEMORY_USED, 51_072),
            row(oids::POE_NAME, 5, text("ether5")),
            row(oids::POE_STATUS, 5, Value::Integer(3)),
            row(oids::POE_POWER, 5, Value::Integer(47)),
            row(oids::POE_NAME, 6, text("ether6")),
            row(oids::POE_STATUS, 6, Value::Integer(2)),
            row(oids::POE_POWER, 6, Value::Integer(0)),
        ]);
        assert_eq!(
            list(&health),
            [
                (Metric::CpuBusy, "all", 0.175),
                (Metric::MemorySize, "", 268_435_456.0),
                (Metric::MemoryUsed, "", 52_297_728.0),
                (Metric::PoeUp, "ether5", 1.0),
                (Metric::PoePower, "ether5", 4.7),
                (Metric::PoeUp, "ether6", 0.0),
                (Metric::PoePower, "ether6", 0.0),
            ]
        );
        // Without memory's unit its size is not known.
        assert_eq!(list(&of(vec![integer(oids::MEMORY_SIZE, 262_144), row(oids::CPU_LOAD, 1, Value::Null)])), []);
    }

    #[test]
    fn the_console_gives_the_same_names() {
        let resource = Resource::parse(
            "uptime: 1h\nversion: 7.16 (stable)\nfree-memory: 60.0MiB\ntotal-memory: 64.0MiB\ncpu-load: 7%\nboard-name: hEX S\n",
        )
        .unwrap();
        let health = Some(sensors::parse(
            "fan-mode: auto\nvoltage: 24.3V\ntemperature: 35C\nfan1-speed: 4290RPM\npsu1-state: ok\npsu2-state: fail\n",
        ));
        let interfaces = Some(printed::parse(
            " 0 R  name=ether1 type=ether mtu=1500\n 1    name=ether2 type=ether\n 2 X  name=ether3 type=ether\n 3 R  name=bridge1 type=bridge\n",
        ));
        let observed = Observed { resource, health, interfaces, ..Observed::default() };
        let health = of_console(&observed);
        assert_eq!((health.model.as_deref(), health.firmware.as_deref()), (Some("hEX S"), Some("7.16")));
        assert_eq!(health.uptime, Some(Duration::from_secs(3600)));
        assert_eq!(
            list(&health),
            [
                (Metric::CpuBusy, "all", 0.07),
                (Metric::MemorySize, "", 67_108_864.0),
                (Metric::MemoryUsed, "", 4_194_304.0),
                (Metric::Voltage, "voltage", 24.3),
                (Metric::Temperature, "temperature", 35.0),
                (Metric::FanSpeed, "fan1", 4290.0),
                (Metric::SupplyUp, "psu1", 1.0),
                (Metric::SupplyUp, "psu2", 0.0),
                (Metric::InterfaceUp, "ether1", 1.0),
                (Metric::InterfaceUp, "ether2", 0.0),
            ]
        );
    }

    #[test]
    fn another_product_is_the_wrong_model() {
        let says = |id: &[u32]| {
            let mut snapshot = Snapshot::default();
            snapshot.extend(vec![Varbind::new(Oid::new(SYS_OBJECT_ID), Value::ObjectId(Oid::from(id)))]);
            check(&snapshot).map_err(|failure| failure.class)
        };
        assert_eq!(says(&[1, 3, 6, 1, 4, 1, 14988, 1]), Ok(()));
        // SwOS.
        assert_eq!(says(&[1, 3, 6, 1, 4, 1, 14988, 2]), Err(FailureClass::WrongModel));
        assert_eq!(says(&[1, 3, 6, 1, 4, 1, 6527, 1, 3, 25]), Err(FailureClass::WrongModel));
        assert_eq!(check(&Snapshot::default()).unwrap_err().class, FailureClass::WrongModel);
    }
}
