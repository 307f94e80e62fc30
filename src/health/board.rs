//! The last reading of each device, and the wishes of those who want another. In memory only: what a device measured
//! before a restart of the daemon is not known.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot, watch};

use super::{Answer, needs, reboot};
use crate::inventory::InventoryHandle;
use crate::model::{Device, Failure, FailureClass, Health};
use crate::telemetry::NotPolled;
use crate::telemetry::exposition::label;

/// What is known of a device.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// As the inventory has it.
    pub(super) device: Arc<Device>,
    /// `device="...",site="..."`, escaped.
    pub(super) labels: String,
    /// Between two polls; zero: only when asked.
    pub(super) interval: Duration,
    /// Why it is never polled.
    pub(super) never: Option<String>,
    /// Whether credentials are what is missing.
    pub(super) lacks: bool,
    /// How the last poll ended; none: there was none.
    pub(super) last: Option<Last>,
    /// What it said when it last answered.
    pub(super) model: Option<String>,
    /// Likewise.
    pub(super) firmware: Option<String>,
    /// When it last answered.
    pub(super) last_success: Option<Timestamp>,
    /// Uptime, and when it was read.
    uptime: Option<(Duration, Timestamp)>,
    /// Polls that went well.
    pub(super) ok: u64,
    /// Polls that did not.
    pub(super) failed: u64,
    /// Polls that were not carried out, because a job wrote to the device.
    pub(super) skipped: u64,
    /// How often its uptime fell.
    pub(super) reboots: u64,
}

/// How a poll ended.
#[derive(Debug, Clone)]
pub(super) struct Last {
    /// The reading, or why there is none.
    pub(super) outcome: Result<Answer, FailureClass>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Entry {
    fn new(device: Arc<Device>, interval: Duration) -> Self {
        let mut labels = String::new();
        label(&mut labels, "device", &device.name);
        label(&mut labels, "site", device.site.as_deref().unwrap_or("-"));
        let (never, lacks) = (needs::missing(&device), needs::lacks_credentials(&device));
        Self {
            device,
            labels,
            interval,
            never,
            lacks,
            last: None,
            model: None,
            firmware: None,
            last_success: None,
            uptime: None,
            ok: 0,
            failed: 0,
            skipped: 0,
            reboots: 0,
        }
    }

    /// The reading of a device that answered its last poll.
    pub(super) fn health(&self) -> Option<&Health> {
        Some(&self.last.as_ref()?.outcome.as_ref().ok()?.health)
    }

    /// Whether its polls go on by themselves, so that what is known of it does not grow old.
    pub(super) fn shown(&self) -> bool {
        self.never.is_none() && !self.interval.is_zero()
    }
}

/// How a device is now, compared with how it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// As before.
    None,
    /// It answers, and did not, or was not asked before.
    Up,
    /// It does not answer, and did, or was not asked before.
    Down,
}

/// Someone waits for a device to be polled.
pub(super) struct Wish {
    pub(super) device: String,
    /// None: nobody waits for the end.
    pub(super) told: Option<oneshot::Sender<()>>,
}

/// A config changed, of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConfigChange {
    /// The newest version's number; the first is 1.
    pub(super) number: i64,
    /// When it was read.
    pub(super) at: Timestamp,
}

/// What is known of all devices. Clones share it.
#[derive(Clone)]
pub struct Board(Arc<Inner>);

struct Inner {
    inventory: InventoryHandle,
    /// Whether anybody polls.
    enabled: bool,
    devices: Mutex<BTreeMap<String, Arc<Entry>>>,
    configs: Mutex<HashMap<String, ConfigChange>>,
    /// None: nobody grants them any more.
    wishes: Mutex<Option<Vec<Wish>>>,
    bell: Notify,
    polls: watch::Sender<u64>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl super::traps::Nudge for Board {
    fn nudge(&self, device: &str) {
        Board::nudge(self, device);
    }
}

impl Board {
    /// Nothing is known yet; `enabled` says whether a [`Poller`](super::Poller) will fill it.
    pub fn new(inventory: InventoryHandle, enabled: bool) -> Self {
        Self(Arc::new(Inner {
            inventory,
            enabled,
            devices: Mutex::default(),
            configs: Mutex::default(),
            wishes: Mutex::new(enabled.then(Vec::new)),
            bell: Notify::new(),
            polls: watch::Sender::new(0),
        }))
    }

    /// Something happened to a device (it sent a trap): it is polled at once, or soon after a poll that has just ended.
    /// Not where its polls are switched off, lack credentials, or pause because it refused them.
    pub fn nudge(&self, device: &str) {
        if self.0.enabled {
            self.wish(Wish { device: device.to_owned(), told: None });
        }
    }

    /// A number that rises with every poll that ends.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.polls.subscribe()
    }

    /// Resolves when the device has been polled, or need not or must not be.
    pub(super) fn wanted(&self, device: &str) -> Result<oneshot::Receiver<()>, NotPolled> {
        if self.0.inventory.current().by_name(device).is_none() {
            return Err(NotPolled::Unknown);
        }
        if !self.0.enabled {
            return Err(NotPolled::Never("polls are switched off; set health.enabled".to_owned()));
        }
        if let Some(why) = self.entry(device).and_then(|entry| entry.never.clone()) {
            return Err(NotPolled::Never(why));
        }
        let (told, tell) = oneshot::channel();
        self.wish(Wish { device: device.to_owned(), told: Some(told) });
        Ok(tell)
    }

