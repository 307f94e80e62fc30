//! Writes the board: every family's samples together, devices in the order of their names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::Board;
use super::board::{Entry, Last};
use crate::model::{Health, Metric, Reading};
use crate::telemetry::exposition::{Family, Kind, Page, label, line};
use crate::telemetry::{DeviceMetrics, NotPolled};

const fn gauge(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Gauge, help }
}

const fn counter(name: &'static str, help: &'static str) -> Family {
    Family { name, kind: Kind::Counter, help }
}

const UP: Family = gauge("towerhand_device_up", "1 where the device answered its last poll, 0 where it did not.");
const UNREACHABLE: Family = gauge(
    "towerhand_device_unreachable",
    "1 for a device that did not answer its last poll, labelled with the reason: the class of the failure.",
);
const POLL_SECONDS: Family = gauge("towerhand_device_poll_seconds", "How long the last poll took, seconds.");
const ROUND_TRIP: Family = gauge(
    "towerhand_device_round_trip_seconds",
    "Shortest time from one request of the last poll to its answer, or from a TCP connection's first packet to its acceptance, \
     seconds, where either was measured.",
);
const VIA: Family = gauge(
    "towerhand_device_poll_via",
    "Constant 1 for a device that answered its last poll, labelled with what that went over: snmp, ssh, http, snmp+ssh, snmp+http.",
);
const LAST_SUCCESS: Family = gauge(
    "towerhand_device_last_success_timestamp_seconds",
    "When the device last answered a poll, Unix seconds; absent where it has not since the daemon started.",
);
const POLLS: Family = counter(
    "towerhand_device_polls_total",
    "Polls that ended, by outcome: ok, failed; and skipped, from the first one on, where a job wrote to the device meanwhile.",
);
const INTERVAL: Family = gauge("towerhand_device_poll_interval_seconds", "Planned time between two polls, seconds.");
const UPTIME: Family = gauge("towerhand_device_uptime_seconds", "Time since the device started, seconds.");
const REBOOTS: Family = counter(
    "towerhand_device_reboots_total",
    "How often the device's uptime fell from one poll to the next; a count of 32 bits that begins again is no fall.",
);
const INFO: Family = gauge(
    "towerhand_device_info",
    "Constant 1, labelled with type, role, and the model and firmware that the device last told; empty where not known.",
);
const LINK_INFO: Family =
    gauge("towerhand_link_info", "Constant 1 for each end of a radio link, labelled with the other.");
const LINK_DIFFERENCE: Family = gauge(
    "towerhand_link_rsl_difference_db",
    "Difference of the received levels of both ends of a radio link, dB; of its carriers the largest.",
);
const CONFIG_CHANGES: Family = counter(
    "towerhand_config_changes_total",
    "Versions of the device's running config in the archive after its first.",
);
const CONFIG_CHANGED: Family = gauge(
    "towerhand_config_last_change_timestamp_seconds",
    "When the newest version of the device's running config was first read, Unix seconds; absent where it is the first.",
);
const UNPOLLED: Family =
    gauge("towerhand_health_unpolled", "Devices that are not polled because the inventory gives them no credentials.");

/// The families that devices have beside those of [`Metric`].
pub const FAMILIES: &[Family] = &[
    UP,
    UNREACHABLE,
    POLL_SECONDS,
    ROUND_TRIP,
    VIA,
    LAST_SUCCESS,
    POLLS,
    INTERVAL,
    UPTIME,
    REBOOTS,
    INFO,
    LINK_INFO,
    LINK_DIFFERENCE,
    CONFIG_CHANGES,
    CONFIG_CHANGED,
    UNPOLLED,
];

/// What most devices measure: a first guess of how much room is needed.
const READINGS: usize = 20;

/// One number of each device that has it.
fn each(page: &mut Page, family: Family, entries: &[Arc<Entry>], value: impl Fn(&Entry) -> Option<f64>) {
    let mut samples = page.begin(family);
    for entry in entries {
        if let Some(value) = value(entry) {
            samples.put(&entry.labels, value);
        }
    }
}

