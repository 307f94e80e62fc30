//! One simulated switch at run time: its sessions, its tarpit, its revert timer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::server;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{facts, ssh};
use crate::core::{Device, Fault};
use crate::running::Running;
use crate::ssh::outlet::Connection;
use crate::ssh::{Host, hostkey};

/// A simulated switch.
pub struct Switch {
    /// Knobs, journal, faults.
    pub device: Arc<Device>,
    /// Its tasks.
    pub running: Running,
    live: Mutex<Live>,
}

/// What changes while it runs.
pub struct Live {
    /// Web sessions: cookie, number, requests served.
    pub web: Vec<(String, u32, u32)>,
    /// Sessions of both faces since the lab started.
    pub opened: u32,
    /// SSH sessions that are open.
    pub ssh: u32,
    failures: u32,
    tarpit_until: f64,
    up_at: f64,
    /// A configuration that was sent and not applied.
    pub staged: Option<Value>,
    /// The configuration before an apply that nobody has confirmed, and when it comes back.
    pending: Option<(Value, f64)>,
    life: CancellationToken,
}

impl Switch {
    /// A switch that is up.
    pub fn new(device: Arc<Device>, running: Running) -> Self {
        let live = Live {
            web: Vec::new(),
            opened: 0,
            ssh: 0,
            failures: 0,
            tarpit_until: f64::MIN,
            up_at: f64::MIN,
            staged: None,
            pending: None,
            life: running.stop.child_token(),
        };
        Self { device, running, live: Mutex::new(live) }
    }

    /// What changes while it runs.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an account is let in, and what the journal says of it; the password itself it never says.
    pub fn admits(&self, face: &str, user: &str, password: &str) -> bool {
        let faulty = self.device.faults().contains(&Fault::Auth {});
        let known = user == self.device.text("user", "admin") && password == self.device.text("password", "sim");
        let accepted = known && !faulty;
        let verdict = if accepted { "accepted" } else { "refused" };
        self.device.received("auth", format!("{face} {user} {verdict}"));
        let mut live = self.live();
        if accepted {
            live.failures = 0;
        } else {
            live.failures += 1;
            if f64::from(live.failures) >= self.device.number("tarpit_attempts", 5.0) {
                live.failures = 0;
                live.tarpit_until = self.device.clock.seconds() + self.device.number("tarpit_seconds", 60.0);
                self.device.received("auth", "tarpit");
            }
        }
        accepted
    }

    /// Whether it answers: not while it boots, nor while the tarpit holds.
    pub fn answers(&self) -> bool {
        self.revert();
        let (now, live) = (self.device.clock.seconds(), self.live());
        now >= live.up_at && now >= live.tarpit_until
    }

    /// Drops everything and is gone for the knob `boot_seconds`.
    pub fn reboot(&self) {
        let mut live = self.live();
        live.up_at = self.device.clock.seconds() + self.device.number("boot_seconds", 60.0);
        live.web.clear();
        std::mem::replace(&mut live.life, self.running.stop.child_token()).cancel();
        self.device.received("boot", "reboot");
    }

    /// Puts a new configuration in force; it comes back unless [`Switch::confirm`] is called in time.
    pub fn apply(&self, config: Value) {
        let before: Value = serde_json::from_str(&facts::file(&self.device)).unwrap_or_default();
        let timer = before.get("Switch_Revert_Timer").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let until = self.device.clock.seconds() + timer.unwrap_or(180.0);
        self.live().pending = Some((before, until));
        self.device.merge(Map::from_iter([("config".to_owned(), config)]));
        self.device.received("config", "applied");
    }

    /// The new configuration stays.
    pub fn confirm(&self) -> bool {
        self.revert();
        let confirmed = self.live().pending.take().is_some();
        if confirmed {
            self.device.received("config", "confirmed");
        }
        confirmed
    }

    /// The revert timer, looked at whenever somebody asks for something.
    fn revert(&self) {
        let now = self.device.clock.seconds();
        let due = self.live().pending.take_if(|(_, until)| now >= *until);
        if let Some((before, _)) = due {
            self.device.merge(Map::from_iter([("config".to_owned(), before)]));
            self.device.received("config", "reverted");
        }
    }

    /// Notes a session of the console; none where there is no room for one more.
    pub fn open_ssh(self: &Arc<Self>) -> Option<Seat> {
        let mut live = self.live();
        if f64::from(live.ssh) >= self.device.number("max_ssh_sessions", 4.0) {
            return None;
        }
        live.ssh += 1;
        live.opened += 1;
        self.device.received("session", format!("ssh open {}", live.opened));
        Some(Seat { switch: Arc::clone(self), number: live.opened })
    }
}

/// A session of the console, until it is dropped.
pub struct Seat {
    switch: Arc<Switch>,
    number: u32,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.switch.live().ssh -= 1;
        self.switch.device.received("session", format!("ssh close {}", self.number));
    }
}

impl Host for Switch {
    type Session = ssh::Session;

    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn tasks(&self) -> &TaskTracker {
        &self.running.tasks
    }

    fn is_up(&self) -> bool {
        self.answers()
    }

    fn life(&self) -> CancellationToken {
        self.live().life.child_token()
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
            event_buffer_size: 1024,
            channel_buffer_size: 512,
            ..server::Config::default()
        }))
    }

    fn session(connection: Arc<Connection<Self>>) -> ssh::Session {
        ssh::Session::new(connection)
    }
}
