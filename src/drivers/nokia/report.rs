//! What a device said, as facts, members of a result and verdicts. Pure. Values are compared whole: `up` is not in
//! `not equipped, was up`.

use serde_json::{Map, Value, json};

use super::parse::chassis::{Chassis, Unit};
use super::parse::prompt::Prompt;
use super::parse::system::System;
use super::snmp::Agent;
use crate::drivers::{DeviceInfo, Facts, TestResult};
use crate::model::Failure;

/// CPU load from which on a router is not well, percent.
const CPU_LIMIT: i64 = 90;
/// Free memory below which a router is not well, percent.
const MEMORY_LEAST: f64 = 10.0;

/// Everything that was read; what was not asked for or does not exist is none.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub prompt: Option<Prompt>,
    pub system: System,
    pub chassis: Option<Chassis>,
    /// None without credentials.
    pub agent: Option<Result<Agent, Failure>>,
}

impl Observed {
    fn agent(&self) -> Option<&Agent> {
        self.agent.as_ref()?.as_ref().ok()
    }

    /// The facts: the command line's before the agent's.
    pub(super) fn facts(&self) -> Facts {
        let (system, chassis, agent) = (&self.system, self.chassis.as_ref(), self.agent());
        let mut more = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                more.insert(name.to_owned(), value);
            }
        };
        let text = |text: Option<&String>| text.map(|text| json!(text));
        put("image", system.version.as_ref().and_then(|version| version.image).map(|image| json!(image)));
        put("configuration_mode", system.mode.map(|mode| json!(mode.as_str())));
        put("cli_engine", self.prompt.as_ref().map(|prompt| json!(prompt.engine.as_str())));
        put("active_slot", text(system.active_slot.as_ref()));
        put("location", text(system.location.as_ref()));
        put("contact", text(system.contact.as_ref()));
        put("management_address", text(system.management.as_ref()));
        put("unsaved_changes", system.unsaved.map(Value::from));
        put("modified_by", text(system.modified_by.as_ref()));
        put("modified_at", text(system.modified_at.as_ref()));
        put("saved_at", text(system.saved_at.as_ref()));
        put("booted_config", text(system.booted_config.as_ref()));
        put("part_number", text(chassis.and_then(|chassis| chassis.part.as_ref())));
        put("mac_address", text(chassis.and_then(|chassis| chassis.mac.as_ref())));
        let told = chassis.and_then(|chassis| chassis.serial.clone());
        let host = self.prompt.as_ref().map(|prompt| prompt.host.clone());
        Facts {
            name: system.name.clone().or(host),
            model: system.model.clone(),
            version: system.version.as_ref().map(|version| version.release.clone()),
            serial: told.or_else(|| agent.and_then(|agent| agent.health.serial()).map(str::to_owned)),
            uptime: system.uptime,
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
            members.insert(name.to_owned(), json!(value));
        }
        members.insert("uptime_seconds".to_owned(), json!(facts.uptime.map(|uptime| uptime.as_secs())));
        let chassis = self.chassis.as_ref();
        members.insert(
            "leds".to_owned(),
            json!(chassis.map(|chassis| json!({
                "critical": chassis.critical_led, "major": chassis.major_led, "minor": chassis.minor_led,
            }))),
        );
        let units = |units: &[Unit]| -> Value {
            units.iter().map(|unit| json!({"number": unit.number, "state": unit.state})).collect()
        };
        members.insert("fan_trays".to_owned(), json!(chassis.map(|chassis| units(&chassis.fans))));
        members.insert("power_supplies".to_owned(), json!(chassis.map(|chassis| units(&chassis.supplies))));
        members.insert("health".to_owned(), self.health());
        let tests = if run_tests { self.tests(&facts) } else { Vec::new() };
        DeviceInfo { facts, members, running_config: None, tests }
    }

    /// What the agent measures; null where there is none.
    fn health(&self) -> Value {
        let Some(agent) = self.agent() else { return Value::Null };
        let health = &agent.health;
        let temperatures: Vec<Value> = health
            .parts
            .iter()
            .filter_map(|part| {
                let celsius = part.celsius?;
                Some(json!({"name": part.name, "celsius": celsius, "threshold_celsius": part.threshold_celsius}))
            })
            .collect();
        let parts: Vec<Value> = health
            .parts
            .iter()
            .map(|part| {
                json!({
                    "name": part.name, "class": part.class, "state": part.state, "alarm": part.alarm,
                    "serial": part.serial,
                })
            })
            .collect();
        let fans: Vec<Value> = health
            .fans
            .iter()
            .map(|fan| json!({"number": fan.number, "state": fan.state, "speed_percent": fan.speed_percent}))
            .collect();
        json!({
            "model": agent.identity.model,
            "version": agent.identity.version.as_ref().map(|version| version.release.as_str()),
            "cpu_load_percent": health.cpu_percent,
            "memory_used_bytes": health.memory_used_bytes,
            "memory_free_bytes": health.memory_free_bytes,
            "memory_pools_bytes": health.memory_pools_bytes,
            "over_temperature": health.over_temperature,
            "temperatures": temperatures,
            "fans": fans,
            "parts": parts,
        })
    }

    fn tests(&self, facts: &Facts) -> Vec<TestResult> {
        let mut tests = vec![
            shown("Model", facts.model.clone()),
            shown("Firmware Version", facts.version.clone()),
            shown("Serial Number", facts.serial.clone()),
            shown("Uptime", facts.uptime.map(|uptime| format!("{} s", uptime.as_secs()))),
            shown("Configuration Mode", self.system.mode.map(|mode| mode.as_str().to_owned())),
        ];
        let unsaved = self.system.unsaved.map(|unsaved| if unsaved { "Yes" } else { "No" });
        tests.push(equal("Unsaved Changes", "No", unsaved));
        let chassis = self.chassis.as_ref();
        for (name, led) in [
            ("Critical LED", chassis.and_then(|chassis| chassis.critical_led.as_deref())),
            ("Major LED", chassis.and_then(|chassis| chassis.major_led.as_deref())),
        ] {
            tests.push(equal(name, "Off", led));
        }
        tests.push(equal("Over Temperature", "OK", chassis.and_then(|chassis| chassis.over_temperature.as_deref())));
        for (name, units) in [
            ("Fan Tray", chassis.map_or(&[][..], |chassis| &chassis.fans)),
            ("Power Supply", chassis.map_or(&[][..], |chassis| &chassis.supplies)),
        ] {
            for unit in units {
                tests.push(equal(&format!("{name} {}", unit.number), "up", unit.state.as_deref()));
            }
        }
        match &self.agent {
            None => {}
            Some(Err(failure)) => tests.push(TestResult {
                name: "SNMP".to_owned(),
                expected: None,
                actual: Some(format!("SNMP failed ({})", failure.class.as_str())),
                pass: Some(false),
            }),
            Some(Ok(agent)) => measured(agent, &mut tests),
        }
        tests
    }
}

