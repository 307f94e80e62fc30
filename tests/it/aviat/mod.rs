//! Aviat radios: spec/aviat-device.md and spec/aviat-workflow.md against the simulator, its journal as the witness. The
//! acceptance scenarios of section 7 are tests named by their numbers (`s012_...`). The test below holds that each of the
//! 101 is a test or stands in this table:
//!
//! | scenario | left out because |
//! | --- | --- |
//! | s096 | towerhand has no tenants: whoever has `job.read` sees all jobs. What else the scenario asks is `unknown_tasks_and_own_radios` |

mod bench;
mod dialogue;
mod drive;
mod facts;
mod far_end;
mod jobs;
mod lives;
mod look;
mod observe;
#[expect(
    clippy::disallowed_methods,
    reason = "a test writes its own files, reads how many runs are wanted, waits by real time"
)]
mod random;
mod requests;
mod s_a_requests;
mod s_b_happy;
mod s_c_prechecks;
mod s_d_reboot;
mod s_e_loading;
mod s_f_activation;
mod s_g_failures;
mod s_h_abort;
mod s_h_kill;
mod s_h_many;
mod s_i_streams;
mod session;
pub mod stage;
mod web;
mod write_config;
mod write_password;
mod write_software;

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_scenario_is_a_test_or_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/aviat");
    let mut sources = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let numbers = |pattern: &str| -> BTreeSet<u32> {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.captures_iter(&sources).map(|found| found[1].parse().unwrap()).collect()
    };
    let tests = numbers(r"(?m)^async fn s(\d\d\d)[a-z]?_");
    let left_out = numbers(r"(?m)^//! \| s(\d\d\d) \| ");
    let missing: Vec<u32> = (1..=101).filter(|number| !tests.contains(number) && !left_out.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new(), "neither a test nor left out with a reason");
    let both: Vec<&u32> = tests.intersection(&left_out).collect();
    assert_eq!(both, Vec::<&u32>::new(), "a test, and left out as well");
}
