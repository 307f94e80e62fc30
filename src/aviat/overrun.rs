//! Radios that are still down, or not proven, when the window ends in which they were told to go down. Pure.

use std::collections::HashSet;
use std::net::IpAddr;

use jiff::Timestamp;

use super::decide::forced;
use super::rows::Entry;
use super::state::{Outage, Phase, Sent};
use super::window::Window;

/// Those that were counted: each outage counts once while the daemon runs.
#[derive(Debug, Default)]
pub struct Overruns {
    seen: HashSet<(IpAddr, Timestamp)>,
}

/// Whether a radio can overrun: it was told to go down, and is not proven yet.
pub fn concerns(entry: &Entry) -> bool {
    outage(entry).is_some()
}

fn outage(entry: &Entry) -> Option<&Outage> {
    match &entry.radio.phase {
        Phase::Activate(outage) => Some(outage),
        Phase::Restart(outage) if outage.sent != Sent::Intended => Some(outage),
        _ => None,
    }
}

impl Overruns {
    /// Whether the window is over in which it was told to go down, and that was not seen before. What a person forced had no
    /// window.
    pub fn is_new(&mut self, entry: &Entry, window: &Window, now: Timestamp) -> bool {
        let Some(outage) = outage(entry).filter(|_| !forced(&entry.radio)) else { return false };
        let over = window.ends_at(outage.earliest()).is_some_and(|end| end <= now);
        over && self.seen.insert((entry.row.address, outage.earliest()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aviat::decide::tests::activating;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Told to go down at 03:00 in Chicago; the window ends at 05:00, 10:00Z.
    #[test]
    fn an_outage_that_outlasts_its_window_counts_once() {
        let window = Window::parse("02:00-05:00", "America/Chicago", Duration::from_secs(3600)).unwrap();
        let entry = Entry::new("192.0.2.10".parse().unwrap(), None, activating(), Timestamp::UNIX_EPOCH);
        let mut overruns = Overruns::default();
        assert!(concerns(&entry));
        assert!(!overruns.is_new(&entry, &window, at("2026-07-02T09:59:59Z")));
        assert!(overruns.is_new(&entry, &window, at("2026-07-02T10:00:00Z")));
        assert!(!overruns.is_new(&entry, &window, at("2026-07-02T11:00:00Z")));
    }
}
