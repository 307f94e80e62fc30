//! One simulated router at run time: who is logged in, who is locked out, what it offers in SSH.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use russh::server;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::knobs::Knobs;
use super::profile::Profile;
use super::session::Session;
use crate::core::{Device, Fault};
use crate::running::Running;
use crate::ssh::outlet::Connection;
use crate::ssh::{Host, hostkey};

/// A simulated router.
pub struct Router {
    /// Knobs, journal, faults.
    pub device: Arc<Device>,
    /// Its tasks.
    pub running: Running,
    /// Unix seconds at simulated second 0.
    epoch: f64,
    seats: Arc<AtomicUsize>,
    ssh: Mutex<Option<(SshKey, Arc<server::Config>)>>,
    failures: Mutex<Failures>,
}

/// What an SSH configuration was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SshKey {
    profile: Profile,
    other_key: bool,
    auth: Vec<String>,
}

/// Refused logins in a row, and until when the account is locked (simulated seconds).
#[derive(Debug, Default)]
struct Failures {
    count: usize,
    locked_until: f64,
}

/// A login that counts, until it is dropped.
pub struct Seat {
    device: Arc<Device>,
    seats: Arc<AtomicUsize>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.fetch_sub(1, Ordering::SeqCst);
        self.device.received("session", "session close");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Router {
    /// A router that is up.
    pub fn new(device: Arc<Device>, running: Running) -> Arc<Self> {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
        let epoch = unix - device.clock.seconds();
        Arc::new(Self {
            device,
            running,
            epoch,
            seats: Arc::default(),
            ssh: Mutex::default(),
            failures: Mutex::default(),
        })
    }

    /// The router's clock, Unix seconds; the knob `clock_offset` sets it wrong.
    pub fn now(&self) -> f64 {
        self.epoch + self.device.clock.seconds() + self.device.number("clock_offset", 0.0)
    }

    /// Seconds since it was booted.
    pub fn uptime(&self) -> f64 {
        self.device.clock.seconds() + self.device.number("uptime_seconds", 3600.0)
    }

    /// A seat for a login; none: all are taken.
    pub fn seat(&self) -> Option<Seat> {
        let most = self.device.number("max_sessions", 5.0).max(0.0) as usize;
        let taken =
            self.seats.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |taken| (taken < most).then_some(taken + 1));
        if taken.is_err() {
            self.device.received("session", "session refused");
            return None;
        }
        self.device.received("session", "session open");
        Some(Seat { device: Arc::clone(&self.device), seats: Arc::clone(&self.seats) })
    }

    /// Whether a login with this credential is let in; counts refusals, and notes the attempt without the password.
    pub fn admits(&self, method: &str, user: &str, right: bool) -> bool {
        let knobs = Knobs(&self.device);
        let offered = knobs.auth().iter().any(|name| name == method);
        let right = right && user == knobs.user() && offered && !self.device.faults().contains(&Fault::Auth {});
        let now = self.device.clock.seconds();
        let mut failures = lock(&self.failures);
        let locked = now < failures.locked_until;
        let verdict = if locked {
            "locked"
        } else if right {
            failures.count = 0;
            "accepted"
        } else {
            failures.count += 1;
            if failures.count >= self.device.number("attempts", 3.0).max(1.0) as usize {
                failures.count = 0;
                failures.locked_until = now + self.device.number("lockout_seconds", 600.0);
            }
            "refused"
        };
        self.device.received("auth", format!("{method} {user} {verdict}"));
        right && !locked
    }
}

impl Host for Router {
    type Session = Session;

    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn tasks(&self) -> &TaskTracker {
        &self.running.tasks
    }

    fn is_up(&self) -> bool {
        true
    }

    fn life(&self) -> CancellationToken {
        self.running.stop.child_token()
    }

    fn ssh(&self) -> anyhow::Result<Arc<server::Config>> {
        let knobs = Knobs(&self.device);
        let other_key = self.device.faults().contains(&Fault::Hostkey {});
        let key = SshKey { profile: knobs.profile(), other_key, auth: knobs.auth() };
        let mut cached = lock(&self.ssh);
        if let Some((made_from, config)) = &*cached
            && *made_from == key
        {
            return Ok(Arc::clone(config));
        }
        let methods: Vec<russh::MethodKind> = key.auth.iter().filter_map(|name| name.parse().ok()).collect();
        let config = Arc::new(server::Config {
            methods: methods.as_slice().into(),
            auth_rejection_time: Duration::from_millis(2),
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![hostkey::host_key(&self.device.name, key.profile.host_key(), key.other_key)?],
            preferred: key.profile.preferred(),
            inactivity_timeout: None,
            nodelay: true,
            // Limits, not allocations: keys typed during long output never stop the session.
            event_buffer_size: 2048,
            channel_buffer_size: 1024,
            ..server::Config::default()
        });
        *cached = Some((key, Arc::clone(&config)));
        Ok(config)
    }

    fn session(connection: Arc<Connection<Self>>) -> Session {
        Session::new(connection)
    }
}
