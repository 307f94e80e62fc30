//! `load`: an image is on its way into the radio.

use super::begin::needs_abort;
use super::draft::Draft;
use super::{Command, Decision, SlotChange, Wait};
use crate::aviat::seen::{Look, Seen};
use crate::aviat::state::{Load, Outage, Phase, Policy, Sent};
use crate::aviat::version;
use crate::drivers::aviat::parse::software::State;
use crate::model::{Failure, FailureClass, Level};

/// A load is repeated so often, always the same way.
const RETRIES: u32 = 2;
/// Looks in a row that told nothing.
const UNREADABLE: u32 = 6;

pub(super) fn decide(draft: Draft<'_>, load: Load, look: &Look) -> Decision {
    match look {
        Look::Failed(failure) => unseen(draft, load, failure),
        Look::Seen(seen) => seen_state(draft, load, seen),
    }
}

/// It will activate by itself, so it may be down.
fn may_be_down(load: &Load) -> bool {
    load.immediate
}

fn is_old(draft: &Draft<'_>, load: &Load) -> bool {
    draft.elapsed(load.since) >= draft.rules.config.load_give_up.as_secs()
}

/// No answer says nothing about the load. A radio that activates by itself may be on its way; another one that does not
/// let us in is asked a few times only.
fn unseen(mut draft: Draft<'_>, mut load: Load, failure: &Failure) -> Decision {
    if is_old(&draft, &load) {
        if !may_be_down(&load) {
            return draft.fail(format!("timeout: the load did not end in time; last: {failure}"));
        }
        let why = format!("unreachable after activation: {failure}");
        draft.note(why);
        return to_activation(draft, &load, true);
    }
    if !may_be_down(&load) && !is_transport(failure.class) {
        load.unreadable += 1;
        if load.unreadable >= UNREADABLE {
            return draft.fail_by(failure);
        }
    }
    draft.radio.phase = Phase::Load(load);
    draft.note(failure.to_string());
    draft.wait(Wait::Poll)
}

fn is_transport(class: FailureClass) -> bool {
    matches!(class, FailureClass::Unreachable | FailureClass::Timeout | FailureClass::SessionLimit)
}

fn seen_state(mut draft: Draft<'_>, mut load: Load, seen: &Seen) -> Decision {
    let runs = seen.active().is_some_and(|active| version::same(&active, &load.image.version));
    if runs {
        return to_activation(draft, &load, false);
    }
    let Some(state) = seen.software.state.clone() else { return unreadable(draft, load) };
    load.unreadable = 0;
    let version = load.image.version.clone();
    let ours = seen.loads(&load.image) || (seen.software.uri.is_none() && load.sent == Sent::Accepted);
    match state {
        State::PrepareLoad | State::Load | State::Commit if !ours => {
            draft.fail(format!("another image than {version} is being loaded"))
        }
        State::PrepareLoad | State::Load | State::Commit => {
            if by_itself(&draft, &load) || (is_old(&draft, &load) && load.immediate) {
                draft.radio.phase = Phase::Load(load);
                draft.note("the load is given up, because it would activate by itself");
                return draft.send(Command::AbortLoad);
            }
            if is_old(&draft, &load) {
                return draft.fail(format!("timeout: {version} has been loading for longer than load_give_up"));
            }
            if load.sent != Sent::Accepted {
                draft.say(Level::Info, format!("{version} is being loaded: the command had its effect"));
                load.sent = Sent::Accepted;
            }
            draft.radio.error = None;
            draft.radio.phase = Phase::Load(load);
            draft.wait(Wait::Poll)
        }
        State::LoadOk if seen.holds(&load.image) && !load.immediate => draft.loaded(&load.image, seen),
        State::LoadOk if seen.holds(&load.image) => {
            if by_itself(&draft, &load) || is_old(&draft, &load) {
                draft.radio.phase = Phase::Load(load);
                draft.note("the load is given up, because it would activate by itself");
                return draft.send(Command::AbortLoad);
            }
            load.sent = Sent::Accepted;
            draft.radio.phase = Phase::Load(load);
            draft.wait(Wait::Poll)
        }
        State::LoadOk if load.sent == Sent::Accepted => {
            let found = seen.software.inactive.map_or_else(|| "something unknown".to_owned(), |found| found.short());
            draft.fail(format!("wrong version: {found} was loaded instead of {version}"))
        }
        State::Activate | State::WaitingToActivate => {
            if !load.immediate {
                draft.say(Level::Warning, format!("{version} is being activated, which nobody asked for here"));
            }
            to_activation(draft, &load, false)
        }
        State::Rollback | State::RollbackOk if load.immediate && load.sent == Sent::Accepted => {
            draft.fail("rollback: the radio went back to its old version by itself")
        }
        State::SameVersion | State::CompatibilityError => {
            draft.fail(format!("the radio does not take {version} (state {})", state.as_str()))
        }
        state => again(draft, load, seen, &state),
    }
}

/// It will activate by itself, and nobody asked for that.
fn unwanted(draft: &Draft<'_>, load: &Load) -> bool {
    load.immediate && draft.radio.plan.as_ref().is_none_or(|plan| plan.policy != Policy::Immediate)
}

/// It will activate by itself where it must not: nobody asked for that, or windows or black-outs are about the radio by
/// now. Then it is given up, and loaded again without activating.
fn by_itself(draft: &Draft<'_>, load: &Load) -> bool {
    unwanted(draft, load) || (load.immediate && draft.rules.window.is_governed())
}

fn unreadable(mut draft: Draft<'_>, mut load: Load) -> Decision {
    if !may_be_down(&load) {
        load.unreadable += 1;
        if load.unreadable >= UNREADABLE {
            return draft.fail("unreadable: the radio did not tell the state of its software, six times in a row");
        }
    } else if is_old(&draft, &load) {
        draft.note("the radio does not tell its state after the activation");
        return to_activation(draft, &load, true);
    }
    draft.radio.phase = Phase::Load(load);
    draft.wait(Wait::Poll)
}

/// Nothing of it is there, or it ended in an error.
fn again(draft: Draft<'_>, load: Load, seen: &Seen, state: &State) -> Decision {
    let word = state.as_str();
    if unwanted(&draft, &load) {
        return draft.fail("the radio was about to activate by itself, which nobody asked for; the load was given up");
    }
    let fell =
        load.sent == Sent::Accepted && seen.rebooted(load.uptime_before, draft.elapsed(load.since)) == Some(true);
    if load.immediate && fell && !needs_abort(state) {
        return draft.fail(format!("rollback: the radio came up anew with its old version (state {word})"));
    }
    if is_old(&draft, &load) {
        return draft.fail(format!("timeout: the load did not end in time (state {word})"));
    }
    if load.retries >= RETRIES {
        return draft.fail(format!(
            "load_error: the load of {} failed {} times (state {word})",
            load.image.version,
            RETRIES + 1
        ));
    }
    draft.load(load.image.clone(), seen, needs_abort(state), load.retries + 1)
}

/// It is being activated, or runs already: to be proven as any activation is.
fn to_activation(mut draft: Draft<'_>, load: &Load, overdue: bool) -> Decision {
    draft.slot = SlotChange::Keep;
    draft.radio.phase = Phase::Activate(Outage {
        sent: Sent::Accepted,
        since: if overdue { load.since } else { draft.rules.now },
        earliest: Some(load.since),
        uptime_before: load.uptime_before,
        expect: Some(load.image.version.clone()),
        restarted: false,
        down_seen: false,
        overdue,
        abort_asked: false,
    });
    if overdue {
        draft.release();
        return draft.wait(Wait::Rare);
    }
    draft.again()
}
