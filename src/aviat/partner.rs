//! What the other end of a hop says about this one going down. Pure.

use super::decide::Partner;
use super::state::{End, Outcome, Phase, Radio};
use crate::inventory::Hop;

/// Only the near end waits, and only for a far end that is to get firmware itself.
pub fn partner(hop: Option<&Hop>, other: Option<&Radio>) -> Partner {
    let (Some(hop), Some(other)) = (hop, other) else { return Partner::Free };
    if hop.far || other.plan.is_none() {
        return Partner::Free;
    }
    let name = &hop.other.name;
    let both = [&other.steps.firmware, &other.steps.activate];
    let failed = both.iter().any(|outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Unknown(_)));
    let broken_off = matches!(other.phase, Phase::Settled { end: End::Error | End::Aborted })
        && both.iter().any(|outcome| matches!(outcome, Outcome::Skipped(why) if why.starts_with("not reached")));
    if failed || broken_off || (other.phase.is_given_up() && both.contains(&&Outcome::Waiting)) {
        return Partner::Failed(format!(
            "{name}, the far end of its hop, was not brought to its version; this end was left alone"
        ));
    }
    if both.contains(&&Outcome::Waiting) || matches!(other.phase, Phase::Restart(_)) {
        return Partner::Wait(format!("waits for {name}, the far end of its hop, which goes first"));
    }
    Partner::Free
}

impl Phase {
    fn is_given_up(&self) -> bool {
        matches!(self, Phase::Settled { end: End::Error | End::Aborted })
    }
}
