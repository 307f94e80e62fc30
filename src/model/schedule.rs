//! Recurring work: when it is due, and what became of a run.

use std::time::Duration;

use jiff::Timestamp;

/// When a schedule is due, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A cron line of five fields, in the schedule's zone.
    Cron(String),
    /// Every so often, counted from the moment at which the schedule was made or changed.
    Every(Duration),
    /// Once.
    At(Timestamp),
}

/// A due instant, and when the run begins: later by the schedule's spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What the line or the period says.
    pub at: Timestamp,
    /// With the spread.
    pub fire_at: Timestamp,
}

/// What happens with instants that passed while nobody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfire {
    /// Nothing: the next instant counts.
    Skip,
    /// One run for all of them, at once.
    Once,
    /// A run for each of the newest, as many as the schedule allows.
    All,
}

impl Misfire {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Misfire::Skip => "skip",
            Misfire::Once => "once",
            Misfire::All => "all",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "skip" => Some(Misfire::Skip),
            "once" => Some(Misfire::Once),
            "all" => Some(Misfire::All),
            _ => None,
        }
    }
}

/// Who made a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleSource {
    /// A client.
    Api,
    /// The settings file.
    Settings,
    /// The daemon.
    Builtin,
}

impl ScheduleSource {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            ScheduleSource::Api => "api",
            ScheduleSource::Settings => "settings",
            ScheduleSource::Builtin => "builtin",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "api" => Some(ScheduleSource::Api),
            "settings" => Some(ScheduleSource::Settings),
            "builtin" => Some(ScheduleSource::Builtin),
            _ => None,
        }
    }
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// Its job waits.
    Queued,
    /// Its job runs.
    Running,
    /// Its job ended well.
    Success,
    /// Its job failed.
    Error,
    /// Its job was cancelled.
    Cancelled,
    /// The run before it still went on.
    Skipped,
    /// Nobody looked at its instant, and the schedule does not make up for it.
    Missed,
    /// There was nothing to submit: another part of the daemon does the work, and the schedule shows it.
    Shown,
    /// Its job is gone from the store, and nobody noted its end.
    Gone,
}

impl RunOutcome {
    const ALL: [RunOutcome; 9] = [
        RunOutcome::Queued,
        RunOutcome::Running,
        RunOutcome::Success,
        RunOutcome::Error,
        RunOutcome::Cancelled,
        RunOutcome::Skipped,
        RunOutcome::Missed,
        RunOutcome::Shown,
        RunOutcome::Gone,
    ];

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            RunOutcome::Queued => "queued",
            RunOutcome::Running => "running",
            RunOutcome::Success => "success",
            RunOutcome::Error => "error",
            RunOutcome::Cancelled => "cancelled",
            RunOutcome::Skipped => "skipped",
            RunOutcome::Missed => "missed",
            RunOutcome::Shown => "shown",
            RunOutcome::Gone => "gone",
        }
    }

    /// From the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Longest name of a schedule, characters.
const NAME_MAX: usize = 64;

/// Whether a text may name a schedule: it stands in paths, in metrics, and as `schedule:NAME` beside jobs.
pub fn is_schedule_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= NAME_MAX
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["backup", "nightly-backup", "a.b_c-9", "0"] {
            assert!(is_schedule_name(name), "{name}");
        }
        for name in ["", "-a", ".", "A", "a b", "a/b", "ü", &"a".repeat(65)] {
            assert!(!is_schedule_name(name), "{name}");
        }
    }

    #[test]
    fn every_outcome_is_read_back() {
        for outcome in RunOutcome::ALL {
            assert_eq!(RunOutcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(RunOutcome::parse("done"), None);
    }
}
