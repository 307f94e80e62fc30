//! By which way a device is polled: its agent, a session where the agent is silent, both, and none beside a writer. The
//! journals of the agents and of the pages say who was asked.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::{Value, json};
use towerhand::clock::Clock;
use towerhand_simulators::core::{Device, Entry, Fault};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;
use towerhand_simulators::web::sessions;

use super::{ASKED, clock, later, probe, shows, value};
use crate::engine::wait::{count, journal, until};
use crate::support::{Setup, TestDaemon};

/// A device with two faces, each simulated by its own kind at one address, and a daemon that knows both.
struct TwoFaced {
    agent: Arc<Device>,
    face: Arc<Device>,
    daemon: TestDaemon,
    clock: Clock,
    _lab: Lab,
}

const NAME: &str = "dev-1";

impl TwoFaced {
    /// `login` is the SNMP login of the inventory, as YAML.
    async fn start(last: u8, kind: &str, device_type: &str, agent: Value, login: &str) -> Self {
        let address = IpAddr::from(Ipv4Addr::new(127, 61, 7, last));
        let at = |spec: DeviceSpec| DeviceSpec { address, ..spec };
        let specs = vec![
            at(DeviceSpec::local("agent", "snmp", agent)),
            at(DeviceSpec { device_type: Some(device_type.to_owned()), ..DeviceSpec::local("face", kind, json!({})) }),
        ];
        let lab = Lab::start(LabSpec::of(specs)).await.unwrap();
        let (agent, face) = (lab.device("agent").unwrap(), lab.device("face").unwrap());
        let ports = face.ports();
        let port = |name: &str, port: Option<u16>| port.map(|port| format!("{name}: {port}, ")).unwrap_or_default();
        let inventory = format!(
            "sites: [{{name: LAB}}]\ndevices:\n  - name: {NAME}\n    address: {address}\n    type: {device_type}\n    site: LAB\n    \
             ports: {{{}{}{}snmp: {}}}\n    credentials:\n      username: admin\n      password: {{insecure_plain: sim}}\n      \
             snmp: {login}\n",
            port("ssh", ports.ssh),
            port("http", ports.http),
            port("https", ports.https),
            agent.ports().snmp.unwrap(),
        );
        let clock = clock();
        let settings = ASKED.to_owned();
        let daemon =
            TestDaemon::start(Setup { inventory: Some(inventory), settings, clock: clock.clone(), ..Setup::default() })
                .await;
        Self { agent, face, daemon, clock, _lab: lab }
    }

    /// One more poll; what it shows.
    async fn poll(&self) -> String {
        later(&self.clock);
        probe(&self.daemon, NAME).await
    }

    /// Datagrams that the agent has had.
    fn asked(&self) -> usize {
        self.agent.journal().len()
    }
}

const PLAIN: &str = "{version: 2c, community: {insecure_plain: public}}";

