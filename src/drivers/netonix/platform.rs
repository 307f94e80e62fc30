//! What a Netonix looks like on the wire: data only.

use std::time::Duration;

use crate::model::DeviceType;
use crate::transport::ssh::Pty;
use crate::transport::ssh::shell::{Echo, Patterns, Platform, Prompt};

/// The account that a switch has unless the inventory names another.
pub const USER: &str = "admin";

/// The firmware that is expected (spec/field-devices.md 2.4).
pub const FIRMWARE: &str = "1.5.25";

/// Numbers of ports that these switches have.
pub const PORTS: [usize; 2] = [14, 26];

/// Members of the configuration that are no settings.
pub const VOLATILE: [&str; 1] = ["Applied"];

/// What the page of a refused login says.
pub const REFUSED: &str = "Invalid username or password";

/// The terminal: wider than any line that is typed.
pub const PTY: Pty = Pty { term: "vt100", cols: 511, rows: 200 };

/// The command line, and the shell behind it: each has a prompt of its own, learned when it is entered.
pub static SHELL: Platform = Platform {
    name: "Netonix",
    prompts: &[Prompt { lines: 1, shape: r"[^\n]{0,200}[#>$] ?" }],
    echo: Echo::Line,
    line_end: "\n",
    pagers: &[],
    dialogues: &[],
    answers_probes: false,
    log_lines: &[],
    // Judged by `parse`: the two modes refuse in different words.
    refusals: &[],
    quiet: Duration::from_millis(150),
    patterns: Patterns::new(),
};

/// How many ports a type has.
pub fn ports_of(device_type: DeviceType) -> Option<usize> {
    match device_type.code() {
        "NXWS12" | "NXWS14" => Some(14),
        "NXWS24" | "NXWS26" => Some(26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_well_formed() {
        SHELL.check().unwrap();
    }
}
