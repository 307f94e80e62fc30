//! The health of a radio: from its agent (spec/aviat-device.md 13), or from what its command line shows of the carriers.
//! Indexes, columns and scales that differ between 2.x and 6.x are dealt with where the agent is read.

use super::parse::carriers::Carrier;
use super::parse::hardware::unit_of;
use super::report::Observed;
use super::snmp::{self, Agent, AgentCarrier};
use crate::drivers::interfaces::{self, Interface};
use crate::model::{Failure, Health, Metric};
use crate::transport::snmp::{Client, Config};
use crate::transport::{Cx, Target};

/// What a receiver can hear and a transmitter send, dBm, and a ratio, dB: anything else is a sentinel.
const LEVELS: std::ops::RangeInclusive<f64> = -120.0..=60.0;

/// Asks the agent. `WrongModel` where it is none of a WTM 4000.
///
/// Fails as [`Client::get`] and [`Client::walk`] do.
pub(in crate::drivers) async fn by_agent(cx: &Cx, target: &Target, config: &Config) -> Result<Health, Failure> {
    let agent = snmp::read(cx, target, config).await?;
    let interfaces = interfaces::read(cx, &mut Client::new(target, config)?).await?;
    Ok(of_agent(&agent, &interfaces))
}

/// What the agent said. Pure.
fn of_agent(agent: &Agent, interfaces: &[Interface]) -> Health {
    let mut health = Health {
        model: agent.code.as_deref().and_then(unit_of).map(str::to_owned),
        firmware: agent.version.map(|version| version.to_string()),
        uptime: agent.uptime(),
        ..Health::default()
    };
    for (name, carrier) in &agent.carriers {
        put(&mut health, name, carrier);
    }
    for (name, degrees) in &agent.temperatures {
        health.put(Metric::Temperature, name, Some(*degrees));
    }
    health.put(Metric::Voltage, "input", agent.input_volts);
    for (severity, active) in &agent.alarms {
        health.put_state(Metric::AlarmActive, severity, Some(*active > 0));
    }
    interfaces::put(&mut health, interfaces);
    health
}

/// What the command line showed. Pure.
pub(super) fn of_console(observed: &Observed) -> Health {
    let facts = observed.facts();
    let mut health = Health { model: facts.model, firmware: facts.version, uptime: facts.uptime, ..Health::default() };
    for carrier in observed.carriers.iter().flatten() {
        put(&mut health, &carrier.name, &seen(carrier));
    }
    health
}

/// In the agent's form, without what is a word only.
fn seen(carrier: &Carrier) -> AgentCarrier {
    let level = |level: Option<f64>| level.filter(|level| LEVELS.contains(level));
    let token = |told: &Option<String>| {
        MODULATIONS.iter().find(|(token, _)| told.as_deref() == Some(*token)).map(|(token, _)| *token)
    };
    AgentCarrier {
        rsl_dbm: level(carrier.rsl_dbm),
        snr_db: level(carrier.snr_db),
        tx_power_dbm: level(carrier.tx_power_dbm),
        tx_frequency_khz: carrier.tx_frequency_khz.filter(|khz| *khz > 0),
        tx_capacity_kbps: carrier.tx_capacity_kbps,
        rx_capacity_kbps: carrier.rx_capacity_kbps,
        tx_modulation: token(&carrier.tx_modulation),
        rx_modulation: token(&carrier.rx_modulation),
        oper_status: match carrier.oper_status.as_deref() {
            Some("up") => Some("up"),
            Some("down") => Some("down"),
            _ => None,
        },
        ..AgentCarrier::default()
    }
}

fn put(health: &mut Health, name: &str, carrier: &AgentCarrier) {
    let bits = |kbps: Option<u64>| kbps.map(|kbps| kbps as f64 * 1000.0);
    health.put(Metric::RadioRsl, name, carrier.rsl_dbm);
    health.put(Metric::RadioSnr, name, carrier.snr_db);
    health.put(Metric::RadioTransmitPower, name, carrier.tx_power_dbm);
    health.put(Metric::RadioCapacity, name, bits(carrier.tx_capacity_kbps));
    health.put(Metric::RadioReceiveCapacity, name, bits(carrier.rx_capacity_kbps));
    // The modulation sent; 2.x has it only of what is received.
    let modulation = carrier.tx_modulation.or(carrier.rx_modulation);
    health.put(Metric::RadioModulation, name, modulation.and_then(states));
    let up = match carrier.oper_status {
        Some("up") => Some(true),
        Some("down" | "lowerLayerDown") => Some(false),
        _ => None,
    };
    health.put_state(Metric::RadioCarrierUp, name, up);
    health.put(Metric::RadioFrequency, name, bits(carrier.tx_frequency_khz));
}

