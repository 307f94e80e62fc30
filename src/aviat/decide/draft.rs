//! A decision while it is being made.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{Command, Decision, Next, Partner, Rules, Said, SlotChange, Wait};
use crate::aviat::seen::Seen;
use crate::aviat::state::{End, Image, Load, Outage, Outcome, Phase, Policy, Radio, Sent, Step, Steps};
use crate::aviat::window::{Window, Work};
use crate::calendar::window::Held;
use crate::model::{Failure, Level};

/// How often an activation of one image may be decided on.
const ACTIVATIONS: u32 = 2;

/// Collects what changes; its last call makes the [`Decision`].
pub(super) struct Draft<'a> {
    pub radio: Radio,
    pub rules: &'a Rules<'a>,
    pub slot: SlotChange,
    said: Vec<Said>,
    release: bool,
}

impl<'a> Draft<'a> {
    pub fn new(radio: Radio, rules: &'a Rules<'a>) -> Self {
        Self { radio, rules, slot: SlotChange::Keep, said: Vec::new(), release: false }
    }

    pub fn say(&mut self, level: Level, message: impl Into<String>) {
        self.say_with(level, message, json!({}));
    }

    pub fn say_with(&mut self, level: Level, message: impl Into<String>, fields: Value) {
        self.said.push(Said { level, message: message.into(), fields });
    }

    /// Says and keeps why it waits, where that is news.
    pub fn note(&mut self, why: impl Into<String>) {
        let why = why.into();
        if self.radio.error.as_deref() != Some(why.as_str()) {
            self.say(Level::Warning, why.clone());
            self.radio.error = Some(why);
        }
    }

    /// Seconds since an instant; 0 where that lies ahead, because a clock was set back.
    pub fn elapsed(&self, since: jiff::Timestamp) -> u64 {
        u64::try_from(self.rules.now.duration_since(since).as_secs()).unwrap_or(0)
    }

    /// Tells the client's job not to wait any longer.
    pub fn release(&mut self) {
        self.release = true;
    }

    fn done(self, next: Next) -> Decision {
        Decision { radio: self.radio, said: self.said, slot: self.slot, release: self.release, next }
    }

    pub fn over(self) -> Decision {
        self.done(Next::Over)
    }

    pub fn again(self) -> Decision {
        self.done(Next::Again)
    }

    pub fn look(self) -> Decision {
        self.done(Next::Look)
    }

    pub fn wait(self, wait: Wait) -> Decision {
        self.done(Next::Wait(wait))
    }

    pub fn send(self, command: Command) -> Decision {
        self.done(Next::Send(command))
    }

    pub fn step(self, step: Step) -> Decision {
        self.done(Next::Configure(step))
    }

    /// Goes to a phase that a person, or the schedule, owns.
    pub fn park(mut self, phase: Phase, level: Level, message: impl Into<String>) -> Decision {
        let message = message.into();
        if !matches!(phase, Phase::Scheduled | Phase::Manual) {
            // A person's word counts for what was asked with it, not for what follows days later.
            self.radio.go = None;
        }
        self.radio.phase = phase;
        self.radio.error = (level != Level::Info).then(|| message.clone());
        self.say(level, message);
        self.over()
    }

    /// Settles it as failed. What was not reached says so.
    pub fn fail(mut self, why: impl Into<String>) -> Decision {
        let why = why.into();
        for step in [Step::Firmware, Step::Activate] {
            let outcome = self.radio.steps.of_mut(step);
            if *outcome == Outcome::Waiting {
                *outcome = Outcome::Failed(why.clone());
            }
        }
        self.end(End::Error, Some(why))
    }

    /// Settles it as failed by a failure of the connection, or of a command.
    pub fn fail_by(self, failure: &Failure) -> Decision {
        self.fail(failure.to_string())
    }