fn via(text: &str, via: &str) {
    shows(text, r#"towerhand_device_up{device="dev-1",site="LAB"} 1"#);
    shows(text, &format!(r#"towerhand_device_poll_via{{device="dev-1",site="LAB",via="{via}"}} 1"#));
}

fn epmp() -> Value {
    json!({ "rows": [
        "1.3.6.1.2.1.1.1.0|4|Cambium ePMP",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.17713.21",
        "1.3.6.1.2.1.1.3.0|67|360000",
    ] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_agent_is_stood_in_for_by_a_session_and_asked_now_and_then() {
    let radio = TwoFaced::start(1, "epmp", "CNEP3K", epmp(), PLAIN).await;
    via(&radio.poll().await, "snmp");
    assert!(radio.asked() > 0 && radio.face.journal().is_empty(), "an agent that answers is asked alone");

    // In the same poll.
    radio.agent.add_fault(Fault::Mute { after: None });
    let before = radio.asked();
    let text = radio.poll().await;
    via(&text, "http");
    shows(&text, r#"towerhand_radio_stations{device="dev-1",site="LAB"} 3"#);
    shows(&text, r#"towerhand_device_polls_total{device="dev-1",site="LAB",outcome="ok"} 2"#);
    assert!(!text.contains("outcome=\"failed\"} 1"), "{text}");
    let silent = radio.asked();
    assert_eq!(silent, before + 1, "one request, not repeated");
    // From then on without the time-out, but every tenth time.
    for _ in 0..9 {
        via(&radio.poll().await, "http");
    }
    assert_eq!(radio.asked(), silent);
    via(&radio.poll().await, "http");
    assert_eq!(radio.asked(), silent + 1);
    radio.agent.clear_faults();
    for _ in 0..9 {
        via(&radio.poll().await, "http");
    }
    via(&radio.poll().await, "snmp");
    via(&radio.poll().await, "snmp");
    let (opened, closed, expired) = sessions::count(&radio.face.journal());
    assert_eq!((opened, opened), (20, closed + expired));
}

/// A radio of which nothing answers is down; what comes back first is what it is read by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_radio_of_which_nothing_answers_is_down() {
    let radio = TwoFaced::start(2, "tachyon", "TYN301", epmp(), PLAIN).await;
    radio.agent.add_fault(Fault::Mute { after: None });
    radio.face.add_fault(Fault::Refuse {});
    for failed in 1..=2 {
        let asked = radio.asked();
        let text = radio.poll().await;
        shows(&text, r#"towerhand_device_up{device="dev-1",site="LAB"} 0"#);
        let polls = r#"towerhand_device_polls_total{device="dev-1",site="LAB",outcome="failed"}"#;
        assert_eq!(value(&text, polls), Some(f64::from(failed)));
        assert_eq!(radio.asked(), asked + 1, "the agent is asked first each time");
    }
    radio.agent.clear_faults();
    via(&radio.poll().await, "snmp");
}

/// An agent that says no is there: its credentials are wrong, which no session mends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_snmp_credentials_are_no_silence() {
    let login = "{version: \"3\", user: sim, auth: sha256, auth_password: {insecure_plain: another-password}, priv: aes128, \
                 priv_password: {insecure_plain: sim-priv-password}}";
    let mut agent = epmp();
    agent["snmp_version"] = json!("3");
    let radio = TwoFaced::start(3, "epmp", "CNEP3K", agent, login).await;
    let text = radio.poll().await;
    shows(&text, r#"towerhand_device_unreachable{device="dev-1",site="LAB",reason="auth_failed"} 1"#);
    assert!(radio.face.journal().is_empty(), "{:?}", radio.face.journal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_netonix_is_asked_both_ways() {
    let rows = json!({ "rows": [
        "1.3.6.1.2.1.1.1.0|4|Netonix WS-12-250-AC",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.46242",
        "1.3.6.1.2.1.1.3.0|67|360000",
        "1.3.6.1.4.1.46242.3.1.2.1|4|CPU",
        "1.3.6.1.4.1.46242.3.1.3.1|2|48",
    ] });
    let switch = TwoFaced::start(4, "netonix", "NXWS12", rows, PLAIN).await;
    let temperature = r#"towerhand_temperature_celsius{device="dev-1",site="LAB",sensor="CPU"}"#;
    let uptime = r#"towerhand_device_uptime_seconds{device="dev-1",site="LAB"}"#;
    let ports = |text: &str| text.lines().filter(|line| line.starts_with("towerhand_poe_up{")).count();
    let text = switch.poll().await;
    via(&text, "snmp+ssh");
    assert_eq!(value(&text, temperature), Some(48.0), "{text}");
    assert!(value(&text, uptime).is_some_and(|seconds| seconds >= 3600.0), "{text}");
    let fed = ports(&text);
    assert!(fed > 0, "{text}");

    // Without its agent, ports; without its session, the rest.
    switch.agent.add_fault(Fault::Mute { after: None });
    let text = switch.poll().await;
    via(&text, "ssh");
    assert_eq!((value(&text, temperature), ports(&text)), (None, fed), "{text}");
    let silent = switch.asked();
    via(&switch.poll().await, "ssh");
    assert_eq!(switch.asked(), silent);
    switch.agent.clear_faults();
    for _ in 0..9 {
        switch.poll().await;
    }
    switch.face.add_fault(Fault::Refuse {});
    let text = switch.poll().await;
    shows(&text, r#"towerhand_device_up{device="dev-1",site="LAB"} 1"#);
    assert_eq!((value(&text, temperature), ports(&text)), (Some(48.0), 0), "{text}");
}

/// A job that writes has the device for itself: no second login. The radio has no SNMP credentials.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_is_opened_beside_a_writer() {
    let clock = clock();
    let radio = DeviceSpec {
        address: Ipv4Addr::new(127, 61, 7, 5).into(),
        ..DeviceSpec::local(NAME, "aviat", json!({"stp": "up", "delay_ms": 1_000}))
    };
    let lab = Lab::start(LabSpec::of(vec![radio])).await.unwrap();
    let inventory: Vec<String> = lab
        .inventory_yaml()
        .lines()
        .filter(|line| !line.trim_start().starts_with("snmp:"))
        .map(str::to_owned)
        .collect();
    let settings = ASKED.to_owned();
    let inventory = Some(inventory.join("\n") + "\n");
    let daemon = TestDaemon::start(Setup { inventory, settings, clock: clock.clone(), ..Setup::default() }).await;
    let radio = lab.device(NAME).unwrap();
    let logins = || count(&radio.journal(), "auth", "");

    crate::engine::wait::hold(&lab);
    let job = daemon.api.submit("aviat.fix_stp", json!({"ip": "127.61.7.5", "force": true})).await;
    let accepted = |entry: &Entry| entry.channel == "auth" && entry.input.contains("accepted");
    journal(&radio, "the writer's login", |journal| journal.iter().any(accepted)).await;
    let before = logins();
    for skipped in 1..=2 {
        let text = probe(&daemon, NAME).await;
        let polls = r#"towerhand_device_polls_total{device="dev-1",site="LAB",outcome="skipped"}"#;
        assert_eq!(value(&text, polls), Some(f64::from(skipped)), "{text}");
        assert!(
            !text.contains("unreachable") && !text.contains("towerhand_device_up{"),
            "nothing is known yet: {text}"
        );
    }
    assert_eq!(logins(), before, "{:?}", radio.journal());
    crate::engine::wait::release(&lab);
    assert_eq!(daemon.api.ended(&job).await["status"], "success");
    until("the next poll", async || {
        later(&clock);
        probe(&daemon, NAME).await.contains(r#"towerhand_device_up{device="dev-1",site="LAB"} 1"#)
    })
    .await;
    assert!(logins() > before);
}
