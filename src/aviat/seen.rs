//! What one look at a radio showed: the input of every decision.

use std::time::Duration;

use super::state::Image;
use super::version;
use crate::drivers::aviat::parse::licences::Licences;
use crate::drivers::aviat::parse::management::Management;
use crate::drivers::aviat::parse::software::{Software, State};
use crate::drivers::aviat::parse::spanning_tree::SpanningTree;
use crate::model::Failure;

/// What was asked for and told; none is unknown, and is never taken for clear, equal or zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Versions and state.
    pub software: Software,
    /// How long it has been up.
    pub uptime: Option<Duration>,
    /// Its management address.
    pub management: Option<Management>,
    /// Spanning tree.
    pub spanning_tree: Option<SpanningTree>,
    /// Its licences.
    pub licences: Option<Licences>,
    /// Whether the other end of its hop answers; none where it was not asked, or none is declared.
    pub far_answers: Option<bool>,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It let us in and told this.
    Seen(Box<Seen>),
    /// It did not answer, did not let us in, or broke off; the class decides.
    Failed(Failure),
}

impl Seen {
    /// The version that runs, `x.y.z`.
    pub fn active(&self) -> Option<String> {
        self.software.active.map(|version| version.short())
    }

    /// Seconds of uptime.
    pub fn uptime_seconds(&self) -> Option<u64> {
        self.uptime.map(|uptime| uptime.as_secs())
    }

    /// Whether an image is loaded and ready to be activated: the only state for that is `loadOk`, and the other bank has
    /// to hold it. Where that bank is not told, the address that was loaded from has to be this image's own.
    pub fn holds(&self, image: &Image) -> bool {
        self.software.state == Some(State::LoadOk)
            && match self.software.inactive {
                Some(inactive) => version::same(&inactive.short(), &image.version),
                None => self.loads(image),
            }
    }

    /// Whether the load that runs, or ran last, is of this image.
    pub fn loads(&self, image: &Image) -> bool {
        self.software.uri.as_deref() == Some(image.uri.as_str())
    }

    /// Whether it was seen to come up anew since an instant that is `elapsed` seconds ago: its uptime is smaller than
    /// `before`, which it was at that instant, or than the time since then where nobody knows that. None where it does not
    /// tell its uptime.
    ///
    /// An agent's counter that goes round after 497 days falls too; one that did so by the clock proves nothing.
    pub fn rebooted(&self, before: Option<u64>, elapsed: u64) -> Option<bool> {
        let uptime = self.uptime_seconds()?;
        Some(match before {
            Some(before) => uptime < before && !went_round(before.saturating_add(elapsed), uptime),
            None => uptime < elapsed,
        })
    }

    /// Whether it started later than an instant that is `elapsed` seconds ago by our own clock, whatever its uptime was
    /// then: a radio that was up at that instant has been up for longer. Our clock may have been set forward meanwhile by
    /// more than its uptime was then, so this is believed only beside another sign of a boot.
    pub fn started_within(&self, elapsed: u64) -> bool {
        self.uptime_seconds().is_some_and(|uptime| uptime < elapsed)
    }
}

/// Seconds of one round of sysUpTime, 2^32 hundredths (spec/aviat-device.md 13.1).
const ROUND: u64 = 42_949_672;
/// How far a reading may be from what was expected: what a look takes on a bad link, s.
const SLACK: u64 = 120;

/// Whether this uptime is what a counter shows that has gone on to `expected`, and round.
fn went_round(expected: u64, uptime: u64) -> bool {
    expected >= ROUND && uptime.abs_diff(expected % ROUND) <= SLACK
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn up(seconds: u64) -> Seen {
        Seen { uptime: Some(Duration::from_secs(seconds)), ..Seen::default() }
    }

    #[test]
    fn an_uptime_that_fell_is_a_boot() {
        assert_eq!(up(60).rebooted(Some(10 * DAY), 300), Some(true));
        assert_eq!(up(10 * DAY + 300).rebooted(Some(10 * DAY), 300), Some(false));
        assert_eq!(Seen::default().rebooted(Some(10 * DAY), 300), None);
        assert_eq!((up(60).rebooted(None, 300), up(301).rebooted(None, 300)), (Some(true), Some(false)));
    }

    #[test]
    fn a_counter_that_went_round_is_no_boot() {
        // 2^32 hundredths of a second are 42,949,672.96 s: 497 days, 2 hours, 27 minutes, 52.96 s.
        let before = 497 * DAY + 2 * 3_600 + 27 * 60;
        assert_eq!(before + 52, 42_949_672);
        // 300 s later it shows 248 s.
        assert_eq!(up(248).rebooted(Some(before), 300), Some(false));
        // Ten minutes later, and up for four: it has gone down meanwhile.
        assert_eq!(up(240).rebooted(Some(before), 600), Some(true));
        assert_eq!(up(240).rebooted(Some(490 * DAY), 600), Some(true));
    }

    #[test]
    fn a_start_after_the_command_is_a_boot_whatever_was_before() {
        // Up for 100 s when it was told, looked at 600 s later: 450 s of uptime mean that it started 150 s after that.
        assert_eq!(up(450).rebooted(Some(100), 600), Some(false));
        assert!(up(450).started_within(600));
        assert!(!up(700).started_within(600) && !Seen::default().started_within(600));
    }
}