    /// Settles it.
    pub fn end(mut self, end: End, why: Option<String>) -> Decision {
        let left = match end {
            End::Success => None,
            End::Error => Some("an earlier step failed"),
            End::Aborted => Some("aborted"),
        };
        for step in Step::ALL {
            let outcome = self.radio.steps.of_mut(step);
            if *outcome == Outcome::Waiting
                && let Some(left) = left
            {
                *outcome = Outcome::NotReached(left.to_owned());
            }
        }
        self.radio.phase = Phase::Settled { end };
        self.radio.error.clone_from(&why);
        self.radio.abort = None;
        self.radio.go = None;
        let version = self.radio.version_now.clone().unwrap_or_else(|| "unknown".to_owned());
        let (level, message) = match (end, why) {
            (End::Success, _) => {
                (Level::Success, format!("Done: all that was asked is done and read back; version {version}"))
            }
            (End::Error, why) => (Level::Error, format!("Failed: {}", why.unwrap_or_default())),
            (End::Aborted, why) => (Level::Warning, format!("Aborted: {}", why.unwrap_or_default())),
        };
        self.say_with(level, message, json!({"version": self.radio.version_now, "end": true}));
        self.over()
    }

    /// Whether the plan's policy, a person's word and the window allow an activation now.
    pub fn may_activate(&self) -> bool {
        permitted(&self.radio, self.rules.window, self.rules.now)
    }

    /// Why some work on the radio may not begin now; none: it may.
    pub fn held(&self, work: Work) -> Option<Held> {
        self.rules.window.held(work, forced(&self.radio), self.rules.now)
    }

    /// Waits for the instant at which it may begin, and says so.
    pub fn hold(mut self, held: &Held) -> Decision {
        self.slot = SlotChange::Drop;
        self.note(held.to_string());
        self.wait(held.until.map_or(Wait::Rare, Wait::Until))
    }

    /// The command to load an image, the way that the plan says. An immediate one takes the radio down, so it waits for a
    /// slot and the other end of its hop. Where windows or black-outs are about the radio it does not activate by itself,
    /// at an hour that nobody knows: it is activated when it is loaded, within them.
    pub fn load(mut self, image: Image, seen: &Seen, abort_first: bool, retries: u32) -> Decision {
        let immediate = self.radio.plan.as_ref().is_some_and(|plan| plan.policy == Policy::Immediate)
            && !self.rules.window.is_governed();
        if immediate {
            self = match self.takes_slot() {
                ControlFlow::Continue(draft) => draft,
                ControlFlow::Break(decision) => return decision,
            };
        } else {
            self.slot = SlotChange::Drop;
        }
        let (since, uptime_before) = match &self.radio.phase {
            Phase::Load(load) => (load.since, load.uptime_before),
            _ => (self.rules.now, seen.uptime_seconds()),
        };
        let (version, how) =
            (&image.version, if immediate { "and activates it by itself" } else { "without activating it" });
        let message = format!(
            "Loading {version} {how}{}",
            if retries > 0 { format!(", retry {retries} of 2") } else { String::new() }
        );
        self.say_with(Level::Info, message, json!({"step": "firmware", "version": version}));
        self.radio.error = None;
        self.radio.phase = Phase::Load(Load {
            image: image.clone(),
            sent: Sent::Intended,
            since,
            immediate,
            retries,
            unreadable: 0,
            uptime_before,
        });
        self.send(Command::Load { image, immediate, abort_first })
    }

    /// What the plan's policy does with an image that is loaded.
    pub fn loaded(self, image: &Image, seen: &Seen) -> Decision {
        let Some(plan) = self.radio.plan.clone() else { return self.fail("nothing was asked of it") };
        let held = self.rules.slot;
        let version = &image.version;
        match plan.policy {
            Policy::Immediate => match self.takes_slot() {
                ControlFlow::Continue(draft) => draft.activate(image, seen),
                ControlFlow::Break(decision) => decision,
            },
            Policy::Scheduled { .. } | Policy::Manual if held && self.may_activate() => self.activate(image, seen),
            Policy::Scheduled { .. } => {
                self.park(Phase::Scheduled, Level::Info, format!("{version} is loaded and waits for its window"))
            }
            Policy::Manual => {
                self.park(Phase::Manual, Level::Info, format!("{version} is loaded; a person activates it"))
            }
        }
    }

