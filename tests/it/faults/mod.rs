//! Every fault of the simulated equipment against every transport, through the whole daemon: a job ends in bounded
//! time, with a class and a sentence, after exactly as many attempts as are allowed, and leaves nothing behind.

mod fleet;
mod matrix;
mod sessions;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::Value;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Setup, TestDaemon};

/// Short deadlines, long enough for a machine that is busy with other tests.
const DEADLINES: &str = "
[ssh]
connect_seconds = 5
login_seconds = 12
command_seconds = 20
idle_seconds = 4
max_output_bytes = 2000000
[snmp]
timeout_ms = 700
retries = 1
walk_timeout_s = 15
[http]
connect_timeout_ms = 4000
total_timeout_ms = 4000
[jobs]
workers = 256
";

/// Beside [`DEADLINES`]: a router is not asked for its secrets, so that its config is one command.
const NO_SECRETS: &str = "[archive]\nread_secrets = false\n";

/// A lab whose devices have addresses of their own, `127.NET.x.y`, and a daemon with [`DEADLINES`] and more settings.
async fn with_addresses(net: u8, devices: Vec<(String, &str, Value)>, more: &str) -> (Lab, TestDaemon) {
    let specs = devices.into_iter().enumerate().map(|(at, (name, kind, state))| {
        let [.., high, low] = u32::try_from(at + 1).unwrap().to_be_bytes();
        let address = IpAddr::V4(Ipv4Addr::new(127, net, high, low));
        DeviceSpec { address, ..DeviceSpec::local(&name, kind, state) }
    });
    let lab = Lab::start(LabSpec::of(specs.collect())).await.unwrap();
    let setup =
        Setup { inventory: Some(lab.inventory_yaml()), settings: format!("{DEADLINES}{more}"), ..Setup::default() };
    (lab, TestDaemon::start(setup).await)
}

/// Sockets of this machine that are connected to one of `addresses`: what the daemon has open towards devices.
fn sockets_to(addresses: &[IpAddr]) -> Vec<String> {
    let mut found = Vec::new();
    // 01 is ESTABLISHED (a connected socket, for UDP too), 08 is CLOSE_WAIT.
    for (file, states) in [("/proc/self/net/tcp", ["01", "08"]), ("/proc/self/net/udp", ["01", "01"])] {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (remote, state) = (fields[2], fields[3]);
            let (address, _) = remote.split_once(':').unwrap();
            let address = Ipv4Addr::from(u32::from_str_radix(address, 16).unwrap().to_le_bytes());
            if states.contains(&state) && addresses.contains(&IpAddr::V4(address)) {
                found.push(line.to_owned());
            }
        }
    }
    found
}

/// The tasks of a daemon that has done a job and waits for the next.
async fn at_rest(daemon: &TestDaemon) -> Vec<&'static str> {
    daemon.api.run("health.get", Value::Null).await;
    let tasks = daemon.tasks.alive();
    // The step itself ends a moment after its job.
    tasks.into_iter().filter(|name| *name != "job-step").collect()
}

/// Nothing is left: no socket towards a device, no task that was not there before.
async fn nothing_is_left(lab: &Lab, daemon: &TestDaemon, tasks_before: &[&'static str]) {
    let addresses: Vec<IpAddr> = lab.devices().iter().map(|device| device.address).collect();
    let mut left = Vec::new();
    // The kernel tells nobody when a socket goes: looked at until it is gone, or for ten seconds.
    for _ in 0..200 {
        left = sockets_to(&addresses);
        if left.is_empty() && daemon.tasks.alive() == tasks_before {
            return;
        }
        towerhand::clock::Clock::system().sleep(Duration::from_millis(50)).await;
    }
    panic!("left behind: {left:#?}, tasks {:?}, before {tasks_before:?}", daemon.tasks.alive());
}
