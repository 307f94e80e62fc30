//! OpenSSH's client as a referee: it shares no code with the simulator.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::*;

/// A program that says the password.
fn asker() -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("aviat_password");
    std::fs::write(&file, "#!/bin/sh\necho admin\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).unwrap();
    file
}

/// The client's terminal has no size: to it the radio is one of 80 columns.
#[tokio::test]
async fn openssh_logs_in_and_reads() {
    if !Command::new("ssh").arg("-V").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: no ssh here");
        return;
    }
    let (_lab, device) = lab(json!({})).await;
    let port = device.ports().ssh.unwrap();
    let asker = asker();
    let run = move || {
        let mut ssh = Command::new("ssh")
            .env("SSH_ASKPASS", asker)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("DISPLAY", "none")
            .args(["-F", "none", "-tt", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "LogLevel=ERROR", "-o", "PubkeyAuthentication=no", "-p", &port.to_string(), "admin@127.0.0.1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        ssh.stdin.as_mut().unwrap().write_all(b"show software-status status\nexit\n").unwrap();
        ssh.wait_with_output().unwrap()
    };
    let output = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(run)).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = "r1# show software-status status\r\nsoftware-status status idle\r\nr1# ";
    assert!(output.status.success() && text.contains(answer), "{text:?} {output:?}");
}
