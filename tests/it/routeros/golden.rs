//! Golden sessions: exactly what is sent and exactly what is returned, in `tests/golden/routeros`.

use std::path::Path;

use serde_json::{Value, json};
use towerhand::drivers::redact::Redactor;
use towerhand::drivers::{ConfigOptions, TestResult};
use towerhand::model::Family;

use super::bench::Bench;

fn tests(tests: &[TestResult]) -> String {
    tests.iter().map(|test| format!("{}\n", serde_json::to_string(test).unwrap())).collect()
}

#[tokio::test]
async fn sessions_are_as_they_were() {
    let mut differ = Vec::new();
    for (name, knobs) in [
        ("v6", json!({"version": "6.49.17", "board": "hEX S"})),
        ("v7", json!({"version": "7.16"})),
        ("chr", json!({"version": "7.12.2", "board": "CHR"})),
    ] {
        let bench = Bench::start(knobs).await;
        let info = bench.router().device_info(true).await.unwrap();
        bench.turn(json!({"export_bytes": 0}));
        let (_, config) = bench.router().running_config(ConfigOptions { show_secrets: true }).await.unwrap();
        let redacted = Redactor::new([7; 32]).redact(Family::RouterOs, &config.text);

        let mut members = info.members.clone();
        members.insert("uptime_seconds".to_owned(), json!("(runs)"));
        let mut verdicts = info.tests.clone();
        for test in verdicts.iter_mut().filter(|test| test.name == "Uptime") {
            test.actual = Some("(runs)".to_owned());
        }
        let sent: String = bench.received("exec").iter().map(|command| format!("> {command}\n")).collect();
        let members = serde_json::to_string_pretty(&Value::Object(members)).unwrap();
        let actual = format!(
            "{sent}\n-- members\n{members}\n\n-- tests\n{}\n-- running config, {} secrets redacted\n{}",
            tests(&verdicts),
            redacted.count,
            redacted.text
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/routeros/{name}.txt"));
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let expected: String = expected.split_inclusive('\n').filter(|line| !line.starts_with("; ")).collect();
        if expected != actual {
            println!("-- {name}.txt\n{actual}");
            differ.push(name);
        }
    }
    assert!(differ.is_empty(), "golden sessions differ: {differ:?}; what came is printed above");
}
