//! Whose turn it is: pure.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::aviat::decide::{Partner, permitted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Phase, Policy, Radio};
use crate::aviat::window::Window;
use crate::inventory::Hop;

/// What the night does with a radio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is its turn.
    Now,
    /// Not before this instant.
    At(Timestamp),
    /// Nothing to do until something changes.
    Hold,
    /// It waits for the other end of its hop, and why.
    Behind(String),
    /// It is left alone, and why.
    Never(String),
}

/// For a radio that is loaded and waits.
pub(super) fn turn(radio: &Radio, window: &Window, now: Timestamp, partner: &Partner) -> Turn {
    if !matches!(radio.phase, Phase::Scheduled | Phase::Manual) {
        return Turn::Hold;
    }
    if permitted(radio, window, now) {
        return match partner {
            Partner::Free => Turn::Now,
            Partner::Wait(why) => Turn::Behind(why.clone()),
            Partner::Failed(why) => Turn::Never(why.clone()),
        };
    }
    let at = match (&radio.go, radio.plan.as_ref().map(|plan| &plan.policy)) {
        (Some(_), _) => window.next_open(now),
        (None, Some(Policy::Scheduled { at })) => window.due(now, *at),
        (None, _) => None,
    };
    at.map_or(Turn::Hold, Turn::At)
}

/// Who goes first: those that a person asked for, then far ends, then who has waited longest.
pub(super) fn order(entry: &Entry, hop: Option<&Hop>) -> (bool, bool, Option<Timestamp>, IpAddr) {
    let far = hop.is_some_and(|hop| hop.far);
    (entry.radio.go.is_none(), !far, entry.row.due_at, entry.row.address)
}
