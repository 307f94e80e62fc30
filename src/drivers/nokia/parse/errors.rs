//! What SR OS says instead of doing something, in either engine.

use crate::drivers::nokia::platform::{CLASSIC, MODEL_DRIVEN};
use crate::model::{Failure, FailureClass};

/// Errors stand at the head of an answer, below a caret at most.
const HEAD: usize = 5;

/// Kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No such command, or none here.
    UnknownCommand,
    /// Something is missing, or could be several things.
    Incomplete,
    /// A value is wrong.
    Value,
    /// What is named does not exist.
    Reference,
    /// This user may not.
    NotPermitted,
    /// What is asked about is not configured: an answer without rows, not a failure.
    Absent,
    /// Somebody else edits.
    Busy,
    /// Somebody else committed.
    Conflict,
    /// Not in this mode.
    WrongMode,
    /// Anything else that the device calls an error.
    Failed,
}

/// The refusal at the head of an answer, with its line; none where there is none.
pub fn refusal(text: &str) -> Option<(Refusal, String)> {
    text.lines()
        .map(|line| line.trim_end().trim_start_matches('\u{7}'))
        .filter(|line| !line.trim().is_empty())
        .take(HEAD)
        .find_map(|line| Some((kind(line)?, line.to_owned())))
}

fn kind(line: &str) -> Option<Refusal> {
    if let Some(words) = line.strip_prefix("Error: ") {
        return Some(
            CLASSIC.iter().find(|(start, _)| words.starts_with(start)).map_or(Refusal::Failed, |(_, kind)| *kind),
        );
    }
    let words = ["MINOR: ", "MAJOR: ", "CRITICAL: "].iter().find_map(|severity| line.strip_prefix(severity))?;
    let printable: String = words.chars().filter(|c| !c.is_control()).collect();
    if words.starts_with("CLI Command not allowed for this user") {
        return Some(Refusal::NotPermitted);
    }
    if words.starts_with("CLI ") && printable.trim_end().ends_with(" is not configured.") {
        return Some(Refusal::Absent);
    }
    let number = words.split(' ').nth(1).unwrap_or_default();
    Some(MODEL_DRIVEN.iter().find(|(known, _)| *known == number).map_or(Refusal::Failed, |(_, kind)| *kind))
}

/// The failure for a refusal of `command`. The device's words are cut to a line's length.
pub fn failure(refusal: Refusal, words: &str, command: &str) -> Failure {
    let words = quote(words);
    match refusal {
        Refusal::NotPermitted => Failure::new(
            FailureClass::ForbiddenReadonly,
            format!("the account may not do '{command}': {words}; give its profile that command"),
        ),
        Refusal::Busy => Failure::new(
            FailureClass::Busy,
            format!("'{command}' must wait: {words}; somebody else edits its configuration"),
        ),
        _ => Failure::new(FailureClass::DeviceRefused, format!("'{command}' was refused: {words}")),
    }
}

/// A device's words for a sentence of ours: one line, printable, not longer than a line.
pub fn quote(words: &str) -> String {
    let line: String = words.chars().filter(|c| !c.is_control()).take(160).collect();
    format!("\"{}\"", line.trim())
}

/// The first line of a text that was not understood, its secrets masked: what a failure shows of it.
pub fn excerpt(text: &str) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    quote(&crate::drivers::redact::masked(crate::model::Family::Nokia7250, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n11_errors_of_both_engines_have_their_kind() {
        for (text, expected) in [
            ("                          ^\nError: Bad command.\n", Refusal::UnknownCommand),
            ("                                    ^\nError: Invalid parameter. \n", Refusal::Value),
            ("Error: Missing parameter\n", Refusal::Incomplete),
            ("Error: Missing parameter.\n", Refusal::Incomplete),
            ("Error: Ambiguous command.\n", Refusal::Incomplete),
            ("Error: cannot proceed\n", Refusal::Failed),
            ("MINOR: CLI Command not allowed for this user.\n", Refusal::NotPermitted),
            ("MINOR: CLI BGP is not configured.\u{7}\n", Refusal::Absent),
            ("MINOR: CLI ISIS instance 0 is not configured.\n", Refusal::Absent),
            ("MINOR: CLI Could not access file \"cf3:\\x\".\n", Refusal::Failed),
            ("MAJOR: CLI Could not write cf3:\\config.cfg\n", Refusal::Failed),
            ("CRITICAL: CHASSIS #2001 gone\n", Refusal::Failed),
            (
                "                     ^^^^^\nMINOR: MGMT_CORE #2201: Unknown element - 'sytem'\n",
                Refusal::UnknownCommand,
            ),
            ("MINOR: CLI #2001: Missing element value - port\n", Refusal::Incomplete),
            ("MINOR: MGMT_AGENT #2005: Invalid element value - 'x'\n", Refusal::Value),
            ("MINOR: MGMT_CORE #2301: Invalid element value\n", Refusal::Value),
            ("MINOR: MGMT_CORE #224: configure port Entry does not exist - port\n", Refusal::Reference),
            (
                "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - model-driven interface editing\n",
                Refusal::Busy,
            ),
            ("MINOR: MGMT_CORE #2051: Global datastore access unavailable - exclusive lock\n", Refusal::Busy),
            ("MINOR: MGMT_CORE #2703: Commit canceled - conflicts detected - use update\n", Refusal::Conflict),
            ("MINOR: CLI #2069: Operation not allowed - currently in operational mode\n", Refusal::WrongMode),
        ] {
            assert_eq!(refusal(text).map(|(kind, _)| kind), Some(expected), "{text}");
        }
    }

    #[test]
    fn ordinary_output_is_no_refusal() {
        for text in [
            "",
            "INFO: CLI #2052: Switching to the MD-CLI engine\n",
            "WARNING: CLI something\n",
            "TiMOS-B-22.10.R9 both/hops64 Nokia 7250 IXR\nAll rights reserved. Error: none\n",
            "# TiMOS\na\nb\nc\nd\ne\nMINOR: CLI Command not allowed for this user.\n",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn classes_follow_the_kind() {
        let class = |kind| failure(kind, "words", "admin display-config").class;
        assert_eq!(class(Refusal::NotPermitted), FailureClass::ForbiddenReadonly);
        assert_eq!(class(Refusal::Busy), FailureClass::Busy);
        assert_eq!(class(Refusal::UnknownCommand), FailureClass::DeviceRefused);
        assert!(
            failure(Refusal::NotPermitted, "no\u{7}", "admin display-config")
                .sentence
                .contains("'admin display-config'")
        );
    }

    #[test]
    fn an_excerpt_shows_no_secret() {
        let shown = excerpt("\n   password \"hunter2-hunter2\"\nmore\n");
        assert_eq!(shown, "\"password \"***\"\"");
    }
}
