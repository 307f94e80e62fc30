//! The knobs of a RouterOS device (`state`), read anew at every use so that a test can turn them at any moment.

use std::time::Duration;

use serde_json::{Map, Value};

use super::personality::Version;
use super::profile::Profile;
use crate::core::Device;

/// The names of all knobs.
const NAMES: &[&str] = &[
    // What it is.
    "version",
    "identity",
    "board",
    "serial",
    "software_id",
    "uptime_seconds",
    "clock_offset",
    "boot_time",
    "routes",
    "reboot_asks",
    "fields",
    // Login.
    "user",
    "password",
    "keys",
    "auth",
    "reject_suffix",
    "policy",
    "sensitive",
    "profile",
    // Export.
    "export_bytes",
    "export",
    "export_append",
    "file",
    "secrets",
    "status_comments",
    "wrap",
    "pause_ms",
    "pause_after_bytes",
    "truncate_at_initial_window",
    // Commands.
    "exit_status",
    "no_exit_status",
    "delay_ms",
    "argument_question",
    // Console.
    "banner",
    "licence_question",
    "demo_page",
    "password_nag",
    "log_line",
    "log_line_at",
    "echo",
    "repaint",
    "colour",
];

/// Refuses a knob that does not exist and values that mean nothing; `null` removes a knob and is always right.
pub fn check(state: &Map<String, Value>) -> anyhow::Result<()> {
    for (name, value) in state {
        anyhow::ensure!(
            NAMES.contains(&name.as_str()),
            "routeros has no knob `{name}`; there are: {}",
            NAMES.join(", ")
        );
        let one_of = match name.as_str() {
            "profile" => Profile::NAMES.as_slice(),
            "echo" => &["char", "line"],
            "repaint" => &["vt", "dumb"],
            "wrap" => &["plain", "all", "none"],
            "policy" => &["full", "read"],
            _ => continue,
        };
        let known = value.is_null() || value.as_str().is_some_and(|text| one_of.contains(&text));
        anyhow::ensure!(known, "knob `{name}` is one of {}, not {value}", one_of.join(", "));
    }
    Ok(())
}

/// A device's knobs by their meaning.
#[derive(Debug, Clone, Copy)]
pub struct Knobs<'a>(pub &'a Device);

impl Knobs<'_> {
    /// RouterOS version; 7.16 unless set.
    pub fn version(self) -> Version {
        Version::parse(&self.0.text("version", "7.16"))
    }

    /// `/system identity`; the device's name unless set.
    pub fn identity(self) -> String {
        self.0.text("identity", &self.0.name)
    }

    /// Board name, or `CHR`.
    pub fn board(self) -> String {
        self.0.text("board", "CCR2004-1G-12S+2XS")
    }

    /// A virtual router: no board, no serial number, no health.
    pub fn is_chr(self) -> bool {
        let board = self.board();
        board.starts_with("CHR") || board.starts_with("x86")
    }

    /// Serial number.
    pub fn serial(self) -> String {
        self.0.text("serial", &super::config::serial(&self.0.name))
    }

    /// Software id; empty on a CHR.
    pub fn software_id(self) -> String {
        let own = if self.is_chr() { "" } else { "QX4T-9ZP1" };
        self.0.text("software_id", own)
    }

    /// Account.
    pub fn user(self) -> String {
        self.0.text("user", "admin")
    }

    /// Its password.
    pub fn password(self) -> String {
        self.0.text("password", "sim")
    }

    /// A knob that is one text or a list of them.
    pub fn list(self, name: &str) -> Option<Vec<String>> {
        match self.0.knob(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
            _ => None,
        }
    }

    /// Authentication methods offered.
    pub fn auth(self) -> Vec<String> {
        self.list("auth").unwrap_or_else(|| vec!["password".to_owned(), "publickey".to_owned()])
    }

    /// Algorithm profile.
    pub fn profile(self) -> Profile {
        Profile::parse(&self.0.text("profile", "modern")).unwrap_or(Profile::Modern)
    }

    /// Simulated milliseconds.
    pub fn millis(self, name: &str) -> Duration {
        Duration::from_millis(self.0.number(name, 0.0).max(0.0) as u64)
    }

    /// Exit status of a command that failed.
    pub fn exit_status(self) -> u32 {
        self.0.number("exit_status", 1.0).max(0.0) as u32
    }

    /// The account may change nothing.
    pub fn read_only(self) -> bool {
        self.0.text("policy", "full") == "read"
    }

    /// The account's group has the policy `sensitive`; without it exports are without secrets, however they are asked for.
    pub fn sensitive(self) -> bool {
        self.0.flag("sensitive", true)
    }

    /// The critical log line that is echoed to consoles at `place` (`login`, `idle`, `mid`), without its date.
    pub fn log_line(self, place: &str) -> Option<String> {
        let text = self.0.text("log_line", "");
        let here = self.list("log_line_at").is_none_or(|places| places.iter().any(|at| at == place || at == "all"));
        (!text.is_empty() && here).then_some(text)
    }
}
