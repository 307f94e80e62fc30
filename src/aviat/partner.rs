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
        && both.iter().any(|outcome| matches!(outcome, Outcome::NotReached(_)));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::aviat::decide::tests::{activating, begin, device, settled};
    use crate::aviat::state::Policy;

    fn hop(far: bool) -> Hop {
        Hop { name: "a - b".to_owned(), far, other: Arc::new(device("b")) }
    }

    #[test]
    fn s066_only_the_near_end_waits_until_the_far_one_is_proven() {
        let waiting = begin(Policy::Scheduled { at: None });
        assert_eq!(partner(Some(&hop(true)), Some(&waiting)), Partner::Free);
        assert_eq!(partner(None, Some(&waiting)), Partner::Free);
        assert_eq!(partner(Some(&hop(false)), None), Partner::Free);
        for other in [&waiting, &activating()] {
            assert!(matches!(partner(Some(&hop(false)), Some(other)), Partner::Wait(_)));
        }
        assert_eq!(partner(Some(&hop(false)), Some(&settled(Outcome::Ok, End::Success))), Partner::Free);
        // Its firmware is proven; what failed afterwards does not concern this end.
        assert_eq!(partner(Some(&hop(false)), Some(&settled(Outcome::Ok, End::Error))), Partner::Free);
        let failed = settled(Outcome::Failed("x".to_owned()), End::Error);
        assert!(matches!(partner(Some(&hop(false)), Some(&failed)), Partner::Failed(_)));
        let aborted = settled(Outcome::NotReached("aborted".to_owned()), End::Aborted);
        assert!(matches!(partner(Some(&hop(false)), Some(&aborted)), Partner::Failed(_)));
    }
}
