//! Nokia 7250 IXR: the scenarios of spec/mikrotik-nokia.md 6.3 and of 6.5 that concern it, against the simulator, its
//! journal as the witness. The test below holds that each of N01 to N28 and S01 to S06 is a test or stands in this table:
//!
//! | scenario | left out because |
//! | --- | --- |
//! | N16 | no native action pushes to a 7250 |
//! | N17 | no native action pushes to a 7250 |
//! | N18 | no native action pushes to a 7250 |
//! | N19 | no native action pushes to a 7250 |
//! | N20 | no native action pushes to a 7250 |
//! | N21 | no native action pushes to a 7250; the refusal's class is a test of `parse::errors` |
//! | N22 | no native action pushes to a 7250 |
//! | N23 | no native action pushes to a 7250 |
//! | N24 | no native action pushes to a 7250; unsaved changes are a row of device_info |
//! | N25 | no native action pushes to a 7250 |
//! | N26 | no native action pushes to a 7250 |
//! | N27 | no native action saves on a 7250 |
//! | N28 | drift against the saved config is the archive's |
//! | S02 | RouterOS by SNMP |
//!
//! In part: "last good copy kept" is the archive's, here nothing partial is returned; all 20 seeds of fragmentation are
//! run for N01, some for the others; of N06 the 200 commands are 50 in each of four sessions; of S01 the recordings are
//! read by the library's tests (`parse::recordings`); of S05 24 boxes of this family; of S06 configs, jobs and failures,
//! the log and the database are tests/it/power/secrets.rs.
//!
//! A device that closes the connection without a word when its sessions are taken (knob `limit_by` = `drop`) cannot be
//! told from one that broke: that is a protocol error.

mod bench;
mod daemon;
mod health;
mod reading;
mod sessions;

use std::collections::BTreeSet;
use std::path::Path;

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
    read(&root.join("tests/it/nokia"), &mut sources);
    read(&root.join("src/drivers/nokia"), &mut sources);
    let numbers = |pattern: &str| -> BTreeSet<String> {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.captures_iter(&sources).map(|found| found[1].to_ascii_uppercase()).collect()
    };
    let tests = numbers(r"(?m)^\s*(?:async )?fn ([ns]\d\d)_");
    let left_out = numbers(r"(?m)^//! \| ([NS]\d\d) \| ");
    let all = (1..=28).map(|n| format!("N{n:02}")).chain((1..=6).map(|n| format!("S{n:02}")));
    let missing: Vec<String> = all.filter(|id| !tests.contains(id) && !left_out.contains(id)).collect();
    assert_eq!(missing, Vec::<String>::new(), "neither a test nor left out with a reason");
    let both: Vec<&String> = tests.intersection(&left_out).collect();
    assert_eq!(both, Vec::<&String>::new(), "a test, and left out as well");
}
