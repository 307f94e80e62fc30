//! What a device said, as facts, members of a result and verdicts. Pure.

use serde_json::{Map, Value, json};

use super::parse::health::{Reading, Value as Sensor};
use super::parse::interfaces::Interface;
use super::parse::resource::Resource;
use super::parse::routerboard::Routerboard;
use crate::drivers::{DeviceInfo, Facts, TestResult};

/// CPU load from which on a router is not well, percent.
const CPU_LIMIT: u64 = 90;
/// Free memory below which a router is not well, percent.
const MEMORY_LEAST: f64 = 10.0;
/// Free disk below which an upgrade or a config change may fail, percent.
const DISK_LEAST: f64 = 5.0;

/// Everything that was read; what was not asked for or does not exist is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Observed {
    /// Always read.
    pub resource: Resource,
    /// The device's name.
    pub identity: Option<String>,
    /// None on CHR and PCs.
    pub board: Option<Routerboard>,
    /// Sensors.
    pub health: Option<Vec<Reading>>,
    /// Interfaces of the configuration.
    pub interfaces: Option<Vec<Interface>>,
}

impl Observed {
    /// The facts.
    pub(super) fn facts(&self) -> Facts {
        let resource = &self.resource;
        let board = self.board.as_ref();
        let mut more = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                more.insert(name.to_owned(), value);
            }
        };
        let text = |text: Option<&String>| text.map(|text| json!(text));
        put("channel", text(resource.installed.as_ref().and_then(|installed| installed.channel.as_ref())));
        put("board", text(board.and_then(|board| board.board.as_ref()).or(resource.board.as_ref())));
        put("architecture", text(resource.architecture.as_ref()));
        put("build_time", text(resource.build_time.as_ref()));
        put("factory_software", text(resource.factory_software.as_ref()));
        put("firmware_current", text(board.and_then(|board| board.current_firmware.as_ref())));
        put("firmware_upgrade", text(board.and_then(|board| board.upgrade_firmware.as_ref())));
        put("firmware_factory", text(board.and_then(|board| board.factory_firmware.as_ref())));
        put("board_revision", text(board.and_then(|board| board.revision.as_ref())));
        put("cpu", text(resource.cpu.as_ref()));
        put("cpu_count", resource.cpu_count.map(Value::from));
        put("cpu_frequency_mhz", resource.cpu_frequency.map(Value::from));
        put("cpu_load_percent", resource.cpu_load.map(Value::from));
        put("memory_free_bytes", resource.free_memory.map(Value::from));
        put("memory_total_bytes", resource.total_memory.map(Value::from));
        put("disk_free_bytes", resource.free_disk.map(Value::from));
        put("disk_total_bytes", resource.total_disk.map(Value::from));
        put(
            "bad_blocks_percent",
            resource.bad_blocks.as_ref().and_then(|text| text.parse::<f64>().ok()).map(Value::from),
        );
        Facts {
            name: self.identity.clone(),
            model: board.and_then(|board| board.model.clone()).or_else(|| resource.board.clone()),
            version: resource.installed.as_ref().map(|installed| installed.version.to_string()),
            serial: board.and_then(|board| board.serial.clone()),
            uptime: resource.uptime,
            more,
        }
    }

    /// The answer of `device_info`.
    pub(super) fn device_info(&self, run_tests: bool) -> DeviceInfo {
        let facts = self.facts();
        let mut members = Map::new();
        for (name, value) in
            [("name", &facts.name), ("model", &facts.model), ("version", &facts.version), ("serial", &facts.serial)]
        {
            members.insert(name.to_owned(), value.as_ref().map_or(Value::Null, |value| json!(value)));
        }
        members.insert("uptime_seconds".to_owned(), facts.uptime.map_or(Value::Null, |uptime| json!(uptime.as_secs())));
        members.extend(facts.more.clone());
        let health = self.health.as_ref().map(|readings| Value::Object(readings.iter().map(sensor).collect()));
        members.insert("health".to_owned(), health.unwrap_or(Value::Null));
        let interfaces = self.interfaces.as_ref().map(|interfaces| interfaces.iter().map(interface).collect());
        members.insert("interfaces".to_owned(), interfaces.unwrap_or(Value::Null));
        if let Some(notes) = self.board.as_ref().map(|board| &board.notes).filter(|notes| !notes.is_empty()) {
            members.insert("notes".to_owned(), json!(notes));
        }
        let tests = if run_tests { self.tests() } else { Vec::new() };
        DeviceInfo { facts, members, running_config: None, tests }
    }

    fn tests(&self) -> Vec<TestResult> {
        let resource = &self.resource;
        let mut tests =
            vec![shown("Firmware Version", resource.installed.as_ref().map(|installed| installed.version.to_string()))];
        if let Some(board) = self.board.as_ref().filter(|board| board.is_routerboard) {
            let (current, upgrade) = (board.current_firmware.clone(), board.upgrade_firmware.clone());
            let pass = current.as_ref().zip(upgrade.as_ref()).map(|(current, upgrade)| current == upgrade);
            tests.push(TestResult { name: "RouterBOOT Version".to_owned(), expected: upgrade, actual: current, pass });
        }
        tests.push(shown("Uptime", resource.uptime.map(|uptime| format!("{} s", uptime.as_secs()))));
        tests.push(TestResult {
            name: "CPU Load".to_owned(),
            expected: Some(format!("below {CPU_LIMIT} %")),
            actual: resource.cpu_load.map(|load| format!("{load} %")),
            pass: resource.cpu_load.map(|load| load < CPU_LIMIT),
        });
        tests.push(above("Free Memory", MEMORY_LEAST, resource.free_memory_percent()));
        tests.push(above("Free Disk", DISK_LEAST, resource.free_disk_percent()));
        for reading in self.health.iter().flatten() {
            let actual = match &reading.value {
                Sensor::Volts(volts) => format!("{volts} V"),
                Sensor::Celsius(degrees) => format!("{degrees} °C"),
                Sensor::Amperes(_) | Sensor::Watts(_) | Sensor::Rpm(_) | Sensor::Text(_) => continue,
            };
            tests.push(shown(&reading.name, Some(actual)));
        }
        tests
    }
}

