//! The health of equipment that is read by its web pages or its console, against the simulators: numbers in base units,
//! nothing for what is not known, and no session left open, whatever happened.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::drivers::{Driver, Transports};
use towerhand::model::{DeviceType, Failure, FailureClass, Health, Metric, Ports, Secret, SshProfile};
use towerhand::transport::{Cx, NoWitness, Pins, SnmpLogin, Target, http, snmp, ssh};
use towerhand_simulators::core::{Device, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;
use towerhand_simulators::web::sessions;

/// Accepts every host key and certificate: pinning has tests of its own.
struct AnyKey;

#[async_trait]
impl Pins for AnyKey {
    async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }
}

/// One device, without a daemon.
struct Page {
    device: Arc<Device>,
    target: Target,
    device_type: DeviceType,
    cx: Cx,
    _lab: Lab,
}

impl Page {
    /// A device of a kind with these knobs; the inventory takes it for this type and knows all of its ports.
    async fn start(kind: &str, device_type: &str, knobs: Value) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut spec = DeviceSpec::local("unit", kind, knobs);
        spec.device_type = Some(device_type.to_owned());
        let lab = Lab::start(LabSpec::of(vec![spec])).await.unwrap();
        let device = lab.device("unit").unwrap();
        let ports = device.ports();
        let target = Target {
            name: device.name.clone(),
            address: device.address,
            ports: Ports { ssh: ports.ssh, snmp: None, http: ports.http, https: ports.https },
            username: Some("admin".to_owned()),
            password: Some(Secret::new("sim")),
            private_key: None,
            private_key_passphrase: None,
            snmp: None,
            ssh_profile: SshProfile::Modern,
            host_key: None,
            tls_pin: None,
            hop: None,
        };
        let cx = Cx {
            cancel: CancellationToken::new(),
            clock: Clock::system(),
            pins: Arc::new(AnyKey),
            witness: Arc::new(NoWitness),
        };
        Self { device, target, device_type: DeviceType::parse(device_type).unwrap(), cx, _lab: lab }
    }

    async fn health(&self) -> Result<Health, Failure> {
        let ssh = ssh::Config { idle_seconds: 5, ..ssh::Config::default() };
        let snmp = snmp::Config { timeout_ms: 300, retries: 0, ..snmp::Config::default() };
        let http = http::Config { total_timeout_ms: 3000, ..http::Config::default() };
        let transports = Transports { ssh: &ssh, snmp: &snmp, http: &http };
        Driver::of(self.device_type, &self.cx, &self.target, transports)?.health().await
    }

    fn turn(&self, knobs: Value) {
        let Value::Object(knobs) = knobs else { panic!("not an object: {knobs}") };
        self.device.merge(knobs);
    }

    /// What came in on a channel of the journal.
    fn received(&self, channel: &str) -> Vec<String> {
        self.device.journal().into_iter().filter(|entry| entry.channel == channel).map(|entry| entry.input).collect()
    }

    /// Sessions that were opened; each of them has been closed, or it fails the test.
    #[track_caller]
    fn all_closed(&self) -> usize {
        let (opened, closed, expired) = sessions::count(&self.device.journal());
        assert_eq!(opened, closed + expired, "{:?}", self.received("session"));
        opened
    }
}

/// Metric, label and value of each reading, in their order.
fn list(health: &Health) -> Vec<(Metric, &str, f64)> {
    health.readings.iter().map(|reading| (reading.metric, reading.of.as_str(), reading.value)).collect()
}

fn is(health: &Health, model: Option<&str>, firmware: Option<&str>) {
    assert_eq!((health.model.as_deref(), health.firmware.as_deref()), (model, firmware));
    assert_eq!(health.uptime, None);
}

#[tokio::test]
async fn an_epmp_tells_its_channel_power_and_modules() {
    let ap = Page::start("epmp", "CNEP3K", json!({})).await;
    let health = ap.health().await.unwrap();
    is(&health, Some("EP3K"), Some("5.10.1"));
    assert_eq!(
        list(&health),
        [
            (Metric::RadioFrequency, "radio", 5_600_000_000.0),
            (Metric::RadioTransmitPower, "radio", 13.0),
            (Metric::RadioStations, "", 3.0),
        ]
    );
    // What it does not say is not there; what it says of itself changes nothing else.
    ap.turn(json!({ "frequency": "", "power": "n/a", "modules": "0" }));
    assert_eq!(list(&ap.health().await.unwrap()), [(Metric::RadioStations, "", 0.0)]);
    assert_eq!(ap.all_closed(), 2);
    // One call in each session, and the configuration with its secrets is not read.
    assert!(ap.received("http").iter().all(|request| !request.contains("config_export")), "{:?}", ap.received("http"));
    // The places of others are others'; a radio that is another is none.
    ap.turn(json!({ "foreign_sessions": 5 }));
    assert_eq!(ap.health().await.unwrap_err().class, FailureClass::SessionLimit);
    ap.turn(json!({ "foreign_sessions": 0, "sku": "53264" }));
    assert_eq!(ap.health().await.unwrap_err().class, FailureClass::WrongModel);
    ap.turn(json!({ "sku": "37" }));
    ap.device.add_fault(Fault::Drop { after: Some("get_param".to_owned()), bytes: None });
    assert_eq!(ap.health().await.unwrap_err().class, FailureClass::Protocol);
    ap.device.clear_faults();
    assert_eq!(ap.all_closed(), 4);
}

