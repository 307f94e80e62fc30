//! What comes next for one radio: pure, no I/O, no clock.
//!
//! A driver looks at the radio, asks here, stores what comes out, and only then does it.
//!
//! | phase | what is seen | next |
//! | --- | --- | --- |
//! | `begin`, `slot` | nothing to load or activate is asked | `configure` |
//! | | it cannot be reached, read, or told which version runs | settled `error` |
//! | | at the target, or newer | firmware `skipped`; `configure` |
//! | | uptime at the limit | `reboot_required` |
//! | | another precheck failed or unknown | `blocked` |
//! | | `loadOk` of the image that is next | policy: `scheduled`, `manual`, or **activate** (slot) |
//! | | that image is being loaded | `load`, adopted |
//! | | something else is being loaded or activated | settled `error` |
//! | | anything else | **load** (immediate: in `slot` until there is one) |
//! | `load` | the image loads | look again; past the age limit `error` (immediate: **abort** first) |
//! | | `loadOk` of it | as in `begin` (immediate: it activates by itself) |
//! | | `loadOk` of another | settled `error` |
//! | | an error, or nothing of ours is there | **load** again, the same way, twice; then `error` |
//! | | it runs already, or is being activated | `activate`, to be proven |
//! | | nothing readable six times | settled `error` |
//! | `scheduled`, `manual` | (no driver) the night gives a slot | `begin` |
//! | `activate` | the new version, up anew, at rest, far end answers | proven: `begin` for the next image, or `configure` |
//! | | not back, not readable | look again; past the limit `pending_verify`, look more rarely |
//! | | waits for a restart | **restart**, once |
//! | | `loadOk`, not gone down | **activate** once more, where that is allowed now; else back to its queue |
//! | | up anew with the old version, or rolled back | settled `error` |
//! | `restart` | not sent yet | **restart** (slot) |
//! | | up anew and readable | `begin` |
//! | | past the limit | `reboot_pending` |
//! | `configure` | | the steps in order; then settled |
//!
//! Where a window or a black-out is closed, whatever would take the radio down or change its configuration waits in its
//! phase (`slot`, `restart`, `configure`) for the instant at which it opens; `loadOk` of a scheduled or manual one goes
//! back to its queue. Loads are not held back: they take no link down.
//!
//! An abort is obeyed in every phase before the next command with an effect; what was sent to take a radio down is tracked
//! to its end. A command that was intended, or whose answer was lost, is never sent again before the radio was seen.

mod abort;
mod activate;
mod answer;
mod begin;
mod draft;
mod load;
mod restart;
#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::Value;

use super::config::Config;
use super::firmware::RadioImages;
use super::seen::Look;
use super::state::{Image, Phase, Radio, Step};
use super::window::{Window, Work};
use crate::model::Level;

pub use answer::{Answer, answered, configured, settled};
use draft::Draft;
pub(crate) use draft::{forced, permitted};

/// What a decision goes by, beside the radio and what was seen of it.
#[derive(Debug, Clone)]
pub struct Rules<'a> {
    /// UTC.
    pub now: Timestamp,
    /// Settings.
    pub config: &'a Config,
    /// Images for this radio.
    pub images: &'a RadioImages,
    /// When work on it may begin.
    pub window: &'a Window,
    /// It holds a slot: it may go down.
    pub slot: bool,
    /// What the other end of its hop says about going down.
    pub partner: Partner,
}

/// The other end of the hop, where this one is the near end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partner {
    /// No hop, or nothing to wait for.
    Free,
    /// It has to be proven first; why, for people.
    Wait(String),
    /// It failed: this end is not touched; why.
    Failed(String),
}

/// A command with an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `software load`, behind a `software abort` where an error stands.
    Load {
        /// What.
        image: Image,
        /// It activates by itself.
        immediate: bool,
        /// Clear the error first.
        abort_first: bool,
    },
    /// `software abort`, of a load that would activate by itself.
    AbortLoad,
    /// `software activate`.
    Activate {
        /// What has to run afterwards.
        version: String,
    },
    /// `restart`.
    Restart,
}

