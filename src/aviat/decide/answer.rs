//! What a radio's answer to a command means, and the steps of the configuration.

use serde_json::json;

use super::draft::Draft;
use super::{Command, Decision, Rules, SlotChange, Wait};
use crate::aviat::state::{End, Outcome, Phase, Policy, Radio, Sent, SopItem, Step};
use crate::aviat::window::Work;
use crate::model::Level;

/// What came back to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It begins. Proof is what the radio shows later.
    Accepted,
    /// It loads, and says that something else follows than was asked for.
    Otherwise {
        /// It activates the image by itself.
        activates: bool,
        /// Its words.
        words: String,
    },
    /// Another operation is under way, or an error stands; nothing was begun.
    Busy,
    /// Nothing is loaded that could be activated; nothing was begun.
    NothingReady,
    /// Its words; nothing was begun.
    Refused(String),
    /// The answer never came.
    Unknown(String),
}

/// What follows from an answer. The radio is the row's as it is now; a phase that has moved on meanwhile is left alone.
pub fn answered(radio: &Radio, command: &Command, answer: &Answer, rules: &Rules<'_>) -> Decision {
    let draft = Draft::new(radio.clone(), rules);
    match (&radio.phase, command) {
        (Phase::Load(_), Command::Load { .. } | Command::AbortLoad) => load(draft, command, answer),
        (Phase::Activate(_), Command::Activate { .. } | Command::Restart) => activate(draft, command, answer),
        (Phase::Restart(_), Command::Restart) => restart(draft, answer),
        _ => draft.look(),
    }
}

fn load(mut draft: Draft<'_>, command: &Command, answer: &Answer) -> Decision {
    let Phase::Load(load) = &mut draft.radio.phase else { return draft.look() };
    let version = load.image.version.clone();
    if *command == Command::AbortLoad {
        // Whatever it said: what the software is at now decides.
        return match answer {
            Answer::Accepted => draft.look(),
            Answer::Otherwise { words, .. } | Answer::Refused(words) | Answer::Unknown(words) => {
                draft.note(format!("the load was not given up yet: {words}"));
                draft.wait(Wait::Poll)
            }
            Answer::Busy | Answer::NothingReady => draft.wait(Wait::Poll),
        };
    }
    match answer {
        Answer::Accepted => {
            load.sent = Sent::Accepted;
            draft.say(Level::Info, format!("The radio loads {version}"));
            draft.wait(Wait::Poll)
        }
        Answer::Otherwise { activates, words } => {
            load.sent = Sent::Accepted;
            load.immediate = *activates;
            draft.say(Level::Warning, format!("The radio loads {version} in another way than asked: {words}"));
            // One that would activate by itself although nobody asked for it is given up at the next look.
            draft.look()
        }
        // Perhaps it is this very image: the next look tells.
        Answer::Busy => {
            load.sent = Sent::Unknown;
            draft.note("Software operation already in progress");
            draft.look()
        }
        Answer::Unknown(why) => {
            load.sent = Sent::Unknown;
            draft.note(format!("the answer to the load was lost ({why}); the radio is asked what it does"));
            draft.wait(Wait::Poll)
        }
        Answer::NothingReady => draft.fail("the radio refused the load"),
        Answer::Refused(words) => draft.fail(format!("the radio refused to load {version}: {words}")),
    }
}

fn activate(mut draft: Draft<'_>, command: &Command, answer: &Answer) -> Decision {
    let separate = *command == Command::Restart;
    let Phase::Activate(outage) = &mut draft.radio.phase else { return draft.look() };
    match answer {
        Answer::Accepted | Answer::Otherwise { .. } => {
            outage.sent = Sent::Accepted;
            draft.say(Level::Info, if separate { "The radio restarts" } else { "The radio activates" });
            draft.wait(Wait::FirstLook)
        }
        Answer::Unknown(why) => {
            if !separate {
                outage.sent = Sent::Unknown;
            }
            draft.note(format!("the answer was lost ({why}); the radio is observed, nothing more is sent"));
            draft.wait(Wait::FirstLook)
        }
        // The activation itself was accepted before; it is tracked to its end.
        Answer::Busy | Answer::NothingReady | Answer::Refused(_) if separate => {
            let words = if let Answer::Refused(words) = answer { words.as_str() } else { "busy" };
            draft.note(format!("the restart was refused: {words}"));
            draft.wait(Wait::Poll)
        }
        Answer::NothingReady | Answer::Busy => {
            let immediate = draft.radio.plan.as_ref().is_some_and(|plan| plan.policy == Policy::Immediate);
            if immediate || draft.radio.activations >= 2 {
                return draft.fail("no software ready to activate");
            }
            draft.note("no software ready to activate; it is looked at, and loaded again if need be");
            draft.radio.phase = Phase::Begin;
            draft.slot = SlotChange::Drop;
            draft.look()
        }
        Answer::Refused(words) => draft.fail(format!("the radio refused the activation: {words}")),
    }
}

