//! An agent's state: its tree and settings, rebuilt when the device's knobs change, and what a SET does to them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_snmp::{Oid, Pdu, Value, Version};
use serde_json::Map;
use tokio::sync::watch;

use super::answer::status;
use super::kinds::{self, Kind, Scene};
use super::knobs::Knobs;
use super::recording;
use super::settings::Settings;
use super::tree::{Cell, Rows, Tree};
use super::usm::Engine;
use super::wire::Answer;
use crate::core::Device;

const SYS_UP_TIME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 3, 0];
const HR_SYSTEM_UPTIME: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 1, 1, 0];

/// An agent.
#[derive(Debug)]
pub struct Agent {
    /// The device that it shows.
    pub device: Arc<Device>,
    /// Its identity in version 3.
    pub engine: Engine,
    kind: Kind,
    changes: watch::Receiver<u64>,
    state: Mutex<State>,
}

/// What the agent shows at the moment.
#[derive(Debug, Clone)]
pub struct View {
    /// The tree.
    pub tree: Arc<Tree>,
    /// The shared knobs.
    pub settings: Arc<Settings>,
}

#[derive(Debug)]
struct State {
    /// The device's counter of changes at which the view was built.
    seen: u64,
    knobs: Knobs,
    view: View,
    uptime: Uptime,
    battery_since: Option<f64>,
    next_change: Option<f64>,
}

/// Seconds of uptime at a simulated second; without `seconds`, the recording's own.
#[derive(Debug, Clone, Copy)]
struct Uptime {
    seconds: Option<f64>,
    since: f64,
}

