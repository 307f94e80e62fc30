//! `towerhand-sim` as a program.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use towerhand_simulators::lab::LabSpec;

const PROGRAM: &str = env!("CARGO_BIN_EXE_towerhand-sim");

#[test]
fn labs_that_come_with_it_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let inventory = LabSpec::read(&file).unwrap().inventory_yaml().unwrap();
        assert!(inventory.contains("    type: \"MTROS\"\n"), "{}", file.display());
    }
}

#[test]
fn prints_the_inventory_of_a_fleet_and_ends() {
    let output = Command::new(PROGRAM)
        .args(["--fleet", "3", "--kind", "routeros", "--state", r#"{"password": "p"}"#, "--print-inventory"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.starts_with("sites:\n  - name: LAB\n    zone: UTC\ndevices:\n"), "{text}");
    assert_eq!(text.matches("    ports: {ssh: 2200}\n").count(), 3);
    assert!(text.contains("    address: 127.1.0.3\n") && text.contains("password: {insecure_plain: \"p\"}\n"));
}

#[test]
fn says_what_is_ready_and_ends_when_told() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("one.toml");
    std::fs::write(
        &file,
        "[[device]]\nname = \"r1\"\nkind = \"routeros\"\naddress = \"127.0.0.1\"\nports = { ssh = 0 }\n",
    )
    .unwrap();
    let mut child = Command::new(PROGRAM)
        .arg("--lab")
        .arg(&file)
        .args(["--control", "127.0.0.1:0", "--threads", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let ready = line();
    assert_eq!((&ready["name"], &ready["type"], &ready["ready"]), (&"r1".into(), &"MTROS".into(), &true.into()));
    assert!(ready["ports"]["ssh"].as_u64().unwrap() > 0);
    assert!(line()["control"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn refuses_a_wrong_lab_with_a_sentence() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.toml");
    std::fs::write(&file, "[[device]]\nname = \"r1\"\nkind = \"router\"\naddress = \"127.0.0.1\"\n").unwrap();
    let output = Command::new(PROGRAM).arg("--lab").arg(&file).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("no kind `router`; there are: routeros"), "{text}");
    assert!(text.starts_with("towerhand-sim: lab file ") && text.lines().count() == 1, "{text}");
}