#[tokio::test]
async fn a_tachyon_tells_its_subscribers() {
    let ap = Page::start("tachyon", "TYN301", json!({ "peers": ["02:00:00:00:00:22", "02:00:00:00:00:23"] })).await;
    let health = ap.health().await.unwrap();
    is(&health, Some("TNA-301"), Some("1.12.0 rev 54573"));
    assert_eq!(list(&health), [(Metric::RadioStations, "", 2.0)]);
    ap.turn(json!({ "status": { "prs_events": null } }));
    assert_eq!(list(&ap.health().await.unwrap()), []);
    ap.device.add_fault(Fault::Drop { after: Some("status".to_owned()), bytes: None });
    ap.health().await.unwrap_err();
    ap.device.clear_faults();
    assert_eq!(ap.all_closed(), 3);
    let switch = Page::start("tachyon", "TYT100", json!({ "model": "TNS-100" })).await;
    assert_eq!(list(&switch.health().await.unwrap()), []);
    assert_eq!(switch.all_closed(), 1);
}

#[tokio::test]
async fn a_wave_tells_that_it_is_up_and_as_what() {
    let ap = Page::start("wave", "UBWAP", json!({})).await;
    let health = ap.health().await.unwrap();
    is(&health, Some("Wave-AP"), Some("3.4.0"));
    assert_eq!(list(&health), []);
    ap.turn(json!({ "model": "Wave-Nano" }));
    assert_eq!(ap.health().await.unwrap_err().class, FailureClass::WrongModel);
    assert_eq!(ap.all_closed(), 2);
}

#[tokio::test]
async fn a_netonix_tells_links_and_poe_by_console_and_by_pages() {
    let config = |enabled: bool| {
        let ports: Vec<Value> = (1..=14)
            .map(|number| json!({ "Number": number, "Name": "x", "Enable": number != 14 || enabled }))
            .collect();
        json!({ "Switch_Name": "SWT", "Ports": ports })
    };
    let ports =
        json!([{ "link": "1G", "poe": "48VH", "watts": "12.4" }, { "link": "100M-F", "poe": "24V", "watts": "3.5" }]);
    let mut switch = Page::start("netonix", "NXWS14", json!({ "ports": ports, "config": config(true) })).await;
    let expected = |last_is_down: bool| {
        let mut expected = vec![
            (Metric::InterfaceUp, "1", 1.0),
            (Metric::InterfaceSpeed, "1", 1e9),
            (Metric::PoeUp, "1", 1.0),
            (Metric::PoePower, "1", 12.4),
            (Metric::InterfaceUp, "2", 1.0),
            (Metric::InterfaceSpeed, "2", 1e8),
            (Metric::PoeUp, "2", 1.0),
            (Metric::PoePower, "2", 3.5),
        ];
        for of in ["3", "4", "5", "6", "7", "8", "9", "10", "11", "12"] {
            expected.extend([(Metric::InterfaceUp, of, 0.0), (Metric::PoeUp, of, 0.0), (Metric::PoePower, of, 0.0)]);
        }
        expected.extend([(Metric::InterfaceUp, "13", 1.0), (Metric::InterfaceSpeed, "13", 1e9)]);
        expected.extend(last_is_down.then_some((Metric::InterfaceUp, "14", 0.0)));
        expected
    };
    let health = switch.health().await.unwrap();
    is(&health, None, Some("1.5.25"));
    assert_eq!(list(&health), expected(true));
    // A port that the settings switch off is not down.
    switch.turn(json!({ "config": config(false) }));
    assert_eq!(list(&switch.health().await.unwrap()), expected(false));
    // An account that may not see the settings sees the ports: which of them are meant to be up is not known.
    switch.turn(json!({ "read_only": true }));
    let health = switch.health().await.unwrap();
    is(&health, None, None);
    assert!(list(&health).iter().all(|(metric, _, value)| *metric != Metric::InterfaceUp || *value == 1.0));
    assert_eq!(crate::netonix::all_closed(&switch.device).await, 3);
    switch.turn(json!({ "read_only": false, "config": config(true) }));
    // The same by its pages, which do not show the firmware.
    switch.target.ports.ssh = None;
    let health = switch.health().await.unwrap();
    is(&health, None, None);
    assert_eq!(list(&health), expected(true));
}

