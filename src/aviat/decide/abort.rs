//! A person asked to stop.

use std::ops::ControlFlow;

use super::draft::Draft;
use super::{Command, Decision, Wait};
use crate::aviat::seen::Look;
use crate::aviat::state::{End, Outage, Phase, Sent};
use crate::aviat::version;
use crate::drivers::aviat::parse::software::State;
use crate::model::Level;

/// Obeys, or gives the draft back where there is nothing to obey, or too late.
pub(super) fn obey<'a>(mut draft: Draft<'a>, look: &Look) -> ControlFlow<Decision, Draft<'a>> {
    let Some(asked) = draft.radio.abort.clone() else { return ControlFlow::Continue(draft) };
    let by = asked.by;
    match draft.radio.phase.clone() {
        Phase::Activate(outage) => {
            draft.radio.phase = Phase::Activate(Outage { abort_asked: true, ..outage });
            ControlFlow::Continue(too_late(draft, "cannot abort, activating: the radio is tracked to the end"))
        }
        Phase::Restart(outage) if !super::restart::is_new(&outage) => {
            ControlFlow::Continue(too_late(draft, "cannot abort, restarting: the radio is tracked to the end"))
        }
        Phase::Load(load) if load.immediate => {
            let state = match look {
                Look::Seen(seen) => seen.software.state.clone(),
                Look::Failed(_) => None,
            };
            let active = active(look);
            match state.filter(|_| active.is_some()) {
                Some(State::PrepareLoad | State::Load | State::LoadOk) => {
                    draft.say(Level::Info, format!("Aborting the load, as {by} asked"));
                    ControlFlow::Break(draft.send(Command::AbortLoad))
                }
                // Too late, as is said when it is tracked as an activation.
                Some(State::Activate | State::WaitingToActivate | State::Commit) => ControlFlow::Continue(draft),
                // Neither what it does nor what it did is known: only a look can tell, until it is too old.
                None if draft.elapsed(load.since) >= draft.rules.config.load_give_up.as_secs() => {
                    ControlFlow::Continue(draft)
                }
                None => {
                    draft.note(format!("{by} asked to abort; the radio does not tell what it is at"));
                    ControlFlow::Break(draft.wait(Wait::Poll))
                }
                Some(_) if active.is_some_and(|active| version::same(&active, &load.image.version)) => {
                    ControlFlow::Continue(draft)
                }
                Some(_) => ControlFlow::Break(draft.end(End::Aborted, Some(format!("by {by}; the load is given up")))),
            }
        }
        Phase::Load(load) => {
            let left = match load.sent {
                Sent::Accepted => "the load goes on in the radio, which will not activate it by itself",
                Sent::Intended | Sent::Unknown => "a load may go on in the radio, which will not activate it by itself",
            };
            ControlFlow::Break(draft.end(End::Aborted, Some(format!("by {by}; {left}"))))
        }
        phase if phase.is_driven() => {
            ControlFlow::Break(draft.end(End::Aborted, Some(format!("by {by}, before the next command"))))
        }
        _ => ControlFlow::Continue(draft),
    }
}

/// The version that runs; none where it was not told.
fn active(look: &Look) -> Option<String> {
    match look {
        Look::Seen(seen) => seen.active(),
        Look::Failed(_) => None,
    }
}

fn too_late<'a>(mut draft: Draft<'a>, why: &str) -> Draft<'a> {
    draft.radio.abort = None;
    draft.say(Level::Warning, why);
    draft
}
