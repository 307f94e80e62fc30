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

    /// Whether it was seen to come up anew since an instant that is `elapsed` ago: its uptime is smaller than it was
    /// before, or than the time since then. None where it does not tell its uptime.
    pub fn rebooted(&self, before: Option<u64>, elapsed: u64) -> Option<bool> {
        let uptime = self.uptime_seconds()?;
        Some(match before {
            Some(before) => uptime < before,
            None => uptime < elapsed,
        })
    }
}