/// Any number of samples of each device, with labels beside `device` and `site`.
fn labelled(
    page: &mut Page,
    family: Family,
    entries: &[Arc<Entry>],
    mut put: impl FnMut(&Entry, &mut dyn FnMut(&[(&str, &str)], f64)),
) {
    let (mut samples, mut labels) = (page.begin(family), String::new());
    for entry in entries {
        put(entry, &mut |more, value| {
            labels.clear();
            labels.push_str(&entry.labels);
            for (name, value) in more {
                label(&mut labels, name, value);
            }
            samples.put(&labels, value);
        });
    }
}

/// Unix seconds.
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}

fn last(entry: &Entry) -> Option<&Last> {
    entry.last.as_ref()
}

/// The families of polls themselves.
fn polls(page: &mut Page, entries: &[Arc<Entry>]) {
    each(page, UP, entries, |entry| Some(if last(entry)?.outcome.is_ok() { 1.0 } else { 0.0 }));
    labelled(page, UNREACHABLE, entries, |entry, put| {
        if let Some(Err(class)) = last(entry).map(|last| &last.outcome) {
            put(&[("reason", class.as_str())], 1.0);
        }
    });
    each(page, POLL_SECONDS, entries, |entry| Some(last(entry)?.took.as_secs_f64()));
    each(page, ROUND_TRIP, entries, |entry| {
        last(entry)?.outcome.as_ref().ok()?.round_trip.as_ref().map(Duration::as_secs_f64)
    });
    labelled(page, VIA, entries, |entry, put| {
        let via = last(entry).and_then(|last| last.outcome.as_ref().ok()?.via.as_str());
        if let Some(via) = via {
            put(&[("via", via)], 1.0);
        }
    });
    each(page, LAST_SUCCESS, entries, |entry| entry.last_success.map(seconds));
    labelled(page, POLLS, entries, |entry, put| {
        put(&[("outcome", "failed")], entry.failed as f64);
        put(&[("outcome", "ok")], entry.ok as f64);
        if entry.skipped > 0 {
            put(&[("outcome", "skipped")], entry.skipped as f64);
        }
    });
    each(page, INTERVAL, entries, |entry| Some(entry.interval.as_secs_f64()));
    each(page, UPTIME, entries, |entry| entry.health()?.uptime.as_ref().map(Duration::as_secs_f64));
    each(page, REBOOTS, entries, |entry| Some(entry.reboots as f64));
    labelled(page, INFO, entries, |entry, put| {
        if entry.last.is_some() {
            let device = &entry.device;
            let labels = [
                ("type", device.device_type.code()),
                ("role", device.role.as_str()),
                ("model", entry.model.as_deref().unwrap_or_default()),
                ("firmware", entry.firmware.as_deref().unwrap_or_default()),
            ];
            put(&labels, 1.0);
        }
    });
}

/// What devices measure.
fn readings(page: &mut Page, entries: &[Arc<Entry>]) {
    let mut all: Vec<(&Entry, &Reading)> = Vec::with_capacity(entries.len().saturating_mul(READINGS));
    for entry in entries {
        let Some(health) = entry.health() else { continue };
        let begin = all.len();
        for reading in &health.readings {
            let before = all.get(begin..).unwrap_or_default();
            // A device that counts one thing twice must not spoil the scrape of all.
            let twice = before.iter().any(|(_, put)| put.metric == reading.metric && put.of == reading.of);
            if reading.value.is_finite() && !twice {
                all.push((entry, reading));
            }
        }
    }
    // Stable: devices stay in their order, and each one's readings in its own.
    all.sort_by_key(|(_, reading)| reading.metric);
    let mut labels = String::new();
    for family in all.chunk_by(|(_, one), (_, other)| one.metric == other.metric) {
        let Some((_, Reading { metric, .. })) = family.first() else { continue };
        let mut samples = page.begin(gauge(metric.name(), metric.help()));
        for (entry, Reading { of, value, .. }) in family {
            if metric.label().is_empty() {
                samples.put(&entry.labels, *value);
            } else {
                labels.clear();
                labels.push_str(&entry.labels);
                label(&mut labels, metric.label(), of);
                samples.put(&labels, *value);
            }
        }
    }
}

