//! Through the whole daemon: results as clients see them, host keys, lock-outs, secrets, many boxes at once.

use serde_json::{Value, json};
use towerhand_simulators::core::Fault;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::engine::wait::{count, journal};
use crate::support::{Setup, TestDaemon};

const CONFIG: &str = "ido.swt.running_config";
const INFO: &str = "ido.swt.device_info";

/// Devices with addresses of their own, and a daemon that knows them.
async fn site(devices: Vec<(String, Value)>, settings: &str) -> (Lab, TestDaemon) {
    let specs = (1..).zip(devices).map(|(number, (name, state)): (u8, _)| DeviceSpec {
        address: [127, 13, 0, number].into(),
        ..DeviceSpec::local(&name, "nokia", state)
    });
    let lab = Lab::start(LabSpec::of(specs.collect())).await.unwrap();
    let setup = Setup { inventory: Some(lab.inventory_yaml()), settings: settings.to_owned(), ..Setup::default() };
    let daemon = TestDaemon::start(setup).await;
    (lab, daemon)
}

async fn one(state: Value) -> (Lab, TestDaemon) {
    site(vec![("n1".to_owned(), state)], "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_a_config_is_marked_and_no_secret_is_shown() {
    for personality in ["ixr-classic-22.10", "ixr-md-24.10"] {
        let (lab, daemon) = one(json!({"personality": personality})).await;
        let text = daemon.api.response(CONFIG, json!({"device": "n1"})).await;
        let text = text.as_str().unwrap();
        for secret in ["q7Community8x", "$2y$10$", "q7BgpKey9z"] {
            assert!(!text.contains(secret), "{personality}: {secret} in {text}");
        }
        assert_eq!(text.matches("<redacted:").count(), 3, "{text}");
        assert!(text.contains("198.51.100.60") && text.contains("Pine Ridge hut"), "{text}");
        let again = daemon.api.response(CONFIG, json!({"device": "n1"})).await;
        assert_eq!(again, text, "an unchanged device");
        // A changed secret is a change.
        lab.device("n1").unwrap().merge(super::bench::object(json!({"secrets": {"bgp": "q7Other"}})));
        let changed = daemon.api.response(CONFIG, json!({"device": "n1"})).await;
        assert_ne!(changed, text);
        assert!(!changed.as_str().unwrap().contains("q7Other"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn device_info_is_a_swts_with_its_rows() {
    let (lab, daemon) = one(json!({"psus": ["up", "failed"]})).await;
    let response = daemon.api.response(INFO, json!({"device": "n1", "run_tests": true})).await;
    assert_eq!((&response["success"], &response["device_type"]), (&json!(true), &json!("NK7250")));
    assert_eq!((&response["model"], &response["firmware"]), (&json!("7250 IXR-e"), &json!("22.10.R9")));
    assert_eq!((&response["serial"], &response["configuration_mode"]), (&json!("NS2234F0601"), &json!("classic")));
    assert_eq!(response["status"], "degraded");
    let rows = response["test_results"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}: {rows:?}"));
    assert_eq!((&row("Power Supply 2")["actual"], &row("Power Supply 2")["pass"]), (&json!("failed"), &json!(false)));
    assert_eq!(row("Ping")["pass"], true);
    assert_eq!(response["health"]["cpu_load_percent"], 2);
    // Unreachable is an error, not a success with empty rows.
    lab.device("n1").unwrap().add_fault(Fault::Refuse {});
    let error = daemon.api.error(INFO, json!({"device": "n1", "run_tests": true})).await;
    assert!(error.starts_with("unreachable: ") || error.starts_with("protocol_error: "), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n13_a_host_key_that_changed_with_a_reboot_is_an_alarm() {
    let (lab, daemon) = one(json!({})).await;
    let n1 = lab.device("n1").unwrap();
    daemon.api.response(CONFIG, json!({"device": "n1"})).await;
    n1.add_fault(Fault::Hostkey {});
    let error = daemon.api.error(CONFIG, json!({"device": "n1"})).await;
    assert!(error.starts_with("host_key_changed: ") && error.contains("accept-key"), "{error}");
    let journal = journal(&n1, "the end of both sessions", |journal| count(journal, "tcp", "close") >= 2).await;
    assert_eq!(count(&journal, "auth", ""), 1, "no credential was sent to the unknown one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n15_after_two_wrong_passwords_there_is_no_third_attempt() {
    let (lab, daemon) = one(json!({"password": "right"})).await;
    let n1 = lab.device("n1").unwrap();
    let wrong = json!({"device": "n1", "password": "wrong"});
    for _ in 0..2 {
        let error = daemon.api.error(CONFIG, wrong.clone()).await;
        assert!(error.starts_with("auth_failed: "), "{error}");
    }
    for action in [CONFIG, INFO] {
        let error = daemon.api.error(action, wrong.clone()).await;
        assert!(error.starts_with("locked: ") && error.contains("correct the credentials"), "{error}");
    }
    let entries = n1.journal();
    assert_eq!((count(&entries, "auth", "password admin refused"), count(&entries, "auth", "")), (2, 2));
    // The account is not locked: a person can still log in.
    assert_eq!(count(&entries, "auth", "password admin locked"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n15_a_success_in_between_forgets_the_refusals() {
    let (lab, daemon) = one(json!({})).await;
    for _ in 0..2 {
        let error = daemon.api.error(INFO, json!({"device": "n1", "password": "wrong"})).await;
        assert!(error.starts_with("auth_failed: "), "{error}");
        daemon.api.response(INFO, json!({"device": "n1"})).await;
    }
    assert_eq!(count(&lab.device("n1").unwrap().journal(), "auth", "password admin refused"), 2);
}

/// A share of S05: 24 boxes of all personalities, each config as the box's own; those with a fault end with their own
/// class.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s05_many_boxes_each_get_their_own_answer() {
    let personalities = ["ixr-classic-22.10", "ixr-mixed-23.10", "ixr-md-24.10", "timos-19-md"];
    let devices: Vec<(String, Value)> = (0..24)
        .map(|number| {
            let personality = personalities[number % 4];
            (
                format!("n{number}"),
                json!({"personality": personality, "fragment_seed": number, "location": format!("hut {number} of 24")}),
            )
        })
        .collect();
    let (lab, daemon) = site(devices, "[jobs]\nworkers = 12\n[ssh]\nidle_seconds = 5\n").await;
    let faults = [
        (3, Fault::Refuse {}, &["unreachable: ", "protocol_error: "][..]),
        (7, Fault::Auth {}, &["auth_failed: "]),
        (11, Fault::Mute { after: Some("admin show".to_owned()) }, &["timeout: "]),
        (18, Fault::Drop { after: Some("admin show".to_owned()), bytes: None }, &["protocol_error: "]),
    ];
    for (number, fault, _) in &faults {
        lab.device(&format!("n{number}")).unwrap().add_fault(fault.clone());
    }
    let mut jobs = Vec::new();
    for number in 0..24 {
        jobs.push((number, daemon.api.submit(CONFIG, json!({"device": format!("n{number}")})).await));
    }
    for (number, id) in jobs {
        let job = daemon.api.ended(&id).await;
        match faults.iter().find(|(faulty, ..)| *faulty == number) {
            Some((_, _, classes)) => {
                let error = job["error"].as_str().unwrap_or_default();
                assert!(classes.iter().any(|class| error.starts_with(class)), "n{number}: {job}");
                assert!(error.contains(&format!("n{number} ")), "{error}");
            }
            None => {
                let text = job["result"]["response"].as_str().unwrap_or_else(|| panic!("n{number}: {job}"));
                assert!(text.contains(&format!("\"hut {number} of 24\"")), "n{number} has another's config");
            }
        }
    }
}
