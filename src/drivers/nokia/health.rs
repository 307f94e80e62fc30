//! The health of a router: from its agent (spec/mikrotik-nokia.md 2.14), or from what its command line shows. Speeds of
//! fans are percents there, which no metric has: a fan is up or not.

use super::parse::chassis::Unit;
use super::platform::oids;
use super::report::Observed;
use super::snmp::{self, Agent};
use crate::drivers::interfaces::{self, Interface};
use crate::model::{Failure, Health, Metric};
use crate::transport::snmp::{Client, Config};
use crate::transport::{Cx, Target};

/// Parts of one chassis that are shown.
const MOST_PARTS: usize = 64;
/// The label of a value that is that of all processors together.
const ALL: &str = "all";
const TOO_HOT: &str = "over temperature";

/// Asks the agent. `WrongModel` where it is none of a 7250 IXR.
///
/// Fails as [`Client::get`] and [`Client::walk`] do.
pub(in crate::drivers) async fn by_agent(cx: &Cx, target: &Target, config: &Config) -> Result<Health, Failure> {
    let agent = snmp::read_columns(cx, target, config, &oids::HEALTH).await?;
    let interfaces = interfaces::read(cx, &mut Client::new(target, config)?).await?;
    Ok(of_agent(&agent, &interfaces))
}

/// What the agent said. Pure.
fn of_agent(agent: &Agent, interfaces: &[Interface]) -> Health {
    let told = &agent.health;
    let mut health = Health {
        model: Some(agent.identity.model.to_owned()),
        firmware: agent.identity.version.as_ref().map(|version| version.release.clone()),
        uptime: agent.system.uptime,
        ..Health::default()
    };
    health.put(Metric::CpuBusy, ALL, told.cpu_percent.map(|percent| percent as f64 / 100.0));
    let size = told.memory_used_bytes.zip(told.memory_free_bytes).and_then(|(used, free)| used.checked_add(free));
    health.put(Metric::MemorySize, "", size.map(|bytes| bytes as f64));
    health.put(Metric::MemoryUsed, "", told.memory_used_bytes.map(|bytes| bytes as f64));
    health.put_state(Metric::AlarmActive, TOO_HOT, told.over_temperature);
    for part in told.parts.iter().take(MOST_PARTS) {
        health.put(Metric::Temperature, &part.name, part.celsius.map(|degrees| degrees as f64));
        if part.class == Some("power_supply") {
            health.put_state(Metric::SupplyUp, &part.name, part.state.and_then(works));
        }
        health.put_state(Metric::AlarmActive, &part.name, part.alarm);
    }
    for fan in told.fans.iter().take(MOST_PARTS) {
        let up = match fan.state {
            Some("ok") => Some(true),
            Some("failed") => Some(false),
            _ => None,
        };
        health.put_state(Metric::FanUp, &fan.number.to_string(), up);
    }
    interfaces::put(&mut health, interfaces);
    health
}

/// Slots that are empty or only planned are neither up nor down.
fn works(state: &str) -> Option<bool> {
    match state {
        "in service" => Some(true),
        "out of service" | "failed" => Some(false),
        _ => None,
    }
}

/// What the command line showed. Pure.
pub(super) fn of_console(observed: &Observed) -> Health {
    let facts = observed.facts();
    let mut health = Health { model: facts.model, firmware: facts.version, uptime: facts.uptime, ..Health::default() };
    let Some(chassis) = &observed.chassis else { return health };
    let word = |word: &Option<String>, on: &str, off: &str| match word.as_deref() {
        Some(word) if word == on => Some(true),
        Some(word) if word == off => Some(false),
        _ => None,
    };
    let hot = chassis.over_temperature.as_deref().map(|state| state != "OK");
    health.put_state(Metric::AlarmActive, TOO_HOT, hot);
    health.put_state(Metric::AlarmActive, "chassis", word(&chassis.alarm, "alarm active", "alarm cleared"));
    let units = |metric: Metric, units: &[Unit], health: &mut Health| {
        for unit in units.iter().take(MOST_PARTS) {
            health.put_state(metric, &unit.number.to_string(), word(&unit.state, "up", "failed"));
        }
    };
    units(Metric::FanUp, &chassis.fans, &mut health);
    units(Metric::SupplyUp, &chassis.supplies, &mut health);
    health
}

