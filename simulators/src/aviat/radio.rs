//! One simulated radio at run time. What it is stands in its knobs, where every face and every test sees it; here are
//! the tasks that move it, and what ends them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use russh::server;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::facts::Facts;
use super::session::Session;
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
    /// Second of the day at the simulated second 0.
    day: f64,
    ssh: Mutex<Option<(SshKey, Arc<server::Config>)>>,
    live: Mutex<Live>,
}

/// What an SSH configuration was made from.
type SshKey = (bool, Vec<String>);

/// The tokens of what goes on. Whoever decides by the state of the software and changes it holds them locked.
#[derive(Debug)]
pub struct Live {
    /// Cancelled by a reboot: ends the connections.
    life: CancellationToken,
    /// Cancelled by what ends the operation that runs: an abort, a reboot.
    work: CancellationToken,
}

/// What a reboot does to the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boot {
    /// The same image again.
    Same,
    /// The other image, and the two change places.
    Swap,
    /// Back to the old image, after an activation that was not kept.
    Back,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Knobs to merge.
pub fn knobs(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

impl Radio {
    /// A radio that is up.
    pub fn new(device: Arc<Device>, running: Running) -> Arc<Self> {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64();
        let day = unix - device.clock.seconds();
        let live = Live { life: running.stop.child_token(), work: running.stop.child_token() };
        Arc::new(Self { device, running, day, ssh: Mutex::default(), live: Mutex::new(live) })
    }

    /// Its knobs now.
    pub fn facts(&self) -> Facts {
        Facts::of(&self.device)
    }

    /// Simulated seconds.
    pub fn now(&self) -> f64 {
        self.device.clock.seconds()
    }

    /// Tables are empty for some time after a boot.
    pub fn is_settling(&self) -> bool {
        self.now() < self.facts().settled_at()
    }

    /// Seconds until the radio's clock shows that second of the day; a day if it shows it now. The knob
    /// `clock_seconds` says what it showed at the simulated second 0; without it, it is the machine's, in UTC.
    pub fn until_second_of_day(&self, wanted: f64) -> f64 {
        let origin = self.facts().0.maybe_number("clock_seconds").unwrap_or(self.day);
        let left = (wanted - (origin + self.now())).rem_euclid(86_400.0);
        if left > 0.0 { left } else { 86_400.0 }
    }

    /// Locks what goes on.
    pub fn live(&self) -> MutexGuard<'_, Live> {
        lock(&self.live)
    }

    /// Merges knobs on behalf of an operation, unless it was ended; false: it was.
    pub fn advance(&self, work: &CancellationToken, change: Value) -> bool {
        let _live = self.live();
        let goes_on = !work.is_cancelled();
        if goes_on {
            self.device.merge(knobs(change));
        }
        goes_on
    }

    /// Reboots, if the operation was not ended meanwhile.
    pub fn reboot_after(self: &Arc<Self>, work: &CancellationToken, boot: Boot) {
        let mut live = self.live();
        if !work.is_cancelled() {
            self.reboot(&mut live, boot);
        }
    }

    /// Cuts every face for `reboot_seconds`; then the radio settles. An activation that was under way takes place,
    /// a load is lost.
    pub fn reboot(self: &Arc<Self>, live: &mut Live, boot: Boot) {
        let facts = self.facts();
        let waits_for_this = facts.state() == "activate" && facts.0.flag("activation_needs_restart", false);
        let boot = if boot == Boot::Same && waits_for_this { Boot::Swap } else { boot };
        let up = self.now() + facts.0.number("reboot_seconds", 240.0);
        let rolls_back = facts.0.flag("rolls_back", false) && boot == Boot::Swap && facts.state() != "rollback";
        let after = facts.0.number("rollback_seconds", 0.0);
        let mut change = knobs(json!({
            "down_until": up, "up_since": up, "uptime_days": 0, "load_started": null, "loading_uri": null,
        }));
        let state = if rolls_back && after <= 0.0 {
            // The new image was tried and given up within the boot: the old one is there as before.
            "rollback"
        } else if boot == Boot::Same {
            "idle"
        } else {
            let (active, inactive) = (facts.0.text("active", ""), facts.0.text("inactive", ""));
            let six = facts.maybe_version("inactive").is_some_and(super::version::Version::is_six);
            change.insert("family".to_owned(), if six { "6" } else { "2.11" }.into());
            change.insert("active".to_owned(), inactive.into());
            change.insert("inactive".to_owned(), active.into());
            change.insert("rollback_open".to_owned(), (boot == Boot::Swap).into());
            if boot == Boot::Back { "rollback" } else { "commit" }
        };
        change.insert("software_state".to_owned(), state.into());
        std::mem::replace(&mut live.work, self.running.stop.child_token()).cancel();
        std::mem::replace(&mut live.life, self.running.stop.child_token()).cancel();
        self.device.merge(change);
        self.device.received("boot", format!("reboot {boot:?}").to_lowercase());
        let work = live.work.clone();
        let (radio, clock) = (Arc::clone(self), self.device.clock.clone());
        let settle = facts.0.number("boot_settle_seconds", 40.0) + facts.0.number("commit_seconds", 20.0);
        let down = facts.0.number("reboot_seconds", 240.0);
        self.work(work.clone(), async move {
            if state == "commit" {
                clock.sleep(Duration::from_secs_f64(down + settle)).await;
                radio.advance(&work, json!({"software_state": "idle"}));
            }
            if rolls_back && after > 0.0 {
                clock.sleep(Duration::from_secs_f64((after - settle).max(0.0))).await;
                radio.reboot_after(&work, Boot::Back);
            }
        });
    }

    /// Ends the operation that runs; the token of the next one.
    pub fn next_work(&self, live: &mut Live) -> CancellationToken {
        let next = self.running.stop.child_token();
        std::mem::replace(&mut live.work, next.clone()).cancel();
        next
    }

    /// Runs an operation until its token is cancelled.
    pub fn work(&self, work: CancellationToken, operation: impl Future<Output = ()> + Send + 'static) {
        self.running.tasks.spawn(async move {
            tokio::select! {
                () = operation => {}
                () = work.cancelled() => {}
            }
        });
    }

    /// Whether such a login is let in, and what the journal says of it; the password itself it never says.
    pub fn admits(&self, method: &str, user: &str, password: &str) -> bool {
        let facts = self.facts();
        let known = user == facts.0.text("user", "admin") && password == facts.0.text("password", "admin");
        let booting = self.now() < facts.logins_from();
        let faulty = self.device.faults().contains(&Fault::Auth {});
        let factory = password == facts.0.text("factory_password", "admin");
        let accepted = known && !booting && !faulty;
        let verdict = if accepted { "accepted" } else { "refused" };
        let which = if factory { ", factory password" } else { "" };
        self.device.received("auth", format!("{method} {user} {verdict}{which}"));
        accepted
    }
}