fn restart(mut draft: Draft<'_>, answer: &Answer) -> Decision {
    let Phase::Restart(outage) = &mut draft.radio.phase else { return draft.look() };
    match answer {
        Answer::Accepted | Answer::Otherwise { .. } => {
            outage.sent = Sent::Accepted;
            draft.say(Level::Info, "The radio restarts");
            draft.wait(Wait::FirstLook)
        }
        Answer::Unknown(why) => {
            outage.sent = Sent::Unknown;
            draft.note(format!("the answer to the restart was lost ({why}); its uptime will tell"));
            draft.wait(Wait::FirstLook)
        }
        Answer::Refused(words) => {
            draft.park(Phase::RestartFailed, Level::Error, format!("The radio refused to restart: {words}"))
        }
        Answer::Busy | Answer::NothingReady => {
            draft.park(Phase::RestartFailed, Level::Error, "The radio refused to restart")
        }
    }
}

/// Settles a radio that has no command outstanding.
pub fn settled(radio: &Radio, end: End, why: String, rules: &Rules<'_>) -> Decision {
    let draft = Draft::new(radio.clone(), rules);
    if end == End::Error { draft.fail(why) } else { draft.end(end, Some(why)) }
}

/// The steps of the configuration, in order.
const CONFIGURATION: [Step; 4] = [Step::Password, Step::Snmp, Step::Buffer, Step::Sop];

/// The next step of the configuration that is owed.
pub(super) fn owed(radio: &Radio) -> Option<Step> {
    CONFIGURATION.into_iter().find(|step| *radio.steps.of(*step) == Outcome::Waiting)
}

/// Whether a step changes the radio. The checks of the SOP only read.
pub(super) fn writes(step: Step) -> bool {
    step != Step::Sop
}

/// The next step that is owed, or the end.
pub(super) fn configure(mut draft: Draft<'_>) -> Decision {
    if let Some(step) = owed(&draft.radio) {
        if writes(step)
            && let Some(held) = draft.held(Work::Configuration)
        {
            return draft.hold(&held);
        }
        draft.radio.error = None;
        return draft.step(step);
    }
    let bad = Step::ALL.into_iter().find_map(|step| match draft.radio.steps.of(step) {
        Outcome::Failed(why) => Some(format!("{}: {why}", step.as_str())),
        Outcome::Unknown(why) => Some(format!("{}: outcome unknown: {why}", step.as_str())),
        Outcome::NotRequested | Outcome::Waiting | Outcome::Skipped(_) | Outcome::NotReached(_) | Outcome::Ok => None,
    });
    match bad {
        Some(why) => draft.end(End::Error, Some(why)),
        None => draft.end(End::Success, None),
    }
}

/// What follows from a step's outcome. A failed step does not stop the next.
pub fn configured(radio: &Radio, step: Step, outcome: Outcome, items: Vec<SopItem>, rules: &Rules<'_>) -> Decision {
    let mut draft = Draft::new(radio.clone(), rules);
    if radio.phase != Phase::Configure {
        return draft.look();
    }
    let name = step.as_str();
    let (level, message, word) = match &outcome {
        Outcome::Ok => (Level::Success, format!("Step {name}: done and read back"), "ok"),
        Outcome::Skipped(why) => (Level::Info, format!("Step {name} skipped: {why}"), "skipped"),
        Outcome::Failed(why) => (Level::Error, format!("Step {name} failed: {why}"), "error"),
        Outcome::Unknown(why) => (Level::Error, format!("Step {name}: outcome unknown: {why}"), "unknown"),
        Outcome::NotRequested | Outcome::Waiting | Outcome::NotReached(_) => return draft.again(),
    };
    draft.say_with(level, message, json!({"step": name, "outcome": word}));
    if step == Step::Sop {
        draft.radio.steps.sop_items = items;
    }
    *draft.radio.steps.of_mut(step) = outcome;
    draft.again()
}
