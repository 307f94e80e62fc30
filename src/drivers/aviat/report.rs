//! What a radio said, as facts, members of a result and verdicts (10). Pure.
//!
//! The verdicts that clients know, mended: what is not known neither passes nor fails; the model and the licences must
//! be equal to what is expected, not contained in it; versions are compared with all their numbers; a licence on trial
//! is none. There is no table of planned links here, so levels, frequencies and bandwidths are shown without a verdict.

use serde_json::{Map, Value, json};

use super::parse::carriers::Carrier;
use super::parse::hardware::{Hardware, unit_of, variant_of};
use super::parse::interfaces::Interface;
use super::parse::licences::Licences;
use super::parse::software::Software;
use super::parse::uptime::Evidence;
use super::parse::version::Version;
use super::session::RawConfig;
use super::snmp::{Agent, AgentCarrier};
use crate::drivers::{DeviceInfo, Facts, TestResult};
use crate::model::{DeviceType, Failure, FailureClass};

/// The release from which on the fleet's radios are sound (1).
const LEAST_VERSION: Version = Version { numbers: [2, 11, 11], build: None };
const LEAST_VERSION_TEXT: &str = ">= 2.11.11";

/// Everything that was read; what was not asked for, or not told, is none.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// By the prompt.
    pub hostname: Option<String>,
    pub config: Option<RawConfig>,
    pub software: Software,
    pub hardware: Option<Hardware>,
    pub carriers: Option<Vec<Carrier>>,
    pub interfaces: Option<Vec<Interface>>,
    pub licences: Option<Licences>,
    /// None without credentials.
    pub agent: Option<Result<Agent, Failure>>,
    pub evidence: Evidence,
}

impl Observed {
    fn agent(&self) -> Option<&Agent> {
        self.agent.as_ref()?.as_ref().ok()
    }

    /// The word behind `xpic` of the radio interface.
    pub(super) fn xpic(&self) -> Option<&str> {
        self.config.as_ref()?.xpic.as_deref()
    }

    /// Whether layer-1 link aggregation is in use; none where no interface was shown.
    pub(super) fn has_l1la(&self) -> Option<bool> {
        let interfaces = self.interfaces.as_ref()?;
        Some(interfaces.iter().any(|interface| interface.is_aggregation() && interface.admin_up == Some(true)))
    }

    fn code(&self) -> Option<&str> {
        let told = self.hardware.as_ref().and_then(|hardware| hardware.code.as_deref());
        told.or_else(|| self.agent()?.code.as_deref())
    }

    fn model(&self) -> Option<String> {
        let told = self.hardware.as_ref().and_then(Hardware::model);
        told.or_else(|| self.code().and_then(unit_of).map(str::to_owned))
    }

    fn version(&self) -> Option<Version> {
        self.software.active.or_else(|| self.agent()?.version)
    }

    /// The facts.
    pub(super) fn facts(&self) -> Facts {
        let agent = self.agent();
        let told = self.config.as_ref().and_then(|config| config.hostname.clone());
        let name = agent.and_then(|agent| agent.system.name.clone()).or(told).or_else(|| self.hostname.clone());
        let serial = self.hardware.as_ref().and_then(|hardware| hardware.serial.clone());
        let uptime = self.evidence.judge();
        let mut more = Map::new();
        if let Some(code) = self.code() {
            more.insert("model_code".to_owned(), json!(code));
        }
        if let Some((_, source)) = uptime {
            more.insert("uptime_source".to_owned(), json!(source.as_str()));
        }
        Facts {
            name,
            model: self.model(),
            version: self.version().map(|version| version.to_string()),
            serial: serial.or_else(|| agent.and_then(|agent| agent.serial.clone())),
            uptime: uptime.map(|(time, _)| time),
            more,
        }
    }

