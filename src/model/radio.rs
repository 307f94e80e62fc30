//! A radio under maintenance, as the store knows it: one row a radio. What the workflow keeps beyond the columns is the
//! row's `body`, a JSON object that only `aviat` reads.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::{JobId, Level};

/// Status of a radio in the wire form of the contract (spec/aviat-workflow.md 2.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RadioStatus {
    /// Nothing runs: listed only, or a precheck blocks it and a person has to mend something.
    Pending,
    /// A driver owns it.
    Processing,
    /// An image is being loaded.
    Loading,
    /// Loaded; waits for its window.
    Scheduled,
    /// Loaded; a person activates it.
    Manual,
    /// A command with an effect was sent and what came of it is being found out.
    PendingVerify,
    /// Up for longer than the limit: has to be restarted before anything is loaded.
    RebootRequired,
    /// Was told to restart; being waited for.
    Rebooting,
    /// The restart was refused or could not be proven.
    RebootPending,
    /// All that was asked is done and was read back.
    Success,
    /// Failed; the row says why.
    Error,
    /// A person stopped it.
    Aborted,
}

impl RadioStatus {
    /// Every status.
    pub const ALL: [Self; 12] = [
        Self::Pending,
        Self::Processing,
        Self::Loading,
        Self::Scheduled,
        Self::Manual,
        Self::PendingVerify,
        Self::RebootRequired,
        Self::Rebooting,
        Self::RebootPending,
        Self::Success,
        Self::Error,
        Self::Aborted,
    ];

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Loading => "loading",
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::PendingVerify => "pending_verify",
            Self::RebootRequired => "reboot_required",
            Self::Rebooting => "rebooting",
            Self::RebootPending => "reboot_pending",
            Self::Success => "success",
            Self::Error => "error",
            Self::Aborted => "aborted",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One radio's row.
#[derive(Debug, Clone, PartialEq)]
pub struct RadioRow {
    /// Its management address: the key, and the name of its lane.
    pub address: IpAddr,
    /// Rises with every change; a change names the version that it was decided on.
    pub version: i64,
    /// Status.
    pub status: RadioStatus,
    /// The hidden job that drives it; none while it is settled, parked or only listed.
    pub driver: Option<JobId>,
    /// The job of a client that waits for it; none once it is settled or parked.
    pub task: Option<JobId>,
    /// It may go down: it holds one of the few slots for activations and restarts.
    pub slot: bool,
    /// Name of its hop; both ends have the same one, and never hold a slot together.
    pub hop: Option<String>,
    /// When the schedule has to look at it: of scheduled radios.
    pub due_at: Option<Timestamp>,
    /// What only `aviat` reads.
    pub body: Value,
    /// What a probe saw last, with its instant; never decides the workflow.
    pub seen: Option<Value>,
    /// When the row changed last (not its `seen`).
    pub updated_at: Timestamp,
}

/// An event of the maintenance, for streams.
#[derive(Debug, Clone, PartialEq)]
pub struct RadioEvent {
    /// Rises; the id of a stream's event.
    pub seq: i64,
    /// What was said.
    pub said: NewRadioEvent,
}

/// An event to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRadioEvent {
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: Level,
    /// A sentence for people, without secrets.
    pub message: String,
    /// The client's job that it belongs to; it also becomes an event of that job while it runs.
    pub task: Option<JobId>,
    /// The radio.
    pub address: Option<IpAddr>,
    /// Typed members for programs (`status`, `phase`, `step`, `outcome`, ...): a flat object.
    pub fields: Value,
}
