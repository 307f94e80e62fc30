//! The night: gives scheduled radios their turn.
//!
//! One task of the daemon that holds the database. It never speaks to a radio: it gives a radio that is due a slot and a
//! driver, in one change, and the driver looks before it does anything. A change that meets no free slot, or the other
//! end of the hop with one, changes nothing.

mod pick;
#[cfg(test)]
mod rest;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::config::Config;
use super::decide::{self, Said};
use super::drive::event;
use super::rows::Entry;
use super::state::{Phase, Radio};
use super::window::Window;
use super::{driver, overrun, partner};
use crate::calendar::window::{Book, Subject};
use crate::clock::{Chance, Clock, Stopwatch, add};
use crate::inventory::{Inventory, InventoryHandle};
use crate::model::{Failure, Level, RadioStatus};
use crate::report::Chain;
use crate::store::{Changed, RadioChange, Signal, Store};
use crate::telemetry::Metrics;
use overrun::Overruns;
use pick::Turn;
pub use pick::waits;

/// Changes come in bursts; a burst is looked at once.
const BURST: Duration = Duration::from_millis(500);
/// Where thousands of radios make a look at all of them long, looks are so many times their own length apart, so that
/// they take a four-hundredth of a core at most, whatever changes: some 20 s with 5,000 radios.
const REST: u32 = 400;
/// And no longer.
const LONGEST_REST: Duration = Duration::from_secs(30);
/// The longest time without a look: a hint may be lost, and what waits for another radio has no instant of its own.
const LONGEST: Duration = Duration::from_secs(60);
/// After a failure of the store.
const RETRY: Duration = Duration::from_secs(5);
/// When radios are looked for whose driver is gone: soon after the start, since that is when the engine gives up jobs
/// that a kill has cut off too often; then more and more rarely, down to this.
const HEAL: Duration = Duration::from_secs(300);
/// The first time after the start.
const HEAL_FIRST: Duration = Duration::from_secs(1);

/// Statuses in which somebody has to drive a radio: see [`Phase::status`].
const DRIVEN: [RadioStatus; 4] =
    [RadioStatus::Processing, RadioStatus::Loading, RadioStatus::Rebooting, RadioStatus::PendingVerify];

/// The scheduler.
pub struct Night {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Clock,
    /// For ids.
    pub chance: Chance,
    /// Settings.
    pub config: Arc<Config>,
    /// Sites' zones, and hops.
    pub inventory: InventoryHandle,
    /// Windows and black-outs of the settings.
    pub book: Arc<Book>,
    /// Counts what runs on behind the end of its window.
    pub metrics: Metrics,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Night {
    /// Runs until it is stopped.
    pub async fn run(self) {
        let mut signals = self.store.signals();
        let (mut heal_at, mut pause) = (self.clock.now(), HEAL_FIRST);
        let (mut look_at, mut burst) = (self.clock.now(), BURST);
        let mut overruns = Overruns::default();
        loop {
            let now = self.clock.now();
            if now >= heal_at {
                match self.heal().await {
                    Ok(()) => {
                        heal_at = add(now, pause);
                        pause = pause.saturating_mul(2).min(HEAL);
                    }
                    Err(failure) => {
                        heal_at = add(now, RETRY);
                        tracing::error!("radios without a driver could not be looked for: {failure}");
                    }
                }
            }
            // Whoever was healed changed, and that is heard.
            if now >= look_at {
                let watch = Stopwatch::start();
                let next = match self.pass(&mut overruns).await {
                    Ok(next) => next,
                    Err(failure) => {
                        tracing::error!("scheduled radios could not be looked at; trying again: {failure}");
                        Some(add(self.clock.now(), RETRY))
                    }
                };
                burst = watch.elapsed().saturating_mul(REST).clamp(BURST, LONGEST_REST);
                let latest = add(self.clock.now(), LONGEST);
                look_at = next.unwrap_or(latest).min(latest);
            }
            loop {
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    () = self.clock.sleep_until(look_at.min(heal_at)) => break,
                    signal = signals.recv() => match signal {
                        // What else comes meanwhile is heard: a stop, and above all a change of windows.
                        Ok(Signal::Radios) => look_at = look_at.min(add(self.clock.now(), burst)),
                        // What was lost may have been such a change.
                        Err(RecvError::Lagged(_)) => {
                            self.wake_held().await;
                            look_at = look_at.min(add(self.clock.now(), burst));
                        }
                        Ok(Signal::Windows) => {
                            self.wake_held().await;
                            look_at = self.clock.now();
                            break;
                        }
                        Ok(Signal::Ready | Signal::Cancel(_) | Signal::Configs | Signal::Schedules) => {}
                        Err(RecvError::Closed) => { self.stop.cancelled().await; return }
                    },
                }
            }
        }
    }

