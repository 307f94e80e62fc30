//! `begin` and `slot`: what the radio needs, and whether it may have it.

use std::ops::ControlFlow;

use super::draft::{Draft, firmware_asked};
use super::{Decision, SlotChange, Wait};
use crate::aviat::precheck::{self, Gate};
use crate::aviat::seen::{Look, Seen};
use crate::aviat::state::{Image, Load, Outage, Outcome, Phase, Plan, Sent};
use crate::aviat::version::{self, Goal};
use crate::drivers::aviat::parse::software::State;
use crate::model::Level;

pub(super) fn decide(mut draft: Draft<'_>, look: &Look) -> Decision {
    let Some(plan) = draft.radio.plan.clone() else {
        return draft.park(Phase::Listed, Level::Info, "Nothing is left to do");
    };
    if !firmware_asked(&draft.radio) {
        return configure(draft);
    }
    let seen = match look {
        Look::Failed(failure) => return draft.fail_by(failure),
        Look::Seen(seen) => seen.as_ref(),
    };
    let Some(active) = seen.active() else {
        return draft.fail("unknown version: the radio does not tell which version runs, so nothing was loaded");
    };
    draft.radio.version_before.get_or_insert_with(|| active.clone());
    match version::goal(&active, &plan, draft.rules.images) {
        Goal::NoImage(why) => draft.fail(why),
        Goal::Met(why) => {
            for step in [&mut draft.radio.steps.firmware, &mut draft.radio.steps.activate] {
                if *step == Outcome::Waiting {
                    *step = Outcome::Skipped(why.clone());
                }
            }
            draft.say(Level::Info, format!("Firmware skipped: {why}"));
            configure(draft)
        }
        Goal::Next(image) => match gate(draft, &plan, seen) {
            ControlFlow::Continue(draft) => needs(draft, &image, seen),
            ControlFlow::Break(decision) => decision,
        },
    }
}

fn configure(mut draft: Draft<'_>) -> Decision {
    draft.radio.phase = Phase::Configure;
    draft.radio.error = None;
    draft.slot = SlotChange::Drop;
    draft.again()
}

fn gate<'a>(mut draft: Draft<'a>, plan: &Plan, seen: &Seen) -> ControlFlow<Decision, Draft<'a>> {
    let config = draft.rules.config;
    let judged = precheck::judge(seen, config, draft.rules.now);
    let gate = judged.gate(&plan.overrides, config);
    draft.radio.precheck = Some(judged);
    match gate {
        Gate::Clear => ControlFlow::Continue(draft),
        Gate::RebootRequired(why) => ControlFlow::Break(draft.park(Phase::RebootRequired, Level::Warning, why)),
        Gate::Blocked(why) => ControlFlow::Break(draft.park(Phase::Blocked, Level::Warning, why)),
    }
}

/// `image` has to become active; what for that depends on what the radio is at.
fn needs(draft: Draft<'_>, image: &Image, seen: &Seen) -> Decision {
    let version = &image.version;
    let Some(state) = &seen.software.state else {
        return draft.fail("unreadable: the radio does not tell the state of its software, so nothing was loaded");
    };
    if seen.holds(image) {
        return draft.loaded(image, seen);
    }
    match state {
        State::PrepareLoad | State::Load | State::Commit if seen.loads(image) => adopt(draft, image, seen),
        State::PrepareLoad | State::Load | State::Commit => {
            draft.fail(format!("another image than {version} is being loaded; wait for it, or abort it on the radio"))
        }
        // An activation of ours whose answer said otherwise.
        State::Activate if draft.radio.activations > 0 && inactive_is(seen, image) => activating(draft, image, seen),
        State::Activate | State::WaitingToActivate | State::Rollback => draft.fail(format!(
            "the radio is changing its software by itself or for somebody else (state {}); ask again when it is done",
            state.as_str()
        )),
        _ if draft.radio.steps.firmware != Outcome::Waiting => {
            draft.fail(format!("no software ready to activate: {version} is not loaded (state {})", state.as_str()))
        }
        state => {
            let abort_first = needs_abort(state);
            draft.load(image.clone(), seen, abort_first, 0)
        }
    }
}

/// An error that stands has to be cleared before a load is taken.
pub(super) fn needs_abort(state: &State) -> bool {
    matches!(state, State::LoadError | State::RollbackError | State::CompatibilityError | State::ActivateError)
}

fn inactive_is(seen: &Seen, image: &Image) -> bool {
    seen.software.inactive.is_some_and(|inactive| version::same(&inactive.short(), &image.version))
}

/// A load of the same image runs already. What follows it is decided by the plan when it is there.
fn adopt(mut draft: Draft<'_>, image: &Image, seen: &Seen) -> Decision {
    draft.say(Level::Info, format!("{} is being loaded already; that load is adopted", image.version));
    draft.slot = SlotChange::Drop;
    draft.radio.error = None;
    draft.radio.phase = Phase::Load(Load {
        image: image.clone(),
        sent: Sent::Accepted,
        since: draft.rules.now,
        immediate: false,
        retries: 0,
        unreadable: 0,
        uptime_before: seen.uptime_seconds(),
    });
    draft.wait(Wait::Poll)
}

fn activating(mut draft: Draft<'_>, image: &Image, seen: &Seen) -> Decision {
    draft.radio.phase = Phase::Activate(Outage {
        sent: Sent::Accepted,
        since: draft.rules.now,
        earliest: None,
        uptime_before: seen.uptime_seconds(),
        expect: Some(image.version.clone()),
        restarted: false,
        down_seen: false,
        overdue: false,
        abort_asked: false,
    });
    draft.wait(Wait::FirstLook)
}
