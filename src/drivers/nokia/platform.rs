//! What SR OS looks like on the wire: data only.

use std::time::Duration;

use super::parse::errors::Refusal;
use crate::drivers::Lockout;
use crate::transport::ssh::Pty;
use crate::transport::ssh::shell::{Echo, Pager, Patterns, Platform, Prompt};

/// The terminal: as wide as any line, high enough that pages are rare where they cannot be switched off.
pub const PTY: Pty = Pty { term: "vt100", cols: 512, rows: 512 };

/// Both command lines (spec/mikrotik-nokia.md 2.1.4, 2.2, 2.3).
pub static SHELL: Platform = Platform {
    name: "SR OS",
    prompts: &[
        // MD-CLI: mode and context, then card, user and host. The user makes it MD-CLI's.
        Prompt {
            lines: 2,
            shape: r"[*!]*(?:\((?:ex|gl|pr|ro)(?::[a-z-]+)?\))?\[(?:(?:ex|gl|pr|ro):)?[^\n]*\]\n[A-D]:(?<id>[^\s@]+@[^\n]+)# ",
        },
        // Classic: a host name may hold blanks, and commas; the context of files holds blanks.
        Prompt { lines: 1, shape: r"\*?[A-D]:(?<id>[^@>#$\n]+)(?:>[^\n]*)?[#$] " },
    ],
    echo: Echo::FirstLine,
    line_end: "\n",
    pagers: &[
        Pager { shape: r"\s*Press any key to continue \(Q to quit\)\s*", key: " " },
        Pager {
            shape: r"\s*Press Q to quit, Enter to print next line or any other key to print next page\.\s*",
            key: " ",
        },
    ],
    dialogues: &[],
    answers_probes: false,
    log_lines: &[
        r"\d+ \d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ (?i:critical|major|minor|warning|cleared|indeterminate): .*",
    ],
    // Judged by `parse::errors`: some of them are answers.
    refusals: &[],
    quiet: Duration::from_millis(200),
    patterns: Patterns::new(),
};

/// Texts of pagers: a line that begins so is no line of a config.
pub const PAGERS: [&str; 2] = ["Press any key to continue (Q to quit)", "Press Q to quit, Enter to print next line"];

/// How long is waited for a free session: automation leaves within seconds, people do not.
pub const BACK_OFF: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(10)];

/// The default of `password attempts` is three within five minutes, then a lock of ten (spec/mikrotik-nokia.md 2.1.2).
pub const LOCKOUT: Lockout = Lockout { refusals: 2, within: Duration::from_secs(600) };

/// What errors of the classic CLI begin with, behind `Error: `.
pub const CLASSIC: [(&str, Refusal); 4] = [
    ("Bad command", Refusal::UnknownCommand),
    ("Invalid parameter", Refusal::Value),
    ("Missing parameter", Refusal::Incomplete),
    ("Ambiguous", Refusal::Incomplete),
];

/// Numbers of errors of MD-CLI.
pub const MODEL_DRIVEN: [(&str, Refusal); 9] = [
    ("#2201:", Refusal::UnknownCommand),
    ("#2001:", Refusal::Incomplete),
    ("#2005:", Refusal::Value),
    ("#2301:", Refusal::Value),
    ("#224:", Refusal::Reference),
    ("#2051:", Refusal::Busy),
    ("#2052:", Refusal::Busy),
    ("#2703:", Refusal::Conflict),
    ("#2069:", Refusal::WrongMode),
];

/// Last number of sysObjectID under [`oids::PRODUCTS`], and the model (spec/mikrotik-nokia.md 2.14).
pub const MODELS: [(u32, &str); 11] = [
    (20, "7250 IXR-R6"),
    (21, "7250 IXR-6"),
    (22, "7250 IXR-10"),
    (23, "7250 IXR-s"),
    (25, "7250 IXR-e"),
    (26, "7250 IXR-R4"),
    (27, "7250 IXR-X"),
    (29, "7250 IXR-X3"),
    (31, "7250 IXR-ec"),
    (32, "7250 IXR-R6d"),
    (33, "7250 IXR-R6dl"),
];

/// TIMETRA-SYSTEM-MIB and TIMETRA-CHASSIS-MIB.
pub mod oids {
    /// The vendor's routers; one number more is the model.
    pub const PRODUCTS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 1, 3];
    /// CPU, percent.
    pub const CPU: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 1, 0];
    /// Memory in use, KB.
    pub const MEMORY_USED: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 9, 0];
    /// Memory available, KB.
    pub const MEMORY_FREE: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 10, 0];
    /// Memory of allocated pools, KB.
    pub const MEMORY_POOLS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 1, 1, 11, 0];
    /// Over-temperature of the first chassis: 1 no, 2 yes.
    pub const OVER_TEMPERATURE: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 3, 1, 24, 1];

    /// Serial number of a part.
    pub const HW_SERIAL: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 5];
    /// Class of a part.
    pub const HW_CLASS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 7];
    /// Name of a part.
    pub const HW_NAME: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 8];
    /// Its operational state.
    pub const HW_OPER: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 16];
    /// Whether it has a sensor: 1 yes.
    pub const HW_SENSOR: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 17];
    /// Its temperature, degrees Celsius.
    pub const HW_CELSIUS: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 18];
    /// The temperature at which it gives an alarm, degrees Celsius.
    pub const HW_THRESHOLD: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 19];
    /// Its alarm: 1 active, 2 cleared.
    pub const HW_ALARM: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 8, 1, 24];
    /// State of a fan: 3 well, 4 failed.
    pub const FAN_STATE: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 24, 1, 1, 2];
    /// Its speed, percent.
    pub const FAN_SPEED: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 2, 1, 24, 1, 1, 5];

    /// Those that health readings need.
    pub const HEALTH: [&[u32]; 7] = [HW_CLASS, HW_NAME, HW_OPER, HW_SENSOR, HW_CELSIUS, HW_ALARM, FAN_STATE];

    /// All columns that are walked.
    pub const COLUMNS: [&[u32]; 10] =
        [HW_SERIAL, HW_CLASS, HW_NAME, HW_OPER, HW_SENSOR, HW_CELSIUS, HW_THRESHOLD, HW_ALARM, FAN_STATE, FAN_SPEED];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_well_formed() {
        SHELL.check().unwrap();
    }
}