/// Informational: nothing is expected of it.
fn shown(name: &str, actual: Option<String>) -> TestResult {
    TestResult { name: name.to_owned(), expected: None, actual, pass: None }
}

fn above(name: &str, least: f64, percent: Option<f64>) -> TestResult {
    TestResult {
        name: name.to_owned(),
        expected: Some(format!("above {least} %")),
        actual: percent.map(|percent| format!("{percent:.1} %")),
        pass: percent.map(|percent| percent > least),
    }
}

/// A sensor as a member, its unit in the name.
fn sensor(reading: &Reading) -> (String, Value) {
    let name = reading.name.replace('-', "_");
    match &reading.value {
        Sensor::Volts(value) => (format!("{name}_volts"), json!(value)),
        Sensor::Celsius(value) => (format!("{name}_celsius"), json!(value)),
        Sensor::Amperes(value) => (format!("{name}_amperes"), json!(value)),
        Sensor::Watts(value) => (format!("{name}_watts"), json!(value)),
        Sensor::Rpm(value) => (format!("{name}_rpm"), json!(value)),
        Sensor::Text(value) => (name, json!(value)),
    }
}

fn interface(interface: &Interface) -> Value {
    json!({
        "name": interface.get("name"),
        "type": interface.get("type"),
        "comment": interface.get("comment"),
        "running": interface.running,
        "disabled": interface.disabled,
        "mac_address": interface.get("mac-address"),
        "mtu": interface.get("actual-mtu").or(interface.get("mtu")).and_then(|mtu| mtu.parse::<u64>().ok()),
        "link_downs": interface.get("link-downs").and_then(|downs| downs.parse::<u64>().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, expected, actual, pass.
    type Verdict<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<bool>);

    fn observed() -> Observed {
        let resource = Resource::parse(
            "uptime: 1h\nversion: 7.16 (stable)\nfree-memory: 10.0MiB\ntotal-memory: 100.0MiB\n\
             cpu-load: 90%\nfree-hdd-space: 6.0MiB\ntotal-hdd-space: 100.0MiB\nboard-name: hEX S\n",
        )
        .unwrap();
        let board = Routerboard::parse(
            "routerboard: yes\nmodel: RB760iGS\nserial-number: HFX0\ncurrent-firmware: 7.1\nupgrade-firmware: 7.16\n",
        );
        let health = Some(vec![
            Reading { name: "voltage".to_owned(), value: Sensor::Volts(24.1) },
            Reading { name: "psu1-state".to_owned(), value: Sensor::Text("ok".to_owned()) },
        ]);
        Observed { resource, identity: Some("TWR-1".to_owned()), board, health, interfaces: None }
    }

    #[test]
    fn verdicts_compare_exactly_and_at_the_edge() {
        let info = observed().device_info(true);
        let verdicts: Vec<Verdict<'_>> = info
            .tests
            .iter()
            .map(|test| (test.name.as_str(), test.expected.as_deref(), test.actual.as_deref(), test.pass))
            .collect();
        assert_eq!(
            verdicts,
            [
                ("Firmware Version", None, Some("7.16"), None),
                // "7.1" is a part of "7.16", and another version.
                ("RouterBOOT Version", Some("7.16"), Some("7.1"), Some(false)),
                ("Uptime", None, Some("3600 s"), None),
                ("CPU Load", Some("below 90 %"), Some("90 %"), Some(false)),
                ("Free Memory", Some("above 10 %"), Some("10.0 %"), Some(false)),
                ("Free Disk", Some("above 5 %"), Some("6.0 %"), Some(true)),
                ("voltage", None, Some("24.1 V"), None),
            ]
        );
        assert_eq!(observed().device_info(false).tests, []);
    }

    #[test]
    fn what_is_not_known_neither_passes_nor_fails() {
        let info = Observed::default().device_info(true);
        assert!(info.tests.iter().all(|test| test.pass.is_none() && test.actual.is_none()));
        assert_eq!(info.members.get("serial"), Some(&Value::Null));
        assert_eq!(info.facts, Facts::default());
    }

    #[test]
    fn the_board_names_the_model() {
        let facts = observed().facts();
        assert_eq!(facts.model.as_deref(), Some("RB760iGS"));
        assert_eq!(facts.serial.as_deref(), Some("HFX0"));
        assert_eq!(facts.more.get("firmware_current"), Some(&json!("7.1")));
        assert_eq!(facts.more.get("memory_free_bytes"), Some(&json!(10_485_760)));
        let virtual_router = Observed { board: None, ..observed() }.facts();
        assert_eq!((virtual_router.model.as_deref(), virtual_router.serial), (Some("hEX S"), None));
    }
}
