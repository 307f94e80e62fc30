//! The command line as its users meet it: the real program, its output, its exit status.

mod audit;
mod devices;
mod jobs;
mod keys;
mod processor;
mod secrets;
mod settings;
mod watch;
mod windows;

use std::net::IpAddr;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::Process;
use crate::support::api::KEY;

/// How a command ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Its output, of a command that must not fail.
    fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Its output as JSON.
    fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }

    /// Its sentence, of a command that must fail and print nothing else.
    fn sentence(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{}", self.err);
        self.err.trim_end().to_owned()
    }
}

/// A folder for state, an inventory of simulated devices, and the address of a daemon.
struct Shell {
    folder: TempDir,
    url: String,
    key: String,
}

impl Shell {
    /// Over an empty folder, without a daemon.
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: String::new(), key: KEY.to_owned() }
    }

    #[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command; its words are separated by blanks.
    async fn run(&self, words: &str) -> Ran {
        self.words(&words.split(' ').collect::<Vec<_>>(), "").await
    }

    /// Runs a command with something on its standard input.
    async fn words(&self, words: &[&str], input: &str) -> Ran {
        let mut child = self.spawn(words);
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing has closed it, maybe.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        Ran::of(child.wait_with_output().await.unwrap())
    }

    /// Starts a command.
    fn spawn(&self, words: &[&str]) -> Child {
        let mut command = Process::command(self.path());
        command.args(words).env("TOWERHAND_URL", &self.url).env("TOWERHAND_API_KEY", &self.key);
        if self.path().join("inventory.yaml").exists() {
            command.env("TOWERHAND_INVENTORY", self.path().join("inventory.yaml"));
        }
        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().unwrap()
    }
}

/// A lab whose devices have addresses of their own, as an inventory wants them.
async fn lab(devices: Vec<(&str, &str, Value)>) -> Lab {
    let specs = (1_u8..).zip(devices).map(|(number, (name, kind, state))| {
        let spec = DeviceSpec::local(name, kind, state);
        DeviceSpec { address: IpAddr::from([127, 41, 0, number]), ..spec }
    });
    Lab::start(LabSpec::of(specs.collect())).await.unwrap()
}

/// A lab, a daemon that knows its devices, and a shell beside it.
async fn site(devices: Vec<(&str, &str, Value)>) -> (Lab, Process, Shell) {
    let lab = lab(devices).await;
    let mut shell = Shell::new();
    shell.write("inventory.yaml", &lab.inventory_yaml());
    let daemon = Process::serve(shell.path(), &[]).await;
    shell.url.clone_from(&daemon.api.url);
    (lab, daemon, shell)
}