    /// The answer of `device_info`.
    pub(super) fn device_info(&self, device_type: DeviceType, run_tests: bool) -> DeviceInfo {
        let link_type = link_type(self.xpic(), self.has_l1la());
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("carriers", self.carriers());
        put("xpic", json!(self.xpic()));
        put("has_l1la", json!(self.has_l1la()));
        put("link_type", json!(link_type));
        if device_type.code() == "AV4200" {
            put("variant", json!(self.code().and_then(variant_of)));
        }
        let interfaces = self.interfaces.as_ref().map(|found| found.iter().map(interface).collect::<Vec<_>>());
        put("interfaces", json!(interfaces));
        put(
            "software",
            json!({
                "active": self.version().map(|version| version.to_string()),
                "inactive": self.software.inactive.map(|version| version.to_string()),
                "status": self.software.state.as_ref().map(|state| state.as_str()),
            }),
        );
        if let Some(agent) = self.agent() {
            if let Some(place) = agent.system.place() {
                put("latitude", json!(place.latitude));
                put("longitude", json!(place.longitude));
            }
            put("input_volts", json!(agent.input_volts));
            put("temperatures_celsius", json!(agent.temperatures));
        }
        let tests = if run_tests { self.tests(device_type, link_type) } else { Vec::new() };
        let running_config = self.config.as_ref().map(|config| config.normalised.clone());
        DeviceInfo { facts: self.facts(), members, running_config, tests }
    }

    /// The carriers, the command line's value before the agent's; null where neither shows any.
    fn carriers(&self) -> Value {
        let agent = self.agent().map(|agent| &agent.carriers);
        let seen = |name: &str| agent.and_then(|agent| agent.get(name)).cloned().unwrap_or_default();
        match (&self.carriers, agent) {
            (Some(carriers), _) => carriers.iter().map(|told| carrier(told, &seen(&told.name))).collect(),
            (None, Some(agent)) if !agent.is_empty() => agent
                .iter()
                .map(|(name, seen)| carrier(&Carrier { name: name.clone(), ..Carrier::default() }, seen))
                .collect(),
            _ => Value::Null,
        }
    }

    fn tests(&self, device_type: DeviceType, link_type: Option<&str>) -> Vec<TestResult> {
        let interfaces = || self.interfaces.iter().flatten();
        let mut rows: Vec<TestResult> = Vec::new();
        for radio in interfaces().filter(|interface| interface.is_radio()) {
            rows.push(shown(format!("{} Throughput Capacity", radio.name), radio.bandwidth.clone()));
        }
        for copper in interfaces().filter(|interface| interface.is_copper()) {
            rows.push(TestResult {
                name: copper.name.clone(),
                expected: Some("Link down".to_owned()),
                actual: copper.link_up.map(|up| if up { "Link up" } else { "Link down" }.to_owned()),
                pass: copper.link_up.map(|up| !up),
            });
        }
        rows.push(uplink(&interfaces().filter(|interface| interface.is_optical()).collect::<Vec<_>>()));
        let version = self.version();
        rows.push(TestResult {
            name: "Firmware version".to_owned(),
            expected: Some(LEAST_VERSION_TEXT.to_owned()),
            actual: version.map(|version| version.short()),
            pass: version.map(|version| version >= LEAST_VERSION),
        });
        let model = self.model();
        let expected = device_type.code().replace("AV", "WTM");
        let pass = model.as_ref().map(|model| *model == expected);
        rows.push(TestResult { name: "Device model".to_owned(), expected: Some(expected), actual: model, pass });
        rows.push(licence_row(self.licences.as_ref(), required_licences(device_type, link_type)));
        for told in self.carriers.iter().flatten() {
            let name = &told.name;
            rows.push(shown(
                format!("Target RSSI - {name}"),
                told.remote_rsl_dbm.map(|level| format!("{level:.1} dBm")),
            ));
            let pair = told.tx_frequency_khz.zip(told.rx_frequency_khz);
            let pair = pair.map(|(tx, rx)| format!("TX: {}, RX: {}", megahertz(tx), megahertz(rx)));
            rows.push(shown(format!("Frequencies - {name}"), pair));
            rows.push(shown(format!("Bandwidth - {name}"), told.bandwidth_mhz.map(|mhz| format!("{mhz}"))));
        }
        rows.extend(self.agent_rows());
        rows
    }

    fn agent_rows(&self) -> Vec<TestResult> {
        let row =
            |actual: String, pass| TestResult { name: "SNMP".to_owned(), expected: None, actual: Some(actual), pass };
        match &self.agent {
            None => vec![row("not asked: the inventory has no SNMP credentials".to_owned(), None)],
            Some(Err(failure)) => {
                let actual = match failure.class {
                    FailureClass::Timeout => "SNMP timed out".to_owned(),
                    class => format!("SNMP failed ({})", class.as_str()),
                };
                vec![row(actual, Some(false))]
            }
            Some(Ok(agent)) => {
                let mut rows = vec![row("SNMP is accessible".to_owned(), Some(true))];
                rows.extend(agent.system.name.clone().map(|name| shown("Device Name".to_owned(), Some(name))));
                let location = agent.system.location.clone();
                rows.extend(location.map(|location| shown("Device Location".to_owned(), Some(location))));
                rows.extend(agent.system.place().map(|place| TestResult {
                    name: "GPS Location".to_owned(),
                    expected: None,
                    actual: Some(format!("{}, {}", place.latitude, place.longitude)),
                    // No reading of a receiver: what somebody wrote into sysLocation.
                    pass: None,
                }));
                rows
            }
        }
    }
}