impl Command {
    /// Its name in the audit log.
    pub fn audit(&self) -> &'static str {
        match self {
            Command::Load { .. } => "aviat.load",
            Command::AbortLoad => "aviat.load_abort",
            Command::Activate { .. } => "aviat.activate",
            Command::Restart => "aviat.restart",
        }
    }
}

/// What the driver does when the decision is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Sends it.
    Send(Command),
    /// Carries out a step of the configuration.
    Configure(Step),
    /// Decides again with the same look.
    Again,
    /// Looks at once.
    Look,
    /// Looks later.
    Wait(Wait),
    /// Nothing: settled or parked.
    Over,
}

/// How much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// `poll_interval`, spread.
    Poll,
    /// `reboot_first_look`.
    FirstLook,
    /// Ten times `poll_interval`.
    Rare,
    /// A window or black-out holds it back; it may begin at this instant.
    Until(Timestamp),
}

/// What becomes of the radio's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotChange {
    /// As it is.
    Keep,
    /// It must have one: the change is refused where none is free.
    Take,
    /// Given back.
    Drop,
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// How grave.
    pub level: Level,
    /// A sentence.
    pub message: String,
    /// Members beside those that every event of a radio has; an object.
    pub fields: Value,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The radio, as it has to be stored.
    pub radio: Radio,
    /// To be told with it.
    pub said: Vec<Said>,
    /// Its slot.
    pub slot: SlotChange,
    /// The client's job need not wait for it any longer; implied where it is settled or parked.
    pub release: bool,
    /// Then.
    pub next: Next,
}

/// Decides.
pub fn decide(radio: &Radio, look: &Look, rules: &Rules<'_>) -> Decision {
    let mut draft = Draft::new(radio.clone(), rules);
    if let Look::Seen(seen) = look
        && let Some(active) = seen.active()
    {
        draft.radio.version_now = Some(active);
    }
    let draft = match abort::obey(draft, look) {
        ControlFlow::Break(decision) => return decision,
        ControlFlow::Continue(draft) => draft,
    };
    match draft.radio.phase.clone() {
        Phase::Begin | Phase::Slot => begin::decide(draft, look),
        Phase::Load(load) => load::decide(draft, load, look),
        Phase::Activate(outage) => activate::decide(draft, outage, look),
        Phase::Restart(outage) => restart::decide(draft, outage, look),
        Phase::Configure => answer::configure(draft),
        Phase::Listed
        | Phase::Blocked
        | Phase::RebootRequired
        | Phase::RestartFailed
        | Phase::Scheduled
        | Phase::Manual
        | Phase::Settled { .. } => draft.over(),
    }
}

/// Whether a decision about this radio goes by what it shows. The steps of the configuration read for themselves.
pub fn needs_look(radio: &Radio) -> bool {
    match radio.phase {
        Phase::Configure => false,
        Phase::Begin | Phase::Slot => draft::firmware_asked(radio) && radio.abort.is_none(),
        _ => true,
    }
}

/// What of a radio a window could hold back: what its driver, or the night, would begin next.
pub(crate) fn pending(radio: &Radio) -> Option<Work> {
    match &radio.phase {
        Phase::Scheduled | Phase::Manual => Some(Work::Activation),
        Phase::Slot => Some(Work::Outage),
        Phase::Restart(outage) if restart::is_new(outage) => Some(Work::Outage),
        Phase::Configure => answer::owed(radio).filter(|step| answer::writes(*step)).map(|_| Work::Configuration),
        _ => None,
    }
}

/// Whether the prechecks have to be read for it.
pub fn needs_prechecks(radio: &Radio) -> bool {
    matches!(radio.phase, Phase::Begin | Phase::Slot)
}
