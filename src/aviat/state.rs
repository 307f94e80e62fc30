//! What is known of one radio under maintenance: the body of its row. Every instant is UTC.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::RadioStatus;

/// The body of a radio's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radio {
    /// Name in the inventory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Label of the key under which it was asked for last, or listed.
    pub username: String,
    /// The job that asked last, running or not: `task_id` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_task: Option<String>,
    /// Where it stands.
    pub phase: Phase,
    /// What was asked; none while it is only listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What became of each step.
    #[serde(default)]
    pub steps: Steps,
    /// The last judgement of the prechecks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precheck: Option<Precheck>,
    /// Active version when the work began, `x.y.z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_before: Option<String>,
    /// Active version as it was read last, `x.y.z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_now: Option<String>,
    /// Which password it has, as far as we know.
    #[serde(default)]
    pub login: Login,
    /// Why it failed, is parked, or waits: a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Who asked to stop it, until that was obeyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort: Option<Asked>,
    /// A person asked to activate it now: within the window, or (`force`) at any hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<Go>,
    /// When what was asked last began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How often an activation was decided on; the number stands in the audit log with each command.
    #[serde(default)]
    pub activations: u32,
}

/// Somebody asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Label of the key.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A person's word to activate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go {
    /// Who and when.
    pub asked: Asked,
    /// Outside the window too.
    pub force: bool,
}

/// Which password a radio has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Nothing is known: ours first, the factory's once if ours is refused.
    #[default]
    Unknown,
    /// Ours: proven by a login.
    Ours,
    /// The factory's: proven by a login.
    Factory,
}

/// Where a radio stands. Each phase in which something is owed has an owner: its driver (a hidden job), the schedule, or
/// a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Phase {
    /// In the list; nothing was asked. Owner: a person.
    Listed,
    /// Begins, or begins again, by observing. Owner: driver.
    Begin,
    /// A precheck blocks it. Owner: a person.
    Blocked,
    /// Up for too long to load anything. Owner: a person, by `aviat.reboot_required.run`.
    RebootRequired,
    /// A restart for its own sake is intended, sent, or waited for. Owner: driver.
    Restart(Outage),
    /// The restart was refused or not proven. Owner: a person, who may ask again.
    RestartFailed,
    /// Immediate activation waits for a slot, or for the other end of its hop. Owner: driver.
    Slot,
    /// An image is being loaded. Owner: driver.
    Load(Load),
    /// Loaded; waits for its hour. Owner: the schedule.
    Scheduled,
    /// Loaded; owner: a person, by `aviat.activate_scheduled`.
    Manual,
    /// An activation is intended, sent, or waited for. Owner: driver.
    Activate(Outage),
    /// The rest: password, snmp, buffer, sop, in this order. Owner: driver.
    Configure,
    /// Over: `success`, `error` or `aborted`.
    Settled {
        /// How.
        end: End,
    },
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// All that was asked is done, and read back.
    Success,
    /// Something failed.
    Error,
    /// A person stopped it.
    Aborted,
}

/// Whether a command with an effect has gone out. Stored as `Intended` before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// It is about to; after a kill nobody knows whether it did.
    Intended,
    /// It did, and the link broke before its answer: observe.
    Unknown,
    /// The radio accepted it.
    Accepted,
}

/// A load under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Which image.
    pub image: Image,
    /// Whether the command went out.
    pub sent: Sent,
    /// When the command was first intended.
    pub since: Timestamp,
    /// `activation-immediately` stands in the command; then `outage` is what follows by itself.
    pub immediate: bool,
    /// Loads that ended in an error so far.
    #[serde(default)]
    pub retries: u32,
    /// Observations in a row that told nothing.
    #[serde(default)]
    pub unreadable: u32,
    /// Uptime before an immediate activation, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_before: Option<u64>,
}

/// An image of the firmware list, or of an address given in the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Which step of the way it is.
    pub stage: Target,
    /// Version `x.y.z` that has to be active in the end.
    pub version: String,
    /// Where the radio fetches it.
    pub uri: String,
}

/// A radio that was told to go down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Whether the command went out.
    pub sent: Sent,
    /// When it was first intended.
    pub since: Timestamp,
    /// When it can have gone down at the earliest, where that is not `since`: it activated by itself, behind a load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// Uptime before, seconds: the proof is a smaller one, or a start behind `earliest` by our own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_before: Option<u64>,
    /// What is expected to be active afterwards, `x.y.z`; none for a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// A separate `restart` was sent because the radio's state waited for it.
    #[serde(default)]
    pub restarted: bool,
    /// The fall of the uptime was seen.
    #[serde(default)]
    pub down_seen: bool,
    /// It came into `pending_verify`: not back, or not readable, in time. It is still looked for, more rarely.
    #[serde(default)]
    pub overdue: bool,
    /// A person asked to stop it, too late: should the command prove to have had no effect, it is not sent again.
    #[serde(default)]
    pub abort_asked: bool,
}

impl Outage {
    /// When it can have gone down at the earliest.
    pub fn earliest(&self) -> Timestamp {
        self.earliest.unwrap_or(self.since)
    }
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// In the documented order, each once.
    pub steps: Vec<Step>,
    /// Which image is the goal.
    pub target: Target,
    /// An image given by its address; its version stands in its file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<Image>,
    /// When a loaded image may become active. No code path exceeds it.
    pub policy: Policy,
    /// Prechecks that the client overrides, with scope `aviat.override`, audited.
    #[serde(default)]
    pub overrides: Vec<Check>,
}

