//! `activate`: the radio was told to go down with a new image, or is about to.

use super::draft::Draft;
use super::{Command, Decision, SlotChange, Wait};
use crate::aviat::seen::{Look, Seen};
use crate::aviat::state::{End, Outage, Outcome, Phase, Policy, Sent};
use crate::aviat::version::{self, Goal};
use crate::drivers::aviat::parse::software::State;
use crate::model::Level;

/// So many first looks an activation may show no effect before it is believed to have none.
const PATIENCE: u64 = 2;

pub(super) fn decide(draft: Draft<'_>, mut outage: Outage, look: &Look) -> Decision {
    let seen = match look {
        Look::Failed(failure) => {
            let why = format!("not back yet: {failure}");
            return not_yet(draft, outage, &why);
        }
        Look::Seen(seen) => seen.as_ref(),
    };
    let elapsed = draft.elapsed(outage.earliest());
    let fell = seen.rebooted(outage.uptime_before, elapsed);
    outage.down_seen |= fell == Some(true);
    let Some(active) = seen.active() else {
        return not_yet(draft, outage, "it does not tell its version yet");
    };
    let Some(state) = seen.software.state.clone() else {
        return not_yet(draft, outage, "it does not tell the state of its software yet");
    };
    let expect = outage.expect.clone().unwrap_or_default();
    let busy = matches!(
        state,
        State::Activate | State::Commit | State::WaitingToActivate | State::Rollback | State::PrepareLoad | State::Load
    );
    if version::same(&active, &expect) {
        if busy {
            return not_yet(draft, outage, &format!("{expect} runs, but is not settled (state {})", state.as_str()));
        }
        // Activated soon after a boot, or looked at late, its uptime is no smaller than before; but it began later.
        let anew = outage.down_seen || seen.started_within(elapsed);
        // A radio that never told its uptime has come up with another version than it went down with: it was down.
        if !(anew || (fell.is_none() && outage.uptime_before.is_none())) {
            return not_yet(draft, outage, &format!("{expect} is shown, but the radio was not seen to come up anew"));
        }
        if seen.far_answers == Some(false) {
            return not_yet(draft, outage, "the other end of its hop does not answer");
        }
        return proven(draft, &active);
    }
    match state {
        State::RollbackError | State::RollbackOk => failed_back(draft, &active),
        State::Rollback if outage.down_seen => failed_back(draft, &active),
        State::Activate if outage.down_seen => not_yet(draft, outage, "it is activating"),
        State::Activate => activating(draft, outage),
        _ if busy => not_yet(draft, outage, &format!("it is at work (state {})", state.as_str())),
        _ if outage.down_seen => failed_back(draft, &active),
        state => no_effect(draft, outage, seen, &state),
    }
}

fn failed_back(draft: Draft<'_>, active: &str) -> Decision {
    draft.fail(format!("rollback: the radio came back with {active}, not with the version that was activated"))
}

/// The activation is under way and has not taken the radio down. Some releases wait for a restart; none is sent before
/// the state has lasted.
fn activating(mut draft: Draft<'_>, mut outage: Outage) -> Decision {
    outage.sent = Sent::Accepted;
    if outage.restarted || draft.elapsed(outage.since) < patience(&draft) {
        return not_yet(draft, outage, "it is activating");
    }
    outage.restarted = true;
    draft.radio.phase = Phase::Activate(outage);
    draft.say(Level::Info, "The new software waits for a restart: restarting");
    draft.send(Command::Restart)
}

fn patience(draft: &Draft<'_>) -> u64 {
    PATIENCE * draft.rules.config.reboot_first_look.as_secs()
}

/// It is up, at rest, and as it was before.
fn no_effect(mut draft: Draft<'_>, outage: Outage, seen: &Seen, state: &State) -> Decision {
    if draft.elapsed(outage.since) < patience(&draft) || seen.uptime.is_none() && outage.uptime_before.is_some() {
        return not_yet(draft, outage, &format!("the activation shows no effect yet (state {})", state.as_str()));
    }
    if outage.abort_asked {
        return draft.end(End::Aborted, Some("the activation had no effect, and is not repeated".to_owned()));
    }
    let image = match draft
        .radio
        .plan
        .as_ref()
        .zip(seen.active())
        .map(|(plan, active)| version::goal(&active, plan, draft.rules.images))
    {
        Some(Goal::Next(image)) => image,
        _ => return draft.fail("the activation had no effect"),
    };
    if draft.radio.activations >= 2 {
        return draft.fail("the activation had no effect, twice");
    }
    draft.say(Level::Warning, format!("The activation had no effect (state {})", state.as_str()));
    let immediate = draft.radio.plan.as_ref().is_some_and(|plan| plan.policy == Policy::Immediate);
    if seen.holds(&image) && (draft.may_activate() || !immediate) {
        // Activates where policy and window allow it now, else goes back to where it waited.
        return draft.loaded(&image, seen);
    }
    draft.radio.phase = Phase::Begin;
    draft.slot = SlotChange::Drop;
    draft.look()
}

/// Nothing can be concluded yet. Past the limit the client's job does not wait any longer, and the radio is looked for
/// more rarely: it may come back.
fn not_yet(mut draft: Draft<'_>, mut outage: Outage, why: &str) -> Decision {
    let limit = draft.rules.config.reboot_give_up.as_secs();
    if !outage.overdue && draft.elapsed(outage.since) >= limit {
        outage.overdue = true;
        draft.release();
        let text = format!("unreachable after activation: not back and proven in time; it is looked for on ({why})");
        draft.radio.error = Some(text.clone());
        draft.say(Level::Error, text);
    }
    let wait = if outage.overdue { Wait::Rare } else { Wait::Poll };
    draft.radio.phase = Phase::Activate(outage);
    draft.wait(wait)
}

fn proven(mut draft: Draft<'_>, active: &str) -> Decision {
    draft.slot = SlotChange::Drop;
    // A word that came with an immediate plan counts to its end.
    if draft.radio.plan.as_ref().is_none_or(|plan| plan.policy != Policy::Immediate) {
        draft.radio.go = None;
    }
    draft.radio.activations = 0;
    draft.radio.error = None;
    draft.say_with(
        Level::Success,
        format!("{active} is active: the radio came up with it"),
        serde_json::json!({"step": "activate", "version": active}),
    );
    let goal = draft.radio.plan.as_ref().map(|plan| version::goal(active, plan, draft.rules.images));
    if let Some(Goal::Next(_)) = goal {
        draft.radio.phase = Phase::Begin;
        return draft.look();
    }
    for step in [&mut draft.radio.steps.firmware, &mut draft.radio.steps.activate] {
        if *step == Outcome::Waiting {
            *step = Outcome::Ok;
        }
    }
    draft.radio.phase = Phase::Configure;
    draft.again()
}
