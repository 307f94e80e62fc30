//! `towerhand check`, `action list`, the help, wrong command lines.

use std::net::TcpListener;

use serde_json::json;

use super::Shell;
use crate::support::Process;

#[tokio::test]
async fn check_tells_every_mistake_at_once_with_file_and_line() {
    let shell = Shell::new();
    shell.write("towerhand.toml", "listen = \"127.0.0.1:8080\"\nlissten = 1\n[jobs]\nworkers = \"many\"\n");
    let ran = shell.run("check").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("towerhand.toml:2") && ran.err.contains("lissten"), "{}", ran.err);
    assert!(ran.err.contains("towerhand.toml:4") && ran.err.contains("workers"), "{}", ran.err);

    shell.write("towerhand.toml", "");
    shell.write("inventory.yaml", "devices:\n  - name: r1\n    address: 192.0.2.1\n    typ: MTROS\n");
    let ran = shell.run("check --json").await;
    assert_eq!(ran.code, Some(1));
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["ok"], false);
    let mistakes = told["mistakes"].to_string();
    assert!(mistakes.contains("inventory.yaml:") && mistakes.contains("typ"), "{mistakes}");
}

#[tokio::test]
async fn check_tells_the_mistakes_of_templates_with_file_and_line() {
    let shell = Shell::new();
    shell.write("towerhand.toml", "");
    std::fs::create_dir_all(shell.path().join("templates/routeros")).unwrap();
    shell.write("templates/routeros/default.j2", "/a\n{% if x %}\n{{ y|nope }}\n");
    shell.write("templates/routeros/MT2204.j2", "/a\n{{ y|nope }}\n");
    let ran = shell.run("check").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    for part in ["templates/routeros/default.j2:", "MT2204.j2:2: unknown filter", "MT2204.j2: is named after no type"] {
        assert!(ran.err.contains(part), "'{part}' is not in {}", ran.err);
    }
    shell.write("towerhand.toml", "[standard]\ntemplates = 'elsewhere'\n");
    let ran = shell.run("check").await;
    assert!(
        ran.code == Some(1) && ran.err.contains("elsewhere: standard.templates: there is no such directory"),
        "{}",
        ran.err
    );
    shell.write("towerhand.toml", "[standard]\ntemplates = 'templates/aviat'\nexamples = true\n");
    std::fs::create_dir_all(shell.path().join("templates/aviat")).unwrap();
    assert_eq!(shell.run("check").await.code, Some(0));
}

#[tokio::test]
async fn check_of_sound_settings_counts_what_it_read() {
    let shell = Shell::new();
    shell.write("towerhand.toml", "[log]\nlevel = \"debug\"\n");
    shell.write("inventory.yaml", "devices:\n  - {name: r1, address: 192.0.2.1, type: MTROS}\n");
    let told = shell.run("check --json").await.json();
    assert_eq!((&told["ok"], &told["devices"], &told["mistakes"]), (&json!(true), &json!(1), &json!([])));
    // It starts nothing and makes nothing.
    assert!(!shell.path().join("state").exists());
}

#[tokio::test]
async fn a_settings_file_that_is_not_there_is_told() {
    let shell = Shell::new();
    let ran = shell.run("serve --config elsewhere.toml").await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("elsewhere.toml"), "{}", ran.err);
}

#[tokio::test]
async fn all_65_actions_are_listed() {
    let shell = Shell::new();
    let actions = shell.run("action list --json").await.json();
    let actions = actions.as_array().unwrap();
    assert_eq!(actions.len(), 65);
    let native = |id: &str| actions.iter().find(|action| action["id"] == id).unwrap()["native"].clone();
    assert_eq!((native("ido.swt.running_config"), native("ido.swt.device_info")), (json!(true), json!(true)));
    let table = shell.run("action list").await.good();
    assert!(table.contains("ido.swt.running_config"), "{table}");
}

#[tokio::test]
async fn a_wrong_command_line_is_status_2() {
    let shell = Shell::new();
    for words in ["", "job", "job lst", "serve --port 1", "key create --label x", "job list --limit 501"] {
        let ran = shell.words(&words.split_terminator(' ').collect::<Vec<_>>(), "").await;
        assert_eq!(ran.code, Some(2), "{words}: {}", ran.err);
    }
}

#[tokio::test]
async fn every_command_has_its_help() {
    let shell = Shell::new();
    for words in ["--help", "serve --help", "job submit --help", "device accept-key --help", "secret set --help"] {
        let help = shell.run(words).await.good();
        assert!(help.contains("Usage: towerhand"), "{words}: {help}");
    }
    let help = shell.run("--help").await.good();
    for name in ["serve", "check", "key", "secret", "action", "job", "device", "Exit status", "TOWERHAND_URL"] {
        assert!(help.contains(name), "{name}: {help}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let shell = Shell::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = Process::command(shell.path());
    command.arg("serve").env("TOWERHAND_LISTEN", taken.local_addr().unwrap().to_string());
    let output = tokio::process::Command::from(command).output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let port = taken.local_addr().unwrap().port().to_string();
    assert!(told.contains("cannot listen on 127.0.0.1:") && told.contains(&port), "{told}");
}