    /// The command to activate what is loaded; the caller has made sure that it may, and that the radio has a slot.
    fn activate(mut self, image: &Image, seen: &Seen) -> Decision {
        if self.radio.activations >= ACTIVATIONS {
            return self.fail("the activation had no effect, twice");
        }
        self.radio.activations += 1;
        self.radio.error = None;
        self.slot = SlotChange::Take;
        self.radio.phase = Phase::Activate(Outage {
            sent: Sent::Intended,
            since: self.rules.now,
            earliest: None,
            uptime_before: seen.uptime_seconds(),
            expect: Some(image.version.clone()),
            restarted: false,
            down_seen: false,
            overdue: false,
            abort_asked: false,
        });
        let version = image.version.clone();
        self.say_with(Level::Info, format!("Activating {version}"), json!({"step": "activate", "version": version}));
        self.send(Command::Activate { version })
    }

    /// Makes sure that the radio may go down as far as windows and its hop are concerned, and asks for a slot.
    fn takes_slot(mut self) -> ControlFlow<Decision, Self> {
        if let Some(held) = self.held(Work::Outage) {
            self.radio.phase = Phase::Slot;
            return ControlFlow::Break(self.hold(&held));
        }
        match self.rules.partner.clone() {
            Partner::Free => {
                self.slot = SlotChange::Take;
                ControlFlow::Continue(self)
            }
            Partner::Wait(why) => {
                self.radio.phase = Phase::Slot;
                self.slot = SlotChange::Drop;
                self.note(why);
                ControlFlow::Break(self.wait(Wait::Poll))
            }
            Partner::Failed(why) => ControlFlow::Break(self.park(Phase::Blocked, Level::Warning, why)),
        }
    }
}

/// Whether firmware or an activation is still owed.
pub(super) fn firmware_asked(radio: &Radio) -> bool {
    radio.plan.is_some() && (radio.steps.firmware == Outcome::Waiting || radio.steps.activate == Outcome::Waiting)
}

/// Whether an activation may start now. No code path goes past this.
pub(crate) fn permitted(radio: &Radio, window: &Window, now: jiff::Timestamp) -> bool {
    let Some(plan) = &radio.plan else { return false };
    match (&plan.policy, &radio.go) {
        (Policy::Immediate, _) => window.may(Work::Outage, forced(radio), now),
        (_, Some(go)) => window.may(Work::Activation, go.force, now),
        (Policy::Scheduled { at }, None) => at.is_none_or(|at| at <= now) && window.is_open(now),
        (Policy::Manual, None) => false,
    }
}

/// Whether a person with the scope for it said that windows do not count.
pub(crate) fn forced(radio: &Radio) -> bool {
    radio.go.as_ref().is_some_and(|go| go.force)
}

impl Step {
    /// In the documented order.
    pub const ALL: [Step; 6] = [Step::Firmware, Step::Activate, Step::Password, Step::Snmp, Step::Buffer, Step::Sop];

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Firmware => "firmware",
            Step::Activate => "activate",
            Step::Password => "password",
            Step::Snmp => "snmp",
            Step::Buffer => "buffer",
            Step::Sop => "sop",
        }
    }
}

impl Steps {
    /// The outcome of one.
    pub fn of(&self, step: Step) -> &Outcome {
        match step {
            Step::Firmware => &self.firmware,
            Step::Activate => &self.activate,
            Step::Password => &self.password,
            Step::Snmp => &self.snmp,
            Step::Buffer => &self.buffer,
            Step::Sop => &self.sop,
        }
    }

    /// The same, to be set.
    pub fn of_mut(&mut self, step: Step) -> &mut Outcome {
        match step {
            Step::Firmware => &mut self.firmware,
            Step::Activate => &mut self.activate,
            Step::Password => &mut self.password,
            Step::Snmp => &mut self.snmp,
            Step::Buffer => &mut self.buffer,
            Step::Sop => &mut self.sop,
        }
    }
}