    async fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let rows = self.store.radios().await.map_err(|error| failure(&error))?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            match Entry::read(row) {
                Ok(entry) => entries.push(entry),
                Err(failure) => tracing::error!("{failure}"),
            }
        }
        Ok(entries)
    }

    /// Gives every radio that is due, and may, its turn. The next instant at which another one is.
    async fn pass(&self, overruns: &mut Overruns) -> Result<Option<Timestamp>, Failure> {
        let book = book(self.store.as_ref(), &self.book).await?;
        let entries = self.entries().await?;
        let now = self.clock.now();
        let inventory = self.inventory.current();
        let others: HashMap<IpAddr, &Radio> = entries.iter().map(|entry| (entry.row.address, &entry.radio)).collect();
        let mut next: Option<Timestamp> = None;
        let mut due = Vec::new();
        for entry in entries.iter().filter(|entry| matches!(entry.radio.phase, Phase::Scheduled | Phase::Manual)) {
            let Some(window) = window_of(&self.config, &book, &inventory, entry.row.address) else { continue };
            let hop = inventory.hop_of(entry.row.address);
            let other = hop.as_ref().and_then(|hop| others.get(&hop.other.address).copied());
            match pick::turn(&entry.radio, &window, now, &partner::partner(hop.as_ref(), other)) {
                Turn::Now => due.push((pick::order(entry, hop.as_ref()), entry)),
                Turn::Never(why) => self.leave(entry, &why).await?,
                Turn::At(instant) => next = Some(next.map_or(instant, |next| next.min(instant))),
                Turn::Behind(why) if entry.radio.error.as_deref() != Some(&why) => self.behind(entry, &why).await?,
                Turn::Behind(_) | Turn::Hold => {}
            }
        }
        for entry in &entries {
            let Some(window) =
                overrun::concerns(entry).then(|| window_of(&self.config, &book, &inventory, entry.row.address))
            else {
                continue;
            };
            if window.is_some_and(|window| overruns.is_new(entry, &window, now)) {
                self.metrics.window_overrun();
                tracing::warn!(radio = %entry.row.address, "a radio is not back and proven at the end of its window");
                self.overran(entry, now).await;
            }
        }
        due.sort_by_key(|(order, _)| *order);
        let taken = entries.iter().filter(|entry| entry.row.slot).count();
        let most = usize::try_from(self.config.max_activations.get()).unwrap_or(usize::MAX);
        let mut free = most.saturating_sub(taken);
        for (_, entry) in due {
            if free == 0 {
                break;
            }
            match self.begin(entry).await? {
                Changed::Done => free -= 1,
                Changed::Full => break,
                Changed::Stale(_) | Changed::Partner(_) => {}
            }
        }
        Ok(next)
    }

    /// Said where a person follows the radio. Nothing about the radio changes by it.
    async fn overran(&self, entry: &Entry, now: Timestamp) {
        let message = "Not back and proven at the end of its window".to_owned();
        let said = Said { level: Level::Warning, message, fields: json!({}) };
        let change = RadioChange { events: vec![event(entry, entry.row.task, &said, now)], ..RadioChange::default() };
        if let Err(error) = self.store.change_radios(now, change).await {
            tracing::error!(error = %Chain(&error), "that a radio outlasts its window could not be told");
        }
    }

    /// Windows changed: whoever waits for one looks again.
    async fn wake_held(&self) {
        let entries = match self.entries().await {
            Ok(entries) => entries,
            Err(failure) => return tracing::error!("radios that wait for a window could not be woken: {failure}"),
        };
        let now = self.clock.now();
        let held = entries
            .into_iter()
            .filter(|entry| entry.radio.phase.is_driven() && decide::pending(&entry.radio).is_some());
        for driver in held.filter_map(|entry| entry.row.driver) {
            if let Err(error) = self.store.poke(driver, now).await {
                tracing::error!(error = %Chain(&error), "a job that waits for a window could not be woken");
            }
        }
    }

    /// A slot and a driver for a radio.
    async fn begin(&self, entry: &Entry) -> Result<Changed, Failure> {
        let now = self.clock.now();
        let mut new = entry.clone();
        new.radio.phase = Phase::Begin;
        new.row.slot = true;
        let said = match &new.radio.go {
            Some(go) => format!("Its turn, as {} asked", go.asked.by),
            None => "Its turn: the window is open".to_owned(),
        };
        self.drive(new, &said, Some(self.config.max_activations.get()), now).await
    }

    async fn drive(&self, mut new: Entry, said: &str, slots: Option<u32>, now: Timestamp) -> Result<Changed, Failure> {
        let job = driver::job(new.row.address, &new.radio.username, now, &self.chance)?;
        new.row.driver = Some(job.id);
        let said = Said { level: Level::Info, message: said.to_owned(), fields: json!({}) };
        let events = vec![event(&new, new.row.task, &said, now)];
        let change =
            RadioChange { writes: vec![new.write()?], jobs: vec![job], events, slots, ..RadioChange::default() };
        self.store.change_radios(now, change).await.map_err(|error| failure(&error))
    }

    /// It waits for the far end: a person sees for what.
    async fn behind(&self, entry: &Entry, why: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut new = entry.clone();
        new.radio.error = Some(why.to_owned());
        let said = Said { level: Level::Info, message: why.to_owned(), fields: json!({}) };
        let events = vec![event(&new, new.row.task, &said, now)];
        let change = RadioChange { writes: vec![new.write()?], events, ..RadioChange::default() };
        self.store.change_radios(now, change).await.map_err(|error| failure(&error)).map(drop)
    }

    /// The far end failed: this end is left alone, and a person sees why.
    async fn leave(&self, entry: &Entry, why: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut new = entry.clone();
        new.radio.phase = Phase::Blocked;
        new.radio.error = Some(why.to_owned());
        new.radio.go = None;
        let task = new.release_task();
        let said = Said { level: Level::Warning, message: why.to_owned(), fields: json!({}) };
        let events = vec![event(&new, task, &said, now)];
        let change = RadioChange { writes: vec![new.write()?], events, ..RadioChange::default() };
        // A row that changed meanwhile is looked at again, since its change wakes us.
        self.store.change_radios(now, change).await.map_err(|error| failure(&error)).map(drop)
    }

    /// A radio whose driver is gone gets a new one, which begins by observing: nothing stays `processing` for ever.
    async fn heal(&self) -> Result<(), Failure> {
        for row in self.store.undriven(&DRIVEN).await.map_err(|error| failure(&error))? {
            let entry = match Entry::read(row) {
                Ok(entry) if entry.radio.phase.is_driven() => entry,
                Ok(_) => continue,
                Err(failure) => {
                    tracing::error!("{failure}");
                    continue;
                }
            };
            tracing::warn!(radio = %entry.row.address, "a radio had no driver any more; it gets a new one");
            let now = self.clock.now();
            self.drive(entry, "Taken up again after an interruption", None, now).await?;
        }
        Ok(())
    }
}