impl Agent {
    /// Builds the agent of a device. Errors: an unknown kind, knobs or a recording that cannot be read.
    pub fn new(device: Arc<Device>) -> anyhow::Result<Self> {
        let kind =
            Kind::named(&device.kind).ok_or_else(|| anyhow::anyhow!("kind {:?} is no SNMP agent", device.kind))?;
        let engine = Engine::new(&device.name)?;
        let changes = device.changes();
        let seen = *changes.borrow();
        let state = build(&device, kind, &engine, None, seen)?;
        Ok(Self { device, engine, kind, changes, state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rebuilds the tree if knobs changed since; knobs that cannot be read leave the last good tree.
    pub fn refresh(&self) {
        let mut state = self.lock();
        let now = self.device.clock.seconds();
        let due = state.next_change.is_some_and(|at| now >= at);
        let seen = *self.changes.borrow();
        if seen == state.seen && !due {
            return;
        }
        if !due && state.knobs.0 == self.device.state() {
            state.seen = seen;
            return;
        }
        match build(&self.device, self.kind, &self.engine, Some(&state), seen) {
            Ok(fresh) => *state = fresh,
            Err(error) => {
                state.seen = seen;
                state.next_change = None;
                tracing::warn!(device = self.device.name, "{error:#}: the tree stays as it was");
            }
        }
    }

    /// Whether the device is rebooting.
    pub fn is_down(&self) -> bool {
        self.kind == Kind::Aviat && crate::aviat::is_down(&self.device)
    }

    /// How many requests the agent stands, if it is one that stops answering.
    pub fn burst(&self) -> Option<crate::aviat::Burst> {
        if self.kind == Kind::Aviat { crate::aviat::burst(&self.lock().knobs) } else { None }
    }

    /// What is shown now.
    pub fn view(&self) -> View {
        self.lock().view.clone()
    }

    /// Journals an input. It changes the device's counter, but nothing that the tree depends on.
    pub fn received(&self, channel: &str, input: impl Into<String>) {
        let mut state = self.lock();
        let before = *self.changes.borrow();
        self.device.received(channel, input);
        if state.seen == before {
            state.seen = before + 1;
        }
    }

    /// Carries out a SET: all bindings or none (RFC 3416, 4.2.5).
    pub fn set(&self, pdu: &Pdu, version: Version, may_write: bool) -> Answer {
        let varbinds = pdu.varbinds();
        let failed = |status: i32, at: usize| Answer {
            status: if version == Version::V1 { in_version_1(status) } else { status },
            index: i32::try_from(at + 1).unwrap_or(0),
            varbinds: varbinds.to_vec(),
        };
        if !may_write {
            return failed(status::NO_ACCESS, 0);
        }
        let changed = {
            let state = self.lock();
            let now = self.device.clock.seconds();
            let mut knobs = state.knobs.clone();
            for (at, varbind) in varbinds.iter().enumerate() {
                let Some(present) = state.view.tree.get(&varbind.oid, now) else {
                    return failed(status::NO_CREATION, at);
                };
                let mut scene = kinds::Write { knobs: &mut knobs, present: &present, now };
                let writable = &state.view.settings.writable;
                if let Err(status) = self.kind.write(&mut scene, writable, &varbind.oid, &varbind.value) {
                    return failed(status, at);
                }
            }
            let changed: Map<String, serde_json::Value> =
                knobs.0.into_iter().filter(|(name, value)| state.knobs.0.get(name) != Some(value)).collect();
            changed
        };
        if !changed.is_empty() {
            self.device.merge(changed);
            self.refresh();
        }
        Answer { varbinds: varbinds.to_vec(), ..Answer::default() }
    }
}

/// RFC 3584, 4.4: the errors of version 2 as version 1 knows them.
fn in_version_1(status: i32) -> i32 {
    match status {
        status::WRONG_TYPE..=status::WRONG_VALUE => status::BAD_VALUE,
        status::NO_ACCESS | status::NO_CREATION | status::NOT_WRITABLE | status::AUTHORIZATION_ERROR => {
            status::NO_SUCH_NAME
        }
        other => other,
    }
}

fn build(device: &Device, kind: Kind, engine: &Engine, old: Option<&State>, seen: u64) -> anyhow::Result<State> {
    let knobs = Knobs(device.state());
    let now = device.clock.seconds();
    let settings = Settings::read(&kind.access(&knobs), engine)?;
    let uptime = uptime(&knobs, kind, old, now);
    if let (Some(old), Some(seconds)) = (old, uptime.seconds)
        && let Some(before) = old.uptime.seconds
        && seconds + (now - uptime.since) + 1.0 < before + (now - old.uptime.since)
    {
        engine.restart();
    }
    let battery_since = knobs.flag("on_battery", false).then(|| old.and_then(|old| old.battery_since).unwrap_or(now));
    let scene = Scene { knobs: &knobs, device: &device.name, now, battery_since };
    let mut rows = kind.rows(&scene);
    let mut base = Arc::default();
    let extra: Vec<recording::Row> = {
        let text = knobs.texts("rows").join("\n");
        recording::parse(&text).map_err(|error| anyhow::anyhow!("rows: {error}"))?
    };
    match knobs.maybe_text("file").filter(|_| kind == Kind::Player) {
        Some(file) => {
            base = recording::load(&PathBuf::from(file))?;
            put(&mut rows, extra);
        }
        None if kind == Kind::Player => base = Arc::new(extra),
        None => put(&mut rows, extra),
    }
    run_uptime(kind, &base, &mut rows, uptime);
    if let Some(written) = knobs.get("written").and_then(|value| value.as_object()) {
        let lines: Vec<String> =
            written.iter().map(|(oid, row)| format!("{oid}|{}", row.as_str().unwrap_or_default())).collect();
        let written = recording::parse(&lines.join("\n")).map_err(|error| anyhow::anyhow!("knob written: {error}"))?;
        put(&mut rows, written);
    }
    let tree = Tree {
        base,
        own: rows.cells,
        missing: settings.missing.clone(),
        null: settings.null.clone(),
        loop_at: settings.loop_at.clone(),
    };
    Ok(State {
        seen,
        knobs,
        view: View { tree: Arc::new(tree), settings: Arc::new(settings) },
        uptime,
        battery_since,
        next_change: rows.next_change,
    })
}

fn uptime(knobs: &Knobs, kind: Kind, old: Option<&State>, now: f64) -> Uptime {
    let asked = knobs.maybe_number("uptime_seconds");
    match old {
        Some(old) if old.knobs.maybe_number("uptime_seconds") == asked => old.uptime,
        _ => {
            let seconds = asked.or_else(|| (kind != Kind::Player).then_some(3600.0));
            Uptime { seconds, since: now }
        }
    }
}

fn put(rows: &mut Rows, extra: Vec<recording::Row>) {
    for (oid, value) in extra {
        rows.cells.insert(oid, Cell::Fixed(value));
    }
}

fn run_uptime(kind: Kind, base: &[recording::Row], rows: &mut Rows, uptime: Uptime) {
    for (object, always) in [(SYS_UP_TIME, kind != Kind::Player), (HR_SYSTEM_UPTIME, false)] {
        let oid = Oid::from_slice(object);
        if rows.cells.contains_key(&oid) {
            continue;
        }
        let recorded = base.binary_search_by(|(row, _)| row.cmp(&oid)).ok().and_then(|at| base.get(at));
        let recorded = match recorded {
            Some((_, Value::TimeTicks(ticks))) => Some(f64::from(*ticks)),
            _ => None,
        };
        let wanted = uptime.seconds.filter(|_| always || recorded.is_some() || object == SYS_UP_TIME);
        if let Some(base) = wanted.map(|seconds| seconds * 100.0).or(recorded) {
            rows.cells.insert(oid, Cell::Ticks { base, since: uptime.since });
        }
    }
}