/// The radio links whose ends are among `entries`.
fn links(page: &mut Page, board: &Board, entries: &[Arc<Entry>]) {
    let inventory = board.inventory().current();
    let by_name: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.device.name.as_str(), &**entry)).collect();
    let (mut info, mut differences, mut labels) = (String::new(), String::new(), String::new());
    for entry in entries {
        let Some(hop) = inventory.hop_of(entry.device.address) else { continue };
        labels.clear();
        label(&mut labels, "link", &hop.name);
        if !hop.far
            && let Some(far) = by_name.get(hop.other.name.as_str())
            && let Some(difference) = entry.health().zip(far.health()).and_then(|(one, other)| difference(one, other))
        {
            line(&mut differences, LINK_DIFFERENCE.name, &labels, difference);
        }
        label(&mut labels, "device", &entry.device.name);
        label(&mut labels, "peer", &hop.other.name);
        line(&mut info, LINK_INFO.name, &labels, 1.0);
    }
    page.lines(LINK_INFO, &info);
    page.lines(LINK_DIFFERENCE, &differences);
}

/// The largest difference of the levels of one carrier at both ends; ends with one carrier each need not agree on its
/// name.
fn difference(one: &Health, other: &Health) -> Option<f64> {
    let levels = |health: &'_ Health| -> Vec<(String, f64)> {
        let levels = health.readings.iter().filter(|reading| reading.metric == Metric::RadioRsl);
        levels.map(|reading| (reading.of.clone(), reading.value)).collect()
    };
    let (one, other) = (levels(one), levels(other));
    if let ([(_, one)], [(_, other)]) = (one.as_slice(), other.as_slice()) {
        return Some((one - other).abs());
    }
    let both = one.iter().filter_map(|(carrier, level)| {
        let (_, peer) = other.iter().find(|(name, _)| name == carrier)?;
        Some((level - peer).abs())
    });
    both.reduce(f64::max)
}

/// Changes of configs, of every device of the inventory, also of those that are not polled.
fn configs(page: &mut Page, board: &Board) {
    let (mut changes, mut changed, mut labels) = (String::new(), String::new(), String::new());
    for device in board.inventory().current().devices() {
        let Some(config) = board.config(&device.name) else { continue };
        labels.clear();
        label(&mut labels, "device", &device.name);
        label(&mut labels, "site", device.site.as_deref().unwrap_or("-"));
        line(&mut changes, CONFIG_CHANGES.name, &labels, config.number.saturating_sub(1).max(0) as f64);
        if config.number > 1 {
            line(&mut changed, CONFIG_CHANGED.name, &labels, seconds(config.at));
        }
    }
    page.lines(CONFIG_CHANGES, &changes);
    page.lines(CONFIG_CHANGED, &changed);
}

#[async_trait]
impl DeviceMetrics for Board {
    fn write(&self, page: &mut Page) {
        let mut entries = self.entries();
        let unpolled = entries.iter().filter(|entry| entry.lacks).count();
        entries.retain(|entry| entry.shown());
        polls(page, &entries);
        readings(page, &entries);
        links(page, self, &entries);
        configs(page, self);
        page.family(UNPOLLED);
        page.sample(UNPOLLED.name, "", unpolled as f64);
    }

    async fn probe(&self, device: &str, page: &mut Page) -> Result<(), NotPolled> {
        // An error means that the poller has stopped: what is known then is the answer, if anything is.
        let _ = self.wanted(device)?.await;
        let entry = self.entry(device).ok_or(NotPolled::Unknown)?;
        if let Some(why) = &entry.never {
            return Err(NotPolled::Never(why.clone()));
        }
        let entries = [entry];
        polls(page, &entries);
        readings(page, &entries);
        Ok(())
    }

    fn polls(&self, device: &str) -> bool {
        self.entry(device).is_some_and(|entry| entry.never.is_none())
    }
}

#[cfg(test)]
mod tests;
