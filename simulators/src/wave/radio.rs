//! One simulated radio at run time: its sessions, its lock, whether it is up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::server;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::banks;
use crate::core::{Device, Fault};
use crate::running::Running;
use crate::ssh::outlet::Connection;
use crate::ssh::{Host, hostkey};

/// A simulated radio.
pub struct Radio {
    /// Knobs, journal, faults.
    pub device: Arc<Device>,
    /// Its tasks.
    pub running: Running,
    live: Mutex<Live>,
}

/// What changes while it runs.
#[derive(Default)]
pub struct Live {
    /// Sessions that are open.
    pub sessions: Vec<Session>,
    /// Logins that were accepted since the lab started.
    pub opened: u32,
    /// Refused logins in a row.
    pub failures: u32,
    /// Simulated second until which the account is locked.
    pub locked_until: f64,
    /// Simulated second since which it is up, or will be.
    pub up_at: f64,
    /// Simulated second at which an image began to be written.
    pub upgrade: Option<f64>,
}

/// A session of the web interface.
pub struct Session {
    /// Its number in the journal.
    pub number: u32,
    /// What the client shows.
    pub token: String,
    /// Simulated second of its last request.
    pub used: f64,
    /// Requests served.
    pub served: u32,
}

impl Radio {
    /// A radio that is up.
    pub fn new(device: Arc<Device>, running: Running) -> Self {
        Self { device, running, live: Mutex::default() }
    }

    /// What changes while it runs.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an account is let in.
    pub fn admits(&self, user: &str, password: &str) -> bool {
        let faulty = self.device.faults().contains(&Fault::Auth {});
        !faulty && user == self.device.text("user", "admin") && password == self.device.text("password", "sim")
    }

    /// Drops all sessions and is gone for the knob `boot_seconds`.
    pub fn reboot(&self) {
        let mut live = self.live();
        live.up_at = self.device.clock.seconds() + self.device.number("boot_seconds", 60.0);
        for session in std::mem::take(&mut live.sessions) {
            self.device.received("session", format!("expired {}", session.number));
        }
        self.device.received("boot", "reboot");
    }

    /// Version token of a bank.
    pub fn bank(&self, knob: &str) -> String {
        let own = format!("GMC.v{}.0000000", self.device.text("firmware", "3.4.0"));
        self.device.text(knob, &own)
    }
}

impl Host for Radio {
    type Session = banks::Session;

    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn tasks(&self) -> &TaskTracker {
        &self.running.tasks
    }

    fn is_up(&self) -> bool {
        self.device.clock.seconds() >= self.live().up_at
    }

    fn life(&self) -> CancellationToken {
        self.running.stop.child_token()
    }

    fn ssh(&self) -> anyhow::Result<Arc<server::Config>> {
        let other = self.device.faults().contains(&Fault::Hostkey {});
        Ok(Arc::new(server::Config {
            methods: [russh::MethodKind::Password].as_slice().into(),
            auth_rejection_time: Duration::from_millis(2),
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![hostkey::host_key(&self.device.name, hostkey::HostKeyKind::Ed25519, other)?],
            inactivity_timeout: None,
            nodelay: true,
            ..server::Config::default()
        }))
    }

    fn session(connection: Arc<Connection<Self>>) -> banks::Session {
        banks::Session::new(connection)
    }
}
