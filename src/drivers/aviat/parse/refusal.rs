//! What a WTM says instead of doing something. The text decides, here and nowhere else.

use crate::drivers::aviat::platform::{NO_ENTRIES, REFUSALS};
use crate::model::{Failure, FailureClass};

/// Kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// This release does not know the command or its path.
    Unknown,
    /// A value is out of its range or of another type.
    Value,
    /// Not legal in this mode.
    Mode,
    /// A commit was refused; the candidate is still there.
    Aborted,
    /// The account may not.
    NotPermitted,
    /// It was understood and failed.
    Failed,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Something to read.
    Text(String),
    /// The table is empty: `% No entries found.`, or nothing at all. After a boot tables are empty for a while.
    Empty,
    /// A refusal and its line.
    Refused(Refusal, String),
}

/// No refusal has more lines: a row of dashes, the refusal, the tokens that were possible.
const LONGEST: usize = 40;
/// A refusal stands in one of these lines.
const FIRST: usize = 3;

impl Answer {
    /// Judges the text between echo and prompt. A refusal stands at the start of one of the first lines, and not much
    /// comes behind it, so that nothing inside a config is taken for one.
    pub fn of(text: &str) -> Self {
        let lines = || text.lines().filter(|line| !line.trim().is_empty());
        let mut few = lines().take(LONGEST + 1);
        let Some(first) = few.next() else { return Answer::Empty };
        let short = few.count() < LONGEST;
        if first.trim() == NO_ENTRIES && lines().count() == 1 {
            return Answer::Empty;
        }
        let refused = lines().take(FIRST).filter(|_| short).find_map(|line| {
            let lower = line.trim_end().to_ascii_lowercase();
            REFUSALS.iter().find(|(marker, _)| lower.starts_with(marker)).map(|(_, kind)| (*kind, line.trim()))
        });
        match refused {
            Some((kind, words)) => Answer::Refused(kind, words.to_owned()),
            None => Answer::Text(text.to_owned()),
        }
    }
}

/// Whether the radio says that a table is empty, where [`Answer::Empty`] is also no text at all.
pub fn says_no_entries(text: &str) -> bool {
    text.lines().any(|line| line.trim() == NO_ENTRIES)
}

/// The failure for a refusal of `command`. The device's words are cut to a line's length.
pub fn failure(refusal: Refusal, words: &str, command: &str) -> Failure {
    let words: String = words.chars().filter(|c| !c.is_control()).take(160).collect();
    match refusal {
        Refusal::NotPermitted => Failure::new(
            FailureClass::ForbiddenReadonly,
            format!("the account may not do '{command}': \"{words}\"; log in as one that may"),
        ),
        _ => Failure::new(FailureClass::DeviceRefused, format!("'{command}' was refused: \"{words}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_refusal_is_known() {
        for (text, expected) in [
            ("---------------------------^\nsyntax error: unknown element", Refusal::Unknown),
            ("syntax error: unknown command", Refusal::Unknown),
            ("-----^\nsyntax error: unknown argument", Refusal::Value),
            ("-----^\nsyntax error: incomplete path", Refusal::Unknown),
            ("-----^\nsyntax error: expecting \n  show - Show information\n  exit - Exit", Refusal::Mode),
            ("The value must be one of: up, down", Refusal::Value),
            ("Aborted: 'interface Carrier1/1 tx-frequency': out of range", Refusal::Aborted),
            ("Error: access denied", Refusal::NotPermitted),
            ("Error: application communication failure", Refusal::Failed),
        ] {
            let Answer::Refused(kind, words) = Answer::of(text) else { panic!("{text}") };
            assert_eq!(kind, expected, "{text}");
            assert!(!words.contains('\n') && !words.starts_with('-'));
        }
    }

    #[test]
    fn empty_tables_are_empty_and_not_refused() {
        assert_eq!(Answer::of("% No entries found."), Answer::Empty);
        assert_eq!(Answer::of("\r\n% No entries found.\r\n"), Answer::Empty);
        assert_eq!(Answer::of("  \n"), Answer::Empty);
    }

    #[test]
    fn ordinary_output_is_no_refusal() {
        let description = "interface Radio1\n description \"syntax error: unknown element\"\nexit\nsyntax error\n";
        let long = format!("hostname A\n{}", "snmp v2c-only\n".repeat(50));
        for text in [description, "software-status status idle", "a % No entries found.", long.as_str()] {
            assert!(matches!(Answer::of(text), Answer::Text(_)), "{text}");
        }
    }

    #[test]
    fn a_missing_right_has_its_own_class() {
        assert_eq!(failure(Refusal::NotPermitted, "x", "show version").class, FailureClass::ForbiddenReadonly);
        let failure = failure(Refusal::Unknown, "syntax\u{7} error", "show version");
        assert_eq!(failure.sentence, "'show version' was refused: \"syntax error\"");
    }
}
