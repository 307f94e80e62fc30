//! What every simulated device has: a name, knobs, a journal of what it received, faults, and the lab's clock.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

/// Ports on which a device listens; those it has not are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ports {
    /// SSH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh: Option<u16>,
    /// SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp: Option<u16>,
    /// HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https: Option<u16>,
}

/// One thing that the device received.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Simulated seconds since the lab started.
    pub at: f64,
    /// `tcp`, `ssh`, `auth`, `exec`, `shell`, `snmp`, `http`: where it came in.
    pub channel: String,
    /// What came, as text: a command line, a request line, `get 1.3.6...`.
    pub input: String,
}

/// A fault that a test switches on. Several may be on at once. In JSON: `{"kind": "drop", "after": "export"}`, the
/// fields of each kind as [`Written`] has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Fault {
    /// New connections are refused: the listener closes them at once; SNMP requests are dropped.
    Refuse {},
    /// A command is not obeyed and answered with a text (kinds with a command line).
    RefuseCommand {
        /// Substring of the command.
        command: String,
        /// What is said instead.
        text: String,
    },
    /// The connection is dropped after a given command was received (before it is answered), or after `bytes` of
    /// the answer.
    Drop {
        /// Substring of the command.
        after: Option<String>,
        /// Bytes sent since the connection began.
        bytes: Option<u64>,
    },
    /// The connection is dropped once a command was received, before or after it took effect, never answered.
    DropWhen {
        /// Substring of the command; any if absent.
        after: Option<String>,
        /// On which side of the effect.
        when: When,
    },
    /// Accepts and never answers; with `after`, from the given command on.
    Mute {
        /// Substring of the command.
        after: Option<String>,
    },
    /// Every answer is `ms` milliseconds of simulated time later.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// The answers are random bytes, `bytes` of them (4096 if absent); `endless` never stops.
    Garbage {
        /// How many.
        bytes: Option<u64>,
        /// Never stops.
        endless: bool,
    },
    /// Packets end after each of the given characters (after every byte if empty), `ms` apart.
    Split {
        /// Characters after which a packet ends.
        after: String,
        /// Pause between packets, milliseconds.
        ms: u64,
    },
    /// Every login is refused.
    Auth {},
    /// The host key is another one from the next connection on.
    Hostkey {},
    /// A commit of configuration fails (kinds that have one).
    Commit {
        /// How.
        how: CommitFault,
    },
}

/// On which side of a command's effect a connection is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The command is lost.
    Before,
    /// The command took effect, its answer is lost.
    After,
}

/// How a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommitFault {
    /// It is refused with a reason; nothing is committed.
    Abort,
    /// It is never answered, and the session neither; nothing is committed.
    Silence,
}

/// A fault as it stands in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of Fault")]
pub enum Written {
    /// Without `command`: [`Fault::Refuse`]; with it: [`Fault::RefuseCommand`].
    Refuse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Without `when`: [`Fault::Drop`]; with it: [`Fault::DropWhen`].
    Drop {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<When>,
    },
    /// [`Fault::Mute`].
    Mute {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// [`Fault::Slow`].
    Slow { ms: u64 },
    /// [`Fault::Garbage`].
    Garbage {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(default)]
        endless: bool,
    },
    /// [`Fault::Split`].
    Split {
        #[serde(default)]
        after: String,
        #[serde(default)]
        ms: u64,
    },
    /// [`Fault::Auth`].
    Auth {},
    /// [`Fault::Hostkey`].
    Hostkey {},
    /// [`Fault::Commit`].
    Commit { how: CommitFault },
}

impl TryFrom<Written> for Fault {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Ok(match written {
            Written::Refuse { command: None, text: None } => Self::Refuse {},
            Written::Refuse { command: Some(command), text } => Self::RefuseCommand {
                command,
                text: text.unwrap_or_else(|| "syntax error: unknown command".to_owned()),
            },
            Written::Refuse { command: None, text: Some(_) } => return Err("refuse: `text` needs `command`"),
            Written::Drop { after, bytes, when: None } => Self::Drop { after, bytes },
            Written::Drop { after, bytes: None, when: Some(when) } => Self::DropWhen { after, when },
            Written::Drop { bytes: Some(_), when: Some(_), .. } => return Err("drop: either `bytes` or `when`"),
            Written::Mute { after } => Self::Mute { after },
            Written::Slow { ms } => Self::Slow { ms },
            Written::Garbage { bytes, endless } => Self::Garbage { bytes, endless },
            Written::Split { after, ms } => Self::Split { after, ms },
            Written::Auth {} => Self::Auth {},
            Written::Hostkey {} => Self::Hostkey {},
            Written::Commit { how } => Self::Commit { how },
        })
    }
}

impl From<Fault> for Written {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refuse {} => Self::Refuse { command: None, text: None },
            Fault::RefuseCommand { command, text } => Self::Refuse { command: Some(command), text: Some(text) },
            Fault::Drop { after, bytes } => Self::Drop { after, bytes, when: None },
            Fault::DropWhen { after, when } => Self::Drop { after, bytes: None, when: Some(when) },
            Fault::Mute { after } => Self::Mute { after },
            Fault::Slow { ms } => Self::Slow { ms },
            Fault::Garbage { bytes, endless } => Self::Garbage { bytes, endless },
            Fault::Split { after, ms } => Self::Split { after, ms },
            Fault::Auth {} => Self::Auth {},
            Fault::Hostkey {} => Self::Hostkey {},
            Fault::Commit { how } => Self::Commit { how },
        }
    }
}

/// The lab's clock: simulated time runs `rate` times as fast as the machine's.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<Mutex<ClockState>>, Arc<watch::Sender<f64>>);

#[derive(Debug)]
struct ClockState {
    origin: Instant,
    offset: f64,
    rate: f64,
}