/// The rows of what the agent measures.
fn measured(agent: &Agent, tests: &mut Vec<TestResult>) {
    let health = &agent.health;
    tests.push(TestResult {
        name: "CPU Load".to_owned(),
        expected: Some(format!("below {CPU_LIMIT} %")),
        actual: health.cpu_percent.map(|percent| format!("{percent} %")),
        pass: health.cpu_percent.map(|percent| percent < CPU_LIMIT),
    });
    let free = health.memory_used_bytes.zip(health.memory_free_bytes).and_then(|(used, free)| {
        let total = used.checked_add(free).filter(|total| *total > 0)?;
        Some(free as f64 / total as f64 * 100.0)
    });
    tests.push(TestResult {
        name: "Free Memory".to_owned(),
        expected: Some(format!("above {MEMORY_LEAST} %")),
        actual: free.map(|percent| format!("{percent:.1} %")),
        pass: free.map(|percent| percent > MEMORY_LEAST),
    });
    for part in &health.parts {
        let Some(celsius) = part.celsius else { continue };
        tests.push(TestResult {
            name: format!("Temperature {}", part.name),
            expected: part.threshold_celsius.map(|threshold| format!("below {threshold} °C")),
            actual: Some(format!("{celsius} °C")),
            pass: part.threshold_celsius.map(|threshold| celsius < threshold),
        });
    }
    for fan in &health.fans {
        tests.push(equal(&format!("Fan {}", fan.number), "ok", fan.state));
    }
    let alarms = health.alarms().map(|names| if names.is_empty() { "none".to_owned() } else { names.join(", ") });
    tests.push(equal("Alarms", "none", alarms.as_deref()));
}

/// Informational: nothing is expected of it.
fn shown(name: &str, actual: Option<String>) -> TestResult {
    TestResult { name: name.to_owned(), expected: None, actual, pass: None }
}

