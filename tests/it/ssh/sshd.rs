//! Debian's OpenSSH server as a process of its own, with keys and settings in a temporary folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use towerhand::model::{Secret, SshProfile};
use towerhand::transport::Target;

use super::{Journal, target};

pub(super) struct Sshd {
    pub port: u16,
    pub journal: Journal,
    folder: TempDir,
    user: String,
    child: Child,
}

fn keygen(kind: &str, path: &Path, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", passphrase, "-C", "", "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}

/// Starts it and waits until it listens; none, with a printed line, where it is not installed.
pub(super) async fn sshd(host_key: &str, extra: &str) -> Option<Sshd> {
    let program = Path::new("/usr/sbin/sshd");
    if !program.exists() {
        println!("skipped: no {} (apt-get install openssh-server)", program.display());
        return None;
    }
    // Root's sshd wants it; another user's does without.
    let _ = std::fs::create_dir_all("/run/sshd");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    keygen(host_key, &at("host"), "");
    keygen("ed25519", &at("user"), "");
    std::fs::copy(at("user.pub"), at("authorized")).unwrap();
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    for _ in 0..5 {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             {extra}\nLogLevel VERBOSE\n",
            at("host").display(),
            at("authorized").display(),
        );
        #[expect(clippy::disallowed_methods, reason = "a test's own temporary file")]
        std::fs::write(at("settings"), settings).unwrap();
        let mut child =
            Command::new(program).args(["-D", "-e", "-f"]).arg(at("settings")).stderr(Stdio::piped()).spawn().unwrap();
        let journal = Journal::default();
        let (errors, noted) = (BufReader::new(child.stderr.take().unwrap()), journal.clone());
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                noted.add(line);
            }
            noted.add("ended: no Server listening on it");
        });
        journal.wait("Server listening on").await;
        if journal.count("ended:") == 0 {
            return Some(Sshd { port, journal, folder, user, child });
        }
        let _ = child.wait();
    }
    panic!("sshd does not start");
}

impl Sshd {
    /// This server as a device, with a key that it takes.
    pub(super) fn target(&self) -> Target {
        let mut device = target(self.port);
        device.username = Some(self.user.clone());
        device.password = None;
        device.private_key = Some(self.key("user"));
        device
    }

    /// The same with another profile.
    pub(super) fn with_profile(&self, profile: SshProfile) -> Target {
        let mut device = self.target();
        device.ssh_profile = profile;
        device
    }

    pub(super) fn key(&self, name: &str) -> Secret {
        Secret::new(std::fs::read_to_string(self.path(name)).unwrap())
    }

    /// One more key that it takes, perhaps with a passphrase.
    pub(super) fn more_key(&self, kind: &str, passphrase: &str) -> Secret {
        let name = format!("user_{kind}");
        keygen(kind, &self.path(&name), passphrase);
        std::fs::copy(self.path(&format!("{name}.pub")), self.path("authorized")).unwrap();
        self.key(&name)
    }

    /// A key that it does not know.
    pub(super) fn other_key(&self) -> Secret {
        keygen("ed25519", &self.path("other"), "");
        self.key("other")
    }

    /// What `ssh-keygen` says about the host key.
    pub(super) fn fingerprint(&self) -> String {
        let told = Command::new("ssh-keygen").arg("-lf").arg(self.path("host.pub")).output().unwrap().stdout;
        String::from_utf8(told).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