/// Tokens of the command line, and how many states each has; a carrier that is not modulated has none.
const MODULATIONS: [(&str, f64); 12] = [
    ("qpsk", 4.0),
    ("quarter-qpsk", 4.0),
    ("half-qpsk", 4.0),
    ("qam-16", 16.0),
    ("qam-32", 32.0),
    ("qam-64", 64.0),
    ("qam-128", 128.0),
    ("qam-256", 256.0),
    ("qam-512", 512.0),
    ("qam-1024", 1024.0),
    ("qam-2048", 2048.0),
    ("qam-4096", 4096.0),
];

fn states(token: &str) -> Option<f64> {
    MODULATIONS.iter().find(|(known, _)| *known == token).map(|(_, states)| *states)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::parse::carriers;
    use super::*;

    fn list(health: &Health) -> Vec<(Metric, &str, f64)> {
        health.readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect()
    }

    #[test]
    fn base_units_and_nothing_of_what_is_not_known() {
        let whole = AgentCarrier {
            rsl_dbm: Some(-40.5),
            snr_db: Some(43.9),
            tx_power_dbm: Some(13.5),
            tx_frequency_khz: Some(17_820_000),
            tx_capacity_kbps: Some(685_374),
            rx_capacity_kbps: Some(0),
            tx_modulation: Some("qam-2048"),
            rx_modulation: Some("qam-4096"),
            oper_status: Some("lowerLayerDown"),
            ..AgentCarrier::default()
        };
        let bare =
            AgentCarrier { rx_modulation: Some("none"), oper_status: Some("notPresent"), ..AgentCarrier::default() };
        let agent = Agent {
            code: Some("W41-18L5-DP2".to_owned()),
            carriers: BTreeMap::from([("Carrier1/1".to_owned(), whole), ("Carrier1/2".to_owned(), bare)]),
            input_volts: Some(53.703),
            temperatures: BTreeMap::from([("System/Root1/SPM/Temperature1".to_owned(), 43.125)]),
            alarms: BTreeMap::from([("critical", 0), ("major", 4)]),
            ..Agent::default()
        };
        let health = of_agent(&agent, &[]);
        assert_eq!((health.model.as_deref(), health.firmware.as_deref(), health.uptime), (Some("WTM4100"), None, None));
        assert_eq!(
            list(&health),
            [
                (Metric::RadioRsl, "Carrier1/1", -40.5),
                (Metric::RadioSnr, "Carrier1/1", 43.9),
                (Metric::RadioTransmitPower, "Carrier1/1", 13.5),
                (Metric::RadioCapacity, "Carrier1/1", 685_374_000.0),
                (Metric::RadioReceiveCapacity, "Carrier1/1", 0.0),
                (Metric::RadioModulation, "Carrier1/1", 2048.0),
                (Metric::RadioCarrierUp, "Carrier1/1", 0.0),
                (Metric::RadioFrequency, "Carrier1/1", 17_820_000_000.0),
                (Metric::Temperature, "System/Root1/SPM/Temperature1", 43.125),
                (Metric::Voltage, "input", 53.703),
                (Metric::AlarmActive, "critical", 0.0),
                (Metric::AlarmActive, "major", 1.0),
            ]
        );
    }

    #[test]
    fn the_command_line_shows_the_carriers() {
        let text = "radio-carrier status Carrier1/1\n oper-status up\n current-tx-power 22.4 dBm\n \
                    tx-frequency 11225000 kHz\n tx-modulation qpsk\n tx-capacity 730947 kbps\n rsl -36.7 dBm\n snr 45.0 dB\n\
                    radio-carrier status Carrier1/2\n oper-status dormant\n rsl -32768.0 dBm\n tx-modulation new-word\n";
        let observed = Observed { carriers: Some(carriers::parse(text)), ..Observed::default() };
        assert_eq!(
            list(&of_console(&observed)),
            [
                (Metric::RadioRsl, "Carrier1/1", -36.7),
                (Metric::RadioSnr, "Carrier1/1", 45.0),
                (Metric::RadioTransmitPower, "Carrier1/1", 22.4),
                (Metric::RadioCapacity, "Carrier1/1", 730_947_000.0),
                (Metric::RadioModulation, "Carrier1/1", 4.0),
                (Metric::RadioCarrierUp, "Carrier1/1", 1.0),
                (Metric::RadioFrequency, "Carrier1/1", 11_225_000_000.0),
            ]
        );
    }
}