/// The kind of link that a config is of. A word that is not known means no cross-polarisation; no word at all means
/// that only where no aggregation is in use either.
pub(super) fn link_type(xpic: Option<&str>, has_l1la: Option<bool>) -> Option<&'static str> {
    match (xpic, has_l1la) {
        (Some("horizontal"), _) => Some("4_0_H"),
        (Some("vertical"), _) => Some("4_0_V"),
        (Some(_), _) | (None, Some(false)) => Some("2_0"),
        (None, _) => None,
    }
}

/// The bundles that a radio must have; none where that is not known for its model and link.
pub(super) fn required_licences(device_type: DeviceType, link_type: Option<&str>) -> Option<&'static [&'static str]> {
    match (device_type.code(), link_type?) {
        ("AV4100", "4_0_V" | "4_0_H") => Some(&["WZL-CE1", "WZL-ENTERPRISE5", "WZF-MLHC", "WZF-XPIC", "WZF-L1LA"]),
        ("AV4100", "2_0") => Some(&["WZL-CE1", "WZL-ENTERPRISE5", "WZF-MLHC"]),
        ("AV4200", "2_0") => Some(&["WZL-CE1", "WZL-ENTERPRISE2", "WZF-MLHC"]),
        _ => None,
    }
}

fn licence_row(licences: Option<&Licences>, required: Option<&[&str]>) -> TestResult {
    let mut words: Vec<String> = Vec::new();
    if let Some(licences) = licences {
        words.extend(licences.bundles.iter().cloned());
        words.extend(licences.trial.iter().map(|name| format!("{name} (trial)")));
        if licences.on_trial && licences.trial.is_empty() {
            words.push("Trial".to_owned());
        }
    }
    TestResult {
        name: "License bundle".to_owned(),
        expected: required.map(|required| required.join(", ")),
        actual: licences.map(|_| words.join(", ")),
        pass: licences.zip(required).map(|(licences, required)| licences.missing(required).is_empty()),
    }
}

/// Fails only where every port is known to be down.
fn uplink(ports: &[&Interface]) -> TestResult {
    let first_up = ports.iter().find(|port| port.link_up == Some(true));
    let (actual, pass) = match first_up {
        Some(port) => {
            let speed = port.bandwidth.as_ref().map(|speed| format!("; {speed}")).unwrap_or_default();
            (Some(format!("{} is Up{speed}", port.name)), Some(true))
        }
        None if !ports.is_empty() && ports.iter().all(|port| port.link_up == Some(false)) => {
            (Some("None".to_owned()), Some(false))
        }
        None => (None, None),
    };
    let expected = Some("At least one SFP interface in use".to_owned());
    TestResult { name: "SFP Uplink".to_owned(), expected, actual, pass }
}

/// Informational: nothing is expected of it.
fn shown(name: String, actual: Option<String>) -> TestResult {
    TestResult { name, expected: None, actual, pass: None }
}

/// kHz as MHz, no digit lost.
fn megahertz(khz: u64) -> String {
    match khz % 1000 {
        0 => (khz / 1000).to_string(),
        rest => format!("{}.{rest:03}", khz / 1000).trim_end_matches('0').to_owned(),
    }
}

