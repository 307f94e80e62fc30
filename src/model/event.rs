//! What happened to a job, in order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The four levels of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Progress.
    Info,
    /// Something a person should know; the job goes on.
    Warning,
    /// The job did what was asked, and the device said so.
    Success,
    /// The job failed.
    Error,
}

impl Level {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Success => "success",
            Level::Error => "error",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "info" => Level::Info,
            "warning" => Level::Warning,
            "success" => Level::Success,
            "error" => Level::Error,
            _ => return None,
        })
    }
}

/// An event that is not stored yet. The message never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: Level,
    /// A sentence.
    pub message: String,
}

/// A stored event. `seq` rises over all jobs and is the id of a stream's event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Sequence number, rising over the whole store.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// How grave.
    pub level: Level,
    /// A sentence.
    pub message: String,
}
