//! The contract's conformance suite; each test has the number of its row in the name.
//!
//! In most files the router is served on a loopback port over a SQLite file, and where a row needs a job to run or to
//! end, the test is the worker: it claims the job and ends the step through the store, as the job engine does. In
//! `whole` and `not_native` the whole daemon runs.

mod audit;
mod auth;
mod cancel;
mod documented;
mod hostile;
mod idempotency;
mod jobs;
mod legacy;
mod load;
mod metadata;
mod not_native;
mod secrets;
mod server;
mod signing;
mod stream;
mod submit;
mod whole;

use std::collections::BTreeSet;

/// Rows of the contract that no test is named after, and why. Each needs an action that is not native yet; until then
/// `not_native` shows that the action says so, does nothing, and asks nobody.
const LATER: &[(u32, &str)] = &[
    (49, "nokia.generate_7250 is not native: no template is loaded (that its payload is kept whole is C48's test)"),
    (50, "ftth.preview_bng is not native: the address plan of fibre gateways is not built"),
    (98, "mt.render is not native: no template is loaded"),
    (99, "mt.config is not native: no template is loaded (that an object result is listed is C64's test)"),
    (100, "mt.portmap is not native: no template is loaded"),
    (101, "mt.render is not native: its error says so before it looks at the payload"),
    (102, "mt.render is not native: its error says so before it looks at the payload"),
    (103, "configs.get is not native: its error says so before it looks at the payload"),
    (105, "configs.* are not native: the store has no table of saved configurations"),
    (106, "routerboards.list is not native: the table of models is not loaded"),
];

/// Numbers of the rows that a test function's name carries: `c05`, or from `c05` to `c12`.
fn rows_of(name: &str) -> Vec<u32> {
    let parts: Vec<&str> = name.split('_').collect();
    let number = |part: &str| part.strip_prefix('c').filter(|digits| digits.len() >= 2)?.parse::<u32>().ok();
    let mut rows = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let Some(row) = number(part) else { continue };
        let first =
            if at >= 2 && parts[at - 1] == "to" { number(parts[at - 2]).map_or(row, |from| from + 1) } else { row };
        rows.extend(first..=row);
    }
    rows
}

/// Names of the test functions of this folder.
fn tests_here() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/contract");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut marked = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[tokio::test") || line == "#[test]" {
                marked = true;
            } else if let Some(rest) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
                if marked {
                    names.push(rest.split('(').next().unwrap().to_owned());
                }
                marked = false;
            }
        }
    }
    names
}

#[test]
fn every_row_of_the_contract_is_a_test_or_has_its_reason() {
    assert_eq!(rows_of("c05_to_c07_and_c93_x"), [5, 6, 7, 93]);
    let tested: BTreeSet<u32> = tests_here().iter().flat_map(|name| rows_of(name)).collect();
    let later: BTreeSet<u32> = LATER.iter().map(|(row, _)| *row).collect();
    let missing: Vec<u32> = (1..=123).filter(|row| !tested.contains(row) && !later.contains(row)).collect();
    let both: Vec<&u32> = tested.intersection(&later).collect();
    assert_eq!((missing, both), (vec![], vec![]));
    assert!(tested.iter().all(|row| (1..=123).contains(row)), "{tested:?}");
}

/// An excuse ends with the reason for it: an action that became native takes its row out of the table.
#[test]
fn what_is_put_off_is_not_native() {
    use towerhand::catalog::{Native, find};
    for (row, why) in LATER {
        let action = why.split_whitespace().next().unwrap();
        let ids = match action.strip_suffix('*') {
            Some(prefix) => towerhand::catalog::ALL.iter().filter(|a| a.id.starts_with(prefix)).map(|a| a.id).collect(),
            None => vec![action],
        };
        assert!(!ids.is_empty());
        for id in ids {
            let found = find(id).unwrap_or_else(|| panic!("C{row}: {id} is no action"));
            assert!(matches!(found.native, Native::NotYet(_)), "C{row}: {id} is native now; write the test");
        }
    }
}
