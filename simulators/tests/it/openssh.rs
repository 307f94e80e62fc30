//! OpenSSH's client as a referee: it shares no code with the simulator.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::*;

/// A key pair of its own for the test; none where OpenSSH is not installed.
fn key_pair(name: &str) -> Option<(PathBuf, String)> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for old in [file.clone(), file.with_extension("pub")] {
        let _ = std::fs::remove_file(old);
    }
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no ssh-keygen here");
        return None;
    }
    let public = std::fs::read_to_string(file.with_extension("pub")).unwrap();
    Some((file, public))
}

async fn ssh(port: u16, key: &Path, options: &[&str], line: &str) -> (String, Option<i32>) {
    let mut command = Command::new("ssh");
    command
        .args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
        .args(["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-p", &port.to_string()])
        .args(options)
        .arg("-i")
        .arg(key)
        .args(["admin@127.0.0.1", line])
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = tokio::time::timeout(PATIENCE, output).await.expect("ssh did not end").unwrap().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (text, output.status.code())
}

#[tokio::test]
async fn openssh_logs_in_with_a_key_and_reads_an_export() {
    let Some((key, public)) = key_pair("routeros_key") else { return };
    let (_lab, device) = lab(json!({"keys": [public.trim()], "export_bytes": 50_000})).await;
    let port = device.ports().ssh.unwrap();
    let (text, status) = ssh(port, &key, &[], "/export terse").await;
    assert_eq!(status, Some(0), "{text}");
    let own = towerhand_simulators::routeros::export_text(&device, "/export terse").unwrap();
    let body = |text: &str| text.replace('\r', "").split_once('\n').unwrap().1.to_owned();
    assert_eq!(body(&text), body(&own));
    assert_eq!(
        ssh(port, &key, &[], "/nope").await,
        ("bad command name nope (line 1 column 2)\r\n".to_owned(), Some(1))
    );
    assert_eq!(journal(&device, "auth"), ["publickey admin", "publickey admin"]);
    // An old box, with the algorithms of its age.
    device.merge(json!({"profile": "ros6-default"}).as_object().unwrap().clone());
    let old =
        ["-o", "KexAlgorithms=diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=ssh-rsa", "-o", "MACs=hmac-sha1"];
    assert_eq!(ssh(port, &key, &old, ":put ok").await, ("ok\r\n".to_owned(), Some(0)));
}
