//! The daemon as a process: what signals, a kill -9 and exit statuses are tried on.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::api::{Api, KEY};

/// A daemon process; killed when the value is dropped.
pub struct Process {
    pub child: Child,
    pub api: Api,
}

impl Process {
    /// A command for the daemon's program with the tests' key and folders, nothing else of this process's environment.
    pub fn command(folder: &Path) -> Command {
        Self::command_by(&[], folder)
    }

    /// The same by a launcher, a program with its arguments that becomes the daemon.
    fn command_by(launcher: &[&str], folder: &Path) -> Command {
        let mut words = launcher.iter().copied().chain([env!("CARGO_BIN_EXE_towerhand")]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("NOC_API_KEYS_JSON", json!({ KEY: { "scopes": ["admin"], "label": "tester" } }).to_string())
            .env("TOWERHAND_STATE_DIR", folder.join("state"))
            // A test that runs through a night has no jobs but its own.
            .env("TOWERHAND_SCHEDULE_BUILTINS", "false");
        command
    }

    /// Starts `towerhand serve` over `folder` (with its `inventory.yaml`, if there is one) and waits until it is ready.
    pub async fn serve(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::serve_by(&[], folder, variables).await
    }

    /// The same by a launcher, a program with its arguments that becomes the daemon.
    pub async fn serve_by(launcher: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Self {
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self::start(launcher, listen, folder, variables).await
    }

    /// The same at a given address: where a daemon before it was.
    pub async fn serve_at(listen: SocketAddr, folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start(&[], listen, folder, variables).await
    }

    async fn start(launcher: &[&str], listen: SocketAddr, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Self::command_by(launcher, folder);
        // Without polls, unless the scenario's variables say otherwise: they would stand in journals.
        command.arg("serve").env("TOWERHAND_LISTEN", listen.to_string()).env("TOWERHAND_HEALTH_ENABLED", "false");
        let inventory = folder.join("inventory.yaml");
        if inventory.exists() {
            command.env("TOWERHAND_INVENTORY", inventory);
        }
        let log = std::fs::File::options().create(true).append(true).open(folder.join("daemon.log")).unwrap();
        command.envs(variables.iter().copied()).stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
        let mut process = Self { child: command.spawn().unwrap(), api: Api::new(&format!("http://{listen}"), KEY) };
        process.ready(folder).await;
        process
    }

    /// Asks until it is ready; a process that has ended fails the test with its log.
    #[expect(clippy::disallowed_methods, reason = "another process tells its readiness only when it is asked again")]
    async fn ready(&mut self, folder: &Path) {
        // A minute: its first writes wait for the disk, which builds beside it may keep busy.
        for _ in 0..2_400 {
            let probe = self.api.http.get(format!("{}/readyz", self.api.url)).send().await;
            if probe.is_ok_and(|reply| reply.status().is_success()) {
                return;
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the daemon is not ready:\n{}", std::fs::read_to_string(folder.join("daemon.log")).unwrap());
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by its name, `TERM`, `INT`, `HUP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end; the exit status.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
