//! What RouterOS looks like on the wire: data only.

use super::parse::errors::{Refusal, Shape};

/// Appended to the user name of an interactive login: colours off, no terminal detection, 511 columns, 4098 rows.
/// Without it the console probes the terminal and stalls (spec/mikrotik-nokia.md 1.1.3).
pub const USER_SUFFIX: &str = "+ct511w4098h";

/// Verbs of commands: a line with one of them is a command, one without any only names a menu.
pub const VERBS: [&str; 12] =
    ["add", "set", "remove", "enable", "disable", "move", "unset", "comment", "reset", "print", "export", "edit"];

/// Items that sessions of subscribers make and unmake; they stand in angle brackets.
pub const DYNAMIC_ITEMS: [&str; 6] = ["pppoe-", "l2tp-", "pptp-", "sstp-", "ovpn-", "ppp-"];

/// Arguments that change by themselves.
pub const VOLATILE_ARGUMENTS: [&str; 1] = ["next-renewal-at="];

/// What a refusal's line looks like (spec/mikrotik-nokia.md 1.7).
pub static REFUSALS: &[(&str, Shape, Refusal)] = &[
    ("bad command name ", Shape::Prefix, Refusal::UnknownCommand),
    ("no such command", Shape::Prefix, Refusal::UnknownCommand),
    ("expected end of command", Shape::Prefix, Refusal::Syntax),
    ("expected command name", Shape::Prefix, Refusal::Syntax),
    ("expected item id", Shape::Prefix, Refusal::NoSuchItem),
    ("expected ", Shape::PrefixAnd("(line "), Refusal::Syntax),
    ("syntax error", Shape::Prefix, Refusal::Syntax),
    ("bad parameter ", Shape::Prefix, Refusal::Argument),
    ("unknown parameter ", Shape::Prefix, Refusal::Argument),
    ("missing value(s) of argument(s)", Shape::Prefix, Refusal::Argument),
    ("ambiguous value of ", Shape::Prefix, Refusal::Argument),
    ("no such item", Shape::Prefix, Refusal::NoSuchItem),
    ("input does not match any value of ", Shape::Prefix, Refusal::Value),
    ("invalid value", Shape::Prefix, Refusal::Value),
    ("value of ", Shape::PrefixAnd("contains invalid trailing characters"), Refusal::Value),
    ("value of ", Shape::PrefixAnd("out of range"), Refusal::Value),
    ("failure: ", Shape::Prefix, Refusal::Failed),
    ("already have ", Shape::Prefix, Refusal::Failed),
    ("not enough permissions", Shape::Prefix, Refusal::NotPermitted),
    ("permission denied", Shape::Prefix, Refusal::NotPermitted),
    ("action cancelled", Shape::Whole, Refusal::Aborted),
    ("interrupted", Shape::Whole, Refusal::Aborted),
    ("action timed out", Shape::Prefix, Refusal::Internal),
    ("no reply", Shape::Whole, Refusal::Internal),
    ("timeout", Shape::Whole, Refusal::Internal),
];
