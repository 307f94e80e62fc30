//! One simulated router at run time: its device, what it caches, and whether it is up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use russh::server;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::calendar::Moment;
use super::export::Cache;
use super::knobs::Knobs;
use super::outlet::Connection;
use super::profile::Profile;
use super::session::Session;
use crate::core::{Device, Fault};
use crate::ssh::{Host, hostkey};

/// A simulated router.
pub struct Router {
    /// Knobs, journal, faults.
    pub device: Arc<Device>,
    /// Its tasks.
    pub tasks: TaskTracker,
    stop: CancellationToken,
    /// Unix seconds at simulated second 0.
    epoch: f64,
    ssh: Mutex<Option<(SshKey, Arc<server::Config>)>>,
    cache: Mutex<Cache>,
    added: Mutex<Vec<(String, String)>>,
    boot: Mutex<Boot>,
}

/// What an SSH configuration was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SshKey {
    profile: Profile,
    other_key: bool,
    auth: Vec<String>,
}

struct Boot {
    /// Simulated second since which it is up, or will be.
    up_at: f64,
    /// Rebooted at least once: the knob `uptime_seconds` no longer counts.
    again: bool,
    /// Cancelled by a reboot: ends the connections.
    life: CancellationToken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Router {
    /// A router that is up.
    pub fn new(device: Arc<Device>, tasks: TaskTracker, stop: CancellationToken) -> Arc<Self> {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
        let epoch = unix - device.clock.seconds();
        let boot = Boot { up_at: 0.0, again: false, life: stop.child_token() };
        Arc::new(Self {
            device,
            tasks,
            stop,
            epoch,
            ssh: Mutex::default(),
            cache: Mutex::default(),
            added: Mutex::default(),
            boot: Mutex::new(boot),
        })
    }

    /// The router's clock; the knob `clock_offset` (seconds) sets it wrong.
    pub fn now(&self) -> Moment {
        Moment::from_unix(self.epoch + self.device.clock.seconds() + self.device.number("clock_offset", 0.0))
    }

    /// Seconds since it was booted.
    pub fn uptime(&self) -> f64 {
        let boot = lock(&self.boot);
        let before = if boot.again { 0.0 } else { self.device.number("uptime_seconds", 8_596_504.0) };
        (self.device.clock.seconds() - boot.up_at).max(0.0) + before
    }

    /// Cuts all connections and is up again after the knob `boot_time`, in seconds.
    pub fn reboot(&self) {
        let mut boot = lock(&self.boot);
        boot.up_at = self.device.clock.seconds() + self.device.number("boot_time", 60.0);
        boot.again = true;
        std::mem::replace(&mut boot.life, self.stop.child_token()).cancel();
    }

    /// The cache of the last export.
    pub fn cache(&self) -> MutexGuard<'_, Cache> {
        lock(&self.cache)
    }

    /// Addresses that were added over the console: address, interface.
    pub fn added(&self) -> Vec<(String, String)> {
        lock(&self.added).clone()
    }

    /// Adds an address; false: it is there already.
    pub fn add_address(&self, address: &str, interface: &str) -> bool {
        let mut added = lock(&self.added);
        let new = !added.iter().any(|(there, _)| there == address);
        if new {
            added.push((address.to_owned(), interface.to_owned()));
        }
        new
    }

    /// Removes the address with that index in `print`; false: there is none. Index 0 is the built-in one, which
    /// stays.
    pub fn remove_address(&self, index: usize) -> bool {
        let mut added = lock(&self.added);
        let there = index > 0 && index <= added.len();
        if there {
            added.remove(index.saturating_sub(1));
        }
        there
    }
}

impl Host for Router {
    type Session = Session;

    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    fn is_up(&self) -> bool {
        self.device.clock.seconds() >= lock(&self.boot).up_at
    }

    fn life(&self) -> CancellationToken {
        lock(&self.boot).life.child_token()
    }

    /// The SSH configuration of this moment; the same object as long as no knob or fault that it depends on changes.
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
        let config = Arc::new(ssh_config(&self.device.name, &key)?);
        *cached = Some((key, Arc::clone(&config)));
        Ok(config)
    }

    fn session(connection: Arc<Connection>) -> Session {
        Session::new(connection)
    }
}

fn ssh_config(name: &str, key: &SshKey) -> anyhow::Result<server::Config> {
    let methods: Vec<russh::MethodKind> = key.auth.iter().filter_map(|name| name.parse().ok()).collect();
    Ok(server::Config {
        server_id: russh::SshId::Standard("SSH-2.0-ROSSSH".into()),
        methods: methods.as_slice().into(),
        auth_rejection_time: Duration::from_millis(2),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![hostkey::host_key(name, key.profile.host_key(), key.other_key)?],
        preferred: key.profile.preferred(),
        inactivity_timeout: None,
        nodelay: true,
        // Large enough that a whole window of output can be queued in one go, and that keys typed during long
        // output never stop the session. Both are limits, not allocations.
        event_buffer_size: 8192,
        channel_buffer_size: 4096,
        ..server::Config::default()
    })
}