/// Frequencies as texts in kHz, as clients know them; the rest with units in the names.
fn carrier(told: &Carrier, seen: &AgentCarrier) -> Value {
    let text = |told: Option<u64>, seen: Option<u64>| told.or(seen).map(|khz| khz.to_string());
    let word = |told: &Option<String>, seen: Option<&str>| told.clone().or_else(|| seen.map(str::to_owned));
    json!({
        "carrier": told.name,
        "tx_frequency": text(told.tx_frequency_khz, seen.tx_frequency_khz),
        "rx_frequency": text(told.rx_frequency_khz, seen.rx_frequency_khz),
        "oper_status": word(&told.oper_status, seen.oper_status),
        "bandwidth_mhz": told.bandwidth_mhz.or(seen.bandwidth_khz.map(|khz| khz as f64 / 1000.0)),
        "tx_power_dbm": told.tx_power_dbm.or(seen.tx_power_dbm),
        "rsl_dbm": told.rsl_dbm.or(seen.rsl_dbm),
        "remote_rsl_dbm": told.remote_rsl_dbm,
        "snr_db": told.snr_db.or(seen.snr_db),
        "tx_modulation": word(&told.tx_modulation, seen.tx_modulation),
        "rx_modulation": word(&told.rx_modulation, seen.rx_modulation),
        "tx_capacity_kbps": told.tx_capacity_kbps.or(seen.tx_capacity_kbps),
        "rx_capacity_kbps": told.rx_capacity_kbps.or(seen.rx_capacity_kbps),
        "active_rx_seconds": told.active_rx_time.map(|time| time.as_secs()),
    })
}

