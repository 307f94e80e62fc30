//! What a WTM looks like on the wire: data only.

use std::time::Duration;

use super::parse::refusal::Refusal;
use crate::transport::ssh::Pty;
use crate::transport::ssh::shell::{Echo, Pager, Patterns, Platform, Prompt};

/// The account that every WTM has (2).
pub const USERNAME: &str = "admin";

/// Wider than the longest command (a load with its address has 130 characters), which would be wrapped else; as high as
/// the terminal of a tool that is known to work (2).
pub const PTY: Pty = Pty { term: "vt100", cols: 511, rows: 50 };

/// The command line (3).
pub static SHELL: Platform = Platform {
    name: "Aviat WTM",
    // The host name never changes in a session: nothing here sets it. The mode does.
    prompts: &[Prompt { lines: 1, shape: r"(?<id>[^\s#()]+)(?:\([^()\n]+\))?# " }],
    echo: Echo::Line,
    line_end: "\n",
    pagers: &[Pager { shape: r"\s*(?:--More--|\(END\))\s*", key: " " }],
    dialogues: &[],
    answers_probes: false,
    log_lines: &[],
    // Judged by `parse::refusal`: "no entries" is an answer, and kinds of refusal are told apart.
    refusals: &[],
    // The prompt is painted once, and nothing but it can be a whole line of that shape with this host's name.
    quiet: Duration::from_millis(20),
    patterns: Patterns::new(),
};

/// Questions that a command asks before it gives its prompt back. Each is a whole line: a password is typed to nothing
/// else.
pub mod questions {
    use crate::transport::ssh::shell::{Pattern, Question};

    /// An activation or a restart wants to be confirmed (6.13).
    pub static SURE: Question = Question {
        name: "the question whether it is sure",
        shape: r"(?i)(?:[^\n]*\bare you sure\b[^\n]*|[^\n]*\bproceed\b[^\n]*)\[(?:no,yes|yes,no|no/yes|yes/no)\]:? ?",
        pattern: Pattern::new(),
    };
    /// `change-password` wants the password that is now (6.12).
    pub static CURRENT: Question = Question {
        name: "the question for the current password",
        shape: r"(?i)(?:enter |type )?(?:your )?(?:the )?(?:current|old)(?: \S+)? password: ?",
        pattern: Pattern::new(),
    };
    /// It wants the new one.
    pub static NEW: Question = Question {
        name: "the question for the new password",
        shape: r"(?i)(?:enter |type )?(?:your )?(?:the )?new password: ?",
        pattern: Pattern::new(),
    };
    /// It wants the new one again.
    pub static AGAIN: Question = Question {
        name: "the question for the new password again",
        shape: r"(?i)(?:(?:confirm|retype|re-enter|re-type|repeat|verify)(?: your| the)?(?: new)? password|(?:enter |type )?(?:your )?(?:the )?new password again): ?",
        pattern: Pattern::new(),
    };
    /// `user admin password` wants its value, hidden (6.12).
    pub static VALUE: Question = Question {
        name: "the question for the value of the password",
        shape: r"(?:Value for 'password' )?\(<[^<>\n]*string>\): ?",
        pattern: Pattern::new(),
    };
}

/// What stands instead of an empty table (4).
pub const NO_ENTRIES: &str = "% No entries found.";

/// How a refusal's line begins, and its kind (4). Compared without regard to case.
pub static REFUSALS: &[(&str, Refusal)] = &[
    ("syntax error: unknown element", Refusal::Unknown),
    ("syntax error: unknown command", Refusal::Unknown),
    ("syntax error: unknown argument", Refusal::Value),
    ("syntax error: incomplete path", Refusal::Unknown),
    ("syntax error: expecting", Refusal::Mode),
    ("syntax error", Refusal::Unknown),
    ("the value must be one of:", Refusal::Value),
    ("aborted:", Refusal::Aborted),
    ("error: access denied", Refusal::NotPermitted),
    ("error: permission denied", Refusal::NotPermitted),
    ("access denied", Refusal::NotPermitted),
    ("error:", Refusal::Failed),
    ("% invalid input", Refusal::Unknown),
];