    fn wish(&self, wish: Wish) {
        // Dropped where nobody grants it: whoever waits is told by that.
        if let Some(wishes) = locked(&self.0.wishes).as_mut() {
            wishes.push(wish);
        }
        self.0.bell.notify_one();
    }

    /// Returns when there is a wish.
    pub(super) async fn rung(&self) {
        self.0.bell.notified().await;
    }

    /// The wishes so far.
    pub(super) fn wishes(&self) -> Vec<Wish> {
        locked(&self.0.wishes).as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Nobody polls any more: who waits need not.
    pub(super) fn close(&self) {
        locked(&self.0.wishes).take();
    }

    /// Takes a device in, or forgets what was known of one that changed. Its counters go on.
    pub(super) fn put(&self, device: Arc<Device>, interval: Duration) {
        let mut devices = locked(&self.0.devices);
        let mut entry = Entry::new(Arc::clone(&device), interval);
        if let Some(before) = devices.get(&device.name) {
            (entry.ok, entry.failed, entry.reboots) = (before.ok, before.failed, before.reboots);
            entry.skipped = before.skipped;
            if before.device.device_type == device.device_type && before.device.address == device.address {
                (entry.model, entry.firmware) = (before.model.clone(), before.firmware.clone());
                (entry.last, entry.last_success) = (before.last.clone(), before.last_success);
                entry.uptime = before.uptime;
            }
        }
        devices.insert(device.name.clone(), Arc::new(entry));
    }

    pub(super) fn remove(&self, device: &str) {
        locked(&self.0.devices).remove(device);
    }

    /// What is known of one device.
    pub(super) fn entry(&self, device: &str) -> Option<Arc<Entry>> {
        locked(&self.0.devices).get(device).cloned()
    }

    /// What is known of every device, by name.
    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        locked(&self.0.devices).values().cloned().collect()
    }

    /// The inventory whose devices these are.
    pub(super) fn inventory(&self) -> &InventoryHandle {
        &self.0.inventory
    }

    /// Keeps what a poll brought.
    pub(super) fn keep(&self, device: &str, polled: Result<Answer, Failure>, took: Duration, now: Timestamp) -> Turn {
        let mut devices = locked(&self.0.devices);
        let Some(entry) = devices.get_mut(device) else { return Turn::None };
        let entry = Arc::make_mut(entry);
        let before = entry.last.as_ref().map(|last| last.outcome.is_ok());
        let up = polled.is_ok();
        match &polled {
            Ok(answer) => {
                entry.ok = entry.ok.saturating_add(1);
                entry.last_success = Some(now);
                let Health { model, firmware, uptime, .. } = &answer.health;
                entry.model = model.clone().or_else(|| entry.model.take());
                entry.firmware = firmware.clone().or_else(|| entry.firmware.take());
                if let Some(uptime) = *uptime {
                    if let Some((before, at)) = entry.uptime {
                        let between = Duration::try_from(now.duration_since(at)).unwrap_or_default();
                        if reboot::restarted(before, uptime, between) {
                            entry.reboots = entry.reboots.saturating_add(1);
                        }
                    }
                    entry.uptime = Some((uptime, now));
                }
            }
            Err(_) => entry.failed = entry.failed.saturating_add(1),
        }
        let outcome = polled.map_err(|failure| failure.class);
        entry.last = Some(Last { outcome, took });
        match (before, up) {
            (Some(true), true) | (Some(false), false) => Turn::None,
            (_, true) => Turn::Up,
            (_, false) => Turn::Down,
        }
    }

    /// A poll was not carried out: what is known stays.
    pub(super) fn skipped(&self, device: &str) {
        if let Some(entry) = locked(&self.0.devices).get_mut(device) {
            let entry = Arc::make_mut(entry);
            entry.skipped = entry.skipped.saturating_add(1);
        }
    }

    /// A poll ended without touching the device: something is missing, as `why` says.
    pub(super) fn lacks(&self, device: &str, why: String) {
        let mut devices = locked(&self.0.devices);
        if let Some(entry) = devices.get_mut(device) {
            let entry = Arc::make_mut(entry);
            (entry.never, entry.lacks, entry.last) = (Some(why), true, None);
        }
    }

    /// What was missing is there.
    pub(super) fn lacks_nothing(&self, device: &str) {
        let mut devices = locked(&self.0.devices);
        if let Some(entry) = devices.get_mut(device).filter(|entry| entry.lacks) {
            let entry = Arc::make_mut(entry);
            (entry.never, entry.lacks) = (None, false);
        }
    }

    /// Tells those who wait for polls.
    pub(super) fn polled(&self) {
        self.0.polls.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(super) fn put_config(&self, device: String, change: ConfigChange) {
        locked(&self.0.configs).insert(device, change);
    }

    /// The newest version of a device's config.
    pub(super) fn config(&self, device: &str) -> Option<ConfigChange> {
        locked(&self.0.configs).get(device).copied()
    }
}