impl Default for SimClock {
    fn default() -> Self {
        let state = ClockState { origin: Instant::now(), offset: 0.0, rate: 1.0 };
        Self(Arc::new(Mutex::new(state)), Arc::new(watch::Sender::new(1.0)))
    }
}

impl SimClock {
    /// Simulated seconds since the lab started.
    pub fn seconds(&self) -> f64 {
        let state = lock(&self.0);
        state.offset + state.origin.elapsed().as_secs_f64() * state.rate
    }

    /// Sets how fast time runs; 0 stops it.
    pub fn set_rate(&self, rate: f64) {
        {
            let mut state = lock(&self.0);
            state.offset += state.origin.elapsed().as_secs_f64() * state.rate;
            state.origin = Instant::now();
            state.rate = rate.max(0.0);
        }
        self.1.send_replace(rate);
    }

    /// Lets `seconds` of simulated time pass at once: what was waited for in between is due now.
    pub fn advance(&self, seconds: f64) {
        let rate = {
            let mut state = lock(&self.0);
            state.offset += seconds.max(0.0);
            state.rate
        };
        // Said again, not changed: it wakes whoever sleeps.
        self.1.send_replace(rate);
    }

    /// The rate.
    pub fn rate(&self) -> f64 {
        lock(&self.0).rate
    }

    /// Waits for `duration` of simulated time, also when the rate changes meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        let until = self.seconds() + duration.as_secs_f64();
        let mut changed = self.1.subscribe();
        loop {
            let left = until - self.seconds();
            if left <= 0.0 {
                return;
            }
            let rate = self.rate();
            let real =
                if rate > 0.0 { Duration::from_secs_f64((left / rate).min(3600.0)) } else { Duration::from_secs(3600) };
            tokio::select! {
                () = tokio::time::sleep(real) => {}
                _ = changed.changed() => {}
            }
        }
    }
}

/// A simulated device, shared by all its faces.
#[derive(Debug)]
pub struct Device {
    /// Unique in the lab.
    pub name: String,
    /// The simulator's kind: `routeros`, `ict-pdu`, ...
    pub kind: String,
    /// The contract's device type: `MTROS`, `ICT200DB12`, ...
    pub device_type: String,
    /// The contract's role: `swt`, `ups`, ...
    pub role: String,
    /// Its loopback address.
    pub address: IpAddr,
    /// The lab's clock.
    pub clock: SimClock,
    ports: Mutex<Ports>,
    state: Mutex<Map<String, Value>>,
    journal: Mutex<Vec<Entry>>,
    faults: Mutex<Vec<Fault>>,
    changes: watch::Sender<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// A device with its knobs; it listens nowhere yet.
    pub fn new(
        name: &str,
        kind: &str,
        device_type: &str,
        role: &str,
        address: IpAddr,
        clock: SimClock,
        state: Map<String, Value>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            device_type: device_type.to_owned(),
            role: role.to_owned(),
            address,
            clock,
            ports: Mutex::default(),
            state: Mutex::new(state),
            journal: Mutex::default(),
            faults: Mutex::default(),
            changes: watch::Sender::new(0),
        })
    }

    /// Where it listens.
    pub fn ports(&self) -> Ports {
        *lock(&self.ports)
    }

    /// Notes a port that was bound.
    pub fn bound(&self, set: impl FnOnce(&mut Ports)) {
        set(&mut lock(&self.ports));
    }

    /// Notes what came in.
    pub fn received(&self, channel: &str, input: impl Into<String>) {
        let entry = Entry { at: self.clock.seconds(), channel: channel.to_owned(), input: input.into() };
        lock(&self.journal).push(entry);
        self.changes.send_modify(|n| *n += 1);
    }

    /// Everything that came in, in order.
    pub fn journal(&self) -> Vec<Entry> {
        lock(&self.journal).clone()
    }

    /// What came in after the first `seen` entries, in order.
    pub fn journal_after(&self, seen: usize) -> Vec<Entry> {
        lock(&self.journal).get(seen..).unwrap_or_default().to_vec()
    }

    /// Forgets what came in (long benchmarks).
    pub fn clear_journal(&self) {
        lock(&self.journal).clear();
    }

    /// A counter that rises with every entry of the journal, every change of knobs and every change of faults:
    /// tests wait on it instead of sleeping.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// All knobs.
    pub fn state(&self) -> Map<String, Value> {
        lock(&self.state).clone()
    }

    /// One knob.
    pub fn knob(&self, name: &str) -> Option<Value> {
        lock(&self.state).get(name).cloned()
    }

    /// A knob as text, or its default.
    pub fn text(&self, name: &str, default: &str) -> String {
        match self.knob(name) {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => default.to_owned(),
            Some(other) => other.to_string(),
        }
    }

    /// A knob as a number, or its default.
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.knob(name).and_then(|value| value.as_f64()).unwrap_or(default)
    }

    /// A knob as a switch, or its default.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.knob(name).and_then(|value| value.as_bool()).unwrap_or(default)
    }

    /// Merges knobs: present ones are replaced, `null` removes.
    pub fn merge(&self, knobs: Map<String, Value>) {
        {
            let mut state = lock(&self.state);
            for (name, value) in knobs {
                if value.is_null() {
                    state.remove(&name);
                } else {
                    state.insert(name, value);
                }
            }
        }
        self.changes.send_modify(|n| *n += 1);
    }

    /// Faults that are on.
    pub fn faults(&self) -> Vec<Fault> {
        lock(&self.faults).clone()
    }

    /// Switches a fault on.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.faults).push(fault);
        self.changes.send_modify(|n| *n += 1);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        lock(&self.faults).clear();
        self.changes.send_modify(|n| *n += 1);
    }
}