impl Host for Radio {
    type Session = Session;

    fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn tasks(&self) -> &TaskTracker {
        &self.running.tasks
    }

    fn is_up(&self) -> bool {
        self.now() >= self.facts().down_until()
    }

    fn life(&self) -> CancellationToken {
        self.live().life.child_token()
    }

    fn ssh(&self) -> anyhow::Result<Arc<server::Config>> {
        let methods = self.facts().list("auth");
        let methods = methods.unwrap_or_else(|| vec!["password".to_owned(), "keyboard-interactive".to_owned()]);
        let key = (self.device.faults().contains(&Fault::Hostkey {}), methods);
        let mut cached = lock(&self.ssh);
        if let Some((made_from, config)) = &*cached
            && *made_from == key
        {
            return Ok(Arc::clone(config));
        }
        let methods: Vec<russh::MethodKind> = key.1.iter().filter_map(|name| name.parse().ok()).collect();
        let config = Arc::new(server::Config {
            methods: methods.as_slice().into(),
            auth_rejection_time: Duration::from_millis(2),
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![hostkey::host_key(&self.device.name, hostkey::HostKeyKind::Ed25519, key.0)?],
            inactivity_timeout: None,
            nodelay: true,
            // Limits, not allocations: keys typed during long output never stop the session.
            event_buffer_size: 1024,
            channel_buffer_size: 512,
            ..server::Config::default()
        });
        *cached = Some((key, Arc::clone(&config)));
        Ok(config)
    }

    fn session(connection: Arc<Connection<Self>>) -> Session {
        Session::new(connection)
    }
}
