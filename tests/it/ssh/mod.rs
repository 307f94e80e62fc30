//! The SSH transport against real SSH servers on loopback: a scripted one on russh, and Debian's OpenSSH.

mod connect;
mod exec;
mod logins;
mod openssh;
mod peer;
mod shell;
mod silence;
mod sshd;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use towerhand::clock::Clock;
use towerhand::model::{Failure, FailureClass, Ports, Secret, SshProfile};
use towerhand::transport::ssh::{Config, Limits};
use towerhand::transport::{Cx, Pins, Target, Witness};

/// Longest that a test waits for a signal.
const PATIENCE: Duration = Duration::from_secs(20);

/// What happened, in order, and a way to wait for it.
#[derive(Debug, Clone)]
struct Journal(Arc<Mutex<Vec<String>>>, Arc<watch::Sender<usize>>);

impl Default for Journal {
    fn default() -> Self {
        Self(Arc::default(), Arc::new(watch::Sender::new(0)))
    }
}

impl Journal {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
        self.1.send_modify(|n| *n += 1);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn count(&self, part: &str) -> usize {
        self.all().iter().filter(|line| line.contains(part)).count()
    }

    /// Waits until a line contains `part`.
    async fn wait(&self, part: &str) {
        self.wait_after(0, part).await;
    }

    /// Waits until a line after the first `lines` contains `part`.
    async fn wait_after(&self, lines: usize, part: &str) {
        let mut changes = self.1.subscribe();
        let seen = async {
            while !self.all().iter().skip(lines).any(|line| line.contains(part)) {
                changes.changed().await.unwrap();
            }
        };
        let waited = Clock::system().timeout(PATIENCE, seen).await;
        assert!(waited.is_ok(), "no \"{part}\" in {:?}", self.all());
    }
}

/// Pins in memory: trust on first use, or refuse everything.
#[derive(Debug, Default)]
struct TestPins {
    pinned: Mutex<Vec<(String, String)>>,
    journal: Journal,
}

#[async_trait]
impl Pins for TestPins {
    async fn check(
        &self,
        endpoint: &str,
        algorithm: &str,
        fingerprint: &str,
        declared: Option<&str>,
    ) -> Result<(), Failure> {
        self.journal.add(format!("{endpoint} {algorithm} {fingerprint}"));
        let mut pinned = self.pinned.lock().unwrap();
        let stored = pinned.iter().find(|(at, _)| at == endpoint).map(|(_, print)| print.clone());
        match declared.map(str::to_owned).or(stored) {
            Some(expected) if expected != fingerprint => {
                Err(Failure::new(FailureClass::HostKeyChanged, format!("expected {expected}, it shows {fingerprint}")))
            }
            Some(_) => Ok(()),
            None => {
                pinned.push((endpoint.to_owned(), fingerprint.to_owned()));
                Ok(())
            }
        }
    }
}

#[derive(Debug, Default)]
struct Recorder(Journal);

impl Witness for Recorder {
    fn sending(&self, channel: &'static str, what: &str) {
        self.0.add(format!("sending {channel} {what}"));
    }
    fn noted(&self, channel: &'static str, what: &str) {
        self.0.add(format!("noted {channel} {what}"));
    }
}

/// A frame with its parts in reach.
struct Frame {
    cx: Cx,
    pins: Arc<TestPins>,
    witnessed: Journal,
}

fn frame() -> Frame {
    let (pins, recorder) = (Arc::new(TestPins::default()), Recorder::default());
    let witnessed = recorder.0.clone();
    let cx = Cx {
        cancel: CancellationToken::new(),
        clock: Clock::system(),
        pins: pins.clone(),
        witness: Arc::new(recorder),
    };
    Frame { cx, pins, witnessed }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A device on loopback with user `admin` and password `right-password`.
fn target(port: u16) -> Target {
    Target {
        name: "swt1".to_owned(),
        address: LOOPBACK,
        ports: Ports { ssh: Some(port), ..Ports::default() },
        username: Some("admin".to_owned()),
        password: Some(Secret::new("right-password")),
        private_key: None,
        private_key_passphrase: None,
        snmp: None,
        ssh_profile: SshProfile::Modern,
        host_key: None,
        tls_pin: None,
        hop: None,
    }
}

/// Limits that a slow, shared machine keeps.
fn config() -> Config {
    Config { connect_seconds: 10, login_seconds: 15, ..Config::default() }
}

fn limits() -> Limits {
    Limits { total: PATIENCE, idle: PATIENCE, max_bytes: 64 << 20, effect: false }
}

/// Sockets of this process that are still open towards a port on loopback. (All file descriptors would count those of
/// the tests beside this one.)
fn open_sockets_to(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let inodes: Vec<String> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (fields[2].ends_with(&format!(":{port:04X}")) && fields[9] != "0").then(|| fields[9].to_owned())
        })
        .collect();
    let mut held = 0;
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().flatten() {
        if let Ok(link) = std::fs::read_link(entry.path()) {
            let link = link.to_string_lossy();
            held += usize::from(inodes.iter().any(|inode| link == format!("socket:[{inode}]")));
        }
    }
    held
}
