//! What a Netonix's ports and their settings tell of its health (spec/field-devices.md 2.4). Temperatures, fans and supply
//! voltages are told by its SNMP agent alone.

use super::parse::port::Port;
use super::report::Observed;
use crate::model::{Health, Metric};

/// The words of a port that is down, and of one that feeds nothing.
const DOWN: &str = "Down";
const OFF: &str = "Off";

/// Links and PoE by the port's number. A port that is down is known to be so only where its settings switch it on.
pub(super) fn health(observed: &Observed) -> Health {
    let mut health = Health { firmware: observed.version.clone(), ..Health::default() };
    for port in &observed.ports {
        let of = port.number.to_string();
        let is_up = !port.link.eq_ignore_ascii_case(DOWN);
        let enabled = observed.config.as_ref().and_then(|config| config.is_port_enabled(port.number));
        health.put_state(Metric::InterfaceUp, &of, (is_up || enabled == Some(true)).then_some(is_up));
        health.put(Metric::InterfaceSpeed, &of, speed(&port.link).filter(|_| is_up));
        let watts = watts(port);
        let is_off = port.poe.as_ref().map(|(poe, _)| poe.eq_ignore_ascii_case(OFF));
        health.put_state(Metric::PoeUp, &of, is_off.zip(watts).map(|(off, watts)| !off && watts > 0.0));
        health.put(Metric::PoePower, &of, watts);
    }
    health
}

fn watts(port: &Port) -> Option<f64> {
    port.poe.as_ref().and_then(|(_, watts)| watts.parse().ok()).filter(|watts: &f64| *watts >= 0.0)
}

/// Bits a second of `1G`, `100M-F`, `2.5G`; none of a word that is no speed.
fn speed(link: &str) -> Option<f64> {
    let word = link.split('-').next()?.trim();
    let (number, factor) = match word.strip_suffix(['G', 'g']) {
        Some(number) => (number, 1e9),
        None => (word.strip_suffix(['M', 'm'])?, 1e6),
    };
    let number: f64 = number.parse().ok()?;
    (number > 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::drivers::netonix::parse::config::config;

    #[test]
    fn speeds_are_bits_a_second() {
        for (link, expected) in [
            ("1G", Some(1e9)),
            ("100M-F", Some(1e8)),
            ("10M-H", Some(1e7)),
            ("2.5G", Some(2.5e9)),
            ("Down", None),
            ("Auto", None),
            ("0G", None),
            ("G", None),
            ("", None),
        ] {
            assert_eq!(speed(link), expected, "{link}");
        }
    }

    #[test]
    fn ports_by_their_numbers() {
        let poe = |poe: &str, watts: &str| Some((poe.to_owned(), watts.to_owned()));
        let port = |number, link: &str, poe| Port { number, link: link.to_owned(), poe, name: None };
        let ports = vec![
            port(1, "1G", poe("48VH", "12.4")),
            port(2, "Down", poe("Off", "0.0")),
            port(3, "Down", poe("24V", "0.0")),
            port(13, "100M-F", None),
        ];
        let list: Vec<_> =
            (1..=14).map(|number| json!({ "Number": number, "Name": "x", "Enable": number != 2 })).collect();
        let text = json!({ "Switch_Name": "x", "Ports": list }).to_string();
        let observed = Observed {
            ports,
            version: Some("1.5.25".to_owned()),
            config: Some(config(&text, Some(14), "it").unwrap()),
        };
        let list = |observed: &Observed| -> Vec<(Metric, String, f64)> {
            let readings = health(observed).readings;
            readings.into_iter().map(|reading| (reading.metric, reading.of, reading.value)).collect()
        };
        let row = |metric, of: &str, value| (metric, of.to_owned(), value);
        assert_eq!(
            list(&observed),
            [
                row(Metric::InterfaceUp, "1", 1.0),
                row(Metric::InterfaceSpeed, "1", 1e9),
                row(Metric::PoeUp, "1", 1.0),
                row(Metric::PoePower, "1", 12.4),
                // Switched off by its settings: neither up nor down.
                row(Metric::PoeUp, "2", 0.0),
                row(Metric::PoePower, "2", 0.0),
                row(Metric::InterfaceUp, "3", 0.0),
                row(Metric::PoeUp, "3", 0.0),
                row(Metric::PoePower, "3", 0.0),
                row(Metric::InterfaceUp, "13", 1.0),
                row(Metric::InterfaceSpeed, "13", 1e8),
            ]
        );
        // Where the settings may not be seen, a port that is down may be off.
        let unseen = Observed { config: None, ..observed };
        assert!(!list(&unseen).contains(&row(Metric::InterfaceUp, "3", 0.0)));
    }
}