fn failure(error: &crate::store::StoreError) -> Failure {
    Failure::new(crate::model::FailureClass::Internal, format!("the store: {}", Chain(error)))
}

/// Windows and black-outs of the settings and of the store.
///
/// # Errors
/// `Internal` where the store fails, or holds a rule that cannot be read: then nothing may begin.
pub async fn book(store: &dyn Store, settings: &Book) -> Result<Book, Failure> {
    let rows = store.windows().await.map_err(|error| failure(&error))?;
    let rows = rows.iter().map(|row| (row.name.as_str(), row.kind.as_str(), &row.spec));
    settings.with(rows).map_err(|error| Failure::new(crate::model::FailureClass::Internal, error.to_string()))
}

/// When work on a radio may begin: in its site's zone, else in the configured one. None only where the settings were not
/// checked.
pub fn window_of(config: &Config, book: &Book, inventory: &Inventory, address: IpAddr) -> Option<Window> {
    let device = inventory.by_address(address);
    let site = device.as_ref().and_then(|device| inventory.site(device.site.as_deref()?));
    let zone = match site.and_then(|site| site.zone.clone()) {
        Some(zone) => zone,
        None => TimeZone::get(&config.zone).ok()?,
    };
    let window = Window::of(&config.window, zone.clone(), config.window_cutoff).ok()?;
    Some(window.with(book, &Subject { address, device: device.as_deref(), zone }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aviat::decide::tests::{activating, loading};
    use crate::aviat::state::{End, Outage, Sent};

    #[test]
    fn whoever_has_to_be_driven_is_looked_for() {
        let Phase::Activate(outage) = activating().phase else { panic!("not activating") };
        let outages = [
            outage.clone(),
            Outage { sent: Sent::Unknown, ..outage.clone() },
            Outage { overdue: true, ..outage.clone() },
        ];
        let mut phases = vec![Phase::Begin, Phase::Slot, Phase::Configure, loading(Sent::Intended, false).phase];
        phases.extend(outages.into_iter().map(Phase::Activate));
        phases.push(Phase::Restart(outage));
        for phase in phases {
            assert!(phase.is_driven() && DRIVEN.contains(&phase.status()), "{phase:?}");
        }
        for phase in [
            Phase::Listed,
            Phase::Blocked,
            Phase::RebootRequired,
            Phase::RestartFailed,
            Phase::Scheduled,
            Phase::Manual,
            Phase::Settled { end: End::Success },
        ] {
            assert!(!phase.is_driven() && !DRIVEN.contains(&phase.status()), "{phase:?}");
        }
    }
}
