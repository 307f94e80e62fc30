//! Sessions of a device's web page: counted, limited, expiring.
//!
//! Knobs: `session_idle_seconds` (a session ends in which nothing was asked for so long, simulated; never),
//! `expire_after` (a session ends after so many calls; never), `expire_first` (that befalls the first so many sessions
//! only; all).

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::core::Device;

/// Knobs about sessions.
pub const KNOBS: [&str; 3] = ["session_idle_seconds", "expire_after", "expire_first"];

/// One that is open.
#[derive(Debug, Clone)]
struct Held {
    number: u32,
    tokens: [String; 2],
    used: f64,
    calls: f64,
}

#[derive(Debug, Default)]
struct State {
    opened: u32,
    held: Vec<Held>,
}

/// All sessions of one device.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<State>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens one with two fresh tokens, of 32 hex digits each; none where `most` are open already.
    pub fn open(&self, device: &Device, most: usize) -> Option<[String; 2]> {
        self.expire_idle(device);
        let mut state = self.lock();
        if state.held.len() >= most {
            device.received("session", "refuse");
            return None;
        }
        state.opened += 1;
        let number = state.opened;
        let mut chance = fastrand::Rng::new();
        let tokens = [(); 2].map(|()| format!("{:032x}", chance.u128(..)));
        state.held.push(Held { number, tokens: tokens.clone(), used: device.clock.seconds(), calls: 0.0 });
        device.received("session", format!("open {number}"));
        Some(tokens)
    }

    /// Whether both tokens are those of one open session; counts a call of it.
    pub fn allows(&self, device: &Device, tokens: [&str; 2]) -> bool {
        self.expire_idle(device);
        let mut state = self.lock();
        let Some(at) = state.held.iter().position(|held| held.tokens == tokens) else { return false };
        let Some(held) = state.held.get_mut(at) else { return false };
        let after = device.number("expire_after", f64::INFINITY);
        if held.calls >= after && f64::from(held.number) <= device.number("expire_first", f64::INFINITY) {
            device.received("session", format!("expire {}", held.number));
            state.held.remove(at);
            return false;
        }
        held.calls += 1.0;
        held.used = device.clock.seconds();
        true
    }

    /// Ends one.
    pub fn close(&self, device: &Device, tokens: [&str; 2]) -> bool {
        let mut state = self.lock();
        let Some(at) = state.held.iter().position(|held| held.tokens == tokens) else { return false };
        let held = state.held.remove(at);
        device.received("session", format!("close {}", held.number));
        true
    }

    /// Ends all: the device restarts.
    pub fn clear(&self, device: &Device) {
        for held in self.lock().held.drain(..) {
            device.received("session", format!("expire {}", held.number));
        }
    }

    fn expire_idle(&self, device: &Device) {
        let idle = device.number("session_idle_seconds", f64::INFINITY);
        let now = device.clock.seconds();
        self.lock().held.retain(|held| {
            let alive = now - held.used < idle;
            if !alive {
                device.received("session", format!("expire {}", held.number));
            }
            alive
        });
    }
}

/// How many sessions a journal says were opened, and how many ended, by a goodbye or by themselves.
pub fn count(journal: &[crate::core::Entry]) -> (usize, usize, usize) {
    let of =
        |word: &str| journal.iter().filter(|entry| entry.channel == "session" && entry.input.starts_with(word)).count();
    (of("open"), of("close"), of("expire"))
}