/// The steps of the contract, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Load the image (and activate it as the policy says).
    Firmware,
    /// Activate what is loaded.
    Activate,
    /// Change the factory password to ours.
    Password,
    /// SNMP mode and community.
    Snmp,
    /// QoS buffer.
    Buffer,
    /// Checks of the standard operating procedure.
    Sop,
}

/// Which image of the firmware list is the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The stepping stone.
    Baseline,
    /// The goal of the roll-out.
    Final,
    /// The image that the request gave.
    Custom,
}

/// When a loaded image may become active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Policy {
    /// In the nightly window, not before `at`.
    Scheduled {
        /// Not before this instant; none: the next window.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// As soon as it is loaded, by the radio itself.
    Immediate,
    /// When a person says so.
    Manual,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "text", rename_all = "snake_case")]
pub enum Outcome {
    /// Nobody asked for it.
    #[default]
    NotRequested,
    /// Asked for, not done yet.
    Waiting,
    /// Not needed, and why.
    Skipped(String),
    /// The work ended before it, and how. `skipped` on the wire, see [`Outcome::shown`].
    NotReached(String),
    /// Done and read back.
    Ok,
    /// Failed, and how.
    Failed(String),
    /// It may have happened or not, and it could not be found out.
    Unknown(String),
}

impl Outcome {
    /// As the contract's clients see it, which know no other word for what was not reached.
    pub fn shown(&self) -> Self {
        match self {
            Self::NotReached(why) => Self::Skipped(format!("not reached: {why}")),
            shown => shown.clone(),
        }
    }
}

/// The outcome of every step, with the instant at which it was last set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    /// See [`Step::Firmware`].
    pub firmware: Outcome,
    /// See [`Step::Activate`].
    pub activate: Outcome,
    /// See [`Step::Password`].
    pub password: Outcome,
    /// See [`Step::Snmp`].
    pub snmp: Outcome,
    /// See [`Step::Buffer`].
    pub buffer: Outcome,
    /// See [`Step::Sop`].
    pub sop: Outcome,
    /// What the SOP found.
    pub sop_items: Vec<SopItem>,
}

/// One item of the SOP. No secret: what an item about one expects and finds is said in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SopItem {
    /// What is checked.
    pub name: String,
    /// What should be.
    pub expected: String,
    /// What is; none: unknown.
    pub actual: Option<String>,
    /// Verdict; unknown fails.
    pub pass: bool,
    /// Never fails the SOP.
    #[serde(default)]
    pub advisory: bool,
}

/// The prechecks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Prefix of the management interface.
    Subnet,
    /// Spanning tree is down.
    Stp,
    /// Required licences are there.
    Licence,
    /// Up for less than the limit.
    Uptime,
}

/// A verdict; unknown blocks as a failure does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Good.
    Clear {
        /// What was read.
        detail: Option<String>,
    },
    /// Bad, and what was read.
    Failed {
        /// What was read.
        detail: String,
    },
    /// It could not be read.
    Unknown {
        /// Why.
        detail: String,
    },
}

/// The prechecks' judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precheck {
    /// When it was read.
    pub at: Timestamp,
    /// See [`Check::Subnet`].
    pub subnet: Verdict,
    /// What the mask was, as `/nn`; none: unknown.
    pub subnet_actual: Option<String>,
    /// See [`Check::Stp`].
    pub stp: Verdict,
    /// See [`Check::Licence`].
    pub licence: Verdict,
    /// See [`Check::Uptime`].
    pub uptime: Verdict,
}

impl Phase {
    /// The wire status of a radio in this phase.
    pub fn status(&self) -> RadioStatus {
        match self {
            Self::Listed | Self::Blocked => RadioStatus::Pending,
            Self::Begin | Self::Slot | Self::Configure => RadioStatus::Processing,
            Self::RebootRequired => RadioStatus::RebootRequired,
            Self::Restart(_) => RadioStatus::Rebooting,
            Self::RestartFailed => RadioStatus::RebootPending,
            Self::Load(_) => RadioStatus::Loading,
            Self::Scheduled => RadioStatus::Scheduled,
            Self::Manual => RadioStatus::Manual,
            Self::Activate(outage) if outage.overdue || outage.sent == Sent::Unknown => RadioStatus::PendingVerify,
            Self::Activate(_) => RadioStatus::Processing,
            Self::Settled { end: End::Success } => RadioStatus::Success,
            Self::Settled { end: End::Error } => RadioStatus::Error,
            Self::Settled { end: End::Aborted } => RadioStatus::Aborted,
        }
    }

    /// Whether a driver owns it: then nobody else may have it changed.
    pub fn is_driven(&self) -> bool {
        match self {
            Self::Begin | Self::Restart(_) | Self::Slot | Self::Load(_) | Self::Activate(_) | Self::Configure => true,
            Self::Listed
            | Self::Blocked
            | Self::RebootRequired
            | Self::RestartFailed
            | Self::Scheduled
            | Self::Manual
            | Self::Settled { .. } => false,
        }
    }
}
