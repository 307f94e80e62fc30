//! The daemon's SNMP client against the simulators' agent, which is built on another codec.

use std::sync::Arc;

use serde_json::json;
use towerhand::model::{FailureClass, Secret, SnmpAuth, SnmpPriv};
use towerhand::transport::SnmpLogin;
use towerhand::transport::snmp::{Client, Config, Oid, Value, Varbind};
use towerhand_simulators::core::{Device, Ports, SimClock};
use towerhand_simulators::running::Running;
use towerhand_simulators::snmp;

use super::{cx, snmp_target, v1, v2c};

const ROWS: u32 = 1000;
const TABLE: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 99, 1]);

struct Agent {
    port: u16,
    _running: Running,
}

async fn agent(mut knobs: serde_json::Value) -> Agent {
    let rows: Vec<String> =
        (1..=ROWS).map(|index| format!("{TABLE}.{index}|66|{}", 4_294_966_000_u32 + index)).collect();
    knobs["rows"] = json!(rows);
    knobs["community"] = json!("public");
    knobs["write_community"] = json!("private");
    knobs["snmp_version"] = json!("all");
    knobs["snmp_user"] = json!("noc");
    knobs["snmp_auth"] = json!("sha256");
    knobs["snmp_auth_password"] = json!("the digest key");
    knobs["snmp_priv_password"] = json!("the cipher key");
    let clock = SimClock::default();
    clock.set_rate(0.0);
    let here = super::target().address;
    let device = Device::new("ups", "ict-pdu", "X", "ups", here, clock, knobs.as_object().unwrap().clone());
    let running = snmp::start(Arc::clone(&device), Ports { snmp: Some(0), ..Ports::default() }).await.unwrap();
    Agent { port: device.ports().snmp.unwrap(), _running: running }
}

fn v3(privacy: SnmpPriv) -> SnmpLogin {
    SnmpLogin::V3 {
        user: "noc".to_owned(),
        auth: SnmpAuth::Sha256,
        auth_password: Secret::new("the digest key"),
        privacy,
        priv_password: Secret::new("the cipher key"),
    }
}

fn quick() -> Config {
    Config { timeout_ms: 2000, ..Config::default() }
}

async fn walk(agent: &Agent, login: SnmpLogin, config: &Config) {
    let mut client = Client::new(&snmp_target(agent.port, login), config).unwrap();
    let found = client.walk(&cx(), &TABLE).await.unwrap();
    let expected: Vec<Varbind> =
        (1..=ROWS).map(|index| Varbind::new(TABLE.child(&[index]), Value::Gauge32(4_294_966_000 + index))).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn every_version_walks_the_whole_table() {
    for (name, privacy) in [("aes", SnmpPriv::Aes128), ("aes256", SnmpPriv::Aes256)] {
        let agent = agent(json!({ "snmp_priv": name })).await;
        for login in [v1("public"), v2c("public"), v3(privacy)] {
            walk(&agent, login, &quick()).await;
        }
    }
}

#[tokio::test]
async fn an_agent_that_cannot_do_large_answers_is_walked_all_the_same() {
    for knobs in [
        json!({ "max_repetitions": 5 }),
        json!({ "max_repetitions": 5, "over_limit": "genErr" }),
        json!({ "max_varbinds": 1 }),
        json!({ "duplicate": true }),
        json!({ "drop_first": 2 }),
    ] {
        let agent = agent(knobs).await;
        walk(&agent, v2c("public"), &Config { timeout_ms: 500, ..Config::default() }).await;
        walk(&agent, v3(SnmpPriv::Aes128), &quick()).await;
    }
    let agent = agent(json!({ "no_getbulk": true })).await;
    walk(&agent, v2c("public"), &Config { timeout_ms: 200, ..Config::default() }).await;
    walk(&agent, v2c("public"), &Config { timeout_ms: 200, retries: 0, no_bulk: true, ..Config::default() }).await;
}

#[tokio::test]
async fn a_loop_is_an_error() {
    let agent = agent(json!({ "loop_at": format!("{TABLE}.700") })).await;
    let mut client = Client::new(&snmp_target(agent.port, v2c("public")), &quick()).unwrap();
    assert_eq!(client.walk(&cx(), &TABLE).await.unwrap_err().class, FailureClass::Protocol);
}

#[tokio::test]
async fn a_wrong_v3_password_is_refused() {
    let agent = agent(json!({})).await;
    let SnmpLogin::V3 { user, auth, privacy, priv_password, .. } = v3(SnmpPriv::Aes128) else { return };
    let login = SnmpLogin::V3 { user, auth, auth_password: Secret::new("another key"), privacy, priv_password };
    let mut client = Client::new(&snmp_target(agent.port, login), &quick()).unwrap();
    assert_eq!(client.get(&cx(), &[TABLE]).await.unwrap_err().class, FailureClass::AuthRefused);
}
