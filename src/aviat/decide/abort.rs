//! A person asked to stop.

use super::draft::Draft;
use super::{Command, Decision, Wait};
use crate::aviat::seen::Look;
use crate::aviat::state::{End, Phase, Sent};
use crate::drivers::aviat::parse::software::State;
use crate::model::Level;

/// Obeys, or gives the draft back where there is nothing to obey, or too late.
pub(super) fn obey<'a>(mut draft: Draft<'a>, look: &Look) -> Result<Decision, Draft<'a>> {
    let Some(asked) = draft.radio.abort.clone() else { return Err(draft) };
    let by = asked.by;
    match draft.radio.phase.clone() {
        Phase::Activate(_) => Err(too_late(draft, "cannot abort, activating: the radio is tracked to the end")),
        Phase::Restart(outage) if !super::restart::is_new(&outage) => {
            Err(too_late(draft, "cannot abort, restarting: the radio is tracked to the end"))
        }
        Phase::Load(load) if load.immediate => {
            let state = match look {
                Look::Seen(seen) => seen.software.state.clone(),
                Look::Failed(_) => None,
            };
            match state {
                Some(State::PrepareLoad | State::Load | State::LoadOk) => {
                    draft.say(Level::Info, format!("Aborting the load, as {by} asked"));
                    Ok(draft.send(Command::AbortLoad))
                }
                Some(State::Activate | State::WaitingToActivate | State::Commit) => {
                    Err(too_late(draft, "cannot abort, activating: the radio is tracked to the end"))
                }
                // Neither what it does nor what it did is known: only a look can tell.
                None => {
                    draft.note(format!("{by} asked to abort; the radio does not tell what it is at"));
                    Ok(draft.wait(Wait::Poll))
                }
                Some(_) if up_anew(look, &load) => Err(draft),
                Some(_) => Ok(draft.end(End::Aborted, Some(format!("by {by}; the load is given up")))),
            }
        }
        Phase::Load(load) => {
            let left = match load.sent {
                Sent::Accepted => "the load goes on in the radio, which will not activate it by itself",
                Sent::Intended | Sent::Unknown => "a load may go on in the radio, which will not activate it by itself",
            };
            Ok(draft.end(End::Aborted, Some(format!("by {by}; {left}"))))
        }
        phase if phase.is_driven() => Ok(draft.end(End::Aborted, Some(format!("by {by}, before the next command")))),
        _ => Err(draft),
    }
}

/// Whether what was loaded is active, or the radio came up anew: then it is judged as any other.
fn up_anew(look: &Look, load: &crate::aviat::state::Load) -> bool {
    match look {
        Look::Seen(seen) => {
            let runs = seen.active().is_some_and(|active| crate::aviat::version::same(&active, &load.image.version));
            runs || (load.uptime_before.is_some() && seen.rebooted(load.uptime_before, 0) == Some(true))
        }
        Look::Failed(_) => false,
    }
}

fn too_late<'a>(mut draft: Draft<'a>, why: &str) -> Draft<'a> {
    draft.radio.abort = None;
    draft.say(Level::Warning, why);
    draft
}