/// SNMP (13). Columns without their index.
pub mod oids {
    /// Under which sysObjectID names an Aviat product of today.
    pub const PRODUCTS: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 11, 1, 1];
    /// Last numbers of the WTM 4000 family (13.1). 7 is the WTM4100, 8 the WTM4200; the others are not told apart.
    pub const WTM_4000: [u32; 8] = [7, 8, 9, 10, 12, 13, 14, 15];
    /// entPhysicalName.
    pub const NAME: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 7];
    /// entPhysicalSoftwareRev.
    pub const SOFTWARE: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 10];
    /// entPhysicalSerialNum.
    pub const SERIAL: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11];
    /// entPhysicalModelName.
    pub const MODEL: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 13];
    /// entPhySensorScale.
    pub const SENSOR_SCALE: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 2];
    /// entPhySensorPrecision.
    pub const SENSOR_PRECISION: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 3];
    /// entPhySensorValue.
    pub const SENSOR_VALUE: &[u32] = &[1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 4];
    /// Received level, 0.1 dBm.
    pub const RSL: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 15, 2, 2, 1, 4];
    /// Signal to noise, 0.1 dB.
    pub const SNR: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 33, 2, 2, 1, 3];
    /// Transmitted power, 0.1 dBm.
    pub const TX_POWER: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 33, 2, 2, 1, 7];
    /// Transmit frequency, kHz.
    pub const TX_FREQUENCY: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 5, 2, 1, 1, 1];
    /// Receive frequency, kHz.
    pub const RX_FREQUENCY: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 5, 2, 1, 1, 2];
    /// Bandwidth, kHz.
    pub const BANDWIDTH: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 1, 1, 1];
    /// Transmit capacity, kbit/s.
    pub const TX_CAPACITY: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 1, 1, 11];
    /// Receive capacity, kbit/s.
    pub const RX_CAPACITY: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 1, 1, 12];
    /// Transmit modulation, a code.
    pub const TX_MODULATION: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 1, 1, 13];
    /// Receive modulation, a code.
    pub const RX_MODULATION: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 1, 1, 14];
    /// aviatSmLoadStatus.0 (13.5): what the software is at, a code (7.1). No recording of a radio has it, nor the three
    /// objects behind it: a release may lack them.
    pub const LOAD_STATUS: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 11, 2, 2, 2, 0];
    /// The address that is, or was last, loaded from.
    pub const LOAD_URI: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 11, 2, 2, 8, 0];
    /// The version that runs.
    pub const ACTIVE_VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 11, 2, 3, 1, 0];
    /// The version in the other bank.
    pub const INACTIVE_VERSION: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 11, 2, 3, 2, 0];
    /// Operational status of a carrier on firmware 2.x. On 6.x a capacity stands here.
    pub const OPER_STATUS_2: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 4, 1, 2];
    /// Operational status of a carrier on firmware 6.x.
    pub const OPER_STATUS_6: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 3, 2, 4, 1, 3];
    /// Alarms that were ever raised, by severity; firmware 6.x only.
    pub const ALARMS_RAISED: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 49, 2, 1, 3, 2, 1, 2];
    /// Those of them that are cleared.
    pub const ALARMS_CLEARED: &[u32] = &[1, 3, 6, 1, 4, 1, 2509, 9, 49, 2, 1, 3, 2, 1, 3];
    /// Severities of alarms (13.6); what is cleared or indeterminate is none.
    pub const SEVERITIES: [(u32, &str); 4] = [(3, "critical"), (4, "major"), (5, "minor"), (6, "warning")];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ssh::shell::Question;

    #[test]
    fn the_shapes_are_well_formed() {
        SHELL.check().unwrap();
        for question in [&questions::SURE, &questions::CURRENT, &questions::NEW, &questions::AGAIN, &questions::VALUE] {
            question.check().unwrap();
        }
    }

    /// Which questions a line is.
    fn asked(line: &str) -> Vec<&'static str> {
        use questions::{AGAIN, CURRENT, NEW, SURE, VALUE};
        let all = [("sure", &SURE), ("current", &CURRENT), ("new", &NEW), ("again", &AGAIN), ("value", &VALUE)];
        let is =
            |question: &Question| regex::Regex::new(&format!(r"\A(?:{})\z", question.shape)).unwrap().is_match(line);
        all.into_iter().filter(|(_, question)| is(question)).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_line_is_one_question_or_none() {
        for (line, expected) in [
            ("Are you sure you want to activate the new software? [no,yes] ", "sure"),
            ("Are you sure you want to restart the system? [no,yes] ", "sure"),
            ("Software will be activated. Proceed? [yes,no] ", "sure"),
            ("Enter current password: ", "current"),
            ("Old password: ", "current"),
            ("Enter new password: ", "new"),
            ("New password:", "new"),
            ("Confirm new password: ", "again"),
            ("Retype password: ", "again"),
            ("(<string>): ", "value"),
            ("Value for 'password' (<string>): ", "value"),
        ] {
            assert_eq!(asked(line), [expected], "{line}");
        }
        for line in [
            "Uncommitted changes found, commit them? [yes/no/CANCEL] ",
            "Value for 'queue' [a,b]: ",
            "Value for 'community' (<string>): ",
            "(<unsignedInt>): ",
            "syntax error: password: ",
            "unknown element change-password: ",
            "BH-1# new password: ",
            "Password: ",
            "admin's password: ",
        ] {
            assert_eq!(asked(line), [""; 0], "{line}");
        }
    }
}
