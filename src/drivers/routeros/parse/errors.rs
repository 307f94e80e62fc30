//! What RouterOS says instead of doing something. Its exit status is not to be relied on, so the text decides, here
//! and nowhere else.

use crate::drivers::routeros::platform::REFUSALS;
use crate::model::{Failure, FailureClass};

/// Kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No such command or menu.
    UnknownCommand,
    /// The command goes on where it should end, or ends where it should go on.
    Syntax,
    /// An argument is unknown, missing or ambiguous.
    Argument,
    /// A value is out of its range or of another type.
    Value,
    /// The object does not exist.
    NoSuchItem,
    /// The account's group may not.
    NotPermitted,
    /// It was understood and cannot be: `failure: ...`.
    Failed,
    /// Stopped before it ended.
    Aborted,
    /// The router's own fault.
    Internal,
}

/// How far a marker of the table must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The line begins with it.
    Prefix,
    /// The line is exactly it.
    Whole,
    /// The line begins with the first and holds the second.
    PrefixAnd(&'static str),
}

/// The refusal that the first line of the text is, with that line; none where the first line is not one.
pub fn refusal(text: &str) -> Option<(Refusal, &str)> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    REFUSALS
        .iter()
        .find(|(prefix, shape, _)| match shape {
            Shape::Prefix => line.starts_with(prefix),
            Shape::Whole => line == *prefix,
            Shape::PrefixAnd(rest) => line.starts_with(prefix) && line.contains(rest),
        })
        .map(|(_, _, refusal)| (*refusal, line))
}

/// The failure for a refusal of `command`. The device's words are cut to a line's length.
pub fn failure(refusal: Refusal, words: &str, command: &str) -> Failure {
    let words = quote(words);
    match refusal {
        Refusal::NotPermitted => Failure::new(
            FailureClass::ForbiddenReadonly,
            format!("the account may not do '{command}': {words}; give its group the policy that the command needs"),
        ),
        _ => Failure::new(FailureClass::DeviceRefused, format!("'{command}' was refused: {words}")),
    }
}

/// A device's words for a sentence of ours: one line, printable, not longer than a line.
pub fn quote(words: &str) -> String {
    let line: String = words.chars().filter(|c| !c.is_control()).take(160).collect();
    format!("\"{}\"", line.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_refusal_is_known() {
        for (text, expected) in [
            ("bad command name routerboard (line 1 column 9)\r\n", Refusal::UnknownCommand),
            ("no such command or directory (foo)\r\n", Refusal::UnknownCommand),
            ("no such command prefix\r\n", Refusal::UnknownCommand),
            ("expected end of command (line 1 column 9)\r\n", Refusal::Syntax),
            ("expected command name (line 1 column 2)\r\n", Refusal::Syntax),
            ("syntax error (line 1 column 4)\r\n", Refusal::Syntax),
            ("bad parameter foo\r\n", Refusal::Argument),
            ("unknown parameter foo\r\n", Refusal::Argument),
            ("missing value(s) of argument(s) address\r\n", Refusal::Argument),
            ("ambiguous value of x, more than one possible value matches input\r\n", Refusal::Argument),
            ("no such item\r\n", Refusal::NoSuchItem),
            ("no such item (4)\r\n", Refusal::NoSuchItem),
            ("expected item id (line 1 column 3)\r\n", Refusal::NoSuchItem),
            ("input does not match any value of interface\r\n", Refusal::Value),
            ("invalid value for argument address\r\n", Refusal::Value),
            ("value of mtu contains invalid trailing characters\r\n", Refusal::Value),
            ("value of mtu out of range (0..65536)\r\n", Refusal::Value),
            ("failure: already have such address\r\n", Refusal::Failed),
            ("already have such entry\r\n", Refusal::Failed),
            ("not enough permissions (9)\r\n", Refusal::NotPermitted),
            ("permission denied\r\n", Refusal::NotPermitted),
            ("action cancelled\r\n", Refusal::Aborted),
            ("interrupted\r\n", Refusal::Aborted),
            ("action timed out - try again, if error continues contact MikroTik support\r\n", Refusal::Internal),
            ("no reply\r\n", Refusal::Internal),
            ("timeout\r\n", Refusal::Internal),
        ] {
            assert_eq!(refusal(text).map(|(kind, _)| kind), Some(expected), "{text}");
            assert_eq!(refusal(&format!("\r\n{text}")).map(|(kind, _)| kind), Some(expected), "{text}");
        }
    }

    #[test]
    fn ordinary_output_is_no_refusal() {
        for text in [
            "",
            "# 2026-03-02 04:10:07 by RouterOS 7.16\r\n",
            "  name: interrupted\r\n",
            "                   uptime: 1d\r\nbad command name x\r\n",
            "value of things\r\n",
            "timeout=10s\r\n",
        ] {
            assert_eq!(refusal(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_policy_has_its_own_class() {
        let failure = failure(Refusal::NotPermitted, "not enough permissions (9)", "/export terse");
        assert_eq!(failure.class, FailureClass::ForbiddenReadonly);
        let failure = super::failure(Refusal::Syntax, "bad\u{1b}[0m\u{7} thing", "/x");
        assert_eq!(failure.sentence, "'/x' was refused: \"bad[0m thing\"");
    }
}
