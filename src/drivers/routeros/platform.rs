//! What RouterOS looks like on the wire: data only.

use std::time::Duration;

use super::parse::errors::{Refusal, Shape};
use crate::transport::ssh::Pty;
use crate::transport::ssh::shell::{Dialogue, Echo, Pager, Patterns, Platform, Prompt};

/// Appended to the user name of an interactive login: colours off, no terminal detection, 511 columns, 4098 rows.
/// Without it the console probes the terminal and stalls (spec/mikrotik-nokia.md 1.1.3).
pub const USER_SUFFIX: &str = "+ct511w4098h";

/// The terminal of the interactive console: as wide and high as the suffix says, for those whose account refuses it.
pub const PTY: Pty = Pty { term: "vt100", cols: 511, rows: 4098 };

/// The interactive console (spec/mikrotik-nokia.md 1.1.4 to 1.2, 1.4).
pub static SHELL: Platform = Platform {
    name: "RouterOS",
    // User and identity never change in a session of ours; menu, Safe Mode and hotlock do. An identity may hold
    // anything, also `] > `.
    prompts: &[Prompt { lines: 1, shape: r"(?<id>\[\S+@.+\]) (?:>{1,2} |<SAFE> (?:> )?|/[a-z0-9/ -]+(?:> |<SAFE> ))" }],
    echo: Echo::Line,
    line_end: "\r",
    // `d` prints the rest without stopping again.
    pagers: &[Pager { shape: r"-- \[Q quit\|.*\]\s*", key: "d" }],
    dialogues: &[
        Dialogue {
            shape: r"\s*Do you want to see the software license\? \[Y/n\]:\s*",
            answer: "n",
            note: "the router asked to show its license; answered n",
        },
        Dialogue {
            shape: r#"\s*Please press "Enter" to continue!\s*"#,
            answer: "\r",
            note: "the router has no software key and asked for Enter; pressed it",
        },
        Dialogue {
            shape: r"\s*new password>\s*",
            answer: "\x03",
            note: "the router asked for a new password because this account has none; skipped with Ctrl-C, not changed",
        },
        Dialogue {
            shape: r"\s*Confirm seeing above note.*",
            answer: "y",
            note: "the router asked to confirm its note; answered y",
        },
    ],
    answers_probes: true,
    log_lines: &[
        r"(?:[a-z]{3}/\d\d(?:/\d{4})? |\d{4}-\d\d-\d\d |\d\d-\d\d )?\d\d:\d\d:\d\d (?:echo: )?[a-z0-9!-]+(?:,[a-z0-9!-]+)+ .*",
    ],
    // Judged by `parse::errors`, for exec and console alike.
    refusals: &[],
    quiet: Duration::from_millis(150),
    patterns: Patterns::new(),
};

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

/// SNMP (spec/mikrotik-nokia.md 1.14): MIKROTIK-MIB and HOST-RESOURCES-MIB. Scalars with their instance, columns without.
pub mod oids {
    use crate::drivers::identify::{SYS_DESCR, SYS_OBJECT_ID};

    /// sysObjectID of RouterOS; SwOS has another.
    pub const PRODUCT: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1];
    /// sysUpTime, hundredths of a second.
    pub const UP_TIME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 3, 0];
    /// Release: `7.1.1`.
    pub const VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 4, 4, 0];
    /// Supply, tenths of a volt.
    pub const VOLTAGE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 8, 0];
    /// Board, tenths of a degree Celsius.
    pub const TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 10, 0];
    /// Processor, tenths of a degree Celsius.
    pub const CPU_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 11, 0];
    /// Tenths of a watt.
    pub const POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 12, 0];
    /// Milliamperes.
    pub const CURRENT: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 13, 0];
    /// Power supply: 1 works.
    pub const SUPPLY: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 15, 0];
    /// The second one.
    pub const BACKUP_SUPPLY: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 16, 0];
    /// Revolutions a minute.
    pub const FAN_1: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 17, 0];
    /// The same.
    pub const FAN_2: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 18, 0];
    /// Bytes in a block of the main memory.
    pub const MEMORY_UNIT: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 2, 3, 1, 4, 65536];
    /// Blocks in all.
    pub const MEMORY_SIZE: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 2, 3, 1, 5, 65536];
    /// Blocks in use.
    pub const MEMORY_USED: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 2, 3, 1, 6, 65536];

    /// All scalars: one request.
    pub const SCALARS: [&[u32]; 16] = [
        SYS_DESCR,
        SYS_OBJECT_ID,
        UP_TIME,
        VERSION,
        VOLTAGE,
        TEMPERATURE,
        CPU_TEMPERATURE,
        POWER,
        CURRENT,
        SUPPLY,
        BACKUP_SUPPLY,
        FAN_1,
        FAN_2,
        MEMORY_UNIT,
        MEMORY_SIZE,
        MEMORY_USED,
    ];

    /// The table of gauges.
    pub const GAUGES: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1];
    /// Name of a gauge.
    pub const GAUGE_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 2];
    /// Its value.
    pub const GAUGE_VALUE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 3];
    /// Its unit: 1 degrees Celsius, 2 rpm, 3 dV, 4 dA, 5 dW, 6 state (0 well, 1 failed).
    pub const GAUGE_UNIT: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 3, 100, 1, 4];
    /// Load of a core, percent.
    pub const CPU_LOAD: &[u32] = &[1, 3, 6, 1, 2, 1, 25, 3, 3, 1, 2];
    /// The table of ports that feed devices.
    pub const POE: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 15, 1, 1];
    /// Name of the port.
    pub const POE_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 15, 1, 1, 2];
    /// Its state: 1 off, 2 waits for a load, 3 feeds, greater ones failed.
    pub const POE_STATUS: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 15, 1, 1, 3];
    /// Tenths of a watt.
    pub const POE_POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 15, 1, 1, 6];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_well_formed() {
        SHELL.check().unwrap();
    }
}
