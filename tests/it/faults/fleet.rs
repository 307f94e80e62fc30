//! Two hundred devices at once, every kind of fault on some of them: the faulty ones fail each in its own way, and no
//! other one notices.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;

use super::{at_rest, nothing_is_left, with_addresses};

const DEVICES: usize = 200;
/// Devices with each fault: 5 %.
const OF_EACH: usize = DEVICES / 20;
/// Rounds of silence, login and the queue of a busy machine.
const BOUND: Duration = Duration::from_secs(100);

const SSH: (&str, &str) = ("routeros", "ido.swt.running_config");
const SNMP: (&str, &str) = ("apc-ups", "ido.ups.device_info");
const HTTP: (&str, &str) = ("ict-rpc", "ido.rpc.device_info");

/// The class in which a fault of the list ends, by the kind of device.
/// A fault, and the class that a job of a kind of device must end with under it.
type Expected = (Fault, fn(&str) -> &'static str);

fn faults() -> Vec<Expected> {
    vec![
        (Fault::Refuse {}, |kind| if kind == "apc-ups" { "timeout" } else { "protocol_error" }),
        (Fault::Mute { after: None }, |_| "timeout"),
        (Fault::Auth {}, |kind| if kind == "apc-ups" { "timeout" } else { "auth_failed" }),
        (Fault::Drop { after: None, bytes: None }, |kind| if kind == "apc-ups" { "timeout" } else { "protocol_error" }),
        (Fault::Drop { after: None, bytes: Some(90) }, |kind| match kind {
            "apc-ups" => "timeout",
            _ => "protocol_error",
        }),
        (Fault::Garbage { bytes: Some(700), endless: false }, |kind| match kind {
            "apc-ups" => "timeout",
            _ => "protocol_error",
        }),
    ]
}

#[tokio::test]
async fn a_smaller_s05() {
    let seed = towerhand::clock::Chance::system().number().unwrap();
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let kinds = [SSH, SSH, SSH, SNMP, HTTP];
    let devices: Vec<(String, &str, Value, &str)> = (0..DEVICES)
        .map(|at| {
            let (kind, action) = kinds[at % kinds.len()];
            let state = match kind {
                "routeros" => {
                    json!({ "export_bytes": 2_000 + 500 * (at % 7), "password": format!("pw-{at}-{seed:x}") })
                }
                "apc-ups" => json!({ "community": format!("community-{at}-{seed:x}"), "name": format!("ups-{at}") }),
                _ => json!({ "password": format!("page-{at}-{seed:x}") }),
            };
            (format!("d{at}"), kind, state, action)
        })
        .collect();
    let specs = devices.iter().map(|(name, kind, state, _)| (name.clone(), *kind, state.clone())).collect();
    let (lab, daemon) = with_addresses(25, specs, "").await;
    let tasks = at_rest(&daemon).await;

    let mut order: Vec<usize> = (0..DEVICES).collect();
    random.shuffle(&mut order);
    let faults = faults();
    let mut expected: BTreeMap<usize, (&'static str, String)> = BTreeMap::new();
    for (number, at) in order.iter().take(OF_EACH * faults.len()).enumerate() {
        let (fault, class) = &faults[number % faults.len()];
        let (name, kind, ..) = &devices[*at];
        lab.device(name).unwrap().add_fault(fault.clone());
        expected.insert(*at, (class(kind), format!("{fault:?}")));
    }
    for (at, (name, kind, ..)) in devices.iter().enumerate() {
        if *kind != "apc-ups" && !expected.contains_key(&at) {
            let after = ["\n", "\r", "=", "/"][random.usize(..4)].to_owned();
            lab.device(name).unwrap().add_fault(Fault::Split { after, ms: 0 });
        }
    }

    let started = towerhand::clock::Stopwatch::start();
    let mut jobs = Vec::new();
    for (name, _, _, action) in &devices {
        jobs.push(daemon.api.submit(action, json!({ "device": name })).await);
    }
    for (at, id) in jobs.iter().enumerate() {
        let (name, kind, state, _) = &devices[at];
        let job = daemon.api.ended(id).await;
        let text = job.to_string();
        match expected.get(&at) {
            Some((class, fault)) => {
                let head = format!("{class}: {name} (");
                let error = job["error"].as_str().unwrap_or_default();
                assert!(error.starts_with(&head) && job["result"].is_null(), "{kind} with {fault}: {text}");
            }
            None => {
                assert_eq!(job["status"], "success", "{name} ({kind}) is sound: {text}");
                let response = &job["result"]["response"];
                match *kind {
                    "routeros" => {
                        let config = response.as_str().unwrap();
                        assert!(config.contains(&format!("/system identity set name={name}\n")), "{config}");
                        assert_eq!(config.matches("/system identity set").count(), 1, "{config}");
                    }
                    _ => {
                        let address = lab.device(name).unwrap().address.to_string();
                        assert_eq!(response["ip_address"], address.as_str(), "{text}");
                    }
                }
            }
        }
        for secret in ["password", "community"].iter().filter_map(|knob| state[*knob].as_str()) {
            assert!(!text.contains(secret), "{name}: {text}");
        }
    }
    assert!(started.elapsed() < BOUND, "it took {:?}", started.elapsed());
    nothing_is_left(&lab, &daemon, &tasks).await;
    daemon.stop().await;
}