fn interface(interface: &Interface) -> Value {
    json!({
        "name": interface.name,
        "admin_up": interface.admin_up,
        "link_up": interface.link_up,
        "bandwidth": interface.bandwidth,
        "mac_address": interface.mac,
        "reason": interface.reason,
        "description": interface.description,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::drivers::generic::System;

    /// Name, expected, actual, pass.
    type Verdict<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<bool>);

    fn kind(code: &str) -> DeviceType {
        DeviceType::parse(code).unwrap()
    }

    fn port(name: &str, link_up: Option<bool>, bandwidth: Option<&str>) -> Interface {
        let bandwidth = bandwidth.map(str::to_owned);
        Interface { name: name.to_owned(), admin_up: Some(true), link_up, bandwidth, ..Interface::default() }
    }

    fn observed() -> Observed {
        let system = System {
            name: Some("BH-1".to_owned()),
            location: Some("40.5, -105.25".to_owned()),
            uptime: Some(Duration::from_secs(3_600)),
            ..System::default()
        };
        let carrier = Carrier {
            name: "Carrier1/1".to_owned(),
            tx_frequency_khz: Some(11_225_000),
            rx_frequency_khz: Some(11_465_500),
            remote_rsl_dbm: Some(-37.0),
            bandwidth_mhz: Some(80.0),
            ..Carrier::default()
        };
        let config = RawConfig {
            text: String::new(),
            normalised: "snmp community X".to_owned(),
            hostname: Some("BH-1".to_owned()),
            xpic: Some("local".to_owned()),
        };
        Observed {
            config: Some(config),
            software: Software { active: Version::parse("2.9.11(18.6069)"), ..Software::default() },
            hardware: Some(Hardware { code: Some("W42-11H2-WPX".to_owned()), ..Hardware::default() }),
            carriers: Some(vec![carrier]),
            interfaces: Some(vec![
                port("Radio1", Some(true), Some("1461Mbps")),
                port("GigabitEthernet1/1", Some(false), None),
                port("GigabitEthernet1/2", Some(true), None),
                port("TenGigE1/1", Some(true), Some("10Gbps")),
            ]),
            licences: Some(Licences {
                bundles: ["WZL-CE1".to_owned(), "WZL-ENTERPRISE2".to_owned()].into(),
                trial: ["WZF-MLHC".to_owned()].into(),
                on_trial: false,
            }),
            evidence: Evidence { agent: system.uptime, ..Evidence::default() },
            agent: Some(Ok(Agent { system, ..Agent::default() })),
            hostname: None,
        }
    }

    #[test]
    fn verdicts_are_exact() {
        let info = observed().device_info(kind("AV4200"), true);
        let verdicts: Vec<Verdict<'_>> = info
            .tests
            .iter()
            .map(|test| (test.name.as_str(), test.expected.as_deref(), test.actual.as_deref(), test.pass))
            .collect();
        assert_eq!(
            verdicts,
            [
                ("Radio1 Throughput Capacity", None, Some("1461Mbps"), None),
                ("GigabitEthernet1/1", Some("Link down"), Some("Link down"), Some(true)),
                ("GigabitEthernet1/2", Some("Link down"), Some("Link up"), Some(false)),
                ("SFP Uplink", Some("At least one SFP interface in use"), Some("TenGigE1/1 is Up; 10Gbps"), Some(true)),
                // By letters 2.9 would come behind 2.11.
                ("Firmware version", Some(">= 2.11.11"), Some("2.9.11"), Some(false)),
                ("Device model", Some("WTM4200"), Some("WTM4200"), Some(true)),
                (
                    "License bundle",
                    Some("WZL-CE1, WZL-ENTERPRISE2, WZF-MLHC"),
                    Some("WZL-CE1, WZL-ENTERPRISE2, WZF-MLHC (trial)"),
                    Some(false)
                ),
                ("Target RSSI - Carrier1/1", None, Some("-37.0 dBm"), None),
                ("Frequencies - Carrier1/1", None, Some("TX: 11225, RX: 11465.5"), None),
                ("Bandwidth - Carrier1/1", None, Some("80"), None),
                ("SNMP", None, Some("SNMP is accessible"), Some(true)),
                ("Device Name", None, Some("BH-1"), None),
                ("Device Location", None, Some("40.5, -105.25"), None),
                ("GPS Location", None, Some("40.5, -105.25"), None),
            ]
        );
        assert_eq!(observed().device_info(kind("AV4200"), false).tests, []);
    }

    #[test]
    fn members_have_the_names_that_clients_know() {
        let info = observed().device_info(kind("AV4200"), false);
        assert_eq!(info.running_config.as_deref(), Some("snmp community X"));
        assert!(!info.members.contains_key("running_config"), "it holds secrets: only the caller shows it, marked");
        let carrier = &info.members["carriers"][0];
        assert_eq!((&carrier["carrier"], &carrier["tx_frequency"]), (&json!("Carrier1/1"), &json!("11225000")));
        assert_eq!((&info.members["xpic"], &info.members["link_type"]), (&json!("local"), &json!("2_0")));
        assert_eq!((&info.members["has_l1la"], &info.members["variant"]), (&json!(false), &json!("WPX")));
        assert_eq!((&info.members["latitude"], &info.members["longitude"]), (&json!("40.5"), &json!("-105.25")));
        assert_eq!(info.facts.uptime, Some(Duration::from_secs(3_600)));
        assert_eq!(info.facts.more["uptime_source"], "snmp");
        assert!(!observed().device_info(kind("AV4100"), false).members.contains_key("variant"));
    }

    #[test]
    fn what_is_not_known_neither_passes_nor_fails() {
        let info = Observed::default().device_info(kind("AV4100"), true);
        assert!(info.tests.iter().all(|test| test.pass.is_none()), "{:?}", info.tests);
        assert!(info.tests.iter().all(|test| test.actual.is_none() || test.name == "SNMP"));
        for name in ["carriers", "xpic", "has_l1la", "link_type", "interfaces"] {
            assert_eq!(info.members[name], Value::Null, "{name}");
        }
        assert_eq!(info.facts, Facts::default());
        let unknown = [port("TenGigE1/1", Some(false), None), port("TenGigE1/2", None, None)];
        assert_eq!(uplink(&unknown.iter().collect::<Vec<_>>()).pass, None);
        assert_eq!(uplink(&[&unknown[0]]).pass, Some(false));
    }

    #[test]
    fn the_link_decides_the_licences() {
        assert_eq!(link_type(Some("vertical"), None), Some("4_0_V"));
        assert_eq!(link_type(Some("horizontal"), Some(true)), Some("4_0_H"));
        assert_eq!(link_type(Some("none"), None), Some("2_0"));
        assert_eq!(
            (link_type(None, Some(false)), link_type(None, Some(true)), link_type(None, None)),
            (Some("2_0"), None, None)
        );
        assert_eq!(required_licences(kind("AV4100"), Some("4_0_V")).map(<[_]>::len), Some(5));
        assert_eq!(
            (required_licences(kind("AV4200"), Some("4_0_V")), required_licences(kind("AV4100"), None)),
            (None, None)
        );
    }

    #[test]
    fn the_command_line_is_told_before_the_agent() {
        let mut observed = observed();
        let seen = AgentCarrier { tx_frequency_khz: Some(1), snr_db: Some(45.0), ..AgentCarrier::default() };
        if let Some(Ok(agent)) = &mut observed.agent {
            agent.carriers.insert("Carrier1/1".to_owned(), seen);
        }
        let both = observed.device_info(kind("AV4200"), false);
        assert_eq!(
            (&both.members["carriers"][0]["tx_frequency"], &both.members["carriers"][0]["snr_db"]),
            (&json!("11225000"), &json!(45.0))
        );
        observed.carriers = None;
        assert_eq!(observed.device_info(kind("AV4200"), false).members["carriers"][0]["tx_frequency"], "1");
    }
}
