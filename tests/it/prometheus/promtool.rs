//! promtool's word on the rules, their tests, the example configuration, the dashboard's queries and the real `/metrics`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests write their own files and feed programs by the machine's own means"
)]

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use super::shipped::queries;
use super::{packaging, program, rule_files, test_files};
use crate::power::{site, unit};

/// Runs it with an input; whether it was content, and what it said. None, aloud, where it is not installed.
fn promtool<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, input: &str) -> Option<(bool, String)> {
    let mut child = Command::new(program("promtool")?)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that takes no input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Some((output.status.success(), said))
}

fn content(arguments: Vec<std::path::PathBuf>, words: &[&str]) {
    let words = words.iter().map(|word| OsStr::new(*word).to_owned());
    if let Some((well, said)) = promtool(words.chain(arguments.into_iter().map(Into::into)), "") {
        assert!(well, "{said}");
    }
}

#[test]
fn the_rules_are_sound() {
    content(rule_files(), &["check", "rules"]);
}

#[test]
fn the_rules_tests_pass() {
    content(test_files(), &["test", "rules"]);
}

#[test]
fn the_example_configuration_is_sound() {
    content(vec![packaging().join("prometheus/prometheus.yml")], &["check", "config"]);
}

/// A rule that fires at another value fails its test: the tests can.
#[test]
fn a_wrong_rule_fails_its_test() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["rules", "tests"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
    }
    for (right, wrong) in [("< 0.3", "< 0.2"), ("source=\"battery\"", "source=\"mains\""), ("for: 15m", "for: 1m")] {
        let rules = super::text(&packaging().join("prometheus/rules/power.yml"));
        assert!(rules.contains(right), "{right}");
        std::fs::write(folder.path().join("rules/power.yml"), rules.replace(right, wrong)).unwrap();
        std::fs::copy(packaging().join("prometheus/tests/power.yml"), folder.path().join("tests/power.yml")).unwrap();
        let test = folder.path().join("tests/power.yml");
        let Some((well, said)) = promtool([OsStr::new("test"), OsStr::new("rules"), test.as_os_str()], "") else {
            return;
        };
        assert!(!well && said.contains("FAILED"), "{wrong}: {said}");
    }
}

/// Each of the dashboard's queries as a recording rule: promtool parses it.
#[test]
fn the_dashboards_queries_are_sound() {
    let queries = queries();
    assert!(queries.len() > 60, "{}", queries.len());
    let rules: Vec<_> = (0..)
        .zip(&queries)
        .map(|(number, (_, query))| json!({ "record": format!("dashboard:query{number}"), "expr": query }))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dashboard.yml");
    // JSON is YAML.
    let document = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    std::fs::write(&file, document.to_string()).unwrap();
    content(vec![file], &["check", "rules"]);
}

/// Form and naming of what the daemon really exports, with devices and without.
#[tokio::test]
async fn the_daemons_metrics_are_sound() {
    if program("promtool").is_none() {
        return;
    }
    let devices = vec![unit("ups-1", "ups-mib", json!({})), unit("panel-1", "ict-pdu", json!({}))];
    let (_lab, daemon) = site(devices, "").await;
    daemon.api.response("ido.ups.device_info", json!({ "device": "ups-1" })).await;
    let metrics = super::site::metrics(&daemon).await;
    let (_, said) = promtool(["check", "metrics"], &metrics).unwrap();
    // Everyone tells the speed of a line in bits.
    let wrong: Vec<&str> =
        said.lines().filter(|line| !line.ends_with("use base unit \"bytes\" instead of \"bits\"")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // It can find something.
    let (well, said) = promtool(["check", "metrics"], "# TYPE towerhand_made counter\ntowerhand_made 1\n").unwrap();
    assert!(!well && said.contains("towerhand_made"), "{said}");
    daemon.stop().await;
}
