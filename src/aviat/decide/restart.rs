//! `restart`: a radio that has been up for too long is rebooted for its own sake.

use super::draft::Draft;
use super::{Command, Decision, Partner, SlotChange, Wait};
use crate::aviat::seen::{Look, Seen};
use crate::aviat::state::{Outage, Phase, Sent};
use crate::aviat::window::Work;
use crate::drivers::aviat::parse::software::State;
use crate::model::Level;

pub(super) fn decide(draft: Draft<'_>, outage: Outage, look: &Look) -> Decision {
    if is_new(&outage) { first(draft, outage, look) } else { proof(draft, outage, look) }
}

/// Whether nothing was sent yet: a restart goes out only with the uptime before it in the row.
pub(super) fn is_new(outage: &Outage) -> bool {
    outage.sent == Sent::Intended && outage.uptime_before.is_none()
}

fn first(mut draft: Draft<'_>, mut outage: Outage, look: &Look) -> Decision {
    if let Some(held) = draft.held(Work::Outage) {
        draft.radio.phase = Phase::Restart(outage);
        return draft.hold(&held);
    }
    let seen = match look {
        Look::Failed(failure) => {
            return draft.park(Phase::RestartFailed, Level::Error, format!("The radio was not restarted: {failure}"));
        }
        Look::Seen(seen) => seen,
    };
    let Some(uptime) = seen.uptime_seconds() else {
        let text = "The radio was not restarted: it does not tell its uptime, so nothing could prove it";
        return draft.park(Phase::RestartFailed, Level::Error, text);
    };
    match &seen.software.state {
        None => {
            let text = "The radio was not restarted: it does not tell what its software is at";
            return draft.park(Phase::RestartFailed, Level::Error, text);
        }
        Some(
            state @ (State::PrepareLoad
            | State::Load
            | State::Commit
            | State::Activate
            | State::WaitingToActivate
            | State::Rollback),
        ) => {
            let text = format!("The radio was not restarted: its software is at work (state {})", state.as_str());
            return draft.park(Phase::RestartFailed, Level::Error, text);
        }
        Some(_) => {}
    }
    if let Partner::Wait(why) = &draft.rules.partner {
        draft.note(why.clone());
        draft.radio.phase = Phase::Restart(outage);
        return draft.wait(Wait::Poll);
    }
    outage.uptime_before = Some(uptime);
    outage.since = draft.rules.now;
    draft.slot = SlotChange::Take;
    draft.radio.error = None;
    draft.radio.phase = Phase::Restart(outage);
    draft.say(Level::Info, format!("Restarting; it has been up for {} days", uptime / 86_400));
    draft.send(Command::Restart)
}

/// Whether it came up anew. One that went away was down, or the link was: then a start behind the command, by our own
/// clock, says which, however short its uptime was before.
fn came_up(seen: &Seen, outage: &Outage, elapsed: u64) -> Option<bool> {
    let fell = seen.rebooted(outage.uptime_before, elapsed)?;
    Some(fell || (outage.down_seen && seen.started_within(elapsed)))
}

fn proof(mut draft: Draft<'_>, mut outage: Outage, look: &Look) -> Decision {
    let elapsed = draft.elapsed(outage.since);
    let why = match look {
        Look::Failed(failure) => format!("not back yet: {failure}"),
        Look::Seen(seen) => match (came_up(seen, &outage, elapsed), seen.active()) {
            (Some(true), Some(_)) if seen.software.state.is_some() => {
                draft.say(Level::Success, "Restarted: its uptime began anew");
                draft.slot = SlotChange::Drop;
                draft.radio.error = None;
                // The word that restarted it does not activate anything.
                draft.radio.go = None;
                if draft.radio.plan.is_none() {
                    return draft.park(Phase::Listed, Level::Info, "Nothing is left to do");
                }
                draft.radio.phase = Phase::Begin;
                return draft.look();
            }
            (Some(true), _) => "it does not tell its version yet".to_owned(),
            (Some(false), _) => "it is up, and its uptime did not begin anew".to_owned(),
            (None, _) => "it does not tell its uptime".to_owned(),
        },
    };
    if elapsed >= draft.rules.config.reboot_give_up.as_secs() {
        let text = format!("The restart could not be proven in time: {why}");
        return draft.park(Phase::RestartFailed, Level::Error, text);
    }
    outage.down_seen |= matches!(look, Look::Failed(_));
    draft.radio.phase = Phase::Restart(outage);
    draft.wait(Wait::Poll)
}