/// Passes only if the whole value is what is expected; what is not known neither passes nor fails.
fn equal(name: &str, expected: &str, actual: Option<&str>) -> TestResult {
    TestResult {
        name: name.to_owned(),
        expected: Some(expected.to_owned()),
        actual: actual.map(str::to_owned),
        pass: actual.map(|actual| actual == expected),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::agent::{Fan, Health, Identity, Part};
    use super::*;
    use crate::model::FailureClass;

    fn agent(health: Health) -> Option<Result<Agent, Failure>> {
        let identity = Identity { model: "7250 IXR-e", version: None };
        Some(Ok(Agent { identity, system: crate::drivers::generic::System::default(), health }))
    }

    fn part(name: &str, celsius: Option<i64>, threshold: Option<i64>, alarm: bool) -> Part {
        Part {
            name: name.to_owned(),
            class: Some("mda"),
            state: Some("in service"),
            alarm: Some(alarm),
            serial: None,
            celsius,
            threshold_celsius: threshold,
        }
    }

    fn row<'a>(tests: &'a [TestResult], name: &str) -> (Option<&'a str>, Option<&'a str>, Option<bool>) {
        let row = tests.iter().find(|test| test.name == name).unwrap_or_else(|| panic!("no {name} in {tests:?}"));
        (row.expected.as_deref(), row.actual.as_deref(), row.pass)
    }

    #[test]
    fn verdicts_compare_exactly_and_at_the_edge() {
        let chassis = Chassis {
            critical_led: Some("Off".to_owned()),
            major_led: Some("Off, was Red".to_owned()),
            over_temperature: Some("OK".to_owned()),
            supplies: vec![
                Unit { number: 1, state: Some("up".to_owned()) },
                Unit { number: 2, state: Some("not up".to_owned()) },
                Unit { number: 3, state: None },
            ],
            ..Chassis::default()
        };
        let health = Health {
            cpu_percent: Some(90),
            memory_used_bytes: Some(900),
            memory_free_bytes: Some(100),
            parts: vec![
                part("Slot 1", Some(94), Some(94), false),
                part("Slot A", Some(93), Some(94), true),
                part("MDA 1/1", Some(93), None, true),
                part("cf3:", None, None, false),
            ],
            fans: vec![Fan { number: 1, state: Some("failed"), speed_percent: None }],
            ..Health::default()
        };
        let system = System { unsaved: Some(true), ..System::default() };
        let observed = Observed { system, chassis: Some(chassis), agent: agent(health), prompt: None };
        let tests = observed.device_info(true).tests;
        assert_eq!(row(&tests, "Unsaved Changes"), (Some("No"), Some("Yes"), Some(false)));
        assert_eq!(row(&tests, "Critical LED").2, Some(true));
        assert_eq!(row(&tests, "Major LED").2, Some(false));
        assert_eq!(row(&tests, "Power Supply 1").2, Some(true));
        assert_eq!(row(&tests, "Power Supply 2"), (Some("up"), Some("not up"), Some(false)));
        assert_eq!(row(&tests, "Power Supply 3"), (Some("up"), None, None));
        assert_eq!(row(&tests, "CPU Load"), (Some("below 90 %"), Some("90 %"), Some(false)));
        assert_eq!(row(&tests, "Free Memory"), (Some("above 10 %"), Some("10.0 %"), Some(false)));
        assert_eq!(row(&tests, "Temperature Slot 1"), (Some("below 94 °C"), Some("94 °C"), Some(false)));
        assert_eq!(row(&tests, "Temperature Slot A").2, Some(true));
        assert_eq!(row(&tests, "Temperature MDA 1/1"), (None, Some("93 °C"), None));
        assert!(tests.iter().all(|test| test.name != "Temperature cf3:"));
        assert_eq!(row(&tests, "Fan 1").2, Some(false));
        assert_eq!(row(&tests, "Alarms"), (Some("none"), Some("Slot A, MDA 1/1"), Some(false)));
        assert_eq!(observed.device_info(false).tests, []);
    }

    #[test]
    fn what_is_not_known_neither_passes_nor_fails() {
        let info = Observed::default().device_info(true);
        assert!(info.tests.iter().all(|test| test.pass.is_none() && test.actual.is_none()), "{:?}", info.tests);
        assert_eq!((info.members.get("serial"), info.members.get("health")), (Some(&Value::Null), Some(&Value::Null)));
        assert_eq!(info.facts, Facts::default());
        let info = Observed { agent: agent(Health::default()), ..Observed::default() }.device_info(true);
        assert!(info.tests.iter().all(|test| test.pass.is_none()), "{:?}", info.tests);
    }

    #[test]
    fn an_agent_that_does_not_answer_fails_its_row() {
        let agent = Some(Err(Failure::new(FailureClass::Timeout, "no")));
        let info = Observed { agent, ..Observed::default() }.device_info(true);
        assert_eq!(row(&info.tests, "SNMP"), (None, Some("SNMP failed (timeout)"), Some(false)));
        assert_eq!(info.members.get("health"), Some(&Value::Null));
    }
}
