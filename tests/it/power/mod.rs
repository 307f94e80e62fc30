//! Power equipment. The scenarios of spec/field-devices.md section 5 are tests named by their numbers (`f28_...`),
//! here, in `tests/it/generic` and wherever else their subject is tested. The test below holds that each of the 76 is a
//! test or stands in this table:
//!
//! | scenario | left out because |
//! | --- | --- |
//! | 1 | no native action writes to a device |
//! | 2 | no native action writes to a device |
//! | 6 | the contract's word for a failed job is `error`; the rest is 26 |
//! | 7 | no native action writes; idempotency of submissions is tests/it/contract/idempotency.rs |
//! | 8 | there is no proxy by path |
//! | 12 | no native action writes; the lanes of readers are tests/it/engine |
//! | 13 | no native action loads firmware |
//! | 14 | a measurement: benches |
//! | 27 | forms of the panel are written by a later action |
//! | 29 | outputs are switched by a later action |
//! | 30 | outputs are switched by a later action |
//! | 40 | writing to a UPS is a later action |
//! | 43 | no native action writes to a UPS |
//! | 46 | rendering a Netonix's configuration is a later action |
//! | 47 | no native action writes to a switch; the simulator rolls back |
//! | 59 | no native action writes to a radio |
//! | 60 | no native action writes to a radio |
//! | 61 | channel plans come with writing; limits of power are a unit test in src/drivers/epmp/platform.rs |
//! | 65 | no native action loads firmware on a Wave |
//! | 66 | no native action writes to a Wave |
//! | 51 | forms of a cnMatrix are written by a later action |
//! | 67 | no native action writes to a radio |
//! | 71 | the 7250 generator is a later action |
//! | 72 | the RouterOS generator is a later action |
//! | 75 | no native action writes to a device |
//!
//! In part: 19 is a unit test in src/actions/generic.rs (loopback cannot filter echoes); of 24 the severity (rows of the
//! contract have none: the row fails); of 41 the writing; of 49 the plan and of 50 the applying (writing is later); of 35 the alert and the trap (reading is here, alerting is later); of 42 the
//! families that have no driver yet.

mod apc;
mod configuration;
mod cost;
mod faults;
mod page;
mod panel;
mod played;
mod recordings;
mod rfc1628;
mod secrets;
mod systems;
mod versions;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Setup, TestDaemon};

/// A device of a kind.
pub fn unit(name: &str, kind: &str, state: Value) -> DeviceSpec {
    DeviceSpec::local(name, kind, state)
}

/// A device of a kind that the inventory takes for another type.
pub fn taken_for(name: &str, kind: &str, (device_type, role): (&str, &str), state: Value) -> DeviceSpec {
    let (device_type, role) = (Some(device_type.to_owned()), Some(role.to_owned()));
    DeviceSpec { device_type, role, ..unit(name, kind, state) }
}

/// A lab in which each device has an address of its own: jobs name devices by address.
pub async fn lab(mut devices: Vec<DeviceSpec>) -> Lab {
    for (number, device) in (1_u8..).zip(&mut devices) {
        device.address = [127, 7, 0, number].into();
    }
    Lab::start(LabSpec::of(devices)).await.unwrap()
}

/// A lab, and a daemon that knows it.
pub async fn site(devices: Vec<DeviceSpec>, settings: &str) -> (Lab, TestDaemon) {
    let lab = lab(devices).await;
    let inventory = Some(lab.inventory_yaml());
    let daemon = TestDaemon::start(Setup { inventory, settings: settings.to_owned(), ..Setup::default() }).await;
    (lab, daemon)
}

/// Turns knobs of a device.
pub fn turn(lab: &Lab, device: &str, knobs: Value) {
    let Value::Object(knobs) = knobs else { panic!("{knobs}") };
    lab.device(device).unwrap().merge(knobs);
}

/// A row of `test_results` as name, expected, actual, pass.
pub fn row<'a>(response: &'a Value, name: &str) -> (&'a Value, &'a Value, &'a Value) {
    let rows = response["test_results"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name}: {rows:?}"));
    (&row["expected"], &row["actual"], &row["pass"])
}

fn read(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_scenario_is_a_test_or_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read(&root.join("tests/it"), &mut sources);
    read(&root.join("src"), &mut sources);
    let numbers = |pattern: &str| -> BTreeSet<u32> {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.captures_iter(&sources).map(|found| found[1].parse().unwrap()).collect()
    };
    let tests = numbers(r"(?m)^\s*(?:async )?fn f(\d\d)[a-z]?_");
    let left_out = numbers(r"(?m)^//! \| (\d+) \| ");
    let missing: Vec<u32> = (1..=76).filter(|number| !tests.contains(number) && !left_out.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new(), "neither a test nor left out with a reason");
    let both: Vec<&u32> = tests.intersection(&left_out).collect();
    assert_eq!(both, Vec::<&u32>::new(), "a test, and left out as well");
}
