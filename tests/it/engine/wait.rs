//! Waiting for what must come, and for nothing else.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use towerhand_simulators::core::{Device, Entry};
use towerhand_simulators::lab::{DeviceSpec, LabSpec};
use towerhand_simulators::lab_run::Lab;

use crate::support::{Api, Process, Setup, TestDaemon};

/// What does not come within this does not come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Knobs of a router that falls silent in the middle of its export for as long as the lab's clock stands.
pub fn silent_router() -> Value {
    json!({ "version": "7.16", "export_bytes": 40_000, "pause_after_bytes": 1_000, "pause_ms": 1_000 })
}

/// Knobs of a router that is silent before every answer for as long as the lab's clock stands.
pub fn slow_router() -> Value {
    json!({ "version": "7.16", "delay_ms": 1_000 })
}

/// A lab whose devices have addresses of their own, 127.9.0.1 and so on: lanes are addresses.
pub async fn lab(devices: Vec<(&str, &str, Value)>) -> Lab {
    let specs = (1..).zip(devices).map(|(last, (name, kind, state))| DeviceSpec {
        address: std::net::Ipv4Addr::new(127, 9, 0, last).into(),
        ..DeviceSpec::local(name, kind, state)
    });
    Lab::start(LabSpec::of(specs.collect())).await.unwrap()
}

/// Such a lab, and a daemon in this process that knows it.
pub async fn with_lab(devices: Vec<(&str, &str, Value)>, settings: &str) -> (Lab, TestDaemon) {
    let lab = lab(devices).await;
    let setup = Setup { inventory: Some(lab.inventory_yaml()), settings: settings.to_owned(), ..Setup::default() };
    (lab, TestDaemon::start(setup).await)
}

/// Stops the lab's clock: devices with a delay do not answer.
pub fn hold(lab: &Lab) {
    lab.clock().set_rate(0.0);
}

/// Lets them answer at once.
pub fn release(lab: &Lab) {
    lab.clock().set_rate(1_000.0);
}

/// Waits until the device's journal is as wanted; the journal.
pub async fn journal(device: &Device, what: &str, wanted: impl Fn(&[Entry]) -> bool) -> Vec<Entry> {
    let mut changes = device.changes();
    let looking = async {
        loop {
            let journal = device.journal();
            if wanted(&journal) {
                return journal;
            }
            changes.changed().await.unwrap();
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(journal) => journal,
        Err(_) => panic!("{}: {what} did not come: {:?}", device.name, device.journal()),
    }
}

/// Asks again until the answer is yes.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..PATIENCE.as_millis() / 20 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come");
}

/// How many exec commands that begin so the device received.
pub fn commands(journal: &[Entry], prefix: &str) -> usize {
    journal.iter().filter(|entry| entry.channel == "exec" && entry.input.starts_with(prefix)).count()
}

/// How many entries of a channel there are.
pub fn count(journal: &[Entry], channel: &str, input: &str) -> usize {
    journal.iter().filter(|entry| entry.channel == channel && entry.input.starts_with(input)).count()
}

/// How many sessions were open at once, at most.
pub fn most_sessions(journal: &[Entry]) -> i32 {
    let (mut open, mut most) = (0, 0);
    for entry in journal.iter().filter(|entry| entry.channel == "tcp") {
        match entry.input.as_str() {
            "open" => open += 1,
            "close" => open -= 1,
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// Waits until the job's status is this one.
pub async fn status(api: &Api, job: &str, wanted: &str) {
    until(&format!("status {wanted} of job {job}"), async || api.job(job).await["status"] == wanted).await;
}

/// Waits until the daemon's log, in `folder`, holds the words.
pub async fn logged(folder: &Path, words: &str) {
    let log = folder.join("daemon.log");
    until(&format!("'{words}' in the log"), async || std::fs::read_to_string(&log).unwrap().contains(words)).await;
}

/// Waits for the end of the process without holding up the devices, which live in this runtime; its exit status.
pub async fn exit(process: Process) -> Option<i32> {
    let waiting = tokio::task::spawn_blocking(move || process.wait());
    tokio::time::timeout(PATIENCE, waiting).await.expect("the process does not end").unwrap()
}

/// Writes the lab's inventory into the folder.
pub fn write_inventory(folder: &Path, lab: &Lab) {
    std::fs::write(folder.join("inventory.yaml"), lab.inventory_yaml()).unwrap();
}

/// Runs `towerhand` with these arguments over `folder`; exit status, standard output, standard error.
pub fn towerhand(folder: &Path, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> (i32, String, String) {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut command = Process::command(folder);
    command.args(arguments).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses to start reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The same, which must succeed; standard output.
pub fn succeed(folder: &Path, arguments: &[&str], input: &str) -> String {
    let (code, out, error) = towerhand(folder, arguments, input, &[]);
    assert_eq!(code, 0, "{arguments:?}: {out}{error}");
    out
}

/// Every file below `folder` and what is in it.
pub fn files(folder: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut all = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = std::fs::read(&path).unwrap();
                all.insert(path, content);
            }
        }
    }
    all
}
