//! Whose turn it is: pure.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::aviat::decide::{Partner, forced, pending, permitted};
use crate::aviat::rows::Entry;
use crate::aviat::state::{Phase, Policy, Radio};
use crate::aviat::window::{Window, Work};
use crate::calendar::window::Held;
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
        (Some(go), _) => window.next(Work::Activation, go.force, now),
        (None, Some(Policy::Scheduled { at })) => window.due(now, *at),
        (None, _) => None,
    };
    at.map_or(Turn::Hold, Turn::At)
}

/// What of a radio waits for its hour, what for, and the instant at which it will begin; none where nothing does.
pub fn waits(radio: &Radio, window: &Window, now: Timestamp) -> Option<(Work, Held)> {
    let work = pending(radio)?;
    let plan = radio.plan.as_ref().map(|plan| &plan.policy);
    let held = match (work, &radio.go, plan) {
        (Work::Activation, None, Some(Policy::Scheduled { at: Some(at) })) if *at > now => {
            // Of the two, what ends later holds it back.
            let by = window.held(work, false, *at).map(|held| held.by);
            let by = by.unwrap_or_else(|| "the instant that was asked for".to_owned());
            Some(Held { until: window.due(now, Some(*at)), by })
        }
        // A person has not said so yet.
        (Work::Activation, None, Some(Policy::Manual | Policy::Immediate) | None) => None,
        _ => window.held(work, forced(radio), now),
    };
    held.map(|held| (work, held))
}

/// Who goes first: those that a person asked for, then far ends, then who has waited longest.
pub(super) fn order(entry: &Entry, hop: Option<&Hop>) -> (bool, bool, Option<Timestamp>, IpAddr) {
    let far = hop.is_some_and(|hop| hop.far);
    (entry.radio.go.is_none(), !far, entry.row.due_at, entry.row.address)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aviat::decide::tests::begin;
    use crate::aviat::state::{Asked, Go};

    /// 03:00 in Chicago, inside the window.
    const NIGHT: &str = "2026-07-02T08:00:00Z";
    /// Noon there.
    const NOON: &str = "2026-07-02T17:00:00Z";
    /// 02:00 there in the night after.
    const NEXT: &str = "2026-07-03T07:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn loaded(phase: Phase, policy: Policy) -> Radio {
        Radio { phase, ..begin(policy) }
    }

    fn ask(radio: &Radio, now: &str, partner: &Partner) -> Turn {
        let window = Window::parse("02:00-05:00", "America/Chicago", Duration::from_secs(3600)).unwrap();
        turn(radio, &window, at(now), partner)
    }

    #[test]
    fn a_scheduled_radio_waits_for_its_window_and_for_the_far_end() {
        let radio = loaded(Phase::Scheduled, Policy::Scheduled { at: None });
        assert_eq!(ask(&radio, NIGHT, &Partner::Free), Turn::Now);
        assert_eq!(ask(&radio, NOON, &Partner::Free), Turn::At(at(NEXT)));
        // Outside the window nobody is told of the far end.
        assert_eq!(ask(&radio, NOON, &Partner::Wait("x".to_owned())), Turn::At(at(NEXT)));
        assert_eq!(
            ask(&radio, NIGHT, &Partner::Wait("waits for b".to_owned())),
            Turn::Behind("waits for b".to_owned())
        );
        assert_eq!(ask(&radio, NIGHT, &Partner::Failed("b failed".to_owned())), Turn::Never("b failed".to_owned()));
    }

    #[test]
    fn a_radio_that_a_person_activates_is_never_taken_by_the_night() {
        let mut radio = loaded(Phase::Manual, Policy::Manual);
        assert_eq!(ask(&radio, NIGHT, &Partner::Free), Turn::Hold);
        let asked = Asked { by: "noc".to_owned(), at: at(NOON) };
        radio.go = Some(Go { asked: asked.clone(), force: false });
        assert_eq!(ask(&radio, NOON, &Partner::Free), Turn::At(at(NEXT)));
        radio.go = Some(Go { asked, force: true });
        assert_eq!(ask(&radio, NOON, &Partner::Free), Turn::Now);
    }

    #[test]
    fn what_waits_says_when_it_begins() {
        let window = Window::parse("02:00-05:00", "America/Chicago", Duration::from_secs(3600)).unwrap();
        let ask = |radio: &Radio, now: &str| waits(radio, &window, at(now)).map(|(_, held)| held.until);
        let radio = loaded(Phase::Scheduled, Policy::Scheduled { at: None });
        assert_eq!(ask(&radio, NOON), Some(Some(at(NEXT))));
        assert_eq!(ask(&radio, NIGHT), None);
        // 03:30 in the night after; then noon of that day, which waits for the night after that.
        for (asked, begins) in
            [("2026-07-03T08:30:00Z", "2026-07-03T08:30:00Z"), ("2026-07-03T17:00:00Z", "2026-07-04T07:00:00Z")]
        {
            let radio = loaded(Phase::Scheduled, Policy::Scheduled { at: Some(at(asked)) });
            assert_eq!(ask(&radio, NOON), Some(Some(at(begins))));
        }
        let mut radio = loaded(Phase::Manual, Policy::Manual);
        assert_eq!(ask(&radio, NOON), None);
        let asked = Asked { by: "noc".to_owned(), at: at(NOON) };
        radio.go = Some(Go { asked, force: false });
        assert_eq!(ask(&radio, NOON), Some(Some(at(NEXT))));
        // Without named windows an immediate activation waits for no hour.
        assert_eq!(ask(&loaded(Phase::Slot, Policy::Immediate), NOON), None);
    }

    #[test]
    fn a_radio_that_is_driven_has_no_turn() {
        assert_eq!(ask(&begin(Policy::Scheduled { at: None }), NIGHT, &Partner::Free), Turn::Hold);
    }
}