#[cfg(test)]
mod tests {
    use super::super::parse::agent::{Fan, Health as Told, Identity, Part};
    use super::super::parse::chassis::Chassis;
    use super::*;
    use crate::drivers::generic::System;

    fn part(name: &str, class: &'static str, state: &'static str, alarm: Option<bool>, celsius: Option<i64>) -> Part {
        Part {
            name: name.to_owned(),
            class: Some(class),
            state: Some(state),
            alarm,
            serial: None,
            celsius,
            threshold_celsius: None,
        }
    }

    fn list(health: &Health) -> Vec<(Metric, &str, f64)> {
        health.readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect()
    }

    #[test]
    fn parts_are_up_down_or_not_known() {
        let told = Told {
            cpu_percent: Some(2),
            memory_used_bytes: Some(1_000),
            memory_free_bytes: Some(3_000),
            over_temperature: Some(false),
            parts: vec![
                part("Slot 1", "io_module", "in service", Some(true), Some(42)),
                part("Power Supply 1", "power_supply", "in service", Some(false), None),
                part("Power Supply 2", "power_supply", "failed", Some(true), None),
                part("Power Supply 3", "power_supply", "empty", None, None),
            ],
            fans: vec![
                Fan { number: 1, state: Some("ok"), speed_percent: Some(40) },
                Fan { number: 2, state: Some("failed"), speed_percent: None },
                Fan { number: 3, state: None, speed_percent: None },
            ],
            ..Told::default()
        };
        let identity = Identity { model: "7250 IXR-e", version: None };
        let ports = [Interface { name: "1/1/1".to_owned(), up: Some(false), speed: Some(1e10) }];
        let health = of_agent(&Agent { identity, system: System::default(), health: told }, &ports);
        assert_eq!(
            list(&health),
            [
                (Metric::CpuBusy, "all", 0.02),
                (Metric::MemorySize, "", 4_000.0),
                (Metric::MemoryUsed, "", 1_000.0),
                (Metric::AlarmActive, "over temperature", 0.0),
                (Metric::Temperature, "Slot 1", 42.0),
                (Metric::AlarmActive, "Slot 1", 1.0),
                (Metric::SupplyUp, "Power Supply 1", 1.0),
                (Metric::AlarmActive, "Power Supply 1", 0.0),
                (Metric::SupplyUp, "Power Supply 2", 0.0),
                (Metric::AlarmActive, "Power Supply 2", 1.0),
                (Metric::FanUp, "1", 1.0),
                (Metric::FanUp, "2", 0.0),
                (Metric::InterfaceUp, "1/1/1", 0.0),
                (Metric::InterfaceSpeed, "1/1/1", 1e10),
            ]
        );
    }

    #[test]
    fn the_command_line_shows_less() {
        let unit = |number, state: &str| Unit { number, state: Some(state.to_owned()) };
        let chassis = Chassis {
            over_temperature: Some("OK".to_owned()),
            alarm: Some("alarm active".to_owned()),
            fans: vec![unit(1, "up"), unit(2, "not equipped")],
            supplies: vec![unit(1, "up"), unit(2, "failed")],
            ..Chassis::default()
        };
        let health = of_console(&Observed { chassis: Some(chassis), ..Observed::default() });
        assert_eq!(
            list(&health),
            [
                (Metric::AlarmActive, "over temperature", 0.0),
                (Metric::AlarmActive, "chassis", 1.0),
                (Metric::FanUp, "1", 1.0),
                (Metric::SupplyUp, "1", 1.0),
                (Metric::SupplyUp, "2", 0.0),
            ]
        );
        assert_eq!(of_console(&Observed::default()).readings, []);
    }
}