#[tokio::test]
async fn a_cnmatrix_is_asked_by_snmp_and_else_by_one_page() {
    let mut switch = Page::start("cnmatrix", "CN1012", json!({})).await;
    let health = switch.health().await.unwrap();
    is(&health, None, Some("4.4-r3"));
    assert_eq!(list(&health), []);
    assert_eq!(switch.received("session"), ["opened", "closed"]);
    let rows = json!({ "rows": [
        "1.3.6.1.2.1.1.1.0|4|Cambium Networks cnMatrix TX1012-P-DC Ethernet Switch HW:01 SW:4.4-r3",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.17713.24",
        "1.3.6.1.4.1.2076.81.1.66.0|2|41",
        "1.3.6.1.4.1.2076.81.1.68.0|2|7",
        "1.3.6.1.4.1.2076.103.1.3.1.4.1.3|2|536",
        "1.3.6.1.4.1.2076.103.1.3.1.5.1.3|2|24500",
        "1.3.6.1.4.1.2076.103.1.3.1.5.1.4|2|0",
    ] });
    let agent = Page::start("snmp", "GENERIC", rows).await;
    switch.target.snmp = Some(SnmpLogin::V2c { community: Secret::new("public") });
    switch.target.ports.snmp = agent.device.ports().snmp;
    let health = switch.health().await.unwrap();
    is(&health, Some("TX1012-P-DC"), Some("4.4-r3"));
    assert_eq!(
        list(&health),
        [
            (Metric::Temperature, "system", 41.0),
            (Metric::CpuBusy, "all", 0.07),
            (Metric::PoePower, "3", 24.5),
            (Metric::PoeUp, "3", 1.0),
            (Metric::PoePower, "4", 0.0),
            (Metric::PoeUp, "4", 0.0),
        ]
    );
    // A silent agent makes nobody think that the switch is down.
    agent.device.add_fault(Fault::Mute { after: None });
    let health = switch.health().await.unwrap();
    is(&health, None, Some("4.4-r3"));
    assert_eq!(list(&health), []);
    let sessions = switch.received("session");
    assert_eq!(sessions.iter().filter(|input| *input == "opened").count(), sessions.len() / 2, "{sessions:?}");
}

#[tokio::test]
async fn a_smartsys_tells_the_battery_and_what_feeds_the_load() {
    let ups = Page::start("smartsys", "SS", json!({})).await;
    let health = ups.health().await.unwrap();
    is(&health, Some("SC501"), Some("V201"));
    let expected = |volts: f64, mains: f64, battery: f64| {
        vec![
            (Metric::BatteryVoltage, "", volts),
            (Metric::PowerSource, "mains", mains),
            (Metric::PowerSource, "battery", battery),
            (Metric::PowerSource, "bypass", 0.0),
            (Metric::PowerSource, "boost", 0.0),
            (Metric::PowerSource, "off", 0.0),
        ]
    };
    assert_eq!(list(&health), expected(54.2, 1.0, 0.0));
    ups.turn(json!({ "battery_status": "0", "battery_volts": "47.9" }));
    assert_eq!(list(&ups.health().await.unwrap()), expected(47.9, 0.0, 1.0));
    // A state that no document names is none of them, and a voltage that is none is absent.
    ups.turn(json!({ "battery_status": "7", "battery_volts": "--" }));
    assert_eq!(list(&ups.health().await.unwrap()), []);
    // A controller without the document is up, and tells nothing.
    ups.turn(json!({ "missing": ["batt_data"] }));
    let health = ups.health().await.unwrap();
    is(&health, Some("SC501"), Some("V201"));
    assert_eq!(list(&health), []);
}

#[tokio::test]
async fn a_panel_tells_its_outputs_by_its_page() {
    let outputs = json!([
        { "name": "R1", "current": "-1.1" }, { "name": "R2", "current": "0.0", "enabled": false },
        { "name": "R3", "fuse": "open" }, { "name": "R4", "state": "TRIPPED?" },
    ]);
    let panel = Page::start("ict-rpc", "ICT200DB", json!({ "outputs": outputs })).await;
    let health = panel.health().await.unwrap();
    is(&health, Some("ICT200DB-12IRC"), Some("4.01"));
    let values = list(&health);
    let value = |metric, of| values.iter().find(|row| (row.0, row.1) == (metric, of)).map(|row| row.2);
    assert_eq!((value(Metric::OutletUp, "1A"), value(Metric::OutletCurrent, "1A")), (Some(1.0), Some(-1.1)));
    assert_eq!((value(Metric::OutletUp, "2A"), value(Metric::FuseOk, "2A")), (Some(0.0), None));
    assert_eq!(value(Metric::FuseOk, "1B"), Some(0.0));
    assert_eq!((value(Metric::OutletUp, "2B"), value(Metric::FuseOk, "2B")), (None, None));
    assert_eq!(panel.received("http"), ["GET /"]);
    panel.turn(json!({ "page": "<html><body>It works!</body></html>" }));
    assert_eq!(panel.health().await.unwrap_err().class, FailureClass::Protocol);
}
